"""Posts to ``notify_url`` when a job has ended (contract wujie.md §4.3 to §4.5).

One POST per key, repeated after 5, 10, 30, 60 and 120 s until the answer is
``success``. Delays count from the previous attempt [assumed]. ``callback_signed`` adds
a signature of the assumed scheme.
"""

import heapq
import http.client
import math
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from itertools import count
from queue import SimpleQueue
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sandbox import auth
from sandbox.faults import Rule, forged
from sandbox.jobs import Job
from sandbox.wire import Json, dump

if TYPE_CHECKING:
    from sandbox.core import Sandbox

DELAYS = (5, 10, 30, 60, 120)
TIMEOUT = 10
WORKERS = 8


@dataclass(slots=True)
class Post:
    """``attempt`` counts from 0; None: forged or a copy, answer ignored. ``rule``: its
    fault.
    """

    job: Job
    attempt: int | None
    rule: Rule | None = None


class Callbacks:
    def __init__(self, sandbox: "Sandbox") -> None:
        self._sandbox = sandbox
        # A finished job's body; set by the gateway's module.
        self.payload: Callable[[Job, float], Json] = lambda job, now: {}
        self._due: list[tuple[float, int, Post]] = []
        # Answers to forgeries.
        self.forged: Counter[str] = Counter()
        self._ticket = count()
        self._changed = threading.Condition()
        self._ready: SimpleQueue[Post] = SimpleQueue()

    def start(self) -> None:
        """Also queues an earlier process's undelivered callbacks."""
        book = self._sandbox.book
        book.on_moved = self.watch
        self.watch(list(book.jobs.values()))
        for target in (self._wait, *[self._work] * WORKERS):
            threading.Thread(target=target, name="callbacks", daemon=True).start()

    def watch(self, jobs: Iterable[Job]) -> None:
        with self._changed:
            for job in jobs:
                if job.notify_url and not job.told and not math.isinf(job.end):
                    self._push(job)
            self._changed.notify()

    def forget(self) -> None:
        with self._changed:
            self._due.clear()
            self.forged.clear()

    def _push(self, job: Job) -> None:
        attempt = len(job.attempts)
        when = job.end
        if attempt > len(DELAYS):
            return
        if attempt:
            delay = DELAYS[attempt - 1] * self._sandbox.switches.callback_scale
            when = job.attempts[-1][0] + delay
        self._put_off(Post(job, attempt), when)

    def _put_off(self, post: "Post", when: float) -> None:
        with self._changed:
            heapq.heappush(self._due, (when, next(self._ticket), post))
            self._changed.notify()

    def forge(self, jobs: Iterable[Job]) -> None:
        for job in jobs:
            rule = self._sandbox.strike("forged") if job.notify_url else None
            if rule:
                when = time.time() + rule.get("seconds", 0)
                self._put_off(Post(job, None, rule), when)

    def _wait(self) -> None:
        while not self._sandbox.stopping.is_set():
            with self._changed:
                now = time.time()
                if not self._due or self._due[0][0] > now:
                    later = self._due[0][0] - now if self._due else 1.0
                    self._changed.wait(min(later, 1.0))
                    continue
                _, _, post = heapq.heappop(self._due)
            if self._is_called_for(post, now):
                self._ready.put(post)

    def _is_called_for(self, post: "Post", now: float) -> bool:
        """The fault ``late`` queues the post again."""
        job = post.job
        if post.attempt is None:
            return True
        # Moved jobs are queued more than once; the first entry counts.
        if post.attempt != len(job.attempts) or job.cancelled or job.end > now:
            return False
        if post.rule is None:
            post.rule = self._sandbox.strike("callback") or {"kind": ""}
            if post.rule["kind"] == "late":
                self._put_off(post, now + post.rule.get("seconds", 3))
                return False
        job.attempts.append([now, "under way"])
        return True

    def _work(self) -> None:
        while True:
            post = self._ready.get()
            job, outcome = post.job, self._deliver(post)
            if post.attempt is None:
                self.forged[outcome] += 1
                continue
            job.attempts[-1][1] = outcome
            job.told = outcome == "success"
            self._sandbox.book.save(job)
            if not job.told:
                self.watch([job])

    def _deliver(self, post: "Post") -> str:
        """Send once, with faults; the outcome as text."""
        job, rule = post.job, post.rule or {"kind": ""}
        if rule["kind"] == "drop":
            return "dropped"
        if rule["kind"] == "late_answer":
            self._sandbox.stopping.wait(rule.get("seconds", 60))
        try:
            if rule["kind"] == "twice":
                again = Post(job, None, {"kind": "", "seconds": 0})
                self._put_off(again, time.time() + rule.get("seconds", 0))
            return self._post(job, self._body(post))
        except (OSError, ValueError, http.client.HTTPException) as error:
            return f"{type(error).__name__}: {error}"

    def _body(self, post: "Post") -> bytes:
        payload = self.payload(post.job, time.time())
        rule = post.rule or {"kind": ""}
        if post.attempt is not None or not rule["kind"]:
            return dump(payload).encode()
        keys = self._sandbox.book.by_account[post.job.account]
        others = [key for key in keys[-10:] if key != post.job.key] or ["F" * 32]
        other = random.choice(others)
        return forged(payload, rule, other)

    def _post(self, job: Job, body: bytes) -> str:
        url = urlsplit(job.notify_url)
        host = url.hostname or ""
        if not (self._sandbox.switches.callback_anywhere or _is_loopback(host)):
            return "not called: the address is not on this machine"
        secure = url.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = kind(host, url.port, timeout=TIMEOUT)
        try:
            path = (url.path or "/") + (f"?{url.query}" if url.query else "")
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
