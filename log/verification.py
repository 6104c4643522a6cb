"""Verifies the hash chains and their ends, also against exported hashes."""

import datetime
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from log import heads
from log.chain import microseconds, seal
from log.logged_rows import UNREADABLE
from log.models import Chain, Entry

CHUNK = 5000
COLUMNS = (
    *("pk", "number", "at", "kind", "by_id", "artwork_id"),
    *("facts", "previous", "hash"),
)


@dataclass(frozen=True, slots=True)
class Break:
    """The first fault. ``entry`` None: the chain has lost its end."""

    team: int
    number: int
    entry: int | None
    fault: str

    def __str__(self) -> str:
        row = f"entry {self.entry}" if self.entry else "no entry"
        return f"team {self.team}, number {self.number}, {row}: {self.fault}"


def verify(team: int) -> tuple[int, Break | None]:
    """The number of entries before the first fault, and the fault."""
    try:
        return _verify(team, CHUNK)
    except UNREADABLE:
        return _verify(team, 1)


def _verify(team: int, chunk: int) -> tuple[int, Break | None]:
    """Raises UNREADABLE; a chunk of 1 finds the unreadable row instead."""
    number, previous = 0, ""
    entries = Entry.objects.filter(team=team).order_by("number")
    try:
        for row in entries.values_list(*COLUMNS).iterator(chunk_size=chunk):
            pk, found, *_content, sealed = row
            if fault := _fault(team, row, number, previous):
                return number, Break(team, found, pk, fault)
            number, previous = found, sealed
    except UNREADABLE:
        if chunk > 1:
            raise
        after = entries.filter(number__gt=number).values_list("pk", flat=True)
        return number, Break(team, number + 1, after.first(), "it cannot be read")
    chain = Chain.objects.filter(team=team).first() or Chain(team_id=team)
    if (chain.number, chain.hash) != (number, previous):
        fault = f"the chain ended at number {chain.number}, with another seal"
        return number, Break(team, number + 1, None, fault)
    if not (chain._state.adding or heads.head_of(chain).is_signed):
        fault = "the chain's end is not signed with this portal's key"
        return number, Break(team, number + 1, None, fault)
    return number, None


def _fault(team: int, row: tuple[Any, ...], number: int, previous: str) -> str:
    _pk, found, at, kind, by, artwork, facts, before, sealed = row
    if found != number + 1:
        return f"number {number + 1} is missing before it"
    if before != previous:
        return "it does not follow the entry before it"
    content = (team, found, microseconds(at), kind, by, artwork, facts)
    return "" if seal(previous, *content) == sealed else "its content was changed"


def teams() -> list[int]:
    chained = Chain.objects.values_list("team", flat=True)
    entered = Entry.objects.order_by("team").values_list("team", flat=True)
    return sorted({*chained, *entered.distinct()})


def verify_kept() -> Iterator[Break]:
    """Compares with the ends kept in the data dir: a cut chain whose older, signed end
    was put back does not reach the kept one."""
    for head in heads.kept():
        entry = Entry.objects.filter(team=head.team, number=head.number).first()
        if not head.is_signed:
            fault = f"it stands in {heads.path()}, not signed with this portal's key"
        elif entry is None:
            fault = "the chain went on to it, and ends before"
        elif entry.hash != head.hash:
            fault = "it is not what the chain ended with then"
        else:
            continue
        yield Break(head.team, head.number, entry.pk if entry else None, fault)


def verify_days(exported: Iterable[Mapping[str, Any]]) -> Iterator[Break]:
    """Compares with rows of ``day_hashes``: a chain forged as a whole agrees with
    itself, but not with a hash kept elsewhere."""
    for kept in exported:
        rows = Entry.objects.filter(team=kept["team"], number=kept["number"])
        entry = rows.first()
        if entry is None or entry.hash != kept["hash"]:
            fault = f"it is not what was exported for {kept['day']}"
            pk = entry.pk if entry else None
            yield Break(kept["team"], kept["number"], pk, fault)


def day_hashes(day: datetime.date, team: int | None = None) -> list[dict[str, Any]]:
    """The last hash of each chain with entries on that day, in the portal's time
    zone."""
    start = timezone.make_aware(datetime.datetime.combine(day, datetime.time.min))
    end = start + datetime.timedelta(days=1)
    found = []
    chains = Chain.objects.select_related("team").order_by("team")
    for chain in chains.filter(team=team) if team else chains:
        # Backwards by number: no index has times; most exports are of yesterday.
        by_then = Entry.objects.filter(team=chain.team_id, at__lt=end).order_by(
            "-number"
        )
        entry = by_then.first()
        if entry and entry.at >= start:
            row = {"day": str(day), "team": chain.team_id, "name": chain.team.name}
            found.append(row | {"number": entry.number, "hash": entry.hash})
    return found
