"""The lanes of the pump: claim, call and book of each kind of work.

Each lane has its own threads: slow downloads delay neither sending nor polling, and a
hanging account delays no other.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from typing import Any

from django.conf import settings
from django.db import connection

from gateways.clients import has_history, provider_of
from generation import archive, booking_retry, lifecycle

logger = logging.getLogger(__name__)

#: Of one lane.
THREADS = 4
Outcomes = list[tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class Lane:
    """``claim(n)`` returns at most n items, each for one ``call`` in a thread. In
    ``book`` a bad item stops no other.
    """

    name: str
    claim: Callable[[int], list[Any]]
    call: Callable[[Any], Any]
    book: Callable[[Outcomes], None]
    #: Most items at once. Free reads may wait for a thread, paid calls may not.
    most: int = THREADS
    #: Account, and the number of requests for an item.
    account: str = ""
    requests: Callable[[Any], int] = lambda item: 1


def lanes() -> list[Lane]:
    found = [lane for name in settings.GATEWAYS for lane in _account_lanes(name)]
    fetch = Lane(
        "fetch",
        archive.claim_unstored,
        archive.fetch,
        archive.book_fetched,
        most=2 * THREADS,
    )
    return [*found, fetch]


def _account_lanes(name: str) -> Iterator[Lane]:
    yield Lane(
        f"send {name}",
        partial(lifecycle.claim_queued, name),
        lifecycle.send,
        _each(lifecycle.book_sent, again=lifecycle.book_sent_again),
        account=name,
    )
    yield Lane(
        f"poll {name}",
        partial(lifecycle.claim_polls, name),
        lifecycle.poll,
        _each(lifecycle.book_poll),
        account=name,
    )
    if has_history(provider_of(name)):
        yield Lane(
            f"recover {name}",
            partial(lifecycle.claim_recoveries, name),
            lifecycle.search_history,
            _each(lifecycle.book_recovery),
            account=name,
            requests=attrgetter("requests"),
        )


def _each(
    book: Callable[[Any, Any], None], again: Callable[[Any, Any], None] | None = None
) -> Callable[[Outcomes], None]:
    """``again`` books an outcome that must not be lost once the database is back."""

    def book_each(outcomes: Outcomes) -> None:
        for item, outcome in outcomes:
            try:
                book(item, outcome)
            except Exception as error:
                logger.exception("An outcome could not be booked")
                if again and isinstance(error, booking_retry.DATABASE_AWAY):
                    booking_retry.retry(partial(again, item, outcome))
                connection.close_if_unusable_or_obsolete()

    return book_each
