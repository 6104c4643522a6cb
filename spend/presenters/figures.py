"""Figures of the spend page, linked to their transfers."""

from dataclasses import dataclass
from decimal import Decimal

from spend import budgets, purses, reports
from spend.forecasts import Forecast, forecast
from spend.models import LedgerAccount, Rate
from spend.query import SpendQuery
from spend.units import Unit

Account = LedgerAccount.Kind


def figures(query: SpendQuery) -> dict[str, object]:
    """Name → amount; name + ``_link`` → address of its transfers."""
    periods = {
        "spent": query.period,
        "spent_before": query.period_before,
        "month": query.month,
        "month_before": query.month_before,
    }
    found: dict[str, object] = {}
    for name, period in periods.items():
        found[name] = query.spent(period)
        found[f"{name}_link"] = query.transfers_link(Account.SPENT, period)
    for account in (Account.RESERVED, Account.AVAILABLE):
        found[account.value] = query.balances[account]
        found[f"{account.value}_link"] = query.transfers_link(account)
        found[f"{account.value}_before"] = query.balances_before[account]
        before = query.transfers_link(account, until=query.period_before.end)
        found[f"{account.value}_before_link"] = before
    found["lost"] = query.balances[Account.WRITTEN_OFF]
    found["lost_link"] = query.transfers_link(Account.WRITTEN_OFF)
    found["allocated"] = -query.balances[Account.ALLOCATION]
    found["allocated_link"] = query.transfers_link(Account.ALLOCATION)
    return found


def month_forecast(query: SpendQuery) -> Forecast | None:
    """None on the last day: there is nothing to foretell."""
    if query.is_month_over:
        return None
    full = [day for day in query.month.days if day < query.today]
    return forecast(
        [query.totals.get(day, 0) for day in full],
        query.totals.get(query.today, 0),
        len(query.month.days),
    )


def month_limit(query: SpendQuery) -> int:
    """The whole team's; 0 for none, or under filters."""
    for budget, counter in budgets.running(query.team, query.unit, query.today):
        is_whole = not (budget.user_id or budget.operation or budget.project)
        if is_whole and budget.gateway in ("", query.gateway) and not query.filters:
            return budgets.allowed(budget, counter)
    return 0


@dataclass(frozen=True, slots=True)
class Together:
    """All spending, converted to integrals."""

    integrals: int
    rates: list[Rate]


def together(query: SpendQuery) -> Together | None:
    """Sandbox purses, or all others, as the chosen one. None without a rate."""
    rates = {rate.unit: rate for rate in Rate.objects.filter(team=query.team)}
    if not rates:
        return None
    units = {
        row.pk: row.unit
        for row in query.accounts
        if row.kind == Account.SPENT
        and row.team_id == query.team.pk
        and purses.is_sandbox(row.gateway) == purses.is_sandbox(query.gateway)
        and (row.unit == Unit.INTEGRAL or row.unit in rates)
    }
    spending = reports.Spending(dict.fromkeys(units, 0), query.period, query.filters)
    integrals = Decimal(0)
    for account, amount in reports.by_account(spending).items():
        rate = rates.get(units[account])
        integrals += amount * (rate.integrals if rate else 1)
    return Together(round(integrals), list(rates.values()))
