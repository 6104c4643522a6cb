"""Original, thumbnail and cover, with the calls of ``generation/archive.py``."""

import hashlib
import io
import os
from pathlib import Path

from PIL import Image, ImageFilter, ImageOps

from generation import perceptual_hash  # Pillow alone: no framework

MOST_PIXELS = 64_000_000
CONTENT_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}


def store(content: bytes, media: str) -> tuple[str, str, int, int, int, str]:
    """sha-256, content type, bytes, width, height, perceptual hash."""
    picture = Image.open(io.BytesIO(content), formats=list(CONTENT_TYPES))
    assert picture.width * picture.height <= MOST_PIXELS
    content_type = CONTENT_TYPES[str(picture.format)]
    picture.load()
    upright = ImageOps.exif_transpose(picture)
    sha256 = hashlib.sha256(content).hexdigest()
    small = smaller(upright)
    write(media, "original", sha256, content)
    write(media, "thumbnail", sha256, webp(small, quality=80))
    write(media, "cover", sha256, cover(small))
    sides = upright.width, upright.height
    return sha256, content_type, len(content), *sides, perceptual_hash.of(small)


def smaller(picture: Image.Image) -> Image.Image:
    small = picture.copy()
    small.thumbnail((640, 640), reducing_gap=2.0)
    return small


def cover(picture: Image.Image) -> bytes:
    tiny = picture.convert("RGB")
    tiny.thumbnail((20, 20), reducing_gap=2.0)
    scale = 320 / max(tiny.size)
    size = (max(round(tiny.width * scale), 1), max(round(tiny.height * scale), 1))
    blown_up = tiny.resize(size, Image.Resampling.BICUBIC)
    return webp(blown_up.filter(ImageFilter.GaussianBlur(10)), quality=50)


def webp(picture: Image.Image, quality: int) -> bytes:
    if picture.mode not in ("RGB", "RGBA"):
        has_alpha = "A" in picture.getbands() or "transparency" in picture.info
        picture = picture.convert("RGBA" if has_alpha else "RGB")
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=quality, method=2)
    return out.getvalue()


def write(media: str, kind: str, sha256: str, content: bytes) -> None:
    path = f"{media}/{kind}s/{sha256[:2]}/{sha256}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    try:
        file = os.open(path, flags, 0o644)
    except FileNotFoundError:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        file = os.open(path, flags, 0o644)
    os.write(file, content)
    os.close(file)
