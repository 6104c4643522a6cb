"""Favourites of a person, ratings of a team."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from accounts.models import Team, User
from gallery import selection
from gallery.models import Act, Favourite, Rating

Kind = Act.Kind


@transaction.atomic
def favourite(keys: Iterable[int], *, by: User, team: Team) -> Act | None:
    """Raises TooMany."""
    found, now = selection.pictures(keys, by=by, team=team), timezone.now()
    added = selection.add(Favourite, found, now, user=by, team=team)
    changed = dict.fromkeys(added)
    return selection.record(Kind.FAVOURITE, changed, by=by, team=team, now=now)


@transaction.atomic
def unfavourite(keys: Iterable[int], *, by: User, team: Team) -> Act | None:
    """Raises TooMany."""
    found, now = selection.pictures(keys, by=by, team=team), timezone.now()
    rows = Favourite.objects.filter(user=by)
    removed = list(selection.of(rows, found))
    selection.delete(rows, removed)
    changed = {row.artwork_id: [by.pk, row.added_at.isoformat()] for row in removed}
    return selection.record(Kind.UNFAVOURITE, changed, by=by, team=team, now=now)


@transaction.atomic
def rate(value: int, keys: Iterable[int], *, by: User, team: Team) -> Act | None:
    """``value`` 1 to 5; 0 removes the rating. Raises TooMany, ValueError."""
    if not 0 <= value <= Rating.MOST:
        raise ValueError(value)
    found, now = selection.pictures(keys, by=by, team=team), timezone.now()
    there = {row.pk: row for row in selection.of(Rating.objects.all(), found)}
    changed = {
        pk: _kept(there[pk]) if pk in there else None
        for pk in found
        if (there[pk].value if pk in there else 0) != value
    }
    for part in selection.slices(pk for pk in changed if pk in there):
        rows = Rating.objects.filter(pk__in=part)
        if value:
            rows.update(value=value, rated_by=by, rated_at=now)
        else:
            rows.delete()
    if value:
        fresh = [pk for pk in changed if pk not in there]
        Rating.objects.bulk_create(
            (
                Rating(
                    artwork_id=pk,
                    artwork_created_at=found[pk],
                    team=team,
                    value=value,
                    rated_by=by,
                    rated_at=now,
                )
                for pk in fresh
            ),
            ignore_conflicts=True,
            batch_size=100,
        )
    return selection.record(Kind.RATE, changed, by=by, team=team, now=now, value=value)


def _kept(row: Rating) -> list[int | str]:
    return [row.value, row.rated_by_id, row.rated_at.isoformat()]
