"""The portal's rows for benchmarks: ``python -m bench.rows COMMAND …``.

In a portal's environment; JSON on stdout.
"""

import datetime
import io
import json
import os
import statistics
import sys
import time
import uuid
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wjportal.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY  # noqa: E402
from django.contrib.auth import SESSION_KEY as USER_KEY  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.db import transaction  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402
from PIL import Image  # noqa: E402

from accounts.models import Membership, Team, User  # noqa: E402
from accounts.session_life import SIGNED_IN_AT  # noqa: E402
from bench import finished_rows  # noqa: E402
from gateways import catalogue  # noqa: E402
from gateways.models import GatewayAccount  # noqa: E402
from generation import archive, lifecycle, renditions  # noqa: E402
from generation.models import Artwork, Generation, ProviderTask  # noqa: E402
from generation.operations import OPERATIONS  # noqa: E402
from spend import ledger  # noqa: E402
from spend.models import Budget  # noqa: E402
from spend.units import Unit  # noqa: E402

Status = Generation.Status
TEAM = "Benchmark"
OPERATION = OPERATIONS["wujie-drawing"]
#: Without progress for these seconds a race is lost.
PATIENCE = 60.0
#: Start delay; below the tolerance of `lifecycle.planned_times`.
HELD = datetime.timedelta(seconds=50)


def people(count: str) -> None:
    team = Team.objects.create(name=TEAM)
    users = [User(username=f"person-{number}") for number in range(int(count))]
    for user in users:
        user.set_unusable_password()
    users = User.objects.bulk_create(users)
    Membership.objects.bulk_create(
        Membership(user=user, team=team, role=Membership.Role.MEMBER) for user in users
    )
    with transaction.atomic():
        ledger.allocate(team, Unit.INTEGRAL, 10**9, by=None, reference="allocation:1")
        Budget.objects.create(team=team, limit=10**9)
    catalogue.refresh()
    # No rate limit: the engine is measured.
    GatewayAccount.objects.update(most_a_second=1_000)


def finished(count: str) -> None:
    finished_rows.make(
        Team.objects.get(name=TEAM), catalogue.account("wujie"), int(count)
    )


def queue(count: str, pictures: str = "1") -> dict[str, int]:
    """Held back until a race; returns the first and last id."""
    cleaned = _cleaned(int(pictures))
    quote = OPERATION.quote(cleaned)
    team = Team.objects.get(name=TEAM)
    users = list(User.objects.filter(memberships__team=team))
    made = []
    with transaction.atomic():
        for number in range(int(count)):
            words = f"A quiet harbour at dawn, mist over boat number {number}"
            made.append(
                lifecycle.submit(
                    operation=OPERATION,
                    cleaned=cleaned | {"prompt": words},
                    quote=quote,
                    requested_by=users[number % len(users)],
                    team=team,
                    submit_key=uuid.uuid4(),
                ).pk
            )
        _send_after(made[0], made[-1], timezone.now() + HELD)
    return {"first": made[0], "last": made[-1]}


def _cleaned(pictures: int) -> dict[str, Any]:
    lists = catalogue.read(OPERATION.provider)
    empty = OPERATION.form_class(catalogue=lists)
    typed = {name: field.initial for name, field in empty.fields.items()}
    typed |= {"prompt": "…", "pictures": pictures}
    form = OPERATION.form_class(typed, catalogue=lists)
    if not form.is_valid():
        raise ValueError(form.errors.as_text())
    return dict(form.cleaned_data)


def _send_after(first: int, last: int, when: datetime.datetime) -> None:
    waiting = Generation.objects.filter(pk__range=(first, last), status=Status.QUEUED)
    waiting.update(send_after=when)


