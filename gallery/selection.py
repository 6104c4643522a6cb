"""The pictures of a selection, and the rows that name them."""

import datetime
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

from django.db import models

from accounts.models import Team, User
from gallery import entries
from gallery.models import Act
from generation.models import Artwork

#: Of one act. A larger selection is refused, never cut.
MOST_PICTURES = 2000
#: Keys named by one query.
SLICE = 500

T = TypeVar("T")
#: Artwork → its ``created_at``.
Pictures = dict[int, datetime.datetime]


class TooMany(ValueError):
    """More than MOST_PICTURES."""


def slices(found: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(found)
    while part := list(islice(rest, SLICE)):
        yield part


def pictures(keys: Iterable[int], *, by: User, team: Team) -> Pictures:
    """Those that the person may see, in this team. Raises TooMany."""
    wanted = list(dict.fromkeys(keys))
    if len(wanted) > MOST_PICTURES:
        raise TooMany
    rows = Artwork.objects.visible_to(by).in_team(team)
    found: Pictures = {}
    for part in slices(wanted):
        found.update(rows.filter(pk__in=part).values_list("pk", "created_at"))
    return found


def of(rows: "models.QuerySet[Any]", keys: Iterable[int]) -> "Iterator[Any]":
    """The rows about these artworks, locked."""
    for part in slices(keys):
        yield from rows.filter(artwork__in=part).select_for_update()


def add(
    model: type[models.Model],
    found: Pictures,
    now: datetime.datetime,
    **fields: Any,
) -> list[int]:
    """Insert a row for each picture that has none; returns these pictures.

    ``now`` tells this act's rows from those that were there, or came meanwhile.
    """
    objects = model._default_manager
    objects.bulk_create(
        (
            model(artwork_id=pk, artwork_created_at=created_at, added_at=now, **fields)
            for pk, created_at in found.items()
        ),
        ignore_conflicts=True,
        batch_size=100,
    )
    mine = objects.filter(added_at=now, **fields)
    return [
        pk
        for part in slices(found)
        for pk in mine.filter(artwork__in=part).values_list("artwork", flat=True)
    ]


def delete(rows: "models.QuerySet[Any]", found: Iterable[Any]) -> None:
    for part in slices(found):
        rows.filter(pk__in=[row.pk for row in part]).delete()


def record(
    kind: str,
    changed: dict[int, Any],
    *,
    by: User,
    team: Team,
    now: datetime.datetime,
    **about: Any,
) -> Act | None:
    """Call in the transaction of the change."""
    if not changed:
        return None
    entries.refresh(changed, is_words_too=False)
    named = {str(key): value for key, value in changed.items()}
    return Act.objects.create(
        kind=kind, changed=named, by=by, team=team, created_at=now, **about
    )
