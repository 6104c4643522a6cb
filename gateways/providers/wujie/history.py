"""Wujie's list of what an account made: ``/ai/artwork/history``, contract §7.7."""

from gateways.providers.base import JSON, Listing
from gateways.providers.reading import count, key_of, mapping, rows

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
#: So many pages from each end, at least and at most.
PAGES = (5, 50)


def pages(newer: int) -> int:
    """Of each end, so that ``newer`` keys hide no older one: newest first is likely,
    but not documented."""
    least, most = PAGES
    return min(least + newer // PAGE, most)


def others(total: int | None, newer: int) -> list[int]:
    """Which pages beside the first one tell the latest keys, whatever the order."""
    each = pages(newer)
    last = -(-total // PAGE) if total is not None else each
    return sorted({*range(1, min(last, each)), *range(max(last - each, 1), last)})


def listing(data: JSON) -> Listing:
    said = mapping(data)
    named = (key_of(row.get("key")) for row in rows(said.get("list")))
    return Listing(tuple(key for key in named if key), count(said.get("total")))
