"""What bench/review.py needs of the queue's rows: ``python -m bench.queue_rows …``.

Runs inside Django, in a portal's environment, and answers in JSON on stdout.
"""

import datetime
import json
import os
import signal
import statistics
import sys
import time
import traceback
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wjportal.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.db.models import Count  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import Membership, Team, User  # noqa: E402
from bench import history  # noqa: E402
from generation import catalogue  # noqa: E402
from generation.models import Artwork  # noqa: E402
from moderation import claims, decisions, log  # noqa: E402
from moderation.models import Decision, Entry, Review  # noqa: E402
from spend import ledger  # noqa: E402
from spend.models import Unit  # noqa: E402

TEAM = "Benchmark"
PEOPLE = 32
CHUNK = 2000
ROUNDS = 60
#: Between two kills; and a client between two items, so that SQLite, whose locks know
#: no queue, lets each of them in.
PAUSE, THINKING = 0.3, 0.005


def fill(waiting: str, decided: str) -> None:
    """Artworks by the history's own hand; reviews of them, and the log, in bulk."""
    team = Team.objects.create(name=TEAM)
    asker = User.objects.create(username="asker")
    Membership.objects.create(user=asker, team=team, role="member")
    people = User.objects.bulk_create(
        User(username=f"moderator-{number}") for number in range(PEOPLE)
    )
    Membership.objects.bulk_create(
        Membership(user=user, team=team, role="moderator") for user in people
    )
    with transaction.atomic():
        ledger.allocate(team, Unit.INTEGRAL, 10**9, by=None, reference="allocation:1")
    # A thousand artworks do for all that was decided: it is only in the way.
    pictures = int(waiting) + min(int(decided), 1000)
    history.make(team, catalogue.account("wujie"), pictures)
    keys = list(Artwork.objects.order_by("pk").values_list("pk", flat=True))
    first = keys[: int(waiting)]
    _waiting(team, asker, first)
    _decided(team, asker, people[0], keys[int(waiting) :], int(decided))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _waiting(team: Team, asker: User, keys: list[int]) -> None:
    now = timezone.now()
    for start in range(0, len(keys), CHUNK):
        part = keys[start : start + CHUNK]
        Artwork.objects.filter(pk__in=part).update(moderation="held")
        Review.objects.bulk_create(
            Review(
                artwork_id=key,
                team=team,
                requested_by=asker,
                cause=("review", "block", "no_audit")[key % 3],
                label="porn",
                rate=0.7,
                harm=key % 90,
                due_at=now + datetime.timedelta(seconds=key % 20_000),
            )
            for key in part
        )


