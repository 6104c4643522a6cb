"""What takes much of what is left is confirmed once more before it is sent."""

from accounts.models import Team
from spend.models import SpendRule
from spend.models.policies import DEFAULT_ASKS_PERCENT


def percent(team: Team) -> int:
    """Share of what is left from which a request is large."""
    found = SpendRule.objects.filter(team=team).values_list("asks_percent", flat=True)
    return next(iter(found), DEFAULT_ASKS_PERCENT)


def set_percent(team: Team, percent: int) -> None:
    values = {"asks_percent": percent}
    SpendRule.objects.update_or_create(team=team, defaults=values)


def is_large(team: Team, cost: int, left: int) -> bool:
    return cost * 100 > left * percent(team)
