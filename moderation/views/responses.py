"""Responses shared by review views. Each opens first, then composes."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect, push_url

from accounts.access import MemberRequest
from generation.models import Artwork
from moderation import exposure, opening, review_leases
from moderation.models import Review
from moderation.presenters import queue_page, review_page
from moderation.queue_filter import QueueFilter, review_keys


def reviewable(request: MemberRequest, pk: int) -> Artwork:
    """Raises Http404 where the person may not review."""
    rows = Artwork.objects.reviewable_by(request.user)
    rows = rows.select_related("generation__account", "requested_by", "task", "team")
    return get_object_or_404(rows, pk=pk)


def address(artwork: int, queue_filter: QueueFilter) -> str:
    return f"{reverse('moderation:review', args=[artwork])}?{queue_filter.query}"


def opened(
    request: MemberRequest,
    artwork: Artwork,
    queue_filter: QueueFilter,
    *,
    status: int = 200,
    **extra: Any,
) -> HttpResponse:
    """Lease the review where allowed, then show it."""
    review = opening.open_review(artwork, by=request.user)
    return page(request, artwork, review, queue_filter, status=status, **extra)


def page(
    request: MemberRequest,
    artwork: Artwork,
    review: Review | None,
    queue_filter: QueueFilter,
    *,
    status: int = 200,
    **extra: Any,
) -> HttpResponse:
    """Writes nothing."""
    context = review_page.context(request, artwork, review, queue_filter) | extra
    name = "moderation/_review.html" if request.htmx else "moderation/review.html"
    return render(request, name, context, status=status)


def item_or_queue(
    request: MemberRequest,
    artwork: int | None,
    queue_filter: QueueFilter,
    extra_query: str = "",
) -> HttpResponse:
    if artwork is not None:
        return redirect(f"{address(artwork, queue_filter)}{extra_query}")
    queue = f"{reverse('moderation:queue')}?{queue_filter.query}{extra_query}"
    return HttpResponseClientRedirect(queue) if request.htmx else redirect(queue)


def after_action(
    request: MemberRequest, artwork: Artwork, done: Review | None, message: str
) -> HttpResponse:
    """The next item; the strip alone where the page loaded that ahead."""
    queue_filter = QueueFilter.of(request.POST, artwork.team_id)
    undoable = [done] if done and done.is_undoable else []
    if "ahead" in request.POST:
        strip = {"queue_filter": queue_filter, "undoable": undoable, "word": message}
        strip |= queue_page.remaining(queue_filter, request.user)
        return render(request, "moderation/_strip.html", strip)
    messages.success(request, message)
    return _next(request, queue_filter, undoable)


def _next(
    request: MemberRequest, queue_filter: QueueFilter, undoable: list[Review]
) -> HttpResponse:
    held = review_leases.held_by(request.user).filter(team=queue_filter.team)
    # Pages without scripts give no lease back: held reviews come first.
    has_scripts = request.htmx or "shown" in request.POST
    following = None if has_scripts else held.filter(is_on_sheet=False).first()
    try:
        taken = following or queue_filter.take_next(
            request.user, review_keys(request.POST)
        )
    except exposure.OnBreak:
        taken = None
    following = taken or held.first()  # perhaps one that a page had loaded ahead
    if following is None or not request.htmx:
        undo = "".join(f"&undo={row.pk}" for row in undoable)
        key = following.artwork_id if following else None
        return item_or_queue(request, key, queue_filter, undo)
    artwork = reviewable(request, following.artwork_id)
    review = taken or opening.open_review(artwork, by=request.user)
    shown = page(request, artwork, review, queue_filter, undoable=undoable, strip=True)
    return push_url(shown, address(artwork.pk, queue_filter))


def refused(
    request: MemberRequest, artwork: Artwork, *, status: int, **typed: Any
) -> HttpResponse:
    """Nothing was written: the item as it is now, with the typed text."""
    artwork.refresh_from_db(fields=["moderation", "moderated_at"])
    queue_filter = QueueFilter.of(request.POST, artwork.team_id)
    typed["note"] = request.POST.get("note", "")
    typed["text"] = request.POST.get("text", "")
    return opened(request, artwork, queue_filter, status=status, **typed)
