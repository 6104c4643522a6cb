"""4K, transparent and flux: the bodies, and what they leave out (§7.3, §7.4)."""

import pytest

from gateways.catalogue import Catalogue
from gateways.providers.base import Choice, Model, Resources
from generation.operations import OPERATIONS
from generation.operations.drawing_4k import MOST_PIXELS_4K, SIDES_4K, SIZES_4K

#: As any model may list them.
LOOKS = {
    name: (Choice(f"{name}-1", name),)
    for name in (
        "style",
        "image_type",
        "artist",
        "element_magic",
        "style_decoration",
        "character",
        "model_fusion",
        "patterns",
    )
}
CATALOGUE = Catalogue(
    (
        Model("1", "通用", "", 1),
        Model("127", "XL", "", 1, draws_4k=True),
        Model("700", "通用XL", "", 1, transparencies=((1, "前景"), (2, "混合"))),
        Model("150", "Flux 1.0", "", 1),
    ),
    {
        "127": Resources((), (), {"image_type": (Choice("海报", "海报"),)}),
        "150": Resources((), ("水彩",), LOOKS),
        "700": Resources(((1024, 768),)),
    },
)
TYPED = {
    "wujie-4k": {"model_4k": "127", "size_4k": "2048x2048"},
    "wujie-transparent": {
        "layer_model": "700",
        "layer_size": "1024x768",
        "layer_method": "2",
    },
    "wujie-flux": {"flux_model": "150", "flux_size": "1024x1024"},
}
WORDS = {"prompt": "山", "pictures": "2"}


def form(slug, **typed):
    make = OPERATIONS[slug].form_class
    return make(WORDS | TYPED[slug] | typed, catalogue=CATALOGUE)


def order(slug, **typed):
    filled = form(slug, **typed)
    assert filled.is_valid(), filled.errors
    return OPERATIONS[slug].order(filled.cleaned_data)


def test_the_body_of_a_4k_drawing():
    found = order(
        "wujie-4k",
        negative_prompt="帽",
        own_negative_only="on",
        image_types=["海报"],
        cfg_first="5",
    )
    assert found.path == "/ai/create/cutDiffusion"
    assert found.body == {
        "model": 127,
        "num": 2,
        "prompt": "山",
        "width": 2048,
        "height": 2048,
        "uc_prompt": "帽",
        "fully_custom_uc_prompt": True,
        "image_type": ["海报"],
        # Without the underscore in the request (§14.13), and always there.
        "cutdiffusion": {
            "cutdiff_proportion": 0.5,
            "cfg_scale1": 5.0,
            "cfg_scale2": 7.0,
        },
    }


def test_a_4k_size_of_ones_own():
    found = order("wujie-4k", width_4k="1088", height_4k="3072").body
    assert (found["width"], found["height"]) == (1088, 3072)


@pytest.mark.parametrize(
    ("width", "height", "field"),
    [
        ("1024", "2048", "width_4k"),
        ("2048", "3136", "height_4k"),
        ("1100", "2048", "width_4k"),  # no multiple of 64
        ("3072", "1664", "width_4k"),  # 5 111 808 pixels
        ("2048", "", "height_4k"),
        ("", "2048", "width_4k"),
    ],
)
def test_a_4k_size_beyond_the_limits(width, height, field):
    filled = form("wujie-4k", width_4k=width, height_4k=height)
    assert list(filled.errors) == [field]


def test_our_sizes_of_4k_keep_the_rules():
    for sides in SIZES_4K:
        assert all(SIDES_4K[0] <= side <= SIDES_4K[1] for side in sides)
        assert all(side % 64 == 0 for side in sides)
        assert sides[0] * sides[1] <= MOST_PIXELS_4K


def test_the_body_of_a_transparent_drawing():
    found = order(
        "wujie-transparent",
        layer_end="0.5",
        layer_weight="0.8",
        seed="7",
        negative_prompt="帽",
    )
    assert found.path == "/ai/create/layerDiffusion"
    assert found.body == {
        "model": 700,
        "num": 2,
        "prompt": "山",
        "width": 1024,
        "height": 768,
        "seed": "7",
        "uc_prompt": "帽",
        "layer_diffusion": {"method": 2, "weight": 0.8, "ending_step": 0.5},
    }


def test_the_body_of_a_flux_drawing():
    found = order(
        "wujie-flux",
        cfg="3.5",
        seed="7",
        style="水彩",
        image_types=["image_type-1"],
        artists=["artist-1"],
        elements=["element_magic-1"],
        decorations=["style_decoration-1"],
        places_forward="2",
        **{"fusion:model_fusion-1": "0.5"},
    )
    assert found.path == "/ai/create/flux"
    assert found.body == {
        "model": 150,
        "num": 2,
        "prompt": "山",
        "width": 1024,
        "height": 1024,
        "cfg": 3.5,
        "seed": "7",
        "style": ["水彩"],
        "image_type": ["image_type-1"],
        "artists": ["artist-1"],
        "element_magic": ["element_magic-1"],
        "style_decoration": ["style_decoration-1"],
        "model_fusion": [{"key": "model_fusion-1", "weight": 0.5}],
        "accelerate_times": 2,
    }


@pytest.mark.parametrize(
    ("slug", "field", "value"),
    [
        ("wujie-4k", "model_4k", "1"),
        ("wujie-4k", "size_4k", "1024x1024"),
        ("wujie-4k", "proportion", "1.1"),
        ("wujie-transparent", "layer_model", "127"),
        ("wujie-transparent", "layer_method", "3"),
        ("wujie-transparent", "layer_weight", "2.1"),
        ("wujie-transparent", "layer_end", "1.1"),
        ("wujie-4k", "cfg_first", "0.9"),
        ("wujie-4k", "cfg_second", "30.1"),
        ("wujie-4k", "pictures", "101"),
        ("wujie-flux", "flux_model", "127"),
        ("wujie-flux", "cfg", "31"),
        ("wujie-flux", "prompt", ""),
    ],
)
def test_what_is_not_sent(slug, field, value):
    filled = form(slug, **{field: value})
    assert not filled.is_valid()
    assert field in filled.errors


@pytest.mark.parametrize("slug", TYPED)
def test_it_waits_for_a_model_of_its_own(slug):
    assert OPERATIONS[slug].is_ready(CATALOGUE)
    assert not OPERATIONS[slug].is_ready(Catalogue((Model("1", "通用", "", 1),)))


def test_4k_and_flux_have_no_field_that_their_calls_do_not_know():
    assert "seed" not in form("wujie-4k").fields
    unknown = {"negative_prompt", "pattern", "characters", "style_model"}
    assert not unknown & set(form("wujie-flux").fields)


@pytest.mark.django_db
def test_flux_takes_a_picture_and_its_size(alice, brought):
    make = OPERATIONS["wujie-flux"].form_class
    typed = WORDS | TYPED["wujie-flux"]
    typed |= {"init_image": [brought().token], "size_from_picture": "on"}
    filled = make(typed, catalogue=CATALOGUE, member=alice)
    assert filled.is_valid(), filled.errors
    body = OPERATIONS["wujie-flux"].order(filled.cleaned_data).body
    assert (body["create_source"], body["init_width"]) == (1, 96)
    assert not {"width", "height"} & set(body)
