"""What generations were made from."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from generation.models.artworks import Artwork
from generation.models.generations import Generation


class Origin(models.Model):
    """A generation of the same team that this one repeats, or whose picture it was
    given. Written with the generation; never changed."""

    generation = models.ForeignKey(
        Generation, models.CASCADE, related_name="origins", db_index=False
    )
    parent = models.ForeignKey(Generation, models.CASCADE, related_name="offspring")
    # Empty: the request was reused.
    artwork = models.ForeignKey(
        Artwork, models.CASCADE, null=True, db_index=False, related_name="+"
    )

    class Meta:
        verbose_name = "origin"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["generation", "artwork"],
                condition=Q(artwork__isnull=False),
                name="one_origin_a_picture",
            ),
            models.UniqueConstraint(
                fields=["generation"],
                condition=Q(artwork=None),
                name="one_repeated_request",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["generation"], name="origins_of_a_generation"),
        ]

    def __str__(self) -> str:
        return f"{self.parent_id} → {self.generation_id}"
