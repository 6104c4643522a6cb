"""Closed months, conversion rates, refund rule."""

from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Team
from log.models import AppendOnly, AppendOnlyQuerySet
from spend.units import Unit


class ClosedMonth(AppendOnly):
    """The database refuses the team's transfers in this month.

    ``start``, ``end``: first, last day. ``statement``: balances and totals at closing,
    per purse (`spend.month_closing`).
    """

    is_logged = True

    team = models.ForeignKey(Team, models.PROTECT, related_name="closed_months")
    start = models.DateField()
    end = models.DateField()
    statement = models.JSONField()
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="closed_months"
    )
    closed_at = models.DateTimeField(default=timezone.now)

    objects = AppendOnlyQuerySet["ClosedMonth"].as_manager()

    class Meta:
        verbose_name = _("closed month")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["team", "start"], name="a_month_closes_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.team} · {self.start:%Y-%m}"


class Rate(models.Model):
    """Integrals per image or second, for display: no transfer uses it."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="rates")
    unit = models.CharField(max_length=8, choices=Unit)
    integrals = models.DecimalField(max_digits=12, decimal_places=3)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["team", "unit"], name="one_rate_a_unit")
        ]

    def __str__(self) -> str:
        return f"{self.team} · {self.unit} · {self.integrals}"


class SpendRule(models.Model):
    """How the cost of a rejected picture is booked; when a large request asks."""

    ASK_ABOVE_PERCENT: ClassVar = 25

    class Rejection(models.TextChoices):
        KEEP = "keep", _("It stays spent")
        WRITE_OFF = "write_off", _("It is written off")
        REFUND = "refund", _("It is refunded, where the gateway refunds")

    team = models.OneToOneField(Team, models.CASCADE, related_name="spend_rule")
    rejection = models.CharField(
        max_length=9, choices=Rejection, default=Rejection.KEEP
    )
    # Of what is left (`spend.large_requests`).
    ask_above_percent = models.PositiveSmallIntegerField(
        default=ASK_ABOVE_PERCENT, validators=[MaxValueValidator(100)]
    )

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ask_above_percent__lte=100), name="a_percentage_asks"
            )
        ]

    def __str__(self) -> str:
        return f"{self.team} · {self.rejection}"
