"""Makes, changes, removes and restores boards; their pictures: `gallery.acts`."""

from collections.abc import Iterable

from django.db import IntegrityError, models, transaction
from django.db.models import IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import Team, User
from gallery.models import Board, BoardItem
from generation.models import Artwork

#: Cover and removal are changed beside the form.
FORM_FIELDS = ("name", "description", "visibility")
#: A card counts no further.
MOST_COUNTED = 300


class NameTaken(ValueError):
    """The owner has another board of this name in the team."""


class CountUpTo(Subquery):
    """Of a subquery with a limit: never counts more rows."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()


def save(board: Board, people: Iterable[User] = ()) -> None:
    """Insert, or update what its form says. Raises NameTaken."""
    try:
        with transaction.atomic():
            board.save(update_fields=FORM_FIELDS if board.pk else None)
            is_chosen = board.visibility == Board.Visibility.PEOPLE
            board.people.set(people if is_chosen else [])
    except IntegrityError as error:
        raise NameTaken from error


def named(name: str, *, team: Team, owner: User) -> Board:
    """The board of this name that the person sees, their own first; or a new one."""
    seen = Board.objects.visible_to(owner, team).filter(name=name)
    own_first = models.Case(models.When(owner=owner, then=0), default=1)
    found = seen.order_by(own_first, "pk").first()
    if found:
        return found
    made = Board(team=team, owner=owner, name=name)
    try:
        save(made)
    except NameTaken:  # by another request of theirs, just now
        return seen.get(owner=owner)
    return made


def remove(board: Board) -> bool:
    """False: removed before."""
    rows = Board.objects.filter(pk=board.pk, removed_at=None)
    return bool(rows.update(removed_at=timezone.now()))


def restore(board: Board) -> None:
    """Raises NameTaken."""
    try:
        with transaction.atomic():
            Board.objects.filter(pk=board.pk).update(removed_at=None)
    except IntegrityError as error:
        raise NameTaken from error


def shown_items() -> QuerySet[BoardItem]:
    """Of pictures that are released and not deleted."""
    return BoardItem.objects.filter(
        artwork__moderation=Artwork.Moderation.RELEASED, artwork__binned_at=None
    )


def with_covers(rows: QuerySet[Board]) -> QuerySet[Board]:
    """With ``shown_cover``, the key of an artwork or None, and ``count``, of
    MOST_COUNTED at most."""
    items = shown_items().filter(board=OuterRef("pk"))
    newest = items.order_by("-artwork_created_at", "-artwork")
    chosen = items.filter(artwork=OuterRef("cover"))
    return rows.annotate(
        shown_cover=Coalesce(
            Subquery(chosen.values("artwork")[:1]),
            Subquery(newest.values("artwork")[:1]),
        ),
        count=CountUpTo(items.order_by().values("pk")[: MOST_COUNTED + 1]),
    )
