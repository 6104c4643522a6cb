"""Keyset pagination: later pages cost no more."""

import datetime
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, Q, QuerySet
from django.utils.dateparse import parse_datetime

from net.request_values import is_usable, number

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
    if after := read_cursor(cursor, numbers=1):
        at, (pk,) = after
        rows = beyond(rows, at, pk, oldest_first=oldest_first)
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
    return f"{row.created_at.isoformat()}~{row.pk}"  # type: ignore[attr-defined]  # every listed model has it


def read_cursor(
    cursor: str, *, numbers: int
) -> tuple[datetime.datetime, tuple[int, ...]] | None:
    """A time and that many whole numbers, joined by ``~``; None for any other text."""
    at, *written = cursor.replace(" ", "+").split("~")
    found = tuple(one for text in written if (one := number(text)) is not None)
    if len(found) != numbers or len(written) != numbers:
        return None
    try:
        parsed = parse_datetime(at)
    except ValueError:
        return None
    is_read = parsed and parsed.tzinfo and is_usable(parsed)
    return (parsed, found) if parsed and is_read else None
