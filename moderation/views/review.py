"""One artwork before a moderator: facts, cover, and the picture once it is revealed."""

from typing import Any

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers

from accounts.access import MemberRequest
from generation.models import Artwork
from generation.views.facts import parameters
from generation.views.media import send
from moderation.models import Decision, Reveal
from moderation.views.waiting import known_part, next_after


@require_GET
@vary_on_headers("HX-Request")
def review(request: MemberRequest, pk: int) -> HttpResponse:
    return show(request, _reviewable(request, pk), part=known_part(request.GET))


@require_GET
@cache_control(private=True, no_cache=True)
def cover(request: MemberRequest, pk: int) -> HttpResponseBase:
    return send(request, _reviewable(request, pk), "cover")


@require_POST
def reveal(request: MemberRequest, pk: int) -> HttpResponse:
    artwork = _reviewable(request, pk)
    part = known_part(request.POST)
    Reveal.objects.create(artwork=artwork, revealed_by=request.user)
    if request.htmx:
        shown = {"artwork": artwork, "is_revealed": True, "part": part}
        return render(request, "moderation/_frame.html", shown)
    return redirect(f"{reverse('moderation:review', args=[pk])}?revealed=1&part={part}")


@require_GET
@cache_control(private=True, no_store=True)
def picture(request: MemberRequest, pk: int) -> HttpResponseBase:
    artwork = _reviewable(request, pk)
    if not _has_revealed(request, artwork):
        raise Http404
    return send(request, artwork, "original")


def show(
    request: MemberRequest, artwork: Artwork, *, status: int = 200, **more: Any
) -> HttpResponse:
    """Covered, unless one has revealed it and the address says so (without htmx)."""
    part = more.setdefault("part", "")
    asks = "revealed" in request.GET
    context = {
        "artwork": artwork,
        "decisions": artwork.decisions.select_related("decided_by").order_by("-pk"),
        "parameters": parameters(artwork.generation),
        "reasons": Decision.Reason.choices,
        "next": next_after(artwork, request.user, part),
        "is_revealed": asks and _has_revealed(request, artwork),
        "reveals": artwork.reveals.filter(revealed_by=request.user).count(),
    }
    name = "moderation/_review.html" if request.htmx else "moderation/review.html"
    return render(request, name, context | more, status=status)


def _reviewable(request: MemberRequest, pk: int) -> Artwork:
    rows = Artwork.objects.reviewable_by(request.user)
    rows = rows.select_related("generation__account", "requested_by", "task", "team")
    return get_object_or_404(rows, pk=pk)


def _has_revealed(request: MemberRequest, artwork: Artwork) -> bool:
    return artwork.reveals.filter(revealed_by=request.user).exists()
