"""Names of files in a zip, by a person's pattern: ``{number} {prompt}``."""

import datetime
import re
import unicodedata
from collections.abc import Callable, Iterable

from django.utils import timezone

from generation import series
from generation.models import Artwork
from generation.operations import OPERATIONS

DEFAULT = "{number} {prompt}"
#: As the rows of a table name them.
BY_ROW = "{row}"
PATTERN_CHARACTERS = 120
#: Of one field, of a name without its ending, and of that in bytes: Windows and macOS
#: take 255.
PROMPT_CHARACTERS, MOST_CHARACTERS, MOST_BYTES = 60, 100, 200
FIELD = re.compile(r"\{(\w*)\}")
#: No file name on Windows has these; ``/`` and ``:`` not on macOS either.
FORBIDDEN = re.compile(r'[<>:"/\\|?*]')
#: Devices of Windows, whatever follows a full stop.
DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.I)

Field = Callable[[Artwork, int, str], str]


class UnknownField(ValueError):
    """``args[0]``: what stands between the braces."""


def _date(artwork: Artwork, number: int, board: str) -> str:
    at: datetime.datetime = timezone.localtime(artwork.created_at)
    return at.strftime("%Y-%m-%d")


def _operation(artwork: Artwork, number: int, board: str) -> str:
    operation = OPERATIONS.get(artwork.generation.operation)
    return str(operation.title) if operation else artwork.generation.operation


def _row(artwork: Artwork, number: int, board: str) -> str:
    named = series.file_name(artwork)
    return named or f"{number:03} {artwork.generation.prompt[:PROMPT_CHARACTERS]}"


FIELDS: dict[str, Field] = {
    "number": lambda artwork, number, board: f"{number:03}",
    "prompt": lambda artwork, number, board: artwork.generation.prompt[
        :PROMPT_CHARACTERS
    ],
    "operation": _operation,
    "date": _date,
    "board": lambda artwork, number, board: board,
    "name": lambda artwork, number, board: artwork.requested_by.display_name,
    "row": _row,
    "id": lambda artwork, number, board: str(artwork.pk),
}


def check(pattern: str) -> None:
    """Raises UnknownField."""
    for name in FIELD.findall(pattern):
        if name not in FIELDS:
            raise UnknownField(name)


class Names:
    """Unique also where case does not count, as on Windows and macOS."""

    def __init__(self, pattern: str, board: str, taken: Iterable[str] = ()) -> None:
        self._pattern, self._board = pattern, board
        self._taken = {_folded(name) for name in taken}
        #: Folded stem → the number to try next.
        self._next: dict[str, int] = {}

    def of(self, artwork: Artwork, number: int, extension: str) -> str:
        def value(found: re.Match[str]) -> str:
            field = FIELDS.get(found[1])
            return field(artwork, number, self._board) if field else ""

        stem = clean(FIELD.sub(value, self._pattern)) or f"{number:03}"
        name, again = f"{stem}.{extension}", self._next.get(_folded(stem), 2)
        while _folded(name) in self._taken:
            name, again = f"{stem} ({again}).{extension}", again + 1
        self._next[_folded(stem)] = again
        self._taken.add(_folded(name))
        return name


def clean(text: str) -> str:
    """As Windows and macOS take it; letters of every script stay."""
    text = unicodedata.normalize("NFC", text)
    kept = "".join(
        " " if unicodedata.category(each)[0] in "CZ" else each for each in text
    )
    kept = " ".join(FORBIDDEN.sub("-", kept).split())[:MOST_CHARACTERS]
    kept = kept.encode()[:MOST_BYTES].decode(errors="ignore").strip(" .")
    return f"_{kept}" if DEVICES.fullmatch(kept) else kept


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()
