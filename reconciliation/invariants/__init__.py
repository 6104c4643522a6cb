"""Generations, provider tasks, artworks and transfers agree, and the database guards
what is append-only; reads only.

Each function yields a sentence per broken row. Rows that may be in motion are
left out: a portal at work passes.
"""

from collections.abc import Iterator

from log import append_only
from reconciliation.invariants import endings, listings, money, origins
from spend import ledger_invariants


def broken() -> Iterator[str]:
    yield from ledger_invariants.broken()
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
    yield from money.wrong_remainders()
    yield from endings.misplaced_artworks()
    yield from money.wrong_differences()
    yield from origins.broken()
    yield from listings.broken()
    yield from append_only.broken()
