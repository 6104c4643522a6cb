"""One artwork before a moderator: facts, cover, picture after a reveal.

Opening leases the review. The page loads the next item ahead (``next``).
"""

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.access import MemberRequest
from generation.presenters.file_responses import (
    revealed_response,
    small_response,
)
from moderation import exposure, opening, reveals, review_leases
from moderation.models import Desk
from moderation.queue_filter import (
    QueueFilter,
    chosen_team,
    moderated_teams,
    review_keys,
)
from moderation.views import responses


@require_GET
def next_item(request: MemberRequest) -> HttpResponse:
    """Redirects to the leased item, or answers its part with ``ahead`` (204: nothing is
    on offer)."""
    team = chosen_team(request, moderated_teams(request))
    queue_filter = QueueFilter.of(request.GET, team.pk)
    is_ahead = request.htmx and "ahead" in request.GET
    if not is_ahead:
        review_leases.leave_sheet(request.user, team.pk)
    try:
        found = queue_filter.take_next(request.user, review_keys(request.GET))
        if found is None and not is_ahead and queue_filter.waiting().exists():
            messages.info(
                request,
                _("Nothing here is for you right now: colleagues have the rest."),
            )
    except exposure.OnBreak:  # the queue's page shows the break
        found = None
    if not is_ahead:
        key = found.artwork_id if found else None
        return responses.item_or_queue(request, key, queue_filter)
    if found is None:
        return HttpResponse(status=204)
    artwork = responses.reviewable(request, found.artwork_id)
    return responses.page(request, artwork, found, queue_filter)


@require_GET
@vary_on_headers("HX-Request")
def review(request: MemberRequest, pk: int) -> HttpResponse:
    artwork = responses.reviewable(request, pk)
    queue_filter = QueueFilter.of(request.GET, artwork.team_id)
    return responses.opened(request, artwork, queue_filter)


@require_GET
@cache_control(private=True, no_cache=True)
def cover(request: MemberRequest, pk: int) -> HttpResponseBase:
    return small_response(request, responses.reviewable(request, pk), "cover")


@require_POST
def reveal(request: MemberRequest, pk: int) -> HttpResponse:
    artwork = responses.reviewable(request, pk)
    queue_filter = QueueFilter.of(request.POST, artwork.team_id)
    reveals.reveal(artwork, by=request.user)
    if request.htmx:
        shown = {"artwork": artwork, "is_revealed": True, "queue_filter": queue_filter}
        shown["desk"] = Desk.of(request.user)
        review = opening.current(artwork, request.user)
        is_mine = bool(review and review.is_claimed_by(request.user))
        shown |= {"review": review, "is_mine": is_mine}
        return render(request, "moderation/_revealed.html", shown)
    address = reverse("moderation:review", args=[pk])
    return redirect(f"{address}?revealed=1&{queue_filter.query}")


@require_GET
@cache_control(private=True, no_store=True)
def picture(request: MemberRequest, pk: int) -> HttpResponseBase:
    artwork = responses.reviewable(request, pk)
    if not reveals.has_revealed(artwork, request.user):
        raise Http404
    return revealed_response(request, artwork)
