"""Streams pictures as one zip file, without a copy on the disk."""

import zipfile
from collections.abc import Iterable, Iterator
from typing import Any

from accounts.models import User
from generation import renditions
from generation.models import Artwork
from generation.renditions import Channel

CHUNK = 1 << 16
MISSING = "missing.txt"


class _Stream:
    """What `zipfile` writes and nobody has taken yet; it cannot seek."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def write(self, content: Any) -> int:
        self._written.append(bytes(content))
        return len(content)

    def flush(self) -> None:
        pass

    def take(self) -> bytes:
        taken, self._written = b"".join(self._written), []
        return taken


def zipped(
    artworks: Iterable[Artwork], missing: Iterable[int], *, to: User, address: str = ""
) -> Iterator[bytes]:
    """Pictures are stored as they are: they do not shrink. MISSING names what is
    asked for and not there."""
    stream, gone = _Stream(), list(missing)
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as whole:  # type: ignore[call-overload]  # writes are all it needs
        for artwork in artworks:
            try:
                found = renditions.of(
                    artwork, to=to, channel=Channel.ZIP, address=address
                )
                file = found.open()
            except (FileNotFoundError, renditions.NotMade, renditions.NotReady):
                gone.append(artwork.pk)
                continue
            with file, whole.open(_entry(found), "w") as out:
                while chunk := file.read(CHUNK):
                    out.write(chunk)
                    yield stream.take()
        if gone:
            lines = "".join(f"{pk}\n" for pk in gone)
            whole.writestr(MISSING, lines)
    yield stream.take()


def _entry(found: renditions.Rendition) -> zipfile.ZipInfo:
    at = found.artwork.created_at
    when = (max(at.year, 1980), at.month, at.day, at.hour, at.minute, at.second)
    entry = zipfile.ZipInfo(found.name, when)
    entry.file_size = found.size
    return entry
