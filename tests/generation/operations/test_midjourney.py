"""发起Midjourney作画: four pictures per request (contract §7.2)."""

from urllib.parse import urlsplit

import pytest
from django.core import signing

from gateways.catalogue import Catalogue
from gateways.providers.base import Model, Resources
from generation import uploads
from generation.operations import OPERATIONS

pytestmark = pytest.mark.one_database

OPERATION = OPERATIONS["wujie-midjourney"]
CATALOGUE = Catalogue(
    (Model("1", "通用", "", 1), Model("500", "MJ 6", "", 7)),
    {"500": Resources(((1024, 1024), (576, 1024)))},
)
TYPED = {"prompt": "a fox", "mj_model": "500", "mj_size": "576x1024"}


def form(member=None, **typed):
    return OPERATION.form_class(TYPED | typed, catalogue=CATALOGUE, member=member)


def body(**typed):
    filled = form(**typed)
    assert filled.is_valid(), filled.errors
    return OPERATION.order(filled.cleaned_data).body


def refused(**typed):
    filled = form(**typed)
    assert not filled.is_valid()
    return list(filled.errors)


def test_the_least_that_goes_out():
    assert body() == {
        "model": 500,
        "num": 4,
        "prompt": "a fox",
        "width": 576,
        "height": 1024,
        "mj_param": {},
    }


def test_all_parameters_go_out_by_their_names():
    found = body(
        chaos="100",
        stylize="0",
        mj_quality="0.5",
        tile="on",
        upbeta="on",
        sw="10",
        cw="0",
        seed="7",
        cfg="7.5",
        own_negative_only="on",
        negative_prompt="hats",
    )
    assert found["mj_param"] == {
        "chaos": 100,
        "stylize": 0,
        "quality": "0.5",
        "tile": True,
        "upbeta": True,
        "sw": 10,
        "cw": 0,
    }
    assert (found["seed"], found["uc_prompt"]) == ("7", "hats")
    assert (found["cfg"], found["fully_custom_uc_prompt"]) == (7.5, True)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("chaos", "101"),
        ("stylize", "1001"),
        ("sw", "1001"),
        ("cw", "101"),
        ("mj_quality", "3"),
        ("seed", "abc"),
        ("cfg", "31"),
        ("mj_model", "1"),
        ("mj_size", "1x1"),
        ("prompt", ""),
    ],
)
def test_values_beyond_their_range(field, value):
    assert field in refused(**{field: value})


def test_each_picture_goes_out_as_what_it_is_for():
    names = ("init_image", "style_images", "character_images")
    brought = {
        name: [{"token": name, "extension": "png", "width": 96, "height": 64}]
        for name in names
    }
    cleaned = {"mj_model": "500", "mj_size": "576x1024", "prompt": "a fox", **brought}
    found = OPERATION.order(cleaned | {"creativity": 30}).body

    def is_of(address, name):
        signed = urlsplit(address).path.split("/")[-2]
        return signing.loads(signed, salt=uploads.SALT) == name

    assert is_of(found["init_image_url"], "init_image")
    assert (found["init_width"], found["init_height"]) == (96, 64)
    assert found["creativity_degree"] == 30
    (style,), (character,) = (found["mj_param"][f"{c}ref_urls"] for c in "sc")
    assert is_of(style, "style_images")
    assert is_of(character, "character_images")


def test_it_waits_for_a_model():
    assert OPERATION.is_ready(CATALOGUE)
    assert not OPERATION.is_ready(Catalogue((Model("1", "通用", "", 1),)))


@pytest.mark.django_db(transaction=True)
def test_from_the_form_to_four_archived_pictures(
    asks, archived, brought, reached, sandbox
):
    generation = asks(
        "wujie-midjourney",
        prompt="a fox",
        mj_model="500",
        mj_size="1024x1024",
        chaos="5",
        style_images=[brought().token],
    )
    assert generation.reserved == 8  # by the gateway's own price
    archived(generation)
    assert generation.artworks.count() == 4
    assert sandbox.state()["requests"]["picture.fetched"] == 1


@pytest.mark.django_db(transaction=True)
def test_a_refused_prompt(asks, reaches):
    generation = asks(
        "wujie-midjourney", prompt="违禁词", mj_model="500", mj_size="1024x1024"
    )
    reaches(generation, "refused")
    assert generation.failure_code == "20110001"


def test_what_is_untouched_stays_folded(member):
    page = member.get("/?operation=wujie-midjourney").text
    assert 'id="changed-basics"></span>' in page
    assert 'name="tile"' not in page
    page = member.get("/?operation=wujie-midjourney&tile=on").text
    assert 'id="changed-basics">1</span>' in page
    assert '<input type="hidden" name="tile" value="True" data-kept>' in page
