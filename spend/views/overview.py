"""Figures, bars by day, a table for each dimension."""

import datetime
from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.access import MemberRequest, admins_only
from net.request_values import number
from spend import periods, reports
from spend.csv_export import as_csv
from spend.forms import PeriodForm, ViewForm
from spend.models import SavedView
from spend.presenters.figures import figures, month_forecast, month_limit, together
from spend.presenters.filter_chips import chips_of
from spend.presenters.shares import TABLES, Part, by_day, csv_rows, parts
from spend.query import GROUPS, SPENT, SpendQuery

DAY = datetime.timedelta(days=1)


@require_GET
@admins_only
def overview(request: MemberRequest) -> HttpResponse:
    return overview_page(request)


@require_GET
@admins_only
def overview_csv(request: MemberRequest) -> StreamingHttpResponse:
    query = query_of(request)
    name = f"spend-{query.unit}-{query.period.start}-{query.period.end}"
    return as_csv(name, csv_rows(query))


def query_of(request: MemberRequest) -> SpendQuery:
    return SpendQuery(request.GET, request.membership.team, request.memberships)


def overview_page(
    request: MemberRequest, view_form: ViewForm | None = None
) -> HttpResponse:
    """``view_form``: a refused one, with what was typed."""
    query, period_form = query_of(request), _period_form(request)
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
        "periods": periods.PRESETS.items(),
        "period_form": period_form,
        "groups": GROUPS.items(),
        "chips": chips_of(request.GET, query),
        "figures": figures(query),
        "forecast": expected,
        "full_days_link": query.transfers_link(SPENT, full_days),
        "limit": limit,
        "by_day": by_day(query, tables[query.group], units_a_day),
        "tables": [(TABLES[group], tables[group]) for group in TABLES],
        "choices": _choices(query, tables),
        "together": together(query),
        **_views(request, view_form),
    }
    is_refused = view_form or period_form.errors
    status = 422 if is_refused else 200
    return render(request, "spend/overview.html", context, status=status)


def _period_form(request: MemberRequest) -> PeriodForm:
    """Bound to days of one's own."""
    is_own = request.GET.get("period") == periods.OWN
    return PeriodForm(request.GET if is_own else None, auto_id="period-%s")


def _choices(
    query: SpendQuery, tables: Mapping[reports.Group, list[Part]]
) -> list[tuple[str, object, list[tuple[object, str, bool]]]]:
    """Group, title, (key, words, chosen): what the tables list."""
    return [
        (
            group,
            TABLES[group],
            [
                (part.key, part.words, part.key == query.filters.get(group))
                for part in found
                if part.key
            ],
        )
        for group, found in tables.items()
        if group != "team"
    ]


def _views(request: MemberRequest, form: ViewForm | None) -> dict[str, Any]:
    team, user = request.membership.team, request.user
    kept = SavedView.objects.of_spend()
    rows = kept.visible_to(user, team).select_related("saved_by")
    removed = kept.filter(team=team, saved_by=user)
    removed = removed.exclude(removed_at=None)
    gone = number(request.GET.get("removed_view", ""))
    return {
        "views": rows.order_by("name", "pk"),
        "view_form": form or ViewForm(auto_id="view-%s"),
        "removed_view": removed.filter(pk=gone).first() if gone else None,
    }
