"""Accounts at gateways, what each gateway lists, and who changed what of an account."""

import datetime
from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from spend import purses
from spend.units import Unit


class GatewayAccount(models.Model):
    """One account at a gateway. Its credentials are in the environment, not here.

    sending: active ⇄ paused (by a person, or by what the gateway said)
             active | paused ⇄ draining (by a person: nothing new is sent there)

    Polls and downloads go on in all three. Apart from that an account is left alone
    until ``quiet_until``: the gateway asked for it, or the breaker is open (then
    ``tripped_at`` says since when, and one probe at a time goes there after it).
    """

    class Sending(models.TextChoices):
        ACTIVE = "active", _("in use")
        DRAINING = "draining", _("draining")
        PAUSED = "paused", _("paused")

    provider = models.CharField(max_length=20)
    app_id = models.CharField(max_length=100)
    is_sandbox = models.BooleanField(default=False)
    unit = models.CharField(max_length=8, choices=Unit)
    balance = models.BigIntegerField(null=True, blank=True)
    # Admins are told when less than this is left; empty: they are not.
    alert_below = models.PositiveBigIntegerField(null=True, blank=True)
    # What it said; and a code for what that means, where there is one.
    trouble = models.TextField(blank=True)
    trouble_code = models.CharField(max_length=40, blank=True)
    trouble_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    # Its share beside the gateway's other accounts; 0: nothing is sent there.
    weight = models.PositiveSmallIntegerField(
        _("weight"),
        default=1,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    # Pictures open there at a time, and requests a second; empty: no limit we know.
    most_open = models.PositiveIntegerField(
        _("pictures at a time"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(100_000)],
    )
    most_a_second = models.PositiveIntegerField(
        _("requests a second"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(1_000)],
    )

    sending = models.CharField(max_length=8, choices=Sending, default=Sending.ACTIVE)
    # The gateway's code for why; empty where a person did it.
    paused_code = models.CharField(max_length=40, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    paused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="paused_accounts",
    )
    # From then on one generation at a time finds out whether it is over.
    resume_after = models.DateTimeField(null=True, blank=True)
    # The lowest balance seen since the pause: it is over once there is more.
    paused_balance = models.BigIntegerField(null=True, blank=True)

    quiet_until = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    trips = models.PositiveIntegerField(default=0)
    tripped_at = models.DateTimeField(null=True, blank=True)
    # Requests of people who wait, so far: the pump makes up for them (see `traffic`).
    asked_beside = models.PositiveBigIntegerField(default=0)
    # The latest turn that was sent there (see Generation.turn).
    turn = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name = _("gateway account")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["provider", "app_id"], name="one_account_an_app_id"
            )
        ]

    def __str__(self) -> str:
        return self.provider

    @property
    def purse(self) -> str:
        """Whose purse pays for what is drawn there, as the books name it."""
        return purses.key(self.provider, is_sandbox=self.is_sandbox)

    @property
    def full_name(self) -> str:
        """Which of the gateway's accounts, for admins and logs."""
        return f"{self.provider} · {self.app_id}"

    @property
    def is_well(self) -> bool:
        """In use, and nothing to say of it."""
        is_active = self.sending == self.Sending.ACTIVE
        return is_active and not self.trouble and self.tripped_at is None

    def is_quiet(self, now: datetime.datetime) -> bool:
        return self.quiet_until is not None and self.quiet_until > now

    def is_free(self, now: datetime.datetime) -> bool:
        """Whether new work may go there, as far as its own state tells."""
        is_active = self.sending == self.Sending.ACTIVE and self.weight > 0
        return is_active and self.tripped_at is None and not self.is_quiet(now)


class AccountChange(models.Model):
    """Who changed what of an account, append-only; nobody: the portal itself did."""

    account = models.ForeignKey(GatewayAccount, models.CASCADE, related_name="changes")
    field = models.CharField(max_length=20)
    before = models.CharField(max_length=40, blank=True)
    after = models.CharField(max_length=40, blank=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="account_changes",
    )
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("change of an account")

    def __str__(self) -> str:
        return f"{self.field}: {self.before} → {self.after}"


class CatalogueEntry(models.Model):
    """What a gateway lists, as last read: its models, and what each model offers."""

    class Kind(models.TextChoices):
        MODELS = "models", _("models")
        RESOURCES = "resources", _("resources of a model")
        LIST = "list", _("list of the account")

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
