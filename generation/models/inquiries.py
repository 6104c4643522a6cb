"""What is done to find out what became of a submit whose answer never came."""

import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gateways.models.accounts import GatewayAccount
from gateways.providers.base import Fingerprint
from generation.models.generations import Generation
from generation.models.tasks import ProviderTask


class InquiryQuerySet(models.QuerySet["Inquiry"]):
    def due(self, now: datetime.datetime) -> Self:
        return self.filter(look_after__lte=now).order_by("look_after", "pk")


class Inquiry(models.Model):
    """One uncertain generation: looked for by the pump, closed by a person if need be.

    ``look_after`` is empty once nobody but a person can find out.
    """

    generation = models.OneToOneField(
        Generation, models.PROTECT, related_name="inquiry"
    )
    begun_at = models.DateTimeField(default=timezone.now)
    look_after = models.DateTimeField(null=True, blank=True)
    # How often the gateway's history was read, when last, and why it could not be.
    looks = models.PositiveIntegerField(default=0)
    looked_at = models.DateTimeField(null=True, blank=True)
    failure_code = models.CharField(max_length=40, blank=True)
    failure_message = models.TextField(blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="closed_inquiries",
    )
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = InquiryQuerySet.as_manager()

    class Meta:
        verbose_name = _("inquiry")
        indexes: ClassVar = [
            models.Index(
                fields=["look_after", "id"],
                condition=Q(look_after__isnull=False),
                name="inquiries_to_make",
            )
        ]

    def __str__(self) -> str:
        return f"inquiry {self.pk}"


class UnmatchedKeyQuerySet(models.QuerySet["UnmatchedKey"]):
    def unclaimed(self) -> Self:
        """Keys of no provider task, and not booked by a reconciliation either."""
        same = {"account": OuterRef("account"), "key": OuterRef("key")}
        taken = ProviderTask.objects.filter(**same)
        return self.filter(~Exists(taken), is_booked=False)


class UnmatchedKey(models.Model):
    """A key that a gateway listed, or called about, and that no generation had.

    It is asked about once, for all inquiries of its account together.
    """

    account = models.ForeignKey(
        GatewayAccount, models.CASCADE, related_name="unmatched_keys"
    )
    key = models.CharField(max_length=100)
    is_asked = models.BooleanField(default=False)
    # An admin booked its cost by hand (`reconciliation.resolution`): nobody adopts it.
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
