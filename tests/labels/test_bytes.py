"""The label in the file: one, as it is to be, and the same for every reader."""

import io
import json
import os
import random
import shutil
import string
import subprocess

import pytest
from PIL import Image, PngImagePlugin

from labels import containers, encoding, provenance, splicing, tc260, xmp
from tests.labels.shapes import EXIF_COMMENT, SHAPES, c2pa, encoded, shaped

SECRET = tc260.Secret(b"k" * 32)
PRODUCER = "001191110102MACQD9K64010000"


def label(number=5, producer=PRODUCER):
    made = SECRET.produce_id(number)
    return tc260.text_of(producer, made, SECRET.seal(producer, made, "ab" * 32))


MARK = encoding.Mark(label(), xmp.TRAINED)
MODES = ["RGB", "RGBA", "L", "P"]
KINDS = [
    ("PNG", {}),
    ("JPEG", {"quality": 90}),
    ("WEBP", {"quality": 80}),
    ("WEBP", {"lossless": True}),
]


def pillow_label(content):
    found = Image.open(io.BytesIO(content)).getxmp()["xmpmeta"]["RDF"]["Description"]
    return found["AIGC"], found["DigitalSourceType"]


@pytest.mark.parametrize(("kind", "options"), KINDS)
@pytest.mark.parametrize("mode", MODES)
def test_one_label_is_written_and_every_reader_finds_it(kind, options, mode):
    if kind == "JPEG" and mode in {"RGBA", "P"}:
        mode = "CMYK" if mode == "P" else "L"
    like = encoded(kind, mode=mode, **options)
    pixels = Image.open(io.BytesIO(like)).convert("RGBA" if mode == "RGBA" else "RGB")
    made = encoding.encoded(pixels, like, MARK)
    found = provenance.origin(made)
    assert [text for _place, text in found.labels] == [MARK.label]
    assert tc260.read(MARK.label) == json.loads(MARK.label)
    assert pillow_label(made) == (MARK.label, xmp.TRAINED)
    assert encoding.encoded(pixels, like, MARK) == made
    if options.get("lossless"):
        assert Image.open(io.BytesIO(made)).convert("RGBA").tobytes() == (
            pixels.convert("RGBA").tobytes()
        )


@pytest.mark.parametrize(("kind", "options"), KINDS)
def test_exiftool_reads_the_same(kind, options, tmp_path):
    tool = shutil.which("exiftool")
    if tool is None:
        assert os.environ.get("CI") != "true", "exiftool is not installed"
        pytest.skip("exiftool is not installed")
    file = tmp_path / "labelled"
    file.write_bytes(encoding.marked(encoded(kind, **options), MARK))
    asked = [tool, "-json", "-a", "-G1", "-XMP:all", "-warning", str(file)]
    found = json.loads(subprocess.run(asked, capture_output=True, check=True).stdout)
    values = {name.rpartition(":")[2].lower(): text for name, text in found[0].items()}
    told = values["aigc"]
    assert (json.loads(told) if isinstance(told, str) else told) == json.loads(
        MARK.label
    )
    assert values["digitalsourcetype"] == xmp.TRAINED
    assert "warning" not in values


def test_ten_thousand_ids_and_producers_keep_to_the_characters():
    chance = random.Random(3)
    allowed = [chr(code) for code in (0x21, *range(0x23, 0x5C), *range(0x5D, 0x7F))]
    ids = set()
    for number in range(10_000):
        producer = "".join(chance.choices(allowed, k=chance.randint(1, 128)))
        text = label(number, producer)
        read = tc260.read(text)
        assert read["ContentProducer"] == read["ContentPropagator"] == producer
        ids.add(read["ProduceID"])
        for value in read.values():
            assert set(value) <= set(allowed)
        assert list(json.loads(text)) == list(tc260.KEYS)
    assert len(ids) == 10_000
    assert all(set(each) <= set(string.ascii_uppercase + "234567") for each in ids)


def test_a_loss_that_pillow_does_not_tell_is_caught():
    """Pillow takes ``xmp=`` for a PNG and writes nothing."""
    out = io.BytesIO()
    Image.new("RGB", (90, 90)).save(out, "PNG", xmp=MARK.packet)
    with pytest.raises(encoding.NotLabelled):
        encoding.check(out.getvalue(), MARK)


