"""Responses with bytes of artworks and uploads; the caller checks access."""

from django.core.files.base import File
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.utils.cache import get_conditional_response

from generation import archive
from generation.models import Artwork


def artwork_response(
    request: HttpRequest,
    artwork: Artwork,
    rendition: archive.Rendition,
    *,
    is_attached: bool = False,
) -> HttpResponseBase:
    """With an ETag, or 304; raises Http404 without a file.

    The view sets the cache headers.
    """
    etag = f'"{artwork.sha256}-{rendition}"'
    kept = get_conditional_response(request, etag=etag)
    if kept is not None:
        return kept
    try:
        file = archive.open_rendition(artwork.sha256, rendition)
    except FileNotFoundError as error:
        raise Http404 from error
    is_original = rendition == "original"
    content_type = artwork.content_type if is_original else "image/webp"
    extension = content_type.removeprefix("image/")
    disposition = "attachment" if is_attached else "inline"
    response = _response(file, content_type)
    response["Content-Disposition"] = (
        f'{disposition}; filename="wjportal-{artwork.pk}.{extension}"'
    )
    response["ETag"] = etag
    return response


def upload_response(file: "File[bytes]", content_type: str) -> FileResponse:
    response = _response(file, content_type)
    extension = content_type.removeprefix("image/")
    response["Content-Disposition"] = f'inline; filename="upload.{extension}"'
    response["X-Robots-Tag"] = "noindex"
    return response


def _response(file: "File[bytes]", content_type: str) -> FileResponse:
    response = FileResponse(file, content_type=content_type)
    response["X-Content-Type-Options"] = "nosniff"
    return response
