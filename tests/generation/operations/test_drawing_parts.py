"""What a drawing may be told beside its words: looks, a picture, fine settings."""

import pytest

from generation.operations import OPERATIONS
from generation.operations.base import Catalogue
from generation.providers.base import Choice, Model, Resources
from tests.generation.operations.test_wujie_drawing import TYPED

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
    "character": listed("C1"),
    "model_fusion": tuple(Choice(f"M{n}", f"m{n}", weight=0.6) for n in range(6)),
    "patterns": listed("CANNY", "OPENPOSE", "SOMETHING_NEW"),
    "samplers": listed("0", "3"),
}
SKIN, OTHER = Choice("S1", "skin", model="1"), Choice("S2", "x", model="9")
LISTS = {"style_models": (SKIN, OTHER)}
CATALOGUE = Catalogue(
    (Model("1", "通用", "", 1), Model("2", "bare", "", 1)),
    {"1": Resources(((1024, 1024),), (), CHOICES)},
    LISTS,
)


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
    )
    assert {name: found[name] for name in found if name not in body()} == {
        "steps": 30,
        "sampler_index": 3,
        "clip_skip": 2,
        "super_size_multiple": 2.0,
        "prefine_multiple": 1.5,
        "hr_second_pass_strength": 0.0,
        "fully_custom_uc_prompt": True,
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
    ],
)
def test_numbers_beyond_their_range(field, value):
    assert refused(**{field: value}) == [field]


def test_refined_it_can_be_enlarged_twice_only():
    body(prefine="1.5", supersize="2")
    body(prefine="1.5", supersize="1")
    body(prefine="1", supersize="3")
    assert refused(prefine="1.5", supersize="3") == ["supersize"]


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
    )
    assert filled.is_valid(), filled.errors
    found = OPERATION.order(filled.cleaned_data).body
    assert found["init_image_url"].endswith("/picture.png")
    assert (found["init_width"], found["init_height"]) == (128, 80)
    assert found["creativity_degree"] == 0
    assert (found["pattern"], found["pretreatment_method"]) == ("CANNY", "NONE")
    assert (found["control_weight"], found["control_mode"]) == (0.0, 0)


@pytest.mark.django_db
def test_with_a_picture_no_words_are_needed(alice, brought):
    filled = form(alice, prompt="", init_image=[brought().token])
    assert filled.is_valid(), filled.errors
    assert "prompt" not in OPERATION.order(filled.cleaned_data).body
    assert refused(prompt="") == ["prompt"]


@pytest.mark.parametrize(
    ("field", "value"), [("pattern", "CANNY"), ("creativity", "5")]
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
def test_a_picture_the_gateway_cannot_fetch(brought, asks, reaches, settings):
    settings.PUBLIC_URL = "http://127.0.0.1:9"
    generation = asks("wujie-drawing", **DRAWN, init_image=brought().token)
    reaches(generation, "refused")
    assert generation.failure_code == "20110002"


def test_the_form_has_its_folds(member):
    page = member.get("/").content.decode()
    for words in ("A picture to begin with", "Looks", "Fine settings"):
        assert words in page
    assert 'name="artists" value="莫奈"' in page
    assert 'name="fusion:MF01"' in page


def test_what_is_picked_stays_picked(member):
    page = member.get("/?artists=莫奈&artists=梵高&fusion:MF01=0.4").content.decode()
    assert 'name="artists" value="莫奈" checked' in page
    assert 'name="artists" value="梵高" checked' in page
    assert 'name="fusion:MF01" value="0.4"' in page
    assert '<details class="more" open>' in page
