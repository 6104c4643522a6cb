"""Finds what people decided of pictures that look much the same. It suggests, only.

The 256 bits of a likeness are split into eight bands of 32, each with bits from all
over the picture. Of two that differ in ``n`` bits at least one band differs in
``n // 8`` or fewer (there are but eight), so whoever asks an index for every band that
is as near as that finds them all: 8 keys up to a distance of 7, 264 up to 15, 4 232 up
to 23, however many were decided.
"""

import itertools
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.db import transaction

from generation import archive
from generation.models import Artwork
from generation.perceptual_hash import BITS, distance
from moderation import duplicate_decisions
from moderation.models import Band, Decision, Likeness, Review

logger = logging.getLogger(__name__)

BANDS = 8
WIDTH = BITS // BANDS
#: Of a crowd that shares a band (drawings on plain white) so many are compared.
MOST_COMPARED = 2000
#: Looked up at most, and told at most: the nearest.
MOST_NEAR = 12
MOST_TOLD = 3


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a person decided of a picture that differs in ``distance`` bits of 256."""

    decision: Decision
    distance: int


def remember(artworks: Iterable[Artwork]) -> None:
    """People decided on these. In the caller's transaction; of those that look exactly
    alike the last one counts."""
    looks = {(each.team_id, each.likeness): each for each in artworks if each.likeness}
    if not looks:
        return
    rows = [
        Likeness(team_id=team, bits=bits, artwork=artwork)
        for (team, bits), artwork in sorted(looks.items())
    ]
    made = Likeness.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["team", "bits"],
        update_fields=["artwork"],
    )
    Band.objects.bulk_create(
        (
            Band(team_id=row.team_id, key=key, likeness=row)
            for row in made
            for key in keys(row.bits)
        ),
        ignore_conflicts=True,
    )


def catch_up(after: int, limit: int) -> int | None:
    """Up to ``limit`` pictures from the key ``after`` on that were stored before there
    were likenesses; the last one's key, None where there are no more. May be repeated:
    what is known already stays."""
    rows = Artwork.objects.filter(likeness="", stored_at__isnull=False, pk__gt=after)
    found = list(rows.order_by("pk")[:limit])
    for artwork in found:
        try:
            artwork.likeness = archive.hash_of_stored(artwork.sha256)
        except OSError as error:  # `check_books --files` tells of those
            logger.warning("%s cannot be looked at: %s", artwork, error)
    seen = {artwork.pk: artwork for artwork in found if artwork.likeness}
    with transaction.atomic():
        for key, artwork in seen.items():
            Artwork.objects.filter(pk=key).update(likeness=artwork.likeness)
        looks = {artwork.likeness for artwork in seen.values()}
        known = Likeness.objects.filter(bits__in=looks)
        taken = set(known.values_list("team", "bits"))
        decided = [seen[row.artwork_id] for row in duplicate_decisions.standing(seen)]
        remember(row for row in decided if (row.team_id, row.likeness) not in taken)
    return found[-1].pk if found else None


def suggestions(artwork: Artwork, within: int) -> list[Suggestion]:
    """What was decided of the nearest, the nearest first. Three queries at most; none
    where the picture is blank."""
    if not artwork.likeness:
        return []
    near = _near(artwork, within)
    if not near:
        return []
    found = [
        Suggestion(row, near[row.artwork_id])
        for row in duplicate_decisions.standing(near)
    ]
    found.sort(key=lambda one: (one.distance, -one.decision.pk))
    return found[:MOST_TOLD]


def _near(artwork: Artwork, within: int) -> dict[int, int]:
    """Artwork → how far it is, of the nearest that were decided in the same team."""
    asked = list(keys(artwork.likeness, radius=within // BANDS))
    # One after the other: joined, PostgreSQL may read all likenesses of a small table.
    bands = Band.objects.filter(team=artwork.team_id, key__in=asked)
    found = set(bands.values_list("likeness", flat=True)[:MOST_COMPARED])
    if not found:
        return {}
    rows = Likeness.objects.filter(pk__in=found).exclude(artwork=artwork.pk)
    apart = {
        key: distance(bits, artwork.likeness)
        for key, bits in rows.values_list("artwork", "bits")
    }
    near = sorted((far, key) for key, far in apart.items() if far <= within)
    return {key: far for far, key in near[:MOST_NEAR]}


def keys(likeness: str, radius: int = 0) -> Iterator[int]:
    """Of its eight bands, and of all that differ from one in up to ``radius`` bits."""
    bits = f"{int(likeness, 16):0{BITS}b}"
    for band in range(BANDS):
        key = band << WIDTH | int(bits[band::BANDS], 2)
        for turned in range(radius + 1):
            for places in itertools.combinations(range(WIDTH), turned):
                yield key ^ sum(1 << place for place in places)


# --- On a sheet


def gathered(reviews: Sequence[Review], within: int) -> list[list[Review]]:
    """Those of one generation and those that look alike, also by way of another one,
    stand together, at the place of the first."""
    groups: list[list[Review]] = []
    for review in reviews:
        near = [
            group
            for group in groups
            if any(_is_near(review.artwork, each.artwork, within) for each in group)
        ]
        if not near:
            groups.append([review])
            continue
        first, *others = near
        first.extend(itertools.chain(*others, [review]))
        groups = [group for group in groups if group not in others]
    return groups


def _is_near(one: Artwork, other: Artwork, within: int) -> bool:
    if one.generation_id == other.generation_id:
        return True
    if not (one.likeness and other.likeness):
        return False
    return distance(one.likeness, other.likeness) <= within
