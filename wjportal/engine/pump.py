"""The heart: one process at a time sends, asks and fetches whatever is due.

Who holds the lease *pump* leads; one more waits on the lease *standby*, so a dead
leader costs one lease time. A pump runs for a few seconds and then asks the queue for
its successor; a minute schedule is the safety net.

Each lane has threads of its own, so slow downloads hold up neither sending nor asking,
and an account that hangs holds up no other. All requests at an account are taken from
one bucket, which starts empty with every leader.
Threads only speak to the network; all rows are read and written here, in one place.
"""

import datetime
import logging
import os
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import partial
from operator import attrgetter
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from gateways.clients import has_history, provider_of
from generation import archive, booking_retry, lifecycle
from generation.lifecycle import account_load
from generation.models import Lease
from moderation import decisions
from net.process_local import process_local

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
#: Who swept no longer ago has been at work since: neither it nor the database was away.
AWAKE = datetime.timedelta(seconds=40)
ALLOWANCES_SECONDS = 2.0
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
    #: The account that is asked, by its name, and how often for one item.
    account: str = ""
    requests: Callable[[Any], int] = lambda item: 1


def lanes() -> list[Lane]:
    sending, asking = lifecycle.claim_queued, lifecycle.claim_due
    sent = _each(lifecycle.book_sent, lifecycle.book_sent_again)
    inquire, book_inquired = lifecycle.inquire, lifecycle.book_inquired
    found = []
    for name in settings.GATEWAYS:
        queued, due = partial(sending, name), partial(asking, name)
        send, ask = lifecycle.send, lifecycle.ask
        asked = _each(lifecycle.book_asked)
        found += [
            Lane(f"send {name}", queued, send, sent, account=name),
            Lane(f"ask {name}", due, ask, asked, account=name),
        ]
        if has_history(provider_of(name)):
            lost, booked = (
                partial(lifecycle.claim_inquiries, name),
                _each(book_inquired),
            )
            lane = f"inquire {name}"
            requests = attrgetter("requests")
            found.append(
                Lane(lane, lost, inquire, booked, account=name, requests=requests)
            )
    fetching, fetched = archive.claim_unstored, archive.book_fetched
    return [*found, Lane("fetch", fetching, archive.fetch, fetched, 2 * THREADS)]


def _each(
    book: Callable[[Any, Any], None], again: Callable[[Any, Any], None] | None = None
) -> Callable[[Outcomes], None]:
    """``again`` for what must not be lost where the database was away."""

    def book_each(outcomes: Outcomes) -> None:
        for item, outcome in outcomes:
            try:
                book(item, outcome)
            except Exception as error:
                logger.exception("What came back could not be booked")
                if again and isinstance(error, booking_retry.AWAY):
                    booking_retry.keep(partial(again, item, outcome))
                connection.close_if_unusable_or_obsolete()

    return book_each


@process_local
def _executor(lane: str) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS, thread_name_prefix=lane)


@dataclass(slots=True)
class Flight:
    """What a leader knows from turn to turn: its calls that are out, and until when
    (by the monotonic clock) a lane is left alone."""

    calls: dict[Future[Any], tuple[Lane, Any]] = field(default_factory=dict)
    quiet: dict[str, float] = field(default_factory=dict)
    buckets: dict[str, account_load.Bucket] = field(default_factory=dict)
    allowances_at: float = 0.0
    turns: int = 0

    def is_quiet(self, name: str) -> bool:
        return time.monotonic() < self.quiet.get(name, 0.0)

    def leave_alone(self, name: str) -> None:
        self.quiet[name] = time.monotonic() + QUIET_SECONDS

    def refill(self) -> None:
        """Every account has its bucket, as large as its row says just now."""
        if time.monotonic() < self.allowances_at:
            return
        for name, (most, beside) in account_load.allowances().items():
            bucket = self.buckets.setdefault(name, account_load.Bucket(most, beside))
            bucket.most_a_second = most
            bucket.make_up_for(beside)
        self.allowances_at = time.monotonic() + ALLOWANCES_SECONDS

    def allowed(self, lane: Lane) -> int:
        bucket = self.buckets.get(lane.account)
        return bucket.left() if bucket else lane.most

    def took(self, lane: Lane, items: list[Any]) -> None:
        if bucket := self.buckets.get(lane.account):
            bucket.take(sum(map(lane.requests, items)))


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
                sweep()
                sweep_at = now + SWEEP_SECONDS
            turn(flight)
            now = time.monotonic()
    finally:
        land(flight)
        Lease.give_back("pump", holder)


def sweep() -> None:
    """Of all processes one, every ``SWEEP_SECONDS``."""
    last = Lease.objects.filter(name="sweep").first()
    now = timezone.now()
    if Lease.take("sweep", uuid.uuid4().hex, SWEEP_SECONDS):
        is_awake = last is not None and now - last.renewed_at < AWAKE
        lifecycle.sweep(is_awake=is_awake)


def turn(flight: Flight) -> None:
    """Claim what fits, book what has come back, judge what was stored; settle what was
    decided."""
    out = Counter(lane.name for lane, _ in flight.calls.values())
    out.update(list(_late.values()))
    flight.refill()
    for lane in _in_turn(flight):
        free = lane.most - out[lane.name]
        if 2 * free < lane.most or flight.is_quiet(lane.name):
            continue
        free = min(free, flight.allowed(lane))
        if not free:
            continue
        items = _claim(lane, free)
        flight.took(lane, items)
        for item in items:
            future = _executor(lane.name).submit(lane.call, item)
            flight.calls[future] = (lane, item)
        if len(items) < free:
            flight.leave_alone(lane.name)
    if flight.calls:
        done, _ = wait(flight.calls, BUSY_SECONDS, FIRST_COMPLETED)
        _book(flight, done)
    else:
        time.sleep(QUIET_SECONDS)  # no lane is asked sooner anyway
    if not flight.is_quiet("judge"):
        decisions.screen_pending(MOST_SCREENED)
        decisions.settle_due(MOST_SCREENED)
        flight.leave_alone("judge")


def _in_turn(flight: Flight) -> list[Lane]:
    """Each begins as often as any other: the lanes of an account share its bucket."""
    found = lanes()
    flight.turns += 1
    first = flight.turns % len(found)
    return found[first:] + found[:first]


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
