"""The job book: every job, where it stands in the queue, and what it cost.

Nothing runs while a job is "drawn": at submit a job is given a channel, a start and an
end, and where it stands is a function of the time alone::

    submitted --ready--> queued --start--> drawing --end--> done | failed
                           `--cancel--> cancelled

Only a cancelled or accelerated job, or another number of channels, moves the starts of
those behind it. Times are Unix seconds as floats.
"""

import heapq
import math
import threading
import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from sandbox.store import Store
from sandbox.switches import Switches

LIVE = ("submitted", "queued", "drawing")


@dataclass(slots=True, eq=False)
class Job:
    """One key. ``expected`` and ``final`` are integrals (Jumdata: billed pictures)."""

    key: str
    gateway: str
    account: str
    batch: str
    prompt: str
    seed: str
    width: int
    height: int
    pictures: int
    request: dict[str, Any]
    base_url: str
    notify_url: str
    created: float
    ready: float
    draw: float
    expected: int
    final: int
    settling: float
    ending: str
    start: float = 0.0
    end: float = 0.0
    place: int = 0
    cancelled: float = 0.0
    attempts: list[list[Any]] = field(default_factory=list)
    told: bool = False
    # Whether ``Book`` has taken the final cost into the account; not stored.
    booked: bool = False

    def stage(self, now: float) -> str:
        if self.cancelled:
            return "cancelled"
        if now < self.ready:
            return "submitted"
        if now < self.start:
            return "queued"
        if now < self.end:
            return "drawing"
        return "done" if self.ending == "done" else "failed"

    def percent(self, now: float) -> float:
        """0 to 100, as drawn; one that never ends creeps towards 99."""
        passed = max(0.0, now - self.start)
        if math.isinf(self.end):
            return round(99 * passed / (passed + self.draw), 2)
        return round(min(100.0, 100 * passed / self.draw if self.draw else 100.0), 2)

    def seconds_left(self, now: float) -> int:
        if math.isinf(self.end):
            return max(1, math.ceil(self.start + self.draw - now))
        return max(0, math.ceil(self.end - now))

    def is_settled(self, now: float) -> bool:
        """Whether the charge is final."""
        return bool(self.cancelled) or (
            now >= self.end + (self.settling if self.ending == "done" else 0)
        )

    def paid(self, now: float) -> int:
        return self.final if self.is_settled(now) and self._is_due() else 0

    def held(self, now: float) -> int:
        """What this job takes off the balance: the estimate, then what it cost."""
        return self.paid(now) if self.is_settled(now) else self.expected

    def _is_due(self) -> bool:
        return not self.cancelled and self.ending == "done"


class Line:
    """The waiting line of one gateway, in order of start, and its channels."""

    def __init__(self, channels: int) -> None:
        self.channels = channels
        self.waiting: list[Job] = []
        self._busy: list[Job] = []
        self._free = [0.0] * channels
        self._places = count(1)

    def join(self, job: Job) -> None:
        earliest = self.waiting[-1].start if self.waiting else 0.0
        job.place = next(self._places)
        # A job that never ends must not block the sandbox: it takes no channel.
        stuck = job.ending == "stuck"
        free = self._free[0] if stuck else heapq.heappop(self._free)
        job.start = max(job.ready, free, earliest)
        job.end = math.inf if stuck else job.start + job.draw
        if not stuck:
            heapq.heappush(self._free, job.end)
        self.waiting.append(job)

    def advance(self, now: float) -> None:
        """Take those whose drawing has begun off the line."""
        begun = bisect_right(self.waiting, now, key=lambda job: job.start)
        if begun:
            self._busy.extend(j for j in self.waiting[:begun] if j.ending != "stuck")
            del self.waiting[:begun]

    def ahead(self, job: Job, now: float) -> int:
        self.advance(now)
        return bisect_left(self.waiting, job.place, key=lambda other: other.place)

    def rearrange(self, order: list[Job], now: float) -> None:
        """Give the waiting jobs new starts, in this order."""
        self._busy = [job for job in self._busy if job.end > now]
        ends = sorted(job.end for job in self._busy)[-self.channels :]
        self._free = [now] * (self.channels - len(ends)) + ends
        self.waiting = []
        for job in order:
            self.join(job)

    def restore(self, jobs: list[Job], now: float) -> None:
        """Take up jobs from before a restart, with the starts they had."""
        self._places = count(max((j.place for j in jobs), default=0) + 1)
        self.waiting = sorted(
            (j for j in jobs if j.start > now), key=lambda j: (j.start, j.place)
        )
        self._busy = [j for j in jobs if j.start <= now < j.end and j.ending != "stuck"]
        self.rearrange(self.waiting, now)


