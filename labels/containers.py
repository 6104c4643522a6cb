"""The parts of a PNG, JPEG or WebP file: walked with bounds, joined unchanged."""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

PNG = b"\x89PNG\r\n\x1a\n"
XMP_JPEG = b"http://ns.adobe.com/xap/1.0/\0"
MORE_XMP_JPEG = b"http://ns.adobe.com/xmp/extension/\0"
MOST_PARTS = 10_000
#: Markers of a JPEG without a length.
BARE = {0x01, *range(0xD0, 0xD9)}
SOI, EOI, SOS, COM = 0xD8, 0xD9, 0xDA, 0xFE
APP0, APP1, APP11, APP15 = 0xE0, 0xE1, 0xEB, 0xEF


class Broken(ValueError):
    """The file ends early, or is none of the three formats."""


@dataclass(frozen=True, slots=True)
class Part:
    """``name``: a chunk's, or ``APP1``. ``body``: without length and checksum.
    ``raw``: as it stands in the file."""

    name: str
    body: memoryview
    raw: memoryview


def format_of(content: bytes) -> str:
    """Raises Broken."""
    if content.startswith(PNG):
        return "PNG"
    if content.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "WEBP"
    raise Broken("no PNG, JPEG or WebP file")


def parts(content: bytes) -> list[Part]:
    """Of a JPEG those before the first scan; the rest is one part, ``scan``. Raises
    Broken."""
    walk = {"PNG": _of_png, "JPEG": _of_jpeg, "WEBP": _of_webp}[format_of(content)]
    found = []
    for part in walk(memoryview(content)):
        found.append(part)
        if len(found) > MOST_PARTS:
            raise Broken("too many parts")
    return found


def _of_png(content: memoryview) -> Iterator[Part]:
    at = len(PNG)
    while at < len(content):
        if at + 12 > len(content):
            raise Broken("a chunk is cut off")
        (size,) = struct.unpack_from(">I", content, at)
        end = at + 12 + size
        if end > len(content):
            raise Broken("a chunk is cut off")
        name = bytes(content[at + 4 : at + 8]).decode("latin-1")
        yield Part(name, content[at + 8 : end - 4], content[at:end])
        if name == "IEND":
            return
        at = end
    raise Broken("no end")


def _of_jpeg(content: memoryview) -> Iterator[Part]:
    at = 2
    while at + 2 <= len(content):
        if content[at] != 0xFF:
            raise Broken("no marker")
        marker = content[at + 1]
        if marker == 0xFF:  # padding
            at += 1
            continue
        if marker in BARE:
            at += 2
            continue
        if marker in {SOS, EOI}:
            yield Part("scan", content[at:], content[at:])
            return
        if at + 4 > len(content):
            break
        (size,) = struct.unpack_from(">H", content, at + 2)
        end = at + 2 + size
        if size < 2 or end > len(content):
            raise Broken("a segment is cut off")
        yield Part(_segment(marker), content[at + 4 : end], content[at:end])
        at = end
    raise Broken("no scan")


def _segment(marker: int) -> str:
    if APP0 <= marker <= APP15:
        return f"APP{marker - APP0}"
    return "COM" if marker == COM else f"{marker:02X}"


def _of_webp(content: memoryview) -> Iterator[Part]:
    (size,) = struct.unpack_from("<I", content, 4)
    whole, at = min(size + 8, len(content)), 12
    if size + 8 > len(content):
        raise Broken("the file is cut off")
    while at + 8 <= whole:
        (size,) = struct.unpack_from("<I", content, at + 4)
        end = at + 8 + size
        if end > whole:
            raise Broken("a chunk is cut off")
        name = bytes(content[at : at + 4]).decode("latin-1")
        yield Part(name, content[at + 8 : end], content[at : end + size % 2])
        at = end + size % 2


# --- Writing


def png_chunk(name: str, body: bytes) -> bytes:
    kind = name.encode("latin-1")
    checksum = zlib.crc32(body, zlib.crc32(kind))
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", checksum)


def jpeg_segment(marker: int, body: bytes) -> bytes:
    if len(body) > 65_533:
        raise ValueError("longer than a segment")
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def webp_chunk(name: str, body: bytes) -> bytes:
    head = name.encode("latin-1") + struct.pack("<I", len(body))
    return head + body + b"\0" * (len(body) % 2)
