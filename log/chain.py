"""Appends entries to the log: one hash chain per team.

An entry's hash covers its content and the hash before it: any change, removal or move
breaks every later hash. Appending locks the row of the team's chain last before the
commit, several teams in the order of their keys. SQLite locks the whole database
instead.
"""

import datetime
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone

from log.append_only import digest
from log.heads import signature
from log.models import AppendOnly, Chain, Entry

Kind = Entry.Kind
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
MICROSECOND = datetime.timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Event:
    """``facts`` are JSON without floats; rates are text.

    ``row``: saved by the act; the entry holds its digest (`log.logged_rows`).
    """

    team: int
    kind: str
    by: int | None = None
    artwork: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    row: AppendOnly | None = None

    @property
    def text(self) -> str:
        """The facts as they are stored and hashed."""
        said = dict(self.facts)
        if self.row:
            said["row"] = [self.row._meta.label_lower, self.row.pk, digest(self.row)]
        return json.dumps(said, separators=(",", ":"), sort_keys=True)


def append(event: Event) -> None:
    append_all([event])


def append_all(events: Iterable[Event]) -> None:
    """Call last in the caller's transaction, to hold the locks briefly."""
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("the log needs a transaction")
    by_team: dict[int, list[Event]] = {}
    for event in events:
        by_team.setdefault(event.team, []).append(event)
    for team in sorted(by_team):
        _append_to(_locked(team), by_team[team])


def seal(previous: str, *content: Any) -> str:
    """SHA-256 in hex over a JSON list.

    Previous hash, team, number, microseconds since 1970, kind, user, artwork, stored
    text of the facts. Databases write times and JSON differently: hence integers and
    stored text.
    """
    text = json.dumps([previous, *content], separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def microseconds(at: datetime.datetime) -> int:
    return (at - EPOCH) // MICROSECOND


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
        facts = event.text
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
        number=chain.number,
        hash=chain.hash,
        signature=signature(chain.team_id, chain.number, chain.hash),
    )
