"""One turn of the leader: claim on each lane, start the calls, book what is done.

Threads only call the network; the leader's own thread reads and writes all rows. Each
account has one token bucket, empty when a leader starts.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from generation.lifecycle import account_load
from moderation import decisions
from net.process_local import process_local
from wjportal.engine.lanes import THREADS, Lane, Outcomes, lanes

logger = logging.getLogger(__name__)

#: Seconds to wait for the first call.
WAIT_SECONDS = 0.05
#: Seconds until an empty lane claims again, and between judgings.
PAUSE_SECONDS = 0.1
#: Seconds to wait for running calls at the end; slower calls book themselves.
FINISH_SECONDS = 1.0
#: Seconds between readings of the accounts' request rates.
ALLOWANCES_SECONDS = 2.0
#: Artworks judged and decisions settled a turn.
MOST_JUDGED = 50


@process_local
def _executor(lane: str) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS, thread_name_prefix=lane)


#: Calls that outlived their leader → lane names. They count as occupied threads:
#: no claimed item waits behind them.
_late: dict[Future[Any], str] = {}


@dataclass(slots=True)
class LeaderState:
    """Running calls, paused lanes, token buckets. Monotonic times."""

    calls: dict[Future[Any], tuple[Lane, Any]] = field(default_factory=dict)
    paused_until: dict[str, float] = field(default_factory=dict)
    buckets: dict[str, account_load.TokenBucket] = field(default_factory=dict)
    read_allowances_at: float = 0.0
    turns: int = 0

    def is_paused(self, name: str) -> bool:
        return time.monotonic() < self.paused_until.get(name, 0.0)

    def pause(self, name: str) -> None:
        self.paused_until[name] = time.monotonic() + PAUSE_SECONDS

    def read_allowances(self) -> None:
        if time.monotonic() < self.read_allowances_at:
            return
        for name, (most, direct) in account_load.allowances().items():
            bucket = self.buckets.setdefault(
                name, account_load.TokenBucket(most, direct)
            )
            bucket.most_a_second = most
            bucket.take_direct(direct)
        self.read_allowances_at = time.monotonic() + ALLOWANCES_SECONDS

    def allowed(self, lane: Lane) -> int:
        bucket = self.buckets.get(lane.account)
        return bucket.left() if bucket else lane.most

    def take(self, lane: Lane, items: list[Any]) -> None:
        if bucket := self.buckets.get(lane.account):
            bucket.take(sum(map(lane.requests, items)))


def turn(state: LeaderState) -> None:
    running = Counter(lane.name for lane, _ in state.calls.values())
    running.update(list(_late.values()))
    state.read_allowances()
    for lane in _rotated(state):
        free = lane.most - running[lane.name]
        if 2 * free >= lane.most and not state.is_paused(lane.name):
            _start(state, lane, min(free, state.allowed(lane)))
    if state.calls:
        done, _ = wait(state.calls, WAIT_SECONDS, FIRST_COMPLETED)
        _book_done(state, done)
    else:
        time.sleep(PAUSE_SECONDS)  # no lane claims sooner
    if not state.is_paused("judge"):
        decisions.screen_pending(MOST_JUDGED)
        decisions.settle_due(MOST_JUDGED)
        state.pause("judge")


def _rotated(state: LeaderState) -> list[Lane]:
    """Each lane is first equally often: lanes of an account share its bucket."""
    found = lanes()
    state.turns += 1
    first = state.turns % len(found)
    return found[first:] + found[:first]


def _start(state: LeaderState, lane: Lane, most: int) -> None:
    """Fewer than ``most`` items pause the lane."""
    if not most:
        return
    items = _claim(lane, most)
    state.take(lane, items)
    for item in items:
        future = _executor(lane.name).submit(lane.call, item)
        state.calls[future] = (lane, item)
    if len(items) < most:
        state.pause(lane.name)


def _claim(lane: Lane, most: int) -> list[Any]:
    """A lane that cannot claim stops no other."""
    try:
        return lane.claim(most)
    except Exception:
        logger.exception("Nothing could be claimed on the lane %s", lane.name)
        return []


def _book_done(state: LeaderState, done: Iterable[Future[Any]]) -> None:
    """A lane that cannot book stops no other."""
    lanes_by_name: dict[str, Lane] = {}
    calls: dict[str, list[tuple[Any, Future[Any]]]] = {}
    for future in done:
        lane, item = state.calls.pop(future)
        lanes_by_name[lane.name] = lane
        calls.setdefault(lane.name, []).append((item, future))
    for name, ended in calls.items():
        _book(lanes_by_name[name], ended)


def _book(lane: Lane, ended: list[tuple[Any, Future[Any]]]) -> None:
    outcomes: Outcomes = []
    for item, future in ended:
        if (error := future.exception()) is None:
            outcomes.append((item, future.result()))
        else:
            logger.error("A call on the lane %s broke", lane.name, exc_info=error)
    try:
        lane.book(outcomes)
    except Exception:
        logger.exception("Outcomes on the lane %s could not be booked", lane.name)


def finish(state: LeaderState) -> None:
    done, late = wait(state.calls, FINISH_SECONDS)
    _book_done(state, done)
    for future in late:
        lane, item = state.calls.pop(future)
        _late[future] = lane.name
        future.add_done_callback(_book_late(lane, item))


def _book_late(lane: Lane, item: Any) -> Callable[[Future[Any]], None]:
    def book(future: Future[Any]) -> None:
        try:
            _book(lane, [(item, future)])
        finally:
            _late.pop(future, None)
            connection.close()  # otherwise unused in this thread

    return book
