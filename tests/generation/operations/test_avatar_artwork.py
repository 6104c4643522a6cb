"""个性相机基础版: portraits of a trained avatar (seed 000, contract §11.1)."""

import json
from typing import Any

import pytest

from gateways.catalogue import Catalogue
from gateways.providers.base import Choice, Order
from gateways.providers.wujie.answers import submitted_tasks
from generation.operations import OPERATIONS

pytestmark = pytest.mark.one_database

OPERATION = OPERATIONS["avatar-artwork"]
KEYS = [f"7795F4C854A4E053D314FA805C4EB74{n}" for n in range(6)]
LISTS = {"avatar_templates": tuple(Choice(key, key[-1], "City") for key in KEYS)}
AVATAR = "666A1E42BB02FBA6E530269352FF086B"
TYPED = {"avatar_key": AVATAR, f"templates:{KEYS[2]}": "2"}


def form(**changes: Any) -> Any:
    typed = {name: value for name, value in (TYPED | changes).items() if value != ""}
    return OPERATION.form_class(typed, catalogue=Catalogue(lists=LISTS))


def order(**changes: Any) -> Order:
    filled = form(**changes)
    assert filled.is_valid(), filled.errors
    return OPERATION.order(filled.cleaned_data)


def refused(**changes: Any) -> list[str]:
    filled = form(**changes)
    assert not filled.is_valid()
    return list(filled.errors)


def test_the_body_is_the_sample(sample):
    printed = sample("avatar_artwork_create.request")
    del printed["notify_url"]  # added when it is sent
    found = order(prompt="夜幕下的赛博朋克城市")
    assert found == Order("/avatar/artwork/create", printed, 2)


def test_the_words_are_optional():
    assert "prompt" not in order().body


@pytest.mark.parametrize("letter", ["a", "夜", "😀"])
def test_500_characters_at_most(letter):
    assert order(prompt=letter * 500).body["prompt"] == letter * 500
    assert refused(prompt=letter * 501) == ["prompt"]


def test_five_templates_of_ten_at_most():
    five = {f"templates:{key}": "10" for key in KEYS[:5]}
    assert order(**{f"templates:{KEYS[2]}": "", **five}).pictures == 50
    assert refused(**five, **{f"templates:{KEYS[5]}": "1"}) == ["templates"]


@pytest.mark.parametrize("number", ["11", "-1", "1.5", "x", "99999", "٣"])
def test_a_number_that_may_not_be_asked_for(number):
    assert refused(**{f"templates:{KEYS[0]}": number}) == ["templates"]


def test_a_template_of_zero_is_none():
    found = order(**{f"templates:{KEYS[0]}": "0"})
    assert [row["template_key"] for row in found.body["artwork_templates"]] == [KEYS[2]]
    assert refused(**{f"templates:{KEYS[2]}": "0"}) == ["templates"]


def test_a_template_that_is_not_offered():
    assert refused(**{"templates:F00": "1"}) == ["templates"]
    order(**{"templates:F00": "0"})  # nobody asked for it


def test_an_avatar_is_needed():
    assert refused(avatar_key="") == ["avatar"]


def test_it_waits_for_the_list_of_templates():
    assert OPERATION.is_ready(Catalogue(lists=LISTS))
    assert not OPERATION.is_ready(Catalogue())


def test_the_sample_of_a_reply_is_read(sample):
    """In it ``results`` names another key than ``keys``: the one that counts."""
    data = sample("avatar_artwork_create.response_success")["data"]
    (task,) = submitted_tasks(data)
    assert (task.key, task.expected_seconds) == (data["results"][0]["key"], 12)


# --- Over real HTTP

HTTP = {"avatar_key": AVATAR, "templates:7795F4C854A4E053D314FA805C4EB742": "2"}


@pytest.mark.django_db(transaction=True)
def test_from_the_form_to_archived_pictures(asks, archived):
    generation = archived(asks("avatar-artwork", **HTTP, prompt="夜幕下的城市"))
    assert generation.artworks.count() == generation.tasks.count() == 2
    assert {task.cost for task in generation.tasks.all()} == {2}


@pytest.mark.django_db(transaction=True)
def test_a_callback_makes_it_due(asks, archived, settings, live_server, sandbox):
    settings.PUBLIC_URL = live_server.url
    generation = archived(asks("avatar-artwork", **HTTP))
    deadline = 100
    while not generation.callbacks.count() and deadline:
        deadline -= 1
        sandbox.state()
    bodies = [json.loads(bytes(row.body)) for row in generation.callbacks.all()]
    assert {each["key"] for each in bodies} <= {t.key for t in generation.tasks.all()}
    assert bodies


@pytest.mark.django_db(transaction=True)
def test_it_is_cancelled_while_it_waits(asks, reaches, pump_until, member, sandbox):
    sandbox.switch(channels={"wujie": 1}, draw_seconds=30)
    generation = asks("avatar-artwork", **HTTP)
    reaches(generation, "running")
    pump_until(lambda: generation.tasks.filter(status="drawing").exists())
    member.post(f"/generations/{generation.pk}/cancellation/")
    pump_until(lambda: generation.tasks.filter(status="cancelled").exists())


@pytest.mark.django_db(transaction=True)
def test_a_key_that_is_none_is_refused(asks, reaches):
    generation = asks("avatar-artwork", **HTTP | {"avatar_key": "nobody"})
    reaches(generation, "refused")
    assert generation.failure_code == "20010001"


@pytest.mark.django_db(transaction=True)
def test_words_that_are_not_allowed(asks, reaches):
    generation = asks("avatar-artwork", **HTTP, prompt="违禁词")
    reaches(generation, "refused")
    assert generation.failure_code == "20110001"


def test_the_templates_stand_in_the_form(member):
    page = member.get("/?operation=avatar-artwork").content.decode()
    assert 'name="templates:7795F4C854A4E053D314FA805C4EB742"' in page
    assert "古风" in page


@pytest.mark.django_db(transaction=True)
def test_use_again_fills_everything_in(asks, archived, member):
    generation = archived(asks("avatar-artwork", **HTTP, prompt="夜幕"))
    page = member.get(f"/?again={generation.pk}").content.decode()
    assert ">夜幕</textarea>" in page
    assert f'value="{AVATAR}"' in page
    name = "templates:7795F4C854A4E053D314FA805C4EB742"
    assert f'name="{name}" value="2"' in page
