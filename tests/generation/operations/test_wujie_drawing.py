"""Limits of ``/ai/create``, checked before anything is paid (contract §7.1)."""

import pytest

from gateways.catalogue import Catalogue
from gateways.providers.base import Model, Order, Resources
from generation.operations import OPERATIONS
from generation.operations.wujie_drawing import LONGEST_SIDE, SIZES, aligned

OPERATION = OPERATIONS["wujie-drawing"]
CATALOGUE = Catalogue(
    models=(
        Model("1", "通用", "", 1),
        Model("500", "MJ", "", 7),
        Model("4", "通用 2", "", 1),
    ),
    resources={
        "1": Resources(((1024, 1024), (576, 1024)), ("水彩", "赛博朋克")),
        "4": Resources((), ()),
    },
)
TYPED = {"prompt": "山水", "model": "1", "size": "1024x1024", "pictures": "2"}


def form(**typed):
    return OPERATION.form_class({**TYPED, **typed}, catalogue=CATALOGUE)


def cleaned(**typed):
    filled = form(**typed)
    assert filled.is_valid(), filled.errors
    return filled.cleaned_data


def refused(**typed):
    """The names of the fields that are found fault with."""
    filled = form(**typed)
    assert not filled.is_valid()
    return list(filled.errors)


# --- Words


@pytest.mark.parametrize(
    ("field", "limit"), [("prompt", 1500), ("negative_prompt", 1000)]
)
@pytest.mark.parametrize("letter", ["a", "山", "𠮷", "😀"])
def test_the_limit_of_words_counts_code_points(field, limit, letter):
    assert cleaned(**{field: letter * limit})[field] == letter * limit
    assert refused(**{field: letter * (limit + 1)}) == [field]


