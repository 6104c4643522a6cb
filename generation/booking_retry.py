"""Books outcomes of paid calls again while the database is away.

Free calls are repeated. If the process dies first, the generation becomes *uncertain*
and is searched for in the gateway's history.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable

from django.db import InterfaceError, OperationalError, connection

from net.process_local import process_local

logger = logging.getLogger(__name__)

#: Gone, locked or full; the outcome is good.
DATABASE_AWAY = (OperationalError, InterfaceError)
#: Doubled from the first to the second.
RETRY_SECONDS = (0.1, 5.0)

Book = Callable[[], None]


def retry(book: Book) -> None:
    """In a thread of its own, until the database takes it."""
    _waiting().put(book)


@process_local
def _waiting() -> "queue.SimpleQueue[Book]":
    waiting: queue.SimpleQueue[Book] = queue.SimpleQueue()
    # Daemon: an ending process does not wait.
    threading.Thread(
        target=_book_all, args=(waiting,), name="booking-retry", daemon=True
    ).start()
    return waiting


def _book_all(waiting: "queue.SimpleQueue[Book]") -> None:
    while True:
        book, (wait, longest) = waiting.get(), RETRY_SECONDS
        while True:
            time.sleep(wait)
            if _is_over(book):
                break
            wait = min(2 * wait, longest)


def _is_over(book: Book) -> bool:
    try:
        book()
    except DATABASE_AWAY as error:
        logger.warning("The database cannot take an answer yet: %s", error)
        return False
    except Exception:
        logger.exception("An outcome could not be booked")
    finally:
        connection.close()
    return True
