"""What ``test_kills`` does in processes of their own: each is killed at one step.

A step is a statement, a commit, and the end.
"""

import os
import signal
from collections.abc import Callable
from typing import Any

from bench import children  # first: it loads Django

# isort: split
from django.db import connection

from accounts.models import User
from moderation import decisions, review_leases

assert children


def killed_at(step: int, work: Callable[..., None], *args: int) -> None:
    left, commit = step, connection._commit

    def count() -> None:
        nonlocal left
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1

    def counted(execute: Any, *args: Any) -> Any:
        count()
        return execute(*args)

    def counted_commit() -> Any:
        count()
        return commit()

    connection._commit = counted_commit
    with connection.execute_wrapper(counted):
        work(*args)
    count()


def decide(person: int, review: int) -> None:
    """Claim the next item, which is this one, and decide it."""
    by = User.objects.get(pk=person)
    found = review_leases.take_next(by, by.memberships.get().team_id)
    assert found
    assert found.pk == review
    decisions.decide(found, found.claim, "release", by=by)


def settle() -> None:
    decisions.settle_due(10)
