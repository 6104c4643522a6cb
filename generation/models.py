"""The work: what was asked for, what the provider was given, what came of it.

Status moves only through ``advance``: a compare-and-set on the row's own status, so
two workers can never both take the same step, on SQLite and PostgreSQL alike.
"""

import datetime
import secrets
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, Team, User
from generation.providers.base import CostState, State, Verdict
from spend.models import Unit


def new_token() -> str:
    return secrets.token_urlsafe(32)


class GatewayAccount(models.Model):
    """One account at a gateway. Its credentials are in the environment, not here."""

    provider = models.CharField(max_length=20)
    app_id = models.CharField(max_length=100)
    is_sandbox = models.BooleanField(default=False)
    unit = models.CharField(max_length=8, choices=Unit)
    balance = models.BigIntegerField(null=True, blank=True)
    trouble = models.TextField(blank=True)
    trouble_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("gateway account")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["provider", "app_id"], name="one_account_an_app_id"
            )
        ]

    def __str__(self) -> str:
        return self.provider


class CatalogueEntry(models.Model):
    """What a gateway lists, as last read: its models, and what each model offers."""

    class Kind(models.TextChoices):
        MODELS = "models", _("models")
        RESOURCES = "resources", _("resources of a model")

    account = models.ForeignKey(
        GatewayAccount, models.CASCADE, related_name="catalogue_entries"
    )
    kind = models.CharField(max_length=10, choices=Kind)
    key = models.CharField(max_length=40, blank=True)
    payload = models.JSONField()
    fetched_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["account", "kind", "key"], name="one_entry_a_key"
            )
        ]

    def __str__(self) -> str:
        return f"{self.account} · {self.kind} · {self.key}"


class Advancing(models.Model):
    """A row with a status that moves by compare-and-set."""

    status = models.CharField(max_length=10)

    class Meta:
        abstract = True

    def advance(self, to: str, **fields: Any) -> bool:
        """Move on from the status this was read with; False: someone was first."""
        moved = (
            type(self)
            ._default_manager.filter(pk=self.pk, status=self.status)
            .update(status=to, **fields)
        )
        if moved:
            self.status = to
            for name, value in fields.items():
                if not hasattr(value, "resolve_expression"):
                    setattr(self, name, value)
        return bool(moved)


class GenerationQuerySet(models.QuerySet["Generation"]):
    def visible_to(self, user: User) -> Self:
        """One's own, and those of the teams where one moderates or administers."""
        moderated = user.memberships.filter(role__in=Membership.MODERATING)
        return self.filter(Q(requested_by=user) | Q(team__in=moderated.values("team")))

    def in_team(self, team: Team) -> Self:
        return self.filter(team=team)

    def due(self, now: datetime.datetime) -> Self:
        return self.filter(
            status=Generation.Status.QUEUED, send_after__lte=now
        ).order_by("send_after", "pk")

    def stuck(self, now: datetime.datetime) -> Self:
        """Sent by a process that never came back: nobody knows whether it was paid."""
        return self.filter(
            status=Generation.Status.SUBMITTING,
            submitting_at__lt=now - Generation.STUCK_AFTER,
        )

    def with_cards(self) -> Self:
        """All that a card shows, in a fixed number of queries."""
        return self.select_related("requested_by", "account").prefetch_related(
            "tasks", "artworks"
        )


