"""Clients that claim and decide until nothing waits, each killed once on its way.

``crowd`` lets them loose on what ``bench.queue_rows`` has made; ``tally`` says from the
rows what must be nothing. bench/review.py does it with 10,000 items, a test with fewer.
"""

import datetime
import time

from bench import children  # first: it loads Django

# isort: split
from django.db.models import Count

from accounts.models import Team, User
from log.models import Entry
from moderation import claims, decisions
from moderation.models import Decision, LeaseEvent, Review

#: Seconds between two kills; and of a client between two items, so that SQLite, whose
#: locks know no queue, lets each of them in.
PAUSE, THINKING = 0.3, 0.005


def crowd(clients: int, team: str, *, seconds: float, pause: float = PAUSE) -> dict:
    """While they are at it each is killed once, wherever it is, and another goes on in
    its place. Raises children.Hung where they are not done in time."""
    began, kills = time.monotonic(), 0
    at_it = {number: children.start(work, number, team) for number in range(clients)}
    for number in range(clients):
        time.sleep(pause)
        if at_it[number].is_alive():
            at_it[number].kill()
            at_it[number].join()
            kills += 1
            at_it[number] = children.start(work, number, team)
    codes = []
    for child in at_it.values():
        left = max(seconds - (time.monotonic() - began), 0)
        codes.append(children.ended(child, left))
    if any(codes):
        raise RuntimeError(f"clients ended with {codes}")
    return {"seconds": time.monotonic() - began, "kills": kills}


def work(number: int, name: str) -> None:
    """What a killed one held comes back when its lease runs out: here, at once."""
    user = User.objects.get(username=f"moderator-{number}")
    team = Team.objects.get(name=name)
    claims.give_back(user, list(claims.held_by(user).values_list("pk", flat=True)))
    while review := claims.take_next(user, team.pk):
        decisions.decide(review, review.claim, "release", by=user)
        time.sleep(THINKING)


def tally() -> dict[str, int]:
    """Counts that must be zero: two leases on one item at a time, items that were left
    undecided, items decided twice."""
    holders: dict[int, int | None] = {}
    doubled = 0
    for _at, artwork, holder in _steps():
        doubled += bool(holder and holders.get(artwork))
        holders[artwork] = holder
    people = Decision.objects.filter(decided_by__isnull=False).order_by()
    again = people.values("artwork").annotate(n=Count("pk")).filter(n__gt=1)
    decided = Review.objects.filter(status__in=("decided", "closed"))
    return {
        "double_claims": doubled,
        "lost": Review.objects.count() - decided.count(),
        "double_decisions": again.count(),
    }


def _steps() -> list[tuple[datetime.datetime, int, int | None]]:
    """Time, artwork, and who holds the artwork from then on, in order of time."""
    steps = [
        (event.at, event.artwork_id, event.by_id if event.kind == "claim" else None)
        for event in LeaseEvent.objects.iterator()
    ]
    decided = Entry.objects.filter(kind="decision").values_list("at", "artwork")
    steps += [(at, artwork or 0, None) for at, artwork in decided.iterator()]
    return sorted(steps, key=lambda step: step[0])
