"""Boards: named collections of a team's pictures."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, Team, User
from generation.models import Artwork


class BoardQuerySet(models.QuerySet["Board"]):
    def visible_to(self, user: User, team: Team) -> Self:
        """The user's own, the team's, and those that name the user."""
        chosen = Board.people.through.objects.filter(user=user).values("board")
        shown = Q(owner=user) | Q(visibility=Board.Visibility.TEAM)
        shown |= Q(visibility=Board.Visibility.PEOPLE, pk__in=chosen)
        return self.filter(shown, team=team, removed_at=None)


class Board(models.Model):
    """Whoever sees it may add and remove pictures; see `may_be_changed_by`.

    A removed board can be restored, with its pictures.
    """

    class Visibility(models.TextChoices):
        PRIVATE = "private", _("Only me")
        TEAM = "team", _("The team")
        PEOPLE = "people", _("Chosen people")

    NAME_CHARACTERS: ClassVar = 80
    DESCRIPTION_CHARACTERS: ClassVar = 1000

    team = models.ForeignKey(Team, models.CASCADE, related_name="boards")
    owner = models.ForeignKey(User, models.PROTECT, related_name="boards")
    name = models.CharField(_("name"), max_length=NAME_CHARACTERS)
    description = models.TextField(
        _("description"), max_length=DESCRIPTION_CHARACTERS, blank=True
    )
    # Empty, or no longer visible: the newest picture.
    cover = models.ForeignKey(Artwork, models.SET_NULL, null=True, related_name="+")
    visibility = models.CharField(
        _("visible to"),
        max_length=7,
        choices=Visibility,
        default=Visibility.TEAM,
    )
    people = models.ManyToManyField(User, related_name="shared_boards", blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True, editable=False)

    objects = BoardQuerySet.as_manager()

    class Meta:
        verbose_name = _("board")
        constraints: ClassVar = [
            # Of one owner: another person's private board stays unknown.
            models.UniqueConstraint(
                fields=["team", "owner", "name"],
                condition=Q(removed_at=None),
                name="one_board_of_a_name",
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["team", "-created_at", "-id"],
                condition=Q(removed_at=None),
                name="boards_of_a_team",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def may_be_changed_by(self, membership: Membership) -> bool:
        """Name, people, removal: the owner; an admin, where others see it, too."""
        if membership.team_id != self.team_id:
            return False
        is_shared = self.visibility != self.Visibility.PRIVATE
        is_admin = membership.can_administer and is_shared
        return membership.user_id == self.owner_id or is_admin


class BoardItem(models.Model):
    """A picture on a board. ``artwork_created_at`` is the picture's own: a board lists
    its pictures as the gallery does, by one index."""

    board = models.ForeignKey(Board, models.CASCADE, related_name="items")
    artwork = models.ForeignKey(Artwork, models.CASCADE, related_name="board_items")
    artwork_created_at = models.DateTimeField()
    added_at = models.DateTimeField(default=timezone.now)
    added_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["artwork", "board"], name="once_on_a_board")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["board", "-artwork_created_at", "-artwork"],
                name="pictures_of_a_board",
            )
        ]

    def __str__(self) -> str:
        return f"{self.board_id} · {self.artwork_id}"
