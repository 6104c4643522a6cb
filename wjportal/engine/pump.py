"""The pump: one leading process at a time carries all due work on in turns.

The holder of the lease *pump* leads. A second process waits on *standby*: a leader's
death costs one lease. After BUDGET_SECONDS a leader enqueues its successor; a minute
schedule is the safety net.
"""

import datetime
import logging
import os
import time
import uuid

from django.utils import timezone

from generation import lifecycle
from generation.models import Lease
from wjportal.engine import leader

logger = logging.getLogger(__name__)

LEASE_SECONDS = 6.0
RENEW_SECONDS = 1.0
BUDGET_SECONDS = 5.0
STANDBY_SECONDS = 0.2
SWEEP_SECONDS = 10.0
#: After a sweep within this time, the portal and its database stayed up.
AWAKE = datetime.timedelta(seconds=40)


def run(budget: float = BUDGET_SECONDS) -> bool:
    """Lead, or stand by and lead when the leader is gone. False: there are two already.
    ``budget`` in seconds.
    """
    holder = f"{os.getpid()}-{uuid.uuid4().hex[:12]}"
    if Lease.take("pump", holder, LEASE_SECONDS):
        lead(holder, budget)
        return True
    if not Lease.take("standby", holder, budget + LEASE_SECONDS):
        return False
    try:
        until = time.monotonic() + budget
        while time.monotonic() < until:
            if Lease.take("pump", holder, LEASE_SECONDS):
                Lease.give_back("standby", holder)
                lead(holder, budget)
                break
            time.sleep(STANDBY_SECONDS)
    finally:
        Lease.give_back("standby", holder)
    return True


def lead(holder: str, budget: float) -> None:
    """Ends with the budget (seconds) or the lease."""
    state = leader.LeaderState()
    now = time.monotonic()
    until, renew_at, sweep_at = now + budget, now + RENEW_SECONDS, now
    try:
        while now < until:
            if now >= renew_at:
                if not Lease.take("pump", holder, LEASE_SECONDS):
                    logger.info("Another process has taken the pump's lease")
                    break
                renew_at = now + RENEW_SECONDS
            if now >= sweep_at:
                sweep()
                sweep_at = now + SWEEP_SECONDS
            leader.turn(state)
            now = time.monotonic()
    finally:
        leader.finish(state)
        Lease.give_back("pump", holder)


def sweep() -> None:
    last = Lease.objects.filter(name="sweep").first()
    now = timezone.now()
    if Lease.take("sweep", uuid.uuid4().hex, SWEEP_SECONDS):
        is_awake = last is not None and now - last.renewed_at < AWAKE
        lifecycle.sweep(is_awake=is_awake)
