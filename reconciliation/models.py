"""Reconciliation runs, history lines, differences."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Team
from gateways.models.gateway_account import GatewayAccount
from generation.models.provider_tasks import ProviderTask
from generation.models.status import StatusModel
from log.models import AppendOnly, AppendOnlyQuerySet
from spend.units import Unit


class ReconciliationQuerySet(models.QuerySet["Reconciliation"]):
    def finished(self) -> Self:
        return self.filter(status=Reconciliation.Status.DONE)

    def running(self) -> Self:
        return self.filter(status=Reconciliation.Status.RUNNING)


class Reconciliation(StatusModel):
    """One account's run, resumable after each turn.

    running ─→ done | failed
    """

    class Status(models.TextChoices):
        RUNNING = "running", _("running")
        DONE = "done", _("finished")
        FAILED = "failed", _("given up")

    class Step(models.TextChoices):
        BALANCE = "balance", _("reading the balance")
        LIST = "list", _("reading the history")
        COSTS = "costs", _("asking what each key cost")
        COMPARE = "compare", _("comparing key by key")
        MISSING = "missing", _("looking for keys that are not there")
        FINISH = "finish", _("comparing the balance")

    account = models.ForeignKey(
        GatewayAccount, models.PROTECT, related_name="reconciliations"
    )
    # NULL: the schedule.
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="reconciliations",
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.RUNNING)
    window_start = models.DateTimeField()
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    # Position; ``turn``: the compare-and-set counter.
    turn = models.PositiveIntegerField(default=0)
    step = models.CharField(max_length=10, choices=Step, default=Step.BALANCE)
    kind = models.PositiveSmallIntegerField(default=0)
    reading = models.PositiveSmallIntegerField(default=1)
    cursor = models.BigIntegerField(default=0)
    requests = models.PositiveIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    failure_message = models.TextField(blank=True)
    resume_after = models.DateTimeField(default=timezone.now)

    # ``is_complete``: every page of the history was read.
    is_complete = models.BooleanField(default=True)
    listed = models.PositiveIntegerField(default=0)
    asked = models.PositiveIntegerField(default=0)
    compared = models.PositiveIntegerField(default=0)
    matched = models.PositiveIntegerField(default=0)
    waiting = models.PositiveIntegerField(default=0)
    found = models.PositiveIntegerField(default=0)

    # Amounts in the account's unit. ``charged``: all costs ever told. ``elsewhere``:
    # costs of operations that the history never lists. Bounds of the unexplained
    # amount: ``held`` for work in progress, ``late`` for charges after the balance was
    # read, ``slack_…`` for charges before the baseline or listed twice.
    baseline = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="followers"
    )
    balance = models.BigIntegerField(null=True, blank=True)
    balance_at = models.DateTimeField(null=True, blank=True)
    charged = models.BigIntegerField(default=0)
    elsewhere = models.BigIntegerField(default=0)
    held = models.BigIntegerField(default=0)
    late = models.BigIntegerField(default=0)
    slack_low = models.BigIntegerField(default=0)
    slack_high = models.BigIntegerField(default=0)
    # Keys without a task were in progress, at unknown cost.
    has_strangers = models.BooleanField(default=False)
    unexplained = models.BigIntegerField(null=True, blank=True)

    objects = ReconciliationQuerySet.as_manager()

    class Meta:
        verbose_name = _("reconciliation")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["account"],
                condition=Q(status="running"),
                name="one_reconciliation_at_a_time",
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["account", "-created_at"], name="reconciliations_newest_first"
            )
        ]

    def __str__(self) -> str:
        return f"reconciliation {self.pk}"

    @property
    def is_running(self) -> bool:
        return self.status == self.Status.RUNNING


class HistoryLine(models.Model):
    """One key of a gateway's history, as last listed."""

    account = models.ForeignKey(GatewayAccount, models.CASCADE, related_name="lines")
    key = models.CharField(max_length=100)
    kind = models.CharField(max_length=20)
    first_run = models.ForeignKey(
        Reconciliation, models.PROTECT, related_name="first_lines"
    )
    last_run = models.ForeignKey(Reconciliation, models.PROTECT, related_name="lines")
    asked_run = models.ForeignKey(
        Reconciliation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="asked_lines",
    )
    seen_at = models.DateTimeField(default=timezone.now)
    # In the run's last reading; ``total``: length of the list then.
    reading = models.PositiveSmallIntegerField()
    position = models.PositiveIntegerField()
    total = models.PositiveIntegerField(null=True, blank=True)
    # Listed again in the same run, the list unmoved: a duplicate.
    second_position = models.PositiveIntegerField(null=True, blank=True)
    cost = models.BigIntegerField(null=True, blank=True)
    cost_state = models.CharField(max_length=8, blank=True)
    charged_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "key"], name="one_line_a_key")
        ]
        indexes: ClassVar = [models.Index(fields=["last_run", "id"], name="run_lines")]

    def __str__(self) -> str:
        return self.key