def race(first: str, last: str, per_second: str) -> dict[str, Any]:
    """Release, print a line, wait until all are archived and judged."""
    low, high, pace = int(first), int(last), float(per_second)
    now = timezone.now()
    if pace:
        with transaction.atomic():
            for pk in range(low, high + 1):
                later = datetime.timedelta(seconds=(pk - low) / pace)
                _send_after(pk, pk, now + later)
    else:
        _send_after(low, high, now)
    _say(None)
    mine = Generation.objects.filter(pk__range=(low, high))
    _wait_for(mine)
    tasks = ProviderTask.objects.filter(generation__in=mine, is_booked=True)
    ended = dict(tasks.values_list("key", "finished_at"))
    return {
        "pictures": len(ended),
        "finished": {key: moment.timestamp() for key, moment in ended.items()},
    }


def _wait_for(mine: Any) -> None:
    """Raises TimeoutError without progress, or after a failure."""
    moved, left, moved_at = 0, mine.count(), time.monotonic()
    while left:
        time.sleep(0.1)
        left = mine.exclude(status=Status.DONE, is_storing=False).count()
        versions = sum(mine.values_list("version", flat=True)) if left else 0
        if versions != moved:
            moved, moved_at = versions, time.monotonic()
        elif left and time.monotonic() - moved_at > PATIENCE:
            raise TimeoutError(f"{left} generations stand still")
        if mine.filter(
            status__in=(*Generation.TERMINAL[1:], Status.UNCERTAIN)
        ).exists():
            raise RuntimeError("A generation failed")


def sessions() -> list[str]:
    keys = []
    for user in User.objects.filter(memberships__team__name=TEAM):
        session = SessionStore()
        session[USER_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session[SIGNED_IN_AT] = int(time.time())
        session.save()
        keys.append(session.session_key)
    return keys


def large_picture(size: str) -> int:
    """The id of an artwork whose labelled copy, which is there, has about ``size``
    bytes: noise does not shrink."""
    artwork, side = Artwork.objects.latest("pk"), int((int(size) / 3) ** 0.5)
    out, noise = io.BytesIO(), os.urandom(3 * side * side)
    Image.frombytes("RGB", (side, side), noise).save(out, "PNG", compress_level=0)
    archive.write(archive.name(artwork.sha256, "original"), out.getvalue())
    renditions.of(artwork, to=None, channel=renditions.Channel.VIEW)
    return int(artwork.pk)


def thumbnails(number: str) -> int:
    """Files of the latest pictures, in sizes and colours of their own."""
    latest = Artwork.objects.order_by("-created_at", "-pk")[: int(number)]
    for artwork in latest:
        colour = (40 + artwork.pk * 37 % 160, 60 + artwork.pk * 53 % 140, 120)
        noise = Image.effect_noise((1024, 1024), 60).convert("RGB")
        drawn = Image.blend(noise, Image.new("RGB", (1024, 1024), colour), 0.7)
        written = archive.thumbnail(drawn)
        archive.write(archive.name(artwork.sha256, "thumbnail"), written)
    return len(latest)


def page_cost(path: str, rounds: str) -> dict[str, float]:
    """Of a member's page, in this process: median milliseconds of CPU, and kilobytes
    before compression."""
    client = Client(headers={"host": "localhost"})
    client.force_login(User.objects.filter(memberships__team__name=TEAM).earliest("pk"))
    answer = client.get(path)  # fills what is kept between requests
    taken = []
    for _ in range(int(rounds)):
        began = time.process_time()
        answer = client.get(path)
        taken.append(time.process_time() - began)
    if answer.status_code != 200:
        raise RuntimeError(f"{path}: {answer.status_code}")
    kilobytes = len(answer.content) / 1000
    return {"ms": 1000 * statistics.median(taken), "kb": kilobytes}


def count() -> int:
    return Generation.objects.count()


def _say(answer: Any) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


COMMANDS = (
    *(people, finished, queue, race, sessions, large_picture, thumbnails, page_cost),
    count,
)

if __name__ == "__main__":
    command = {command.__name__: command for command in COMMANDS}[sys.argv[1]]
    _say(command(*sys.argv[2:]))
