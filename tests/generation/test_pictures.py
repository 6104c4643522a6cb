"""Every way of a picture ends in upright sRGB of eight bits, within its limits."""

import io
import zlib
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image, ImageOps, ImageStat, JpegImagePlugin, PngImagePlugin

from generation import archive, perceptual_hash, pictures, samples, uploads
from generation.decoding_slots import Queue
from generation.models import Artwork
from tests import colour_profiles, factories
from tests.colour_profiles import encoded, plain

CASES = Path(__file__).parent / "cases"
TYPED = (180, 90, 60)
#: By the matrices and curves of the standards, not by a library.
P3_IN_SRGB, ADOBE_IN_SRGB = (195, 83, 47), (205, 90, 56)
P3 = {"icc_profile": colour_profiles.rgb()}
ADOBE = {"icc_profile": colour_profiles.rgb(colour_profiles.ADOBE_RGB)}
GREY = {"icc_profile": colour_profiles.grey(1.8)}

#: What is brought → the colour that everybody shows.
COLOURS = {
    "p3 png": (plain(TYPED, **P3), P3_IN_SRGB),
    "p3 jpeg": (plain(TYPED, kind="JPEG", quality=95, **P3), P3_IN_SRGB),
    "p3 webp": (plain(TYPED, kind="WEBP", lossless=True, **P3), P3_IN_SRGB),
    "adobe png": (plain(TYPED, **ADOBE), ADOBE_IN_SRGB),
    "adobe jpeg": (plain(TYPED, kind="JPEG", quality=95, **ADOBE), ADOBE_IN_SRGB),
    "16 bits": (plain(64 * 257, mode="I;16"), (64, 64, 64)),
    "16 bits in gamma 1.8": (plain(64 * 257, mode="I;16", **GREY), (81, 81, 81)),
    "grey in gamma 1.8": (plain(64, mode="L", **GREY), (81, 81, 81)),
    "no profile": (plain(TYPED), TYPED),
    "broken profile": (plain(TYPED, icc_profile=b"no profile"), TYPED),
    "profile of other channels": (plain(TYPED, **GREY), TYPED),
}


def decode(content, *, most_pixels=1_000_000, side=0):
    queue = Queue(seconds=0.0, places=1)
    with pictures.decoded(
        content, most_pixels=most_pixels, queue=queue, side=side
    ) as found:
        return found


def colour(picture):
    return tuple(round(mean) for mean in ImageStat.Stat(picture.convert("RGB")).mean)


def read(file):
    with file:
        return Image.open(io.BytesIO(file.read())).copy()


# --- All consumers


def of_an_upload(content, member):
    file, team = ContentFile(content), factories.team()
    found = uploads.take(file, by=member, team=team)
    yield read(uploads.open_whole(found))
    yield read(uploads.open_thumbnail(found))
    yield Image.open(io.BytesIO(uploads.cover(found)))


def of_a_result(content):
    stored = archive.store(content)
    yield read(archive.open_rendition(stored.sha256, "thumbnail"))
    yield read(archive.open_rendition(stored.sha256, "cover"))


def of_a_sample(content, monkeypatch):
    monkeypatch.setattr(samples, "_listed", lambda: ["https://x.example/1.png"])
    patched = SimpleNamespace(download=lambda url: content)
    monkeypatch.setattr(samples, "downloads", patched)
    assert samples.fetch_missing() == 1
    yield read(samples.open_sample(samples.digest("https://x.example/1.png")))


@pytest.mark.parametrize("case", COLOURS)
def test_every_consumer_shows_the_same_colour(case, alice, monkeypatch):
    content, expected = COLOURS[case]
    shown = [
        *of_an_upload(content, alice),
        *of_a_result(content),
        *of_a_sample(content, monkeypatch),
    ]
    assert len(shown) == 6
    for number, picture in enumerate(shown):
        assert "icc_profile" not in picture.info, number
        assert colour(picture) == pytest.approx(expected, abs=5), number


def gradient(mode="L"):
    turned = Image.linear_gradient("L").resize((96, 96)).rotate(90)
    picture = ImageOps.solarize(turned, 170)
    if mode == "L":
        return picture
    return Image.frombytes("I;16", picture.size, bytes(
        byte for level in picture.tobytes() for byte in (level, level)
    ))  # fmt: skip


def test_sixteen_bits_look_like_eight():
    eight, sixteen = (encoded(gradient(mode)) for mode in ("L", "I;16"))
    assert decode(eight).pixels.tobytes() == decode(sixteen).pixels.tobytes()
    likeness = archive.store(sixteen).likeness
    assert likeness
    assert likeness == archive.store(eight).likeness


def test_likeness_is_of_the_converted_colours():
    picture = Image.merge("RGB", [gradient(), gradient().rotate(90), gradient()])
    content = encoded(picture, **P3)
    small = decode(content).pixels
    assert archive.store(content).likeness == perceptual_hash.of(small)
    assert small.tobytes() != picture.tobytes()


def test_the_case_of_16_bits_is_not_white():
    found = decode((CASES / "depth16.png").read_bytes()).pixels
    assert found.convert("L").getextrema() == (0, 255)
    assert 100 < ImageStat.Stat(found).mean[0] < 156


def test_the_case_in_p3_is_converted():
    content = (CASES / "photo_p3.jpg").read_bytes()
    raw = Image.open(io.BytesIO(content))
    assert colour(decode(content).pixels) != pytest.approx(colour(raw), abs=2)


