"""A member's main job by keyboard alone."""

import re

import pytest
from django.core.cache import cache
from django.db.models import F
from playwright.sync_api import expect

from generation.models import Generation
from tests import factories, told_lists
from tests.browser.keyboard import sign_in

pytestmark = pytest.mark.django_db(transaction=True)

TICK = "document.body.dispatchEvent(new CustomEvent('poll-tick'))"


@pytest.fixture
def keyboard(alice, sandbox, live_server, page, complaints):
    cache.clear()
    told_lists.refresh()
    for _ in range(2):
        batch(alice)
    return sign_in(page, live_server.url, "alice")


def batch(alice, pictures=2):
    of = factories.generation(alice, status="done", pictures=pictures, reserved=0)
    return [
        factories.artwork(
            alice,
            generation=of,
            task=factories.task(of, position=position, status="succeeded"),
        )
        for position in range(pictures)
    ]


def finish(page, alice):
    """What alice generates is done, and its card shows it."""
    made = Generation.objects.get(status="queued")
    factories.artwork(alice, generation=made)
    Generation.objects.filter(pk=made.pk).update(
        status="done", version=F("version") + 1
    )
    page.evaluate(TICK)
    card = page.locator(f"#generation-{made.pk}")
    card.locator("a.frame").wait_for()
    return card


def test_enter_in_a_field_presses_no_button(keyboard, page):
    """Neither an operation of the list nor a reset of the settings."""
    keyboard.use(page.locator("#picker-summary"))
    page.get_by_role("button", name="Jumdata drawing").wait_for()
    keyboard.press("Escape")
    keyboard.reach(page.locator("#id_pictures"))
    keyboard.rewrite("3")
    keyboard.press("Enter")
    keyboard.use(keyboard.button("Settings"))
    keyboard.use(page.locator("#summary-basics"))
    page.locator("#group-basics .group-fields").wait_for()
    keyboard.reach(page.locator("#id_seed"))
    keyboard.write("7")
    keyboard.press("Enter")
    expect(page.locator("#changed-basics")).to_have_text("1")
    expect(page.locator("#id_seed")).to_have_value("7")
    expect(page.locator("#id_pictures")).to_have_value("3")
    expect(page.locator("#picker-summary")).to_contain_text("Wujie drawing")
    assert not Generation.objects.filter(status="queued").exists()


def focused_id(page):
    return page.evaluate(
        "document.activeElement.closest('[data-picture]')?.dataset.picture"
    )


def test_from_the_prompt_to_the_picture(keyboard, alice, page):
    expect(page.locator("#id_prompt")).to_be_focused()
    keyboard.write("A paper boat")
    keyboard.use(page.locator("#picker-summary"))
    keyboard.press("Escape")
    expect(page.locator("#picker-summary")).to_be_focused()
    keyboard.press("Enter")
    expect(page.get_by_label("Search operations")).to_be_focused()
    keyboard.write("Jumdata drawing")
    keyboard.press("ArrowDown", "Enter")
    expect(page.locator("#picker-summary")).to_contain_text("Jumdata drawing")
    expect(page.locator("#picker-summary")).to_be_focused()
    keyboard.press("Enter")
    expect(page.get_by_label("Search operations")).to_be_focused()
    keyboard.write("Wujie drawing")
    keyboard.press("Enter")
    expect(page.locator("#picker-summary")).to_contain_text("Wujie drawing")
    settings = keyboard.button("Settings")
    keyboard.use(settings)
    keyboard.use(page.locator("#summary-basics"))
    page.locator("#group-basics .group-fields").wait_for()
    expect(page.locator("#summary-basics")).to_be_focused()
    keyboard.reach(page.locator("#id_negative_prompt"))
    keyboard.write("hats")
    expect(page.locator("#changed-basics")).to_have_text("1")
    keyboard.press("Escape")
    expect(page.locator("#settings")).to_be_hidden()
    expect(settings).to_be_focused()
    keyboard.use(page.locator("#submit-button"))
    page.locator(".generation").nth(2).wait_for()
    expect(page.locator("#submit-button")).to_be_focused()
    card = finish(page, alice)
    assert Generation.objects.get(prompt="A paper boat").parameters["negative_prompt"]
    keyboard.reach(card.locator("a.frame"))


