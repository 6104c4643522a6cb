"""Recent generations: one's own; the team's for admins."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from accounts.access import MemberRequest
from accounts.paging import page, read_cursor
from generation.models import Generation
from generation.operations import OPERATIONS
from generation.presenters import cards
from generation.presenters.filter_bar import FilterBar, Offer
from generation.search import generations, question
from net.request_values import number

PAGE = 24
#: Filter in the address → label.
STATES = {
    "moving": _("In progress"),
    "done": _("Done"),
    "held": _("In review"),
    "rejected": _("Rejected"),
    "stopped": _("Failed"),
    "uncertain": _("Unconfirmed"),
}


@require_GET
@never_cache
@vary_on_headers("HX-Request")
def activity(request: MemberRequest) -> HttpResponse:
    found = page(_filtered(request), request.GET.get("before", ""), PAGE)
    shown = cards.of_page(found.rows, request.user)
    filters = _filter_bar(request)
    context: dict[str, Any] = {
        "cards": shown,
        "older": found.older,
        "is_everyone": _is_everyone(request),
        "filters": filters,
    }
    if request.htmx:  # what the page shows already goes on moving
        seen, after = request.GET.get("seen", ""), request.GET.get("after", "")
        context["poll_cursor"] = cards.joined(seen, cards.poll_cursor(shown))
        context["newest"] = number(after)
    elif "before" in request.GET or filters.chips or _is_everyone(request):
        context["poll_cursor"] = cards.poll_cursor(shown)
    else:
        context |= cards.feed_context(shown)
    part = "generation/_activity.html" if request.htmx else "generation/activity.html"
    return render(request, part, context)


def _is_everyone(request: MemberRequest) -> bool:
    return request.membership.can_administer and "everyone" in request.GET


def _filter_bar(request: MemberRequest) -> FilterBar:
    offers: list[Offer] = [
        ("state", _("State"), STATES.items()),
        ("operation", _("Operation"), [(o.slug, o.title) for o in OPERATIONS.values()]),
    ]
    return FilterBar(request.GET, offers)


def _filtered(request: MemberRequest) -> QuerySet[Generation]:
    rows = Generation.objects.visible_to(request.user)
    rows = rows.in_team(request.membership.team)
    if not _is_everyone(request):
        rows = rows.filter(requested_by=request.user)
    facets = _facets(request)
    asked = question.parse(request.GET.get("q", ""))
    if facets or asked:
        rows = rows.filter(pk__in=_found(request, asked, facets))
    return rows


def _facets(request: MemberRequest) -> list[str]:
    """Unknown values choose nothing."""
    state, operation = (request.GET.get(name, "") for name in ("state", "operation"))
    found = [generations.state(state)] if state in STATES else []
    return found + (
        [generations.operation(operation)] if operation in OPERATIONS else []
    )


def _found(
    request: MemberRequest, asked: question.Question | None, facets: list[str]
) -> list[int]:
    """Of one page, from its beginning on."""
    cursor = read_cursor(request.GET.get("before", ""), numbers=1)
    return generations.newest(
        asked,
        team=request.membership.team_id,
        person=None if _is_everyone(request) else request.user.pk,
        below=cursor[1][0] if cursor else None,
        limit=PAGE + 1,
        facets=facets,
    )
