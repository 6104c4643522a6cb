"""Waste: the spend page's part that reads tasks, and the generations behind it."""

from django.db.models import Sum
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from accounts.access import MemberRequest, admins_only
from accounts.paging import page
from generation import outcomes
from generation.models import Generation
from generation.presenters import cards
from generation.presenters.outcomes import KINDS, OutcomeTables, csv_rows, scope
from spend.csv_export import as_csv
from spend.presenters.filter_chips import chips_of
from spend.query import SpendQuery

PAGE = 24


@require_GET
@never_cache
@admins_only
@vary_on_headers("HX-Request")
def waste(request: MemberRequest) -> HttpResponse:
    """Loaded after the spend page: it reads tasks, not daily sums."""
    query = SpendQuery(request.GET, request.membership.team, request.memberships)
    found = OutcomeTables(query)
    shown = {"query": query, "waste": found.figures, "tables": found.tables}
    part = "generation/_waste.html" if request.htmx else "generation/waste.html"
    return render(request, part, shown)


@require_GET
@admins_only
def waste_csv(request: MemberRequest) -> StreamingHttpResponse:
    query = SpendQuery(request.GET, request.membership.team, request.memberships)
    name = f"outcomes-{query.unit}-{query.period.start}-{query.period.end}"
    return as_csv(name, csv_rows(OutcomeTables(query)))


@require_GET
@never_cache
@admins_only
@vary_on_headers("HX-Request")
def wasted_generations(request: MemberRequest, kind: str) -> HttpResponse:
    """Newest first, with the cost of their tasks."""
    if kind not in KINDS:
        raise Http404
    query = SpendQuery(request.GET, request.membership.team, request.memberships)
    within = scope(query, [query.team.pk])
    is_all = kind == "ended"
    tasks = outcomes.ended(within) if is_all else outcomes.wasted(within, kind)
    rows = Generation.objects.visible_to(request.user).in_team(query.team)
    rows = rows.filter(pk__in=tasks.order_by().values("generation"))
    found = page(rows, request.GET.get("before", ""), PAGE)
    shown = {
        "query": query,
        "title": KINDS[kind],
        "cost": tasks.aggregate(all=Sum("cost"))["all"] or 0,
        "cards": cards.of_page(found.rows, request.user),
        "older": found.older,
        "chips": chips_of(request.GET, query),
    }
    is_part = request.htmx  # scrolled to
    name = "_activity" if is_part else "wasted_generations"
    return render(request, f"generation/{name}.html", shown)
