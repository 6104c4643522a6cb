"""Ends the portal's programs when the supervisor died without doing it.

A parent-death signal reaches a program's main process only (and only on Linux), and a
frozen cluster ignores it. So this small process listens to the supervisor: every line is
the process ids of all programs of that moment, each the leader of its own group. The end
of the input is the supervisor's end. Standard library only, run as a file: it costs little.
"""

import contextlib
import os
import signal
import sys
import time

#: Seconds for the programs to end by themselves before their groups are killed.
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
        send(pid, signal.SIGTERM)
    while any(send(pid, 0) for pid in groups) and time.monotonic() < deadline:
        time.sleep(0.1)
    for pid in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)


def send(pid: int, number: int) -> bool:
    """Whether there was such a process; 0 only asks."""
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


if __name__ == "__main__":
    main()
