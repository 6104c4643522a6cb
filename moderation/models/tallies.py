"""Hourly counts of settled reviews: numbers at a constant cost."""

from typing import ClassVar

from django.db import models

from accounts.models import Team


class Tally(models.Model):
    """Counts of one hour, team and label.

    ``suggested``: reviews with a suggestion of the gateway; ``overturned``: decided
    otherwise by a person. ``controls``: answered control items, in no other count;
    ``agreed``: those with the known answer.
    """

    COUNTS = (
        *("released", "rejected", "suggested", "overturned"),
        *("controls", "agreed"),
    )

    team = models.ForeignKey(Team, models.PROTECT, related_name="tallies")
    # Start of the hour of decision, in UTC.
    hour = models.DateTimeField()
    label = models.CharField(max_length=40, blank=True)
    released = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    suggested = models.PositiveIntegerField(default=0)
    overturned = models.PositiveIntegerField(default=0)
    controls = models.PositiveIntegerField(default=0)
    agreed = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["team", "hour", "label"], name="one_tally_an_hour"
            )
        ]

    def __str__(self) -> str:
        return f"{self.team_id} · {self.hour:%Y-%m-%d %H} · {self.label}"
