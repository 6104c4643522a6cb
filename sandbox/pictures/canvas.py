"""A canvas with the strokes of the scenes.

Drawn at twice the size and halved: smooth edges. Gradients and glows are drawn small
and enlarged, for speed.
"""

import math
import random
from collections.abc import Iterable, Sequence
from itertools import pairwise

from PIL import Image, ImageDraw, ImageFilter

Colour = tuple[int, int, int]
Point = tuple[float, float]
OVERSAMPLING = 2


def colour(text: str) -> Colour:
    return int(text[0:2], 16), int(text[2:4], 16), int(text[4:6], 16)


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """``share`` 0: ``one``, 1: ``other``."""
    share = min(1.0, max(0.0, share))
    r, g, b = (round(a + (z - a) * share) for a, z in zip(one, other, strict=True))
    return r, g, b


def along(shades: Sequence[Colour], share: float) -> Colour:
    place = min(0.9999, max(0.0, share)) * (len(shades) - 1)
    at = int(place)
    return mix(shades[at], shades[at + 1], place - at)


def light(shade: Colour) -> float:
    """0: black, 1: white."""
    return (0.299 * shade[0] + 0.587 * shade[1] + 0.114 * shade[2]) / 255


class Canvas:
    def __init__(
        self, width: int, height: int, dice: random.Random, palette: list[Colour]
    ) -> None:
        self.size = (width, height)
        self.width = width * OVERSAMPLING
        self.height = height * OVERSAMPLING
        self.unit = min(self.width, self.height) / 100
        self.dice = dice
        # Dark to light.
        self.palette = sorted(palette, key=light)
        self.image = Image.new("RGB", (self.width, self.height), self.palette[0])
        self.pen = ImageDraw.Draw(self.image, "RGBA")

    @property
    def dark(self) -> Colour:
        return self.palette[0]

    @property
    def pale(self) -> Colour:
        return self.palette[-1]

    @property
    def inner(self) -> list[Colour]:
        return self.palette[1:-1]

    def finished(self) -> Image.Image:
        return self.image.reduce(OVERSAMPLING)

    def gradient(self, colours: Sequence[Colour]) -> None:
        self.image.paste(_shade(colours, (self.width, self.height)))

    def fill(self, points: Sequence[Point], colours: Sequence[Colour]) -> None:
        left = max(0, math.floor(min(x for x, _ in points)))
        top = max(0, math.floor(min(y for _, y in points)))
        right = min(self.width, math.ceil(max(x for x, _ in points)))
        bottom = min(self.height, math.ceil(max(y for _, y in points)))
        if right <= left or bottom <= top:
            return
        size = (right - left, bottom - top)
        mask = Image.new("L", size)
        shifted = [(x - left, y - top) for x, y in points]
        ImageDraw.Draw(mask).polygon(shifted, fill=255)
        self.image.paste(_shade(colours, size), (left, top), mask)

    def glow(
        self, x: float, y: float, radius: float, shade: Colour, alpha: int
    ) -> None:
        """Soft; ``alpha`` (0 to 255) in its middle."""
        # Pillow's gradient has 181 at the circle's edge.
        fall = [round(alpha * max(0.0, 1 - v / 180) ** 2) for v in range(256)]
        mask = Image.radial_gradient("L").resize((48, 48)).point(fall)
        size = (max(2, round(radius * 2)),) * 2
        mask = mask.resize(size, Image.Resampling.BILINEAR)
        self.image.paste(shade, (round(x - radius), round(y - radius)), mask)

    def disc(
        self, x: float, y: float, radius: float, fill: Colour, a: int = 255
    ) -> None:
        box = (x - radius, y - radius, x + radius, y + radius)
        self.pen.ellipse(box, fill=(*fill, a))

    def stars(self, number: int, lowest: float) -> None:
        for _ in range(number):
            x = self.dice.uniform(0, self.width)
            y = self.dice.uniform(0, self.height * lowest)
            radius = self.unit * self.dice.choice((0.1, 0.1, 0.16, 0.26))
            self.disc(x, y, radius, self.pale, self.dice.randrange(90, 230))

    def blurred(self, radius: float) -> None:
        """All drawn so far; ``radius`` in hundredths of the short side."""
        shrunk = self.image.reduce(8)
        soft = shrunk.filter(ImageFilter.GaussianBlur(radius * self.unit / 8))
        size = (self.width, self.height)
        self.image.paste(soft.resize(size, Image.Resampling.BICUBIC))

    def ridge(self, y: float, swing: float, roughness: float) -> list[Point]:
        """A skyline from edge to edge, about ``swing`` around ``y``.

        ``roughness`` 0.3: dunes, 0.6: rocks.
        """
        heights = [self.dice.uniform(-1, 1) for _ in range(3)]
        step = 1.0
        while len(heights) < 128:
            step *= roughness
            middles = [
                (a + b) / 2 + self.dice.uniform(-step, step)
                for a, b in pairwise(heights)
            ]
            heights = [
                h for pair in zip(heights, middles, strict=False) for h in pair
            ] + heights[-1:]
        last = len(heights) - 1
        return [(self.width * i / last, y - swing * h) for i, h in enumerate(heights)]

    def ground(self, skyline: Iterable[Point]) -> list[Point]:
        return [*skyline, (self.width, self.height), (0, self.height)]


def _shade(colours: Sequence[Colour], size: tuple[int, int]) -> Image.Image:
    """Top to bottom; reaches the first and the last colour."""
    column = Image.new("RGB", (1, 64))
    column.putdata([along(colours, k / 63) for k in range(64)])
    # One smooth column, copied sideways: twice as quick.
    tall = column.resize((1, size[1]), Image.Resampling.BILINEAR)
    return tall.resize(size, Image.Resampling.NEAREST)
