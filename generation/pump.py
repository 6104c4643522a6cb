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
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
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
#: A lane that had nothing (more) is left alone for so long, and so is what is judged.
QUIET_SECONDS = 0.1
#: What is still in the air after the budget is waited for so long, then left to itself.
LANDING_SECONDS = 1.0
SWEEP_SECONDS = 10.0
MOST_SCREENED = 50
THREADS = 4
Outcomes = list[tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class Lane:
    """One kind of work. ``claim(n)`` gives n items at most, each for one ``call``;
    ``book`` takes items with what came of them, and one bad one stops no other."""

    name: str
    claim: Callable[[int], list[Any]]
    call: Callable[[Any], Any]
    book: Callable[[Outcomes], None]
    #: Claimed at most: what only reads may wait for a thread, what is paid may not.
    most: int = THREADS


def lanes() -> list[Lane]:
    sending, asking = lifecycle.claim_queued, lifecycle.claim_due
    inquire, book_inquired = lifecycle.inquire, lifecycle.book_inquired
    found = []
    for gateway in settings.GATEWAYS:
        queued, due = partial(sending, gateway), partial(asking, gateway)
        found += [
            Lane(f"send {gateway}", queued, lifecycle.send, _each(lifecycle.book_sent)),
            Lane(f"ask {gateway}", due, lifecycle.ask, _each(lifecycle.book_asked)),
        ]
        if has_history(gateway):
            lost = partial(lifecycle.claim_inquiries, gateway)
            found.append(
                Lane(f"inquire {gateway}", lost, inquire, _each(book_inquired))
            )
    fetching, fetched = archive.claim_unstored, archive.book_fetched
    return [*found, Lane("fetch", fetching, archive.fetch, fetched, 2 * THREADS)]


def _each(book: Callable[[Any, Any], None]) -> Callable[[Outcomes], None]:
    def book_each(outcomes: Outcomes) -> None:
        for item, outcome in outcomes:
            try:
                book(item, outcome)
            except Exception:
                logger.exception("What came back could not be booked")

    return book_each


@once_a_process
def _executor(lane: str) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS, thread_name_prefix=lane)


@dataclass(slots=True)
class Flight:
    """What a leader knows from turn to turn: its calls that are out, and until when
    (by the monotonic clock) a lane is left alone."""

    calls: dict[Future[Any], tuple[Lane, Any]] = field(default_factory=dict)
    quiet: dict[str, float] = field(default_factory=dict)

    def is_quiet(self, name: str) -> bool:
        return time.monotonic() < self.quiet.get(name, 0.0)

    def leave_alone(self, name: str) -> None:
        self.quiet[name] = time.monotonic() + QUIET_SECONDS


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
    flight = Flight()
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
    out = Counter(lane.name for lane, _ in flight.calls.values())
    out.update(list(_late.values()))
    for lane in lanes():
        free = lane.most - out[lane.name]
        if 2 * free < lane.most or flight.is_quiet(lane.name):
            continue
        items = _claim(lane, free)
        for item in items:
            future = _executor(lane.name).submit(lane.call, item)
            flight.calls[future] = (lane, item)
        if len(items) < free:
            flight.leave_alone(lane.name)
    if flight.calls:
        done, _ = wait(flight.calls, BUSY_SECONDS, FIRST_COMPLETED)
        _book(flight, done)
    else:
        time.sleep(IDLE_SECONDS)
    if not flight.is_quiet("judge"):
        decisions.screen_pending(MOST_SCREENED)
        flight.leave_alone("judge")


def _claim(lane: Lane, most: int) -> list[Any]:
    """A lane that cannot claim never stops the others."""
    try:
        return lane.claim(most)
    except Exception:
        logger.exception("Nothing could be claimed on the lane %s", lane.name)
        return []


def _book(flight: Flight, done: Iterable[Future[Any]]) -> None:
    """Lane by lane; one that cannot be booked never stops the others."""
    lanes_by_name: dict[str, Lane] = {}
    outcomes: dict[str, Outcomes] = {}
    for future in done:
        lane, item = flight.calls.pop(future)
        lanes_by_name[lane.name] = lane
        outcomes.setdefault(lane.name, []).append((item, future))
    for name, came in outcomes.items():
        book(lanes_by_name[name], came)


def book(lane: Lane, came: list[tuple[Any, Future[Any]]]) -> None:
    outcomes = []
    for item, future in came:
        if (error := future.exception()) is None:
            outcomes.append((item, future.result()))
        else:
            logger.error("A call on the lane %s broke", lane.name, exc_info=error)
    try:
        lane.book(outcomes)
    except Exception:
        logger.exception("What came back on the lane %s could not be booked", lane.name)


def land(flight: Flight) -> None:
    """Wait a little for what is in the air; what is slower books itself."""
    done, late = wait(flight.calls, LANDING_SECONDS)
    _book(flight, done)
    for future in late:
        lane, item = flight.calls.pop(future)
        _late[future] = lane.name
        future.add_done_callback(_book_late(lane, item))


def _book_late(lane: Lane, item: Any) -> Callable[[Future[Any]], None]:
    def landed(future: Future[Any]) -> None:
        try:
            book(lane, [(item, future)])
        finally:
            _late.pop(future, None)
            connection.close()  # of this thread, which has no other use for one

    return landed
