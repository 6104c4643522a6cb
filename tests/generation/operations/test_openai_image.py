"""OpenAI Image 图片创建: the fields of each model (seed 001)."""

from typing import Any

import pytest
from django.http import QueryDict

from gateways.catalogue import Catalogue
from gateways.models import AccountHealth
from generation.models import Artwork
from generation.operations import OPERATIONS
from tests.pages import HTMX

pytestmark = pytest.mark.one_database

OPERATION = OPERATIONS["openai-image"]
GPT = {
    "prompt": "A sign that says OPEN",
    "openai_model": "gpt-image-1",
    "openai_size": "1024x1024",
    "pictures": "2",
    "quality": "auto",
    "output_format": "png",
    "background": "auto",
    "moderation": "auto",
}
DALL_E_2 = {
    "prompt": "a boat",
    "openai_model": "dall-e-2",
    "openai_size": "256x256",
    "pictures": "10",
    "quality": "standard",
}
DALL_E_3 = {
    "prompt": "a boat",
    "openai_model": "dall-e-3",
    "openai_size": "1792x1024",
    "quality": "hd",
    "openai_style": "vivid",
}


def form(typed: dict[str, Any], **changes: Any) -> Any:
    return OPERATION.form_class(typed | changes, catalogue=Catalogue())


def order(typed: dict[str, Any], **changes: Any) -> Any:
    filled = form(typed, **changes)
    assert filled.is_valid(), filled.errors
    return OPERATION.order(filled.cleaned_data)


def refused(typed: dict[str, Any], **changes: Any) -> list[str]:
    filled = form(typed, **changes)
    assert not filled.is_valid()
    return list(filled.errors)


# --- Which fields there are

ONLY_GPT = {"output_format", "background", "moderation"}


@pytest.mark.parametrize(
    ("typed", "has"),
    [
        (GPT, ONLY_GPT | {"pictures"}),
        (GPT | {"output_format": "webp"}, ONLY_GPT | {"output_compression"}),
        (GPT | {"output_format": "jpeg"}, ONLY_GPT | {"output_compression"}),
        (DALL_E_2, {"pictures"}),
        (DALL_E_3, {"openai_style"}),
    ],
)
def test_each_model_has_its_own_fields(typed, has):
    every = ONLY_GPT | {"output_compression", "openai_style", "pictures"}
    fields = set(form(typed).fields)
    assert has <= fields
    assert not (every - has - {"pictures"}) & fields
    assert ("pictures" in fields) == (typed["openai_model"] != "dall-e-3")


@pytest.mark.parametrize(
    ("typed", "sizes"),
    [
        (GPT, ["1024x1024", "1536x1024", "1024x1536", "auto"]),
        (DALL_E_2, ["1024x1024", "512x512", "256x256"]),
        (DALL_E_3, ["1024x1024", "1792x1024", "1024x1792"]),
    ],
)
def test_each_model_has_its_own_sizes(typed, sizes):
    assert [value for value, _ in form(typed).fields["openai_size"].choices] == sizes
    for size in sizes:
        order(typed, openai_size=size)
    assert refused(typed, openai_size="640x640") == ["openai_size"]


@pytest.mark.parametrize(
    ("typed", "qualities"),
    [
        (GPT, ["auto", "high", "medium", "low"]),
        (DALL_E_2, ["auto", "standard"]),
        (DALL_E_3, ["auto", "hd", "standard"]),
    ],
)
def test_each_model_has_its_own_qualities(typed, qualities):
    assert [value for value, _ in form(typed).fields["quality"].choices] == qualities
    for quality in {"auto", "high", "medium", "low", "hd", "standard"}:
        if quality in qualities:
            order(typed, quality=quality)
        else:
            assert refused(typed, quality=quality) == ["quality"]


@pytest.mark.parametrize("typed", [GPT, DALL_E_2])
def test_one_to_ten_pictures(typed):
    for number in ("1", "10"):
        assert order(typed, pictures=number).body["n"] == int(number)
    for number in ("0", "11", "", "two"):
        assert refused(typed, pictures=number) == ["pictures"]


def test_dall_e_3_draws_one_whatever_was_typed_before():
    found = order(DALL_E_3, pictures="7")
    assert (found.body["n"], found.pictures) == (1, 1)


@pytest.mark.parametrize("compression", ["0", "55", "100"])
def test_a_compression_goes_with_webp_and_jpeg(compression):
    for kind in ("webp", "jpeg"):
        found = order(GPT, output_format=kind, output_compression=compression)
        assert found.body["output_compression"] == int(compression)
    assert "output_compression" not in order(GPT, output_compression="55").body


@pytest.mark.parametrize("compression", ["-1", "101", "x"])
def test_a_compression_beyond_its_range(compression):
    typed = GPT | {"output_format": "webp"}
    assert refused(typed, output_compression=compression) == ["output_compression"]


def test_transparency_needs_a_file_that_can():
    for kind in ("png", "webp"):
        found = order(GPT, background="transparent", output_format=kind)
        assert found.body["background"] == "transparent"
    assert refused(GPT, background="transparent", output_format="jpeg") == [
        "background"
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("openai_model", "gpt-4"),
        ("background", "green"),
        ("moderation", "none"),
        ("output_format", "gif"),
        ("prompt", " "),
    ],
)
def test_values_that_are_not_documented(field, value):
    assert field in refused(GPT, **{field: value})


