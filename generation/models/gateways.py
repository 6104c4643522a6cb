"""Accounts at gateways, and what each gateway lists."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from spend.models import Unit


class GatewayAccount(models.Model):
    """One account at a gateway. Its credentials are in the environment, not here."""

    provider = models.CharField(max_length=20)
    app_id = models.CharField(max_length=100)
    is_sandbox = models.BooleanField(default=False)
    unit = models.CharField(max_length=8, choices=Unit)
    balance = models.BigIntegerField(null=True, blank=True)
    # What it said; and a code for what that means, where there is one.
    trouble = models.TextField(blank=True)
    trouble_code = models.CharField(max_length=40, blank=True)
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
