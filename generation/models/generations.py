"""Members' requests, and the callbacks about them."""

import datetime
import secrets
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, Team, User
from gateways.models.gateway_account import GatewayAccount
from generation.models.status import StatusModel
from generation.models.tokens import WordsField
from spend.units import Unit


def new_token() -> str:
    return secrets.token_urlsafe(32)


class GenerationQuerySet(models.QuerySet["Generation"]):
    def visible_to(self, user: User) -> Self:
        """Own, and of teams that the user moderates or administers; nothing of a team
        that they left."""
        moderated = user.memberships.filter(role__in=Membership.MODERATING)
        own = Q(requested_by=user, team__in=user.memberships.values("team"))
        return self.filter(own | Q(team__in=moderated.values("team")))

    def in_team(self, team: Team) -> Self:
        return self.filter(team=team)

    def queued(self) -> Self:
        """In the order of sending."""
        return self.filter(status=Generation.Status.QUEUED).order_by("turn", "pk")

    def due(self, now: datetime.datetime) -> Self:
        return self.queued().filter(send_after__lte=now)

    def waiting_since(self, before: datetime.datetime) -> Self:
        return self.filter(status=Generation.Status.QUEUED, created_at__lt=before)

    def stuck(self, now: datetime.datetime) -> Self:
        """Left by a process that died while sending: perhaps paid."""
        return self.filter(
            status=Generation.Status.SUBMITTING,
            submitting_at__lt=now - Generation.STUCK_AFTER,
        )

    def uncertain(self) -> Self:
        return self.filter(status=Generation.Status.UNCERTAIN)


class Generation(StatusModel):
    """One request of a member: one operation, one prompt, one paid call.

    queued ─→ submitting ─→ running ─→ done | failed | cancelled
     │ ⇅          ├─→ queued | refused
     │ paused     └─→ uncertain (never sent again) ─→ running | failed
     └─→ cancelled | failed (waited too long)
    """

    class Status(models.TextChoices):
        QUEUED = "queued", _("waiting to send")
        PAUSED = "paused", _("paused")
        SUBMITTING = "submitting", _("sending")
        RUNNING = "running", _("at the gateway")
        DONE = "done", _("done")
        REFUSED = "refused", _("refused")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")
        UNCERTAIN = "uncertain", _("unconfirmed")

    #: An outcome is not booked on a later attempt.
    GUARDED: ClassVar = ("attempts",)
    TERMINAL: ClassVar = (Status.DONE, Status.REFUSED, Status.FAILED, Status.CANCELLED)
    UNSENT: ClassVar = (Status.QUEUED, Status.PAUSED)
    UNSUCCESSFUL: ClassVar = (Status.REFUSED, Status.FAILED, Status.CANCELLED)
    MOVING: ClassVar = (Status.QUEUED, Status.SUBMITTING, Status.RUNNING)
    STUCK_AFTER = datetime.timedelta(seconds=120)

    team = models.ForeignKey(Team, models.PROTECT, related_name="generations")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="generations"
    )
    # Any account of the provider; from *submitting* on, the sender.
    provider = models.CharField(max_length=20)
    account = models.ForeignKey(
        GatewayAccount, models.PROTECT, related_name="generations"
    )
    # Only this account can do the work.
    is_pinned = models.BooleanField(default=False)
    operation = models.CharField(max_length=40)
    prompt = models.TextField()
    # For search (`generation.search`).
    words = WordsField(of="prompt")
    parameters = models.JSONField(default=dict)
    pictures = models.PositiveIntegerField(default=1)
    width = models.PositiveIntegerField(default=1)
    height = models.PositiveIntegerField(default=1)
    model = models.CharField(max_length=80, blank=True)
    # Idempotency key of the form, for double clicks and reloads.
    submit_key = models.UUIDField()
    callback_token = models.CharField(max_length=64, unique=True, default=new_token)

    # Start time in the queue (`lifecycle.fair_queue`).
    turn = models.PositiveBigIntegerField(default=0)
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    version = models.PositiveIntegerField(default=1)
    # Of its pictures, kept with their states (`Artwork`).
    is_storing = models.BooleanField(default=False)
    is_held = models.BooleanField(default=False)
    is_rejected = models.BooleanField(default=False)
    unit = models.CharField(max_length=8, choices=Unit)
    reserved = models.PositiveBigIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0)
    failure_code = models.CharField(max_length=40, blank=True)
    failure_message = models.TextField(blank=True)
    answer = models.TextField(blank=True)

    created_at = models.DateTimeField(default=timezone.now)
    send_after = models.DateTimeField(default=timezone.now)
    submitting_at = models.DateTimeField(null=True, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    # First of the gateway's failures in a row.
    unsent_since = models.DateTimeField(null=True, blank=True)
    # Last known balance at sending: evidence for a lost answer.
    balance_before = models.BigIntegerField(null=True, blank=True)

    objects = GenerationQuerySet.as_manager()

    class Meta:
        verbose_name = _("generation")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["requested_by", "submit_key"], name="one_submit_a_form"
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["provider", "turn", "id"],
                condition=Q(status="queued"),
                name="generations_to_send",
            ),
            models.Index(
                fields=["created_at"],
                condition=Q(status="queued"),
                name="generations_waiting",
            ),
            models.Index(
                fields=["submitting_at"],
                condition=Q(status="submitting"),
                name="generations_being_sent",
            ),
            models.Index(
                fields=["account"],
                condition=Q(status="paused"),
                name="generations_paused",
            ),
            models.Index(
                fields=["team", "-created_at", "-id"],
                condition=Q(status="uncertain"),
                name="generations_uncertain",
            ),
            models.Index(
                fields=["requested_by", "-created_at", "-id"], name="generations_of_one"
            ),
            models.Index(
                fields=["team", "-created_at", "-id"], name="generations_of_a_team"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.pk}"

    @property
    def is_moving(self) -> bool:
        return self.status in self.MOVING or self.is_storing or self.is_looked_for

    @property
    def is_looked_for(self) -> bool:
        """Uncertain, still searched for."""
        if self.status != self.Status.UNCERTAIN:
            return False
        recovery = getattr(self, "submit_recovery", None)
        return recovery is not None and recovery.look_after is not None

    @property
    def reference(self) -> str:
        return f"generation:{self.pk}"


class Callback(models.Model):
    """As received. Unsigned it proves nothing; signed it proves its sender."""

    generation = models.ForeignKey(Generation, models.CASCADE, related_name="callbacks")
    body = models.BinaryField()
    headers = models.JSONField(default=dict)
    #: With the gateway's key, checked when it came.
    is_signed = models.BooleanField(default=False)
    received_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("callback")

    def __str__(self) -> str:
        return f"callback {self.pk}"
