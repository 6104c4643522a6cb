"""Balances and limits for the pages."""

from datetime import date

from django.utils.functional import Promise

from accounts.models import Team, User
from spend import budgets, ledger, purses
from spend.models import Budget, BudgetMonth, LedgerAccount
from spend.units import Unit

#: Budget, counter, limit in the running span.
Limit = tuple[Budget, BudgetMonth, int]


def units(team: Team) -> list[tuple[str, str | Promise]]:
    """To choose from; seconds only with an account in them."""
    given = set(LedgerAccount.objects.filter(team=team).values_list("unit", flat=True))
    return [
        (unit.value, unit.label)
        for unit in Unit
        if unit in given or unit != Unit.SECOND
    ]


def purses_in(team: Team, unit: str) -> list[tuple[str, dict[str, int]]]:
    """Purse and balances by kind, for each gateway that bills in it."""
    gateways = purses.billing(unit) or [""]
    return [(gateway, ledger.balances(team, unit, gateway)) for gateway in gateways]


def in_unit(team: Team, unit: str, day: date) -> list[Limit]:
    return [
        (budget, counter, budgets.allowed(budget, counter))
        for budget, counter in budgets.running(team, unit, day)
    ]


def of_member(user: User, team: Team, day: date) -> list[Limit]:
    """Personal limits and the team's."""
    return [
        limit
        for unit in Unit
        for limit in in_unit(team, unit, day)
        if limit[0].user_id in (None, user.pk)
    ]
