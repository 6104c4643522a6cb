"""Archives results: fetch, check, store under the sha-256 with two small copies.

Files: original as received, thumbnail for lists, cover without detail for viewers who
must not see it clearly. Never public: `renditions` is the one way out, after the caller
checked permission.

*Claim* takes rows, *fetch* calls the network without the database, *book* writes the
outcome.
"""

import datetime
import hashlib
import io
import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from PIL import Image, ImageFilter

from gateways import result_retention
from generation import decoding_slots, downloads, perceptual_hash, pictures
from generation.downloads import NotFetched, NotWritten
from generation.models import Artwork, Generation, ProviderTask
from notifications import alerts

logger = logging.getLogger(__name__)

Rendition = Literal["original", "thumbnail", "cover"]
RENDITIONS: tuple[Rendition, ...] = ("original", "thumbnail", "cover")

THUMBNAIL_SIDE = 640
#: Long side that a cover is drawn from: no detail survives.
COVER_PIXELS = 20
COVER_SIDE = 320
#: A claim outlasts two downloads that wait here.
DECODING = decoding_slots.Queue(seconds=15.0, places=100)

#: Nobody else fetches a claimed artwork meanwhile; longer than two downloads, for one
#: may wait for the other's thread.
CLAIMED_FOR = datetime.timedelta(seconds=180)
#: Doubled from the first to the second.
RETRY_SECONDS = (5, 3600)
LONGEST_RETRY = datetime.timedelta(seconds=RETRY_SECONDS[1])
#: Addresses expire: a poll for a fresh one precedes each retry by the first, a retry by
#: hand by the second.
POLL_BEFORE_SECONDS = 30
POLL_BEFORE_BY_HAND = datetime.timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Stored:
    """``size`` in bytes, sides in pixels."""

    sha256: str
    content_type: str
    size: int
    width: int
    height: int
    likeness: str


# --- Files


def name(sha256: str, rendition: Rendition) -> str:
    return f"{rendition}s/{sha256[:2]}/{sha256}"


def open_rendition(sha256: str, rendition: Rendition) -> "File[bytes]":
    """Raises FileNotFoundError."""
    return default_storage.open(name(sha256, rendition), "rb")


def is_stored(sha256: str) -> bool:
    return default_storage.exists(name(sha256, "original"))


def remove(sha256: str) -> None:
    """All renditions, where they are. The caller knows that nobody needs them."""
    for rendition in RENDITIONS:
        default_storage.delete(name(sha256, rendition))


def hash_of_stored(sha256: str) -> str:
    """Raises OSError."""
    with open_rendition(sha256, "thumbnail") as file, Image.open(file) as small:
        return perceptual_hash.of(small)


# --- Claim, fetch, book


def claim_unstored(limit: int) -> list[Artwork]:
    now = timezone.now()
    rows = Artwork.objects.unstored(now).select_related("task__account")
    claimed = list(rows.defer("task__answer", "task__model_prompt")[:limit])
    if not claimed:
        return []
    keys = [artwork.pk for artwork in claimed]
    Artwork.objects.filter(pk__in=keys).update(
        fetch_after=now + CLAIMED_FOR, fetch_attempts=F("fetch_attempts") + 1
    )
    return claimed


def fetch(artwork: Artwork) -> Stored | NotFetched:
    """Returns its error as a value."""
    try:
        return store(downloads.download(artwork.source_url))
    except NotFetched as error:
        return error
    except OSError as error:
        return NotWritten(f"The picture could not be written: {error}")
    except Exception as error:  # a failure, or it would be tried for ever
        logger.exception("Artwork %s breaks the archive", artwork.pk)
        return NotFetched(repr(error))


def store(content: bytes) -> Stored:
    """Raises NotFetched where the bytes are no accepted picture."""
    with decoded(content) as picture:
        small = picture.pixels
        sha256 = hashlib.sha256(content).hexdigest()
        write(name(sha256, "original"), content)
        write(name(sha256, "thumbnail"), thumbnail(small))
        write(name(sha256, "cover"), cover(small))
        return Stored(
            sha256,
            picture.content_type,
            len(content),
            *picture.size,
            perceptual_hash.of(small),
        )


def book_fetched(outcomes: Sequence[tuple[Artwork, Stored | NotFetched]]) -> None:
    """Together; where that fails, one by one, without the bad row."""
    try:
        with transaction.atomic():
            removed = _removed([each for _, each in outcomes])
            for artwork, outcome in outcomes:
                if isinstance(outcome, Stored) and outcome.sha256 in removed:
                    error = NotWritten("Equal files were removed meanwhile")
                    _book_failure(artwork, error)
                elif isinstance(outcome, Stored):
                    _book_stored(artwork, outcome)
                else:
                    _book_failure(artwork, outcome)
            changed = {artwork.generation_id for artwork, _ in outcomes}
            rows = Generation.objects.filter(pk__in=changed)
            rows.update(version=F("version") + 1)
    except Exception:
        if len(outcomes) == 1:
            logger.exception("Artwork %s could not be booked", outcomes[0][0].pk)
            return
        for one in outcomes:
            book_fetched([one])


