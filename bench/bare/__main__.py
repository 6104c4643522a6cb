"""The bare script: one thread has the database, the others call the gateway."""

import base64
import json
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from itertools import islice, takewhile
from queue import Empty, SimpleQueue
from typing import Any

from cryptography.hazmat.primitives.serialization import load_der_private_key
from PIL import Image

from bench.bare.calls import Calls
from bench.bare.database import Database
from bench.bare.work import Course, Work

BATCH = 25
SUBMITTERS, POLLERS, FETCHERS = 2, 1, 3
#: Between polls of a task, and before a batch that is not full is polled.
POLL_SECONDS = 0.5
BATCH_WAIT_SECONDS = 0.1


class Script:
    def __init__(self, course: Course) -> None:
        self._database = Database(course)
        self._fresh = deque(self._database.waiting(course))
        self._count = len(self._fresh)
        self._purses = self._database.purses(self._fresh[0].team)
        self._polls: deque[Work] = deque()
        self._sending = self._polling = 0
        self._done: SimpleQueue[tuple[str, Any]] = SimpleQueue()
        key = load_der_private_key(base64.b64decode(course.private_key), None)
        self._calls: dict[str, SimpleQueue[Any]] = {}
        for name, threads in (
            ("submit", SUBMITTERS),
            ("poll", POLLERS),
            ("fetch", FETCHERS),
        ):
            self._calls[name] = SimpleQueue()
            for _ in range(threads):
                call = getattr(Calls(course, key), name)
                # A daemon: a broken script does not wait for it.
                threading.Thread(
                    target=self._work, args=(name, call), daemon=True
                ).start()

    def run(self) -> int:
        left = self._count
        while left:
            left -= self._turn()
        for queue, threads in zip(
            self._calls.values(), (SUBMITTERS, POLLERS, FETCHERS), strict=True
        ):
            for _ in range(threads):
                queue.put(None)
        return self._count

    def _work(self, name: str, call: Callable[[Any], Any]) -> None:
        while (item := self._calls[name].get()) is not None:
            try:
                self._done.put((name, call(item)))
            except BaseException as error:
                self._done.put(("broken", error))
                raise

    def _turn(self) -> int:
        """Outcomes in one transaction, then the next calls."""
        sent, polled, stored = self._outcomes()
        claimed = list(islice(self._fresh, max(2 * SUBMITTERS - self._sending, 0)))
        for _ in claimed:
            self._fresh.popleft()
        done = [work for work in polled if work.row["status"] == 4]
        others = [work for work in polled if work.row["status"] != 4]
        if sent or polled or stored or claimed:
            self._database.db.execute("BEGIN IMMEDIATE")
            self._database.stored(stored)
            self._database.finished(done, self._purses)
            self._database.progressed(others)
            self._database.accepted(sent)
            self._database.claim(claimed)
            self._database.db.execute("COMMIT")
        self._start(claimed, done, sent, others)
        return len(stored)

    def _outcomes(self) -> tuple[list[Work], list[Work], list[Work]]:
        sent: list[Work] = []
        polled: list[Work] = []
        stored: list[Work] = []
        try:
            found = self._done.get(timeout=0.02)
            while True:
                match found:
                    case ("submit", work):
                        sent.append(work)
                        self._sending -= 1
                    case ("poll", works):
                        polled += works
                        self._polling -= 1
                    case ("fetch", work):
                        stored.append(work)
                    case (_, error):
                        raise error
                found = self._done.get_nowait()
        except Empty:
            return sent, polled, stored

    def _start(
        self,
        claimed: list[Work],
        done: list[Work],
        sent: list[Work],
        others: list[Work],
    ) -> None:
        for work in done:
            self._calls["fetch"].put(work)
        for work in claimed:
            self._sending += 1
            self._calls["submit"].put(work)
        now = time.monotonic()
        for work in others:
            work.poll_at = now + POLL_SECONDS
        self._polls.extend(sent + others)
        while self._polling < 2 * POLLERS and self._polls:
            # Nearly in order: a polled task went to the end.
            first = islice(self._polls, BATCH)
            batch = list(takewhile(lambda work: work.poll_at <= now, first))
            is_full = len(batch) == BATCH
            if not batch or not (
                is_full or now - batch[0].poll_at > BATCH_WAIT_SECONDS
            ):
                break
            for _ in batch:
                self._polls.popleft()
            self._polling += 1
            self._calls["poll"].put(batch)


def main() -> None:
    course = Course(**json.load(sys.stdin))
    script = Script(course)
    Image.init()
    began, cpu = time.monotonic(), time.process_time()
    pictures = script.run()
    result = {
        "pictures": pictures,
        "seconds": time.monotonic() - began,
        "cpu": time.process_time() - cpu,
        "finished": {},
    }
    json.dump(result, sys.stdout)


if __name__ == "__main__":
    main()
