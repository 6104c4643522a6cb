"""Prices that gateways named last."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from spend.units import Unit


class KnownPrice(models.Model):
    """``key``: hash of provider and priced fields (`gateways.quotes`)."""

    key = models.CharField(max_length=64, unique=True)
    cost = models.PositiveBigIntegerField()
    unit = models.CharField(max_length=8, choices=Unit)
    told_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("known price")

    def __str__(self) -> str:
        return f"{self.cost} {self.unit}"
