"""Gateways' notices of their own faults."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gateways.models.gateway_account import GatewayAccount


class FaultNotice(models.Model):
    """Without repetitions. Nobody proves the sender: a notice stops nothing."""

    account = models.ForeignKey(
        GatewayAccount, models.CASCADE, related_name="fault_notices"
    )
    service = models.CharField(max_length=80)
    status = models.CharField(max_length=40)
    told_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("fault notice")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["account", "service", "status", "told_at"],
                name="one_notice_a_moment",
            )
        ]

    def __str__(self) -> str:
        return f"{self.service} {self.status}"
