"""A likeness survives what happens to a picture on its way, and tells others apart."""

import io
import random

import pytest
from PIL import Image, ImageDraw, ImageEnhance

from generation import archive, perceptual_hash


def scene(seed: int, side: int = 256) -> Image.Image:
    """Soft shades of all sizes, as in a photo; the same for the same seed."""
    rng, made = random.Random(seed), None
    for points, part in ((2, 1.0), (4, 0.5), (8, 0.4), (16, 0.3), (32, 0.2)):
        noise = Image.frombytes("RGB", (points, points), rng.randbytes(3 * points**2))
        layer = noise.resize((side, side), Image.Resampling.BICUBIC)
        made = layer if made is None else Image.blend(made, layer, part)
    assert made
    return made


def drawing(seed: int) -> Image.Image:
    """A few discs somewhere on plain white paper."""
    rng, made = random.Random(seed), Image.new("RGB", (256, 256), "white")
    pen = ImageDraw.Draw(made)
    for _ in range(4):
        x, y, size = rng.gauss(128, 22), rng.gauss(128, 22), rng.uniform(10, 40)
        shade = (rng.randrange(220),) * 3
        pen.ellipse((x - size, y - size, x + size, y + size), fill=shade)
    return made


def recompressed(picture: Image.Image) -> Image.Image:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=60)
    return Image.open(io.BytesIO(out.getvalue()))


CHANGES = {
    "recompressed": recompressed,
    "half as large": lambda picture: picture.resize((128, 128)),
    "of an odd size": lambda picture: picture.resize((201, 201)),
    "brighter": lambda picture: ImageEnhance.Brightness(picture).enhance(1.1),
    "without colours": lambda picture: picture.convert("L"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_changed_copy_is_near(change):
    for seed in range(8):
        picture = scene(seed)
        far = perceptual_hash.distance(
            perceptual_hash.of(picture), perceptual_hash.of(change(picture))
        )
        assert far <= 15, seed


@pytest.mark.parametrize("make", [scene, drawing])
def test_others_are_far(make):
    found = [perceptual_hash.of(make(seed)) for seed in range(24)]
    pairs = [(a, b) for at, a in enumerate(found) for b in found[:at]]
    assert min(perceptual_hash.distance(a, b) for a, b in pairs) > 23


def test_a_blank_picture_has_none():
    for shade in ("white", "black", (200, 120, 40)):
        assert perceptual_hash.of(Image.new("RGB", (96, 64), shade)) == ""


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK"])
def test_it_is_256_bits_of_any_picture(mode):
    found = perceptual_hash.of(scene(3).convert(mode))
    assert len(found) == 64
    assert 0 < int(found, 16) < 1 << 256


@pytest.mark.parametrize("size", [(1, 1), (3, 500), (700, 2)])
def test_no_shape_breaks_it(size):
    assert len(perceptual_hash.of(scene(1).resize(size))) in (0, 64)


def test_it_is_stored_with_the_picture():
    out = io.BytesIO()
    scene(5, 800).save(out, "PNG")
    stored = archive.store(out.getvalue())
    assert (
        perceptual_hash.distance(stored.likeness, perceptual_hash.of(scene(5, 800)))
        <= 4
    )
