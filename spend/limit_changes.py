"""Changes of limits: of the team, of a person, of a role's default.

Each is recorded. Call `set_limit` and `set_default` under `ledger.lock`: a new counter
sums existing transfers.
"""

import datetime
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from accounts.models import Membership, Team, User
from log import changes
from spend import budgets, ledger
from spend.models import Budget, BudgetMonth, RoleLimit


class LimitChanged(Exception):
    """Another admin changed it meanwhile. ``now``: None for no limit."""

    def __init__(self, now: int | None) -> None:
        super().__init__(f"it is {now}")
        self.now = now


@dataclass(frozen=True, slots=True)
class Terms:
    operation: str = ""
    gateway: str = ""
    project: str = ""
    starts_on: datetime.date | None = None
    ends_on: datetime.date | None = None
    is_hard: bool = True
    carries_over: bool = False

    @property
    def is_plain(self) -> bool:
        return not (self.operation or self.gateway or self.project)

    @property
    def key(self) -> dict[str, str]:
        names = ("operation", "gateway", "project")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, slots=True)
class Counted:
    """What a counter holds besides transfers; ``month``: its first day, ISO."""

    month: str
    carried: int
    extra: int


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose monthly limit: a person's, everybody's of a ``role``, or the team's."""

    team: Team
    unit: str
    user: User | None = None
    role: str = ""

    @property
    def limit(self) -> int | None:
        if self.role:
            found = RoleLimit.objects.filter(
                team=self.team, role=self.role, unit=self.unit
            )
            return found.values_list("limit", flat=True).first()
        budget = self.budget
        return None if budget is None or budget.is_default else budget.limit

    @property
    def budget(self) -> Budget | None:
        rows = Budget.objects.plain().filter(team=self.team, unit=self.unit)
        return rows.filter(user=self.user).first()

    @property
    def about(self) -> str:
        """As a record names it: a user name, ``role:…``, or empty for the team."""
        return f"role:{self.role}" if self.role else getattr(self.user, "username", "")


def change(
    holder: Holder,
    limit: int | None,
    *,
    was: int | None,
    by: User,
    day: datetime.date,
    terms: Terms = Terms(),
    counted: Counted | None = None,
) -> Counted | None:
    """``was``: the limit that the person saw; a present one keeps its terms. A new one
    counts ``counted``, too. Returns what a removed counter held. Raises
    LimitChanged."""
    with transaction.atomic():
        ledger.lock(holder.team, holder.unit)
        now = holder.limit
        if now != was:
            raise LimitChanged(now)
        if holder.role:
            set_default(holder, limit, day, by=by)
            return None
        kept = holder.budget
        held = counted_in(kept, day)
        if kept and now is not None:
            terms = Terms(is_hard=kept.is_hard, carries_over=kept.carries_over)
        set_limit(holder, limit, day, terms, by=by)
        if now is None:
            _count(holder, terms, counted)
        return held


def restore(
    holder: Holder,
    limit: int,
    terms: Terms,
    *,
    by: User,
    day: datetime.date,
    counted: Counted | None = None,
) -> None:
    """A removed limit with its terms and what its counter held. Raises LimitChanged
    where there is one again."""
    with transaction.atomic():
        ledger.lock(holder.team, holder.unit)
        key: dict[str, Any] = {"team": holder.team, "user": holder.user}
        rows = Budget.objects.filter(**key, unit=holder.unit, **terms.key)
        if found := rows.filter(is_default=False).first():
            raise LimitChanged(found.limit)
        set_limit(holder, limit, day, terms, by=by)
        _count(holder, terms, counted)


def counted_in(budget: Budget | None, day: datetime.date) -> Counted | None:
    """Granted or carried over in the span of ``day``."""
    start = budget.starts(day) if budget else None
    if budget is None or start is None:
        return None
    found = budget.months.filter(month=start).first()
    return Counted(f"{found.month}", found.carried, found.extra) if found else None


def _count(holder: Holder, terms: Terms, counted: Counted | None) -> None:
    if counted is None:
        return
    key: dict[str, Any] = {"team": holder.team, "user": holder.user}
    rows = Budget.objects.filter(**key, unit=holder.unit, **terms.key)
    BudgetMonth.objects.filter(budget__in=rows, month=counted.month).update(
        carried=counted.carried, extra=counted.extra
    )


def set_limit(
    holder: Holder,
    limit: int | None,
    day: datetime.date,
    terms: Terms = Terms(),
    *,
    by: User | None = None,
) -> None:
    """``limit=None`` removes it: a person then has the default of their role."""
    key: dict[str, Any] = {"team": holder.team, "user": holder.user}
    key |= {"unit": holder.unit, **terms.key}
    rows = Budget.objects.filter(**key)
    before = rows.filter(is_default=False).first()
    if before is None and limit is None:
        return
    changes.record(
        changes.Kind.LIMIT,
        holder.about,
        by=by,
        team=holder.team,
        before=_told(before.limit, before.is_hard) if before else "",
        after="" if limit is None else _told(limit, terms.is_hard),
        note=" · ".join(filter(None, (holder.unit, *terms.key.values()))),
    )
    if limit is None:
        if holder.user and terms.is_plain:
            rows.update(is_default=True, limit=0, is_hard=True, carries_over=False)
        else:
            rows.delete()
        return
    kept = ("starts_on", "ends_on", "is_hard", "carries_over")
    values = {name: getattr(terms, name) for name in kept}
    period = Budget.Period.PROJECT if terms.project else Budget.Period.MONTH
    values |= {"limit": limit, "is_default": False, "period": period}
    row, _ = Budget.objects.update_or_create(**key, defaults=values)
    if row.starts_on:
        # The first day may have changed.
        row.months.exclude(month=row.starts_on).delete()
    budgets.begin(row, day)


def set_default(
    holder: Holder, limit: int | None, day: datetime.date, *, by: User | None = None
) -> None:
    """Of the people with the role and without a limit of their own."""
    key: dict[str, Any] = {"team": holder.team, "role": holder.role}
    key |= {"unit": holder.unit}
    before = holder.limit
    if before is None and limit is None:
        return
    changes.record(
        changes.Kind.LIMIT,
        holder.about,
        by=by,
        team=holder.team,
        before=before,
        after=limit,
        note=holder.unit,
    )
    if limit is None:
        RoleLimit.objects.filter(**key).delete()
        return
    RoleLimit.objects.update_or_create(**key, defaults={"limit": limit})
    for person in holder.team.memberships.filter(role=holder.role):
        begin_default(person, holder.unit, day)


def begin_defaults(person: Membership, day: datetime.date) -> None:
    """In every unit in which a default of theirs was not needed so far."""
    counted = Budget.objects.plain().filter(team=person.team_id, user=person.user_id)
    limits = RoleLimit.objects.filter(team=person.team_id, role=person.role)
    for unit in limits.exclude(unit__in=counted.values("unit")).values_list(
        "unit", flat=True
    ):
        ledger.lock(person.team, unit)
        begin_default(person, unit, day)


def begin_default(person: Membership, unit: str, day: datetime.date) -> None:
    """Count the person's default, if they have one, from now on."""
    scope = budgets.Scope(person.team_id, person.user_id, unit)
    for budget in budgets.applying(scope):
        if budget.is_default and budget.is_limited:
            budgets.begin(budget, day)


def _told(limit: int, is_hard: bool) -> str:
    """As the record keeps it."""
    return f"{limit}" if is_hard else f"{limit} soft"
