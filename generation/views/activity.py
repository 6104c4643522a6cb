"""Recent generations: one's own; the team's for admins."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from accounts.access import MemberRequest
from accounts.paging import page, read_cursor
from generation.models import Artwork, Generation
from generation.operations import OPERATIONS
from generation.presenters import cards
from generation.presenters.filter_bar import FilterBar, Offer
from generation.search import generations, question
from net.request_values import number

PAGE = 24
#: Of what is found, the newest that other filters look at for a page.
MOST_SEARCHED = 1_000
Status = Generation.Status
#: Filter in the address → label, rows.
STATES = {
    "moving": (
        _("In progress"),
        Q(status__in=(*Generation.MOVING, Status.PAUSED)) | Q(is_storing=True),
    ),
    "done": (_("Done"), Q(status=Status.DONE, is_storing=False)),
    "held": (_("In review"), Q(artworks__moderation=Artwork.Moderation.HELD)),
    "rejected": (_("Rejected"), Q(artworks__moderation=Artwork.Moderation.REJECTED)),
    "stopped": (
        _("Failed"),
        Q(status__in=[Status.REFUSED, Status.FAILED, Status.CANCELLED]),
    ),
    "uncertain": (_("Unconfirmed"), Q(status=Status.UNCERTAIN)),
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
        ("state", _("State"), [(key, label) for key, (label, _q) in STATES.items()]),
        ("operation", _("Operation"), [(o.slug, o.title) for o in OPERATIONS.values()]),
    ]
    return FilterBar(request.GET, offers)


def _filtered(request: MemberRequest) -> QuerySet[Generation]:
    rows = Generation.objects.visible_to(request.user)
    rows = rows.in_team(request.membership.team)
    if not _is_everyone(request):
        rows = rows.filter(requested_by=request.user)
    if state := STATES.get(request.GET.get("state", "")):
        rows = rows.filter(pk__in=rows.filter(state[1]).values("pk"))
    if operation := OPERATIONS.get(request.GET.get("operation", "")):
        rows = rows.filter(operation=operation.slug)
    if asked := question.parse(request.GET.get("q", "")):
        rows = rows.filter(pk__in=_found(request, asked))
    return rows


def _found(request: MemberRequest, asked: question.Question) -> list[int]:
    """From the page's beginning on."""
    cursor = read_cursor(request.GET.get("before", ""), numbers=1)
    return generations.newest(
        asked,
        team=request.membership.team_id,
        person=None if _is_everyone(request) else request.user.pk,
        below=cursor[1][0] if cursor else None,
        # Other filters may leave few of them.
        limit=MOST_SEARCHED if {"state", "operation"} & set(request.GET) else PAGE + 1,
    )
