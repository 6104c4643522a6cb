"""Alerts for budgets nearly used up, or forecast to be.

Once per budget, span and threshold.
"""

import datetime

from django.urls import reverse

from accounts.models import Team
from notifications import alerts
from notifications.models import Alert
from spend import budgets, reports
from spend.forecasts import Forecast, forecast
from spend.models import Budget, BudgetMonth, LedgerAccount
from spend.units import Unit

USED_PERCENT = (80, 100)
FORECAST_PERCENT = (100,)


def warn(today: datetime.date) -> int:
    """Returns the number raised."""
    raised = 0
    for team in Team.objects.filter(budgets__isnull=False).distinct():
        for unit in Unit:
            for budget, counter in budgets.running(team, unit, today):
                raised += _warn(budget, counter, today)
    return raised


def _warn(budget: Budget, counter: BudgetMonth, today: datetime.date) -> int:
    limit = budgets.allowed(budget, counter)
    if limit <= 0:
        return 0
    facts = {"whose": _label(budget), "used": counter.used, "limit": limit}
    raised = sum(
        _raise("budget_used", budget, counter, percent, facts)
        for percent in USED_PERCENT
        if counter.used * 100 >= limit * percent
    )
    expected = _forecast(budget, today) if counter.used < limit else None
    if expected:
        facts["forecast"] = expected.middle
        raised += sum(
            _raise("budget_forecast", budget, counter, percent, facts)
            for percent in FORECAST_PERCENT
            if expected.middle * 100 >= limit * percent
        )
    return raised


def _raise(
    kind: str,
    budget: Budget,
    counter: BudgetMonth,
    percent: int,
    facts: dict[str, object],
) -> bool:
    """A cleared alert is not raised again."""
    key = f"{budget.pk}:{counter.month}:{percent}"
    if Alert.objects.filter(kind=kind, key=key).exists():
        return False
    return alerts.tell(
        kind,
        key=key,
        facts={**facts, "percent": percent},
        team=budget.team,
        url=reverse("spend:budgets"),
    )


def _label(budget: Budget) -> str:
    owner = budget.user.display_name if budget.user else budget.team.name
    about = [budget.project, budget.operation, budget.gateway.partition(":")[0]]
    return " · ".join([owner, *filter(None, about)])


def _forecast(budget: Budget, today: datetime.date) -> Forecast | None:
    """For the running month; None for a project."""
    if budget.period != Budget.Period.MONTH:
        return None
    month = reports.month_of(today)
    accounts = LedgerAccount.objects.filter(
        team=budget.team_id, unit=budget.unit, kind=LedgerAccount.Kind.SPENT
    )
    if budget.gateway:
        accounts = accounts.filter(gateway=budget.gateway)
    filters = {"user": budget.user_id, "operation": budget.operation}
    spending = reports.Spending(
        dict(accounts.values_list("pk", "team")),
        month,
        {name: value for name, value in filters.items() if value},
    )
    totals = reports.totals(spending)
    full = [totals.get(day, 0) for day in month.days if day < today]
    return forecast(full, totals.get(today, 0), len(month.days))
