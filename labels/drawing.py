"""Draws the visible label: white text on a dark plate, at an edge or a corner.

The height of the text is measured from its pixels: the lowest glyph is at least
SHARE of the shortest side (GB 45438-2025 5.2), in whichever way height is meant.
"""

import math
from functools import lru_cache

from django.conf import settings
from PIL import Image, ImageChops, ImageDraw, ImageFont

from labels.label_settings import CORNERS, TEXT

SHARE = 0.05
#: Of the shortest side: the text's size to begin with, and the gap to the edge.
EM_SHARE, MARGIN_SHARE = 0.0675, 0.015
#: A smaller text cannot be read; taken where the plate still fits.
LEGIBLE_PIXELS = 10
#: Over white: text on the plate has a contrast of 6.6 : 1.
PLATE_OPACITY = 0.66
#: Around the text, in text sizes.
PADDING = (0.35, 0.22)
#: A pixel this light belongs to a glyph.
INK = 128


def font_path() -> str:
    return str(settings.BASE_DIR / "static" / "fonts" / "label-sans-bold.otf")


@lru_cache(maxsize=64)
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(font_path(), size, layout_engine=ImageFont.Layout.BASIC)


def ink_height(glyph: Image.Image) -> int:
    """Rows that hold ink, of a mask."""
    box = glyph.point(lambda level: 255 if level >= INK else 0).getbbox()
    return box[3] - box[1] if box else 0


def _lowest(text: str, size: int) -> int:
    """Ink of the lowest letter; other characters, such as dots, are not counted."""
    font = _font(size)
    heights = []
    for letter in {each for each in text if each.isupper() or each > "\u2fff"}:
        _left, top, right, bottom = font.getbbox(letter)
        glyph = Image.new("L", (int(right) + 1, int(bottom - top) + 2))
        ImageDraw.Draw(glyph).text((0, 1 - top), letter, 255, font)
        heights.append(ink_height(glyph))
    return min(heights)


@lru_cache(maxsize=256)
def text_size(text: str, side: int) -> int:
    """The smallest size whose ink is high enough for a shortest side of ``side``."""
    size = max(math.floor(side * EM_SHARE * 0.97), 1)
    while _lowest(text, size) < side * SHARE:
        size += 1
    if size < LEGIBLE_PIXELS and _plate_size(text, LEGIBLE_PIXELS)[0] <= side:
        return LEGIBLE_PIXELS
    return size


def _plate_size(text: str, size: int) -> tuple[int, int]:
    width = _font(size).getlength(text) + 2 * PADDING[0] * size
    return math.ceil(width), math.ceil(size * (1 + 2 * PADDING[1]))


@lru_cache(maxsize=16)
def plate(text: str, side: int) -> tuple[Image.Image, Image.Image]:
    """Masks of the plate and of the text on it, of one size. On a small picture a long
    text gives way to the shortest."""
    size = text_size(text, side)
    width, height = _plate_size(text, size)
    if width > side and text != TEXT:
        return plate(TEXT, side)
    ground = Image.new("L", (width, height))
    corner = round(size * 0.3)
    box = (0, 0, width - 1, height - 1)
    ImageDraw.Draw(ground).rounded_rectangle(box, corner, fill=255)
    ink = Image.new("L", (width, height))
    centre = (width / 2, height / 2)
    font = _font(size)
    left, top, right, bottom = font.getbbox(text, anchor="ls")
    at = (centre[0] - (left + right) / 2, centre[1] - (top + bottom) / 2)
    ImageDraw.Draw(ink).text(at, text, 255, font, anchor="ls")
    return ground, ink


def place(
    whole: tuple[int, int], part: tuple[int, int], corner: str
) -> tuple[int, int]:
    """Left and top of the plate."""
    margin = round(min(whole) * MARGIN_SHARE)
    room = [max(whole[axis] - part[axis], 0) for axis in (0, 1)]
    gap = [min(margin, each) for each in room]
    words = corner.split("-")
    if "left" in words:
        left = gap[0]
    elif "right" in words:
        left = room[0] - gap[0]
    else:
        left = room[0] // 2
    return left, gap[1] if "top" in words else room[1] - gap[1]


def draw(picture: Image.Image, text: str, corner: str = CORNERS[0]) -> None:
    """In place, on RGB or RGBA. The plate is opaque where the picture is not."""
    ground, ink = plate(text, min(picture.size))
    at = place(picture.size, ground.size, corner)
    box = (*at, at[0] + ground.width, at[1] + ground.height)
    patch = picture.crop(box)
    alpha = patch.getchannel("A") if patch.mode == "RGBA" else None
    colours = patch.convert("RGB")
    shade = ground.point(lambda level: round(level * PLATE_OPACITY))
    colours.paste((0, 0, 0), (0, 0), shade)
    colours.paste((255, 255, 255), (0, 0), ink)
    if alpha is not None:
        colours.putalpha(ImageChops.lighter(alpha, ground))
    picture.paste(colours, box[:2])
