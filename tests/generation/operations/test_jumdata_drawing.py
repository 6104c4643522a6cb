"""Limits of ``/ai/draw/submit``, checked before anything is paid (seed 002)."""

import pytest

from gateways.catalogue import Catalogue
from gateways.providers.base import Order
from generation.operations import OPERATIONS
from generation.operations.jumdata_drawing import RESOLUTIONS, STYLES
from spend.units import Unit

OPERATION = OPERATIONS["jumdata-drawing"]
TYPED = {
    "prompt": "城",
    "resolution": "1024*1536",
    "pictures": "3",
    "style": "low poly",
}


def form(**typed):
    return OPERATION.form_class({**TYPED, **typed}, catalogue=Catalogue())


def cleaned(**typed):
    filled = form(**typed)
    assert filled.is_valid(), filled.errors
    return filled.cleaned_data


def refused(**typed):
    filled = form(**typed)
    assert not filled.is_valid()
    return list(filled.errors)


@pytest.mark.parametrize("letter", ["a", "城", "𠮷", "😀"])
def test_a_prompt_has_100_code_points_at_most(letter):
    assert cleaned(prompt=letter * 100)["prompt"] == letter * 100
    assert refused(prompt=letter * 101) == ["prompt"]


def test_a_line_break_counts_once():
    assert len(cleaned(prompt="a\r\n" * 49 + "ab")["prompt"]) == 100
    assert refused(prompt="a\r\n" * 50 + "a") == ["prompt"]


@pytest.mark.parametrize("prompt", ["", "  ", "\n", "a\0"])
def test_a_prompt_is_needed(prompt):
    assert refused(prompt=prompt) == ["prompt"]


@pytest.mark.parametrize("resolution", RESOLUTIONS)
def test_the_three_resolutions(resolution):
    width, height = OPERATION.size(cleaned(resolution=resolution))
    assert f"{width}*{height}" == resolution


@pytest.mark.parametrize("resolution", ["", "1024x1024", "512*512", "1024*1024 "])
def test_no_other_resolution(resolution):
    assert refused(resolution=resolution) == ["resolution"]


@pytest.mark.parametrize("pictures", ["1", "6"])
def test_one_to_six_pictures(pictures):
    assert cleaned(pictures=pictures)["pictures"] == int(pictures)


@pytest.mark.parametrize("pictures", ["", "0", "7", "-1", "1.5", "x"])
def test_no_other_number(pictures):
    assert refused(pictures=pictures) == ["pictures"]


def test_the_seventeen_styles_exactly_as_listed():
    assert len(set(STYLES)) == 17
    for style in STYLES:
        assert cleaned(style=style)["style"] == style == style.strip()


@pytest.mark.parametrize("style", ["", "low poly ", "Low Poly", "二次元风格", "写实"])
def test_no_other_style(style):
    assert refused(style=style) == ["style"]


def test_the_order_is_the_documented_body():
    assert OPERATION.order(cleaned()) == Order(
        "/ai/draw/submit",
        {"text": "城", "resolution": "1024*1536", "style": "low poly", "num": 3},
        3,
    )


def test_it_is_always_ready_and_billed_by_the_image():
    assert OPERATION.is_ready(Catalogue())
    assert OPERATION.unit == Unit.IMAGE
    assert not OPERATION.can_cancel
    assert OPERATION.model(cleaned()) == ""


def test_every_field_stands_on_the_form_once():
    filled = form()
    shown = [field.name for field in filled.main_fields]
    assert sorted([*shown, "prompt"]) == sorted(filled.fields)
