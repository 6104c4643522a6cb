"""Keeps the programs of the portal alive together, and ends them together.

    waiting ──start──▶ running ──ended, or no sign of life: TERM, kill──▶ waiting …
                                         five quick deaths in a row ──▶ GaveUp

Each program leads a session and process group of its own. Only its main process is
asked to end (a signal to its workers breaks their shutdown); the group is killed once
the main process has gone, because workers outlive a main process that was killed.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import FrameType

from wjportal.engine import guard

#: Seconds between two rounds over all programs.
ROUND = 0.2
#: A program that lived this long has recovered: its deaths are forgotten.
STEADY = 60.0
#: So many deaths in a row, each before STEADY, and the portal stops.
DEATHS = 5
#: Seconds before a program that died is started again; doubled with every death.
PAUSE = 1.0
#: So many looks in a row without a sign of life, and a program is started again.
MISSES = 3
#: Seconds for such a program to end by itself; at the portal's end it has guard.GRACE.
UNWELL_GRACE = 5.0
#: <linux/prctl.h>
PR_SET_PDEATHSIG = 1

Say = Callable[[str], None]


class GaveUp(Exception):
    """A program cannot be kept alive."""


@dataclass
class Program:
    """One child of the portal and what is known of it; times in seconds."""

    name: str
    command: Sequence[str]
    say: Say
    #: A sign of life: yes, no, or None where nobody can tell just now.
    is_well: Callable[[], bool | None]
    before_start: Callable[[], None] = lambda: None
    before_end: Callable[[], None] = lambda: None
    #: Between two looks; and from the start to the first miss that counts.
    every: float = 5.0
    patience: float = 20.0
    #: Others need it until they have ended.
    ends_last: bool = False

    process: subprocess.Popen[bytes] | None = None
    is_up: bool = False
    _deaths: int = 0
    _misses: int = 0
    _started: float = 0.0
    _start_at: float = 0.0
    _look_at: float = 0.0
    _patient_until: float = 0.0
    _kill_at: float | None = None

    def tick(self) -> None:
        now = time.monotonic()
        if self.process is None:
            if now >= self._start_at:
                self._start(now)
        elif (status := self.reap()) is not None:
            self._book_death(status, now)
        elif self._kill_at is None and now >= self._look_at:
            self._look(now)

    def end(self, grace: float) -> None:
        """Ask the main process; `reap` kills the group when the grace is over."""
        if self.process is not None:
            self.before_end()
            self.process.terminate()
            self._kill_at = time.monotonic() + grace

    def reap(self) -> int | None:
        """The exit status, once the main process and all its group have gone."""
        if self.process is None:
            return None
        status = self.process.poll()
        if status is not None:
            self.kill()
            self.process = None
        elif self._kill_at is not None and time.monotonic() >= self._kill_at:
            self.kill()
        return status

    def kill(self) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def _start(self, now: float) -> None:
        self.before_start()
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # what matters is logged to stderr
            start_new_session=True,
            preexec_fn=_ending_with(os.getpid()),
        )
        self.is_up, self._misses, self._kill_at = False, 0, None
        self._started = self._look_at = now
        self._patient_until = now + self.patience

    def _book_death(self, status: int, now: float) -> None:
        """Set the time of the next start, or give up."""
        self._deaths = self._deaths + 1 if now - self._started < STEADY else 1
        how = signal.Signals(-status).name if status < 0 else f"status {status}"
        if self._deaths == DEATHS:
            raise GaveUp(f"The {self.name} ended {DEATHS} times in a row ({how}).")
        pause = PAUSE * 2 ** (self._deaths - 1)
        if self._kill_at is None:
            self.say(
                f"The {self.name} ended ({how}); starting it again in {pause:.0f} s."
            )
        self._start_at = now + pause

    def _look(self, now: float) -> None:
        well = self.is_well()
        if well:
            self.is_up, self._misses = True, 0
        elif well is None:
            self._misses, self._patient_until = 0, now + self.patience
        elif now >= self._patient_until:
            self._misses += 1
        self._look_at = now + (self.every if self.is_up else ROUND)
        if self._misses == MISSES:
            self.say(f"The {self.name} shows no sign of life; starting it again.")
            self.end(UNWELL_GRACE)


def _ending_with(parent: int) -> Callable[[], None] | None:
    """What a child does before it becomes its program: end when its parent ends."""
    if sys.platform != "linux":
        return None  # the guard alone sees to it
    prctl = ctypes.CDLL(None).prctl

    def preexec() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)  # the parent had ended before the call

    return preexec


class Guard:
    """The supervisor's end of the line to `wjportal.engine.guard`."""

    def __init__(self, lock: int) -> None:
        """The guard holds the lock too: a data dir is free when its programs ended."""
        self._lock = lock
        self._start()

    def _start(self) -> None:
        self._told: list[int] = []
        self._process = subprocess.Popen(
            [sys.executable, "-IS", guard.__file__],
            stdin=subprocess.PIPE,
            start_new_session=True,
            pass_fds=[self._lock],
            text=True,
        )

    def tell(self, pids: list[int]) -> None:
        if self._process.poll() is not None:
            self.dismiss()
            self._start()
        if pids != self._told and self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):  # gone just now: told next round
                self._process.stdin.write(" ".join(map(str, pids)) + "\n")
                self._process.stdin.flush()
                self._told = pids

    def dismiss(self) -> None:
        with contextlib.suppress(BrokenPipeError):
            self._process.communicate()


class Supervisor:
    def __init__(self, programs: Sequence[Program], guard: Guard, say: Say) -> None:
        self._programs = programs
        self._guard = guard
        self._say = say
        self._is_ending = False
        self._is_hurried = False

    def run(self, when_up: Callable[[], None]) -> None:
        """Until a signal. `when_up` is called once, when every program showed life.

        GaveUp is raised when everything has ended.
        """
        is_told = False
        self._listen()
        try:
            while not self._is_ending:
                for program in self._programs:
                    program.tick()
                self._tell_guard()
                if not is_told and all(program.is_up for program in self._programs):
                    is_told = True
                    when_up()
                time.sleep(ROUND)
        finally:
            self._end()

    def _listen(self) -> None:
        def end(number: int, frame: FrameType | None) -> None:
            self._is_hurried = self._is_ending and number == signal.SIGINT
            self._is_ending = True

        signal.signal(signal.SIGINT, end)
        signal.signal(signal.SIGTERM, end)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # not under nohup
            signal.signal(signal.SIGHUP, end)

    def _tell_guard(self) -> None:
        processes = [program.process for program in self._programs]
        self._guard.tell([process.pid for process in processes if process])

    def _end(self) -> None:
        self._say("Stopping (Ctrl-C again to stop at once) ...")
        self._is_ending, self._is_hurried = True, False
        for is_last in (False, True):
            wave = [p for p in self._programs if p.ends_last is is_last and p.process]
            for program in wave:
                program.end(guard.GRACE)
            while any(program.process for program in wave):
                for program in wave:
                    if self._is_hurried:
                        program.kill()
                    program.reap()
                time.sleep(ROUND / 4)
        self._tell_guard()
        self._guard.dismiss()
        self._say("Stopped.")