def _decided(team: Team, asker: User, by: User, keys: list[int], count: int) -> None:
    """A thousand as the portal writes them; the others are copies by the database (only
    the log has to be sealed one by one)."""
    now = timezone.now()
    made = Decision.objects.bulk_create(
        Decision(artwork_id=key, action="release", decided_by=by) for key in keys
    )
    Review.objects.bulk_create(
        Review(
            artwork_id=decision.artwork_id,
            team=team,
            requested_by=asker,
            status="closed",
            cause="review",
            label="porn",
            rate=0.7,
            due_at=now,
            closed_at=now,
        )
        for decision in made
    )
    if count > len(keys) > 0:
        _multiply(Decision, count // len(keys), {"decided_by__isnull": False})
        _multiply(Review, count // len(keys), {"status": "closed"})
    for start in range(0, count, CHUNK):
        with transaction.atomic():
            log.append_all(
                log.Event(
                    team.pk,
                    "decision",
                    by.pk,
                    keys[number % len(keys)],
                    {"decision": number, "action": "release", "reason": ""},
                )
                for number in range(start, min(start + CHUNK, count))
            )


def _multiply(model: Any, times: int, of: dict[str, Any]) -> None:
    """Each of those rows so many times, with keys of its own."""
    table = model._meta.db_table
    names = [
        field.column for field in model._meta.concrete_fields if field.column != "id"
    ]
    columns = ", ".join(f'"{name}"' for name in names)
    rows, parameters = (
        model.objects.filter(**of).values_list(*names).query.sql_with_params()
    )
    series = (
        "WITH RECURSIVE series(n) AS "
        "(SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < %s)"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"{series} INSERT INTO {table} ({columns}) "
            f"SELECT found.* FROM ({rows}) AS found, series",
            [times - 1, *parameters],
        )


def times() -> dict[str, float]:
    """Medians in ms: an item leased (and given back, not counted), the queue's page."""
    settings.ALLOWED_HOSTS = ["*"]
    settings.SECURE_SSL_REDIRECT = False
    user = User.objects.get(username="moderator-1")
    team = Team.objects.get(name=TEAM)
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    found: dict[str, list[float]] = {"next": [], "page": []}
    for _ in range(ROUNDS):
        began = time.perf_counter()
        review = claims.take_next(user, team.pk)
        found["next"].append(time.perf_counter() - began)
        assert review is not None
        claims.give_back(user, [review.pk])
        began = time.perf_counter()
        answer = client.get("/review/")
        found["page"].append(time.perf_counter() - began)
        assert answer.status_code == 200
    return {what: statistics.median(row) * 1000 for what, row in found.items()}


def verify() -> dict[str, float]:
    team = Team.objects.get(name=TEAM)
    began = time.perf_counter()
    number, broken = log.verify(team.pk)
    assert broken is None, str(broken)
    return {"per_second": number / (time.perf_counter() - began)}


def crowd(clients: str) -> dict[str, float]:
    """So many processes claim and decide until nothing is left; while they are at it
    each is killed once, wherever it is, and another goes on in its place."""
    connection.close()
    began, kills = time.monotonic(), 0
    at_it = {_start(number): number for number in range(int(clients))}
    for number in range(int(clients)):
        time.sleep(PAUSE)
        pid = next((pid for pid, one in at_it.items() if one == number), None)
        if pid and os.waitpid(pid, os.WNOHANG) == (0, 0):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            kills += 1
        if pid:
            del at_it[pid]
            at_it[_start(number)] = number
    codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in at_it]
    if any(codes):
        raise RuntimeError(f"clients ended with {codes}")
    return {"seconds": time.monotonic() - began, "kills": kills}


def _start(number: int) -> int:
    if pid := os.fork():
        return pid
    code = 1
    try:
        _work(number)
        code = 0
    except Exception:
        traceback.print_exc()
    os._exit(code)


def _work(number: int) -> None:
    """What a killed one held comes back when its lease runs out: here, at once."""
    user = User.objects.get(username=f"moderator-{number}")
    team = Team.objects.get(name=TEAM)
    claims.give_back(user, list(claims.held_by(user).values_list("pk", flat=True)))
    while review := claims.take_next(user, team.pk):
        decisions.decide(review, review.claim, "release", by=user)
        time.sleep(THINKING)


def tally() -> dict[str, int]:
    """What must be nothing: two leases on one item at a time, items in no state,
    items decided twice."""
    claimed: dict[int, int | None] = {}
    twice = 0
    rows = Entry.objects.filter(kind__in=("claim", "give_back", "decision"))
    for row in rows.order_by("number").iterator():
        if row.kind == "claim":
            twice += claimed.get(row.artwork_id or 0) is not None
            claimed[row.artwork_id or 0] = row.by_id
        else:
            claimed[row.artwork_id or 0] = None
    people = Decision.objects.filter(decided_by__isnull=False).order_by()
    again = people.values("artwork").annotate(n=Count("pk")).filter(n__gt=1)
    decided = Review.objects.filter(status__in=("decided", "closed"))
    return {
        "double_claims": twice,
        "lost": Review.objects.count() - decided.count(),
        "double_decisions": again.count(),
    }


COMMANDS: dict[str, Any] = {
    "fill": fill,
    "time": times,
    "verify": verify,
    "crowd": crowd,
    "tally": tally,
}

if __name__ == "__main__":
    answer = COMMANDS[sys.argv[1]](*sys.argv[2:])
    sys.stdout.write(json.dumps(answer) + "\n")
