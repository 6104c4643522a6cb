"""What each team of a list has; two queries for any number of teams."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Count

from accounts.models import Membership, Team
from spend.models import LedgerAccount

Kind = LedgerAccount.Kind


@dataclass(slots=True)
class TeamBalances:
    """``purses``: gateway, unit, available, spent."""

    team: Team
    people: int = 0
    purses: list[tuple[str, str, int, int]] = field(default_factory=list)


def with_balances(teams: Sequence[Team]) -> list[TeamBalances]:
    """Only purses that were ever used."""
    found = {team.pk: TeamBalances(team) for team in teams}
    counted = Membership.objects.filter(team__in=found).order_by().values("team")
    for row in counted.annotate(people=Count("pk")):
        found[row["team"]].people = row["people"]
    rows = LedgerAccount.objects.filter(
        team__in=found, kind__in=(Kind.AVAILABLE, Kind.SPENT)
    )
    purses: dict[tuple[int, str, str], dict[str, int]] = {}
    for account in rows.order_by("unit", "gateway"):
        key = (account.team_id, account.gateway, account.unit)
        purses.setdefault(key, {})[account.kind] = account.balance
    for (team, gateway, unit), sums in purses.items():
        available, spent = sums.get(Kind.AVAILABLE, 0), sums.get(Kind.SPENT, 0)
        found[team].purses.append((gateway, unit, available, spent))
    return list(found.values())
