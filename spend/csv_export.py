"""Streamed CSV; no spreadsheet evaluates its cells as formulas."""

import csv
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from django.http import StreamingHttpResponse
from django.utils.functional import Promise

#: Spreadsheets evaluate cells that begin so (OWASP, CSV injection), in any width.
FORMULA_STARTS = ("=", "+", "-", "@", "\N{MINUS SIGN}")
#: Categories that a spreadsheet may skip before the sign: controls, white space,
#: zero-width characters.
SKIPPED = {"Cc", "Cf", "Zl", "Zp", "Zs"}
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
        lines(rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": disposition},
    )


def lines(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """With the mark of UTF-8 first."""
    writer = csv.writer(Echo())
    yield BOM
    for row in rows:
        yield writer.writerow([_safe(cell) for cell in row])


def _safe(cell: object) -> object:
    """A text that a spreadsheet could evaluate begins with an apostrophe."""
    if not isinstance(cell, str | Promise):
        return cell
    text = str(cell)
    return f"'{text}" if _is_formula(text) else text


def _is_formula(text: str) -> bool:
    """Also where a control character comes first: it starts another cell elsewhere."""
    first = text[:1]
    if not first or (first.isascii() and first.isalnum()):  # most of a large export
        return False
    if unicodedata.category(first) == "Cc":
        return True
    for character in text:
        if unicodedata.category(character) not in SKIPPED:
            plain = unicodedata.normalize("NFKC", character)
            return plain.startswith(FORMULA_STARTS)
    return False
