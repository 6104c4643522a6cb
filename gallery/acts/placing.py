"""Pictures onto boards, tags onto pictures, and off again."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import Team, User
from gallery import boards, selection
from gallery.models import Act, Board, BoardItem, Tag, TagItem
from generation.models.folding import fold
from net.request_values import one_line

Kind = Act.Kind


class BadName(ValueError):
    """Without letters, or too long."""


@transaction.atomic
def add_to_board(board: Board, keys: Iterable[int], *, by: User) -> Act | None:
    """The caller has checked that the person sees the board. Raises TooMany."""
    found, now = selection.pictures(keys, by=by, team=board.team), timezone.now()
    added = selection.add(BoardItem, found, now, board=board, added_by=by)
    changed = dict.fromkeys(added)
    return selection.record(
        Kind.BOARD, changed, by=by, team=board.team, now=now, board=board
    )


@transaction.atomic
def add_to_named_board(
    name: str, keys: Iterable[int], *, by: User, team: Team
) -> Act | None:
    """Makes the board, where the person sees none of this name. Raises TooMany,
    BadName."""
    name = one_line(name)
    if not name or len(name) > Board.NAME_CHARACTERS:
        raise BadName(name)
    found = selection.pictures(keys, by=by, team=team)
    if not found:
        return None
    return add_to_board(boards.named(name, team=team, owner=by), found, by=by)


@transaction.atomic
def remove_from_board(board: Board, keys: Iterable[int], *, by: User) -> Act | None:
    """The caller has checked that the person sees the board. Raises TooMany."""
    found, now = selection.pictures(keys, by=by, team=board.team), timezone.now()
    rows = BoardItem.objects.filter(board=board)
    removed = list(selection.of(rows, found))
    selection.delete(rows, removed)
    changed = {row.artwork_id: _kept(row) for row in removed}
    return selection.record(
        Kind.UNBOARD, changed, by=by, team=board.team, now=now, board=board
    )


@transaction.atomic
def choose_cover(board: Board, keys: Iterable[int], *, by: User) -> Act | None:
    """The first of them. The caller has checked that the person may change the
    board. Raises TooMany."""
    found, now = selection.pictures(keys, by=by, team=board.team), timezone.now()
    chosen = next(iter(found), None)
    if chosen is None or chosen == board.cover_id:
        return None
    Board.objects.filter(pk=board.pk).update(cover=chosen)
    changed = {chosen: board.cover_id}
    return selection.record(
        Kind.COVER, changed, by=by, team=board.team, now=now, board=board
    )


@transaction.atomic
def tag(name: str, keys: Iterable[int], *, by: User, team: Team) -> Act | None:
    """Makes the tag, where none folds alike. Raises TooMany, BadName."""
    found, now = selection.pictures(keys, by=by, team=team), timezone.now()
    if not found:
        return None
    row = _tag(name, team)
    added = selection.add(TagItem, found, now, tag=row, added_by=by)
    count(row, len(added))
    changed = dict.fromkeys(added)
    return selection.record(Kind.TAG, changed, by=by, team=team, now=now, tag=row)


@transaction.atomic
def untag(row: Tag, keys: Iterable[int], *, by: User) -> Act | None:
    """Raises TooMany."""
    found, now = selection.pictures(keys, by=by, team=row.team), timezone.now()
    rows = TagItem.objects.filter(tag=row)
    removed = list(selection.of(rows, found))
    selection.delete(rows, removed)
    count(row, -len(removed))
    changed = {item.artwork_id: _kept(item) for item in removed}
    return selection.record(Kind.UNTAG, changed, by=by, team=row.team, now=now, tag=row)


def count(row: Tag, more: int) -> None:
    Tag.objects.filter(pk=row.pk).update(uses=F("uses") + more)


def _tag(name: str, team: Team) -> Tag:
    name = one_line(name)
    # Folding takes its time: not of a whole request.
    folded = fold(name) if len(name) <= Tag.NAME_CHARACTERS else ""
    if not folded:
        raise BadName(name)
    found, _ = Tag.objects.get_or_create(
        team=team, folded_name=folded, defaults={"name": name}
    )
    return found


def _kept(row: BoardItem | TagItem) -> list[str | int]:
    """What undoing a removal writes again."""
    return [row.added_by_id, row.added_at.isoformat()]
