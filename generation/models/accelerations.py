"""Paid moves forward in a gateway's queue."""

import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from generation.models.generations import Generation
from generation.models.status import StatusModel


class AccelerationQuerySet(models.QuerySet["Acceleration"]):
    def stuck(self, now: datetime.datetime) -> Self:
        """Left by a process that died during the call."""
        return self.filter(
            status=Acceleration.Status.ASKED,
            asked_at__lt=now - Acceleration.STUCK_AFTER,
        )


class Acceleration(StatusModel):
    """One paid call, never deleted.

    asked ─→ accepted | refused | unknown ─→ accepted | refused    (a late answer)
    """

    class Status(models.TextChoices):
        ASKED = "asked", _("requested")
        ACCEPTED = "accepted", _("accepted")
        REFUSED = "refused", _("refused")
        UNKNOWN = "unknown", _("not answered")

    #: Perhaps paid.
    OPEN: ClassVar = (Status.ASKED, Status.UNKNOWN)
    STUCK_AFTER = datetime.timedelta(seconds=120)

    generation = models.ForeignKey(
        Generation, models.PROTECT, related_name="accelerations"
    )
    # 1, 2, … per generation: idempotency key of a double click.
    number = models.PositiveIntegerField()
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="accelerations"
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.ASKED)
    key = models.CharField(max_length=100)
    steps = models.PositiveIntegerField()
    price = models.PositiveBigIntegerField()
    # Provider task's primary key → its part of the price.
    shares = models.JSONField(default=dict)
    # By a refusal; settlements release the rest.
    released = models.PositiveBigIntegerField(default=0)
    failure_code = models.CharField(max_length=40, blank=True)
    failure_message = models.TextField(blank=True)
    asked_at = models.DateTimeField(default=timezone.now)
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = AccelerationQuerySet.as_manager()

    class Meta:
        verbose_name = _("acceleration")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["generation", "number"], name="one_acceleration_a_number"
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["asked_at"],
                condition=Q(status="asked"),
                name="accelerations_asked_for",
            )
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        return f"acceleration:{self.generation_id}:{self.number}"
