"""Context of the pages of a share link."""

from django.db.models import Q

from generation.models import Artwork
from generation.models.artworks import ArtworkQuerySet


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
