"""Responses with bytes of artworks and uploads; the caller checks access and sets the
cache headers."""

from collections.abc import Callable
from typing import Literal

from django.core.files.base import File
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.utils.cache import get_conditional_response

from accounts.access import MemberRequest
from generation import archive, renditions
from generation.models import Artwork


def rendition_response(
    request: MemberRequest, artwork: Artwork, channel: renditions.Channel
) -> HttpResponseBase:
    """The file for the person, with an ETag, or 304; raises Http404 without a file."""
    try:
        found = renditions.of(
            artwork,
            to=request.user,
            channel=channel,
            corner=request.GET.get("corner", ""),
            address=request.META.get("REMOTE_ADDR", ""),
        )
    except FileNotFoundError as error:
        raise Http404 from error
    is_attached = channel != renditions.Channel.VIEW
    return _kept_or_sent(
        request, found.etag, found.open, found.content_type, found.name, is_attached
    )


def shared_response(
    request: HttpRequest, artwork: Artwork, *, is_attached: bool
) -> HttpResponseBase:
    """The file for whoever has a share link. Raises Http404 without a file."""
    try:
        found = renditions.of(
            artwork,
            to=None,
            channel=renditions.Channel.SHARE,
            address=request.META.get("REMOTE_ADDR", ""),
        )
    except FileNotFoundError as error:
        raise Http404 from error
    return _kept_or_sent(
        request, found.etag, found.open, found.content_type, found.name, is_attached
    )


def small_response(
    request: HttpRequest, artwork: Artwork, rendition: Literal["thumbnail", "cover"]
) -> HttpResponseBase:
    """With an ETag, or 304; raises Http404 without a file."""
    return _archived(request, artwork, rendition, "image/webp")


def revealed_response(request: HttpRequest, artwork: Artwork) -> HttpResponseBase:
    """The archived original, for the moderator who revealed it. Raises Http404."""
    return _archived(request, artwork, "original", artwork.content_type)


def upload_response(file: "File[bytes]", content_type: str) -> FileResponse:
    response = _response(file, content_type)
    extension = content_type.removeprefix("image/")
    response["Content-Disposition"] = f'inline; filename="upload.{extension}"'
    response["X-Robots-Tag"] = "noindex"
    return response


def _archived(
    request: HttpRequest,
    artwork: Artwork,
    rendition: archive.Rendition,
    content_type: str,
) -> HttpResponseBase:
    name = f"wjportal-{artwork.pk}.{content_type.removeprefix('image/')}"
    return _kept_or_sent(
        request,
        f"{artwork.sha256}-{rendition}",
        lambda: archive.open_rendition(artwork.sha256, rendition),
        content_type,
        name,
    )


def _kept_or_sent(
    request: HttpRequest,
    etag: str,
    opened: Callable[[], "File[bytes]"],
    content_type: str,
    name: str,
    is_attached: bool = False,
) -> HttpResponseBase:
    kept = get_conditional_response(request, etag=f'"{etag}"')
    if kept is not None:
        return kept
    try:
        response = _response(opened(), content_type)
    except FileNotFoundError as error:
        raise Http404 from error
    disposition = "attachment" if is_attached else "inline"
    response["Content-Disposition"] = f'{disposition}; filename="{name}"'
    response["ETag"] = f'"{etag}"'
    return response


def _response(file: "File[bytes]", content_type: str) -> FileResponse:
    response = FileResponse(file, content_type=content_type)
    response["X-Content-Type-Options"] = "nosniff"
    return response
