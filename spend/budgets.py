"""Limits per team or person, counted per month or project.

A person without a limit of their own has the default of their role (`role_limits`). A
conditional update keeps concurrent submits within a hard limit.
"""

import datetime
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Exists, F, OuterRef, Q, Sum, Value, When

from accounts.models import Team, User
from spend import purses, role_limits
from spend.models import Budget, BudgetMonth, Transfer, first_of_month, next_month

Kind = Transfer.Kind
#: Transfers that raise and lower a counter; settlements and write-offs do neither.
TAKES = (Kind.RESERVE, Kind.RESERVE_MORE, Kind.SETTLE_MORE)
GIVES_BACK = (Kind.RELEASE, Kind.REFUND, Kind.RECOVER)
#: On every page: Django takes four times as long to write it as to ask it.
OF_A_PERSON = """
    SELECT * FROM spend_budget
    WHERE team_id = %s AND unit = %s AND (user_id = %s OR user_id IS NULL) ORDER BY id
"""


class BudgetExceeded(Exception):
    """``left``: unused part of the limit, at least 0."""

    def __init__(self, left: int, limit: int, *, is_personal: bool) -> None:
        super().__init__(f"{left} of {limit} left")
        self.left = left
        self.limit = limit
        self.is_personal = is_personal


@dataclass(frozen=True, slots=True)
class Scope:
    """A budget applies if its own keys are equal or empty."""

    team: int
    user: int
    unit: str
    operation: str = ""
    gateway: str = ""


@dataclass(frozen=True, slots=True)
class Allowance:
    """``left``: unused part in the span, at least 0."""

    left: int
    limit: int
    is_personal: bool
    is_hard: bool = True
    budget: int = 0
    project: str = ""


def take(scope: Scope, amount: int, day: datetime.date) -> None:
    """Count in every budget that applies, in the reservation's transaction. Raises
    BudgetExceeded."""
    for budget in applying(scope):
        counter = _counter(_kept(budget), day)
        if counter is None:
            continue
        rows = BudgetMonth.objects.filter(pk=counter.pk)
        if budget.is_hard and budget.is_limited:
            rows = rows.filter(used__lte=_room(budget) - amount)
        if not rows.update(used=F("used") + amount):
            counter.refresh_from_db()
            limit = allowed(budget, counter)
            left = max(limit - counter.used, 0)
            raise BudgetExceeded(left, limit, is_personal=budget.is_personal)


def adjust(scope: Scope, amount: int, day: datetime.date) -> None:
    """Count ``amount`` (< 0: returned) unchecked, on the reservation's ``day``; later
    months carry the change."""
    for budget in applying(scope):
        if budget.pk and (counter := _counter(budget, day)):
            BudgetMonth.objects.filter(pk=counter.pk).update(used=F("used") + amount)
            if budget.carries_over:
                later = budget.months.filter(month__gt=counter.month)
                later.update(carried=F("carried") - amount)


def allowances(
    team: Team,
    user: User,
    unit: str,
    day: datetime.date,
    operation: str = "",
    gateway: str = "",
) -> list[Allowance]:
    """Personal ones first. Without ``operation``: no budgets of single operations.
    Without ``gateway``: the purse in use."""
    used_at = gateway or purses.current(unit)
    rows = applying(Scope(team.pk, user.pk, unit, operation, used_at))
    counters = _counters([row for row in rows if row.is_limited], day)
    found = []
    for budget in rows:
        if counter := counters.get(budget.pk):
            limit = allowed(budget, counter)
            found.append(
                Allowance(
                    left=max(limit - counter.used, 0),
                    limit=limit,
                    is_personal=budget.is_personal,
                    is_hard=budget.is_hard,
                    budget=budget.pk or 0,
                    project=budget.project,
                )
            )
    return sorted(found, key=lambda allowance: not allowance.is_personal)


def running(
    team: Team, unit: str, day: datetime.date
) -> list[tuple[Budget, BudgetMonth]]:
    """Budgets whose span includes ``day``; the team's own first."""
    kept = list(Budget.objects.filter(team=team, unit=unit).select_related("user"))
    role_limits.fill(kept, team.pk, unit)
    rows = [row for row in kept if row.is_limited]
    counters = _counters(rows, day)
    ordered = sorted(rows, key=lambda row: row.user.username if row.user else "")
    return [(row, counters[row.pk]) for row in ordered if row.pk in counters]


def begin(budget: Budget, day: datetime.date) -> BudgetMonth | None:
    """Create a missing counter; None outside a project. Call under `ledger.lock`."""
    return _counter(_kept(budget), day)


def allowed(budget: Budget, counter: BudgetMonth) -> int:
    # A limit that was carried over may have become a default in mid-month.
    carried = 0 if budget.is_default else counter.carried
    return budget.limit + carried + counter.extra


