"""Ledger accounts, transfers, daily sums.

A balance sums its transfers, in their transaction.
"""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Team, User
from log.models import AppendOnly, AppendOnlyQuerySet
from spend.units import Unit


class LedgerAccount(models.Model):
    """A team's amount in one state; all kinds form a purse.

    ``gateway``: `spend.purses.key`. *allocation*, the source of the others, is
    negative.
    """

    class Kind(models.TextChoices):
        ALLOCATION = "allocation", _("allocation")
        AVAILABLE = "available", _("available")
        RESERVED = "reserved", _("reserved")
        SPENT = "spent", _("spent")
        WRITTEN_OFF = "written_off", _("written off")

    team = models.ForeignKey(Team, models.PROTECT, related_name="ledger_accounts")
    gateway = models.CharField(max_length=140, blank=True)
    unit = models.CharField(max_length=8, choices=Unit)
    kind = models.CharField(max_length=12, choices=Kind)
    balance = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("ledger account")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["team", "gateway", "unit", "kind"],
                name="one_account_of_a_kind",
            )
        ]

    def __str__(self) -> str:
        return f"{self.team} · {self.kind} · {self.unit} · {self.gateway}"


class TransferQuerySet(AppendOnlyQuerySet["Transfer"]):
    def in_team(self, team: Team) -> Self:
        return self.filter(team=team)

    def visible_to(self, user: User) -> Self:
        """Admins: their teams' transfers; others: their own, in their teams."""
        administered = user.memberships.filter(role="admin").values("team")
        own = Q(user=user, team__in=user.memberships.values("team"))
        return self.filter(own | Q(team__in=administered))

    def of_spending(self) -> Self:
        """To or from *spent*."""
        return self.filter(
            kind__in=(
                Transfer.Kind.SETTLE,
                Transfer.Kind.SETTLE_MORE,
                Transfer.Kind.REFUND,
                Transfer.Kind.REJECT,
                Transfer.Kind.RESTORE,
            )
        )


class Transfer(AppendOnly):
    """``reference``: the occasion (``generation:7``, ``task:12``), unique with
    ``kind``. ``day``: in the portal's time zone."""

    class Kind(models.TextChoices):
        ALLOCATE = "allocate", _("allocated")
        RESERVE = "reserve", _("reserved")
        RESERVE_MORE = "reserve_more", _("reserved in addition")
        SETTLE = "settle", _("spent")
        SETTLE_MORE = "settle_more", _("spent above the reservation")
        RELEASE = "release", _("reservation released")
        REFUND = "refund", _("refunded")
        WRITE_OFF = "write_off", _("written off")
        RECOVER = "recover", _("found again")
        REJECT = "reject", _("written off, rejected")
        RESTORE = "restore", _("spent again, approved after all")
        TAKE_BACK = "take_back", _("taken back")

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


class DailySum(models.Model):
    """Net amount (incoming less outgoing) of one day, by trigger.

    ``grain``: the dimensions kept apart; others are empty. Only *spent* and *written
    off* have more than *all*.
    """

    class Grain(models.TextChoices):
        ALL = "all"
        USER = "user"
        OPERATION = "operation"
        MODEL = "model"
        FINE = "fine"

    account = models.ForeignKey(
        LedgerAccount, models.PROTECT, related_name="daily_sums"
    )
    grain = models.CharField(max_length=9, choices=Grain)
    day = models.DateField()
    user = models.BigIntegerField(default=0)
    operation = models.CharField(max_length=40, blank=True)
    model = models.CharField(max_length=80, blank=True)
    amount = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["account", "grain", "day", "user", "operation", "model"],
                name="one_sum_a_day",
            )
        ]

    def __str__(self) -> str:
        return f"{self.account} · {self.day} · {self.amount}"
