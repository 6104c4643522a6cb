"""Limits. One conditional update decides: concurrent submits never pass a hard one."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, F, Q, Sum, When

from accounts.models import Team, User
from spend.models import Budget, BudgetMonth, Transfer, first_of_month
from spend.purses import current as current_purse

Kind = Transfer.Kind
#: What a movement adds to the used part of a budget; a settlement adds nothing, nor
#: does a write-off.
TAKES = (Kind.RESERVE, Kind.RESERVE_MORE, Kind.SETTLE_MORE)
GIVES_BACK = (Kind.RELEASE, Kind.REFUND, Kind.RECOVER)


class BudgetExceeded(Exception):
    """A limit would be passed. ``left`` is what it still allows."""

    def __init__(self, left: int, limit: int, *, is_personal: bool) -> None:
        super().__init__(f"{left} of {limit} left")
        self.left = left
        self.limit = limit
        self.is_personal = is_personal


@dataclass(frozen=True, slots=True)
class Scope:
    """Which budgets apply: those that name these keys, or leave them open."""

    team: int
    user: int
    unit: str
    operation: str = ""
    gateway: str = ""


@dataclass(frozen=True, slots=True)
class Purse:
    """What is left of a limit in its span, in its unit; a soft one may be passed."""

    left: int
    limit: int
    is_personal: bool
    is_hard: bool = True
    budget: int = 0
    project: str = ""


def take(scope: Scope, amount: int, day: datetime.date) -> None:
    """Count ``amount`` against every budget that applies; raises BudgetExceeded.

    Call inside the transaction of the reservation: a raise undoes all of it.
    """
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
    """Add what was paid above the reservation, or give back (below zero). Never raises.

    ``day`` is the day of the reservation: money comes back to the month it came from,
    and from there into what was carried over.
    """
    for budget in _budgets(scope):
        if counter := _counter(budget, day):
            BudgetMonth.objects.filter(pk=counter.pk).update(used=F("used") + amount)
            if budget.carries_over:
                later = budget.months.filter(month__gt=counter.month)
                later.update(carried=F("carried") - amount)


def purses(
    team: Team,
    user: User,
    unit: str,
    day: datetime.date,
    operation: str = "",
    gateway: str = "",
) -> list[Purse]:
    """What this person may still spend, their own limits first. Without ``operation``,
    limits for a single operation are left out."""
    used_at = gateway or current_purse(unit)
    rows = _budgets(Scope(team.pk, user.pk, unit, operation, used_at))
    counters = _counters(rows, day)
    found = []
    for budget in rows:
        if counter := counters.get(budget.pk):
            limit = allowed(budget, counter)
            left = max(limit - counter.used, 0)
            found.append(
                Purse(
                    left,
                    limit,
                    budget.is_personal,
                    budget.is_hard,
                    budget.pk,
                    budget.project,
                )
            )
    return sorted(found, key=lambda purse: not purse.is_personal)


def standing(
    team: Team, unit: str, day: datetime.date
) -> list[tuple[Budget, BudgetMonth]]:
    """Every limit of a team whose span ``day`` is in, with its counter, the team's
    first."""
    rows = list(Budget.objects.filter(team=team, unit=unit).select_related("user"))
    counters = _counters(rows, day)
    ordered = sorted(rows, key=lambda row: row.user.username if row.user else "")
    return [(row, counters[row.pk]) for row in ordered if row.pk in counters]


@dataclass(frozen=True, slots=True)
class Terms:
    """What a limit is for, beside whose it is; how long it counts, and how strictly."""

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
) -> None:
    """A person's limit, or with ``user=None`` the team's; ``limit=None`` lifts it. With
    a ``project`` it counts once from ``starts_on``, else month by month.

    Call with the books locked (`ledger.lock`): the counter begins with what they say.
    """
    key: dict[str, Any] = {"team": team, "user": user, "unit": unit}
    key |= {name: getattr(terms, name) for name in ("operation", "gateway", "project")}
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
        # Its first day may be another now: what it counts is counted anew.
        row.months.exclude(month=row.starts_on).delete()
    begin(row, day)


def begin(budget: Budget, day: datetime.date) -> BudgetMonth | None:
    """The counter of the span of ``day``, begun where it has none; None outside of a
    project's days. Call with the books locked, as `set_limit`."""
    return _counter(budget, day)


def allowed(budget: Budget, counter: BudgetMonth) -> int:
    """Its limit in that span, with what was carried over and what was granted."""
    return budget.limit + counter.carried + counter.extra


def used_in(budget: Budget, day: datetime.date) -> int:
    """What the span of ``day`` took, by the books: a generation counts in the span of
    its reservation, whenever it is settled or released; one that reserved nothing, in
    the span of each movement."""
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
    """The counter of the span of ``day``; None where that is none of the budget's."""
    start = budget.starts(day)
    if start is None:
        return None
    found = budget.months.filter(month=start).first()
    if found is None:
        fresh = _fresh(budget, start)
        values = {"used": fresh.used, "carried": fresh.carried}
        found, _ = budget.months.get_or_create(month=start, defaults=values)
    return found


def _counters(budgets: list[Budget], day: datetime.date) -> dict[int, BudgetMonth]:
    """Budget → its counter, or what it would begin with. Writes nothing."""
    starts = {budget.pk: budget.starts(day) for budget in budgets}
    spans = Q()
    for pk, start in starts.items():
        if start:
            spans |= Q(budget=pk, month=start)
    kept = BudgetMonth.objects.filter(spans) if spans else BudgetMonth.objects.none()
    found = {counter.budget_id: counter for counter in kept}
    for budget in budgets:
        if budget.pk not in found and (start := starts[budget.pk]):
            found[budget.pk] = _fresh(budget, start)
    return found


def _fresh(budget: Budget, start: datetime.date) -> BudgetMonth:
    """A counter begins with what was used before there was a budget, and with what the
    month before left, or passed, where that is carried over.

    Where there is an earlier counter, nothing was used since: every movement makes the
    counter of its span. So the books are asked only once in the life of a budget.
    """
    last = budget.months.filter(month__lt=start).order_by("-month").first()
    if last is None:
        return BudgetMonth(budget=budget, month=start, used=used_in(budget, start))
    made = BudgetMonth(budget=budget, month=start)
    if budget.carries_over:
        months = (start.year - last.month.year) * 12
        months += start.month - last.month.month
        made.carried = last.carried + last.extra + budget.limit * months - last.used
    return made


def next_month(day: datetime.date) -> datetime.date:
    return first_of_month(first_of_month(day) + datetime.timedelta(days=31))
