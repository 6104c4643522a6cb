"""Keeps the programs of the portal alive together, and ends them together.

    waiting ──start──▶ running ──ended, or unwell: TERM, then kill──▶ waiting …
                                          five quick deaths in a row ──▶ GaveUp

Each program leads a session and process group of its own. Only its main process is asked
to end (a signal to its workers breaks their shutdown); the group is killed once the main
process has gone, because workers outlive a main process that was killed.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import FrameType

from wjportal import guard

#: Seconds between two rounds over all programs.
ROUND = 0.2
#: A program that lives this long has recovered: its deaths are forgotten.
STEADY = 60.0
#: So many deaths in a row, each before STEADY, and the portal stops.
DEATHS = 5
#: So many looks in a row without a sign of life, and a program is started again.
MISSES = 3
#: Seconds for an unwell program to end by itself; at the portal's end it has guard.GRACE.
UNWELL_GRACE = 5.0
PR_SET_PDEATHSIG = 1

Say = Callable[[str], None]


class GaveUp(Exception):
    """A program cannot be kept alive."""


@dataclass
class Program:
    """One child of the portal and what is known of it. Times are monotonic seconds."""

    name: str
    command: Sequence[str]
    env: dict[str, str]
    say: Say
    #: A sign of life: yes, no, or None where nobody can tell just now.
    is_well: Callable[[], bool | None]
    before_start: Callable[[], None] = lambda: None
    #: Seconds between two looks, and from the start to the first that counts.
    every: float = 5.0
    patience: float = 20.0

    process: subprocess.Popen[bytes] | None = None
    is_up: bool = False
    _deaths: int = 0
    _misses: int = 0
    _started: float = 0.0
    _start_at: float = 0.0
    _look_at: float = 0.0
    _patient_until: float = 0.0
    _kill_at: float | None = field(default=None)

    def tick(self) -> None:
        now = time.monotonic()
        if self.process is None:
            if now >= self._start_at:
                self._start(now)
        elif self.has_ended():
            self._wait(now)
        elif self._kill_at is None and now >= self._look_at:
            self._look(now)

    def has_ended(self) -> bool:
        """Whether the main process has gone; then, or when its time is up, nothing of
        its group is left."""
        if self.process is None:
            return True
        if self.process.poll() is not None:
            self.kill()
            return True
        if self._kill_at is not None and time.monotonic() >= self._kill_at:
            self.kill()
        return False

    def end(self, grace: float) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self._kill_at = time.monotonic() + grace

    def kill(self) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def _start(self, now: float) -> None:
        self.before_start()
        self.process = subprocess.Popen(
            self.command,
            env=self.env,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_die_with(os.getpid()),
        )
        self.is_up, self._misses, self._kill_at = False, 0, None
        self._started = self._look_at = now
        self._patient_until = now + self.patience

    def _wait(self, now: float) -> None:
        """Book the death and set the time of the next start, or give up."""
        assert self.process is not None
        self._deaths = self._deaths + 1 if now - self._started < STEADY else 1
        if self._deaths == DEATHS:
            raise GaveUp(
                f"The {self.name} does not stay alive ({DEATHS} times in a row)."
            )
        pause = 2 ** (self._deaths - 1)
        if self._kill_at is None:
            how = _how_it_ended(self.process.returncode)
            self.say(f"The {self.name} ended ({how}); starting it again in {pause} s.")
        self.process, self._start_at = None, now + pause

    def _look(self, now: float) -> None:
        well = self.is_well()
        if well:
            self.is_up, self._misses = True, 0
        elif well is None:
            self._misses, self._patient_until = 0, now + self.patience
        elif now >= self._patient_until:
            self._misses += 1
        self._look_at = now + (self.every if well is None or self.is_up else ROUND)
        if self._misses == MISSES:
            self.say(f"The {self.name} shows no sign of life; starting it again.")
            self.end(UNWELL_GRACE)


def _how_it_ended(status: int) -> str:
    return signal.Signals(-status).name if status < 0 else f"status {status}"


def _die_with(parent: int) -> Callable[[], None] | None:
    """What a child does before it becomes its program: end when its parent ends."""
    if sys.platform != "linux":
        return None  # there the guard alone sees to it
    prctl = ctypes.CDLL(None).prctl

    def preexec() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)  # the parent ended before the call

    return preexec


class Guard:
    """The supervisor's end of `wjportal.guard`."""

    def __init__(self, lock: int) -> None:
        #: Held by the guard too: a data dir is free when its programs have ended.
        self._lock = lock
        self._told: list[int] = []
        self._start()

    def _start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-ISu", guard.__file__],
            stdin=subprocess.PIPE,
            start_new_session=True,
            pass_fds=[self._lock],
            text=True,
        )

    def tell(self, pids: list[int]) -> None:
        if self._process.poll() is not None:
            self._start()
        elif pids == self._told:
            return
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # gone just now: told next round
            print(*pids, file=self._process.stdin, flush=True)
            self._told = pids

    def dismiss(self) -> None:
        self._process.communicate()


class Supervisor:
    def __init__(self, programs: Sequence[Program], guard: Guard, say: Say) -> None:
        """Programs start in this order and end in the opposite one."""
        self.programs = programs
        self._guard = guard
        self._say = say
        self._signals = 0

    def run(self, when_up: Callable[[], None]) -> None:
        """Until a signal; `when_up` is called once, when every program has shown life.

        Raises GaveUp after everything was ended.
        """
        is_told = False
        with self._signals_counted():
            try:
                while not self._signals:
                    self._round()
                    if not is_told and all(program.is_up for program in self.programs):
                        is_told = True
                        when_up()
                    time.sleep(ROUND)
            finally:
                self._end()
