"""Whether generations, provider tasks and transfers agree. Only reads.

Every function yields one sentence for each broken row. They look at rows that nothing
may be moving through just now, so they hold on a portal that is at work, too.
"""

from collections.abc import Iterator

from reconciliation.invariants import endings, money, origins
from spend import ledger_invariants as ledger_books


def broken() -> Iterator[str]:
    yield from ledger_books.broken()
    yield from endings.forgotten_generations()
    yield from endings.forgotten_recoveries()
    yield from endings.unended_generations()
    yield from endings.forgotten_tasks()
    yield from endings.forgotten_artworks()
    yield from endings.wrong_closings()
    yield from money.wrong_reservations()
    yield from money.wrong_accelerations()
    yield from money.wrong_write_offs()
    yield from money.wrong_shares()
    yield from money.wrong_settlements()
    yield from money.wrong_keeping()
    yield from endings.stray_artworks()
    yield from money.wrong_differences()
    yield from origins.broken()
