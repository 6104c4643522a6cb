"""A moderator's main job by keyboard alone."""

import re

import pytest
from playwright.sync_api import expect

from moderation.models import Decision, Review
from tests import factories
from tests.browser.keyboard import sign_in, until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def held(alice):
    return [
        factories.artwork(alice, moderation="held", verdict="review") for _ in range(4)
    ]


@pytest.fixture
def keyboard(held, mona, live_server, page, complaints):
    found = sign_in(page, live_server.url, "mona")
    page.wait_for_url(re.compile("/review/"))
    return found


def at(page, artwork):
    page.locator(f"#review[data-url^='/review/{artwork.pk}/']").wait_for()
    page.locator("html[data-decidable]").wait_for(state="attached")


def test_items_are_decided_by_their_buttons(keyboard, held, page):
    """Tab and Enter, without a key of review's own."""
    first, second, third, _ = held
    keyboard.use(keyboard.link("Focus"))
    at(page, first)
    keyboard.use(keyboard.button(re.compile("Reveal")))
    page.locator("#frame img:not(.covered)").wait_for()
    expect(page.locator("#frame [data-key=v]")).to_be_focused()
    at(page, first)
    keyboard.use(keyboard.button(re.compile("Approve")))
    at(page, second)
    reject = page.locator("summary[data-key=r]")
    keyboard.use(reject)
    keyboard.use(keyboard.button(re.compile("Violence")))
    at(page, third)
    undo = keyboard.button(re.compile("Undo"))
    keyboard.use(undo)
    at(page, second)
    keyboard.reach(reject, back=True)
    keyboard.press("Enter")
    keyboard.press("Escape")
    expect(reject).to_be_focused()
    keyboard.use(page.locator("summary[data-key=e]"))
    why = page.get_by_label("Why a colleague")
    expect(why).to_be_focused()
    keyboard.write("Is he real?")
    keyboard.use(page.locator(".pass-on button", has_text="Escalate"))
    at(page, third)
    until(page, lambda: Review.objects.get(artwork=second).escalation)
    assert Decision.objects.filter(artwork=first, action="release").exists()


def test_the_queue_changes_its_tab(keyboard, page):
    keyboard.use(keyboard.link(re.compile("Escalations")))
    page.wait_for_url(re.compile("tab=escalations"))
    keyboard.use(page.locator(".queue-tabs a").first)
    page.wait_for_url(re.compile("tab=queue"))


def test_exceptions_of_a_grid_are_marked_by_numbers(keyboard, held, page):
    keyboard.use(keyboard.link("Grid"))
    page.locator("html[data-decidable]").wait_for(state="attached")
    keyboard.reach(page.locator("input[name=marked]").first)
    keyboard.press("2")
    expect(page.locator("input[name=marked]").nth(1)).to_be_checked()
    keyboard.press("ArrowRight", "ArrowRight", "Space")
    expect(page.locator("input[name=marked]").nth(2)).to_be_checked()
    keyboard.press("r")
    keyboard.press("2")
    until(page, lambda: Decision.objects.count() == 2)
    page.get_by_role("status").filter(has_text="2").first.wait_for()
    keyboard.use(keyboard.button(re.compile("Undo")))
    until(page, lambda: Decision.objects.count() == 4)
