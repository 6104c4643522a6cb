"""Monthly limits: one conditional update decides, so concurrent submits never pass one."""

import datetime
from dataclasses import dataclass

from django.db.models import F, Q

from accounts.models import Team, User
from spend.models import Budget, BudgetMonth, first_of_month


class BudgetExceeded(Exception):
    """A limit would be passed. ``left`` is what it still allows this month."""

    def __init__(self, left: int, limit: int, *, is_personal: bool) -> None:
        super().__init__(f"{left} of {limit} left")
        self.left = left
        self.limit = limit
        self.is_personal = is_personal


@dataclass(frozen=True, slots=True)
class Purse:
    """What is left of a limit this month, in its unit."""

    left: int
    limit: int
    is_personal: bool


def take(
    team: Team, user: User, unit: str, amount: int, day: datetime.date
) -> None:
    """Count ``amount`` against every budget that applies; raises BudgetExceeded.

    Call inside the transaction of the reservation: a raise undoes all of it.
    """
    for budget in _budgets(team, user, unit):
        month = _month(budget, day)
        taken = BudgetMonth.objects.filter(
            pk=month.pk, used__lte=budget.limit - amount
        ).update(used=F("used") + amount)
        if not taken:
            month.refresh_from_db()
            left = max(budget.limit - month.used, 0)
            raise BudgetExceeded(
                left, budget.limit, is_personal=budget.user_id is not None
            )


def adjust(
    team: Team, user: User, unit: str, amount: int, day: datetime.date
) -> None:
    """Add what was paid above the reservation, or give back (below zero). Never raises.

    ``day`` is the day of the reservation: money comes back to the month it came from.
    """
    for budget in _budgets(team, user, unit):
        month = _month(budget, day)
        BudgetMonth.objects.filter(pk=month.pk).update(used=F("used") + amount)


def purses(team: Team, user: User, unit: str, day: datetime.date) -> list[Purse]:
    """What this person may still spend this month, their own limit first."""
    months = dict(
        BudgetMonth.objects.filter(
            budget__team=team, month=first_of_month(day)
        ).values_list("budget_id", "used")
    )
    found = [
        Purse(
            max(budget.limit - months.get(budget.pk, 0), 0),
            budget.limit,
            budget.user_id is not None,
        )
        for budget in _budgets(team, user, unit)
    ]
    return sorted(found, key=lambda purse: not purse.is_personal)


def _budgets(team: Team, user: User, unit: str) -> list[Budget]:
    mine = Q(user=user) | Q(user=None)
    return list(Budget.objects.filter(mine, team=team, unit=unit).order_by("pk"))


def _month(budget: Budget, day: datetime.date) -> BudgetMonth:
    return BudgetMonth.objects.get_or_create(budget=budget, month=first_of_month(day))[0]
