"""The final picture of a lineage."""

from django.db import models
from django.utils import timezone

from accounts.models import Team, User
from generation.models import Artwork, Generation


class Final(models.Model):
    """One of each lineage. ``root``: its oldest generation."""

    root = models.OneToOneField(
        Generation, models.CASCADE, primary_key=True, related_name="+"
    )
    artwork = models.ForeignKey(Artwork, models.CASCADE, related_name="finals")
    team = models.ForeignKey(Team, models.CASCADE, related_name="+", db_index=False)
    marked_at = models.DateTimeField(default=timezone.now)
    marked_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", db_index=False
    )

    def __str__(self) -> str:
        return f"{self.root_id}: {self.artwork_id}"
