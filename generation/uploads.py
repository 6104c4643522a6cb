"""Stores people's uploads privately, and serves them to the gateway.

Decoded whole and rewritten: neither EXIF (such as the place) nor hidden data is stored
or passed on. The gateway fetches from a signed address that expires: the only public
path to a picture.
"""

import hashlib
import io
import logging
from collections.abc import Iterable, Mapping
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from PIL import Image

from accounts.models import Team, User
from generation import archive
from generation.downloads import NotFetched
from generation.models import Upload
from net.request_body import SMALL_BYTES

logger = logging.getLogger(__name__)

SALT = "generation.uploads"
#: Validity: the vendor asks for more than an hour (contract §7.1), and a queue may be
#: long.
ADDRESS_SECONDS = 24 * 3600
MOST_BYTES = 20 * 1024 * 1024
#: Of one request; further pictures come with further requests.
MOST_BYTES_AT_ONCE = 5 * MOST_BYTES + SMALL_BYTES
MOST_PIXELS = 40_000_000
SMALLEST_SIDE = 64
JPEG_QUALITY = 92


class NotTaken(Exception):
    """Why an upload is refused, in the reader's language."""

    def __init__(self, message: str | Promise) -> None:
        super().__init__(message)
        self.message = message


# --- Storing


def take(file: "File[bytes]", *, by: User, team: Team) -> Upload:
    """Raises NotTaken."""
    if (file.size or 0) > MOST_BYTES:
        raise NotTaken(_("The file is too large: 20 MB at most."))
    content, content_type, size = rewritten(file.read())
    sha256 = hashlib.sha256(content).hexdigest()
    small = archive.thumbnail(Image.open(io.BytesIO(content)))
    archive.write(name(sha256), content)
    archive.write(thumbnail_name(sha256), small)
    return Upload.objects.create(
        team=team,
        uploaded_by=by,
        sha256=sha256,
        content_type=content_type,
        size=len(content),
        width=size[0],
        height=size[1],
    )


def rewritten(content: bytes) -> tuple[bytes, str, tuple[int, int]]:
    """The picture alone, upright, in its format; content type, size. Raises
    NotTaken."""
    try:
        opened = Image.open(io.BytesIO(content), formats=list(archive.CONTENT_TYPES))
        pixels, kind = opened.width * opened.height, str(opened.format)
    except Exception as error:  # whatever a decoder raises
        raise NotTaken(_("This is no png, jpeg or webp picture.")) from error
    if pixels > MOST_PIXELS:
        raise NotTaken(_("The picture has too many pixels: 40 million at most."))
    if min(opened.size) < SMALLEST_SIDE:
        raise NotTaken(_("The picture is too small: 64 pixels a side at least."))
    try:
        upright, content_type = archive.decode(content)
    except NotFetched as error:
        raise NotTaken(_("The picture cannot be read to its end.")) from error
    return _encoded(upright, kind), content_type, upright.size


def _encoded(picture: Image.Image, kind: str) -> bytes:
    has_alpha = "A" in picture.getbands() or "transparency" in picture.info
    bare = picture.convert("RGBA" if has_alpha and kind != "JPEG" else "RGB")
    bare.info.clear()  # else metadata is written
    out = io.BytesIO()
    if kind == "PNG":
        bare.save(out, "PNG")
    else:
        bare.save(out, kind, quality=JPEG_QUALITY)
    return out.getvalue()


# --- Files


def name(sha256: str) -> str:
    return f"uploads/{sha256[:2]}/{sha256}"


def thumbnail_name(sha256: str) -> str:
    return f"upload-thumbnails/{sha256[:2]}/{sha256}"


def open_whole(upload: Upload) -> "File[bytes]":
    """Raises FileNotFoundError."""
    return default_storage.open(name(upload.sha256), "rb")


def open_thumbnail(upload: Upload) -> "File[bytes]":
    return default_storage.open(thumbnail_name(upload.sha256), "rb")


def cover(upload: Upload) -> bytes:
    """Colours alone, as WebP. Raises FileNotFoundError."""
    with open_thumbnail(upload) as file:
        return archive.cover(Image.open(file))


# --- Serving to the gateway


def reached_at() -> str:
    """For gateways; empty where they cannot reach it."""
    return str(settings.PUBLIC_URL or settings.SANDBOX_REACHES)


def address(token: str, extension: str) -> str:
    """Signed, for ADDRESS_SECONDS. Makes no query."""
    signed = signing.dumps(token, salt=SALT)
    path = reverse("uploads:for_gateway", args=[signed, extension])
    return f"{reached_at()}{path}"


def addresses(brought: Iterable[Mapping[str, Any]]) -> list[str]:
    """Of a checked ``UploadField``'s uploads."""
    return [address(each["token"], each["extension"]) for each in brought]


def note_use(cleaned: Mapping[str, Any]) -> None:
    """Renew the retention."""
    if found := tokens(cleaned):
        Upload.objects.filter(token__in=found).update(used_at=timezone.now())


def tokens(cleaned: Mapping[str, Any]) -> list[str]:
    """Each once, of a checked form or stored parameters."""
    found = (
        each["token"]
        for value in cleaned.values()
        if isinstance(value, list)
        for each in value
        if isinstance(each, dict) and "token" in each
    )
    return list(dict.fromkeys(found))


def shown_to_gateway(signed: str) -> Upload | None:
    try:
        token = signing.loads(signed, salt=SALT, max_age=ADDRESS_SECONDS)
    except signing.BadSignature:  # also when expired
        return None
    return Upload.objects.filter(token=token).first()


# --- Retention


def tidy() -> None:
    for upload in Upload.objects.expired(timezone.now()):
        upload.delete()
        if not Upload.objects.filter(sha256=upload.sha256).exists():
            default_storage.delete(name(upload.sha256))
            default_storage.delete(thumbnail_name(upload.sha256))
