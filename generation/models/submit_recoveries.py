"""Searches for lost submits; keys that match no generation."""

import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gateways.models.gateway_account import GatewayAccount
from gateways.providers.base import Fingerprint
from generation.models.generations import Generation
from generation.models.provider_tasks import ProviderTask


class SubmitRecoveryQuerySet(models.QuerySet["SubmitRecovery"]):
    def due(self, now: datetime.datetime) -> Self:
        return self.filter(look_after__lte=now).order_by("look_after", "pk")


class SubmitRecovery(models.Model):
    """``look_after``: next round; empty once the search has ended."""

    generation = models.OneToOneField(
        Generation, models.PROTECT, related_name="submit_recovery"
    )
    begun_at = models.DateTimeField(default=timezone.now)
    look_after = models.DateTimeField(null=True, blank=True)
    # Readings of the history: number, last time, last error.
    looks = models.PositiveIntegerField(default=0)
    looked_at = models.DateTimeField(null=True, blank=True)
    failure_code = models.CharField(max_length=40, blank=True)
    failure_message = models.TextField(blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="closed_recoveries",
    )
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = SubmitRecoveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("submit recovery")
        indexes: ClassVar = [
            models.Index(
                fields=["look_after", "id"],
                condition=Q(look_after__isnull=False),
                name="submit_recoveries_due",
            )
        ]

    def __str__(self) -> str:
        return f"submit recovery {self.pk}"


class UnmatchedKeyQuerySet(models.QuerySet["UnmatchedKey"]):
    def unclaimed(self) -> Self:
        """No provider task's key, not booked in a reconciliation."""
        same = {"account": OuterRef("account"), "key": OuterRef("key")}
        taken = ProviderTask.objects.filter(**same)
        return self.filter(~Exists(taken), is_booked=False)


class UnmatchedKey(models.Model):
    """A key of no generation that a gateway listed or called back about.

    Its trace is requested once, for all recoveries of the account.
    """

    account = models.ForeignKey(
        GatewayAccount, models.CASCADE, related_name="unmatched_keys"
    )
    key = models.CharField(max_length=100)
    is_asked = models.BooleanField(default=False)
    # In the history; else only a callback named it.
    is_listed = models.BooleanField(default=False)
    # By an admin (`reconciliation.resolution`): not adopted.
    is_booked = models.BooleanField(default=False)
    prompt = models.TextField(blank=True)
    model = models.CharField(max_length=40, blank=True)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    seed = models.CharField(max_length=40, blank=True)
    made_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(default=timezone.now)

    objects = UnmatchedKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("unmatched key")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "key"], name="one_unmatched_key")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["account", "id"],
                condition=Q(is_asked=False),
                name="unmatched_keys_to_ask",
            ),
            models.Index(fields=["account", "made_at"], name="unmatched_keys_by_time"),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def fingerprint(self) -> Fingerprint:
        return Fingerprint(self.prompt, self.model, self.width, self.height, self.seed)
