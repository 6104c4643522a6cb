"""The one way out: the file that somebody is handed for an artwork.

Every exit (view, download, zip, share link) asks `of`, and sends what ``open`` gives.
The archived original itself is for a gateway's input and a moderator's reveal alone
(`tests/generation/test_exits.py`). The caller checks who may see the artwork.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.core.files.base import File

from accounts.models import User
from generation import archive, labelled_files, uploads
from generation.labelled_files import NotMade, NotReady
from generation.models import Artwork, Upload
from labels import handing_out, label_rows, label_settings, xmp
from labels.models import Agreement, Label, TeamLabels

__all__ = ["Channel", "NotMade", "NotReady", "Rendition", "clean", "of"]


class Channel(StrEnum):
    """How a file leaves."""

    VIEW = "view"
    DOWNLOAD = "download"
    ZIP = "zip"
    SHARE = "share"


@dataclass(frozen=True, slots=True)
class Rendition:
    """A file for one person and channel. ``size`` in bytes; ``etag`` without quotes;
    ``name``: of the file as it is saved; ``is_explicit``: shows the visible label."""

    artwork: Artwork
    content_type: str
    size: int
    sha256: str
    etag: str
    name: str
    produce_id: str
    is_explicit: bool
    #: What became of the gateway's own label (`labels.models.Label.Upstream`).
    upstream: str
    had_c2pa: bool
    to: User | None
    channel: Channel
    address: str
    copy: labelled_files.Copy

    def open(self) -> "File[bytes]":
        """Hands it out, and records that, but for a view. Raises FileNotFoundError."""
        file = self.copy.open()
        if self.channel != Channel.VIEW:
            self.book()
        return file

    def book(self, agreement: Agreement | None = None, purpose: str = "") -> None:
        handing_out.book(
            self.artwork.pk,
            self.artwork.team_id,
            by=self.to,
            channel=self.channel,
            sha256=self.sha256,
            address=self.address,
            is_explicit=self.is_explicit,
            agreement=agreement,
            purpose=purpose,
        )


def of(
    artwork: Artwork,
    *,
    to: User | None,
    channel: Channel,
    corner: str = "",
    address: str = "",
    patience: float | None = None,
) -> Rendition:
    """``to`` None: whoever has the link. ``corner``: of the visible label; empty: the
    usual one. ``address``: where the request came from. ``patience``: seconds to wait
    for a copy that is not made yet; None: until it is there. Raises NotReady, NotMade,
    FileNotFoundError."""
    if channel == Channel.VIEW and TeamLabels.has_clean_view(artwork.team_id):
        place = ""
    else:
        place = (
            corner if corner in label_settings.CORNERS else label_settings.CORNERS[0]
        )
    return _rendition(artwork, to, channel, place, address, patience)


def clean(artwork: Artwork, *, to: User, address: str) -> Rendition:
    """Without the visible label, and with the one in the file. The caller checks the
    right, and books it with agreement and purpose (`generation.clean_exports`). Raises
    NotMade, FileNotFoundError."""
    return _rendition(artwork, to, Channel.DOWNLOAD, "", address, None)


def _rendition(
    artwork: Artwork,
    to: User | None,
    channel: Channel,
    corner: str,
    address: str,
    patience: float | None,
) -> Rendition:
    row = label_of(artwork)
    wanted = labelled_files.Wanted(artwork.sha256, corner, label_rows.mark_of(row))
    copy = labelled_files.of(wanted, patience=patience)
    extension = artwork.content_type.removeprefix("image/")
    return Rendition(
        artwork=artwork,
        content_type=artwork.content_type,
        size=copy.size,
        sha256=copy.sha256,
        etag=wanted.key,
        name=f"wjportal-{artwork.pk}.{extension}",
        produce_id=row.produce_id,
        is_explicit=bool(corner),
        upstream=row.upstream,
        had_c2pa=row.had_c2pa,
        to=to,
        channel=channel,
        address=address,
        copy=copy,
    )


def label_of(artwork: Artwork) -> Label:
    """Raises FileNotFoundError."""

    def content() -> bytes:
        with archive.open_rendition(artwork.sha256, "original") as file:
            return bytes(file.read())

    return label_rows.row_of(
        artwork.pk,
        artwork.sha256,
        content=content,
        is_composite=lambda: _has_photo(artwork),
    )


def _has_photo(artwork: Artwork) -> bool:
    """Whether a photo of a person went in, or may have: an upload that neither is a
    finished picture nor says itself that AI made it. An expired one is not known."""
    tokens = set(uploads.tokens(artwork.generation.parameters))
    if not tokens:
        return False
    rows = Upload.objects.filter(token__in=tokens)
    used = {row.token: row for row in rows}
    finished = [row.picture_id for row in used.values()]
    if Label.objects.filter(artwork__in=finished, source=xmp.COMPOSITE).exists():
        return True
    return any(not (row := used.get(token)) or not row.is_of_ai for token in tokens)
