"""The heart: one process at a time sends, asks and fetches whatever is due.

Who holds the lease *pump* leads; one more waits on the lease *standby*, so a dead
leader costs one lease time. A pump runs for a few seconds and then asks the queue for
its successor; a minute schedule is the safety net.

Each lane has threads of its own, so slow downloads hold up neither sending nor asking,
and a gateway that hangs holds up no other.
Threads only speak to the network; all rows are read and written here, in one place.
"""

import logging
import os
import time
import uuid
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.conf import settings
from django.db import connection

from generation import archive, lifecycle
from generation.clients import has_history
from generation.models import Lease
from generation.perprocess import once_a_process
from moderation import decisions

logger = logging.getLogger(__name__)

LEASE_SECONDS = 6.0
RENEW_SECONDS = 1.0
BUDGET_SECONDS = 5.0
IDLE_SECONDS = 0.2
BUSY_SECONDS = 0.05
#: What is still in the air after the budget is waited for so long, then left to itself.
LANDING_SECONDS = 1.0
SWEEP_SECONDS = 10.0
MOST_SCREENED = 50
THREADS = 4


@dataclass(frozen=True, slots=True)
class Lane:
    """One kind of work. ``claim(n)`` gives n items at most, each for one ``call``."""

    name: str
    claim: Callable[[int], list[Any]]
    call: Callable[[Any], Any]
    book: Callable[[Any, Any], None]


def lanes() -> list[Lane]:
    sending, asking = lifecycle.claim_queued, lifecycle.claim_due
    inquire, book_inquired = lifecycle.inquire, lifecycle.book_inquired
    found = []
    for gateway in settings.GATEWAYS:
        queued, due = partial(sending, gateway), partial(asking, gateway)
        found += [
            Lane(f"send {gateway}", queued, lifecycle.send, lifecycle.book_sent),
            Lane(f"ask {gateway}", due, lifecycle.ask, lifecycle.book_asked),
        ]
        if has_history(gateway):
            lost = partial(lifecycle.claim_inquiries, gateway)
            found.append(Lane(f"inquire {gateway}", lost, inquire, book_inquired))
    fetching = archive.claim_unstored
    return [*found, Lane("fetch", fetching, archive.fetch, archive.book_fetched)]


@once_a_process
def _executor(lane: str) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS, thread_name_prefix=lane)


Flight = dict[Future[Any], tuple[Lane, Any]]
#: Calls of earlier turns of this process that are still out, by the names of their
#: lanes: what is claimed is called at once, and never waits behind them.
_late: dict[Future[Any], str] = {}


def run(budget: float = BUDGET_SECONDS) -> bool:
    """Lead, or stand by and lead when the leader is gone. False: two are at it."""
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
            time.sleep(IDLE_SECONDS)
    finally:
        Lease.give_back("standby", holder)
    return True


def lead(holder: str, budget: float) -> None:
    """Turn until the budget is used up or the lease is lost."""
    flight: Flight = {}
    now = time.monotonic()
    until, renew_at, sweep_at = now + budget, now + RENEW_SECONDS, now
    try:
        while now < until:
            if now >= renew_at:
                if not Lease.take("pump", holder, LEASE_SECONDS):
                    logger.info("The pump's lease is another process's now")
                    break
                renew_at = now + RENEW_SECONDS
            if now >= sweep_at:
                lifecycle.sweep_stuck()
                sweep_at = now + SWEEP_SECONDS
            turn(flight)
            now = time.monotonic()
    finally:
        land(flight)
        Lease.give_back("pump", holder)


def turn(flight: Flight) -> None:
    """Claim what fits, book what has come back, judge what was stored."""
    for lane in lanes():
        for item in _claim(lane, THREADS - _out(lane, flight)):
            flight[_executor(lane.name).submit(lane.call, item)] = (lane, item)
    timeout = BUSY_SECONDS if flight else IDLE_SECONDS
    if flight:
        done, _ = wait(flight, timeout, FIRST_COMPLETED)
        for future in done:
            book(*flight.pop(future), future)
    else:
        time.sleep(timeout)
    decisions.screen_pending(MOST_SCREENED)


def _out(lane: Lane, flight: Flight) -> int:
    names = [*(other.name for other, _ in flight.values()), *list(_late.values())]
    return names.count(lane.name)


def _claim(lane: Lane, most: int) -> list[Any]:
    """A lane that cannot claim never stops the others."""
    if most <= 0:
        return []
    try:
        return lane.claim(most)
    except Exception:
        logger.exception("Nothing could be claimed on the lane %s", lane.name)
        return []


def book(lane: Lane, item: Any, future: Future[Any]) -> None:
    """One outcome that cannot be booked never stops the others."""
    try:
        lane.book(item, future.result())
    except Exception:
        logger.exception("What came back on the lane %s could not be booked", lane.name)


def land(flight: Flight) -> None:
    """Wait a little for what is in the air; what is slower books itself."""
    done, late = wait(flight, LANDING_SECONDS)
    for future in done:
        book(*flight.pop(future), future)
    for future in late:
        lane, item = flight.pop(future)
        _late[future] = lane.name
        future.add_done_callback(_book_late(lane, item))


def _book_late(lane: Lane, item: Any) -> Callable[[Future[Any]], None]:
    def landed(future: Future[Any]) -> None:
        try:
            book(lane, item, future)
        finally:
            _late.pop(future, None)
            connection.close()  # of this thread, which has no other use for one

    return landed