@pytest.mark.parametrize(("kind", "options"), KINDS)
def test_splicing_touches_no_pixel_and_is_stable(kind, options):
    for mode in ("RGB", "L") if kind == "JPEG" else ("RGB", "RGBA"):
        content = encoded(kind, mode=mode, **options)
        made = encoding.marked(content, MARK)
        before, after = (Image.open(io.BytesIO(each)) for each in (content, made))
        assert after.tobytes() == before.tobytes()
        assert after.mode == before.mode
        assert encoding.marked(made, MARK) == made
        assert len(made) - len(content) < 1500


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_signed_manifest_is_never_spliced_into(kind):
    content = c2pa(encoded(kind))
    assert provenance.origin(content).has_c2pa
    with pytest.raises(splicing.HasC2pa):
        splicing.with_packet(content, MARK.packet)
    pixels = Image.open(io.BytesIO(content)).convert("RGB")
    drawn = encoding.encoded(pixels, content, MARK)
    assert not provenance.origin(drawn).has_c2pa


@pytest.mark.parametrize("shape", SHAPES)
def test_each_shape_of_a_label_is_read(shape):
    found = provenance.origin(shaped(shape, label(9)))
    assert [json.loads(text) for _place, text in found.labels] == [json.loads(label(9))]
    assert found.labels[0][0]


@pytest.mark.parametrize("shape", SHAPES)
def test_another_label_is_replaced_wherever_it_stands(shape):
    """Two would contradict each other (GB 45438-2025 6.1 c)."""
    content = shaped(shape, label(9))
    made = encoding.marked(content, MARK)  # reads back exactly one
    before, after = (Image.open(io.BytesIO(each)) for each in (content, made))
    assert after.tobytes() == before.tobytes()
    assert label(9).encode() not in made


def test_the_turn_stays_where_a_label_in_exif_goes():
    content = EXIF_COMMENT(label(9), turned=6)
    made = encoding.marked(content, MARK)
    assert Image.open(io.BytesIO(made)).getexif()[0x0112] == 6


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("no object", "no_json"),
        ("[1]", "no_json"),
        ('{"Label":"1"}', "missing"),
        (label().replace('"1"', '"9"', 1), "unknown_label"),
        (label().replace('"1"', "1", 1), "not_text"),
        (label().replace(PRODUCER, "某某工作室"), "characters"),
        (label().replace(PRODUCER, "Minimax Agent AI"), "characters"),
        (label().replace(PRODUCER, "a\\\\b"), "characters"),
        (label().replace(PRODUCER, "\\u0041"), "characters"),
        (label().replace(PRODUCER, ""), "empty"),
        (label()[:-1] + ',"Label":"2"}', "no_json"),
        ("[" * 100_000, "too_large"),
        ("[" * 60_000, "no_json"),
    ],
)
def test_a_broken_label_is_named(text, code):
    with pytest.raises(tc260.Fault) as caught:
        tc260.read(text)
    assert caught.value.code.startswith(code)


def test_files_that_end_early_are_refused_and_never_read_beyond():
    for kind in ("PNG", "JPEG", "WEBP"):
        content = encoding.marked(encoded(kind), MARK)
        for length in range(0, min(len(content), 1400), 7):
            try:
                provenance.origin(content[:length])
            except containers.Broken:
                continue


def test_hostile_packets_are_bounded():
    bomb = b'<!DOCTYPE x [<!ENTITY a "ha">]><x>&a;</x>'
    with pytest.raises(xmp.Unreadable):
        xmp.read(bomb)
    text = PngImagePlugin.PngInfo()
    text.add_itxt(provenance.XMP_KEYWORD, " " * 20_000_000, zip=True)
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "PNG", pnginfo=text)
    assert provenance.origin(out.getvalue()).faults == ("PNG iTXt",)
    many = containers.PNG + containers.png_chunk("teXt", b"") * 10_002
    with pytest.raises(containers.Broken):
        provenance.origin(many)
