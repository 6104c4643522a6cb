"""Wujie's list of what an account made: ``/ai/artwork/history``, contract §7.7."""

from generation.providers.base import JSON, Listing
from generation.providers.reading import count, key_of, mapping, rows

#: Keys a page: 100 is the most.
PAGE = 100
#: All that it can be asked for.
KINDS = (
    PICTURE := "PICTURE",
    "PRO_PICTURE",
    "TEXT2VIDEO",
    "IMG2VIDEO",
    "VIDEO2VIDEO",
    "AVATAR",
    "CAMERA_ADVANCED",
    "CAMERA_SPEED",
)
#: So many pages from each end: newest first is likely, but not documented.
PAGES = 5


def others(total: int | None) -> list[int]:
    """Which pages beside the first one tell the latest keys, whatever the order."""
    pages = -(-total // PAGE) if total is not None else PAGES
    return sorted({*range(1, min(pages, PAGES)), *range(max(pages - PAGES, 1), pages)})


def listing(data: JSON) -> Listing:
    said = mapping(data)
    named = (key_of(row.get("key")) for row in rows(said.get("list")))
    return Listing(tuple(key for key in named if key), count(said.get("total")))
