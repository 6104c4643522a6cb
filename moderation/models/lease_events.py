"""Lease events: who opened, gave back or skipped a review."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Team
from generation.models import Artwork
from log.models import AppendOnly, AppendOnlyQuerySet


class LeaseEvent(AppendOnly):
    """One step of a lease. Append-only, outside the team's hash chain.

    Decisions, escalations and assignments also end a lease, undos begin one: these are
    entries of the hash chain instead.
    """

    class Kind(models.TextChoices):
        CLAIM = "claim", _("opened")
        GIVE_BACK = "give_back", _("given back")
        SKIP = "skip", _("skipped")

    team = models.ForeignKey(Team, models.PROTECT, related_name="+", db_index=False)
    review = models.ForeignKey(
        "moderation.Review",
        models.PROTECT,
        related_name="lease_events",
        db_index=False,
    )
    artwork = models.ForeignKey(
        Artwork, models.PROTECT, related_name="lease_events", db_index=False
    )
    kind = models.CharField(max_length=9, choices=Kind)
    # As `Review.claim`.
    claim = models.PositiveIntegerField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField(default=timezone.now)

    objects = AppendOnlyQuerySet["LeaseEvent"].as_manager()

    class Meta:
        verbose_name = _("lease event")
        verbose_name_plural = _("lease events")
        indexes: ClassVar = [
            models.Index(fields=["artwork", "id"], name="lease_events_of_an_artwork"),
            models.Index(fields=["by", "id"], name="lease_events_of_a_person"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} · {self.by_id} · review {self.review_id}"


class Skip(models.Model):
    """The queue does not offer the review to this person for
    ``reviews.SKIPPED_FOR``."""

    review = models.ForeignKey(
        "moderation.Review", models.CASCADE, related_name="skips"
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["review", "by"], name="skips_of_a_review")
        ]

    def __str__(self) -> str:
        return f"{self.by} · {self.review}"
