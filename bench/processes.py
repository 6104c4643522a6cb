"""A benchmark's programs, each in its own session, ended with it.

Linux: CPU is read from /proc.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
TICKS = os.sysconf("SC_CLK_TCK")
#: Seconds from SIGTERM to SIGKILL.
GRACE = 15.0


@contextlib.contextmanager
def running(
    module: str,
    *arguments: str,
    environ: Mapping[str, str],
    stdout: int = subprocess.DEVNULL,
) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        python(module, *arguments),
        cwd=BASE_DIR,
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def python(module: str, *arguments: str) -> Sequence[str]:
    return [sys.executable, "-m", module, *arguments]


def cpu_seconds(session: int) -> float:
    """User and system seconds of a session's processes, ended ones too."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # ended
            # A program's name may hold spaces and brackets.
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[3]) == session:
                ticks += sum(map(int, fields[11:15]))
    return ticks / TICKS


def members(session: int) -> set[int]:
    """Process ids of a session."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # ended
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[3]) == session:
                found.add(int(stat.parent.name))
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
