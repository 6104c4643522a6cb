"""Decodes pictures: the one way from bytes to pixels.

Bounded in pixels, memory and time; upright, eight bits a channel, in sRGB, without
metadata. A smaller copy is decoded small where the format can.
"""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from PIL import ExifTags, Image, ImageCms, ImageOps, PngImagePlugin

from generation import decoding_slots
from generation.decoding_slots import BUDGET_BYTES, Queue

logger = logging.getLogger(__name__)

CONTENT_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
#: Measured peaks with copies: a progressive JPEG keeps its coefficients, and a WebP
#: several canvases.
BYTES_PER_PIXEL = {"PNG": 8, "JPEG": 10, "WEBP": 20}
#: Unpacked texts, such as the workflow that drew the picture; Pillow's limit is 1 MB.
PngImagePlugin.MAX_TEXT_CHUNK = 16 * 1024**2
PngImagePlugin.MAX_TEXT_MEMORY = 32 * 1024**2
LYING = (5, 6, 7, 8)
#: Colour space of a profile → modes that it may describe.
PROFILED = {"RGB": ("RGB", "RGBA", "L", "LA"), "GRAY": ("L", "LA"), "CMYK": ("CMYK",)}


class Unreadable(Exception):
    """The reason, in one sentence."""


class NoPicture(Unreadable):
    """In no accepted format."""


class TooManyPixels(Unreadable):
    """``most``: of this format."""

    def __init__(self, found: str, most: int) -> None:
        super().__init__(f"{found} pixels are too many")
        self.most = most


@dataclass(frozen=True, slots=True)
class Picture:
    """``pixels``: RGB or RGBA. ``size``: of the whole picture, upright. ``profile``:
    of a picture that was left in its own colours."""

    pixels: Image.Image
    size: tuple[int, int]
    format: str
    profile: bytes = b""

    @property
    def content_type(self) -> str:
        return CONTENT_TYPES[self.format]


@contextmanager
def decoded(
    content: bytes,
    *,
    most_pixels: int,
    queue: Queue,
    side: int = 0,
    in_srgb: bool = True,
) -> Iterator[Picture]:
    """Keeps its part of the memory budget until the block ends.

    ``side``: shrunk into a square of so many pixels; 0: whole. ``in_srgb`` False: RGB
    pictures with a profile keep both. Raises Unreadable and decoding_slots.Busy.
    """
    opened = _opened(content, most_pixels)
    kind = _format(opened)
    size = opened.size
    if size[0] * size[1] > (most := min(most_pixels, most_of(kind))):
        raise TooManyPixels(f"{size[0]} × {size[1]}", most)
    needed = size[0] * size[1] * BYTES_PER_PIXEL[kind]
    with decoding_slots.taken(needed, queue):
        try:
            upright = size[::-1] if _is_lying(opened) else size
            profile = b"" if in_srgb else _own_profile(opened)
            pixels = _pixels(opened, side, bool(profile))
        except Exception as error:  # whatever a decoder raises
            raise Unreadable(f"The picture cannot be read: {error}") from error
        del opened
        yield Picture(pixels, upright, kind, profile)


def most_of(kind: str) -> int:
    """Pixels that fit into the memory budget."""
    return BUDGET_BYTES // BYTES_PER_PIXEL[kind]


def _opened(content: bytes, most_pixels: int) -> Image.Image:
    """Its head is read, no pixel yet."""
    try:
        return Image.open(io.BytesIO(content), formats=list(CONTENT_TYPES))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise TooManyPixels("Hundreds of millions of", most_pixels) from error
    except Exception as error:  # whatever a decoder raises
        raise NoPicture(f"This is no picture that we take: {error}") from error


def _format(opened: Image.Image) -> str:
    """MPO: a JPEG with a second picture, such as a gain map."""
    return "JPEG" if opened.format == "MPO" else str(opened.format)


def _is_lying(opened: Image.Image) -> bool:
    """Unreadable EXIF is ignored."""
    try:
        return opened.getexif().get(ExifTags.Base.Orientation) in LYING
    except Exception as error:
        logger.info("EXIF that cannot be read: %s", error)
        return False


# --- Pixels


def _own_profile(opened: Image.Image) -> bytes:
    """Empty: none that describes its colours, or colours that are converted anyway."""
    profile = opened.info.get("icc_profile", b"")
    if not profile or opened.mode not in {"RGB", "RGBA"}:
        return b""
    try:
        space = ImageCms.ImageCmsProfile(io.BytesIO(profile)).profile.xcolor_space
    except Exception as error:  # of a library that reads foreign bytes
        logger.info("A colour profile is ignored: %s", error)
        return b""
    return bytes(profile) if space.strip() == "RGB" else b""


def _pixels(opened: Image.Image, side: int, has_own_profile: bool) -> Image.Image:
    picture = _eight_bits(opened)
    if side:
        shrink(picture, side)
    picture.load()
    return _usual(picture, has_own_profile)


def shrink(picture: Image.Image, side: int) -> None:
    """In place; a smaller picture stays as it is.

    A JPEG that is not loaded yet is decoded at a fraction of its size.
    """
    picture.thumbnail((side, side), reducing_gap=2.0)


def _eight_bits(picture: Image.Image) -> Image.Image:
    """L, LA, RGB, RGBA or CMYK. Loads what it converts."""
    if picture.mode == "I;16":  # `convert` alone cuts off what is above 255
        return picture.point(lambda level: level * (1 / 257) + 0.5).convert("L")
    if picture.mode == "1":
        return picture.convert("L")
    if picture.mode in {"P", "PA"}:
        return picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    return picture


def _usual(picture: Image.Image, has_own_profile: bool) -> Image.Image:
    """Upright RGB or RGBA in sRGB, or its own colours; without metadata."""
    try:
        ImageOps.exif_transpose(picture, in_place=True)
    except Exception as error:  # turned already, or the EXIF cannot be read
        logger.info("EXIF that cannot be rewritten: %s", error)
    profile = picture.info.get("icc_profile")
    if profile and not has_own_profile:
        picture = _in_srgb(picture, profile)
    mode = "RGBA" if picture.has_transparency_data else "RGB"
    usual = picture if picture.mode == mode else picture.convert(mode)
    usual.info.clear()
    return usual


def _in_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    """A profile that is broken, or of other channels, is ignored."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        space = source.profile.xcolor_space.strip()
        if picture.mode not in PROFILED.get(space, ()):
            raise ImageCms.PyCMSError(f"{space} does not describe {picture.mode}")
        return _converted(picture, source, space)
    except Exception as error:  # of a library that reads foreign bytes
        logger.info("A colour profile is ignored: %s", error)
        return picture


def _converted(
    picture: Image.Image, source: ImageCms.ImageCmsProfile, space: str
) -> Image.Image:
    srgb = ImageCms.createProfile("sRGB")
    has_alpha = picture.has_transparency_data
    if space == "RGB":
        mode = "RGBA" if has_alpha else "RGB"
        colours = picture if picture.mode == mode else picture.convert(mode)
        ImageCms.profileToProfile(colours, source, srgb, inPlace=True)
        return colours
    bare = picture.convert("L") if space == "GRAY" else picture
    converted = ImageCms.profileToProfile(bare, source, srgb, outputMode="RGB")
    assert converted is not None  # as it is not in place
    if has_alpha:
        converted.putalpha(picture.convert("LA").getchannel("A"))
    return converted
