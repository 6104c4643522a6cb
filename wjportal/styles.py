"""Style sheets that a page needs together, joined into one file: nothing is painted
before the last has come. The joined file's name has its digest, so that browsers keep
it; while debugging, pages link the files apart."""

import functools
import gzip
import hashlib
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage, Storage

SOURCES = settings.BASE_DIR / "static"
#: Written at start, by each process alike.
JOINED = settings.DATA_DIR / "styles"
#: Name of the joined file → its parts, in this order.
SHEETS = {
    "shell": ("tokens", "base", "layout", "controls", "components"),
    "create": ("create", "strips"),
}
DIGEST_LETTERS = 12


def paths(sheet: str) -> list[str]:
    """Under ``STATIC_URL``."""
    if settings.DEBUG:
        return [f"css/{part}.css" for part in SHEETS[sheet]]
    return [joined(sheet)]


@functools.cache
def joined(sheet: str) -> str:
    """Writes the file, and its compressed copy, if they are not there."""
    content = b"\n".join(
        (SOURCES / "css" / f"{part}.css").read_bytes() for part in SHEETS[sheet]
    )
    digest = hashlib.sha256(content).hexdigest()[:DIGEST_LETTERS]
    name = f"css/{sheet}.{digest}.css"
    _write(JOINED / name, content)
    _write(JOINED / f"{name}.gz", gzip.compress(content, mtime=0))
    return name


def _write(path: Path, content: bytes) -> None:
    """Other processes write the same: a reader finds all of it or nothing."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    half.write_bytes(content)
    half.replace(path)


class JoinedFinder(BaseFinder):
    """One of ``STATICFILES_FINDERS``."""

    def list(
        self, ignore_patterns: Iterable[str] | None
    ) -> Iterator[tuple[str, Storage]]:
        storage = FileSystemStorage(location=JOINED)
        for sheet in SHEETS:
            yield joined(sheet), storage
            yield f"{joined(sheet)}.gz", storage  # else WhiteNoise overlooks it

    def find(self, path: str, find_all: bool = False) -> Any:
        is_known = path in {joined(sheet) for sheet in SHEETS}
        found = [str(JOINED / path)] if is_known else []
        return found if find_all or not found else found[0]
