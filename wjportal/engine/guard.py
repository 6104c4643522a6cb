"""Ends the portal's programs when the supervisor died without ending them.

A parent-death signal exists on Linux only, reaches only main processes, and a frozen
cluster ignores it. Each line of input holds the process ids of all running programs,
each the leader of its group. The end of the input is the end of the supervisor. Run as
a file with the standard library alone, to save memory.
"""

import contextlib
import os
import signal
import sys
import time
from pathlib import Path

#: Seconds before the programs' groups are killed.
GRACE = 15.0


def main() -> None:
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    groups: list[int] = []
    for line in sys.stdin:
        groups = [int(word) for word in line.split()]
    end(groups)


def end(groups: list[int]) -> None:
    deadline = time.monotonic() + GRACE
    for pid in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGTERM)
    while any(is_running(pid) for pid in groups) and time.monotonic() < deadline:
        time.sleep(0.1)
    for pid in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)


def is_running(pid: int) -> bool:
    """False for zombies too, which stay in a container without init."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    with contextlib.suppress(FileNotFoundError):  # no /proc
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    return True


if __name__ == "__main__":
    main()
