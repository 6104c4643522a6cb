"""A gateway's queue: start and end of each waiting job.

Discrete events: each job takes the first free channel. Cancelling, accelerating and
changing the channels move later jobs.
"""

import heapq
import math
from bisect import bisect_left, bisect_right
from itertools import count

from sandbox.jobs import Job


class JobQueue:
    def __init__(self, channels: int) -> None:
        self.channels = channels
        self.waiting: list[Job] = []
        self._busy: list[Job] = []
        self._free = [0.0] * channels
        self._places = count(1)

    def join(self, job: Job) -> None:
        earliest = self.waiting[-1].start if self.waiting else 0.0
        job.place = next(self._places)
        # A job that never ends takes no channel.
        stuck = job.ending == "stuck"
        free = self._free[0] if stuck else heapq.heappop(self._free)
        job.start = max(job.ready, free, earliest)
        job.end = math.inf if stuck else job.start + job.draw
        if not stuck:
            heapq.heappush(self._free, job.end)
        self.waiting.append(job)

    def advance(self, now: float) -> None:
        begun = bisect_right(self.waiting, now, key=lambda job: job.start)
        if begun:
            self._busy.extend(j for j in self.waiting[:begun] if j.ending != "stuck")
            del self.waiting[:begun]

    def ahead(self, job: Job, now: float) -> int:
        self.advance(now)
        return bisect_left(self.waiting, job.place, key=lambda other: other.place)

    def finish(self, now: float) -> list[Job]:
        """End all jobs but stuck ones; returns them."""
        self.advance(now)
        never = [job for job in self.waiting if job.ending == "stuck"]
        live = [job for job in self._busy if job.end > now]
        live += [job for job in self.waiting if job.ending != "stuck"]
        for job in live:
            job.ready, job.start = min(job.ready, now), min(job.start, now)
            job.end, job.draw = now, now - job.start
        self.rearrange(never, now)
        return live

    def rearrange(self, order: list[Job], now: float) -> None:
        self._busy = [job for job in self._busy if job.end > now]
        ends = sorted(job.end for job in self._busy)[-self.channels :]
        self._free = [now] * (self.channels - len(ends)) + ends
        self.waiting = []
        for job in order:
            self.join(job)

    def restore(self, jobs: list[Job], now: float) -> None:
        """Jobs of an earlier process keep their starts."""
        self._places = count(max((j.place for j in jobs), default=0) + 1)
        self.waiting = sorted(
            (j for j in jobs if j.start > now), key=lambda j: (j.start, j.place)
        )
        self._busy = [j for j in jobs if j.start <= now < j.end and j.ending != "stuck"]
        self.rearrange(self.waiting, now)
