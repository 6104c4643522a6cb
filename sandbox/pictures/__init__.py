"""A job's picture: a scene by prompt and seed, a caption, the sandbox's mark.

Deterministic; recent ones are cached.
"""

import io
import random
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from zlib import crc32

from PIL import Image, ImageDraw, ImageFont

from sandbox.pictures.canvas import Canvas
from sandbox.pictures.scenes import PALETTES, scene_for

CAPTION_LENGTH = 48
SMALLEST_WITH_CAPTION = 240
# Bytes of a PNG's last chunk, always the same.
PNG_END = 12
_FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "/Library/Fonts")
# Simplified Chinese within the collection.
_CJK_INDEX = 2
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@dataclass(frozen=True, slots=True)
class Picture:
    """``kind``: png, jpg or webp; sizes in pixels."""

    name: str
    prompt: str
    seed: str
    width: int
    height: int
    kind: str


@lru_cache(maxsize=24)
def drawn(picture: Picture) -> bytes:
    dice = random.Random(f"{picture.prompt}|{picture.seed}|{picture.name}")
    canvas = Canvas(picture.width, picture.height, dice, dice.choice(PALETTES))
    scene_for(picture.prompt, dice.randrange(10_000))(canvas)
    image = canvas.finished()
    if min(picture.width, picture.height) >= SMALLEST_WITH_CAPTION:
        _sign(image, picture)
    file = io.BytesIO()
    if picture.kind == "png":
        image.save(file, "PNG", compress_level=1)
    elif picture.kind == "webp":
        image.save(file, "WEBP", quality=90)
    else:
        image.save(file, "JPEG", quality=90)
    return file.getvalue()


def remarked(content: bytes, kind: str, text: str) -> bytes:
    """Another file of the same picture, by an invisible comment."""
    if kind == "jpg":
        segment = b"\xff\xfe" + (len(text) + 2).to_bytes(2, "big") + text.encode()
        return content[:2] + segment + content[2:]
    chunk = b"tEXtComment\0" + text.encode()
    sized = (
        (len(chunk) - 4).to_bytes(4, "big") + chunk + crc32(chunk).to_bytes(4, "big")
    )
    return content[:-PNG_END] + sized + content[-PNG_END:]


def _sign(image: Image.Image, picture: Picture) -> None:
    size = max(11, round(min(image.size) * 0.02))
    font, pen = _font(size), ImageDraw.Draw(image, "RGBA")
    mark = "sandbox"
    right, room = image.width - size, image.width - size * 3
    room -= round(pen.textlength(mark, font))
    caption = _caption(picture)
    while caption and pen.textlength(caption, font) > room:
        caption = caption[:-2].rstrip() + "…"
    for x, text, anchor in ((size, caption, "ls"), (right, mark, "rs")):
        for shift, fill in ((1, (0, 0, 0, 110)), (0, (255, 255, 255, 205))):
            place = (x + shift, image.height - size + shift)
            pen.text(place, text, fill=fill, font=font, anchor=anchor)


def _caption(picture: Picture) -> str:
    text = " ".join(picture.prompt.split())
    if len(text) > CAPTION_LENGTH:
        text = text[: CAPTION_LENGTH - 1].rstrip() + "…"
    if picture.seed not in ("", "-1"):
        text += f" · {picture.seed}"
    return text if _cjk_font() else text.encode("ascii", "ignore").decode().strip()


@cache
def _cjk_font() -> Path | None:
    """Noto CJK if installed; Pillow's font has no Chinese."""
    for folder in _FONT_FOLDERS:
        found = sorted(Path(folder).rglob("NotoSansCJK-Regular.ttc"))
        if found:
            return found[0]
    return None


@cache
def _font(size: int) -> Font:
    path = _cjk_font()
    if path:
        return ImageFont.truetype(str(path), size, index=_CJK_INDEX)
    return ImageFont.load_default(size)
