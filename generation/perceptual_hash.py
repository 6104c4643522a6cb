"""A perceptual hash of 256 bits that survives scaling, recompression, brightness.

Cosine transform of 32 × 32 grey points; each of the 16 × 16 lowest frequencies, without
the constant ones, is a bit: above the median or not. Every bit depends on the whole
picture: small drawings on plain paper differ too. Computed from the thumbnail.
"""

import math
import statistics
from collections.abc import Sequence
from operator import add, mul, sub

from PIL import Image

POINTS = 32
SIDE = 16
BITS = SIDE * SIDE
#: Fewer grey levels between darkest and brightest point: blank.
CONTRAST = 8
#: First halves: the second ones mirror them, odd ones negated.
HALF = POINTS // 2
WAVES = [
    [math.cos(math.pi * (2 * at + 1) * wave / (2 * POINTS)) for at in range(HALF)]
    for wave in range(1, SIDE + 1)
]


def of(picture: Image.Image) -> str:
    """64 hex digits, empty for a blank picture. Takes under a millisecond."""
    if picture.mode not in ("RGB", "RGBA", "L", "LA"):
        picture = picture.convert("RGB")
    # A box filter shifts points where sides are no multiples of 32.
    small = picture.resize((POINTS, POINTS), Image.Resampling.HAMMING, reducing_gap=3.0)
    grey = small.convert("L").tobytes()
    if max(grey) - min(grey) < CONTRAST:
        return ""
    lines = [grey[start : start + POINTS] for start in range(0, len(grey), POINTS)]
    columns = zip(*map(_waves, lines), strict=True)
    found = [strength for column in columns for strength in _waves(column)]
    middle = statistics.median(found)
    bits = "".join("1" if each > middle else "0" for each in found)
    return f"{int(bits, 2):0{BITS // 4}x}"


def _waves(line: Sequence[float]) -> list[float]:
    half, mirrored = line[:HALF], line[: HALF - 1 : -1]
    parts = list(map(sub, half, mirrored)), list(map(add, half, mirrored))
    return [
        sum(map(mul, wave, part))
        for wave, part in zip(WAVES, parts * (SIDE // 2), strict=True)
    ]


def distance(one: str, other: str) -> int:
    """Differing bits of two hashes, neither empty."""
    return (int(one, 16) ^ int(other, 16)).bit_count()