class Book:
    """All jobs of both gateways. Safe to use from several threads."""

    def __init__(self, store: Store, switches: Switches) -> None:
        self.lock = threading.RLock()
        self.jobs: dict[str, Job] = {}
        self.by_account: dict[str, list[str]] = {}
        # Called with jobs whose end is new or has moved.
        self.on_moved: Callable[[Iterable[Job]], None] = lambda jobs: None
        self._store = store
        self._lines = {g: Line(n) for g, n in switches.channels.items()}
        self._held: dict[str, int] = {}
        self._settlements: list[tuple[float, int, Job]] = []
        self._ticket = count()
        self._restore()

    def _restore(self) -> None:
        now = time.time()
        jobs = [Job(**row) for row in self._store.jobs()]
        for job in jobs:
            self._enter(job)
        for gateway, line in self._lines.items():
            line.restore(
                [j for j in jobs if j.gateway == gateway and not j.cancelled], now
            )

    def _enter(self, job: Job) -> None:
        self.jobs[job.key] = job
        self.by_account.setdefault(job.account, []).append(job.key)
        if not job.cancelled:
            self._held[job.account] = self._held.get(job.account, 0) + job.expected
            self._expect_settlement([job])

    def _expect_settlement(self, jobs: Iterable[Job]) -> None:
        for job in jobs:
            if not math.isinf(job.end):
                due = job.end + (job.settling if job.ending == "done" else 0)
                heapq.heappush(self._settlements, (due, next(self._ticket), job))

    def add(self, jobs: list[Job]) -> None:
        with self.lock:
            for job in jobs:
                line = self._lines[job.gateway]
                line.advance(job.created)
                line.join(job)
                self._enter(job)
            self._store.save(jobs)
        self.on_moved(jobs)

    def get(self, key: str, account: str) -> Job | None:
        job = self.jobs.get(key)
        return job if job and job.account == account else None

    def save(self, job: Job) -> None:
        with self.lock:
            if job.key in self.jobs:
                self._store.save([job])

    def ahead(self, job: Job, now: float) -> int:
        """How many jobs of the gateway start before this one."""
        with self.lock:
            return self._lines[job.gateway].ahead(job, now)

    def queue(self, gateway: str, now: float) -> tuple[int, int]:
        """Jobs that wait, and channels."""
        with self.lock:
            line = self._lines[gateway]
            line.advance(now)
            return len(line.waiting), line.channels

    def cancel(self, job: Job) -> bool:
        """Take a queued job off the line; False when it does not wait any more."""
        with self.lock:
            now = time.time()
            line = self._lines[job.gateway]
            line.advance(now)
            if job.cancelled or job not in line.waiting:
                return False
            job.cancelled = now
            self._held[job.account] -= job.expected
            moved = [other for other in line.waiting if other is not job]
            self._rearrange(line, moved, now)
            self._store.save([job])
        self.on_moved(moved)
        return True

    def accelerate(self, job: Job, steps: int, cost: int) -> bool:
        """Move the waiting jobs of this one's batch forward by ``steps`` places each.

        ``cost`` is what each step costs each job.
        """
        with self.lock:
            now = time.time()
            line = self._lines[job.gateway]
            line.advance(now)
            mine = [other for other in line.waiting if other.batch == job.batch]
            order = list(line.waiting)
            for one in mine:
                at = order.index(one)
                order.insert(max(0, at - steps), order.pop(at))
                one.expected += steps * cost
                one.final += steps * cost
                self._held[one.account] += steps * cost
            self._rearrange(line, order, now)
            self._store.save(mine)
        self.on_moved(order)
        return bool(mine)

    def set_channels(self, channels: dict[str, int]) -> None:
        with self.lock:
            now = time.time()
            for gateway, line in self._lines.items():
                if line.channels != channels[gateway]:
                    line.advance(now)
                    line.channels = channels[gateway]
                    self._rearrange(line, line.waiting, now)
        self.on_moved([job for line in self._lines.values() for job in line.waiting])

    def _rearrange(self, line: Line, order: list[Job], now: float) -> None:
        line.rearrange(list(order), now)
        self._expect_settlement(line.waiting)
        self._store.save_moves(line.waiting)

    def held(self, account: str) -> int:
        """Integrals that this account has paid or that are reserved for its jobs."""
        with self.lock:
            now = time.time()
            while self._settlements and self._settlements[0][0] <= now:
                _, _, job = heapq.heappop(self._settlements)
                self._settle(job, now)
            return self._held.get(account, 0)

    def _settle(self, job: Job, now: float) -> None:
        # A job that moved stands in the heap more than once.
        if not (job.booked or job.cancelled) and job.is_settled(now):
            job.booked = True
            self._held[job.account] += job.paid(now) - job.expected

    def clear(self) -> None:
        with self.lock:
            self._store.clear()
            self.jobs.clear()
            self.by_account.clear()
            self._held.clear()
            self._settlements.clear()
            for gateway, line in self._lines.items():
                self._lines[gateway] = Line(line.channels)
