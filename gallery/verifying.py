"""Checks a file for the page and the command: labels first, then likeness.

An answer tells the asker nothing beyond the file's own text, but for artworks that they
may see.
"""

from typing import Any

from django.conf import settings

from accounts.models import User
from gallery import facets
from gallery.entries import INDEX
from gallery.likeness import MOST_COMPARED, MOST_DIFFERENT
from generation import decoding_slots, labelled_files, perceptual_hash, pictures
from generation.archive import THUMBNAIL_SIDE
from generation.models import Artwork
from labels import findings
from labels.findings import Code, Finding

DECODING = decoding_slots.Queue(seconds=5.0, places=1)
#: Codes that say where the file came from; without them pixels are compared.
LABELS = {Code.OURS_INTACT, Code.OURS_CHANGED, Code.CLAIMS_OURS, Code.LABELLED}
MOST_KNOWN = 6


def verify(content: bytes, *, asker: User | None) -> list[Finding]:
    """Raises findings.NotChecked."""
    found = [_seen_by(each, asker) for each in findings.of(content)]
    codes = {each.code for each in found}
    is_labelled = bool(codes & {*LABELS, Code.BROKEN})
    if asker and not is_labelled and (keys := _alike(content, asker)):
        found.insert(0, Finding(Code.PIXELS_KNOWN, {"artworks": keys}))
    return found or [Finding(Code.NOTHING)]


def as_json(found: list[Finding]) -> dict[str, Any]:
    return {"findings": [{"finding": str(each.code), **each.facts} for each in found]}


def _seen_by(found: Finding, asker: User | None) -> Finding:
    """A copy that was only looked at is intact, too. The artwork's key is for those who
    may see it."""
    facts, code = dict(found.facts), found.code
    original, sha256 = facts.pop("original", ""), facts.pop("sha256", "")
    if code == Code.OURS_CHANGED and sha256 in labelled_files.hashes(original):
        code = Code.OURS_INTACT
    if key := facts.pop("artwork", None):
        rows = Artwork.objects.visible_to(asker) if asker else Artwork.objects.none()
        if rows.filter(pk=key).exists():
            facts["artwork"] = key
    return Finding(code, facts)


def _alike(content: bytes, asker: User) -> list[int]:
    """Artworks that the asker may see, the nearest first. A file that is no picture, or
    has no place to be decoded now, is like none."""
    most = settings.RESULT_MAX_PIXELS
    try:
        with pictures.decoded(
            content, most_pixels=most, queue=DECODING, side=THUMBNAIL_SIDE
        ) as picture:
            likeness = perceptual_hash.of(picture.pixels)
    except (pictures.Unreadable, decoding_slots.Busy):
        return []
    if not likeness:
        return []
    bands, found = facets.alike(likeness, radius=1), []
    for team in asker.memberships.values_list("team", flat=True):
        keys = INDEX.alike(bands, facets.team(team), MOST_COMPARED)
        rows = Artwork.objects.visible_to(asker).filter(pk__in=keys)
        for key, bits in rows.values_list("pk", "likeness"):
            far = perceptual_hash.distance(bits, likeness)
            if far <= MOST_DIFFERENT:
                found.append((far, -key))
    return [-key for _far, key in sorted(found)[:MOST_KNOWN]]
