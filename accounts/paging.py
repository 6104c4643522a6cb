"""Keyset pagination: later pages cost no more."""

import datetime
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, Q, QuerySet
from django.utils.dateparse import parse_datetime

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """``older``: the next page's cursor, empty on the last."""

    rows: list[Row]
    older: str


def page(
    rows: QuerySet[Row], cursor: str, size: int, *, oldest_first: bool = False
) -> Page[Row]:
    """Newest first, by ``created_at`` and ``pk``; an invalid cursor: the first page."""
    if after := _read(cursor):
        rows = beyond(rows, *after, oldest_first=oldest_first)
    order = ("created_at", "pk") if oldest_first else ("-created_at", "-pk")
    found = list(rows.order_by(*order)[: size + 1])
    is_more = len(found) > size
    return Page(found[:size], _write(found[size - 1]) if is_more else "")


def beyond(
    rows: QuerySet[Row], at: datetime.datetime, pk: int, *, oldest_first: bool = False
) -> QuerySet[Row]:
    """Rows after this ``created_at`` and ``pk``."""
    than = "gt" if oldest_first else "lt"
    # The first condition uses the index; the OR alone would scan.
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
