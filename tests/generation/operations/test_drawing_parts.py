"""Parts of a drawing: looks, image prompt, fine settings."""

import pytest

from gateways.catalogue import Catalogue
from gateways.providers.base import Choice, Model, Resources
from generation.operations import OPERATIONS
from tests.browsing import Form
from tests.generation.operations.test_wujie_drawing import TYPED

pytestmark = pytest.mark.one_database

OPERATION = OPERATIONS["wujie-drawing"]


def listed(*keys):
    return tuple(Choice(key, key.lower()) for key in keys)


CHOICES = {
    "image_type": listed("海报", "素描"),
    "artist": tuple(Choice(f"A{n}", f"a{n}") for n in range(12)),
    "element_magic": (
        Choice("E1", "one", excludes="X"),
        Choice("E2", "two", excludes="X"),
        Choice("E3", "three", excludes="Y"),
    ),
    "style_decoration": listed("D1"),
    "style": listed("水彩", "国风"),
    "character": listed("C1"),
    "model_fusion": tuple(Choice(f"M{n}", f"m{n}", weight=0.6) for n in range(6)),
    "patterns": listed("CANNY", "OPENPOSE", "SOMETHING_NEW"),
    "samplers": listed("0", "3"),
}
SKIN, OTHER = Choice("S1", "skin", model="1"), Choice("S2", "x", model="9")
LISTS = {"style_models": (SKIN, OTHER)}
CATALOGUE = Catalogue(
    (Model("1", "通用", "", 1), Model("2", "bare", "", 1)),
    {"1": Resources(((1024, 1024),), ("水彩", "国风"), CHOICES)},
    LISTS,
)


#: What the gateway refines (§7.1).
REFINABLE = {"width": "1024", "height": "576"}


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


def test_all_looks_go_out_by_their_names():
    found = body(
        image_types=["海报"],
        artists=["A1", "A2"],
        elements=["E1", "E3"],
        decorations=["D1"],
        characters=["C1"],
        style_model="S1",
        **{"fusion:M0": "0.6", "fusion:M1": "-1", "fusion:M2": ""},
    )
    assert found["image_type"] == ["海报"]
    assert found["artists"] == ["A1", "A2"]
    assert found["element_magic"] == ["E1", "E3"]
    assert found["style_decoration"] == ["D1"]
    assert found["character"] == ["C1"]
    assert found["style_model"] == "S1"
    assert found["model_fusion"] == [
        {"key": "M0", "weight": 0.6},
        {"key": "M1", "weight": -1.0},
    ]


def test_styles_go_out_in_one_list_each_once():
    assert body(style="水彩")["style"] == ["水彩"]
    assert body(more_styles=["国风"])["style"] == ["国风"]
    both = body(style="水彩", more_styles=["国风", "水彩"])
    assert both["style"] == ["水彩", "国风"]
    assert refused(more_styles=["油画"]) == ["more_styles"]


def test_what_excludes_each_other_is_refused():
    assert refused(elements=["E1", "E2"]) == ["elements"]


def test_ten_of_each_at_most():
    body(artists=[f"A{n}" for n in range(10)])
    assert refused(artists=[f"A{n}" for n in range(11)]) == ["artists"]


@pytest.mark.parametrize("weight", ["2.1", "-1.1", "x", "nan"])
def test_a_weight_beyond_its_range(weight):
    assert refused(**{"fusion:M0": weight}) == ["fusion"]


def test_five_fused_models_at_most():
    assert refused(**{f"fusion:M{n}": "1" for n in range(6)}) == ["fusion"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("image_types", ["油画"]),
        ("style_model", "S2"),  # of another model
        ("sampler", "7"),
        ("pattern", "SOMETHING_NEW"),  # nobody documented it
        ("pattern", "SEG"),  # documented, but not offered
        ("pretreatment", "OTHER"),
    ],
)
def test_what_the_model_does_not_offer(field, value):
    assert field in refused(**{field: value})


def test_a_model_that_lists_nothing_has_no_such_fields():
    filled = OPERATION.form_class({**TYPED, "model": "2"}, catalogue=CATALOGUE)
    gone = {"image_types", "artists", "fusion", "style_model", "pattern", "sampler"}
    assert not gone & set(filled.fields)


