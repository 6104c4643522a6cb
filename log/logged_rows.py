"""Compares append-only rows with their digests in the log.

Whoever changes, removes or adds such a row past the triggers would have to change an
entry of the log, too.
"""

import json
from collections.abc import Iterator

from django.db import DatabaseError

from log.append_only import digest, guarded
from log.models import AppendOnly, Entry

#: Errors of rows written past Django: SQLite stores any type.
UNREADABLE = (AttributeError, DatabaseError, OverflowError, TypeError, ValueError)
#: As `log.chain` writes it; a quote inside a text is escaped.
MARK = '"row":['
#: Hex digits of a digest that are compared: 128 bits.
DIGITS = 32


def broken() -> Iterator[str]:
    """A sentence per row that differs from the log."""
    logged = _logged()
    for model in guarded():
        if model.is_logged:
            yield from _differences(model, logged.pop(model._meta.label_lower, {}))
    for label in logged:
        yield f"{label}: the log names its rows, and it is no logged table"


def _differences(model: type[AppendOnly], logged: dict[int, int]) -> Iterator[str]:
    label = model._meta.label_lower
    try:
        for row in model._base_manager.order_by("pk").iterator():
            expected = logged.pop(row.pk, None)
            if expected is None:
                yield f"{label} {row.pk}: no entry of the log names it"
            elif expected != _number(digest(row)):
                yield f"{label} {row.pk}: its content was changed"
    except UNREADABLE as error:
        yield f"{label}: its rows cannot be read: {type(error).__name__}"
        return
    for pk in sorted(logged):
        yield f"{label} {pk}: the log names it, and it is gone"


def _logged() -> dict[str, dict[int, int]]:
    """Label → key → digest. What an entry says twice cannot both be true: the last
    wins, and differs."""
    found: dict[str, dict[int, int]] = {}
    marked = Entry.objects.filter(facts__contains=MARK).order_by("pk")
    for facts in marked.values_list("facts", flat=True).iterator():
        label, pk, sealed = json.loads(facts)["row"]
        found.setdefault(label, {})[pk] = _number(sealed)
    return found


def _number(sealed: str) -> int:
    return int(sealed[:DIGITS], 16)
