"""How long the next item, the queue's page and the log take, by Django's own handler.

A part of ``bench.queue_rows``, and like it run inside Django.
"""

import statistics
import time

from bench import children

# isort: split
from django.conf import settings
from django.test import Client

from accounts.models import Team, User
from moderation import claims, log

assert children  # it has loaded Django

ROUNDS, WARM = 100, 10


def times() -> dict[str, float]:
    """Medians in ms: an item leased (and given back, not counted), the queue's page."""
    settings.ALLOWED_HOSTS = ["*"]
    settings.SECURE_SSL_REDIRECT = False
    user = User.objects.get(username="moderator-1")
    team = Team.objects.get(memberships__user=user)
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    found: dict[str, list[float]] = {"next": [], "page": []}
    for _ in range(WARM + ROUNDS):
        began = time.perf_counter()
        review = claims.take_next(user, team.pk)
        found["next"].append(time.perf_counter() - began)
        assert review is not None
        claims.give_back(user, [review.pk])
        began = time.perf_counter()
        answer = client.get("/review/")
        found["page"].append(time.perf_counter() - began)
        assert answer.status_code == 200
    return {what: statistics.median(row[WARM:]) * 1000 for what, row in found.items()}


def verify() -> dict[str, float]:
    (team,) = Team.objects.values_list("pk", flat=True)
    began = time.perf_counter()
    number, broken = log.verify(team)
    assert broken is None, str(broken)
    return {"per_second": number / (time.perf_counter() - began)}
