"""The pictures that an author brought along: covered until revealed, as what came of
them is, and each look counted."""

from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_POST

from accounts.access import MemberRequest
from generation import uploads
from generation.models import Artwork, Upload
from moderation.models import Desk
from moderation.presenters.item_facts import brought_along
from moderation.queue_filter import place
from moderation.views.review import count_reveal, has_revealed, reviewable


@require_GET
@cache_control(private=True, max_age=3600)
def cover(request: MemberRequest, pk: int, upload: int) -> HttpResponse:
    _, found = _brought(request, pk, upload)
    try:
        return HttpResponse(uploads.cover(found), content_type="image/webp")
    except FileNotFoundError as error:
        raise Http404 from error


@require_POST
def reveal(request: MemberRequest, pk: int, upload: int) -> HttpResponse:
    artwork, found = _brought(request, pk, upload)
    where = place(request.POST, artwork.team_id)
    count_reveal(artwork, request.user, found.sha256)
    if not request.htmx:
        address = reverse("moderation:review", args=[pk])
        return redirect(f"{address}?reference={found.pk}&{where.query}")
    shown = {"artwork": artwork, "upload": found, "is_open": True, "place": where}
    shown["desk"] = Desk.of(request.user)
    return render(request, "moderation/_reference.html", shown)


@require_GET
@cache_control(private=True, no_store=True)
def picture(request: MemberRequest, pk: int, upload: int) -> HttpResponseBase:
    artwork, found = _brought(request, pk, upload)
    if not has_revealed(request.user, artwork, found.sha256):
        raise Http404
    try:
        return FileResponse(uploads.open_thumbnail(found), content_type="image/webp")
    except FileNotFoundError as error:
        raise Http404 from error


def _brought(request: MemberRequest, pk: int, upload: int) -> tuple[Artwork, Upload]:
    artwork = reviewable(request, pk)
    return artwork, get_object_or_404(brought_along(artwork), pk=upload)
