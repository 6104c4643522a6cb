"""The author's reference pictures: covered until revealed; each look is counted."""

from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_POST

from accounts.access import MemberRequest
from generation import uploads
from generation.models import Artwork, Upload
from moderation import reveals
from moderation.models import Desk
from moderation.presenters.item_facts import reference_pictures
from moderation.queue_filter import QueueFilter
from moderation.views.responses import reviewable


@require_GET
@cache_control(private=True, max_age=3600)
def cover(request: MemberRequest, pk: int, upload: int) -> HttpResponse:
    _, found = _reference(request, pk, upload)
    try:
        return HttpResponse(uploads.cover(found), content_type="image/webp")
    except FileNotFoundError as error:
        raise Http404 from error


@require_POST
def reveal(request: MemberRequest, pk: int, upload: int) -> HttpResponse:
    artwork, found = _reference(request, pk, upload)
    queue_filter = QueueFilter.of(request.POST, artwork.team_id)
    reveals.reveal(artwork, by=request.user, reference=found.sha256)
    if not request.htmx:
        address = reverse("moderation:review", args=[pk])
        return redirect(f"{address}?reference={found.pk}&{queue_filter.query}")
    shown = {
        "artwork": artwork,
        "upload": found,
        "is_open": True,
        "queue_filter": queue_filter,
        "desk": Desk.of(request.user),
    }
    return render(request, "moderation/_reference.html", shown)


@require_GET
@cache_control(private=True, no_store=True)
def picture(request: MemberRequest, pk: int, upload: int) -> HttpResponseBase:
    artwork, found = _reference(request, pk, upload)
    if not reveals.has_revealed(artwork, request.user, found.sha256):
        raise Http404
    try:
        return FileResponse(uploads.open_thumbnail(found), content_type="image/webp")
    except FileNotFoundError as error:
        raise Http404 from error


def _reference(request: MemberRequest, pk: int, upload: int) -> tuple[Artwork, Upload]:
    artwork = reviewable(request, pk)
    return artwork, get_object_or_404(reference_pictures(artwork), pk=upload)
