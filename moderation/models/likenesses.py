"""Perceptual hashes of decided pictures (``similar_decisions``)."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Team
from generation.models import Artwork


class Likeness(models.Model):
    """A team's hash, with the last decided picture that has it."""

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
    """32 bits of a hash: similar hashes share a nearly equal band."""

    team = models.ForeignKey(Team, models.PROTECT, related_name="+", db_index=False)
    # Band number and bits in one integer.
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