def test_a_strip_is_one_stop_and_one_comes_back_to_its_picture(keyboard, alice, page):
    frames = page.locator(".strip a.frame")
    expect(frames).to_have_count(4)
    keyboard.reach(frames.nth(0))
    shown = focused_id(page)
    bar = page.locator("[data-picture-actions]")
    actions = bar.locator("a, button")
    assert keyboard.reach(actions.first) == 1
    keyboard.press("ArrowRight")
    expect(actions.nth(1)).to_be_focused()
    keyboard.press("Tab")
    assert bar.evaluate("each => !each.contains(document.activeElement)")
    keyboard.press("Shift+Tab")
    expect(frames.nth(0)).to_be_focused()
    keyboard.press("Tab", "Escape")
    expect(frames.nth(0)).to_be_focused()
    keyboard.press("ArrowRight", "ArrowRight")
    expect(frames.nth(2)).to_be_focused()
    keyboard.press("ArrowUp")
    expect(frames.nth(0)).to_be_focused()
    keyboard.press("Enter")
    page.wait_for_url(f"**/artworks/{shown}/")
    keyboard.press("ArrowRight")
    page.wait_for_url(re.compile(r"/artworks/\d+/.back="))
    keyboard.press("Escape")
    page.wait_for_url(re.compile("#picture-"))
    left = page.url.partition("#")[2]
    assert left != f"picture-{shown}"
    expect(page.locator(f"#{left}")).to_be_focused()
    keyboard.use(page.locator("[data-picture-actions] a").first)
    page.wait_for_url(re.compile("like="))
    expect(page.locator("#id_prompt")).to_have_value("A quiet harbour at dawn")


def test_something_queued_is_cancelled_and_the_focus_stays(keyboard, alice, page):
    keyboard.write("A paper boat")
    keyboard.press("Control+Enter")
    card = page.locator(".generation").first
    card.get_by_text("Waiting to send").wait_for()
    expect(page.locator("#id_prompt")).to_be_focused()
    keyboard.use(card.get_by_role("button", name="Cancel"))
    card.get_by_text("Cancelled").first.wait_for()
    expect(card.get_by_role("link", name="Try again")).to_be_focused()


def test_a_card_that_moves_keeps_the_focus(keyboard, alice, page):
    keyboard.write("A paper boat")
    keyboard.press("Control+Enter")
    card = page.locator(".generation").first
    prompt = card.get_by_role("link", name="A paper boat")
    keyboard.reach(prompt)
    rows = Generation.objects.filter(prompt="A paper boat")
    rows.update(status="submitting", version=F("version") + 1)
    page.evaluate(TICK)
    card.get_by_text("Sending").first.wait_for()
    expect(prompt).to_be_focused()


def test_a_picture_is_found_in_the_gallery(keyboard, alice, page):
    keyboard.use(keyboard.link("Gallery").first)
    page.wait_for_url("**/gallery/")
    assert page.evaluate("document.activeElement === document.body")
    skip = keyboard.link("Skip to the page")
    assert keyboard.reach(skip) == 1
    keyboard.press("Enter")
    keyboard.reach(page.locator("main input[name=q]"))
    keyboard.write("harbour")
    keyboard.press("Enter")
    page.wait_for_url(re.compile("q=harbour"))
    frames = page.locator(".rows a.frame")
    keyboard.reach(frames.first)
    keyboard.press("Tab", "Tab")  # over the bar of actions
    assert page.locator(".rows").evaluate(
        "each => !each.contains(document.activeElement)"
    )
    keyboard.reach(frames.first, back=True)
    keyboard.press("Space")  # marks it
    expect(page.locator(".pick input").first).to_be_checked()
    keyboard.press("Space", "End")
    expect(frames.last).to_be_focused()
    keyboard.press("Enter")
    page.wait_for_url(re.compile("/artworks/"))
    keyboard.press("Escape")
    page.wait_for_url(re.compile("q=harbour#picture-"))
    expect(frames.last).to_be_focused()
