"""The numbers on top of the spend page, each with its link."""

from dataclasses import dataclass
from decimal import Decimal

from spend import purses, reports
from spend.models import LedgerAccount, Rate
from spend.query import SpendQuery
from spend.units import Unit

Purse = LedgerAccount.Kind


def figures(asked: SpendQuery) -> dict[str, object]:
    periods = {
        "spent": asked.period,
        "spent_before": asked.period_before,
        "month": asked.month,
        "month_before": asked.month_before,
    }
    found: dict[str, object] = {}
    for name, period in periods.items():
        found[name] = asked.spent(period)
        found[f"{name}_link"] = asked.link_to(Purse.SPENT, period)
    for purse in (Purse.RESERVED, Purse.AVAILABLE):
        found[purse.value] = asked.balances[purse]
        found[f"{purse.value}_link"] = asked.link_to(purse)
        found[f"{purse.value}_before"] = asked.balances_before[purse]
        before = asked.link_to(purse, until=asked.period_before.end)
        found[f"{purse.value}_before_link"] = before
    found["lost"] = asked.balances[Purse.WRITTEN_OFF]
    found["lost_link"] = asked.link_to(Purse.WRITTEN_OFF)
    found["allocated"] = -asked.balances[Purse.ALLOCATION]
    found["allocated_link"] = asked.link_to(Purse.ALLOCATION)
    return found


@dataclass(frozen=True, slots=True)
class Together:
    """What all units came to in integrals, at the rates an admin set."""

    integrals: int
    rates: list[Rate]


def together(asked: SpendQuery) -> Together | None:
    """Of the period, in the team, at the gateway accounts that are in use as the chosen
    one is: None where there is no rate to count with."""
    rates = {rate.unit: rate for rate in Rate.objects.filter(team=asked.team)}
    if not rates:
        return None
    units = {
        row.pk: row.unit
        for row in asked.accounts
        if row.kind == Purse.SPENT
        and row.team_id == asked.team.pk
        and purses.is_sandbox(row.gateway) == purses.is_sandbox(asked.gateway)
        and (row.unit == Unit.INTEGRAL or row.unit in rates)
    }
    spending = reports.Spending(dict.fromkeys(units, 0), asked.period, asked.filters)
    integrals = Decimal(0)
    for account, amount in reports.by_account(spending).items():
        rate = rates.get(units[account])
        integrals += amount * (rate.integrals if rate else 1)
    return Together(round(integrals), list(rates.values()))
