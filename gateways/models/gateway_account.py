"""Accounts at gateways, changes by admins, and lists read from gateways."""

import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gateways.models.account_health import AccountHealth
from log.models import AppendOnly, AppendOnlyQuerySet
from spend import purses
from spend.units import Unit


class GatewayAccountManager(models.Manager["GatewayAccount"]):
    """Reads an account with its health, in one statement.

    Compare-and-set then compares with the state read first.
    """

    def get_queryset(self) -> models.QuerySet["GatewayAccount"]:
        return super().get_queryset().select_related("health")


class GatewayAccount(models.Model):
    """Identity, limits, scheduling counters; credentials are in the environment.

    ``turn`` and ``asked_beside`` only rise; a claim writes ``turn`` under this row's
    lock.
    """

    provider = models.CharField(max_length=20)
    app_id = models.CharField(max_length=100)
    is_sandbox = models.BooleanField(default=False)
    unit = models.CharField(max_length=8, choices=Unit)
    health = models.OneToOneField(AccountHealth, models.PROTECT, related_name="account")
    balance = models.BigIntegerField(null=True, blank=True)
    # Admins are alerted below; empty: no alert.
    alert_below = models.PositiveBigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    # Share of the provider's queue relative to its other accounts; 0: no new work.
    weight = models.PositiveSmallIntegerField(
        _("weight"),
        default=1,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    # The gateway's limits; empty: unknown.
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

    # Requests that bypassed the pump's rate limit (`account_load.Bucket`).
    asked_beside = models.PositiveBigIntegerField(default=0)
    # The latest turn sent (`Generation.turn`).
    turn = models.PositiveBigIntegerField(default=0)

    objects = GatewayAccountManager()

    class Meta:
        verbose_name = _("gateway account")
        base_manager_name = "objects"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["provider", "app_id"], name="one_account_an_app_id"
            )
        ]

    def __str__(self) -> str:
        return self.provider

    def save(self, *args: Any, **kwargs: Any) -> None:
        """The database takes no account without health."""
        if self._state.adding and self.health_id is None:
            with transaction.atomic():
                self.health = AccountHealth.objects.create()
                super().save(*args, **kwargs)
        else:
            super().save(*args, **kwargs)

    @property
    def purse(self) -> str:
        """The purse that pays, as the ledger names it."""
        return purses.key(self.provider, is_sandbox=self.is_sandbox)

    @property
    def full_name(self) -> str:
        """For admins and logs."""
        return f"{self.provider} · {self.app_id}"

    def is_free(self, now: datetime.datetime) -> bool:
        """Whether the account takes new work, its room left aside."""
        return self.weight > 0 and self.health.is_free(now)


class AccountChange(AppendOnly):
    """One changed field. Without a person: the portal."""

    account = models.ForeignKey(GatewayAccount, models.PROTECT, related_name="changes")
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

    objects = AppendOnlyQuerySet["AccountChange"].as_manager()

    class Meta:
        verbose_name = _("change of an account")

    def __str__(self) -> str:
        return f"{self.field}: {self.before} → {self.after}"


class CatalogueEntry(models.Model):
    """One list as last read from a gateway."""

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
