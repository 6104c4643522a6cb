"""What was spent: four figures, bars by day, a table for each dimension."""

import datetime
from collections.abc import Iterator

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from accounts.access import MemberRequest, admins_only
from spend import budgets, reports
from spend.csv_export import as_csv
from spend.forecasts import Forecast, forecast
from spend.presenters.figures import figures, together
from spend.presenters.shares import by_day, parts
from spend.query import GROUPS, PERIODS, SPENT, SpendQuery

DAY = datetime.timedelta(1)
TABLES: dict[reports.Group, object] = {
    "user": gettext_lazy("People"),
    "operation": gettext_lazy("Operations"),
    "model": gettext_lazy("Models"),
    "team": gettext_lazy("Teams"),
}


@require_GET
@admins_only
def overview(request: MemberRequest) -> HttpResponse:
    asked = SpendQuery(request.GET, request.membership.team, request.memberships)
    tables = {group: parts(asked, group) for group in TABLES}
    expected = _forecast(asked)
    limit = _limit(asked)
    paces = {
        "budget": limit / len(asked.month.days),
        "forecast": expected.a_day if expected else 0,
    }
    page = {
        "asked": asked,
        "units": asked.units,
        "periods": [(key, words) for key, (_days, words) in PERIODS.items()],
        "groups": GROUPS.items(),
        "figures": figures(asked),
        "forecast": expected,
        "full_days_link": asked.link_to(
            SPENT, reports.Period(asked.month.start, asked.today - DAY)
        ),
        "limit": limit,
        "by_day": by_day(asked, tables[asked.group], paces),
        "tables": [(TABLES[group], tables[group]) for group in TABLES],
        "together": together(asked),
    }
    return render(request, "spend/overview.html", page)


@require_GET
@admins_only
def overview_csv(request: MemberRequest) -> StreamingHttpResponse:
    asked = SpendQuery(request.GET, request.membership.team, request.memberships)
    name = f"spend-{asked.unit}-{asked.period.start}-{asked.period.end}"
    return as_csv(name, _csv_rows(asked))


def _forecast(asked: SpendQuery) -> Forecast | None:
    """Of the running month, from its full days."""
    full = [day for day in asked.month.days if day < asked.today]
    return forecast(
        [asked.totals.get(day, 0) for day in full],
        asked.totals.get(asked.today, 0),
        len(asked.month.days),
    )


def _limit(asked: SpendQuery) -> int:
    """The team's own monthly limit in this unit; 0 where there is none."""
    for budget, counter in budgets.running(asked.team, asked.unit, asked.today):
        is_whole = not (budget.user_id or budget.operation or budget.project)
        if is_whole and budget.gateway in ("", asked.gateway) and not asked.filters:
            return budgets.allowed(budget, counter)
    return 0


def _csv_rows(asked: SpendQuery) -> Iterator[list[object]]:
    """The table under the bars, each column of its own: no "others"."""
    columns = parts(asked, asked.group)
    yield [_("day"), *(part.words for part in columns), _("total"), _("unit")]
    days = asked.amounts_by_day
    for day in asked.period.days:
        amounts = days.get(day, {})
        row = [amounts.get(part.key, 0) for part in columns]
        yield [day.isoformat(), *row, sum(row), asked.unit]
