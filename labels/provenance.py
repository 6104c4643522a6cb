"""Finds what a file says of its origin: AIGC labels, IPTC source types, C2PA.

Pure and bounded: sizes, counts, unpacked texts; no DTD. Findings, no judgement.
"""

import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import ExifTags, Image

from labels import containers, xmp

USER_COMMENT = ExifTags.Base.UserComment
#: Lengths of a comment's character code.
CODE_BYTES = 8
XMP_KEYWORD = "XML:com.adobe.xmp"
MOST_BYTES = xmp.MOST_BYTES
#: A label without a frame, in a comment or an application segment.
BARE_LABEL = re.compile(rb'"?AIGC"?\s*+(?:[:=]\s*+)?(?=\{)')
#: Texts of one file that are read; a hostile one has thousands, small while packed.
MOST_TEXTS = 16


@dataclass(frozen=True, slots=True)
class Origin:
    """``labels``: place and JSON text of each; ``sources``: IPTC's values; ``faults``:
    places that cannot be read."""

    labels: tuple[tuple[str, str], ...] = ()
    sources: tuple[str, ...] = ()
    has_c2pa: bool = False
    faults: tuple[str, ...] = ()

    @property
    def is_labelled(self) -> bool:
        return bool(self.labels or self.has_c2pa or self.says_ai)

    @property
    def says_ai(self) -> bool:
        """By IPTC: made, or composed, by a trained model."""
        return any(each.lower().endswith("algorithmicmedia") for each in self.sources)


@dataclass(slots=True)
class _Found:
    labels: list[tuple[str, str]]
    sources: list[str]
    faults: list[str]
    has_c2pa: bool = False
    texts: int = 0

    def takes(self, place: str) -> bool:
        """Whether another text is read; the first that is not is a fault."""
        self.texts += 1
        if self.texts == MOST_TEXTS + 1:
            self.faults.append(place)
        return self.texts <= MOST_TEXTS

    def packet(self, place: str, content: bytes) -> None:
        if not self.takes(place):
            return
        try:
            read = xmp.read(content)
        except xmp.Unreadable:
            self.faults.append(place)
            return
        self.labels += [(place, each) for each in read.labels]
        self.sources += read.sources

    def bare(self, place: str, content: bytes) -> None:
        if b"AIGC" in content and self.takes(place) and (text := bare_label(content)):
            self.labels.append((place, text))


def origin(content: bytes) -> Origin:
    """Raises containers.Broken."""
    found = _Found([], [], [])
    for part in containers.parts(content):
        _PARTS[containers.format_of(content)](found, part)
    return Origin(
        tuple(found.labels),
        tuple(found.sources),
        found.has_c2pa,
        tuple(found.faults),
    )


def bare_label(content: bytes) -> str:
    """The object after the word AIGC, or a whole object that holds the word."""
    content = content[:MOST_BYTES]
    if (at := BARE_LABEL.search(content)) is None:
        return ""
    text = content[at.end() :].decode("utf-8", "replace")
    try:
        return text[: json.JSONDecoder().raw_decode(text)[1]]
    except (ValueError, RecursionError):
        return text[:1000]


# --- PNG


def _png(found: _Found, part: containers.Part) -> None:
    if part.name == "caBX":
        found.has_c2pa = True
    elif part.name == "eXIf":
        _exif(found, "PNG eXIf", bytes(part.body[:MOST_BYTES]))
    elif part.name in {"tEXt", "zTXt", "iTXt"}:
        _png_text(found, part)


def keyword(part: containers.Part) -> str:
    return bytes(part.body[:80]).partition(b"\0")[0].decode("latin-1")


def _png_text(found: _Found, part: containers.Part) -> None:
    word = keyword(part)
    if word != XMP_KEYWORD and "AIGC" not in word.upper():
        return
    place = f"PNG {part.name}"
    if word != XMP_KEYWORD and not found.takes(place):
        return
    if found.texts > MOST_TEXTS:
        return
    try:
        text = _unpacked(part, len(word) + 1)
    except (ValueError, zlib.error):
        found.faults.append(place)
        return
    if word == XMP_KEYWORD:
        found.packet(place, text)
    else:
        found.labels.append((place, text.decode("utf-8", "replace")))


def _unpacked(part: containers.Part, at: int) -> bytes:
    """Of a text chunk. Raises ValueError, zlib.error."""
    body = bytes(part.body[at : at + MOST_BYTES + 1])
    if len(body) > MOST_BYTES:
        raise ValueError("too large")
    if part.name == "tEXt":
        return body
    if part.name == "zTXt":
        return _inflated(body[1:])
    flag, _method, rest = body[0:1], body[1:2], body[2:]
    _language, _end, rest = rest.partition(b"\0")
    _translated, _end, text = rest.partition(b"\0")
    return _inflated(text) if flag == b"\1" else text


def _inflated(packed: bytes) -> bytes:
    unpacker = zlib.decompressobj()
    text = unpacker.decompress(packed, MOST_BYTES + 1)
    if len(text) > MOST_BYTES:
        raise ValueError("too large")
    return text


# --- JPEG, WebP


def _jpeg(found: _Found, part: containers.Part) -> None:
    body = bytes(part.body[:MOST_BYTES]) if part.name != "scan" else b""
    if part.name == "APP11" and b"jumb" in body[:64]:
        found.has_c2pa = True
    elif body.startswith(containers.XMP_JPEG):
        found.packet("JPEG APP1", body[len(containers.XMP_JPEG) :])
    elif part.name == "APP1" and body.startswith(b"Exif\0\0"):
        _exif(found, "JPEG EXIF", body)
    elif part.name == "COM" or part.name.startswith("APP"):
        found.bare(f"JPEG {part.name}", body)


def _webp(found: _Found, part: containers.Part) -> None:
    if part.name == "C2PA":
        found.has_c2pa = True
    elif part.name == "XMP ":
        found.packet("WebP XMP", bytes(part.body[: MOST_BYTES + 1]))
    elif part.name == "EXIF":
        _exif(found, "WebP EXIF", bytes(part.body[:MOST_BYTES]))


_PARTS = {"PNG": _png, "JPEG": _jpeg, "WEBP": _webp}


# --- EXIF


def _exif(found: _Found, place: str, content: bytes) -> None:
    labels = exif_labels(content)
    found.labels += [(f"{place} UserComment", label) for label in labels]


def exif_labels(content: bytes) -> list[str]:
    if b"AIGC" not in content:
        return []
    return [label for each in _comments(content) if (label := bare_label(each))]


def _comments(content: bytes) -> Iterator[bytes]:
    """Whatever a foreign tag directory raises, there is no comment."""
    try:
        exif = Image.Exif()
        exif.load(content)
        values = [
            exif.get(USER_COMMENT),
            exif.get_ifd(ExifTags.IFD.Exif).get(USER_COMMENT),
        ]
    except Exception:
        return
    for value in values:
        if isinstance(value, str):
            yield value.encode()
        elif isinstance(value, bytes):
            yield value[CODE_BYTES:] if value[:1] != b"{" else value
