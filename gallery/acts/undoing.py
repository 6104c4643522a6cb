"""Takes an act back, once: only rows that are still as the act left them."""

import datetime
from collections.abc import Callable, Iterable
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from accounts.models import User
from gallery import deletion, entries, selection
from gallery.acts import finals, placing
from gallery.models import Act, Board, BoardItem, Favourite, Rating, TagItem
from generation.models import Artwork

Kind = Act.Kind
#: A deleted picture can be restored from the bin for longer.
UNDO_FOR = datetime.timedelta(days=1)


class TooLate(Exception):
    """Undone before, or older than UNDO_FOR."""


@transaction.atomic
def undo(act: Act, *, by: User) -> None:
    """The caller has checked that the act is the person's. Raises TooLate."""
    now = timezone.now()
    rows = Act.objects.filter(pk=act.pk, by=by, undone_at=None)
    if not rows.filter(created_at__gt=now - UNDO_FOR).update(undone_at=now):
        raise TooLate
    _UNDO[Kind(act.kind)](act)
    entries.refresh(_keys(act), is_words_too=False)


def _keys(act: Act) -> list[int]:
    return [int(key) for key in act.changed]


def _take_off(model: type[models.Model], **fields: Any) -> Callable[[Act], int]:
    """Deletes the rows that the act inserted."""

    def take_off(act: Act) -> int:
        of = {name: getattr(act, field) for name, field in fields.items()}
        rows = model._default_manager.filter(added_at=act.created_at, **of)
        found = list(selection.of(rows, _keys(act)))
        selection.delete(rows, found)
        return len(found)

    return take_off


def _put_back(
    model: type[models.Model], who: str, **fields: Any
) -> Callable[[Act], int]:
    """Inserts the rows that the act deleted, where no other has taken their place."""

    def put_back(act: Act) -> int:
        of = {name: getattr(act, field) for name, field in fields.items()}
        there = model._default_manager.filter(**of)
        put = 0
        for part in selection.slices(_keys(act)):
            taken = there.filter(artwork__in=part).values_list("artwork", flat=True)
            free = _times(set(part) - set(taken))
            rows = [
                model(artwork_id=pk, artwork_created_at=at, **_was(act, pk, who), **of)
                for pk, at in free.items()
            ]
            model._default_manager.bulk_create(
                rows, ignore_conflicts=True, batch_size=100
            )
            put += len(rows)
        return put

    return put_back


def _times(keys: Iterable[int]) -> selection.Pictures:
    rows = Artwork.objects.filter(pk__in=list(keys))
    return dict(rows.values_list("pk", "created_at"))


def _was(act: Act, pk: int, who: str) -> dict[str, Any]:
    by, at = act.changed[str(pk)]
    return {who: by, "added_at": datetime.datetime.fromisoformat(at)}


def _untag(act: Act) -> None:
    assert act.tag
    placing.count(act.tag, -_take_off(TagItem, tag="tag")(act))


def _tag_again(act: Act) -> None:
    assert act.tag
    placing.count(act.tag, _put_back(TagItem, "added_by_id", tag="tag")(act))


def _rate_back(act: Act) -> None:
    """To what stood there before the act, by whom it was."""
    rows = Rating.objects.filter(rated_at=act.created_at, value=act.value or 0)
    for row in list(selection.of(rows, _keys(act))):
        if act.changed[str(row.pk)]:
            Rating.objects.filter(pk=row.pk).update(**_rated(act, row.pk))
        else:
            row.delete()
    if act.value:
        return
    for part in selection.slices(_keys(act)):
        again = (
            Rating(
                artwork_id=pk,
                artwork_created_at=at,
                team_id=act.team_id,
                **_rated(act, pk),
            )
            for pk, at in _times(part).items()
        )
        Rating.objects.bulk_create(again, ignore_conflicts=True, batch_size=100)


def _rated(act: Act, pk: int) -> dict[str, Any]:
    value, by, at = act.changed[str(pk)]
    rated_at = datetime.datetime.fromisoformat(at)
    return {"value": value, "rated_by_id": by, "rated_at": rated_at}


def _cover_back(act: Act) -> None:
    for chosen, before in act.changed.items():
        rows = Board.objects.filter(acts=act, cover=int(chosen))
        rows.update(cover=before)


def _restore(act: Act) -> None:
    deletion.restore(_keys(act), by=act.by, at=act.created_at)


_UNDO: dict[Act.Kind, Callable[[Act], Any]] = {
    Kind.BOARD: _take_off(BoardItem, board="board"),
    Kind.COVER: _cover_back,
    Kind.UNBOARD: _put_back(BoardItem, "added_by_id", board="board"),
    Kind.TAG: _untag,
    Kind.UNTAG: _tag_again,
    Kind.FAVOURITE: _take_off(Favourite, user="by", team="team"),
    Kind.UNFAVOURITE: _put_back(Favourite, "user_id", team="team"),
    Kind.RATE: _rate_back,
    Kind.FINAL: finals.undo,
    Kind.DELETE: _restore,
}
