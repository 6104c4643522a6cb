"""A process killed at any step of a decision leaves the item in exactly one state."""

import os
import signal
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from generation.models import Artwork
from moderation import claims, decisions, log
from moderation.models import Decision, Entry, Review
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)

#: More statements than any step has.
MOST = 60
#: Seconds until a child is not waited for any more.
PATIENCE = 15.0


def killed_at(step: int, work: Callable[[], Any]) -> bool:
    """Do it in a process of its own, killed before its statement ``step``. False: it
    came to its end before that."""
    connection.close()
    child = os.fork()
    if child:
        status = ended(child)
        connection.close()
        if os.WIFSIGNALED(status):
            return True
        assert os.waitstatus_to_exitcode(status) == 0
        return False
    left = step

    def count(execute: Any, *args: Any) -> Any:
        nonlocal left
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1
        return execute(*args)

    try:
        with connection.execute_wrapper(count):
            work()
        connection.close()
    finally:
        os._exit(0 if left >= 0 else 1)


def ended(child: int) -> int:
    """Its status. A fork of a process with threads may find a lock taken for ever: then
    it is killed where it stands, which is a step like any other."""
    deadline = time.monotonic() + PATIENCE
    while True:
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            return status
        if time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
            return os.waitpid(child, 0)[1]
        time.sleep(0.005)


def is_consistent(review: Review, mona: User) -> str:
    """One of waiting, claimed, decided; and everything else agrees with that."""
    row = Review.objects.get(pk=review.pk)
    said = Decision.objects.filter(artwork=row.artwork_id, decided_by=mona).count()
    logged = Entry.objects.filter(artwork=row.artwork_id, kind="decision").count()
    claimed = Entry.objects.filter(artwork=row.artwork_id, kind="claim").count()
    assert log.verify(row.team_id)[1] is None
    assert claimed == row.claim
    if row.status == "waiting":
        assert (said, logged, row.decision) == (0, 0, None)
        return "claimed" if row.is_claimed else "waiting"
    assert (said, logged) == (1, 1)
    assert row.decision is not None
    return row.status


def test_killed_at_every_step_of_a_decision(alice: User, mona: User) -> None:
    """Claiming and deciding, then settling; what a kill left is decided afterwards."""
    team = mona.memberships.get().team_id
    seen = set()
    for step in range(MOST):
        artwork = factories.artwork(
            alice, moderation="held", generation_fields={"reserved": 0}
        )
        review = factories.review(artwork)

        def work(review: Review = review) -> None:
            found = claims.take_next(mona, team)
            assert found == review
            decisions.decide(found, found.claim, "release", by=mona)

        was_killed = killed_at(step, work)
        state = is_consistent(review, mona)
        seen.add(state)
        if state != "decided":
            Review.objects.filter(pk=review.pk).update(claimed_until=timezone.now())
            work()
            assert is_consistent(review, mona) == "decided"
        factories.settle()
        artwork.refresh_from_db()
        assert artwork.moderation == "released"
        if not was_killed:
            break
    assert seen == {"waiting", "claimed", "decided"}
    assert step > 10


def test_killed_at_every_step_of_settling(alice: User, mona: User) -> None:
    for step in range(MOST):
        artwork = factories.artwork(
            alice, moderation="held", generation_fields={"reserved": 0}
        )
        review = factories.review(artwork, claimed_by=mona)
        decisions.decide(review, review.claim, "release", by=mona)
        Review.objects.update(settle_after=timezone.now())
        was_killed = killed_at(step, lambda: decisions.settle_due(10))
        row = Review.objects.get(pk=review.pk)
        released = Artwork.objects.get(pk=artwork.pk).moderation == "released"
        assert released == (row.status == "closed")
        factories.settle()
        assert Artwork.objects.get(pk=artwork.pk).moderation == "released"
        if not was_killed:
            break
    assert step > 3
