"""Keyset pages: as quick on page 1000 as on the first."""

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


def page(
    rows: QuerySet[Row], cursor: str, size: int, *, oldest_first: bool = False
) -> Page[Row]:
    """The rows after ``cursor``, by ``created_at`` and ``id``; newest first as a rule.

    A cursor that nobody can read begins at the beginning.
    """
    if after := _read(cursor):
        rows = beyond(rows, *after, oldest_first=oldest_first)
    order = ("created_at", "pk") if oldest_first else ("-created_at", "-pk")
    found = list(rows.order_by(*order)[: size + 1])
    is_more = len(found) > size
    return Page(found[:size], _write(found[size - 1]) if is_more else "")


def beyond(
    rows: QuerySet[Row], at: datetime.datetime, pk: int, *, oldest_first: bool = False
) -> QuerySet[Row]:
    """The rows behind the one with that time and key, in that order."""
    than = "gt" if oldest_first else "lt"
    # The leading bound lets the index begin here (a bare OR reads all before).
    return rows.filter(**{f"created_at__{than}e": at}).filter(
        Q(**{f"created_at__{than}": at}) | Q(created_at=at, **{f"pk__{than}": pk})
    )


def _write(row: Model) -> str:
    return f"{row.created_at.isoformat()}~{row.pk}"  # type: ignore[attr-defined]


def _read(cursor: str) -> tuple[datetime.datetime, int] | None:
    at, _, pk = cursor.partition("~")
    try:
        parsed = parse_datetime(at.replace(" ", "+"))
        return (parsed, int(pk)) if parsed and parsed.tzinfo else None
    except ValueError:
        return None
