"""Clients that claim and decide until nothing waits, each killed once on its way.

``crowd`` lets them loose on what ``bench.queue_rows`` has made; ``tally`` says from the
rows what must be nothing. bench/review.py does it with 10,000 items, a test with fewer.
"""

import time

from bench import children  # first: it loads Django

# isort: split
from django.db.models import Count

from accounts.models import Team, User
from log.models import Entry
from moderation import claims, decisions
from moderation.models import Decision, Review

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
