"""What the address of the spend page asks for: unit, gateway, days, groups, filters."""

import datetime
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any
from urllib.parse import quote_plus, urlencode

from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, Team, User
from spend import model_names, purses, reports
from spend.models import LedgerAccount
from spend.units import Unit

#: Name in the address → days (none: the running month), words.
PERIODS: dict[str, tuple[int | None, str | Promise]] = {
    "7": (7, _("7 days")),
    "30": (30, _("30 days")),
    "90": (90, _("90 days")),
    "month": (None, _("This month")),
}
GROUPS: dict[reports.Group, str | Promise] = {
    "operation": _("By operation"),
    "user": _("By person"),
    "model": _("By model"),
    "team": _("By team"),
}
SPENT = LedgerAccount.Kind.SPENT
#: Where a key goes in an address; nothing that anybody can ask for.
_PLACE = "\0\0"


class SpendQuery:
    """What nobody offers is read as the first choice."""

    def __init__(
        self, asked: Mapping[str, str], team: Team, memberships: Iterable[Membership]
    ) -> None:
        """``team`` is where the admin works, ``memberships`` are all of theirs. The
        address may name another team of theirs; what is not theirs is 404."""
        self.home, self.memberships = team, memberships
        self.team = self.chosen_team(asked.get("team", ""))
        unit = asked.get("unit", "")
        self.unit = unit if unit in Unit.values else Unit.INTEGRAL.value
        chosen = asked.get("period", "")
        self.chosen = chosen if chosen in PERIODS else "30"
        group = asked.get("by", "")
        self.group: reports.Group = group if group in GROUPS else "operation"
        gateway = asked.get("gateway", "")
        known = {account.gateway for account in self.accounts}
        self.gateway = gateway if gateway in known else purses.current(self.unit)
        self.filters: dict[str, Any] = {
            name: asked[name] for name in ("operation", "model") if asked.get(name)
        }
        if asked.get("user", "").isdecimal():
            self.filters["user"] = int(asked["user"][:18])
        self.today = timezone.localdate()
        self._set_periods()

    def _set_periods(self) -> None:
        self.month = reports.month_of(self.today)
        self.month_before = reports.month_of(
            self.month.start - datetime.timedelta(days=1)
        )
        days = PERIODS[self.chosen][0]
        self.period = reports.last_days(days, self.today) if days else self.month
        self.period_before = self.period.before if days else self.month_before

    def chosen_team(self, key: str) -> Team:
        if not key:
            return self.home
        team = self.teams.get(int(key)) if key.isdecimal() else None
        if team is None:
            raise Http404
        return team

    @property
    def is_elsewhere(self) -> bool:
        return self.team != self.home

    @cached_property
    def teams(self) -> dict[int, Team]:
        """Those that this admin answers for."""
        return {row.team_id: row.team for row in self.memberships if row.can_administer}

    @cached_property
    def accounts(self) -> list[LedgerAccount]:
        """Every purse of those teams."""
        return list(LedgerAccount.objects.filter(team__in=self.teams))

    @property
    def units(self) -> list[tuple[str, str]]:
        """Those that a gateway takes, and those that were given."""
        given = {row.unit for row in self.accounts} | {self.unit}
        return [
            (unit.value, str(unit.label))
            for unit in Unit
            if unit in given or unit != Unit.SECOND
        ]

    @cached_property
    def gateways(self) -> list[str]:
        """Those that there is a choice of, in this unit."""
        found = {row.gateway for row in self.accounts if row.unit == self.unit}
        return sorted(found | {self.gateway})

    @cached_property
    def balances(self) -> dict[str, int]:
        own = self._purses({self.team.pk})
        empty = dict.fromkeys(LedgerAccount.Kind.values, 0)
        return empty | {row.kind: row.balance for row in own}

    @cached_property
    def balances_before(self) -> dict[str, int]:
        """What they were when the period before ended."""
        own = self._purses({self.team.pk})
        since = reports.moved_since([row.pk for row in own], self.period_before.end)
        empty = dict.fromkeys(LedgerAccount.Kind.values, 0)
        return empty | {row.kind: row.balance - since.get(row.pk, 0) for row in own}

    @cached_property
    def spending(self) -> reports.Spending:
        """The team's."""
        return self._spending({self.team.pk})

    @cached_property
    def all_teams(self) -> reports.Spending:
        return self._spending(set(self.teams))

    def grouped(self, group: reports.Group) -> reports.Spending:
        """Teams are beside each other, all else is within one."""
        return self.all_teams if group == "team" else self.spending

    @cached_property
    def totals(self) -> dict[datetime.date, int]:
        """Of each day that a figure needs."""
        start = min(self.period_before.start, self.month_before.start)
        whole = reports.Period(start, max(self.period.end, self.month.end))
        return reports.totals(self.spending.within(whole))

    @property
    def spent_in_period(self) -> int:
        return self.spent(self.period)

    @cached_property
    def person(self) -> str:
        """Who the page is narrowed to, if somebody."""
        people = User.objects.filter(pk=self.filters.get("user", 0))
        found = people.filter(transfers__team=self.team).first()
        return found.display_name if found else str(self.filters.get("user", ""))

    @cached_property
    def model_names(self) -> dict[str, str]:
        """Code → name, at the chosen gateway."""
        return model_names.at(self.gateway)

    @property
    def model(self) -> str:
        """What the page is narrowed to, if to a model."""
        code = self.filters.get("model", "")
        return self.model_names.get(code, code) if code else ""

    def spent(self, period: reports.Period) -> int:
        return sum(
            amount
            for day, amount in self.totals.items()
            if period.start <= day <= period.end
        )

    @cached_property
    def amounts_by_day(self) -> dict[datetime.date, dict[reports.Key, int]]:
        return reports.by_day(self.grouped(self.group), self.group)

    @cached_property
    def amounts(self) -> dict[reports.Group, dict[reports.Key, int]]:
        """Of each group, who or what spent how much in the period."""
        within: list[reports.Group] = [group for group in GROUPS if group != "team"]
        found = reports.by_each(self.spending, within)
        if set(self.teams) == {self.team.pk}:
            whole = found["operation"]
            own: dict[reports.Key, int] = {self.team.pk: sum(whole.values())}
            return {**found, "team": own if whole else {}}
        return {**found, "team": reports.by(self.all_teams, "team")}

    def link_to(
        self, account: str, period: reports.Period | None = None, **more: object
    ) -> str:
        """The movements behind a number."""
        query: dict[str, object] = {"unit": self.unit, "account": account}
        if self.is_elsewhere:
            query["team"] = self.team.pk
        if self.gateway != purses.current(self.unit) or len(self.gateways) > 1:
            query["gateway"] = self.gateway
        if period:
            query |= self.filters
        query |= more
        if period:
            query |= _span(period.start, period.end)
        return f"{self.transfers}?{urlencode(query)}"

    @cached_property
    def transfers(self) -> str:
        return reverse("spend:transfers")

    @cached_property
    def link(self) -> str:
        """The movements behind all that was spent in the period."""
        return self.link_to(SPENT, self.period)

    def without_days(self, link: str) -> str:
        """A link of the period, as it is before its days: add those of ``on``."""
        return link.removesuffix(urlencode(_span(self.period.start, self.period.end)))

    def on(self, day: datetime.date) -> str:
        return f"since={day}&until={day}"

    def links_of(self, group: reports.Group) -> Callable[[reports.Key], str]:
        """Who or what of a group → the movements behind it in the period."""
        return _each(lambda key: self.link_to(SPENT, self.period, **{group: key}))

    def pages_of(self, group: reports.Group) -> Callable[[reports.Key], str]:
        """Who or what of a group → this page, of it alone."""
        return _each(lambda key: f"?{urlencode({**self.query, group: key})}")

    @cached_property
    def query(self) -> dict[str, object]:
        """This page as an address says it."""
        query = {"unit": self.unit, "period": self.chosen, "by": self.group}
        query["gateway"] = self.gateway
        own = {"team": self.team.pk} if self.is_elsewhere else {}
        return {**query, **own, **self.filters}

    def _purses(self, teams: set[int]) -> list[LedgerAccount]:
        return [
            row
            for row in self.accounts
            if row.team_id in teams
            and (row.unit, row.gateway) == (self.unit, self.gateway)
        ]

    def _spending(self, teams: set[int]) -> reports.Spending:
        spent = [row for row in self._purses(teams) if row.kind == SPENT]
        accounts = {row.pk: row.team_id for row in spent}
        return reports.Spending(accounts, self.period, self.filters)


def _each(link: Callable[[str], str]) -> Callable[[reports.Key], str]:
    """An address is written once and filled in for each: a page has hundreds."""
    before, _place, after = link(_PLACE).rpartition(quote_plus(_PLACE))
    return lambda key: f"{before}{quote_plus(str(key))}{after}"


def _span(start: datetime.date, end: datetime.date) -> dict[str, object]:
    return {"since": start, "until": end}
