"""Signed notes of what *Undo* puts back after a change or removal of a limit. A page
offers no *Undo* that nobody signed."""

from dataclasses import asdict, dataclass
from typing import Any

from django.core import signing

from accounts.models import Team
from spend.limit_changes import Counted

#: A change is undone for this long.
SECONDS = 600
CHANGED = "spend.limit_undo.changed"
REMOVED = "spend.limit_undo.removed"


@dataclass(frozen=True, slots=True)
class Change:
    """Of one row of the table. ``before``: the limit, "" for none; ``terms``: "soft",
    "carries"; ``counted``: of a removed counter."""

    row: str
    before: str
    terms: list[str]
    counted: Counted | None = None


def sign_change(team: Team, unit: str, change: Change) -> str:
    return signing.dumps([team.pk, unit, asdict(change)], salt=CHANGED)


def read_change(team: Team, unit: str, text: str) -> Change | None:
    """None: forged, too old, or of another team or unit."""
    sent = _read(text, CHANGED)
    if sent is None or sent[:2] != [team.pk, unit]:
        return None
    told = sent[2]
    return Change(**told | {"counted": counted(told["counted"])})


def counted(told: dict[str, Any] | None) -> Counted | None:
    return Counted(**told) if told else None


def sign_removal(sent: list[Any]) -> str:
    return signing.dumps(sent, salt=REMOVED)


def read_removal(text: str) -> list[Any] | None:
    return _read(text, REMOVED)


def _read(text: str, salt: str) -> list[Any] | None:
    try:
        sent: list[Any] = signing.loads(text, salt=salt, max_age=SECONDS)
        return sent
    except signing.BadSignature:
        return None
