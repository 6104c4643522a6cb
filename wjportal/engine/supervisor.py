"""Starts the portal's programs, restarts them when they fail, and ends them together.

    waiting ──start──▶ running ──died, or unhealthy: TERM, KILL──▶ waiting …

A program that fails is started again for ever, after growing pauses; the others run on.
Each program leads its own session and process group. TERM goes to the main process
alone: a signal to its workers would break their shutdown. Then the group is killed, for
workers outlive a killed main process.
"""

import contextlib
import ctypes
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import FrameType

from wjportal.engine import guard

logger = logging.getLogger(__name__)

ROUND_SECONDS = 0.2
#: A life of this length lets earlier deaths be forgotten.
STEADY_SECONDS = 60.0
#: Before a restart; doubled with every death, up to 64 seconds.
RESTART_SECONDS = 1.0
MOST_DOUBLINGS = 6
#: Failed health checks in a row before a restart.
MOST_MISSES = 3
#: For an unhealthy program; at the portal's end guard.GRACE applies.
UNHEALTHY_GRACE_SECONDS = 5.0
#: <linux/prctl.h>
PR_SET_PDEATHSIG = 1

Say = Callable[[str], None]


@dataclass
class Program:
    """A child process. Times in seconds."""

    name: str
    command: Sequence[str]
    say: Say
    #: Health check. None: unknown, not counted.
    is_well: Callable[[], bool | None]
    before_start: Callable[[], None] = lambda: None
    before_end: Callable[[], None] = lambda: None
    #: Between health checks; and from the start to the first failure that counts.
    every: float = 5.0
    patience: float = 20.0
    #: Ended after the others, which need it.
    ends_last: bool = False

    process: subprocess.Popen[bytes] | None = None
    is_up: bool = False
    _deaths: int = 0
    _misses: int = 0
    _started: float = 0.0
    _start_at: float = 0.0
    _check_at: float = 0.0
    _patient_until: float = 0.0
    _kill_at: float | None = None

    def tick(self) -> None:
        """A fault of the supervisor's own is this program's alone."""
        now = time.monotonic()
        try:
            self._tick(now)
        except Exception as error:
            logger.exception("The %s could not be started or checked", self.name)
            self.say(f"The {self.name}: {error!r}; trying again.")
            self._check_at = now + self.every
            if self.process is None:
                self._pause(now)

    def _tick(self, now: float) -> None:
        if self.process is None:
            if now >= self._start_at:
                self._start(now)
        elif (status := self.reap()) is not None:
            self._book_death(status, now)
        elif self._kill_at is None and now >= self._check_at:
            self._check(now)

    def end(self, grace: float) -> None:
        """TERM to the main process; `reap` kills the group after ``grace`` seconds."""
        if self.process is not None:
            self.before_end()
            self.process.terminate()
            self._kill_at = time.monotonic() + grace

    def reap(self) -> int | None:
        """The exit status, once the main process and its group have ended."""
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
        self._started = now
        self.before_start()
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # logs go to stderr
            start_new_session=True,
            preexec_fn=_ending_with(os.getpid()),
        )
        self.is_up, self._misses, self._kill_at = False, 0, None
        self._check_at = now
        self._patient_until = now + self.patience

    def _book_death(self, status: int, now: float) -> None:
        how = signal.Signals(-status).name if status < 0 else f"status {status}"
        pause = self._pause(now)
        if self._kill_at is None:
            self.say(
                f"The {self.name} ended ({how}); starting it again in {pause:.0f} s."
            )

    def _pause(self, now: float) -> float:
        """Seconds until it is started again."""
        self._deaths = self._deaths + 1 if now - self._started < STEADY_SECONDS else 1
        doublings = min(self._deaths - 1, MOST_DOUBLINGS)
        pause = RESTART_SECONDS * float(2**doublings)
        self._start_at = now + pause
        return pause

    def _check(self, now: float) -> None:
        well = self.is_well()
        if well:
            self.is_up, self._misses = True, 0
        elif well is None:
            self._misses, self._patient_until = 0, now + self.patience
        elif now >= self._patient_until:
            self._misses += 1
        self._check_at = now + (self.every if self.is_up else ROUND_SECONDS)
        if self._misses == MOST_MISSES:
            self.say(f"The {self.name} shows no sign of life; starting it again.")
            self.end(UNHEALTHY_GRACE_SECONDS)


def _ending_with(parent: int) -> Callable[[], None] | None:
    """A ``preexec_fn``: the child ends with its parent."""
    if sys.platform != "linux":
        return None  # only the guard ends programs
    prctl = ctypes.CDLL(None).prctl

    def preexec() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)  # the parent ended before prctl

    return preexec


class Guard:
    def __init__(self, lock: int) -> None:
        """The guard also holds ``lock``: the data directory stays locked until the
        programs have ended.
        """
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
            with contextlib.suppress(BrokenPipeError):  # it just ended
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
        """Run until a signal; `when_up` is called once, when all are healthy."""
        is_told = False
        self._listen()
        try:
            while not self._is_ending:
                for program in self._programs:
                    program.tick()
                self._tell_guard()
                if not is_told and all(program.is_up for program in self._programs):
                    is_told = True
                    self._try(when_up)
                time.sleep(ROUND_SECONDS)
        finally:
            self._end()

    def _try(self, when_up: Callable[[], None]) -> None:
        try:
            when_up()
        except Exception as error:  # the programs run on
            logger.exception("The portal is up, but not all could be told")
            self._say(f"The portal is up, with a fault: {error!r}")

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
                time.sleep(ROUND_SECONDS / 4)
        self._tell_guard()
        self._guard.dismiss()
        self._say("Stopped.")