def test_fine_settings_go_out_by_their_names():
    found = body(
        steps="30",
        sampler="3",
        clip_skip="2",
        supersize="2",
        prefine="1.5",
        second_pass="0",
        own_negative_only="on",
        places_forward="3",
        **REFINABLE,
    )
    assert {name: found[name] for name in found if name not in body()} == {
        "steps": 30,
        "sampler_index": 3,
        "clip_skip": 2,
        "super_size_multiple": 2.0,
        "prefine_multiple": 1.5,
        "hr_second_pass_strength": 0.0,
        "fully_custom_uc_prompt": True,
        "accelerate_times": 3,
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("steps", "0"),
        ("clip_skip", "13"),
        ("supersize", "4.1"),
        ("supersize", "0.9"),
        ("prefine", "2.1"),
        ("second_pass", "-0.1"),
        ("places_forward", "-1"),
        ("steps", "1001"),
    ],
)
def test_numbers_beyond_their_range(field, value):
    assert refused(**{field: value}) == [field]


def test_refined_it_can_be_enlarged_twice_only():
    body(prefine="1.5", supersize="2", **REFINABLE)
    body(prefine="1.5", supersize="1", **REFINABLE)
    body(prefine="1", supersize="3")
    assert refused(prefine="1.5", supersize="3", **REFINABLE) == ["supersize"]


@pytest.mark.parametrize(
    ("width", "height", "fits"),
    [
        ("1024", "576", True),
        ("576", "1024", True),
        ("768", "768", True),
        ("1088", "512", False),  # a side
        ("1024", "640", False),  # the area
        ("", "", False),  # the chosen size, 1024 × 1024
    ],
)
def test_only_a_small_size_is_refined(width, height, fits):
    size = {"width": width, "height": height}
    if fits:
        assert body(prefine="1.1", **size)["prefine_multiple"] == 1.1
    else:
        assert refused(prefine="1.1", **size) == ["prefine"]
    body(prefine="1", **size)  # once is not at all


# --- A picture to begin with


@pytest.mark.django_db
def test_a_picture_to_begin_with_goes_out_with_its_size(alice, brought):
    upload = brought("PNG", (128, 80))
    filled = form(
        alice,
        init_image=[upload.token],
        creativity="0",
        pattern="CANNY",
        pretreatment="NONE",
        control_weight="0",
        control_mode="0",
        control_img2img="on",
    )
    assert filled.is_valid(), filled.errors
    found = OPERATION.order(filled.cleaned_data).body
    assert found["init_image_url"].endswith("/picture.png")
    assert (found["init_width"], found["init_height"]) == (128, 80)
    assert found["creativity_degree"] == 0
    assert (found["pattern"], found["pretreatment_method"]) == ("CANNY", "NONE")
    assert (found["control_weight"], found["control_mode"]) == (0.0, 0)
    assert found["control_img2_img"] is True
    assert (found["width"], found["height"]) == (1024, 1024)
    assert "create_source" not in found


@pytest.mark.django_db
def test_the_size_may_be_left_to_the_picture(alice, brought):
    filled = form(alice, init_image=[brought().token], size_from_picture="on")
    assert filled.is_valid(), filled.errors
    found = OPERATION.order(filled.cleaned_data).body
    assert found["create_source"] == 1
    assert not {"width", "height"} & set(found)
    assert OPERATION.size(filled.cleaned_data) == (0, 0)


@pytest.mark.django_db
def test_a_size_from_the_picture_stands_alone(alice, brought):
    picture = {"init_image": [brought().token], "size_from_picture": "on"}
    filled = form(alice, **picture, **REFINABLE)
    assert set(filled.errors) == {"width", "height"}
    assert list(form(alice, **picture, prefine="1.5").errors) == ["prefine"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("pretreatment", "NONE"),
        ("control_weight", "0"),
        ("control_mode", "0"),
        ("control_img2img", "on"),
    ],
)
def test_what_is_said_of_a_guide_needs_one(alice, brought, field, value):
    filled = form(alice, init_image=[brought().token], **{field: value})
    assert list(filled.errors) == [field]