def test_a_style_of_dall_e_3():
    for style in ("vivid", "natural"):
        assert order(DALL_E_3, openai_style=style).body["style"] == style
    assert "style" not in order(DALL_E_3, openai_style="").body
    assert refused(DALL_E_3, openai_style="loud") == ["openai_style"]


# --- On the wire


def test_defaults_are_left_to_the_gateway():
    assert order(GPT).body == {
        "prompt": "A sign that says OPEN",
        "model": "gpt-image-1",
        "n": 2,
        "size": "1024x1024",
    }


def test_everything_of_gpt_image_1():
    found = order(
        GPT,
        openai_size="1536x1024",
        quality="low",
        output_format="webp",
        output_compression="40",
        background="transparent",
        moderation="low",
    )
    assert found.path == "/ai/wj/images/generations"
    assert not found.is_called_back  # the page has no notify_url
    assert found.body == {
        "prompt": "A sign that says OPEN",
        "model": "gpt-image-1",
        "n": 2,
        "size": "1536x1024",
        "quality": "low",
        "output_format": "webp",
        "output_compression": 40,
        "background": "transparent",
        "moderation": "low",
    }


def test_everything_of_the_others():
    assert order(DALL_E_2).body == {
        "prompt": "a boat",
        "model": "dall-e-2",
        "n": 10,
        "size": "256x256",
        "quality": "standard",
    }
    assert order(DALL_E_3).body == {
        "prompt": "a boat",
        "model": "dall-e-3",
        "n": 1,
        "size": "1792x1024",
        "quality": "hd",
        "style": "vivid",
    }


def test_every_field_of_the_page_can_be_sent(sample):
    printed = set(sample("images_generations.request_as_printed"))
    sent = {*order(DALL_E_3).body}
    sent |= {
        *order(
            GPT,
            quality="low",
            output_format="webp",
            output_compression="1",
            background="opaque",
            moderation="low",
        ).body
    }
    assert sent == printed


# --- In the form


def test_another_model_brings_its_own_fields_and_keeps_what_was_typed(member):
    part = member.get(
        "/",
        {
            "operation": "openai-image",
            "openai_model": "dall-e-3",
            "openai_size": "1024x1024",
            "pictures": "4",
            "output_format": "webp",
            "open": "basics",
        },
        headers={**HTMX, "HX-Target": "operation-fields"},
    ).content.decode()
    assert 'name="openai_style"' in part
    assert 'value="1792x1024"' in part
    # What does not go with it waits, hidden, for the way back.
    assert '<input type="hidden" name="output_format" value="webp" data-kept>' in part
    assert '<input type="hidden" name="pictures" value="4" data-kept>' in part
    assert "data-redraws" in part


def test_its_price_is_assumed_and_said_so(member):
    page = member.post("/quote/", {**GPT, "operation": "openai-image"}).content.decode()
    assert "10 integrals each × 2 = 20" in page.replace("\n", "")
    assert "until the gateway says what it takes" in page


# --- Over real HTTP


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("typed", "cost"), [(GPT, 16), (DALL_E_2, 80), (DALL_E_3, 12)])
def test_from_the_form_to_archived_pictures(typed, cost, asks, archived):
    generation = asks("openai-image", **typed)
    archived(generation)
    (task,) = generation.tasks.all()
    assert (task.cost, task.is_booked) == (cost, True)
    artworks = list(generation.artworks.order_by("position"))
    assert len({artwork.sha256 for artwork in artworks}) == generation.pictures
    assert generation.model == typed["openai_model"]


@pytest.mark.django_db(transaction=True)
def test_the_file_is_of_the_kind_asked_for(asks, archived):
    generation = archived(asks("openai-image", **GPT | {"output_format": "webp"}))
    kinds = generation.artworks.values_list("content_type", flat=True)
    assert set(kinds) == {"image/webp"}


@pytest.mark.django_db(transaction=True)
def test_the_pictures_wait_for_the_rule(asks, archived, pump_until):
    generation = archived(asks("openai-image", **GPT | {"prompt": "sandbox:review"}))
    held = generation.artworks.filter(moderation=Artwork.Moderation.HELD)
    pump_until(lambda: held.count() == 2)


@pytest.mark.django_db(transaction=True)
def test_a_refused_prompt_costs_nothing(asks, reaches):
    generation = asks("openai-image", **GPT | {"prompt": "违禁词"})
    reaches(generation, "refused")
    assert generation.failure_code == "20110001"


@pytest.mark.django_db(transaction=True)
def test_an_empty_account_waits_for_an_admin(asks, pump_until, sandbox):
    sandbox.switch(balance=3)
    generation = asks("openai-image", **GPT)
    paused = AccountHealth.objects.filter(paused_code="20110010")
    pump_until(paused.exists)
    generation.refresh_from_db()
    assert (generation.status, generation.failure_code) == ("queued", "20110010")


def test_a_form_that_is_wrong_is_not_sent(refusal):
    errors = refusal("openai-image", **GPT | {"pictures": "11"})
    assert list(errors) == ["pictures"]


def test_values_are_read_from_the_address(member):
    query = QueryDict(mutable=True)
    typed = {"operation": "openai-image", "quality": "high", "pictures": "3"}
    query.update(typed | {"open": "basics"})
    page = member.get(f"/?{query.urlencode()}").content.decode()
    assert '<option value="high" selected>' in page
    assert 'name="pictures" value="3"' in page
