"""Money: ledger accounts, the transfers between them, and budgets.

Amounts are whole numbers of one unit: integrals (积分) at Wujie, images at Jumdata.
A balance is the sum of its transfers, kept beside as a counter in the same
transaction. Transfers are append-only: the model refuses to change or delete one.
"""

import datetime
from typing import Any, ClassVar, Never, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Team, User


class Unit(models.TextChoices):
    INTEGRAL = "integral", _("integrals")
    IMAGE = "image", _("images")


class LedgerAccount(models.Model):
    """One purse of a team in one unit. ``allocation`` feeds all: it is below zero."""

    class Kind(models.TextChoices):
        ALLOCATION = "allocation", _("allocation")
        AVAILABLE = "available", _("available")
        RESERVED = "reserved", _("reserved")
        SPENT = "spent", _("spent")
        WRITTEN_OFF = "written_off", _("written off")

    team = models.ForeignKey(Team, models.PROTECT, related_name="ledger_accounts")
    unit = models.CharField(max_length=8, choices=Unit)
    kind = models.CharField(max_length=12, choices=Kind)
    balance = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("ledger account")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["team", "unit", "kind"], name="one_account_of_a_kind"
            )
        ]

    def __str__(self) -> str:
        return f"{self.team} · {self.kind} · {self.unit}"


class TransferQuerySet(models.QuerySet["Transfer"]):
    def in_team(self, team: Team) -> Self:
        return self.filter(team=team)

    def visible_to(self, user: User) -> Self:
        """Admins see their team's movements, everyone else their own."""
        administered = user.memberships.filter(role="admin").values("team")
        return self.filter(Q(team__in=administered) | Q(user=user))

    def of_spending(self) -> Self:
        """What changes the sum spent: settlements, and refunds against them."""
        return self.filter(
            kind__in=(
                Transfer.Kind.SETTLE,
                Transfer.Kind.SETTLE_MORE,
                Transfer.Kind.REFUND,
            )
        )

    def update(self, **_: Any) -> Never:
        raise TransferIsFinal

    def delete(self) -> Never:
        raise TransferIsFinal


class TransferIsFinal(TypeError):
    """The books are append-only: a mistake is corrected by another transfer."""


class Transfer(models.Model):
    """One movement between two ledger accounts, with what reports need beside it.

    ``reference`` names what it is for (``generation:7``, ``task:12``); together with
    ``kind`` it is unique, so that nothing is charged or released twice.
    """

    class Kind(models.TextChoices):
        ALLOCATE = "allocate", _("allocated")
        RESERVE = "reserve", _("reserved")
        RESERVE_MORE = "reserve_more", _("reserved in addition")
        SETTLE = "settle", _("spent")
        SETTLE_MORE = "settle_more", _("spent above the reservation")
        RELEASE = "release", pgettext_lazy("movement", "released")
        REFUND = "refund", _("refunded")
        WRITE_OFF = "write_off", _("written off")

    kind = models.CharField(max_length=12, choices=Kind)
    reference = models.CharField(max_length=60)
    amount = models.PositiveBigIntegerField()
    unit = models.CharField(max_length=8, choices=Unit)
    source = models.ForeignKey(LedgerAccount, models.PROTECT, related_name="outgoing")
    destination = models.ForeignKey(
        LedgerAccount, models.PROTECT, related_name="incoming"
    )
    team = models.ForeignKey(Team, models.PROTECT, related_name="transfers")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="transfers",
    )
    generation = models.BigIntegerField(null=True, blank=True)
    provider = models.CharField(max_length=20, blank=True)
    operation = models.CharField(max_length=40, blank=True)
    model = models.CharField(max_length=80, blank=True)
    note = models.CharField(max_length=200, blank=True)
    day = models.DateField()
    created_at = models.DateTimeField(default=timezone.now)

    objects = TransferQuerySet.as_manager()

    class Meta:
        verbose_name = _("transfer")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["reference", "kind"], name="one_transfer_of_a_kind"
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0), name="a_transfer_moves_something"
            ),
            models.CheckConstraint(
                condition=~Q(source=F("destination")), name="a_transfer_goes_somewhere"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["team", "day", "kind"], name="transfers_of_a_day"),
            models.Index(
                fields=["team", "-created_at", "-id"], name="transfers_newest_first"
            ),
            models.Index(fields=["generation"], name="transfers_of_a_generation"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount} · {self.reference}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TransferIsFinal
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Never:
        raise TransferIsFinal


class Budget(models.Model):
    """A hard monthly limit for a team, or for one person in it."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="budgets")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="budgets",
    )
    unit = models.CharField(max_length=8, choices=Unit, default=Unit.INTEGRAL)
    limit = models.PositiveBigIntegerField(_("limit a month"))

    class Meta:
        verbose_name = _("budget")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["team", "user", "unit"], name="one_budget_a_person"
            ),
            models.UniqueConstraint(
                fields=["team", "unit"],
                condition=Q(user=None),
                name="one_budget_a_team",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user or self.team} · {self.limit} {self.unit}"


class BudgetMonth(models.Model):
    """How much of a budget one month took: reserved, spent and written off together."""

    budget = models.ForeignKey(Budget, models.CASCADE, related_name="months")
    month = models.DateField()
    used = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["budget", "month"], name="one_counter_a_month"
            )
        ]

    def __str__(self) -> str:
        return f"{self.budget} · {self.month:%Y-%m} · {self.used}"


def first_of_month(day: datetime.date) -> datetime.date:
    return day.replace(day=1)
