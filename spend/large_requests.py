"""How much a request may cost before its sender is asked once more."""

import sys

from django.utils import timezone

from accounts.models import Team, User
from spend import budgets, ledger
from spend.models import LedgerAccount, SpendRule
from spend.units import Unit

#: Of `percent`.
NEVER = 100


def percent(team: Team) -> int:
    """The team's, of what is left; 100: never asks."""
    found = SpendRule.objects.filter(team=team).values_list(
        "ask_above_percent", flat=True
    )
    return next(iter(found), SpendRule.ASK_ABOVE_PERCENT)


def asks_above(
    team: Team,
    user: User,
    unit: str = Unit.INTEGRAL,
    *,
    operation: str = "",
    gateway: str = "",
) -> int:
    """A cost above this amount is confirmed before it is sent.

    The team's percentage of the smallest rest: of the team's funds and of each limit
    that applies. ``gateway``: the paying purse, by default the one in use.
    """
    share = percent(team)
    if share == NEVER:
        return sys.maxsize
    available = ledger.balances(team, unit, gateway)[LedgerAccount.Kind.AVAILABLE]
    applying = budgets.allowances(
        team, user, unit, timezone.localdate(), operation, gateway
    )
    left = min([max(available, 0), *(each.left for each in applying)])
    return left * share // 100
