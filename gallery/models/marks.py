"""Of a person: favourites. Of a team: ratings and notes."""

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Team, User
from generation.models import Artwork


class Favourite(models.Model):
    """Of one person; nobody else sees it. ``artwork_created_at``: see `BoardItem`."""

    user = models.ForeignKey(User, models.CASCADE, related_name="favourites")
    team = models.ForeignKey(Team, models.CASCADE, related_name="+")
    artwork = models.ForeignKey(Artwork, models.CASCADE, related_name="favourites")
    artwork_created_at = models.DateTimeField()
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["artwork", "user"], name="one_favourite_of_a_person"
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["user", "team", "-artwork_created_at", "-artwork"],
                name="favourites_of_a_person",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} · {self.artwork_id}"


class Rating(models.Model):
    """1 to 5, one a picture, by whoever rated it last."""

    MOST: ClassVar = 5

    artwork = models.OneToOneField(
        Artwork, models.CASCADE, primary_key=True, related_name="rating"
    )
    team = models.ForeignKey(Team, models.CASCADE, related_name="+")
    value = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(MOST)]
    )
    artwork_created_at = models.DateTimeField()
    rated_at = models.DateTimeField(default=timezone.now)
    rated_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(value__gte=1, value__lte=5), name="rating_from_1_to_5"
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["team", "-value", "-artwork_created_at", "-artwork"],
                name="pictures_by_rating",
            )
        ]

    def __str__(self) -> str:
        return f"{self.artwork_id}: {self.value}"


class Note(models.Model):
    """What a member wrote about a picture, for the team."""

    TEXT_CHARACTERS: ClassVar = 2000

    artwork = models.ForeignKey(Artwork, models.CASCADE, related_name="notes")
    team = models.ForeignKey(Team, models.CASCADE, related_name="+")
    text = models.TextField(_("note"), max_length=TEXT_CHARACTERS)
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("note")
        indexes: ClassVar = [
            models.Index(
                fields=["artwork", "created_at"],
                condition=Q(removed_at=None),
                name="notes_of_a_picture",
            )
        ]

    def __str__(self) -> str:
        return f"note {self.pk}"
