"""Times of the next item, the queue's page and the log's verification.

In Django's own handler; and the session for the keyboard. Part of
``bench.queue_rows``.
"""

import io
import random
import statistics
import time
from collections.abc import Iterator

from bench import children

# isort: split
from django.conf import settings
from django.test import Client
from PIL import Image

from accounts.models import Team, User
from generation import archive
from generation.models import Artwork
from log import verification
from moderation import review_leases
from moderation.models import Decision, Review

assert children  # loads Django

ROUNDS, WARM = 100, 10
MEASURING, TYPING = "moderator-1", "moderator-32"
SIDE = 768


def times() -> dict[str, float]:
    """Medians in ms: leasing an item (never given back), and the page."""
    settings.ALLOWED_HOSTS = ["*"]
    settings.SECURE_SSL_REDIRECT = False
    user = User.objects.get(username=MEASURING)
    team = Team.objects.get(memberships__user=user)
    client = Client()
    client.force_login(user)
    found: dict[str, list[float]] = {"next": [], "page": []}
    for _ in range(WARM + ROUNDS):
        began = time.perf_counter()
        review = review_leases.take_next(user, team.pk)
        found["next"].append(time.perf_counter() - began)
        assert review is not None
        review_leases.give_back(user, [review.pk])
        began = time.perf_counter()
        answer = client.get("/review/")
        found["page"].append(time.perf_counter() - began)
        assert answer.status_code == 200, answer.headers
    return {what: statistics.median(row[WARM:]) * 1000 for what, row in found.items()}


def verify() -> dict[str, float]:
    (team,) = Team.objects.values_list("pk", flat=True)
    began = time.perf_counter()
    number, broken = verification.verify(team)
    assert broken is None, str(broken)
    return {"per_second": number / (time.perf_counter() - began)}


def open_desk(pictures: int) -> dict[str, str]:
    rows = Review.objects.waiting().in_order().values_list("artwork", flat=True)
    for key, content in zip(rows[:pictures], _pictures(), strict=False):
        stored = archive.store(content)
        Artwork.objects.filter(pk=key).update(
            sha256=stored.sha256,
            content_type=stored.content_type,
            size=stored.size,
            width=stored.width,
            height=stored.height,
        )
    client = Client()
    user = User.objects.get(username=TYPING)
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    return {"name": name, "value": client.cookies[name].value}


def _pictures() -> Iterator[bytes]:
    """Coarse noise, for a realistic file size."""
    dice = random.Random(1)
    while True:
        noise = Image.frombytes("RGB", (96, 96), dice.randbytes(96 * 96 * 3))
        out = io.BytesIO()
        noise.resize((SIDE, SIDE)).save(out, "PNG", compress_level=1)
        yield out.getvalue()


def decided() -> int:
    return Decision.objects.filter(decided_by__username=TYPING).count()
