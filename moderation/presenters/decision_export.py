"""Decisions as export rows; any rows as streamed JSON."""

import datetime
import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from moderation.models import DecisionQuerySet

CHUNK = 1000
#: Column → field of the decision.
COLUMNS = {
    "decision": "pk",
    "decided_at": "decided_at",
    "artwork": "artwork",
    "generation": "artwork__generation",
    "action": "action",
    "reason": "reason",
    "note": "note",
    "text": "text",
    "grounds": "grounds",
    "decided_by": "decided_by__username",
    "cause": "review__cause",
    "label": "review__label",
    "rate": "review__rate",
    "opened_at": "review__claimed_at",
    "verdict": "artwork__verdict",
    "sha256": "artwork__sha256",
}


def records(chosen: DecisionQuerySet) -> Iterator[dict[str, Any]]:
    """Newest first; times in the portal's time zone, to the second."""
    rows = chosen.order_by("-pk").values_list(*COLUMNS.values())
    for row in rows.iterator(chunk_size=CHUNK):
        yield dict(zip(COLUMNS, map(_local, row), strict=True))


def csv_rows(chosen: DecisionQuerySet) -> Iterator[list[object]]:
    """The header, then the rows; lists are joined by semicolons."""
    yield list(COLUMNS)
    for record in records(chosen):
        yield [
            "; ".join(cell) if isinstance(cell, list) else cell
            for cell in record.values()
        ]


def as_json_lines(rows: Iterable[Any]) -> Iterator[str]:
    """One JSON list, a row per line."""
    before = "["
    for row in rows:
        yield f"{before}\n{json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False)}"
        before = ","
    yield f"{before if before == '[' else ''}\n]\n"


def _local(cell: Any) -> Any:
    if isinstance(cell, datetime.datetime):
        return timezone.localtime(cell).isoformat(timespec="seconds")
    return cell
