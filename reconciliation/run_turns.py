"""A turn's rate limit, and the compare-and-set that books it once."""

import time
from typing import Any

from generation.lifecycle import account_load
from generation.lifecycle.account_load import TokenBucket
from net.process_local import process_local
from reconciliation.models import Reconciliation

#: Of an account's requests; the pump has the rest.
RATE_SHARE = 1 / 4
MIN_READS_PER_SECOND = 1.0
RATE_CHECK_SECONDS = 0.05


class Overtaken(Exception):
    """Another process booked this turn; the caller's transaction rolls back."""


@process_local
def _bucket(account: int) -> TokenBucket:
    return TokenBucket(account_load.MOST_A_SECOND)


def wait_for_rate_limit(run: Reconciliation) -> None:
    """Block until one read is allowed."""
    bucket = _bucket(run.account_id)
    allowed = run.account.most_a_second or account_load.MOST_A_SECOND
    bucket.most_a_second = max(allowed * RATE_SHARE, MIN_READS_PER_SECOND)
    while bucket.left() < 1:
        time.sleep(RATE_CHECK_SECONDS)
    bucket.take(1)


def advance(run: Reconciliation, **fields: Any) -> None:
    """Counts the turn. Raises Overtaken."""
    rows = Reconciliation.objects.filter(
        pk=run.pk, turn=run.turn, status=Reconciliation.Status.RUNNING
    )
    if not rows.update(turn=run.turn + 1, **fields):
        raise Overtaken
