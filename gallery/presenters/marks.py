"""Marks of listed pictures: favourite of the viewer, rating."""

from collections.abc import Sequence

from accounts.models import User
from gallery.models import Favourite, Rating
from generation.models import Artwork


def put_marks(artworks: Sequence[Artwork], user: User) -> None:
    """Sets ``is_favourite`` and ``stars`` of each; two queries."""
    keys = [row.pk for row in artworks]
    liked = Favourite.objects.filter(user=user, artwork__in=keys)
    favourites = set(liked.values_list("artwork", flat=True))
    rated = Rating.objects.filter(artwork__in=keys).values_list("artwork", "value")
    stars = dict(rated)
    for row in artworks:
        row.is_favourite = row.pk in favourites  # type: ignore[attr-defined]  # for the template alone
        row.stars = stars.get(row.pk, 0)  # type: ignore[attr-defined]  # for the template alone
