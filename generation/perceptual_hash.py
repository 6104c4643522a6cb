"""A perceptual hash of 256 bits that survives scaling, recompression and brightness.

Discrete cosine transform of 32 × 32 grey points; of its 16 × 16 lowest frequencies,
the constant ones left out, each is a bit: above the median or not. Every bit depends on
the whole picture, so small drawings on plain paper differ too. Computed from the
thumbnail.
"""

import math
import statistics
from collections.abc import Sequence
from operator import add, mul, sub

from PIL import Image

POINTS = 32
SIDE = 16
BITS = SIDE * SIDE
#: A picture with fewer grey levels between its darkest and brightest point is blank.
CONTRAST = 8
#: The first halves of the waves: the second halves mirror them, odd ones negated.
HALF = POINTS // 2
WAVES = [
    [math.cos(math.pi * (2 * at + 1) * wave / (2 * POINTS)) for at in range(HALF)]
    for wave in range(1, SIDE + 1)
]


def of(picture: Image.Image) -> str:
    """64 hex digits, empty where the picture is blank. Takes under a millisecond."""
    if picture.mode not in ("RGB", "RGBA", "L", "LA"):
        picture = picture.convert("RGB")
    # A box filter would shift the points where the sides are no multiples of 32.
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
    """The strength of each wave in a line of points."""
    half, mirrored = line[:HALF], line[: HALF - 1 : -1]
    parts = list(map(sub, half, mirrored)), list(map(add, half, mirrored))
    return [
        sum(map(mul, wave, part))
        for wave, part in zip(WAVES, parts * (SIDE // 2), strict=True)
    ]


def distance(one: str, other: str) -> int:
    """The number of differing bits of two hashes, neither empty."""
    return (int(one, 16) ^ int(other, 16)).bit_count()
