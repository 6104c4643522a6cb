"""One turn of a run: counted, so that it is booked once, and paced."""

import time
from typing import Any

from generation.lifecycle import account_load
from generation.lifecycle.account_load import TokenBucket
from net.process_local import process_local
from reconciliation.models import Reconciliation

#: One read of so many that we allow ourselves at an account; the pump has the rest.
SHARE = 4
WAIT_SECONDS = 0.05


class Overtaken(Exception):
    """Another process took this turn; what was to be written is rolled back."""


@process_local
def _bucket(account: int) -> TokenBucket:
    return TokenBucket(account_load.MOST_A_SECOND)


def wait_for_turn(run: Reconciliation) -> None:
    """Reads are free, but gateways limit how many a second. Call it before each."""
    bucket = _bucket(run.account_id)
    allowed = run.account.most_a_second or account_load.MOST_A_SECOND
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
