"""Budgets, their counters, defaults per role, requests to increase a budget."""

import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, Team, User
from spend.units import Unit


class BudgetQuerySet(models.QuerySet["Budget"]):
    def applying_to(self, user: User, team: Team) -> Self:
        """The user's own, and the team's."""
        return self.filter(Q(user=user) | Q(user=None), team=team)

    def plain(self) -> Self:
        """For each month, of no single operation or gateway."""
        return self.filter(operation="", gateway="", project="")


class Budget(models.Model):
    """A team's limit, optionally of one person, operation and gateway.

    Monthly: counts each calendar month. Project: once, ``starts_on`` to ``ends_on``
    (both included; None: open). A hard budget refuses, a soft one warns. A default one
    counts for a person without a limit of their own: `RoleLimit` says its limit.
    """

    #: Of a default: whether the person's role has a limit (`spend.role_limits`).
    is_limited = True

    class Period(models.TextChoices):
        MONTH = "month", _("a month")
        PROJECT = "project", _("for a project")

    team = models.ForeignKey(Team, models.CASCADE, related_name="budgets")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="budgets",
    )
    operation = models.CharField(max_length=40, blank=True)
    gateway = models.CharField(max_length=140, blank=True)
    unit = models.CharField(max_length=8, choices=Unit, default=Unit.INTEGRAL)
    limit = models.PositiveBigIntegerField(_("limit"))
    period = models.CharField(max_length=7, choices=Period, default=Period.MONTH)
    project = models.CharField(max_length=80, blank=True)
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    is_hard = models.BooleanField(default=True)
    carries_over = models.BooleanField(default=False)
    is_default = models.BooleanField(default=False)

    objects = BudgetQuerySet.as_manager()

    class Meta:
        verbose_name = _("budget")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["team", "user", "operation", "gateway", "unit", "project"],
                name="one_budget_a_person",
            ),
            models.UniqueConstraint(
                fields=["team", "operation", "gateway", "unit", "project"],
                condition=Q(user=None),
                name="one_budget_a_team",
            ),
            models.CheckConstraint(
                condition=Q(period="month", project="", starts_on=None, ends_on=None)
                | (Q(period="project", starts_on__isnull=False) & ~Q(project="")),
                name="a_project_has_a_name_and_a_start",
            ),
            models.CheckConstraint(
                condition=Q(is_default=False)
                | Q(
                    user__isnull=False,
                    operation="",
                    gateway="",
                    project="",
                    is_hard=True,
                    carries_over=False,
                ),
                name="a_default_is_a_persons_month",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user or self.team} · {self.limit} {self.unit}"

    @property
    def is_personal(self) -> bool:
        return self.user_id is not None

    @property
    def is_plain(self) -> bool:
        """For each month, of no single operation or gateway."""
        return not (self.operation or self.gateway or self.project)

    def starts(self, day: datetime.date) -> datetime.date | None:
        """First day of ``day``'s span; None outside a project."""
        if self.period == self.Period.MONTH:
            return first_of_month(day)
        assert self.starts_on is not None
        is_running = self.starts_on <= day <= (self.ends_on or day)
        return self.starts_on if is_running else None


class RoleLimit(models.Model):
    """What a person of this role may use a month, without a limit of their own."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="role_limits")
    role = models.CharField(max_length=9, choices=Membership.Role)
    unit = models.CharField(max_length=8, choices=Unit, default=Unit.INTEGRAL)
    limit = models.PositiveBigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["team", "role", "unit"], name="one_default_a_role"
            )
        ]

    def __str__(self) -> str:
        return f"{self.team} · {self.role} · {self.limit} {self.unit}"


class BudgetMonth(models.Model):
    """A budget's counter in one span: reserved, spent, written off.

    ``month``: first day. ``carried`` (from before; may be negative) and ``extra``
    (granted) add to the limit.
    """

    budget = models.ForeignKey(Budget, models.CASCADE, related_name="months")
    month = models.DateField()
    used = models.BigIntegerField(default=0)
    carried = models.BigIntegerField(default=0)
    extra = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["budget", "month"], name="one_counter_a_month"
            )
        ]

    def __str__(self) -> str:
        return f"{self.budget} · {self.month:%Y-%m} · {self.used}"


class IncreaseQuerySet(models.QuerySet["Increase"]):
    def waiting(self) -> Self:
        return self.filter(decision="")

    def in_team(self, team: Team) -> Self:
        return self.filter(budget__team=team)


class Increase(models.Model):
    """A request for a higher limit in the running span, decided once."""

    class Decision(models.TextChoices):
        GRANTED = "granted", _("granted")
        REFUSED = "refused", _("not granted")

    budget = models.ForeignKey(Budget, models.CASCADE, related_name="increases")
    amount = models.PositiveBigIntegerField()
    reason = models.CharField(max_length=200, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="increases"
    )
    asked_at = models.DateTimeField(default=timezone.now)
    decision = models.CharField(max_length=7, choices=Decision, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="decided_increases",
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = IncreaseQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["budget", "asked_by"],
                condition=Q(decision=""),
                name="one_open_increase_a_person",
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0), name="an_increase_is_more"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.budget} + {self.amount}"


def first_of_month(day: datetime.date) -> datetime.date:
    return day.replace(day=1)


def next_month(day: datetime.date) -> datetime.date:
    """Its first day."""
    return first_of_month(first_of_month(day) + datetime.timedelta(days=31))
