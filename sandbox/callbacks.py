"""Calls ``notify_url`` back when a job has ended (contract wujie.md §4.3 to §4.5).

One POST per key, and again after 5, 10, 30, 60 and 120 s until the receiver answers
the word ``success``. Whether each delay counts from the first attempt or the previous
one is not documented; here it is the previous one. Callbacks are unsigned unless the
switch ``callback_signed`` asks for the assumed scheme.
"""

import heapq
import http.client
import math
import threading
import time
from collections.abc import Callable, Iterable
from ipaddress import ip_address
from itertools import count
from queue import SimpleQueue
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sandbox import auth
from sandbox.jobs import Job
from sandbox.wire import Json, dump

if TYPE_CHECKING:
    from sandbox.core import Sandbox

DELAYS = (5, 10, 30, 60, 120)
TIMEOUT = 10
WORKERS = 8


class Callbacks:
    def __init__(self, sandbox: "Sandbox") -> None:
        self._sandbox = sandbox
        # How a finished job looks to its receiver; the gateway's own module knows.
        self.payload: Callable[[Job, float], Json] = lambda job, now: {}
        self._due: list[tuple[float, int, Job, int]] = []
        self._ticket = count()
        self._changed = threading.Condition()
        self._ready: SimpleQueue[Job] = SimpleQueue()

    def start(self) -> None:
        """Take up what a former process left undelivered, and run."""
        book = self._sandbox.book
        book.on_moved = self.watch
        self.watch(list(book.jobs.values()))
        for target in (self._wait, *[self._work] * WORKERS):
            threading.Thread(target=target, name="callbacks", daemon=True).start()

    def watch(self, jobs: Iterable[Job]) -> None:
        """Call back when these jobs end; again for a job whose end has moved."""
        with self._changed:
            for job in jobs:
                if job.notify_url and not job.told and not math.isinf(job.end):
                    self._push(job)
            self._changed.notify()

    def forget(self) -> None:
        """Call nobody back any more."""
        with self._changed:
            self._due.clear()

    def _push(self, job: Job) -> None:
        attempt = len(job.attempts)
        when = job.end
        if attempt > len(DELAYS):
            return
        if attempt:
            delay = DELAYS[attempt - 1] * self._sandbox.switches.callback_scale
            when = job.attempts[-1][0] + delay
        heapq.heappush(self._due, (when, next(self._ticket), job, attempt))

    def _wait(self) -> None:
        while not self._sandbox.stopping.is_set():
            with self._changed:
                now = time.time()
                if not self._due or self._due[0][0] > now:
                    later = self._due[0][0] - now if self._due else 1.0
                    self._changed.wait(min(later, 1.0))
                    continue
                _, _, job, attempt = heapq.heappop(self._due)
            # A job that moved stands here more than once; the first comer takes it.
            if attempt == len(job.attempts) and not job.cancelled and job.end <= now:
                job.attempts.append([now, "under way"])
                self._ready.put(job)

    def _work(self) -> None:
        while True:
            job = self._ready.get()
            outcome = self._deliver(job)
            job.attempts[-1][1] = outcome
            job.told = outcome == "success"
            self._sandbox.book.save(job)
            if not job.told:
                self.watch([job])

    def _deliver(self, job: Job) -> str:
        """One attempt, with its faults; the outcome in a few words."""
        rule = self._sandbox.strike("callback") or {"kind": ""}
        if rule["kind"] == "drop":
            return "dropped"
        if rule["kind"] == "late_answer":
            self._sandbox.stopping.wait(rule.get("seconds", 60))
        try:
            if rule["kind"] == "twice":
                self._post(job)
            return self._post(job)
        except (OSError, ValueError, http.client.HTTPException) as error:
            return f"{type(error).__name__}: {error}"

    def _post(self, job: Job) -> str:
        url = urlsplit(job.notify_url)
        host = url.hostname or ""
        if not (self._sandbox.switches.callback_anywhere or _is_loopback(host)):
            return "not called: the address is not on this machine"
        secure = url.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = kind(host, url.port, timeout=TIMEOUT)
        try:
            path = (url.path or "/") + (f"?{url.query}" if url.query else "")
            body = dump(self.payload(job, time.time())).encode()
            connection.request("POST", path, body, self._headers(job))
            answer = connection.getresponse()
            text = answer.read(1000).decode(errors="replace")
        finally:
            connection.close()
        ok = answer.status == 200 and text == "success"
        return "success" if ok else f"HTTP {answer.status}: {text[:80]}"

    def _headers(self, job: Job) -> dict[str, str]:
        headers = {"Content-Type": "application/json;charset=UTF-8"}
        key = self._sandbox.credentials.callback_keys.get(job.account)
        if key and self._sandbox.switches.callback_signed:
            headers["Authorization"] = auth.callback_header(job.account, key)
        return headers


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
