"""A process killed at any step of a decision leaves the item in exactly one state."""

import signal
from collections.abc import Callable

import pytest
from django.utils import timezone

from accounts.models import User
from bench import children, crowd, queue_rows
from generation.models import Artwork
from log import verification
from log.models import Entry
from moderation import decisions
from moderation.models import Decision, LeaseEvent, Review
from tests import factories
from tests.moderation import steps

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.both_databases,
    pytest.mark.slow,
]

#: More steps than any of them has.
MOST = 80
#: Seconds after which one that did not end has failed.
PATIENCE = 20.0


def is_killed(step: int, work: Callable[..., None], *args: int) -> bool:
    """Done in a process of its own, killed at that step. False: it came to its end."""
    code = children.ended(children.start(steps.killed_at, step, work, *args), PATIENCE)
    assert code in (0, -signal.SIGKILL)
    return code != 0


def state_of(review: Review, mona: User) -> str:
    """One of waiting, claimed, decided; and everything else agrees with that."""
    row = Review.objects.get(pk=review.pk)
    said = Decision.objects.filter(artwork=row.artwork_id, decided_by=mona).count()
    logged = Entry.objects.filter(artwork=row.artwork_id, kind="decision").count()
    claimed = LeaseEvent.objects.filter(review=row, kind="claim").count()
    assert verification.verify(row.team_id)[1] is None
    assert claimed == row.claim
    if row.status == "waiting":
        assert (said, logged, row.decision) == (0, 0, None)
        return "claimed" if row.is_claimed else "waiting"
    assert (said, logged) == (1, 1)
    assert row.decision is not None
    return row.status


def held(alice: User) -> Artwork:
    return factories.artwork(
        alice, moderation="held", generation_fields={"reserved": 0}
    )


def test_killed_at_every_step_of_a_decision(alice: User, mona: User) -> None:
    """Claiming and deciding; what a kill left is decided afterwards, and settled."""
    seen = []
    for step in range(MOST):
        artwork = held(alice)
        review = factories.review(artwork)
        was_killed = is_killed(step, steps.decide, mona.pk, review.pk)
        seen.append(state_of(review, mona))
        if seen[-1] != "decided":
            Review.objects.filter(pk=review.pk).update(claimed_until=timezone.now())
            steps.decide(mona.pk, review.pk)
            assert state_of(review, mona) == "decided"
        factories.settle()
        artwork.refresh_from_db()
        assert artwork.moderation == "released"
        if not was_killed:
            break
    # In this order, and never back: the last kill is after the last commit.
    assert list(dict.fromkeys(seen)) == ["waiting", "claimed", "decided"]
    assert seen == sorted(seen, key=["waiting", "claimed", "decided"].index)
    assert seen[-2:] == ["decided", "decided"]
    assert len(seen) > 15


def test_killed_at_every_step_of_settling(alice: User, mona: User) -> None:
    seen = []
    for step in range(MOST):
        artwork = held(alice)
        review = factories.review(artwork, claimed_by=mona)
        decisions.decide(review, review.claim, "release", by=mona)
        Review.objects.update(settle_after=timezone.now())
        was_killed = is_killed(step, steps.settle)
        row = Review.objects.get(pk=review.pk)
        released = Artwork.objects.get(pk=artwork.pk).moderation == "released"
        assert released == (row.status == "closed")
        seen.append(released)
        factories.settle()
        assert Artwork.objects.get(pk=artwork.pk).moderation == "released"
        if not was_killed:
            break
    assert seen == sorted(seen)
    assert seen[-2:] == [True, True]
    assert len(seen) > 5


def test_a_crowd_with_kills_loses_and_doubles_nothing() -> None:
    """As ``script/bench review`` does it with 10,000 items."""
    queue_rows.fill(150, 0)
    ran = crowd.crowd(4, queue_rows.TEAM, seconds=60, pause=0.1)
    assert ran["kills"] == 4
    assert crowd.tally() == {"double_claims": 0, "lost": 0, "double_decisions": 0}
    assert Review.objects.filter(status="decided").count() == 150
