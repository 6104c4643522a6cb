"""Keyset pages, newest first: as quick on page 1000 as on the first."""

import datetime
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, Q, QuerySet
from django.utils.dateparse import parse_datetime

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """``older`` is the cursor of the next page, empty on the last."""

    rows: list[Row]
    older: str


def page(rows: QuerySet[Row], cursor: str, size: int) -> Page[Row]:
    """The rows after ``cursor``, by ``created_at`` and ``id``, both descending.

    A cursor that nobody can read begins at the newest.
    """
    if after := _read(cursor):
        at, pk = after
        # The leading bound lets the index begin here (a bare OR reads all before).
        rows = rows.filter(created_at__lte=at).filter(
            Q(created_at__lt=at) | Q(created_at=at, pk__lt=pk)
        )
    found = list(rows.order_by("-created_at", "-pk")[: size + 1])
    is_more = len(found) > size
    return Page(found[:size], _write(found[size - 1]) if is_more else "")


def _write(row: Model) -> str:
    return f"{row.created_at.isoformat()}~{row.pk}"  # type: ignore[attr-defined]


def _read(cursor: str) -> tuple[datetime.datetime, int] | None:
    at, _, pk = cursor.partition("~")
    try:
        parsed = parse_datetime(at.replace(" ", "+"))
        return (parsed, int(pk)) if parsed and parsed.tzinfo else None
    except ValueError:
        return None