class DifferenceQuerySet(models.QuerySet["Difference"]):
    def open(self) -> Self:
        return self.filter(status=Difference.Status.OPEN)


class Difference(StatusModel):
    """A key or balance on which the books disagree; only its status changes.

    open ⇄ closed
    """

    class Status(models.TextChoices):
        OPEN = "open", _("open")
        CLOSED = "closed", _("closed")

    class Kind(models.TextChoices):
        MISSING_HERE = "missing_here", _("missing here")
        MISSING_THERE = "missing_there", _("missing there")
        AMOUNT = "amount", _("another amount")
        DUPLICATE = "duplicate", _("listed twice")
        LATE = "late", _("listed late")
        BALANCE = "balance", _("unexplained balance change")

    account = models.ForeignKey(
        GatewayAccount, models.PROTECT, related_name="differences"
    )
    run = models.ForeignKey(Reconciliation, models.PROTECT, related_name="differences")
    kind = models.CharField(max_length=13, choices=Kind)
    # Kind and subject.
    identity = models.CharField(max_length=160)
    key = models.CharField(max_length=100, blank=True)
    task = models.ForeignKey(
        ProviderTask,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="differences",
    )
    team = models.ForeignKey(
        Team, models.PROTECT, null=True, blank=True, related_name="differences"
    )
    unit = models.CharField(max_length=8, choices=Unit)
    # In ``unit``. Cost by our transfers and by the gateway; NULL: none told.
    here = models.BigIntegerField(null=True, blank=True)
    there = models.BigIntegerField(null=True, blank=True)
    # In ``unit``: charged beyond our transfers; negative: less.
    amount = models.BigIntegerField(default=0)
    evidence = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)

    objects = DifferenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("difference")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["account", "identity"], name="one_row_a_difference"
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["status", "-created_at", "-id"], name="differences_newest"
            ),
            models.Index(fields=["account", "key"], name="differences_of_a_key"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}".strip()

    @property
    def reference(self) -> str:
        """Of the transfer that closes it."""
        return f"difference:{self.pk}"

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.OPEN


class DifferenceStep(AppendOnly):
    """A closing or reopening."""

    is_logged = True

    class Action(models.TextChoices):
        EXPLAIN = "explain", _("closed by an explanation")
        TRANSFER = "transfer", _("closed by a transfer")
        REOPEN = "reopen", _("opened again")
        AGREE = "agree", _("closed by itself: both books agree now")
        REPLACE = "replace", _("closed by itself: a later one says more")

    difference = models.ForeignKey(Difference, models.PROTECT, related_name="steps")
    action = models.CharField(max_length=8, choices=Action)
    # NULL: a later run, its id in ``note``.
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="difference_steps",
    )
    note = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = AppendOnlyQuerySet["DifferenceStep"].as_manager()

    class Meta:
        verbose_name = _("step of a difference")

    def __str__(self) -> str:
        return f"{self.action} {self.difference_id}"
