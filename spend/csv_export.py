"""Streamed CSV; no spreadsheet evaluates its cells as formulas."""

import csv
from collections.abc import Iterable, Iterator, Sequence

from django.http import StreamingHttpResponse

#: Spreadsheets evaluate such cells (OWASP, CSV injection).
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
#: Spreadsheets then read UTF-8.
BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"


class Echo:
    """A file for `csv.writer`: `write` returns the line."""

    def write(self, line: str) -> str:
        return line


def as_csv(name: str, rows: Iterable[Sequence[object]]) -> StreamingHttpResponse:
    """The attachment ``{name}.csv``, in UTF-8."""
    disposition = f'attachment; filename="{name}.csv"'
    return StreamingHttpResponse(
        _lines(rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": disposition},
    )


def _lines(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    writer = csv.writer(Echo())
    yield BOM
    for row in rows:
        yield writer.writerow([_safe(cell) for cell in row])


def _safe(cell: object) -> object:
    return (
        f"'{cell}"
        if isinstance(cell, str) and cell.startswith(FORMULA_STARTS)
        else cell
    )
