"""The visible label, measured from the pixels of the picture that it is drawn on."""

import random

import pytest
from PIL import Image

from labels import drawing
from labels.label_settings import CORNERS

TEXT = "AI生成"
SIZES = [(64, 64), (90, 64), (333, 777), (512, 4096), (4096, 512), (1024, 1024)]
GROUNDS = ["white", "black", "noise", "grey"]


def ground(kind, size):
    if kind == "noise":
        small = Image.frombytes(
            "RGB", (64, 64), random.Random(7).randbytes(64 * 64 * 3)
        )
        return small.resize(size, Image.Resampling.NEAREST)
    return Image.new("RGB", size, kind)


def box_of(size, corner=CORNERS[0], text=TEXT):
    plate = drawing.plate(text, min(size))[0].size
    left, top = drawing.place(size, plate, corner)
    return left, top, left + plate[0], top + plate[1]


def letters(patch, size, text=TEXT):
    """The pixels of each letter of the text, by its advance."""
    font = drawing._font(drawing.text_size(text, size))
    begin = (patch.width - font.getlength(text)) / 2
    for number, letter in enumerate(text):
        left = begin + font.getlength(text[:number])
        yield patch.crop(
            (int(left), 0, int(left + font.getlength(letter)) + 1, patch.height)
        )


def luminance(pixel):
    parts = [value / 255 for value in pixel]
    linear = [
        v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", GROUNDS)
def test_each_letter_is_a_twentieth_of_the_shortest_side(size, kind):
    picture = ground(kind, size)
    drawing.draw(picture, TEXT)
    patch = picture.crop(box_of(size)).convert("L")
    for letter in letters(patch, min(size)):
        ink = letter.point(lambda level: 255 if level > 170 else 0).getbbox()
        assert ink[3] - ink[1] >= min(size) * 0.05


@pytest.mark.parametrize("kind", GROUNDS)
def test_text_and_plate_contrast_on_any_ground(kind):
    picture = ground(kind, (600, 400))
    drawing.draw(picture, TEXT)
    left, top, right, bottom = box_of(picture.size)
    plate = [picture.getpixel((x, top + 1)) for x in range(left + 12, right - 12)]
    brightest = max(luminance(each) for each in plate)
    assert 1.05 / (brightest + 0.05) >= 4.5
    assert picture.crop((left, top, right, bottom)).getextrema()[0][1] == 255


@pytest.mark.parametrize("corner", CORNERS)
def test_it_stands_at_an_edge_and_inside(corner):
    for size in SIZES:
        before = ground("grey", size)
        picture = before.copy()
        drawing.draw(picture, TEXT, corner)
        left, top, right, bottom = box_of(size, corner)
        assert 0 <= left < right <= size[0] and 0 <= top < bottom <= size[1]
        margin = round(min(size) * drawing.MARGIN_SHARE)
        assert (top if "top" in corner else size[1] - bottom) <= margin
        if "-" in corner:
            gap = left if "left" in corner else size[0] - right
            assert gap <= margin
        picture.paste(before.crop((left, top, right, bottom)), (left, top))
        assert picture.tobytes() == before.tobytes()  # nothing else is touched


def test_the_text_is_no_larger_than_it_must_be():
    for side in (333, 512, 2048, 8192):
        size = drawing.text_size(TEXT, side)
        assert drawing._lowest(TEXT, size) >= side * 0.05
        assert drawing._lowest(TEXT, size - 1) < side * 0.05
        assert drawing.plate(TEXT, side)[0].width < side * 0.3


@pytest.mark.parametrize(
    "text", [TEXT, "人工智能合成", "由AI生成", "AI生成 AI-generated"]
)
def test_every_text_fits(text):
    for side in (64, 500, 2000):
        assert drawing.plate(text, side)[0].width <= side


def test_a_tiny_picture_is_labelled_without_a_fault():
    for size in ((1, 1), (3, 90), (8, 8), (16, 2)):
        picture = Image.new("RGB", size, "white")
        drawing.draw(picture, TEXT)
        assert picture.size == size


def test_a_transparent_picture_is_opaque_under_the_label():
    picture = Image.new("RGBA", (400, 300), (255, 255, 255, 0))
    drawing.draw(picture, TEXT)
    left, top, right, _bottom = box_of(picture.size)
    middle = picture.getpixel(((left + right) // 2, top + 2))
    assert middle[3] == 255 and luminance(middle[:3]) < 0.18
    assert picture.getpixel((2, 2)) == (255, 255, 255, 0)


def test_the_font_is_bundled_small_and_licensed(settings):
    folder = settings.BASE_DIR / "static" / "fonts"
    assert 0 < (folder / "label-sans-bold.otf").stat().st_size <= 60_000
    licence = (folder / "label-sans-bold.LICENSE.txt").read_text(encoding="utf-8")
    assert "SIL OPEN FONT LICENSE" in licence
