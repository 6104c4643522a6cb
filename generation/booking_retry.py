"""Books again what the database could not take, for as long as this process lives.

Only the answer to a paid call is worth that: everything else is simply asked again. If
the process dies with it, the row becomes uncertain, and is looked for at the gateway.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable

from django.db import InterfaceError, OperationalError, connection

from net.process_local import process_local

logger = logging.getLogger(__name__)

#: The database is gone, locked, or full: nothing is wrong with what was to be booked.
AWAY = (OperationalError, InterfaceError)
#: Seconds until the next try.
WAITS = (0.1, 5.0)

Book = Callable[[], None]


def keep(book: Book) -> None:
    """Call it, in a thread of its own, until the database takes it."""
    _kept().put(book)


@process_local
def _kept() -> "queue.SimpleQueue[Book]":
    kept: queue.SimpleQueue[Book] = queue.SimpleQueue()
    # A daemon: a process that is to end does not wait for the database.
    threading.Thread(
        target=_book_all, args=(kept,), name="rebooking", daemon=True
    ).start()
    return kept


def _book_all(kept: "queue.SimpleQueue[Book]") -> None:
    while True:
        book, (wait, longest) = kept.get(), WAITS
        while True:
            time.sleep(wait)
            if _is_over(book):
                break
            wait = min(2 * wait, longest)


def _is_over(book: Book) -> bool:
    try:
        book()
    except AWAY as error:
        logger.warning("The database cannot take an answer yet: %s", error)
        return False
    except Exception:
        logger.exception("What came back could not be booked")
    finally:
        connection.close()
    return True