@pytest.mark.parametrize(
    ("field", "limit"), [("prompt", 1500), ("negative_prompt", 1000)]
)
def test_a_line_break_counts_once_however_the_browser_sends_it(field, limit):
    lines = "a\r\n" * (limit // 2 - 1) + "ab"
    assert cleaned(**{field: lines})[field] == lines.replace("\r\n", "\n")
    assert refused(**{field: "a" * (limit - 1) + "\r\nb"}) == [field]


@pytest.mark.parametrize("prompt", ["", "   ", "\r\n\t", "\u3000"])
def test_a_prompt_is_needed(prompt):
    assert refused(prompt=prompt) == ["prompt"]


def test_a_nul_is_no_word():
    assert refused(prompt="a\0b") == ["prompt"]


# --- Numbers


@pytest.mark.parametrize("pictures", ["1", "4", "100"])
def test_pictures_that_may_be_asked_for(pictures):
    assert cleaned(pictures=pictures)["pictures"] == int(pictures)


@pytest.mark.parametrize("pictures", ["", "0", "-1", "101", "1.5", "two", "1e2"])
def test_pictures_that_may_not(pictures):
    assert refused(pictures=pictures) == ["pictures"]


@pytest.mark.parametrize("cfg", ["", "1", "7.5", "30"])
def test_a_closeness_that_may_be_asked_for(cfg):
    assert cleaned(cfg=cfg)["cfg"] == (float(cfg) if cfg else None)


@pytest.mark.parametrize("cfg", ["0.9", "30.1", "nan", "inf", "-7", "x"])
def test_a_closeness_that_may_not(cfg):
    assert refused(cfg=cfg) == ["cfg"]


@pytest.mark.parametrize("seed", ["", "-1", "0", "42", "9" * 20])
def test_a_seed_of_digits(seed):
    assert cleaned(seed=seed)["seed"] == seed


@pytest.mark.parametrize("seed", ["abc", "12a", "-2", "1.5", "٤٢", "1 2", "9" * 21])
def test_a_seed_with_letters_breaks_jobs(seed):
    assert refused(seed=seed) == ["seed"]


# --- Sizes


@pytest.mark.parametrize(
    ("side", "to"),
    [
        (1, 64),
        (63, 64),
        (64, 64),
        (65, 64),
        (96, 64),
        (97, 128),
        (128, 128),
        (160, 128),
        (161, 192),
        (1000, 1024),
        (1344, 1344),
    ],
)
def test_what_the_gateway_makes_of_a_side(side, to):
    assert aligned(side) == to


@pytest.mark.parametrize("field", ["width", "height"])
@pytest.mark.parametrize("side", [64, 128, 1024, LONGEST_SIDE])
def test_a_side_of_ones_own(field, side):
    other = "height" if field == "width" else "width"
    assert cleaned(**{field: str(side), other: "512"})[field] == side


@pytest.mark.parametrize("field", ["width", "height"])
@pytest.mark.parametrize(("side", "nearest"), [(96, 64), (97, 128), (1000, 1024)])
def test_an_odd_side_is_refused_with_its_nearest(field, side, nearest):
    other = "height" if field == "width" else "width"
    filled = form(**{field: str(side), other: "512"})
    assert list(filled.errors) == [field]
    assert str(nearest) in filled.errors[field][0]


@pytest.mark.parametrize("field", ["width", "height"])
@pytest.mark.parametrize("side", ["0", "-64", "63", "1345", "1408", "512.5", "x"])
def test_a_side_beyond_the_limits(field, side):
    other = "height" if field == "width" else "width"
    assert refused(**{field: side, other: "512"}) == [field]


@pytest.mark.parametrize("field", ["width", "height"])
def test_one_side_alone_asks_for_the_other(field):
    other = "height" if field == "width" else "width"
    assert refused(**{field: "512"}) == [other]


def test_ones_own_size_comes_before_the_chosen_one():
    typed = cleaned(width="512", height="768")
    assert OPERATION.size(typed) == (512, 768)
    assert OPERATION.size(cleaned()) == (1024, 1024)


@pytest.mark.parametrize("size", ["1024x1025", "512x512", "1024*1024", "x", ""])
def test_a_size_the_model_does_not_offer(size):
    assert refused(size=size) == ["size"]


def test_the_sizes_we_offer_unasked_keep_the_rules():
    for width, height in SIZES:
        assert width % 64 == height % 64 == 0
        assert max(width, height) <= LONGEST_SIDE


# --- Choices


def test_models_are_the_gateways_without_midjourney():
    assert [code for code, _ in form().fields["model"].choices] == ["1", "4"]


@pytest.mark.parametrize("model", ["", "2", "500", "1 ", "x"])
def test_a_model_that_is_not_offered(model):
    # Its sizes and styles are not known either.
    assert "model" in refused(model=model)


def test_a_model_that_is_no_number_is_not_offered():
    odd = Catalogue(models=(Model("abc", "odd", "", 1), *CATALOGUE.models))
    choices = OPERATION.form_class(catalogue=odd).fields["model"].choices
    assert [code for code, _ in choices] == ["1", "4"]


@pytest.mark.parametrize("style", ["", "水彩", "赛博朋克"])
def test_a_style_of_the_model(style):
    assert cleaned(style=style)["style"] == style


@pytest.mark.parametrize("style", ["油画", "水彩 风格", "watercolour"])
def test_a_style_it_does_not_have(style):
    assert refused(style=style) == ["style"]


def test_where_a_model_lists_nothing_our_own_sizes_stand():
    assert cleaned(model="4", size="512x512")["size"] == "512x512"
    assert refused(model="4", size="512x512", style="水彩") == ["style"]


def test_it_is_ready_when_there_is_a_model_to_draw_with():
    assert OPERATION.is_ready(CATALOGUE)
    assert not OPERATION.is_ready(Catalogue())
    assert not OPERATION.is_ready(Catalogue(models=(Model("500", "MJ", "", 7),)))


def test_every_field_stands_on_the_form_once():
    filled = form()
    folded = [name for _key, _title, names in filled.field_groups for name in names]
    shown = [*(field.name for field in filled.main_fields), *folded]
    assert sorted([*shown, "prompt"]) == sorted(filled.fields)


# --- On the wire


def test_the_order_is_the_documented_body():
    typed = cleaned(
        prompt="山\r\n水",
        negative_prompt="hands",
        style="水彩",
        cfg="7.5",
        seed="42",
        width="512",
        height="768",
    )
    assert OPERATION.order(typed) == Order(
        "/ai/create",
        {
            "model": 1,
            "num": 2,
            "prompt": "山\n水",
            "width": 512,
            "height": 768,
            "uc_prompt": "hands",
            "style": ["水彩"],
            "cfg": 7.5,
            "seed": "42",
        },
        2,
    )


def test_what_was_not_asked_for_is_not_on_the_wire():
    assert OPERATION.order(cleaned()).body == {
        "model": 1,
        "num": 2,
        "prompt": "山水",
        "width": 1024,
        "height": 1024,
    }
    assert OPERATION.model(cleaned()) == "1"