class Generation(Advancing):
    """One thing a member asked for: one operation, one prompt, one paid call.

    queued ─→ submitting ─→ running ─→ done | failed | cancelled
       │          ├─→ queued (unavailable: nothing happened there)
       │          ├─→ refused (a clear no; released)
       │          └─→ uncertain (the answer never came; never sent again)
       └─→ cancelled | failed (waited too long)
    """

    class Status(models.TextChoices):
        QUEUED = "queued", _("queued here")
        SUBMITTING = "submitting", _("sending")
        RUNNING = "running", _("at the gateway")
        DONE = "done", _("done")
        REFUSED = "refused", _("refused")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")
        UNCERTAIN = "uncertain", _("uncertain")

    TERMINAL: ClassVar = (Status.DONE, Status.REFUSED, Status.FAILED, Status.CANCELLED)
    MOVING: ClassVar = (Status.QUEUED, Status.SUBMITTING, Status.RUNNING)
    STUCK_AFTER = datetime.timedelta(seconds=120)

    team = models.ForeignKey(Team, models.PROTECT, related_name="generations")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="generations"
    )
    account = models.ForeignKey(
        GatewayAccount, models.PROTECT, related_name="generations"
    )
    operation = models.CharField(max_length=40)
    prompt = models.TextField()
    parameters = models.JSONField(default=dict)
    pictures = models.PositiveIntegerField(default=1)
    width = models.PositiveIntegerField(default=1)
    height = models.PositiveIntegerField(default=1)
    model = models.CharField(max_length=80, blank=True)
    # Made with the form; a double click or a reload brings the same one again.
    submit_key = models.UUIDField()
    callback_token = models.CharField(max_length=64, unique=True, default=new_token)

    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    version = models.PositiveIntegerField(default=1)
    is_storing = models.BooleanField(default=False)
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
                fields=["send_after", "id"],
                condition=Q(status="queued"),
                name="generations_to_send",
            ),
            models.Index(
                fields=["submitting_at"],
                condition=Q(status="submitting"),
                name="generations_being_sent",
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
        """Whether the card may still change by itself."""
        return self.status in self.MOVING or self.is_storing

    @property
    def reference(self) -> str:
        return f"generation:{self.pk}"


class ProviderTaskQuerySet(models.QuerySet["ProviderTask"]):
    def due(self, now: datetime.datetime) -> Self:
        """The queue of the poll: whatever the row itself says is to be looked at."""
        return self.filter(poll_after__lte=now).order_by("poll_after", "pk")


class ProviderTask(Advancing):
    """One key that the provider gave back: polled until its cost is final.

    queued ─→ drawing ─→ succeeded | failed | cancelled
       └──────────┴────→ overdue (no sign of progress; asked rarely) ─→ any of these
    """

    class Status(models.TextChoices):
        QUEUED = "queued", _("queued there")
        DRAWING = "drawing", _("drawing")
        OVERDUE = "overdue", _("overdue")
        SUCCEEDED = "succeeded", _("succeeded")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    OPEN: ClassVar = (Status.QUEUED, Status.DRAWING, Status.OVERDUE)
    TERMINAL: ClassVar = (Status.SUCCEEDED, Status.FAILED, Status.CANCELLED)

    generation = models.ForeignKey(Generation, models.PROTECT, related_name="tasks")
    account = models.ForeignKey(GatewayAccount, models.PROTECT, related_name="tasks")
    key = models.CharField(max_length=100)
    position = models.PositiveIntegerField(default=0)
    status = models.CharField(max_length=9, choices=Status, default=Status.QUEUED)

    percent = models.FloatField(null=True, blank=True)
    ahead = models.PositiveIntegerField(null=True, blank=True)
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
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    #: Set while an answer is booked: whether a card has something new to draw.
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
            )
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def reference(self) -> str:
        return f"task:{self.pk}"

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN


class ArtworkQuerySet(models.QuerySet["Artwork"]):
    def visible_to(self, user: User) -> Self:
        """Released, in a team of theirs: nobody sees a held picture outside review."""
        teams = user.memberships.values("team")
        return self.filter(moderation=Artwork.Moderation.RELEASED, team__in=teams)

    def reviewable_by(self, user: User) -> Self:
        moderated = user.memberships.filter(role__in=Membership.MODERATING)
        return self.filter(team__in=moderated.values("team"), stored_at__isnull=False)

    def in_team(self, team: Team) -> Self:
        return self.filter(team=team)

    def pending(self) -> Self:
        """Stored, and not judged by the rules yet."""
        return self.filter(
            moderation=Artwork.Moderation.PENDING, stored_at__isnull=False
        )

    def held(self) -> Self:
        return self.filter(moderation=Artwork.Moderation.HELD)

    def unstored(self, now: datetime.datetime) -> Self:
        return self.filter(fetch_after__lte=now).order_by("fetch_after", "pk")


