"""Presets: kept, changed, shared, and used over the form; prompts found again."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from generation.models import NameTaken, Preset, TooMany
from generation.presenters import presets as presenter
from tests import factories
from tests.pages import HTMX

pytestmark = pytest.mark.usefixtures("listed")

DRAWING = "wujie-drawing"
KEPT = {"preset-name": "Cups", "preset-prompt": "a {colour} cup"}


@pytest.fixture
def kept(alice):
    """``kept(prompt="…")``: one of alice's."""

    def make(**values):
        given = {"name": "Cups", "made_by": alice, "team": factories.team(), **values}
        return Preset.objects.create(**given)

    return make


def sheet(client, path, data=None, target="sheet-part"):
    headers = {**HTMX, "HX-Target": target}
    if data is None:
        return client.get(path, headers=headers)
    return client.post(path, data, headers=headers)


# --- Keeping


def test_what_the_form_has_is_kept(alice, signed_in):
    client = signed_in(alice)
    typed = {
        **{"operation": DRAWING, "prompt": "a cup", "negative_prompt": "hats"},
        **{"pictures": "2", "init_image": "bird", "own_negative_only": ""},
    }
    page = sheet(client, "/presets/new/", typed, target="sheet").text
    assert 'value="2"' in page and "bird" not in page
    typed |= {**KEPT, "preset-negative": "hats", "preset-has_settings": "on"}
    page = sheet(client, "/presets/keeping/", typed).text
    assert "The preset is saved." in page
    preset = Preset.objects.get()
    assert (preset.prompt, preset.negative) == ("a {colour} cup", "hats")
    assert (preset.operation, preset.parameters) == (DRAWING, {"pictures": "2"})
    assert not preset.is_shared


def test_words_alone_are_kept_without_settings(alice, signed_in):
    client = signed_in(alice)
    client.post("/presets/keeping/", {**KEPT, "operation": DRAWING, "pictures": "2"})
    preset = Preset.objects.get()
    assert (preset.operation, preset.parameters) == ("", {})


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"preset-name": ""}, "This field is required."),
        (
            {"preset-prompt": " ", "preset-negative": ""},
            "Write words, or keep the settings.",
        ),
        ({"preset-prompt": "x" * 10_001}, "at most 10000 characters"),
    ],
)
def test_a_wrong_preset_is_told_and_nothing_is_lost(alice, signed_in, changed, told):
    answer = signed_in(alice).post(
        "/presets/keeping/", {**KEPT, "preset-negative": "hats", **changed}
    )
    assert answer.status_code == 422
    assert told in answer.text
    assert changed.get("preset-name", "Cups") in answer.text
    assert not Preset.objects.exists()


def test_a_name_is_taken_once(alice, signed_in, kept):
    preset = kept()
    answer = signed_in(alice).post("/presets/keeping/", KEPT)
    assert answer.status_code == 422
    assert "You have a preset of this name already." in answer.text
    preset.remove()
    Preset(team=preset.team, made_by=alice, name="Cups").keep()
    preset.refresh_from_db()
    with pytest.raises(NameTaken):
        preset.keep()


def test_there_is_a_limit(alice, kept, monkeypatch):
    monkeypatch.setattr(Preset, "MOST", 1)
    kept()
    with pytest.raises(TooMany):
        Preset(team=factories.team(), made_by=alice, name="More").keep()


def test_a_preset_is_changed_removed_and_restored(alice, signed_in, kept):
    client, preset = signed_in(alice), kept(prompt="a cup")
    path = f"/presets/{preset.pk}/"
    assert "a cup" in client.get(path).text
    client.post(path, {**KEPT, "preset-is_shared": "on"})
    preset.refresh_from_db()
    assert preset.is_shared and preset.prompt == "a {colour} cup"
    page = client.post(f"{path}removal/", follow=True).text
    assert f"{path}restoring/" in page
    assert client.get(path).status_code == 404
    assert client.get(f"/?preset={preset.pk}").status_code == 404
    client.post(f"{path}restoring/")
    assert "Cups" in client.get("/presets/").text


def test_the_team_sees_what_is_shared(alice, signed_in, kept):
    shared, own = kept(is_shared=True, prompt="a cup"), kept(name="Mine")
    carol = factories.user("carol")
    client = signed_in(carol)
    page = client.get("/presets/").text
    assert "Cups" in page and "Mine" not in page
    assert f"/presets/{shared.pk}/" not in page
    assert "a cup" in client.get(f"/?preset={shared.pk}").text
    assert client.get(f"/?preset={own.pk}").status_code == 404
    for name in ("", "removal/", "restoring/"):
        assert client.post(f"/presets/{shared.pk}/{name}").status_code == 404


# --- Using


def test_a_preset_replaces_and_a_piece_is_added(kept):
    typed = {"prompt": "a cat,", "negative_prompt": "", "pictures": "1"}
    whole = kept(prompt="a cup", parameters={"pictures": "3"})
    assert presenter.applied(whole, typed)["prompt"] == "a cup"
    assert presenter.applied(whole, typed)["pictures"] == "3"
    piece = kept(name="Light", prompt="at dusk", negative="hats", is_piece=True)
    found = presenter.applied(piece, typed)
    assert (found["prompt"], found["negative_prompt"]) == ("a cat, at dusk", "hats")
    assert presenter.applied(piece, {"prompt": "猫"})["prompt"] == "猫，at dusk"


def test_a_preset_comes_into_the_form(alice, signed_in, kept):
    preset = kept(prompt="at {time}", is_piece=True)
    typed = {"operation": DRAWING, "prompt": "a cat", "preset": preset.pk}
    page = sheet(signed_in(alice), "/", typed, target="ask").text
    assert page.strip().startswith("<form") and "<html" not in page
    assert "a cat, at {time}" in page
    assert 'name="fill:time"' in page


def test_words_of_the_history_come_into_the_form(alice, bob, signed_in):
    made = factories.generation(alice, prompt="a grey heron")
    client = signed_in(alice)
    typed = {"operation": DRAWING, "prompt": "a cat", "pictures": "2"}
    page = sheet(client, "/", {**typed, "words_of": made.pk}, target="ask").text
    assert "a grey heron" in page and "a cat" not in page
    assert 'name="pictures" value="2"' in page
    assert signed_in(bob).get(f"/?words_of={made.pk}").status_code == 404


# --- History


def test_each_prompt_is_listed_once_and_found(alice, bob, signed_in):
    for prompt in ("a grey heron", "a cat", "a grey heron"):
        factories.generation(alice, prompt=prompt)
    factories.generation(bob, prompt="a grey stone")
    client = signed_in(alice)
    page = client.get("/prompts/").text
    assert page.count("a grey heron") == 1
    assert "a cat" in page and "stone" not in page
    page = client.get("/prompts/?q=grey").text
    assert "<mark>grey</mark>" in page and "a cat" not in page


def test_a_list_costs_the_same_for_one_and_for_thirty(alice, signed_in, kept):

    client = signed_in(alice)
    numbers = []
    for first, last in ((0, 1), (1, 30)):
        for number in range(first, last):
            kept(name=str(number))
            factories.generation(alice, prompt=f"a heron {number}")
        for path in ("/presets/", "/prompts/?q=heron"):
            with CaptureQueriesContext(connection) as asked:
                client.get(path)
            numbers.append(len(asked))
    assert numbers[:2] == numbers[2:]
