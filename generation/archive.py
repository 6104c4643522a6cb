"""Fetches a result, checks it, stores it under its sha-256 with a thumbnail and a cover.

A picture lives in three files: the original as it came, a thumbnail for lists, and a
low-detail cover for who must not see it clearly yet. The storage is never public:
only ``views/media.py`` reads from it, after asking who asks.
"""

from typing import BinaryIO, Literal

from django.core.files.storage import default_storage

Rendition = Literal["original", "thumbnail", "cover"]


def name(sha256: str, rendition: Rendition) -> str:
    """Where a rendition lies in the storage."""
    return f"{rendition}s/{sha256[:2]}/{sha256}"


def open_rendition(sha256: str, rendition: Rendition) -> BinaryIO:
    return default_storage.open(name(sha256, rendition), "rb").file  # type: ignore[no-any-return]
