"""Records each team's new transfers in its log, by the hour and as one digest.

Sums show a changed amount; the digest shows any other change, too: of a note, a person,
a time. Transfers of the latest hour have the sums alone.
"""

import datetime
import hashlib
import json
from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts.models import Team
from log import chain
from log.append_only import digest
from log.models import Entry
from spend.models import Transfer

#: Younger ones may stand between others that are not committed yet.
AGE = datetime.timedelta(hours=1)


def record() -> None:
    """Of each team what has come since its last record."""
    old = Transfer.objects.filter(created_at__lt=timezone.now() - AGE)
    latest = old.order_by().values_list("team").annotate(Max("pk"))
    for team, last in latest.order_by("team"):
        after = _last_recorded(team)
        if last > after:
            with transaction.atomic():
                facts = _facts(team, after, last)
                chain.append(chain.Event(team, chain.Kind.BOOKS, facts=facts))


def broken() -> Iterator[str]:
    """A sentence per record that the transfers do not match any more."""
    teams = Team.objects.order_by("pk").values_list("pk", flat=True)
    for team in teams:
        for said in _records(team).order_by("number"):
            recorded = json.loads(said)
            after, last = recorded["after"], recorded["last"]
            if recorded != _facts(team, after, last):
                yield (
                    f"the transfers {after + 1} to {last} of team {team} are not what"
                    " the log recorded"
                )


def _records(team: int) -> Any:
    rows = Entry.objects.filter(team=team, kind=chain.Kind.BOOKS)
    return rows.values_list("facts", flat=True)


def _last_recorded(team: int) -> int:
    said = _records(team).order_by("-number").first()
    return int(json.loads(said)["last"]) if said else 0


def _facts(team: int, after: int, last: int) -> dict[str, Any]:
    rows = Transfer.objects.filter(team=team, pk__gt=after, pk__lte=last)
    number, whole = 0, hashlib.sha256()
    for row in rows.order_by("pk").iterator():
        whole.update(digest(row).encode())
        number += 1
    found = {"after": after, "last": last, "transfers": number}
    return found | {"digest": whole.hexdigest()}
