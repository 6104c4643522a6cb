"""Wujie's history: ``/ai/artwork/history`` (contract wujie §7.7),
``/ai/generating_info``, ``/ai/info``."""

from collections.abc import Iterator, Sequence

from gateways.providers.base import JSON, Charge, Fingerprint, Listing, Order, Trace
from gateways.providers.reading import count, key_of, mapping, parse, rows
from gateways.providers.wujie.answers import charge, fingerprint, made_at
from gateways.providers.wujie.session import Session

#: The gateway's limit of keys.
PAGE = 100
#: Each with pages of its own.
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
#: Least and most to read, from each end.
PAGES = (5, 50)


def pages(newer: int) -> int:
    """Pages to read from each end so that ``newer`` keys hide no older one.

    The order is not documented; newest first is likely.
    """
    least, most = PAGES
    return min(least + newer // PAGE, most)


def others(total: int | None, newer: int) -> list[int]:
    """Pages beside the first that hold the latest keys in either order."""
    each = pages(newer)
    last = -(-total // PAGE) if total is not None else each
    return sorted({*range(1, min(last, each)), *range(max(last - each, 1), last)})


def listing(data: JSON) -> Listing:
    said = mapping(data)
    named = (key_of(row.get("key")) for row in rows(said.get("list")))
    return Listing(tuple(key for key in named if key), count(said.get("total")))


class History(Session):
    """A `Historian` and `Bookkeeper`."""

    history_page_size = PAGE

    def fingerprint(self, order: Order) -> Fingerprint:
        return fingerprint(order.body)

    def history(self, newer: int = 0) -> Iterator[Sequence[str]]:
        kind = PICTURE
        first = self.history_page(kind, 0)
        yield first.keys
        for number in others(first.total, newer):
            yield self.history_page(kind, number).keys

    def history_requests(self, newer: int = 0) -> int:
        return 2 * pages(newer)

    def history_kinds(self) -> tuple[str, ...]:
        return KINDS

    def history_page(self, kind: str, number: int) -> Listing:
        asked = {
            "ai_artwork_type": kind,
            "page_num": self._first_page + number,
            "page_size": self.history_page_size,
        }
        data = self._request("POST", "/ai/artwork/history", json=asked)
        return listing(data)

    def charges(self, keys: Sequence[str]) -> list[Charge]:
        data = self._request("POST", "/ai/generating_info", json=list(keys))
        listed = rows(mapping(data).get("list"))
        found = {key_of(row.get("key")): row for row in listed}
        return [charge(key, found.get(key, {})) for key in keys]

    def trace(self, key: str) -> Trace:
        data = mapping(self._request("GET", "/ai/info", params={"key": key}))
        return Trace(key, fingerprint(data), made_at(data))

    def called(self, body: bytes) -> str:
        return key_of(mapping(parse(body)).get("key"))
