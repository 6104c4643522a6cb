"""Reads a table: CSV as Excel saves it in any language, XLSX, or pasted cells.

A file is bounded before it is worked on: bytes, unpacked bytes, rows, columns, length
of a cell. Whatever cannot be read is answered with a sentence (`NotRead`).
"""

import csv
import datetime
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from generation.series import MOST_CELLS
from net.request_values import storable

MOST_BYTES = 5 * 1024 * 1024
#: Of a workbook, unpacked: a zip bomb ends here, before anything is parsed.
MOST_UNPACKED_BYTES = 48 * 1024 * 1024
MOST_FILES = 500
MOST_COLUMNS = 50
#: Characters.
LONGEST_TEXT = 4_000
LONGEST_NAME = 60
#: Rows that are looked at, empty ones included.
MOST_SCANNED = 20_000
DELIMITERS = ",;\t"
#: They mark a column in a prompt.
_NOT_IN_COLUMNS = str.maketrans("", "", "{}|\r\n")


class NotRead(Exception):
    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class Sheet:
    """``rows``: number in the file, column → text; without empty rows."""

    columns: list[str]
    rows: list[tuple[int, dict[str, str]]]


def read(content: bytes) -> Sheet:
    """Raises NotRead."""
    if len(content) > MOST_BYTES:
        most = MOST_BYTES // 1024 // 1024
        raise NotRead(_("A table has %(most)s MB at most.") % {"most": most})
    if content.startswith(b"PK"):
        return _sheet(_xlsx_rows(content))
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise NotRead(_("Old .xls files are not read: save it as .xlsx or .csv."))
    return read_text(_decoded(content))


def read_text(text: str) -> Sheet:
    """CSV, or cells that were pasted. Raises NotRead."""
    text = storable(text).lstrip("\ufeff")
    head = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(DELIMITERS, key=head.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    return _sheet(_numbered(rows))


def _numbered(rows: Iterable[list[str]]) -> Iterator[tuple[int, Sequence[str]]]:
    try:
        yield from enumerate(rows, 1)
    except csv.Error as error:
        raise NotRead(_("This is no table that can be read.")) from error


def _decoded(content: bytes) -> str:
    """Excel in Chinese saves GBK, UTF-8 with a mark, or UTF-16 with tabs."""
    marks = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
    found = next((name for mark, name in marks.items() if content.startswith(mark)), "")
    for encoding in (found,) if found else ("utf-8", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise NotRead(_("This is no table that can be read: save it as .xlsx or .csv."))


# --- Workbooks


def _xlsx_rows(content: bytes) -> Iterator[tuple[int, Sequence[str]]]:
    try:
        yield from _checked_rows(content)
    except NotRead:
        raise
    except Exception as error:  # whatever a broken or hostile file makes of the parser
        raise NotRead(_("This workbook cannot be read: save it again.")) from error


def _checked_rows(content: bytes) -> Iterator[tuple[int, Sequence[str]]]:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        files = packed.infolist()
        unpacked = sum(file.file_size for file in files)
        if len(files) > MOST_FILES or unpacked > MOST_UNPACKED_BYTES:
            raise NotRead(_("This workbook is too large once it is unpacked."))
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=False)
        sheet = book.worksheets[0]
        _check_merged(packed, sheet)
        sheet.reset_dimensions()  # a file may claim any
        rows = sheet.iter_rows(max_row=MOST_SCANNED, max_col=MOST_COLUMNS + 1)
        for number, row in enumerate(rows, 1):
            yield number, [_text(cell, number) for cell in row]


def _check_merged(packed: zipfile.ZipFile, sheet: Any) -> None:
    mark, kept = b"<mergeCell ", b""
    with packed.open(sheet._worksheet_path.lstrip("/")) as file:
        while part := file.read(1 << 16):
            if mark in kept + part:
                raise NotRead(
                    _(
                        "The table has merged cells: unmerge them, so that each row "
                        "has its own values."
                    )
                )
            kept = part[-len(mark) :]


def _text(cell: Any, row: int) -> str:
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f":
        place = f"{get_column_letter(cell.column)}{row}"
        message = _(
            "Cell %(place)s is a formula: copy the table and paste it as values only."
        )
        raise NotRead(message % {"place": place})
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    return storable(str(value))


# --- Rows


def _sheet(rows: Iterator[tuple[int, Sequence[str]]]) -> Sheet:
    filled = ((n, row) for n, row in rows if any(text.strip() for text in row))
    _number, head = next(filled, (0, ()))
    if not head:
        raise NotRead(_("The table is empty."))
    found: list[tuple[int, Sequence[str]]] = []
    for number, row in filled:
        if len(found) == MOST_CELLS:
            message = _("A table has %(most)s rows at most, besides its head.")
            raise NotRead(message % {"most": MOST_CELLS})
        _check_row(number, row)
        found.append((number, row))
    if not found:
        raise NotRead(_("The table has a head, but no rows."))
    used = {at for _n, row in found for at, text in enumerate(row) if text.strip()}
    columns = _columns(head, used)
    texts = [
        (n, {name: row[at].strip() if at < len(row) else "" for at, name in columns})
        for n, row in found
    ]
    return Sheet([name for _at, name in columns], texts)


def _check_row(number: int, row: Sequence[str]) -> None:
    if any(text.strip() for text in row[MOST_COLUMNS:]):
        message = _("A table has %(most)s columns at most.")
        raise NotRead(message % {"most": MOST_COLUMNS})
    if any(len(text) > LONGEST_TEXT for text in row):
        message = _("Row %(row)s: a cell has %(most)s characters at most.")
        raise NotRead(message % {"row": number, "most": LONGEST_TEXT})


def _columns(head: Sequence[str], used: set[int]) -> list[tuple[int, str]]:
    """Index and name of those with a head or a text; one without a head is named by its
    letter."""
    _check_row(1, head)
    found: dict[str, int] = {}
    for at in range(MOST_COLUMNS):
        written = head[at] if at < len(head) else ""
        name = written.translate(_NOT_IN_COLUMNS).strip()[:LONGEST_NAME]
        if not name and at not in used:
            continue
        name = name or get_column_letter(at + 1)
        if name in found:
            message = _("Two columns are called “%(name)s”.")
            raise NotRead(message % {"name": name})
        found[name] = at
    return [(at, name) for name, at in found.items()]
