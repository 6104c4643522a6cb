"""Keys of a team's pictures in an order, page by page in both directions.

By age all is found in the index. By rating or cost the rows of a team are in that order
(`Entry`); of a narrowed list its newest `MOST_SORTED` are sorted.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from django.db.models import Max, Min, Q, QuerySet

from gallery import facets
from gallery.entries import INDEX
from gallery.models import Entry
from generation.models import Artwork
from generation.search.index import Slice, Wanted
from generation.search.question import Question
from net.request_values import number

Order = Literal["newest", "oldest", "rating", "cost"]
MOST_SORTED = 2_000
#: Counting stops here.
MOST_COUNTED = 200
#: Pictures at each end of a period whose times may be out of the order of their keys.
STRAYS = 200


@dataclass(frozen=True, slots=True)
class Part:
    """``newer``, ``older``: cursors of the pages before and after; empty at an end."""

    keys: list[int]
    newer: str = ""
    older: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """Pictures of the team that hold all groups of facets (one of each group), the
    question and the period. ``near``: these keys alone, in their order."""

    team: int
    groups: Sequence[Sequence[str]] = ()
    question: Question | None = None
    since: datetime.datetime | None = None
    until: datetime.datetime | None = None
    near: Sequence[int] | None = None
    order: Order = "newest"
    size: int = 30

    def first(self) -> Part:
        return self._part("", is_back=False)

    def after(self, cursor: str) -> Part:
        return self._part(cursor, is_back=False)

    def before(self, cursor: str) -> Part:
        """The first page where less than a page is left."""
        found = self._part(cursor, is_back=True)
        return found if found.newer else self.first()

    def count(self) -> int:
        """At most one more than `MOST_COUNTED`."""
        if self.near is not None:
            return len(self._near())
        return len(self._keys(Slice(MOST_COUNTED + 1)))

    def newest(self, most: int) -> list[int]:
        """Keys of all that is found, at most so many."""
        if self.near is not None:
            return self._near()[:most]
        return self._in_time(self._keys(Slice(most)))

    def beside(self, key: int) -> tuple[int | None, int | None]:
        """The pictures before and after this one in the order."""
        if self.near is not None:
            found = self._near()
            at = found.index(key) if key in found else -1
            before = found[at - 1] if at > 0 else None
            return before, found[at + 1] if -1 < at < len(found) - 1 else None
        one, cursor = replace(self, size=1), self._cursor(key)
        sides = [one._part(cursor, is_back=back).keys for back in (True, False)]
        newer, older = (next(iter(keys), None) for keys in sides)
        return newer, older

    def _cursor(self, key: int) -> str:
        if self.order not in ("rating", "cost"):
            return str(key)
        value = Entry.objects.filter(pk=key).values_list(self.order, flat=True).first()
        return f"{value or 0}~{key}"

    # --- Pages

    def _part(self, cursor: str, *, is_back: bool) -> Part:
        if self.near is not None:
            return Part(self._near()[: self.size])
        by_value = self.order in ("rating", "cost")
        found = (self._by_value if by_value else self._by_age)(cursor, is_back)
        keys = [key for key, _ in found[: self.size]]
        cursors = [written for _, written in found[: self.size]]
        is_more = len(found) > self.size
        if is_back:
            keys.reverse()
            cursors.reverse()
        first, last = (cursors[0], cursors[-1]) if cursors else ("", "")
        if is_back:
            return Part(keys, newer=first if is_more else "", older=last)
        return Part(keys, newer=first if cursor else "", older=last if is_more else "")

    def _by_age(self, cursor: str, is_back: bool) -> list[tuple[int, str]]:
        start = number(cursor)
        is_up = (self.order == "oldest") is not is_back
        bounds = {} if start is None else {"above" if is_up else "below": start}
        part = Slice(self.size + 1, is_oldest_first=is_up, **bounds)
        return [(key, str(key)) for key in self._keys(part)]

    def _by_value(self, cursor: str, is_back: bool) -> list[tuple[int, str]]:
        rows = Entry.objects.filter(team=self.team)
        if self._is_narrowed:
            rows = rows.filter(pk__in=self._keys(Slice(MOST_SORTED)))
        value, _, key = cursor.partition("~")
        start = (number(value), number(key))
        if None not in start:
            than = "gt" if is_back else "lt"
            rows = rows.filter(**{f"{self.order}__{than}e": start[0]}).filter(
                Q(**{f"{self.order}__{than}": start[0]})
                | Q(**{self.order: start[0], f"pk__{than}": start[1]})
            )
        sign = "" if is_back else "-"
        rows = rows.order_by(f"{sign}{self.order}", f"{sign}pk")
        found = rows.values_list("pk", self.order)[: self.size + 1]
        return [(pk, f"{worth}~{pk}") for pk, worth in found]

    # --- Keys

    @property
    def _is_narrowed(self) -> bool:
        return bool(self.groups or self.question or self.since or self.until)

    @property
    def _wanted(self) -> Wanted:
        return Wanted([[facets.team(self.team)], *self.groups], self.question)

    def _keys(self, part: Slice) -> list[int]:
        bounded = self._in_period(part)
        if bounded is None:
            return []
        if self.groups or self.question:
            return INDEX.find(self._wanted, bounded)
        rows = Entry.objects.filter(team=self.team)
        if bounded.below is not None:
            rows = rows.filter(pk__lt=bounded.below)
        if bounded.above is not None:
            rows = rows.filter(pk__gt=bounded.above)
        order = "pk" if part.is_oldest_first else "-pk"
        return list(rows.order_by(order).values_list("pk", flat=True)[: part.limit])

    def _near(self) -> list[int]:
        near = self._in_time(list(self.near or ()))
        if self.groups or self.question:
            return INDEX.among(near, self._wanted)
        return near

    def _in_time(self, keys: list[int]) -> list[int]:
        """Bounds of keys let strays in."""
        if not (self.since or self.until):
            return keys
        rows = Artwork.objects.filter(pk__in=keys)
        if self.since:
            rows = rows.filter(created_at__gte=self.since)
        if self.until:
            rows = rows.filter(created_at__lt=self.until)
        found = set(rows.values_list("pk", flat=True))
        return [key for key in keys if key in found]

    def _in_period(self, part: Slice) -> Slice | None:
        """Narrowed to keys of the period; None: it has no picture."""
        for moment, is_start in ((self.since, True), (self.until, False)):
            if moment is None:
                continue
            end = self._end(moment, is_start=is_start)
            if end is None:
                return None
            if is_start:
                part = replace(part, above=max(part.above or 0, end - 1))
            else:
                below = end + 1 if part.below is None else min(part.below, end + 1)
                part = replace(part, below=below)
        return part

    def _end(self, moment: datetime.datetime, *, is_start: bool) -> int | None:
        rows: QuerySet[Artwork] = Artwork.objects.filter(
            team=self.team, moderation=Artwork.Moderation.RELEASED
        )
        if is_start:
            rows = rows.filter(created_at__gte=moment).order_by("created_at", "pk")
        else:
            rows = rows.filter(created_at__lt=moment).order_by("-created_at", "-pk")
        nearest = Artwork.objects.filter(pk__in=rows.values("pk")[:STRAYS])
        ends = nearest.aggregate(low=Min("pk"), high=Max("pk"))
        end: int | None = ends["low" if is_start else "high"]
        return end
