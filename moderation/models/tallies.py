"""What was decided, counted by the hour: numbers that cost the same however many."""

from typing import ClassVar

from django.db import models

from accounts.models import Team


class Tally(models.Model):
    """One hour of a team and a label, as it was settled (``moderation.tallies``).

    ``suggested`` are those where the gateway suggested something, ``overturned`` those
    of them where a person decided otherwise. Of the control items that were answered
    (``controls``) so many ``agreed`` with the known answer; they are in no other count.
    """

    COUNTS = (
        *("released", "rejected", "suggested", "overturned"),
        *("controls", "agreed"),
    )

    team = models.ForeignKey(Team, models.PROTECT, related_name="tallies")
    # When it was decided; begins on the hour in UTC.
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
