"""Responses with bytes of artworks and uploads; the caller checks access and sets the
cache headers."""

from collections.abc import Callable
from typing import Literal

from django.core.files.base import File
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.shortcuts import render
from django.utils.cache import get_conditional_response

from accounts.models import User
from generation import archive, renditions
from generation.models import Artwork
from net.request_values import number

#: How long a request waits for a labelled copy; the thread is free then, and the
#: browser comes again by itself.
PATIENCE_SECONDS = 0.3
#: Browsers follow twenty redirects.
MOST_WAITS = 15
WAITS = "waited"


def rendition_response(
    request: HttpRequest,
    artwork: Artwork,
    channel: renditions.Channel,
    to: User | None,
    *,
    is_attached: bool,
) -> HttpResponseBase:
    """The file for the person, or for whoever has a share link, with an ETag, or 304; a
    redirect to the same address while it is being made. Raises Http404 without a
    file."""
    try:
        found = renditions.of(
            artwork,
            to=to,
            channel=channel,
            corner=request.GET.get("corner", ""),
            address=request.META.get("REMOTE_ADDR", ""),
            patience=PATIENCE_SECONDS,
        )
    except FileNotFoundError as error:
        raise Http404 from error
    except renditions.NotReady:
        return _later(request)
    except renditions.NotMade:
        return render(request, "500.html", status=500)
    return _kept_or_sent(
        request, found.etag, found.open, found.content_type, found.name, is_attached
    )


def shared_response(
    request: HttpRequest, artwork: Artwork, *, is_attached: bool
) -> HttpResponseBase:
    """The file for whoever has a share link. Raises Http404 without a file."""
    channel = renditions.Channel.SHARE
    return rendition_response(request, artwork, channel, None, is_attached=is_attached)


def _later(request: HttpRequest) -> HttpResponse:
    waited = number(request.GET.get(WAITS, "")) or 0
    if waited >= MOST_WAITS:
        return HttpResponse(status=503, headers={"Retry-After": "10"})
    query = request.GET.copy()
    query[WAITS] = str(waited + 1)
    response = HttpResponseRedirect(f"{request.path}?{query.urlencode()}")
    response["Cache-Control"] = "private, no-store"
    return response


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
