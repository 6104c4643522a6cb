"""Appends to the log, and verifies it: for each team one chain, row upon row.

Each entry is sealed with SHA-256 over its own content and the seal before it, so one
that is changed, removed or moved breaks every seal after it. What is hashed is the
stored text itself (``facts``) and integers, never something that a database may write
in another way than it was given: see ``seal``.

Of the appenders of a team one is at it at a time: the row of its chain is locked, as
the last thing before the commit, and always in the order of the teams. (Where there are
no row locks, SQLite, the transaction has the whole database.)
"""

import datetime
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from log.models import Chain, Entry

Kind = Entry.Kind
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
MICROSECOND = datetime.timedelta(microseconds=1)
#: Rows read at once while a chain is verified.
CHUNK = 5000
#: What reading a row may end in that was written around Django: SQLite keeps anything.
UNREADABLE = (AttributeError, DatabaseError, TypeError, ValueError)
COLUMNS = (
    *("pk", "number", "at", "kind", "by_id", "artwork_id"),
    *("facts", "previous", "hash"),
)
#: The database's own names of what guards the log: see ``triggers``.
TRIGGERS = {
    "sqlite": tuple(f"log_entry_no_{what}" for what in ("update", "delete", "replace")),
    "postgresql": ("log_entry_no_change", "log_entry_no_truncate"),
}


@dataclass(frozen=True, slots=True)
class Event:
    """What is to be appended. ``facts`` hold what JSON knows, and no floats: a rate is
    said in text."""

    team: int
    kind: str
    by: int | None = None
    artwork: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Break:
    """The first thing that is wrong with a chain. ``entry`` is None where the end of
    the chain is missing."""

    team: int
    number: int
    entry: int | None
    words: str

    def __str__(self) -> str:
        row = f"entry {self.entry}" if self.entry else "no entry"
        return f"team {self.team}, number {self.number}, {row}: {self.words}"


def append(event: Event) -> None:
    append_all([event])


def append_all(events: Iterable[Event]) -> None:
    """In the caller's transaction, as the last thing that it does."""
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("the log needs a transaction")
    by_team: dict[int, list[Event]] = {}
    for event in events:
        by_team.setdefault(event.team, []).append(event)
    for team in sorted(by_team):
        _append_to(_locked(team), by_team[team])


def seal(previous: str, *content: Any) -> str:
    """SHA-256, in hex, over a JSON list: the seal before, team, number, microseconds
    since 1970, kind, user, artwork, and the text of the facts as it is stored."""
    text = json.dumps([previous, *content], separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def verify(team: int) -> tuple[int, Break | None]:
    """How many entries hold, and the first thing that does not."""
    try:
        return _verify(team, CHUNK)
    except UNREADABLE:
        return _verify(team, 1)


def _verify(team: int, chunk: int) -> tuple[int, Break | None]:
    """Raises UNREADABLE unless rows are read one by one: then it is known which."""
    number, previous = 0, ""
    entries = Entry.objects.filter(team=team).order_by("number")
    try:
        for row in entries.values_list(*COLUMNS).iterator(chunk_size=chunk):
            pk, found, at, kind, by, artwork, facts, before, sealed = row
            if found != number + 1:
                words = f"number {number + 1} is missing before it"
                return number, Break(team, found, pk, words)
            if before != previous:
                words = "it does not follow the entry before it"
                return number, Break(team, found, pk, words)
            content = (team, found, microseconds(at), kind, by, artwork, facts)
            if seal(previous, *content) != sealed:
                return number, Break(team, found, pk, "its content was changed")
            number, previous = found, sealed
    except UNREADABLE:
        if chunk > 1:
            raise
        after = entries.filter(number__gt=number).values_list("pk", flat=True)
        return number, Break(team, number + 1, after.first(), "it cannot be read")
    chain = Chain.objects.filter(team=team).first() or Chain(team_id=team)
    if (chain.number, chain.hash) != (number, previous):
        words = f"the chain ended at number {chain.number}, with another seal"
        return number, Break(team, number + 1, None, words)
    return number, None


def teams() -> list[int]:
    """Whose log there is: teams with a chain, and teams with entries."""
    chained = Chain.objects.values_list("team", flat=True)
    entered = Entry.objects.order_by("team").values_list("team", flat=True)
    return sorted({*chained, *entered.distinct()})


def verify_days(hashes: Iterable[Mapping[str, Any]]) -> Iterator[Break]:
    """Compare with what ``day_hashes`` exported: a chain forged as a whole agrees with
    itself, but not with what was kept elsewhere."""
    for said in hashes:
        rows = Entry.objects.filter(team=said["team"], number=said["number"])
        entry = rows.first()
        if entry is None or entry.hash != said["hash"]:
            words = f"it is not what was exported for {said['day']}"
            pk = entry.pk if entry else None
            yield Break(said["team"], said["number"], pk, words)


def day_hashes(day: datetime.date, team: int | None = None) -> list[dict[str, Any]]:
    """The last seal of each chain, or of that of one team (its pk), on that day in the
    portal's time zone, to be kept elsewhere for `verify_log --against`."""
    start = timezone.make_aware(datetime.datetime.combine(day, datetime.time.min))
    end = start + datetime.timedelta(days=1)
    found = []
    chains = Chain.objects.select_related("team").order_by("team")
    for chain in chains.filter(team=team) if team else chains:
        # Backwards by number: the index has no times, and most days asked for are near.
        by_then = Entry.objects.filter(team=chain.team_id, at__lt=end).order_by(
            "-number"
        )
        entry = by_then.first()
        if entry and entry.at >= start:
            row = {"day": str(day), "team": chain.team_id, "name": chain.team.name}
            found.append(row | {"number": entry.number, "hash": entry.hash})
    return found


def missing_triggers() -> list[str]:
    """Those that should guard the table and are not there (a remade table on SQLite
    loses them silently)."""
    query = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE tgenabled <> 'D'",
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(query)
        there = {name for (name,) in cursor.fetchall()}
    return [name for name in TRIGGERS[connection.vendor] if name not in there]


def _locked(team: int) -> Chain:
    rows = Chain.objects.select_for_update().filter(team=team)
    found = rows.first()
    if found is None:
        Chain.objects.bulk_create([Chain(team_id=team)], ignore_conflicts=True)
        found = rows.get()
    return found


def _append_to(chain: Chain, events: list[Event]) -> None:
    entries, now = [], timezone.now()
    for event in events:
        facts = json.dumps(event.facts, separators=(",", ":"), sort_keys=True)
        entry = Entry(
            team_id=chain.team_id,
            number=chain.number + 1,
            at=now,
            kind=str(event.kind),
            by_id=event.by,
            artwork_id=event.artwork,
            facts=facts,
            previous=chain.hash,
        )
        content = (chain.team_id, entry.number, microseconds(now), entry.kind)
        entry.hash = seal(chain.hash, *content, event.by, event.artwork, facts)
        chain.number, chain.hash = entry.number, entry.hash
        entries.append(entry)
    Entry.objects.bulk_create(entries)
    Chain.objects.filter(team=chain.team_id).update(
        number=chain.number, hash=chain.hash
    )


def microseconds(at: datetime.datetime) -> int:
    return (at - EPOCH) // MICROSECOND
