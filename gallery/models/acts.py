"""What a person did to a selection of pictures, as *Undo* takes it back."""

from typing import ClassVar, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Team, User
from gallery.models.boards import Board


class ActQuerySet(models.QuerySet["Act"]):
    def of(self, user: User, team: Team) -> Self:
        """The user's own, of no board or of one that they still see."""
        boards = Board.objects.visible_to(user, team)
        seen = models.Q(board=None) | models.Q(board__in=boards)
        return self.filter(seen, by=user, team=team)


class Act(models.Model):
    """One command on a selection, in the transaction of its changes.

    ``changed``: by the key of the artwork, what undoing needs of each changed row
    (`gallery.acts`). Undone once, by compare-and-set on ``undone_at``.
    """

    class Kind(models.TextChoices):
        BOARD = "board", _("Added to a board")
        COVER = "cover", _("Cover chosen")
        UNBOARD = "unboard", _("Removed from a board")
        TAG = "tag", _("Tagged")
        UNTAG = "untag", _("Tag removed")
        FAVOURITE = "favourite", _("Added to favourites")
        UNFAVOURITE = "unfave", _("Removed from favourites")
        RATE = "rate", _("Rated")
        FINAL = "final", _("Marked as final")
        DELETE = "delete", _("Deleted")

    team = models.ForeignKey(Team, models.CASCADE, related_name="acts")
    by = models.ForeignKey(User, models.PROTECT, related_name="acts")
    kind = models.CharField(max_length=9, choices=Kind)
    board = models.ForeignKey(
        "gallery.Board", models.CASCADE, null=True, related_name="acts"
    )
    tag = models.ForeignKey(
        "gallery.Tag", models.CASCADE, null=True, related_name="acts"
    )
    # Of *rate*; 0: the rating was removed. Of *final*: 1, or 0 for none any more.
    value = models.PositiveSmallIntegerField(null=True)
    changed = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)
    undone_at = models.DateTimeField(null=True)

    objects = ActQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["by", "-created_at"], name="acts_of_a_person")
        ]

    def __str__(self) -> str:
        return f"act {self.pk}: {self.kind}"
