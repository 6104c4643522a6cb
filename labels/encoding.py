"""Encodes a labelled picture and reads it back before anybody is handed it."""

import io
from dataclasses import dataclass
from typing import Any

from PIL import Image

from labels import containers, provenance, splicing, xmp

JPEG_QUALITY, WEBP_QUALITY = 95, 92
PNG_LEVEL = 1


class NotLabelled(Exception):
    """What was read back is not what was to be written: the file is not handed out."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What the file says: ``label``, the JSON text or empty; ``source``, IPTC's URI."""

    label: str
    source: str

    @property
    def packet(self) -> bytes:
        return xmp.packet(self.label, self.source)


def encoded(
    picture: Image.Image, like: bytes, mark: Mark, profile: bytes = b""
) -> bytes:
    """In the format of ``like``; a lossless WebP stays lossless. ``profile``: of its
    colours; empty: sRGB. Raises NotLabelled."""
    kind = containers.format_of(like)
    out = io.BytesIO()
    picture = picture.convert("RGB") if kind == "JPEG" else picture
    picture.save(out, kind, icc_profile=profile or None, **_options(kind, like))
    return marked(out.getvalue(), mark)


def _options(kind: str, like: bytes) -> dict[str, Any]:
    if kind == "PNG":
        return {"compress_level": PNG_LEVEL}
    if kind == "JPEG":
        return {"quality": JPEG_QUALITY, "subsampling": 0}
    if any(part.name == "VP8L" for part in containers.parts(like)):
        return {"lossless": True, "quality": 0, "method": 0}
    return {"quality": WEBP_QUALITY, "method": 2}


def marked(content: bytes, mark: Mark) -> bytes:
    """The same pixels with the mark as the only one. Raises NotLabelled,
    splicing.HasC2pa."""
    try:
        written = splicing.with_packet(content, mark.packet)
    except containers.Broken as error:
        raise NotLabelled(f"The picture cannot be marked: {error}") from error
    check(written, mark)
    return written


def check(content: bytes, mark: Mark) -> None:
    """Reads the mark back. Raises NotLabelled."""
    try:
        found = provenance.origin(content)
    except containers.Broken as error:
        raise NotLabelled(f"The file cannot be read back: {error}") from error
    expected = [mark.label] if mark.label else []
    if [text for _place, text in found.labels] != expected:
        raise NotLabelled(f"{len(found.labels)} labels were read back")
    if found.sources != (mark.source,) or found.faults:
        raise NotLabelled("The source type was not read back")
