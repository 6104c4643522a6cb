"""Suggests decisions about similar pictures, by perceptual hash (``likeness``).

A hash is split into 8 bands of 32 bits from all over the picture. Hashes that differ in
``n`` bits have a band that differs in at most ``n // 8``. A lookup of all bands that
near finds every similar picture: 8 keys up to a distance of 7, 264 up to 15, 4,232 up
to 23, however many pictures were decided.
"""

import itertools
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.db import transaction

from generation import archive
from generation.models import Artwork
from generation.models.signals import artworks_changed
from generation.perceptual_hash import BITS, distance
from moderation import duplicate_decisions
from moderation.models import Band, Decision, Likeness, Review

logger = logging.getLogger(__name__)

BANDS = 8
WIDTH = BITS // BANDS
#: Hashes compared at most: drawings on plain white share bands.
MOST_COMPARED = 2000
#: Nearest pictures whose decisions are looked up.
MOST_NEAR = 12
MOST_SUGGESTED = 3


@dataclass(frozen=True, slots=True)
class Suggestion:
    """About a picture that differs in ``distance`` of 256 bits."""

    decision: Decision
    distance: int


def remember(artworks: Iterable[Artwork]) -> None:
    """Index decided pictures, in the caller's transaction; of equal hashes, the last
    picture."""
    by_hash = {
        (each.team_id, each.likeness): each for each in artworks if each.likeness
    }
    if not by_hash:
        return
    rows = [
        Likeness(team_id=team, bits=bits, artwork=artwork)
        for (team, bits), artwork in sorted(by_hash.items())
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
    """Hash up to ``limit`` stored pictures without a hash, after the key ``after``.

    Returns the last key, None at the end. Known hashes stay: repeating is harmless.
    """
    rows = Artwork.objects.filter(likeness="", stored_at__isnull=False, pk__gt=after)
    found = list(rows.order_by("pk")[:limit])
    for artwork in found:
        try:
            artwork.likeness = archive.hash_of_stored(artwork.sha256)
        except OSError as error:  # `check_books --files` reports them
            logger.warning("%s cannot be hashed: %s", artwork, error)
    hashed = {artwork.pk: artwork for artwork in found if artwork.likeness}
    with transaction.atomic():
        for key, artwork in hashed.items():
            Artwork.objects.filter(pk=key).update(likeness=artwork.likeness)
        artworks_changed.send(Artwork, keys=list(hashed))
        hashes = {artwork.likeness for artwork in hashed.values()}
        known = Likeness.objects.filter(bits__in=hashes)
        taken = set(known.values_list("team", "bits"))
        decided = [
            hashed[row.artwork_id] for row in duplicate_decisions.in_force(hashed)
        ]
        remember(row for row in decided if (row.team_id, row.likeness) not in taken)
    return found[-1].pk if found else None


def suggestions(artwork: Artwork, within: int) -> list[Suggestion]:
    """The nearest first. At most three queries; none for a blank picture."""
    if not artwork.likeness:
        return []
    near = _near(artwork, within)
    if not near:
        return []
    found = [
        Suggestion(row, near[row.artwork_id])
        for row in duplicate_decisions.in_force(near)
    ]
    found.sort(key=lambda one: (one.distance, -one.decision.pk))
    return found[:MOST_SUGGESTED]


def _near(artwork: Artwork, within: int) -> dict[int, int]:
    """Artwork → distance."""
    nearby = list(keys(artwork.likeness, radius=within // BANDS))
    # Two queries: for a join PostgreSQL may read a small table as a whole.
    bands = Band.objects.filter(team=artwork.team_id, key__in=nearby)
    found = set(bands.values_list("likeness", flat=True)[:MOST_COMPARED])
    if not found:
        return {}
    rows = Likeness.objects.filter(pk__in=found).exclude(artwork=artwork.pk)
    distances = {
        key: distance(bits, artwork.likeness)
        for key, bits in rows.values_list("artwork", "bits")
    }
    near = sorted((far, key) for key, far in distances.items() if far <= within)
    return {key: far for far, key in near[:MOST_NEAR]}


def keys(likeness: str, radius: int = 0) -> Iterator[int]:
    """Of the 8 bands, and of all bands within ``radius`` bits."""
    bits = f"{int(likeness, 16):0{BITS}b}"
    for band in range(BANDS):
        key = band << WIDTH | int(bits[band::BANDS], 2)
        for turned in range(radius + 1):
            for places in itertools.combinations(range(WIDTH), turned):
                yield key ^ sum(1 << place for place in places)


# --- On a sheet


def grouped(reviews: Sequence[Review], within: int) -> list[list[Review]]:
    """By generation or similarity, also through a third picture; a group has the place
    of its first review."""
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
