"""Whether generations, provider tasks and transfers agree. Only reads.

Every function yields one sentence for each broken row. They look at rows that nothing
may be moving through just now, so they hold on a portal that is at work, too.
"""

from collections.abc import Iterator

from generation import provenance
from generation.books import costs, ends
from spend import books as ledger_books


def broken() -> Iterator[str]:
    yield from ledger_books.broken()
    yield from ends.forgotten_generations()
    yield from ends.forgotten_inquiries()
    yield from ends.unended_generations()
    yield from ends.forgotten_tasks()
    yield from ends.forgotten_artworks()
    yield from ends.wrong_closings()
    yield from costs.wrong_reservations()
    yield from costs.wrong_accelerations()
    yield from costs.wrong_write_offs()
    yield from costs.wrong_shares()
    yield from costs.wrong_settlements()
    yield from ends.stray_artworks()
    yield from costs.wrong_differences()
    yield from provenance.broken()
