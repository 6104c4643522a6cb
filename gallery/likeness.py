"""Pictures of a team that look like one of them, by perceptual hash."""

from gallery import facets
from gallery.entries import INDEX
from generation.models import Artwork
from generation.perceptual_hash import distance

#: Of 256 bits. Any two hashes as near have a band that differs in one bit at most.
MOST_DIFFERENT = 15
#: Compared at most, the newest first: drawings on plain white share bands.
MOST_COMPARED, MOST_FOUND = 1_000, 60


def near(artwork: Artwork) -> list[int]:
    """Keys, the nearest first, with the picture itself; two queries."""
    if not artwork.likeness:
        return [artwork.pk]
    bands = facets.alike(artwork.likeness, radius=1)
    keys = INDEX.alike(bands, facets.team(artwork.team_id), MOST_COMPARED)
    rows = Artwork.objects.filter(pk__in=keys).values_list("pk", "likeness")
    found = sorted(
        (far, -key)
        for key, bits in rows
        if (far := distance(bits, artwork.likeness)) <= MOST_DIFFERENT
    )
    return [-key for _far, key in found[:MOST_FOUND]]
