"""One turn of a run: counted, so that it is booked once, and paced."""

import time
from typing import Any

from generation.lifecycle import traffic
from generation.lifecycle.traffic import Bucket
from generation.models import Reconciliation
from generation.perprocess import once_a_process

#: One read of so many that we allow ourselves at an account; the pump has the rest.
SHARE = 4
WAIT_SECONDS = 0.05


class Overtaken(Exception):
    """Another process took this turn; what was to be written is rolled back."""


@once_a_process
def _bucket(account: int) -> Bucket:
    return Bucket(traffic.MOST_A_SECOND)


def wait_for_turn(run: Reconciliation) -> None:
    """Reads are free, but gateways limit how many a second. Call it before each."""
    bucket = _bucket(run.account_id)
    allowed = run.account.most_a_second or traffic.MOST_A_SECOND
    bucket.most_a_second = max(allowed / SHARE, 1.0)
    while bucket.left() < 1:
        time.sleep(WAIT_SECONDS)
    bucket.take(1)


def advance(run: Reconciliation, **fields: Any) -> None:
    """Raises Overtaken."""
    rows = Reconciliation.objects.filter(
        pk=run.pk, turn=run.turn, status=Reconciliation.Status.RUNNING
    )
    if not rows.update(turn=run.turn + 1, **fields):
        raise Overtaken
