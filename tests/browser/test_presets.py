"""Presets and one's prompts over Create, by keyboard."""

import pytest
from django.core.cache import cache
from playwright.sync_api import expect

from generation.models import Generation, Preset
from tests import factories, told_lists
from tests.browser.drawer import open_groups
from tests.browser.waits import answered

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def form(alice, sandbox, visit, page):
    cache.clear()
    told_lists.refresh()
    factories.generation(alice, prompt="a grey heron in the reeds")
    visit(alice, "/")
    expect(page.locator("#quote")).to_contain_text("2 integrals")
    return page


def test_a_preset_is_kept_used_and_filled_in(form, complaints):
    form.fill("#id_prompt", "a {colour} cup on a {place}")
    open_groups(form, "basics")
    form.fill("#id_negative_prompt", "hats")
    form.keyboard.press("Escape")
    sheet = form.locator("#sheet")
    with answered(form, "**/presets/"):
        form.get_by_role("link", name="Presets").press("Enter")
    with answered(form, "**/presets/new/"):
        sheet.get_by_role("button", name="Keep what the form has").press("Enter")
    with answered(form, "**/presets/keeping/"):
        sheet.get_by_role("button", name="Save").press("Enter")
    expect(sheet.locator(".error")).to_have_text("This field is required.")
    sheet.get_by_label("Name").fill("Cups")
    sheet.get_by_role("button", name="Save").press("Enter")
    expect(sheet.get_by_role("status")).to_have_text("The preset is saved.")
    assert Preset.objects.get().negative == "hats"
    form.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    form.reload()
    form.fill("#id_prompt", "")
    with answered(form, "**/presets/"):
        form.get_by_role("link", name="Presets").press("Enter")
    sheet.get_by_role("link", name="Use", exact=True).press("Enter")
    expect(form.get_by_label("colour")).to_be_focused()
    expect(form.locator("#id_prompt")).to_have_value("a {colour} cup on a {place}")
    form.keyboard.type("red")
    expect(form.locator("#quote")).to_contain_text("2 integrals")
    form.locator("#submit-button").press("Enter")
    expect(form.locator("#field-prompt .error")).to_have_text("Fill in first: place.")
    expect(form.get_by_label("colour")).to_have_value("red")
    form.get_by_label("place").fill("table")
    form.locator("#submit-button").press("Enter")
    expect(form.locator("article.generation")).to_have_count(2)
    made = Generation.objects.latest("pk")
    assert made.prompt == "a red cup on a table"
    assert made.parameters["negative_prompt"] == "hats"
    assert [text for text in complaints if "422" not in text] == []
    complaints.clear()


def test_words_of_before_are_found_and_used(form):
    form.get_by_role("button", name="One more").click()
    expect(form.locator("#quote")).to_contain_text("2 integrals each × 2 = 4")
    sheet = form.locator("#sheet")
    with answered(form, "**/presets/"):
        form.get_by_role("link", name="Presets").press("Enter")
    with answered(form, "**/prompts/"):
        sheet.get_by_role("link", name="My prompts").press("Enter")
    sheet.get_by_role("searchbox").fill("reeds")
    form.keyboard.press("Enter")
    expect(sheet.locator("mark")).to_have_text("reeds")
    sheet.get_by_role("link", name="Use", exact=True).press("Enter")
    expect(sheet).to_have_count(0)
    expect(form.locator("#id_prompt")).to_have_value("a grey heron in the reeds")
    expect(form.locator("#id_prompt")).to_be_focused()
    expect(form.locator("#id_pictures")).to_have_value("2")


def test_their_pages_are_open_to_everybody(alice, form, no_barrier):
    words = {"prompt": "a {colour} cup", "negative": "hats", "is_shared": True}
    kept = {"team": factories.team(), "made_by": alice, "name": "Cups", **words}
    preset = Preset.objects.create(**kept)
    no_barrier(alice, "/presets/")
    no_barrier(alice, f"/presets/{preset.pk}/")
    no_barrier(alice, "/prompts/?q=heron")
    no_barrier(alice, f"/?preset={preset.pk}&again={Generation.objects.get().pk}")