def test_an_original_is_exported_with_its_profile(alice, signed_in):
    """In the colours as received; viewers convert them by the profile inside."""
    content = COLOURS["p3 png"][0]
    stored, artwork = archive.store(content), factories.artwork(alice)
    Artwork.objects.update(sha256=stored.sha256)
    answer = signed_in(alice).get(f"/artworks/{artwork.pk}/picture/?download")
    found = Image.open(io.BytesIO(b"".join(answer)))
    assert found.info["icc_profile"] == P3["icc_profile"]
    assert found.getpixel((1, 1)) == Image.open(io.BytesIO(content)).getpixel((1, 1))


def test_the_gateway_gets_srgb(alice, client):
    content, expected = COLOURS["adobe png"]
    file, team = ContentFile(content), factories.team()
    upload = uploads.take(file, by=alice, team=team)
    address = uploads.address(upload.token, upload.extension)
    answer = client.get(address.removeprefix(uploads.reached_at()))
    found = Image.open(io.BytesIO(b"".join(answer)))
    assert "icc_profile" not in found.info
    assert colour(found) == pytest.approx(expected, abs=1)


# --- Modes


@pytest.mark.parametrize(
    ("mode", "typed", "options", "expected"),
    [
        ("RGBA", (*TYPED, 77), P3, (*P3_IN_SRGB, 77)),
        ("LA", (64, 77), GREY, (81, 81, 81, 77)),
        ("LA", (64, 77), {}, (64, 64, 64, 77)),
        ("RGB", TYPED, {"transparency": TYPED, **P3}, (*P3_IN_SRGB, 0)),
        ("L", 64, {"transparency": 64, **GREY}, (81, 81, 81, 0)),
    ],
)
def test_transparency_outlives_the_conversion(mode, typed, options, expected):
    found = decode(plain(typed, mode=mode, **options)).pixels
    assert found.mode == "RGBA"
    assert found.getpixel((5, 5)) == pytest.approx(expected, abs=2)


def test_a_palette_is_converted_by_its_profile():
    picture = Image.new("RGB", (96, 80), TYPED).quantize(8)
    found = decode(encoded(picture, **P3)).pixels
    assert colour(found) == pytest.approx(P3_IN_SRGB, abs=2)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16", "CMYK"])
@pytest.mark.parametrize("side", [0, 32])
def test_all_modes_become_two(mode, side):
    content = encoded(Image.new(mode, (96, 80)), "JPEG" if mode == "CMYK" else "PNG")
    found = decode(content, side=side)
    assert found.pixels.mode == ("RGBA" if mode in {"LA", "RGBA"} else "RGB")
    assert found.size == (96, 80)
    assert max(found.pixels.size) == (side or 96)
    assert found.pixels.info == {}


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("side", [0, 32])
def test_it_is_upright_whole_and_shrunk(orientation, side):
    exif = Image.Exif()
    exif[0x0112] = orientation
    found = decode(plain(TYPED, (96, 48), kind="JPEG", exif=exif), side=side)
    is_lying = orientation > 4
    assert found.size == ((48, 96) if is_lying else (96, 48))
    assert (found.pixels.height > found.pixels.width) is is_lying


# --- Text


def test_a_workflow_of_3_mb_is_taken(alice):
    content = (CASES / "text_chunk_3MB.png").read_bytes()
    for picture in (*of_an_upload(content, alice), *of_a_result(content)):
        assert max(picture.size) >= 128


def test_a_text_that_fills_memory_is_not_unpacked(monkeypatch):
    monkeypatch.setattr(PngImagePlugin, "MAX_TEXT_CHUNK", 1000)
    notes = PngImagePlugin.PngInfo()
    notes.add(b"zTXt", b"workflow\0\0" + zlib.compress(b"x" * 1001))
    with pytest.raises(pictures.NoPicture):
        decode(plain(TYPED, pnginfo=notes))


# --- Pixels


def test_hundreds_of_millions_of_pixels_have_their_own_sentence(alice):
    content = (CASES / "huge_20000.png").read_bytes()
    with pytest.raises(uploads.NotTaken, match="too many pixels: 40 million"):
        uploads.take(ContentFile(content), by=alice, team=factories.team())
    with pytest.raises(archive.NotFetched, match="pixels are too many"):
        archive.store(content)


def test_it_is_not_decoded_beyond_the_limit(monkeypatch):
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", None)
    with pytest.raises(pictures.TooManyPixels, match="101 × 100"):
        decode(plain(TYPED, (101, 100)), most_pixels=10_000)


def test_a_format_that_needs_more_memory_has_fewer_pixels(monkeypatch):
    monkeypatch.setattr(pictures, "BUDGET_BYTES", 20 * 10_000)
    assert decode(plain(TYPED, (101, 100)))
    with pytest.raises(pictures.TooManyPixels) as raised:
        decode(plain(TYPED, (101, 100), kind="WEBP"))
    assert raised.value.most == 10_000


def test_a_small_copy_of_a_jpeg_is_decoded_small(monkeypatch):
    """Draft: a sixteenth of the pixels here."""
    loaded, load = [], JpegImagePlugin.JpegImageFile.load_prepare

    def note(self):
        loaded.append(self.size)
        load(self)

    monkeypatch.setattr(JpegImagePlugin.JpegImageFile, "load_prepare", note)
    content = plain(TYPED, (1600, 1200), kind="JPEG")
    found = decode(content, most_pixels=2_000_000, side=150)
    assert loaded == [(400, 300)]
    assert (found.size, found.pixels.size) == ((1600, 1200), (150, 113))


def test_the_stored_size_is_of_the_whole_picture():
    stored = archive.store(plain(TYPED, (1600, 800), kind="JPEG"))
    assert (stored.width, stored.height) == (1600, 800)
    assert default_storage.exists(archive.name(stored.sha256, "cover"))
