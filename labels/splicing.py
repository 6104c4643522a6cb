"""Puts one XMP packet into a file without touching its pixels; removes other labels.

Exactly one label stands in a file (GB 45438-2025 6.1 c). A file with C2PA is never
spliced: its manifest would be invalid, which is worse than none.
"""

import struct

from labels import containers, provenance
from labels.containers import Part

XMP_FLAG, EXIF_FLAG, ALPHA_FLAG = 0x04, 0x08, 0x10
VP8X_BYTES = 10


class HasC2pa(ValueError):
    """The file carries a signed manifest."""


def with_packet(content: bytes, packet: bytes) -> bytes:
    """Raises HasC2pa, containers.Broken."""
    if provenance.origin(content).has_c2pa:
        raise HasC2pa
    kind, parts = containers.format_of(content), containers.parts(content)
    return _SPLICED[kind](parts, packet)


def _png(parts: list[Part], packet: bytes) -> bytes:
    body = provenance.XMP_KEYWORD.encode("latin-1") + b"\0\0\0\0\0" + packet
    kept = [_without_comment(each) for each in parts if not _is_png_label(each)]
    chunk = containers.png_chunk("iTXt", body)
    return b"".join((containers.PNG, kept[0], chunk, *kept[1:]))


def _is_png_label(part: Part) -> bool:
    if part.name not in {"tEXt", "zTXt", "iTXt"}:
        return False
    word = provenance.keyword(part)
    return word == provenance.XMP_KEYWORD or "AIGC" in word.upper()


def _jpeg(parts: list[Part], packet: bytes) -> bytes:
    """Behind JFIF and EXIF, which readers expect first."""
    kept = [each for each in parts if not _is_jpeg_label(each)]
    first = 0
    while first < len(kept) and (
        kept[first].name == "APP0" or bytes(kept[first].body[:4]) == b"Exif"
    ):
        first += 1
    segment = containers.jpeg_segment(containers.APP1, containers.XMP_JPEG + packet)
    written = [_without_comment(each) for each in kept]
    return b"".join((b"\xff\xd8", *written[:first], segment, *written[first:]))


def _is_jpeg_label(part: Part) -> bool:
    if part.name != "COM" and not part.name.startswith("APP"):
        return False
    body = bytes(part.body)
    if body.startswith((containers.XMP_JPEG, containers.MORE_XMP_JPEG)):
        return True
    return not body.startswith(b"Exif\0\0") and bool(provenance.bare_label(body))


def _webp(parts: list[Part], packet: bytes) -> bytes:
    kept = [each for each in parts if each.name not in {"XMP ", "VP8X"}]
    head = next((bytes(each.body) for each in parts if each.name == "VP8X"), b"")
    if len(head) != VP8X_BYTES:
        head = _extended(kept)
    head = bytes([head[0] | XMP_FLAG]) + head[1:]
    chunks = [_without_comment(each) for each in kept]
    body = b"".join(
        (
            b"WEBP",
            containers.webp_chunk("VP8X", head),
            *chunks,
            containers.webp_chunk("XMP ", packet),
        )
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _extended(parts: list[Part]) -> bytes:
    """The head of a file that had none. Raises containers.Broken."""
    for part in parts:
        body = bytes(part.body[:10])
        if part.name == "VP8 " and len(body) == 10:
            width, height = struct.unpack_from("<HH", body, 6)
            return _head(width & 0x3FFF, height & 0x3FFF, 0)
        if part.name == "VP8L" and len(body) >= 5:
            (bits,) = struct.unpack_from("<I", body, 1)
            alpha = ALPHA_FLAG if bits >> 28 & 1 else 0
            return _head((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, alpha)
    raise containers.Broken("no picture")


def _head(width: int, height: int, flags: int) -> bytes:
    sides = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return struct.pack("<I", flags) + sides


def _without_comment(part: Part) -> bytes:
    """A label in an EXIF comment becomes blanks: the turn beside it stays."""
    is_exif = part.name in {"eXIf", "EXIF"} or bytes(part.body[:4]) == b"Exif"
    if not is_exif or b"AIGC" not in bytes(part.body):
        return bytes(part.raw)
    body = bytes(part.body)
    for label in (*provenance.exif_labels(body), "AIGC"):
        text = label.encode()
        body = body.replace(text, b" " * len(text))
    if part.name == "eXIf":
        return containers.png_chunk(part.name, body)
    if part.name == "EXIF":
        return containers.webp_chunk(part.name, body)
    return containers.jpeg_segment(containers.APP1, body)


_SPLICED = {"PNG": _png, "JPEG": _jpeg, "WEBP": _webp}
