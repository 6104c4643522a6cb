"""Figures, bars by day, a table for each dimension."""

import datetime

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.access import MemberRequest, admins_only
from spend import reports
from spend.csv_export import as_csv
from spend.presenters.figures import figures, month_forecast, month_limit, together
from spend.presenters.shares import TABLES, by_day, csv_rows, parts
from spend.query import GROUPS, PERIODS, SPENT, SpendQuery

DAY = datetime.timedelta(days=1)


@require_GET
@admins_only
def overview(request: MemberRequest) -> HttpResponse:
    query = SpendQuery(request.GET, request.membership.team, request.memberships)
    tables = {group: parts(query, group) for group in TABLES}
    expected = month_forecast(query)
    limit = month_limit(query)
    units_a_day = {
        "budget": limit / len(query.month.days),
        "forecast": expected.a_day if expected else 0,
    }
    full_days = reports.Period(query.month.start, query.today - DAY)
    context = {
        "query": query,
        "units": query.units,
        "periods": [(name, words) for name, (_days, words) in PERIODS.items()],
        "groups": GROUPS.items(),
        "figures": figures(query),
        "forecast": expected,
        "full_days_link": query.transfers_link(SPENT, full_days),
        "limit": limit,
        "by_day": by_day(query, tables[query.group], units_a_day),
        "tables": [(TABLES[group], tables[group]) for group in TABLES],
        "together": together(query),
    }
    return render(request, "spend/overview.html", context)


@require_GET
@admins_only
def overview_csv(request: MemberRequest) -> StreamingHttpResponse:
    query = SpendQuery(request.GET, request.membership.team, request.memberships)
    name = f"spend-{query.unit}-{query.period.start}-{query.period.end}"
    return as_csv(name, csv_rows(query))
