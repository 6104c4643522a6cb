"""Pictures as one zip file: streamed, or written part by part (`gallery.zip_files`).

Stored as they are: they do not shrink. Each is looked at again when its turn comes: one
that was taken down meanwhile is left out. MISSING names what was asked for and is not
there.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.files.base import File
from django.utils import timezone
from zipstream import (  # type: ignore[import-untyped]  # it has no stubs
    ZIP_STORED,
    ZipStream,
)

from accounts.models import Team, User
from gallery import manifest
from gallery.file_names import Names
from generation import renditions
from generation.models import Artwork
from generation.models.artworks import ArtworkQuerySet

CHUNK = 1 << 16
#: Rows of one query.
SLICE = 50
MISSING = "missing.txt"


@dataclass(frozen=True, slots=True)
class Order:
    """``shown``: what may be in it, asked again for each picture. ``to`` None: whoever
    has a share link; such a zip has no manifest."""

    shown: Callable[[], ArtworkQuerySet]
    to: User | None
    pattern: str
    board: str = ""
    address: str = ""

    @classmethod
    def of(cls, user: User, team: Team, pattern: str, **more: str) -> "Order":
        def shown() -> ArtworkQuerySet:
            return Artwork.objects.visible_to(user).in_team(team)

        return cls(shown, user, pattern, **more)


@dataclass(frozen=True, slots=True)
class Packed:
    """One picture, open. ``key`` alone: it is not there."""

    key: int
    row: manifest.Row | None = None
    file: "File[bytes] | None" = None
    at: datetime | None = None

    @property
    def name(self) -> str:
        return str(self.row["file"]) if self.row else ""

    def chunks(self) -> Iterator[bytes]:
        assert self.file
        with self.file:
            while chunk := self.file.read(CHUNK):
                yield chunk


def packed(
    order: Order, keys: Sequence[int], names: Names, *, first: int = 1
) -> Iterator[Packed]:
    """In this order; ``first``: number of the first of them."""
    channel = renditions.Channel.ZIP if order.to else renditions.Channel.SHARE
    for start in range(0, len(keys), SLICE):
        part = keys[start : start + SLICE]
        rows = order.shown().select_related("generation__cell", "task", "requested_by")
        rows = rows.defer("generation__answer", "task__answer")
        found = {row.pk: row for row in rows.filter(pk__in=part)}
        releases = manifest.releases(list(found.values()))
        for number, key in enumerate(part, first + start):
            artwork = found.get(key)
            if artwork is None or not order.shown().filter(pk=key).exists():
                yield Packed(key)
                continue
            try:
                rendition = renditions.of(
                    artwork, to=order.to, channel=channel, address=order.address
                )
                file = rendition.open()
            except (FileNotFoundError, renditions.NotMade, renditions.NotReady):
                yield Packed(key)
                continue
            extension = rendition.content_type.removeprefix("image/")
            name = names.of(artwork, number, extension)
            row = manifest.row(name, artwork, rendition, releases.get(key))
            yield Packed(key, row, file, timezone.localtime(artwork.created_at))


def streamed(order: Order, keys: Sequence[int]) -> Iterator[bytes]:
    """Neither its length nor its bytes are known before: it is not resumed."""
    whole = ZipStream(compress_type=ZIP_STORED)
    rows: list[manifest.Row] = []
    missing: list[int] = []
    for each in packed(order, keys, Names(order.pattern, order.board)):
        if each.row is None:
            missing.append(each.key)
            continue
        rows.append(each.row)
        whole.add(each.chunks(), each.name)
        yield from whole.all_files()
    for name, content in besides(order, lambda: rows, missing):
        whole.add(content, name)
    yield from whole.finalize()


def besides(
    order: Order, rows: Callable[[], Iterable[manifest.Row]], missing: Sequence[int]
) -> Iterator[tuple[str, Iterator[bytes]]]:
    """The files that are no pictures: name and content."""
    if order.to is None:
        return
    yield "manifest.csv", manifest.as_csv(rows())
    yield "manifest.json", manifest.as_json(rows())
    if missing:
        yield MISSING, (f"{key}\n".encode() for key in missing)
