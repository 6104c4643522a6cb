"""Perceptual hashes of pictures that people decided on (``similar_decisions``)."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Team
from generation.models import Artwork


class Likeness(models.Model):
    """One for each look in a team; it names the picture that was decided last."""

    team = models.ForeignKey(
        Team, models.PROTECT, related_name="likenesses", db_index=False
    )
    # As `Artwork.likeness`.
    bits = models.CharField(max_length=64)
    artwork = models.ForeignKey(
        Artwork, models.PROTECT, related_name="likenesses", db_index=False
    )

    class Meta:
        verbose_name = _("likeness")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["team", "bits"], name="one_likeness_of_a_look"
            )
        ]

    def __str__(self) -> str:
        return f"{self.bits} · {self.artwork_id}"


class Band(models.Model):
    """A part of a likeness: what is near to it has one that is equal, or nearly so."""

    team = models.ForeignKey(Team, models.PROTECT, related_name="+", db_index=False)
    # Which part, and its bits, in one number.
    key = models.BigIntegerField()
    likeness = models.ForeignKey(
        Likeness, models.CASCADE, related_name="bands", db_index=False
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["team", "key", "likeness"], name="one_band_of_a_likeness"
            )
        ]

    def __str__(self) -> str:
        return f"{self.key:x} · {self.likeness_id}"