class Artwork(models.Model):
    """One picture that came of a provider task: archived by us, moderated by people.

    moderation: pending ─→ released | held      (by rule, once it is stored)
                held ─→ released | rejected     (by a person)
                released ─→ rejected            (taken down)
    """

    class Moderation(models.TextChoices):
        PENDING = "pending", _("not judged yet")
        HELD = "held", _("held for review")
        RELEASED = "released", _("released")
        REJECTED = "rejected", _("not released")

    class VerdictChoice(models.TextChoices):
        PASS = Verdict.PASS.value, _("pass")
        REVIEW = Verdict.REVIEW.value, _("review")
        BLOCK = Verdict.BLOCK.value, _("block")
        MISSING = Verdict.MISSING.value, _("no audit")

    task = models.ForeignKey(ProviderTask, models.PROTECT, related_name="artworks")
    generation = models.ForeignKey(Generation, models.PROTECT, related_name="artworks")
    team = models.ForeignKey(Team, models.PROTECT, related_name="artworks")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="artworks"
    )
    position = models.PositiveIntegerField(default=0)
    source_url = models.TextField()

    moderation = models.CharField(
        max_length=8, choices=Moderation, default=Moderation.PENDING
    )
    moderated_at = models.DateTimeField(null=True, blank=True)
    verdict = models.CharField(
        max_length=7, choices=VerdictChoice, default=VerdictChoice.MISSING
    )
    is_check_failed = models.BooleanField(default=False)
    is_offending = models.BooleanField(default=False)
    labels = models.JSONField(default=list, blank=True)

    sha256 = models.CharField(max_length=64, blank=True)
    content_type = models.CharField(max_length=40, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)

    fetch_after = models.DateTimeField(null=True, blank=True)
    fetch_attempts = models.PositiveIntegerField(default=0)
    fetch_error = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    stored_at = models.DateTimeField(null=True, blank=True)

    objects = ArtworkQuerySet.as_manager()

    class Meta:
        verbose_name = _("artwork")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["task", "position"], name="one_artwork_a_position"
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["fetch_after", "id"],
                condition=Q(fetch_after__isnull=False),
                name="artworks_to_fetch",
            ),
            models.Index(
                fields=["id"],
                condition=Q(moderation="pending", stored_at__isnull=False),
                name="artworks_to_screen",
            ),
            models.Index(
                fields=["team", "created_at", "id"],
                condition=Q(moderation="held"),
                name="artworks_to_review",
            ),
            models.Index(
                fields=["team", "-created_at", "-id"],
                condition=Q(moderation="released"),
                name="artworks_released",
            ),
            models.Index(fields=["sha256"], name="artworks_of_the_same_bytes"),
        ]

    def __str__(self) -> str:
        return f"artwork {self.pk}"

    @property
    def aspect_ratio(self) -> float:
        return self.width / self.height if self.height else 1.0

    def moderate(self, to: str, now: datetime.datetime) -> bool:
        """Compare-and-set on the moderation state this object was read with.

        Call inside a transaction, together with the decision that says why.
        """
        moved = Artwork.objects.filter(pk=self.pk, moderation=self.moderation).update(
            moderation=to, moderated_at=now
        )
        if moved:
            self.moderation, self.moderated_at = to, now
            siblings = Artwork.objects.filter(generation=self.generation_id)
            pending = siblings.filter(moderation=Artwork.Moderation.PENDING)
            Generation.objects.filter(pk=self.generation_id).update(
                version=F("version") + 1, is_storing=pending.exists()
            )
        return bool(moved)


class Callback(models.Model):
    """What came in at a generation's own address, as it came. It proves nothing."""

    generation = models.ForeignKey(Generation, models.CASCADE, related_name="callbacks")
    body = models.BinaryField()
    headers = models.JSONField(default=dict)
    received_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("callback")

    def __str__(self) -> str:
        return f"callback {self.pk}"


class Lease(models.Model):
    """Who may do what only one may do at a time, and until when."""

    name = models.CharField(max_length=20, primary_key=True)
    holder = models.CharField(max_length=60)
    until = models.DateTimeField()
    renewed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} · {self.holder}"

    @classmethod
    def take(cls, name: str, holder: str, seconds: float) -> bool:
        """Take it if it is free, run out, or ours: one conditional update decides."""
        now = timezone.now()
        until = now + datetime.timedelta(seconds=seconds)
        free = Q(until__lt=now) | Q(holder=holder)
        row = {"holder": holder, "until": until, "renewed_at": now}
        if cls.objects.filter(free, name=name).update(**row):
            return True
        if cls.objects.filter(name=name).exists():
            return False
        return cls.objects.get_or_create(name=name, defaults=row)[1]

    @classmethod
    def give_back(cls, name: str, holder: str) -> None:
        cls.objects.filter(name=name, holder=holder).update(until=timezone.now())


TASK_STATUS = {
    State.QUEUED: ProviderTask.Status.QUEUED,
    State.DRAWING: ProviderTask.Status.DRAWING,
    State.SUCCEEDED: ProviderTask.Status.SUCCEEDED,
    State.FAILED: ProviderTask.Status.FAILED,
    State.CANCELLED: ProviderTask.Status.CANCELLED,
}
