"""The one way out: the file that somebody is handed for an artwork.

Every exit (view, download, zip, share link) asks `of`, and sends what ``open`` gives.
The archived original itself is for a gateway's input and a moderator's reveal alone
(`tests/generation/test_exits.py`). The caller checks who may see the artwork.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.core.files.base import File

from accounts.models import User
from generation import archive
from generation.models import Artwork


class Channel(StrEnum):
    """How a file leaves."""

    VIEW = "view"
    DOWNLOAD = "download"
    ZIP = "zip"
    SHARE = "share"


@dataclass(frozen=True, slots=True)
class Rendition:
    """A file for one person and channel. ``size`` in bytes; ``etag`` without quotes;
    ``name``: of the file as it is saved."""

    artwork: Artwork
    content_type: str
    size: int
    sha256: str
    etag: str
    name: str

    def open(self) -> "File[bytes]":
        """Hands it out. Raises FileNotFoundError."""
        return archive.open_rendition(self.artwork.sha256, "original")


def of(
    artwork: Artwork,
    *,
    to: User | None,
    channel: Channel,
    corner: str = "",
    address: str = "",
) -> Rendition:
    """``to`` None: whoever has the link. ``corner``: of the visible label; empty: the
    usual one. ``address``: where the request came from. Raises FileNotFoundError."""
    extension = artwork.content_type.removeprefix("image/")
    return Rendition(
        artwork=artwork,
        content_type=artwork.content_type,
        size=artwork.size,
        sha256=artwork.sha256,
        etag=artwork.sha256,
        name=f"wjportal-{artwork.pk}.{extension}",
    )
