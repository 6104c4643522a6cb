"""All jobs, and the integrals that each account reserved and paid."""

import heapq
import math
import threading
import time
from collections.abc import Callable, Iterable
from itertools import count

from sandbox.job_queue import JobQueue
from sandbox.jobs import Job
from sandbox.store import Store
from sandbox.switches import Switches


class Book:
    """Thread-safe."""

    def __init__(self, store: Store, switches: Switches) -> None:
        self.lock = threading.RLock()
        self.jobs: dict[str, Job] = {}
        self.by_file: dict[str, Job] = {}
        self.by_account: dict[str, list[str]] = {}
        # Called with jobs whose end is new or changed.
        self.on_moved: Callable[[Iterable[Job]], None] = lambda jobs: None
        self._store = store
        self._queues = {g: JobQueue(n) for g, n in switches.channels.items()}
        self._held: dict[str, int] = {}
        self._settlements: list[tuple[float, int, Job]] = []
        self._ticket = count()
        self._restore()

    def _restore(self) -> None:
        now = time.time()
        jobs = [Job(**row) for row in self._store.jobs()]
        for job in jobs:
            self._enter(job)
        for gateway, queue in self._queues.items():
            queue.restore(
                [j for j in jobs if j.gateway == gateway and not j.cancelled], now
            )

    def _enter(self, job: Job) -> None:
        self.jobs[job.key] = job
        self.by_file[job.file] = job
        self.by_account.setdefault(job.account, []).append(job.key)
        if not job.cancelled:
            self._count(job, job.expected)
            self._expect_settlement([job])

    def _count(self, job: Job, amount: int) -> None:
        held = self._held.get(job.account, 0)
        self._held[job.account] = held + amount - job.counted
        job.counted = amount

    def _expect_settlement(self, jobs: Iterable[Job]) -> None:
        for job in jobs:
            if not math.isinf(job.end):
                for due in job.changes():
                    heapq.heappush(self._settlements, (due, next(self._ticket), job))

    def add(self, jobs: list[Job]) -> None:
        with self.lock:
            for job in jobs:
                queue = self._queues[job.gateway]
                queue.advance(job.created)
                queue.join(job)
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
        with self.lock:
            return self._queues[job.gateway].ahead(job, now)

    def queue(self, gateway: str, now: float) -> tuple[int, int]:
        with self.lock:
            queue = self._queues[gateway]
            queue.advance(now)
            return len(queue.waiting), queue.channels

    def cancel(self, job: Job) -> bool:
        """False: it is not queued any more."""
        with self.lock:
            now = time.time()
            queue = self._queues[job.gateway]
            queue.advance(now)
            if job.cancelled or job not in queue.waiting:
                return False
            job.cancelled = now
            self._count(job, 0)
            moved = [other for other in queue.waiting if other is not job]
            self._rearrange(queue, moved, now)
            self._store.save([job])
        self.on_moved(moved)
        return True

    def accelerate(self, job: Job, steps: int, cost: int) -> bool:
        """Move the waiting jobs of this job's batch forward by ``steps`` places.

        ``cost``: integrals per step and job.
        """
        with self.lock:
            now = time.time()
            queue = self._queues[job.gateway]
            queue.advance(now)
            mine = [other for other in queue.waiting if other.batch == job.batch]
            order = list(queue.waiting)
            for one in mine:
                at = order.index(one)
                order.insert(max(0, at - steps), order.pop(at))
                one.expected += steps * cost
                one.final += steps * cost
                self._count(one, one.expected)
            self._rearrange(queue, order, now)
            self._store.save(mine)
        self.on_moved(order)
        return bool(mine)

    def set_channels(self, channels: dict[str, int]) -> None:
        with self.lock:
            now = time.time()
            for gateway, queue in self._queues.items():
                if queue.channels != channels[gateway]:
                    queue.advance(now)
                    queue.channels = channels[gateway]
                    self._rearrange(queue, queue.waiting, now)
        self.on_moved([job for queue in self._queues.values() for job in queue.waiting])

    def finish(self) -> None:
        """Everything that is waiting or drawn ends now, but what never ends."""
        with self.lock:
            now, ended = time.time(), []
            for queue in self._queues.values():
                ended += queue.finish(now)
            self._expect_settlement(ended)
            self._store.save(ended)
        self.on_moved(ended)

    def _rearrange(self, queue: JobQueue, order: list[Job], now: float) -> None:
        queue.rearrange(list(order), now)
        self._expect_settlement(queue.waiting)
        self._store.save_moves(queue.waiting)

    def held(self, account: str) -> int:
        with self.lock:
            now = time.time()
            while self._settlements and self._settlements[0][0] <= now:
                _, _, job = heapq.heappop(self._settlements)
                self._settle(job, now)
            return self._held.get(account, 0)

    def _settle(self, job: Job, now: float) -> None:
        # Moved jobs leave stale entries.
        if not job.cancelled:
            self._count(job, job.held(now))

    def clear(self) -> None:
        with self.lock:
            self._store.clear()
            self.jobs.clear()
            self.by_file.clear()
            self.by_account.clear()
            self._held.clear()
            self._settlements.clear()
            for gateway, queue in self._queues.items():
                self._queues[gateway] = JobQueue(queue.channels)
