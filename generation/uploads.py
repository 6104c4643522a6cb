"""Stores people's uploads privately, and serves them to the gateway.

Checked first, stored after: a refused picture leaves no row and no file. Decoded whole
and rewritten: neither EXIF (such as the place) nor hidden data is stored or passed on.
The gateway fetches from a signed address that expires, the only public path.
"""

import hashlib
import io
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Min, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from PIL import Image

from accounts.models import Team, User
from generation import archive, decoding_slots, pictures, upload_origins
from generation.models import Artwork, Upload, UploadMinute
from net.request_body import SMALL_BYTES

logger = logging.getLogger(__name__)

SALT = "generation.uploads"
#: Validity: the vendor asks for more than an hour (contract §7.1), and a queue may be
#: long.
ADDRESS_SECONDS = 24 * 3600
MEGABYTE = 1024**2
#: Of a file as it is brought.
MOST_BYTES = 20 * MEGABYTE
#: Of one request; further pictures come with further requests.
MOST_BYTES_AT_ONCE = 5 * MOST_BYTES + SMALL_BYTES
MOST_PIXELS = 40_000_000
SMALLEST_SIDE = 64
#: Of one person, refused ones included; a training takes 20 photos at once.
MOST_A_MINUTE = 30
DECODING = decoding_slots.Queue(seconds=10.0, places=1)
JPEG_QUALITY = 92
#: From this on a PNG is packed at a lower level: half the time, an eighth more bytes.
LARGE_PIXELS = 8_000_000


class NotTaken(Exception):
    """Why an upload is refused, in the reader's language."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one field. ``most_bytes``: as stored; 0 for none."""

    most_pixels: int = MOST_PIXELS
    most_bytes: int = 0

    def check_bytes(self, size: int) -> None:
        """Raises NotTaken."""
        if self.most_bytes and size > self.most_bytes:
            message = _("The gateway takes %(number)s MB at most here.")
            raise NotTaken(message % {"number": self.most_bytes // MEGABYTE})

    def check_pixels(self, pixels: int) -> None:
        """Raises NotTaken."""
        if pixels > self.most_pixels:
            raise NotTaken(too_many_pixels(self.most_pixels))


@dataclass(frozen=True, slots=True)
class Checked:
    """A picture that may be stored: both files, the sides in pixels, and what the file
    said of its origin."""

    content: bytes
    content_type: str
    size: tuple[int, int]
    thumbnail: bytes
    origin: dict[str, Any]


# --- Storing


def take(
    file: "File[bytes]",
    *,
    by: User,
    team: Team,
    limits: Limits | None = None,
    made_of: Artwork | None = None,
    copied_from: Artwork | None = None,
) -> Upload:
    """``copied_from``: a finished picture picked as a file, which is no parent. Raises
    NotTaken."""
    if not UploadMinute.count(by, most=MOST_A_MINUTE):
        message = _("At most %(most)s uploads a minute. Try again in a minute.")
        raise NotTaken(message % {"most": MOST_A_MINUTE})
    if (file.size or 0) > MOST_BYTES:
        raise NotTaken(_("The file is too large: 20 MB at most."))
    _check_quotas(by, team, 1)
    found = checked(file.read(), limits or Limits())
    if copied_from:
        found.origin.update(ai=True, artwork=copied_from.pk)
    return _store(found, by, team, made_of)


def checked(content: bytes, limits: Limits) -> Checked:
    """The picture alone, upright, in its format. Raises NotTaken."""
    most = limits.most_pixels
    decoding = pictures.decoded(content, most_pixels=most, queue=DECODING)
    try:
        with decoding as picture:
            if min(picture.size) < SMALLEST_SIDE:
                message = _("The picture is too small: 64 pixels a side at least.")
                raise NotTaken(message)
            written = _encoded(picture)
            limits.check_bytes(len(written))
            small = archive.thumbnail(picture.pixels)
            kind, size = picture.content_type, picture.size
            return Checked(written, kind, size, small, upload_origins.read(content))
    except pictures.TooManyPixels as error:
        raise NotTaken(too_many_pixels(error.most)) from error
    except pictures.NoPicture as error:
        raise NotTaken(_("This is no png, jpeg or webp picture.")) from error
    except pictures.Unreadable as error:
        raise NotTaken(_("The picture cannot be read to its end.")) from error
    except decoding_slots.Busy as error:
        message = _("The server is busy with other large pictures. Try again soon.")
        raise NotTaken(message) from error


def too_many_pixels(most: int) -> str:
    message = _("The picture has too many pixels: %(number)s million at most here.")
    return message % {"number": most // 1_000_000}


def _encoded(picture: pictures.Picture) -> bytes:
    bare, kind = picture.pixels, picture.format
    out = io.BytesIO()
    if kind == "PNG":
        is_large = bare.width * bare.height > LARGE_PIXELS
        bare.save(out, kind, compress_level=3 if is_large else 6)
    else:
        bare.save(out, kind, quality=JPEG_QUALITY)
    return out.getvalue()


def _store(found: Checked, by: User, team: Team, made_of: Artwork | None) -> Upload:
    """The row first: a file without one would stay for good."""
    sha256 = hashlib.sha256(found.content).hexdigest()
    with transaction.atomic():
        _lock_quotas(by, team)
        _check_quotas(by, team, len(found.content))
        upload = Upload.objects.create(
            team=team,
            uploaded_by=by,
            made_of=made_of,
            sha256=sha256,
            content_type=found.content_type,
            size=len(found.content),
            origin=found.origin,
            width=found.size[0],
            height=found.size[1],
        )
    try:
        archive.write(name(sha256), found.content)
        archive.write(thumbnail_name(sha256), found.thumbnail)
    except OSError as error:
        logger.exception("An upload could not be written")
        _remove(upload)
        message = _("The portal could not store the picture. Tell an admin.")
        raise NotTaken(message) from error
    return upload


# --- Quotas


def _lock_quotas(by: User, team: Team) -> None:
    """Uploads of the person, and of the team, wait for each other."""
    UploadMinute.objects.select_for_update().get(user=by)
    Team.objects.select_for_update(no_key=True).get(pk=team.pk)


def _check_quotas(by: User, team: Team, size: int) -> None:
    """Whether ``size`` more bytes have room. Raises NotTaken."""
    for rows, most, message in (
        (
            Upload.objects.filter(uploaded_by=by),
            settings.UPLOADS_MAX_BYTES_PERSON,
            _(
                "Your uploads would exceed %(most)s MB. The next one to expire is "
                "deleted on %(day)s."
            ),
        ),
        (
            Upload.objects.filter(team=team),
            settings.UPLOADS_MAX_BYTES_TEAM,
            _(
                "The team's uploads would exceed %(most)s MB. The next one to expire "
                "is deleted on %(day)s."
            ),
        ),
    ):
        kept = rows.aggregate(bytes=Sum("size"), used_at=Min("used_at"))
        if (kept["bytes"] or 0) + size > most:
            now = timezone.now()
            first = max((kept["used_at"] or now) + Upload.KEPT, now)
            day = date_format(timezone.localtime(first))
            raise NotTaken(message % {"most": most // MEGABYTE, "day": day})


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
        _remove(upload)


def _remove(upload: Upload) -> None:
    """With its files, unless another upload has the same bytes."""
    upload.delete()
    if not Upload.objects.filter(sha256=upload.sha256).exists():
        default_storage.delete(name(upload.sha256))
        default_storage.delete(thumbnail_name(upload.sha256))
