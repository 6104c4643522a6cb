"""The final picture of a lineage."""

import datetime
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from accounts.models import Team, User
from gallery import lineage, selection
from gallery.models import Act, Final
from generation.models import Artwork


@transaction.atomic
def mark_final(keys: Iterable[int], *, by: User, team: Team) -> Act | None:
    """Instead of another of its lineage. One picture: the first that may be seen."""
    now, artwork = timezone.now(), _first(keys, by=by, team=team)
    if artwork is None:
        return None
    root = lineage.root_of(artwork.generation_id)
    before = _locked(root)
    if before and before.artwork_id == artwork.pk:
        return None
    values = {"artwork": artwork, "team": team, "marked_at": now, "marked_by": by}
    Final.objects.update_or_create(root_id=root, defaults=values)
    return _record(artwork, before, by=by, team=team, now=now, value=1)


@transaction.atomic
def unmark_final(keys: Iterable[int], *, by: User, team: Team) -> Act | None:
    now, artwork = timezone.now(), _first(keys, by=by, team=team)
    if artwork is None:
        return None
    before = _locked(lineage.root_of(artwork.generation_id))
    if before is None or before.artwork_id != artwork.pk:
        return None
    before.delete()
    return _record(artwork, before, by=by, team=team, now=now, value=0)


def undo(act: Act) -> None:
    """To what stood there before, unless somebody marked another one since."""
    ((root, kept),) = act.changed.values()
    row = _locked(root)
    marked_at = row.marked_at if row else None
    if marked_at != (act.created_at if act.value else None):
        return
    if row:
        row.delete()
    if kept:
        artwork, by, at = kept
        values = {
            "artwork_id": artwork,
            "team_id": act.team_id,
            "marked_by_id": by,
            "marked_at": datetime.datetime.fromisoformat(at),
        }
        # What somebody marked in this moment stays.
        Final.objects.get_or_create(root_id=root, defaults=values)


def _first(keys: Iterable[int], *, by: User, team: Team) -> Artwork | None:
    found = selection.pictures(keys, by=by, team=team)
    return Artwork.objects.filter(pk=min(found)).first() if found else None


def _locked(root: int) -> Final | None:
    return Final.objects.select_for_update().filter(root=root).first()


def _record(
    artwork: Artwork,
    before: Final | None,
    *,
    by: User,
    team: Team,
    now: datetime.datetime,
    value: int,
) -> Act | None:
    root = lineage.root_of(artwork.generation_id)
    kept = before and [
        before.artwork_id,
        before.marked_by_id,
        before.marked_at.isoformat(),
    ]
    changed = {artwork.pk: [root, kept]}
    return selection.record(
        Act.Kind.FINAL, changed, by=by, team=team, now=now, value=value
    )
