"""A memory budget for decoding, shared by all processes of the machine.

Locked files in the data folder: the kernel frees those of a killed process.
"""

import fcntl
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TextIO

from django.conf import settings

SLOT_BYTES = 64 * 1024**2
SLOTS = 10
BUDGET_BYTES = SLOTS * SLOT_BYTES
RETRY_SECONDS = 0.02


class Busy(Exception):
    """Others decode, and did not end in time."""


@contextmanager
def taken(needed: int, *, wait: float) -> Iterator[None]:
    """Slots for ``needed`` bytes, at most the budget; ``wait`` in seconds. Raises Busy.

    One at a time gathers: two that each hold half would wait for each other.
    """
    until = time.monotonic() + wait
    with ExitStack() as held:
        with ExitStack() as queue:
            _gather(["queue"], 1, queue, until)
            names = [f"slot-{number}" for number in range(SLOTS)]
            _gather(names, -(-needed // SLOT_BYTES), held, until)
        yield


def _gather(names: list[str], number: int, held: ExitStack, until: float) -> None:
    """Lock ``number`` of the files."""
    while True:
        for name in tuple(names):
            if number > 0 and (lock := _locked(name)):
                held.enter_context(lock)
                names.remove(name)
                number -= 1
        if number <= 0:
            return
        if time.monotonic() >= until:
            raise Busy
        time.sleep(RETRY_SECONDS)


def _locked(name: str) -> TextIO | None:
    """Closing it gives the lock back."""
    folder = settings.DATA_DIR / "decoding"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file: TextIO = (folder / name).open("a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file
