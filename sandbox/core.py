"""The state shared by all families' handlers."""

import threading
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sandbox.auth import Credentials
from sandbox.book import Book
from sandbox.book_errors import gone
from sandbox.callbacks import Callbacks
from sandbox.faults import KINDS, Faults, Rule
from sandbox.jobs import Job
from sandbox.store import Store
from sandbox.switches import Switches


class Sandbox:
    def __init__(self, data_dir: Path, credentials: Credentials) -> None:
        data_dir.mkdir(parents=True, exist_ok=True)
        self.credentials = credentials
        self.store = Store(data_dir / "sandbox.sqlite3")
        self.switches = Switches().merged(self.store.switches())
        self.book = Book(self.store, self.switches)
        self.faults = Faults()
        self.requests: Counter[str] = Counter()
        self._counting = threading.Lock()
        # Set when the process ends; every sleep waits on it.
        self.stopping = threading.Event()
        # Set when late answers are let go; the next ones wait for another.
        self._hurried = threading.Event()
        self.callbacks = Callbacks(self)

    def count(self, name: str) -> None:
        with self._counting:
            self.requests[name] += 1

    def strike(self, name: str, asked: str = "") -> Rule | None:
        return self.faults.strike(self.switches.faults, name, asked)

    def harm(self, job: Job) -> None:
        """Before the job enters the book."""
        if rule := self.strike(f"{job.gateway}.job"):
            KINDS[rule["kind"]].apply(job, rule)

    def flip(self, changes: Any) -> None:
        """All switches, or raise ``BadSwitch`` and change none."""
        self._apply(self.switches.merged(changes))

    def finish(self) -> None:
        """End what is being drawn, and let late answers go."""
        self.book.finish()
        self._let_go()

    def delay(self, seconds: float) -> bool:
        """Of a late answer. True: the process ends."""
        self._hurried.wait(seconds)
        return self.stopping.is_set()

    def _let_go(self) -> None:
        hurried, self._hurried = self._hurried, threading.Event()
        hurried.set()

    def reset(self) -> None:
        self._let_go()
        self.book.clear()
        self.callbacks.forget()
        self.requests.clear()
        self.faults.injected.clear()
        self._apply(Switches())

    def _apply(self, switches: Switches) -> None:
        self.switches = switches
        with self.book.lock:
            self.store.save_switches(asdict(switches))
        self.book.set_channels(switches.channels)

    def balance(self, account: str) -> int:
        """Integrals left on a Wujie account."""
        first = self.switches.balances.get(account, self.switches.balance)
        return int(first) - self.book.held(account) - gone(self, account)

    def close(self) -> None:
        self.stopping.set()
        self._hurried.set()
        with self.book.lock:
            self.store.close()
