"""Provider tasks: one row per key."""

import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gateways.models.gateway_account import GatewayAccount
from gateways.providers.base import CostState, State
from gateways.providers.faults import Fault
from generation.models.generations import Generation
from generation.models.status import StatusModel


class ProviderTaskQuerySet(models.QuerySet["ProviderTask"]):
    def due(self, now: datetime.datetime) -> Self:
        return self.filter(poll_after__lte=now).order_by("poll_after", "pk")

    def lingering(self, before: datetime.datetime) -> Self:
        """Overdue, or open since before then. The index by ``poll_after`` covers open
        tasks."""
        is_old = Q(status=ProviderTask.Status.OVERDUE) | Q(created_at__lt=before)
        return self.filter(
            is_old, status__in=ProviderTask.OPEN, poll_after__isnull=False
        )


class ProviderTask(StatusModel):
    """One key of the provider, polled until its cost is final.

    queued ─→ drawing ─→ succeeded | failed | cancelled
       └──────────┴────→ overdue (no progress) ─→ any of these
    overdue ─→ failed                  closed by a person
    failed | cancelled ─→ succeeded    the gateway reported a success later
    """

    class Status(models.TextChoices):
        QUEUED = "queued", _("queued")
        DRAWING = "drawing", _("generating")
        OVERDUE = "overdue", _("overdue")
        SUCCEEDED = "succeeded", _("succeeded")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    #: Answers are booked against the share of their poll.
    GUARDED: ClassVar = ("reserved",)
    OPEN: ClassVar = (Status.QUEUED, Status.DRAWING, Status.OVERDUE)
    TERMINAL: ClassVar = (Status.SUCCEEDED, Status.FAILED, Status.CANCELLED)

    generation = models.ForeignKey(Generation, models.PROTECT, related_name="tasks")
    account = models.ForeignKey(GatewayAccount, models.PROTECT, related_name="tasks")
    key = models.CharField(max_length=100)
    position = models.PositiveIntegerField(default=0)
    status = models.CharField(max_length=9, choices=Status, default=Status.QUEUED)

    percent = models.FloatField(null=True, blank=True)
    ahead = models.PositiveIntegerField(null=True, blank=True)
    # Seconds saved by one place, by the gateway.
    step_seconds = models.PositiveIntegerField(null=True, blank=True)
    expected_seconds = models.PositiveIntegerField(null=True, blank=True)
    failure_code = models.CharField(max_length=40, blank=True)
    failure_message = models.TextField(blank=True)
    model_prompt = models.TextField(blank=True)
    answer = models.JSONField(null=True, blank=True)

    reserved = models.PositiveBigIntegerField(default=0)
    cost = models.PositiveBigIntegerField(null=True, blank=True)
    cost_state = models.CharField(
        max_length=8,
        choices=[(state.value, state.value) for state in CostState],
        default=CostState.UNKNOWN.value,
    )
    is_booked = models.BooleanField(default=False)

    polls = models.PositiveIntegerField(default=0)
    poll_after = models.DateTimeField(null=True, blank=True)
    progress_at = models.DateTimeField(default=timezone.now)
    # ``silent_seconds``: without progress since the last, as proved by answers. Outages
    # do not count.
    answered_at = models.DateTimeField(null=True, blank=True)
    silent_seconds = models.FloatField(default=0.0)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    # Who closed it when overdue.
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="closed_tasks",
    )

    #: Set by booking: the card is redrawn.
    is_changed = False

    objects = ProviderTaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("provider task")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "key"], name="one_task_a_key")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["poll_after", "id"],
                condition=Q(poll_after__isnull=False),
                name="tasks_to_poll",
            ),
            models.Index(
                fields=["finished_at"],
                condition=Q(finished_at__isnull=False),
                name="tasks_that_ended",
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def reference(self) -> str:
        return f"task:{self.pk}"

    @property
    def is_closed(self) -> bool:
        """By a person, not yet replaced by the gateway's answer."""
        return self.failure_code in (Fault.OVERDUE_PAID, Fault.OVERDUE_UNPAID)

    @property
    def is_charging(self) -> bool:
        return self.cost_state == CostState.PENDING

    @property
    def is_due(self) -> bool:
        return self.poll_after is not None and self.poll_after <= timezone.now()

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN


TASK_STATUS = {
    State.QUEUED: ProviderTask.Status.QUEUED,
    State.DRAWING: ProviderTask.Status.DRAWING,
    State.SUCCEEDED: ProviderTask.Status.SUCCEEDED,
    State.FAILED: ProviderTask.Status.FAILED,
    State.CANCELLED: ProviderTask.Status.CANCELLED,
}
