"""Clients that lease and decide until nothing waits; each is killed once.

Rows: ``bench.queue_rows``. bench/review.py uses 10,000 items, a test fewer.
"""

import datetime
import time

from bench import children  # first: loads Django

# isort: split
from django.db.models import Count

from accounts.models import Team, User
from log.models import Entry
from moderation import decisions, review_leases
from moderation.models import Decision, LeaseEvent, Review

#: Between kills.
KILL_PAUSE_SECONDS = 0.3
#: Between a client's items: SQLite's locks have no queue, and each needs a turn.
ITEM_PAUSE_SECONDS = 0.005


def crowd(
    clients: int, team: str, *, seconds: float, pause: float = KILL_PAUSE_SECONDS
) -> dict:
    """Each client is killed once at any step, and replaced. Raises children.Hung after
    ``seconds``.
    """
    began, kills = time.monotonic(), 0
    running = {number: children.start(work, number, team) for number in range(clients)}
    for number in range(clients):
        time.sleep(pause)
        if running[number].is_alive():
            running[number].kill()
            running[number].join()
            kills += 1
            running[number] = children.start(work, number, team)
    codes = []
    for child in running.values():
        left = max(seconds - (time.monotonic() - began), 0)
        codes.append(children.ended(child, left))
    if any(codes):
        raise RuntimeError(f"clients ended with {codes}")
    return {"seconds": time.monotonic() - began, "kills": kills}


def work(number: int, name: str) -> None:
    """A killed client's leases would run out later; here they end at once."""
    user = User.objects.get(username=f"moderator-{number}")
    team = Team.objects.get(name=name)
    review_leases.give_back(
        user, list(review_leases.held_by(user).values_list("pk", flat=True))
    )
    while review := review_leases.take_next(user, team.pk):
        decisions.decide(review, review.claim, "release", by=user)
        time.sleep(ITEM_PAUSE_SECONDS)


def tally() -> dict[str, int]:
    """Counts that must be zero: double leases, undecided items, double decisions."""
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
    """Ordered by time; with the holder from then on."""
    steps = [
        (event.at, event.artwork_id, event.by_id if event.kind == "claim" else None)
        for event in LeaseEvent.objects.iterator()
    ]
    decided = Entry.objects.filter(kind="decision").values_list("at", "artwork")
    steps += [(at, artwork or 0, None) for at, artwork in decided.iterator()]
    return sorted(steps, key=lambda step: step[0])