def _book_stored(artwork: Artwork, stored: Stored) -> None:
    Artwork.objects.filter(pk=artwork.pk, stored_at=None).update(
        sha256=stored.sha256,
        content_type=stored.content_type,
        size=stored.size,
        width=stored.width,
        height=stored.height,
        likeness=stored.likeness,
        stored_at=timezone.now(),
        fetch_after=None,
        fetch_error="",
    )


def _removed(outcomes: Iterable[Stored | NotFetched]) -> set[str]:
    """The sha-256 of each whose files are gone. Waits for whoever removes equal ones
    (`gallery.deletion`), by a lock on the rows that were deleted."""
    hashes = {each.sha256 for each in outcomes if isinstance(each, Stored)}
    deleted = Artwork.objects.filter(sha256__in=hashes, binned_at__isnull=False)
    deleted = deleted.select_for_update(of=("self",)).order_by("pk")
    return {
        sha256
        for sha256 in deleted.values_list("sha256", flat=True)
        if not all(default_storage.exists(name(sha256, each)) for each in RENDITIONS)
    }


def _book_failure(artwork: Artwork, error: NotFetched) -> None:
    """Plan the next try, after a poll for a fresh address. After the gateway's
    retention the artwork is lost, with an alert."""
    logger.warning("Artwork %s was not fetched: %s", artwork.pk, error)
    low, high = RETRY_SECONDS
    wait = min(low * 2 ** min(artwork.fetch_attempts, 12), high)
    now = timezone.now()
    rows = Artwork.objects.filter(pk=artwork.pk, stored_at=None)
    rows.update(
        fetch_after=now + datetime.timedelta(seconds=wait), fetch_error=str(error)
    )
    if isinstance(error, NotWritten):
        return
    expires_at = result_retention.expires_at(
        artwork.task.account.provider, artwork.created_at
    )
    if expires_at and expires_at < now:
        _lose(artwork, now)
        return
    poll_at = now + datetime.timedelta(seconds=max(wait - POLL_BEFORE_SECONDS, 0))
    # A poll planned before the next try stays.
    late = Q(poll_after=None) | Q(poll_after__gt=now + datetime.timedelta(seconds=wait))
    ProviderTask.objects.filter(late, pk=artwork.task_id).update(poll_after=poll_at)


def _lose(artwork: Artwork, now: datetime.datetime) -> None:
    if artwork.lose(now):
        logger.error("Artwork %s is lost", artwork.pk)
        alerts.tell(
            "picture_lost",
            key=f"artwork:{artwork.pk}",
            facts={"generation": artwork.generation_id},
            team=artwork.team,
            url=reverse("generation:at_risk"),
        )


def fetch_again(artwork: Artwork) -> bool:
    """Fetch, after a poll for a fresh address, by hand. False: stored."""
    now = timezone.now()
    with transaction.atomic():
        if not artwork.fetch_again(now + POLL_BEFORE_BY_HAND):
            return False
        ProviderTask.objects.filter(pk=artwork.task_id).update(poll_after=now)
        alerts.clear("picture_lost", key=f"artwork:{artwork.pk}")
    return True


# --- Renditions


@contextmanager
def decoded(content: bytes) -> Iterator[pictures.Picture]:
    """As small as a thumbnail. Raises NotFetched."""
    most = settings.RESULT_MAX_PIXELS
    decoding = pictures.decoded(
        content, most_pixels=most, queue=DECODING, side=THUMBNAIL_SIDE
    )
    try:
        with decoding as picture:
            yield picture
    except pictures.Unreadable as error:
        raise NotFetched(str(error)) from error
    except decoding_slots.Busy as error:
        raise NotWritten("Other pictures take up the memory for decoding") from error


def thumbnail(picture: Image.Image) -> bytes:
    """Shrinks the picture itself, where it is larger."""
    pictures.shrink(picture, THUMBNAIL_SIDE)
    return _webp(picture, quality=80)


def cover(picture: Image.Image) -> bytes:
    """Colours alone."""
    tiny = picture.convert("RGB")
    tiny.thumbnail((COVER_PIXELS, COVER_PIXELS), reducing_gap=2.0)
    scale = COVER_SIDE / max(tiny.size)
    size = (max(round(tiny.width * scale), 1), max(round(tiny.height * scale), 1))
    blown_up = tiny.resize(size, Image.Resampling.BICUBIC)
    return _webp(blown_up.filter(ImageFilter.GaussianBlur(10)), quality=50)


def _webp(picture: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=quality, method=2)
    return out.getvalue()


def write(path: str, content: bytes) -> None:
    """Names follow from the bytes: an existing file is kept.

    A partial file (killed process, full disk) is rewritten.
    """
    if default_storage.exists(path):
        if default_storage.size(path) == len(content):
            return
        default_storage.delete(path)
    try:
        written = default_storage.save(path, ContentFile(content))
    except OSError:
        if default_storage.exists(path) and default_storage.size(path) < len(content):
            default_storage.delete(path)
        raise
    if written != path:  # another thread wrote the same bytes
        default_storage.delete(written)
