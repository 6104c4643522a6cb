"""A memory budget for decoding, shared by all processes of the machine.

Locked files in the data folder: the kernel frees those of a killed process.
"""

import fcntl
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TextIO

from django.conf import settings

SLOT_BYTES = 128 * 1024**2
SLOTS = 5
BUDGET_BYTES = SLOTS * SLOT_BYTES
#: Beside the budget, for pictures of one slot: large ones do not hold them up.
QUICK_SLOTS = 2
RETRY_SECONDS = 0.02


class Busy(Exception):
    """Others decode, and did not end in time."""


class Queue:
    """``seconds`` to wait for slots; ``places``: threads of this process that may wait
    with large pictures, so that others stay free."""

    def __init__(self, *, seconds: float, places: int) -> None:
        self.seconds = seconds
        self._places = threading.BoundedSemaphore(places)

    @contextmanager
    def place(self) -> Iterator[None]:
        """Raises Busy."""
        if not self._places.acquire(blocking=False):
            raise Busy
        try:
            yield
        finally:
            self._places.release()


@contextmanager
def taken(needed: int, queue: Queue) -> Iterator[None]:
    """Slots for ``needed`` bytes, at most the budget. Raises Busy.

    One at a time gathers several: two that each hold half would wait for each other.
    """
    until = time.monotonic() + queue.seconds
    names = [f"slot-{number}" for number in range(SLOTS)]
    with ExitStack() as held:
        if needed <= SLOT_BYTES:
            quick = [f"quick-{number}" for number in range(QUICK_SLOTS)]
            _gather(quick + names, 1, held, until)
        else:
            with queue.place(), ExitStack() as turn:
                _gather(["turn"], 1, turn, until)
                _gather(names, -(-needed // SLOT_BYTES), held, until)
        yield


def _gather(names: list[str], number: int, held: ExitStack, until: float) -> None:
    """Lock ``number`` of the files."""
    while True:
        for name in tuple(names):
            if number and (lock := _locked(name)):
                held.enter_context(lock)
                names.remove(name)
                number -= 1
        if not number:
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
