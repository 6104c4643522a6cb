"""Tags: a team's own words for pictures."""

from typing import ClassVar, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Team, User
from generation.models import Artwork
from generation.models.folding import FoldedField, fold


class TagQuerySet(models.QuerySet["Tag"]):
    def of_team(self, team: Team) -> Self:
        """Of pictures that are listed, the most frequent first."""
        listed = TagItem.objects.filter(
            tag=models.OuterRef("pk"), artwork__entry__isnull=False
        )
        rows = self.filter(models.Exists(listed), team=team, uses__gt=0)
        return rows.order_by("-uses", "folded_name")

    def matching(self, words: str) -> Self:
        return self.filter(folded_name__contains=fold(words))


class Tag(models.Model):
    """``uses``: number of its items, kept by `gallery.acts`. Names that fold alike are
    one tag, written as at first."""

    NAME_CHARACTERS: ClassVar = 60

    team = models.ForeignKey(Team, models.CASCADE, related_name="tags")
    name = models.CharField(_("name"), max_length=NAME_CHARACTERS)
    folded_name = FoldedField(of="name")
    uses = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)

    objects = TagQuerySet.as_manager()

    class Meta:
        verbose_name = _("tag")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["team", "folded_name"], name="one_tag_of_a_name"
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["team", "-uses", "folded_name"], name="tags_by_use")
        ]

    def __str__(self) -> str:
        return self.name


class TagItem(models.Model):
    """``artwork_created_at``: see `BoardItem`."""

    tag = models.ForeignKey(Tag, models.CASCADE, related_name="items")
    artwork = models.ForeignKey(Artwork, models.CASCADE, related_name="tag_items")
    artwork_created_at = models.DateTimeField()
    added_at = models.DateTimeField(default=timezone.now)
    added_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["artwork", "tag"], name="tagged_once")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["tag", "-artwork_created_at", "-artwork"],
                name="pictures_of_a_tag",
            )
        ]

    def __str__(self) -> str:
        return f"{self.tag_id} · {self.artwork_id}"
