"""Limits per team or person, counted per month or project.

A conditional update keeps concurrent submits within a hard limit.
"""

import datetime
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, F, Q, Sum, When

from accounts.models import Team, User
from log import changes
from spend import purses
from spend.models import Budget, BudgetMonth, Transfer, next_month

Kind = Transfer.Kind
#: Transfers that raise and lower a counter; settlements and write-offs do neither.
TAKES = (Kind.RESERVE, Kind.RESERVE_MORE, Kind.SETTLE_MORE)
GIVES_BACK = (Kind.RELEASE, Kind.REFUND, Kind.RECOVER)


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
    for budget in _budgets(scope):
        counter = _counter(budget, day)
        if counter is None:
            continue
        rows = BudgetMonth.objects.filter(pk=counter.pk)
        if budget.is_hard:
            rows = rows.filter(
                used__lte=budget.limit + F("carried") + F("extra") - amount
            )
        if not rows.update(used=F("used") + amount):
            counter.refresh_from_db()
            limit = allowed(budget, counter)
            left = max(limit - counter.used, 0)
            raise BudgetExceeded(left, limit, is_personal=budget.is_personal)


def adjust(scope: Scope, amount: int, day: datetime.date) -> None:
    """Count ``amount`` (< 0: returned) unchecked, on the reservation's ``day``; later
    months carry the change."""
    for budget in _budgets(scope):
        if counter := _counter(budget, day):
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
    rows = _budgets(Scope(team.pk, user.pk, unit, operation, used_at))
    counters = _counters(rows, day)
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
                    budget=budget.pk,
                    project=budget.project,
                )
            )
    return sorted(found, key=lambda allowance: not allowance.is_personal)


def running(
    team: Team, unit: str, day: datetime.date
) -> list[tuple[Budget, BudgetMonth]]:
    """Budgets whose span includes ``day``; the team's own first."""
    rows = list(Budget.objects.filter(team=team, unit=unit).select_related("user"))
    counters = _counters(rows, day)
    ordered = sorted(rows, key=lambda row: row.user.username if row.user else "")
    return [(row, counters[row.pk]) for row in ordered if row.pk in counters]


@dataclass(frozen=True, slots=True)
class Terms:
    operation: str = ""
    gateway: str = ""
    project: str = ""
    starts_on: datetime.date | None = None
    ends_on: datetime.date | None = None
    is_hard: bool = True
    carries_over: bool = False


def set_limit(
    team: Team,
    user: User | None,
    unit: str,
    limit: int | None,
    day: datetime.date,
    terms: Terms = Terms(),
    *,
    by: User | None = None,
) -> None:
    """``user=None``: the team's; ``limit=None`` removes it.

    Call under `ledger.lock`: a new counter sums existing transfers.
    """
    key: dict[str, Any] = {"team": team, "user": user, "unit": unit}
    key |= {name: getattr(terms, name) for name in ("operation", "gateway", "project")}
    before = Budget.objects.filter(**key).first()
    details = (unit, terms.operation, terms.gateway, terms.project)
    changes.record(
        changes.Kind.LIMIT,
        user.username if user else "",
        by=by,
        team=team,
        before=_told(before.limit, before.is_hard) if before else "",
        after="" if limit is None else _told(limit, terms.is_hard),
        note=" · ".join(filter(None, details)),
    )
    if limit is None:
        Budget.objects.filter(**key).delete()
        return
    kept = ("starts_on", "ends_on", "is_hard", "carries_over")
    values = {name: getattr(terms, name) for name in kept} | {"limit": limit}
    period = Budget.Period.PROJECT if terms.project else Budget.Period.MONTH
    row, _ = Budget.objects.update_or_create(
        **key, defaults=values | {"period": period}
    )
    if row.starts_on:
        # The first day may have changed.
        row.months.exclude(month=row.starts_on).delete()
    begin(row, day)


def _told(limit: int, is_hard: bool) -> str:
    """As the log of changes keeps it."""
    return f"{limit}" if is_hard else f"{limit} soft"


def begin(budget: Budget, day: datetime.date) -> BudgetMonth | None:
    """Create a missing counter; None outside a project. Call under `ledger.lock`."""
    return _counter(budget, day)


def allowed(budget: Budget, counter: BudgetMonth) -> int:
    return budget.limit + counter.carried + counter.extra


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


def _budgets(scope: Scope) -> list[Budget]:
    rows = Budget.objects.filter(
        Q(user_id=scope.user) | Q(user_id=None),
        operation__in=("", scope.operation),
        gateway__in=("", scope.gateway),
        team_id=scope.team,
        unit=scope.unit,
    )
    return list(rows.order_by("pk"))


def _counter(budget: Budget, day: datetime.date) -> BudgetMonth | None:
    start = budget.starts(day)
    if start is None:
        return None
    found = budget.months.filter(month=start).first()
    if found is None:
        new = _new_counter(budget, start)
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
    for budget in budgets:
        if budget.pk not in found and (start := starts[budget.pk]):
            found[budget.pk] = _new_counter(budget, start)
    return found


def _new_counter(budget: Budget, start: datetime.date) -> BudgetMonth:
    """Unsaved. A budget's first counter sums transfers; a later one starts at 0 (plus
    the carried rest), because every transfer creates its span's counter."""
    last = budget.months.filter(month__lt=start).order_by("-month").first()
    if last is None:
        return BudgetMonth(budget=budget, month=start, used=used_in(budget, start))
    made = BudgetMonth(budget=budget, month=start)
    if budget.carries_over:
        months = (start.year - last.month.year) * 12
        months += start.month - last.month.month
        made.carried = last.carried + last.extra + budget.limit * months - last.used
    return made
