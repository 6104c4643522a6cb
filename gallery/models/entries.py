"""What the gallery lists: released pictures alone."""

from typing import ClassVar

from django.db import models

from accounts.models import Team
from generation.models import Artwork


class Entry(models.Model):
    """A released picture that is not deleted. Written and removed by `gallery.entries`
    in the transaction in which it becomes or stops being one.

    ``words``, ``facets``: what `gallery.entries.INDEX` finds it by.
    """

    artwork = models.OneToOneField(
        Artwork, models.CASCADE, primary_key=True, related_name="entry"
    )
    team = models.ForeignKey(
        Team, models.CASCADE, related_name="entries", db_index=False
    )
    # Of its key, which several pictures may share.
    cost = models.PositiveBigIntegerField(default=0)
    # 0: not rated.
    rating = models.PositiveSmallIntegerField(default=0)
    words = models.TextField(blank=True)
    facets = models.TextField(blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["team", "artwork"], name="entries_by_age"),
            models.Index(
                fields=["team", "rating", "artwork"], name="entries_by_rating"
            ),
            models.Index(fields=["team", "cost", "artwork"], name="entries_by_cost"),
        ]

    def __str__(self) -> str:
        return f"entry {self.pk}"


class UsedModel(models.Model):
    """A model that pictures of the team were made with: a choice of its filter."""

    team = models.ForeignKey(
        Team, models.CASCADE, related_name="used_models", db_index=False
    )
    provider = models.CharField(max_length=20)
    model = models.CharField(max_length=80)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["team", "provider", "model"], name="one_choice_of_a_model"
            )
        ]

    def __str__(self) -> str:
        return f"{self.provider} · {self.model}"