@pytest.mark.django_db
def test_with_a_picture_no_words_are_needed(alice, brought):
    filled = form(alice, prompt="", init_image=[brought().token])
    assert filled.is_valid(), filled.errors
    assert "prompt" not in OPERATION.order(filled.cleaned_data).body
    assert refused(prompt="") == ["prompt"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("pattern", "CANNY"),
        ("creativity", "0"),
        ("control_weight", "1"),
        ("size_from_picture", "on"),
    ],
)
def test_what_guides_needs_a_picture(field, value):
    assert refused(**{field: value}) == [field]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "most"), [("creativity", "100"), ("control_weight", "2")]
)
def test_how_far_it_guides_has_its_range(field, most, alice, brought):
    typed = {"init_image": [brought().token], "pattern": "CANNY"}
    filled = form(alice, **typed, **{field: most})
    assert filled.is_valid(), filled.errors
    wire = {"creativity": "creativity_degree"}.get(field, field)
    assert OPERATION.order(filled.cleaned_data).body[wire] == float(most)
    for beyond in (str(float(most) + 1).removesuffix(".0"), "-1"):
        assert list(form(alice, **typed, **{field: beyond}).errors) == [field]


DRAWN = {"prompt": "山", "model": "1", "size": "1024x1024", "pictures": "1"}


@pytest.mark.django_db(transaction=True)
def test_a_guided_drawing_over_real_http(brought, reached, asks, archived, sandbox):
    generation = asks(
        "wujie-drawing",
        **DRAWN,
        init_image=brought().token,
        creativity="20",
        pattern="OPENPOSE",
        control_img2img="on",
        style="水彩",
        more_styles="国风",
        image_types="海报",
        artists="莫奈",
        elements="EM01",
        style_model="SM01",
        steps="40",
        sampler="2",
        **{"fusion:MF01": "0.6"},
    )
    archived(generation)
    assert sandbox.state()["requests"]["picture.fetched"] >= 1
    # More steps cost more, by the gateway's own price.
    assert generation.tasks.get().cost == generation.reserved > 2


@pytest.mark.django_db(transaction=True)
def test_a_drawing_as_large_as_its_picture(brought, reached, asks, archived, sandbox):
    sandbox.switch(picture_max_side=4096)
    picture = brought("PNG", (128, 64)).token
    asked = asks("wujie-drawing", **DRAWN, init_image=picture, size_from_picture="on")
    artwork = archived(asked).artworks.get()
    assert (artwork.width, artwork.height) == (2048, 1024)


@pytest.mark.django_db(transaction=True)
def test_places_forward_cost_from_the_start(asks, archived):
    # 2 integrals a place and picture (§5.3).
    plain = asks("wujie-drawing", **DRAWN)
    faster = archived(asks("wujie-drawing", **DRAWN, places_forward="3"))
    assert faster.reserved == plain.reserved + 3 * 2
    assert faster.tasks.get().cost == faster.reserved


@pytest.mark.django_db(transaction=True)
def test_a_picture_the_gateway_cannot_fetch(brought, asks, reaches, settings):
    settings.PUBLIC_URL = "http://127.0.0.1:9"
    generation = asks("wujie-drawing", **DRAWN, init_image=brought().token)
    reaches(generation, "refused")
    assert generation.failure_code == "20110002"


def test_the_form_has_its_folds(member):
    page = member.get("/").text
    for words in ("Image prompt", "Style", "Advanced", "Tiled diffusion"):
        assert words in page
    assert 'name="artists"' not in page
    page = member.get("/?open=looks").text
    assert 'name="artists" value="莫奈"' in page
    assert 'name="fusion:MF01"' in page


def test_what_is_picked_stays_picked(member):
    picked = "artists=莫奈&artists=梵高&fusion:MF01=0.4"
    page = member.get(f"/?{picked}&open=looks").text
    assert 'name="artists" value="莫奈" checked' in page
    assert 'name="artists" value="梵高" checked' in page
    assert 'name="fusion:MF01" value="0.4"' in page
    # Closed, they wait for the form to be sent.
    sent = Form(member.get(f"/?{picked}").text, "ask").values
    assert sent["artists"] == ["莫奈", "梵高"]
    assert sent["fusion:MF01"] == ["0.4"]
    assert "fusion:MF02" not in sent
