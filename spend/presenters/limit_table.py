"""The table of limits: the team, defaults per role, people; other limits beside it."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, Team
from spend import budgets, reports
from spend.limit_undo import Change
from spend.models import Budget, BudgetMonth, LedgerAccount, RoleLimit, first_of_month

Role = Membership.Role
DEFAULTS: dict[str, str | Promise] = {
    Role.MEMBER: _("Default for members"),
    Role.MODERATOR: _("Default for moderators"),
    Role.ADMIN: _("Default for admins"),
}
#: Named; further people of a default are counted.
NAMED_PEOPLE = 3


@dataclass(frozen=True, slots=True)
class Row:
    """``own``: the limit that the row sets; ``allowed``: the limit in force, with what
    was carried over or granted. ``error``, ``typed``: of a refused change. ``before``:
    the limit to go back to, after a change ("" for none), ``undo``: the signed note."""

    who: str
    name: str | Promise
    own: int | None
    role: str = ""
    budget: Budget | None = None
    counter: BudgetMonth | None = None
    spent: int = 0
    link: str = ""
    people: Sequence[str] = ()
    typed: str | None = None
    error: str = ""
    before: str | None = None
    terms: Sequence[str] = field(default_factory=list)
    undo: str = ""

    @property
    def key(self) -> str:
        return self.who.replace(":", "-") or "team"

    @property
    def value(self) -> str:
        if self.typed is not None:
            return self.typed
        return "" if self.own is None else str(self.own)

    @property
    def used(self) -> int:
        return self.counter.used if self.counter else self.spent

    @property
    def allowed(self) -> int | None:
        if self.budget is None or self.counter is None:
            return None
        return budgets.allowed(self.budget, self.counter)

    @property
    def left(self) -> int:
        return max((self.allowed or 0) - self.used, 0)

    @property
    def named(self) -> Sequence[str]:
        return self.people[:NAMED_PEOPLE]

    @property
    def unnamed(self) -> int:
        return max(len(self.people) - NAMED_PEOPLE, 0)


class LimitTable:
    def __init__(self, team: Team, unit: str, day: datetime.date) -> None:
        self.team, self.unit, self.day = team, unit, day
        self.running = budgets.running(team, unit, day)
        plain = [(row, counter) for row, counter in self.running if row.is_plain]
        self._plain = {row.user_id: (row, counter) for row, counter in plain}
        month = reports.month_of(first_of_month(day))
        accounts = LedgerAccount.objects.filter(
            team=team, unit=unit, kind=LedgerAccount.Kind.SPENT
        )
        spending = reports.Spending(dict(accounts.values_list("pk", "team")), month)
        self._spent = reports.by(spending, "user")
        self._address = {
            "unit": unit,
            "account": "spent",
            "since": month.start,
            "until": month.end,
        }

    def team_row(self) -> Row:
        spent = sum(self._spent.values())
        return self._row("", _("The whole team"), None, spent=spent)

    def default_rows(self, roles: Iterable[str] = Role.values) -> list[Row]:
        found = RoleLimit.objects.filter(team=self.team, unit=self.unit)
        limits = dict(found.values_list("role", "limit"))
        people: dict[str, list[str]] = {}
        for member in self._followers():
            people.setdefault(member.role, []).append(member.user.display_name)
        return [
            Row(
                f"role:{role}",
                DEFAULTS[role],
                limits.get(role),
                people=people.get(role, []),
            )
            for role in roles
        ]

    def people_rows(self, members: Iterable[Membership]) -> list[Row]:
        return [
            self._row(
                str(member.user_id),
                member.user.display_name,
                member.user_id,
                role=member.get_role_display(),
                spent=self._spent.get(member.user_id, 0),
            )
            for member in members
        ]

    def other_limits(self) -> list[tuple[Budget, BudgetMonth | None, int]]:
        """Of operations, gateways and projects, over or still to come."""
        counters = {row.pk: counter for row, counter in self.running}
        rows = Budget.objects.filter(team=self.team, unit=self.unit)
        return [
            (row, (found := counters.get(row.pk)), _allowed(row, found))
            for row in rows.select_related("user").order_by("pk")
            if not row.is_plain
        ]

    def _followers(self) -> Iterable[Membership]:
        """Without a limit of their own."""
        own = Budget.objects.plain().filter(
            team=self.team, unit=self.unit, is_default=False, user__isnull=False
        )
        rows = self.team.memberships.exclude(user__in=own.values("user"))
        return rows.select_related("user").order_by("user__username")

    def _row(self, who: str, name: str | Promise, user: int | None, **more: Any) -> Row:
        budget, counter = self._plain.get(user, (None, None))
        own = None if budget is None or budget.is_default else budget.limit
        address = self._address | ({"user": user} if user else {})
        link = f"{reverse('spend:transfers')}?{urlencode(address)}"
        return Row(who, name, own, budget=budget, counter=counter, link=link, **more)


def refused(row: Row, typed: str, error: str) -> Row:
    return replace(row, typed=typed, error=error)


def changed(row: Row, change: Change, signed: str) -> Row:
    return replace(row, before=change.before, terms=change.terms, undo=signed)


def _allowed(budget: Budget, counter: BudgetMonth | None) -> int:
    return budgets.allowed(budget, counter) if counter else budget.limit
