"""Monthly limits. One conditional update decides: concurrent submits never pass one."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, F, Q, Sum, When

from accounts.models import Team, User
from spend.models import Budget, BudgetMonth, Transfer, first_of_month

Kind = Transfer.Kind
#: What a movement adds to the used part of a budget; a settlement adds nothing, nor
#: does a write-off.
TAKES = (Kind.RESERVE, Kind.RESERVE_MORE, Kind.SETTLE_MORE)
GIVES_BACK = (Kind.RELEASE, Kind.REFUND)


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


def take(team: int, user: int, unit: str, amount: int, day: datetime.date) -> None:
    """Count ``amount`` against every budget that applies to these two keys; raises
    BudgetExceeded.

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


def adjust(team: int, user: int, unit: str, amount: int, day: datetime.date) -> None:
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
    found = []
    for budget in _budgets(team.pk, user.pk, unit):
        used = months.get(budget.pk)
        left = budget.limit - (used_in(budget, day) if used is None else used)
        found.append(Purse(max(left, 0), budget.limit, budget.user_id is not None))
    return sorted(found, key=lambda purse: not purse.is_personal)


def standing(team: Team, unit: str, day: datetime.date) -> list[tuple[Budget, int]]:
    """Every limit of a team and how much of it the month took, the team's first."""
    rows = Budget.objects.filter(team=team, unit=unit).select_related("user")
    months = BudgetMonth.objects.filter(month=first_of_month(day), budget__in=rows)
    used = dict(months.values_list("budget_id", "used"))
    ordered = sorted(rows, key=lambda row: row.user.username if row.user else "")
    return [
        (row, used[row.pk] if row.pk in used else used_in(row, day)) for row in ordered
    ]


def set_limit(
    team: Team, user: User | None, unit: str, limit: int | None, day: datetime.date
) -> None:
    """A person's limit, or with ``user=None`` the team's; ``limit=None`` lifts it.

    Call with the books locked (`ledger.lock`): the counter begins with what they say.
    """
    key: dict[str, Any] = {"team": team, "user": user, "unit": unit}
    if limit is None:
        Budget.objects.filter(**key).delete()
        return
    _month(Budget.objects.update_or_create(**key, defaults={"limit": limit})[0], day)


def used_in(budget: Budget, day: datetime.date) -> int:
    """What the month of ``day`` took, by the books: a generation counts in the month of
    its reservation, whenever it is settled or released; one that reserved nothing, in
    the month of each movement."""
    month = Q(day__gte=first_of_month(day), day__lt=_next_month(day))
    moved = Transfer.objects.filter(team=budget.team_id, unit=budget.unit)
    if budget.user_id:
        moved = moved.filter(user=budget.user_id)
    reserved = moved.filter(kind=Kind.RESERVE)
    here = Q(generation__in=reserved.filter(month).values("generation")) | (
        month & ~Q(generation__in=reserved.values("generation"))
    )
    signed = Case(
        When(kind__in=TAKES, then=F("amount")),
        When(kind__in=GIVES_BACK, then=-F("amount")),
    )
    return moved.filter(here).aggregate(used=Sum(signed))["used"] or 0


def _budgets(team: int, user: int, unit: str) -> list[Budget]:
    mine = Q(user_id=user) | Q(user_id=None)
    return list(Budget.objects.filter(mine, team_id=team, unit=unit).order_by("pk"))


def _month(budget: Budget, day: datetime.date) -> BudgetMonth:
    """A counter begins with what was used before there was a budget."""
    rows = BudgetMonth.objects.filter(budget=budget, month=first_of_month(day))
    return (
        rows.first()
        or BudgetMonth.objects.get_or_create(
            budget=budget,
            month=first_of_month(day),
            defaults={"used": used_in(budget, day)},
        )[0]
    )


def _next_month(day: datetime.date) -> datetime.date:
    return first_of_month(first_of_month(day) + datetime.timedelta(days=31))
