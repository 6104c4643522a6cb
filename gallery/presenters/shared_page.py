"""Context of the pages of a share link."""

from django.db.models import Q

from gallery import sharing
from gallery.models import Share
from generation.models import Artwork
from generation.models.artworks import ArtworkQuerySet

#: Pictures and bytes of a link's zip; larger ones are not offered.
MOST_ZIPPED, MOST_BYTES = 100, 256 << 20


def zipped(share: Share) -> list[int]:
    """Keys of all pictures, newest first; none where they are one, or too many."""
    rows = sharing.pictures(share).order_by("-created_at", "-pk")
    found = list(rows.values_list("pk", "size")[: MOST_ZIPPED + 1])
    is_small = sum(size for _pk, size in found) <= MOST_BYTES
    return [pk for pk, _ in found] if 1 < len(found) <= MOST_ZIPPED and is_small else []


def neighbours(
    rows: ArtworkQuerySet, artwork: Artwork
) -> tuple[int | None, int | None]:
    """Keys of the newer and the older one, by the order of the page."""
    at, pk = artwork.created_at, artwork.pk
    newer = rows.filter(Q(created_at__gt=at) | Q(created_at=at, pk__gt=pk))
    older = rows.filter(Q(created_at__lt=at) | Q(created_at=at, pk__lt=pk))
    return (
        newer.order_by("created_at", "pk").values_list("pk", flat=True).first(),
        older.order_by("-created_at", "-pk").values_list("pk", flat=True).first(),
    )