def used_in(budget: Budget, day: datetime.date) -> int:
    """Used in the span that includes ``day``, summed from transfers.

    A transfer counts on its generation's reservation day, else on its own.
    """
    start = budget.starts(day)
    if start is None:
        return 0
    span = Q(day__gte=start)
    if budget.period == Budget.Period.MONTH:
        span &= Q(day__lt=next_month(start))
    elif budget.ends_on:
        span &= Q(day__lte=budget.ends_on)
    moved = Transfer.objects.filter(team=budget.team_id, unit=budget.unit)
    if budget.user_id:
        moved = moved.filter(user=budget.user_id)
    if budget.operation:
        moved = moved.filter(operation=budget.operation)
    if budget.gateway:
        moved = moved.filter(source__gateway=budget.gateway)
    reserved = moved.filter(kind=Kind.RESERVE)
    here = Q(generation__in=reserved.filter(span).values("generation")) | (
        span & ~Q(generation__in=reserved.values("generation"))
    )
    signed = Case(
        When(kind__in=TAKES, then=F("amount")),
        When(kind__in=GIVES_BACK, then=-F("amount")),
    )
    return moved.filter(here).aggregate(used=Sum(signed))["used"] or 0


def _room(budget: Budget) -> Any:
    """`allowed`, in the database."""
    carried = Value(0) if budget.is_default else F("carried")
    return budget.limit + carried + F("extra")


def applying(scope: Scope) -> list[Budget]:
    """The person's default is unsaved where none was needed so far."""
    kept = [
        row
        for row in Budget.objects.raw(OF_A_PERSON, [scope.team, scope.unit, scope.user])
        if row.operation in ("", scope.operation) and row.gateway in ("", scope.gateway)
    ]
    return role_limits.with_default(
        kept, team=scope.team, user=scope.user, unit=scope.unit
    )


def _kept(budget: Budget) -> Budget:
    """Saved, if it is a default that was not needed so far."""
    if budget.pk is None:
        names = ("team_id", "user_id", "unit", "operation", "gateway", "project")
        key = {name: getattr(budget, name) for name in names}
        new = {"is_default": True, "limit": 0}
        budget.pk = Budget.objects.get_or_create(**key, defaults=new)[0].pk
    return budget


def _counter(budget: Budget, day: datetime.date) -> BudgetMonth | None:
    start = budget.starts(day)
    if start is None:
        return None
    found = budget.months.filter(month=start).first()
    if found is None:
        last = _last_counters([budget.pk], start).get(budget.pk)
        new = _new_counter(budget, start, last)
        values = {"used": new.used, "carried": new.carried}
        found, _ = budget.months.get_or_create(month=start, defaults=values)
    return found


def _counters(budgets: list[Budget], day: datetime.date) -> dict[int, BudgetMonth]:
    """Unsaved where none exists."""
    starts = {budget.pk: budget.starts(day) for budget in budgets}
    spans = Q()
    for pk, start in starts.items():
        if start:
            spans |= Q(budget=pk, month=start)
    kept = BudgetMonth.objects.filter(spans) if spans else BudgetMonth.objects.none()
    found = {counter.budget_id: counter for counter in kept}
    missing = [row for row in budgets if row.pk not in found and starts[row.pk]]
    # All months have one first day; a project has one counter.
    months = [row.pk for row in missing if row.pk and not row.project]
    lasts = _last_counters(months, first_of_month(day)) if months else {}
    for budget in missing:
        if start := starts[budget.pk]:
            found[budget.pk] = _new_counter(budget, start, lasts.get(budget.pk))
    return found


def _last_counters(budgets: list[int], before: datetime.date) -> dict[int, BudgetMonth]:
    """Of each budget the last one before the day, where there is one."""
    rows = BudgetMonth.objects.filter(month__lt=before)
    later = rows.filter(budget=OuterRef("budget"), month__gt=OuterRef("month"))
    latest = rows.filter(~Exists(later), budget__in=budgets)
    return {counter.budget_id: counter for counter in latest}


def _new_counter(
    budget: Budget, start: datetime.date, last: BudgetMonth | None
) -> BudgetMonth:
    """Unsaved. A budget's first counter sums transfers; a later one starts at 0 (plus
    the carried rest), because every transfer creates its span's counter. ``last``: the
    one before."""
    if budget.pk is None:
        return BudgetMonth(month=start, used=used_in(budget, start))
    if last is None:
        return BudgetMonth(budget=budget, month=start, used=used_in(budget, start))
    made = BudgetMonth(budget=budget, month=start)
    if budget.carries_over:
        months = (start.year - last.month.year) * 12
        months += start.month - last.month.month
        made.carried = last.carried + last.extra + budget.limit * months - last.used
    return made
