"""Pictures and thumbnails; the archive has no other way out."""

from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from accounts.access import MemberRequest
from generation.models import Artwork
from generation.presenters.file_responses import (
    rendition_response,
    small_response,
)
from generation.renditions import Channel

#: A browser keeps a thumbnail so long. Pages are never kept: one that is taken down is
#: on none of them.
THUMBNAIL_SECONDS = 300


@require_GET
@cache_control(private=True, no_cache=True)
def picture(request: MemberRequest, pk: int) -> HttpResponseBase:
    artwork = get_object_or_404(Artwork.objects.visible_to(request.user), pk=pk)
    is_attached = "download" in request.GET
    channel = Channel.DOWNLOAD if is_attached else Channel.VIEW
    response = rendition_response(
        request, artwork, channel, request.user, is_attached=is_attached
    )
    is_sent = is_attached and response.status_code == 200
    if is_sent and artwork.first_downloaded_at is None:
        Artwork.objects.filter(pk=pk).mark_downloaded(timezone.now())
    return response


@require_GET
@cache_control(private=True, max_age=THUMBNAIL_SECONDS)
def thumbnail(request: MemberRequest, pk: int) -> HttpResponseBase:
    artwork = get_object_or_404(Artwork.objects.visible_to(request.user), pk=pk)
    return small_response(request, artwork, "thumbnail")
