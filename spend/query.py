"""A spend page's selection, from its address, with its numbers."""

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
from net.request_values import number
from spend import model_names, periods, purses, reports
from spend.models import LedgerAccount
from spend.units import Unit

GROUPS: dict[reports.Group, str | Promise] = {
    "operation": _("By operation"),
    "user": _("By person"),
    "model": _("By model"),
    "team": _("By team"),
}
SPENT = LedgerAccount.Kind.SPENT
#: For a key; no request can contain it.
_PLACEHOLDER = "\0\0"


class SpendQuery:
    """Unknown values become the default."""

    def __init__(
        self,
        parameters: Mapping[str, str],
        team: Team,
        memberships: Iterable[Membership],
    ) -> None:
        """``team``: the current one; the address may name another administered team.
        Raises Http404 for any other."""
        self.current_team, self.memberships = team, memberships
        self.team = self._team_of(parameters.get("team", ""))
        unit = parameters.get("unit", "")
        self.unit = unit if unit in Unit.values else Unit.INTEGRAL.value
        group = parameters.get("by", "")
        self.group: reports.Group = group if group in GROUPS else "operation"
        gateway = parameters.get("gateway", "")
        known = {account.gateway for account in self.accounts}
        known.update(purses.billing(self.unit))
        self.gateway = gateway if gateway in known else purses.current(self.unit)
        self.filters: dict[str, Any] = {
            name: parameters[name]
            for name in ("operation", "model")
            if parameters.get(name)
        }
        if (user := number(parameters.get("user", ""))) is not None:
            self.filters["user"] = user
        self.today = timezone.localdate()
        self.chosen = periods.chosen(parameters, self.today)
        self.period, self.period_before = self.chosen.period, self.chosen.before
        self.month = reports.month_of(self.today)
        self.month_before = reports.month_of(
            self.month.start - datetime.timedelta(days=1)
        )

    def _team_of(self, key: str) -> Team:
        if not key:
            return self.current_team
        team = self.teams.get(number(key) or 0)
        if team is None:
            raise Http404
        return team

    @property
    def is_other_team(self) -> bool:
        return self.team != self.current_team

    @cached_property
    def teams(self) -> dict[int, Team]:
        """Administered teams."""
        return {row.team_id: row.team for row in self.memberships if row.can_administer}

    @cached_property
    def accounts(self) -> list[LedgerAccount]:
        """Of all `teams`."""
        return list(LedgerAccount.objects.filter(team__in=self.teams))

    @property
    def units(self) -> list[tuple[str, str]]:
        """To choose from; seconds only with an account in them."""
        given = {row.unit for row in self.accounts} | {self.unit}
        return [
            (unit.value, str(unit.label))
            for unit in Unit
            if unit in given or unit != Unit.SECOND
        ]

    @cached_property
    def gateways(self) -> list[str]:
        found = {row.gateway for row in self.accounts if row.unit == self.unit}
        return sorted(found.union(purses.billing(self.unit), {self.gateway}))

    @cached_property
    def balances(self) -> dict[str, int]:
        own = self._accounts_of({self.team.pk})
        empty = dict.fromkeys(LedgerAccount.Kind.values, 0)
        return empty | {row.kind: row.balance for row in own}

    @cached_property
    def balances_before(self) -> dict[str, int]:
        """At the end of `period_before`."""
        own = self._accounts_of({self.team.pk})
        since = reports.moved_since([row.pk for row in own], self.period_before.end)
        empty = dict.fromkeys(LedgerAccount.Kind.values, 0)
        return empty | {row.kind: row.balance - since.get(row.pk, 0) for row in own}

    @cached_property
    def spending(self) -> reports.Spending:
        return self._spending({self.team.pk})

    @cached_property
    def spending_of_teams(self) -> reports.Spending:
        return self._spending(set(self.teams))

    def spending_in(self, group: reports.Group) -> reports.Spending:
        return self.spending_of_teams if group == "team" else self.spending

    @cached_property
    def totals(self) -> dict[datetime.date, int]:
        """Day → amount, over the periods of all figures."""
        start = min(self.period_before.start, self.month_before.start)
        whole = reports.Period(start, max(self.period.end, self.month.end))
        return reports.totals(self.spending.within(whole))

    @property
    def spent_in_period(self) -> int:
        return self.spent(self.period)

    @cached_property
    def person(self) -> str:
        """Name of the user filter, or its key."""
        people = User.objects.filter(pk=self.filters.get("user", 0))
        found = people.filter(transfers__team=self.team).first()
        return found.display_name if found else str(self.filters.get("user", ""))

    @cached_property
    def model_names(self) -> dict[str, str]:
        """Code → name."""
        return model_names.at(self.gateway)

    @property
    def model(self) -> str:
        """Name of the model filter, or its code."""
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
        """Day → key of `group` → amount."""
        return reports.by_day(self.spending_in(self.group), self.group)

    @cached_property
    def amounts(self) -> dict[reports.Group, dict[reports.Key, int]]:
        """Group → key → amount in `period`."""
        within: list[reports.Group] = [group for group in GROUPS if group != "team"]
        found = reports.by_each(self.spending, within)
        if set(self.teams) == {self.team.pk}:
            whole = found["operation"]
            own: dict[reports.Key, int] = {self.team.pk: sum(whole.values())}
            return {**found, "team": own if whole else {}}
        return {**found, "team": reports.by(self.spending_of_teams, "team")}

    def transfers_link(
        self, account: str, period: reports.Period | None = None, **more: object
    ) -> str:
        """Filters apply only with a ``period``."""
        query: dict[str, object] = {"unit": self.unit, "account": account}
        if self.is_other_team:
            query["team"] = self.team.pk
        if self.gateway != purses.current(self.unit) or len(self.gateways) > 1:
            query["gateway"] = self.gateway
        if period:
            query |= self.filters
        query |= more
        if period:
            query |= _days(period.start, period.end)
        return f"{self._transfers_url}?{urlencode(query)}"

    @cached_property
    def _transfers_url(self) -> str:
        return reverse("spend:transfers")

    @cached_property
    def spent_link(self) -> str:
        return self.transfers_link(SPENT, self.period)

    def without_days(self, link: str) -> str:
        """`one_day` completes the link."""
        return link.removesuffix(urlencode(_days(self.period.start, self.period.end)))

    def one_day(self, day: datetime.date) -> str:
        return f"since={day}&until={day}"

    def transfers_links(self, group: reports.Group) -> Callable[[reports.Key], str]:
        """Key → its transfers in the period."""
        return _filled(
            lambda key: self.transfers_link(SPENT, self.period, **{group: key})
        )

    def filter_links(self, group: reports.Group) -> Callable[[reports.Key], str]:
        """Key → this page, filtered by it."""
        return _filled(lambda key: f"?{urlencode({**self.parameters, group: key})}")

    @property
    def is_month_over(self) -> bool:
        """Today is its last day."""
        return self.today == self.month.end

    @cached_property
    def parameters(self) -> dict[str, object]:
        """The page's address; it selects the same again."""
        found: dict[str, object] = {"unit": self.unit, "period": self.chosen.name}
        if self.chosen.name == periods.OWN:
            found |= _days(self.period.start, self.period.end)
        found |= {"by": self.group, "gateway": self.gateway}
        other_team = {"team": self.team.pk} if self.is_other_team else {}
        return {**found, **other_team, **self.filters}

    def _accounts_of(self, teams: set[int]) -> list[LedgerAccount]:
        return [
            row
            for row in self.accounts
            if row.team_id in teams
            and (row.unit, row.gateway) == (self.unit, self.gateway)
        ]

    def _spending(self, teams: set[int]) -> reports.Spending:
        spent = [row for row in self._accounts_of(teams) if row.kind == SPENT]
        accounts = {row.pk: row.team_id for row in spent}
        return reports.Spending(accounts, self.period, self.filters)


def _filled(link: Callable[[str], str]) -> Callable[[reports.Key], str]:
    """Encodes once: a page has hundreds of keys."""
    before, _place, after = link(_PLACEHOLDER).rpartition(quote_plus(_PLACEHOLDER))
    return lambda key: f"{before}{quote_plus(str(key))}{after}"


def _days(start: datetime.date, end: datetime.date) -> dict[str, object]:
    return {"since": start, "until": end}
