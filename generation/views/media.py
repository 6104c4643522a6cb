"""The bytes of an artwork: the only way out of the storage."""

from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from accounts.access import MemberRequest
from generation import archive
from generation.models import Artwork


@require_GET
@cache_control(private=True, no_cache=True)
def picture(request: MemberRequest, pk: int) -> HttpResponseBase:
    artwork = get_object_or_404(Artwork.objects.visible_to(request.user), pk=pk)
    if "download" not in request.GET:
        return send(request, artwork, "original")
    response = send(request, artwork, "original", is_attached=True)
    if artwork.first_downloaded_at is None:
        Artwork.objects.filter(pk=pk).mark_downloaded(timezone.now())
    return response


@require_GET
@cache_control(private=True, no_cache=True)
def thumbnail(request: MemberRequest, pk: int) -> HttpResponseBase:
    artwork = get_object_or_404(Artwork.objects.visible_to(request.user), pk=pk)
    return send(request, artwork, "thumbnail")


def send(
    request: HttpRequest,
    artwork: Artwork,
    rendition: archive.Rendition,
    *,
    is_attached: bool = False,
) -> HttpResponseBase:
    """The caller has checked who asks, each time: a browser may keep the bytes, and
    must ask before it shows them again. Never sniffed, never run as a page."""
    etag = f'"{artwork.sha256}-{rendition}"'
    kept = get_conditional_response(request, etag=etag)
    if kept is not None:
        return kept
    try:
        file = archive.open_rendition(artwork.sha256, rendition)
    except FileNotFoundError as error:
        raise Http404 from error
    is_original = rendition == "original"
    response = FileResponse(
        file, content_type=artwork.content_type if is_original else "image/webp"
    )
    extension = artwork.content_type.removeprefix("image/") if is_original else "webp"
    filename = f"wjportal-{artwork.pk}.{extension}"
    response["Content-Disposition"] = (
        f'{"attachment" if is_attached else "inline"}; filename="{filename}"'
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["ETag"] = etag
    return response
