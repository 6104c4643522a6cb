"""Rows as a CSV file that streams, and that no spreadsheet takes for formulas."""

import csv
from collections.abc import Iterable, Iterator, Sequence

from django.http import StreamingHttpResponse

#: A cell that begins so would be calculated when the file is opened.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
#: Tells spreadsheets that what follows is UTF-8.
BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"


class Echo:
    """A file for the csv module that gives each line back instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def as_csv(name: str, rows: Iterable[Sequence[object]]) -> StreamingHttpResponse:
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
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell
