"""Thirty pictures are tagged, put on a board, liked and deleted, and come back: by
mouse, by keyboard alone, by finger."""

import re

import pytest
from playwright.sync_api import expect

from gallery.models import Board, BoardItem, Favourite, Rating, TagItem
from generation.models import Artwork
from tests import factories
from tests.browser.keyboard import sign_in
from tests.browser.waits import answered

pytestmark = pytest.mark.django_db(transaction=True)

MANY = 30
PHONE = {"has_touch": True, "viewport": {"width": 390, "height": 844}}


@pytest.fixture
def pictures(alice):
    of = factories.generation(alice, status="done", pictures=1, reserved=0)
    task = factories.task(of, status="succeeded")
    return [
        factories.artwork(alice, generation=of, task=task, position=at)
        for at in range(MANY)
    ]


def told(page, words):
    expect(page.locator("#acted .toast")).to_contain_text(words)


def shown(page, count):
    expect(page.locator("[data-picture]:not([hidden])")).to_have_count(count)


def picked(page, count):
    expect(page.locator("[data-count-picked]")).to_have_text(str(count))


def all_done():
    """Nothing was lost on the way."""
    assert TagItem.objects.filter(tag__name="夜景").count() == MANY
    assert BoardItem.objects.filter(board=Board.objects.get(name="Autumn")).count() == (
        MANY
    )
    assert Favourite.objects.count() == MANY
    assert not Artwork.objects.filter(binned_at__isnull=False).exists()


def test_thirty_by_mouse(alice, pictures, visit, page):
    visit(alice, "/gallery/")
    cells = page.locator("[data-picture]")
    cells.first.hover()
    cells.first.locator(".pick").click()
    picked(page, 1)
    cells.nth(MANY - 1).locator("a.frame").click(modifiers=["Shift"])
    picked(page, MANY)
    page.locator("summary[data-key=t]").click()
    expect(page.get_by_placeholder("Type a tag")).to_be_focused()
    page.keyboard.type("夜景")
    page.get_by_role("button", name="Add", exact=True).click()
    told(page, "30 pictures tagged “夜景”.")
    page.locator("summary[data-key=b]").click()
    expect(page.get_by_placeholder("Find or create a board")).to_be_focused()
    page.keyboard.type("Autumn")
    page.get_by_role("button", name="Create", exact=True).click()
    told(page, "30 pictures added to “Autumn”.")
    page.locator("#picks").get_by_role("button", name="Favourite").click()
    told(page, "30 pictures added to your favourites.")
    expect(page.locator(".thumb.favourite")).to_have_count(MANY)
    page.locator("#picks").get_by_role("button", name="Delete").click()
    told(page, "30 pictures moved to the bin")
    shown(page, 0)
    page.get_by_role("button", name="Undo").click()
    told(page, "Undone.")
    shown(page, MANY)
    all_done()


def test_thirty_by_keyboard_alone(pictures, live_server, page, complaints):
    keyboard = sign_in(page, live_server.url, "alice")
    page.wait_for_url(re.compile("/generations/|/create|/$"))
    page.goto(f"{live_server.url}/gallery/")
    keyboard.reach(page.locator("a.frame").first)
    keyboard.press("x")
    picked(page, 1)
    keyboard.press("Shift+ArrowRight")
    picked(page, 2)
    keyboard.press("Escape")
    picked(page, 0)
    keyboard.press("3")
    told(page, "1 picture rated 3.")
    keyboard.press("Control+a")
    picked(page, MANY)
    keyboard.press("t")
    expect(page.get_by_placeholder("Type a tag")).to_be_focused()
    page.keyboard.type("夜景")
    keyboard.press("Enter")
    told(page, "30 pictures tagged “夜景”.")
    expect(page.locator("summary[data-key=t]")).to_be_focused()
    keyboard.press("b")
    page.keyboard.type("Autumn")
    keyboard.press("Enter")
    told(page, "30 pictures added to “Autumn”.")
    keyboard.press("f")
    told(page, "30 pictures added to your favourites.")
    keyboard.press("Delete")
    told(page, "30 pictures moved to the bin")
    shown(page, 0)
    keyboard.press("u")
    told(page, "Undone.")
    shown(page, MANY)
    assert Rating.objects.get().artwork == pictures[-2]
    all_done()


@pytest.mark.browser_context_args(**PHONE)
def test_thirty_by_finger(alice, pictures, visit, page):
    visit(alice, "/gallery/")
    cells = page.locator("[data-picture]")
    box = cells.first.bounding_box()
    finger = page.context.new_cdp_session(page)
    at = {"x": box["x"] + 50, "y": box["y"] + 50}
    touch = "Input.dispatchTouchEvent"
    finger.send(touch, {"type": "touchStart", "touchPoints": [at]})
    picked(page, 1)
    finger.send(touch, {"type": "touchEnd", "touchPoints": []})
    for at in range(1, MANY):
        cells.nth(at).locator("a.frame").tap()
    picked(page, MANY)
    page.locator("summary[data-key=t]").tap()
    page.get_by_placeholder("Type a tag").fill("夜景")
    page.get_by_role("button", name="Add", exact=True).tap()
    told(page, "30 pictures tagged “夜景”.")
    page.locator("summary[data-key=b]").tap()
    page.get_by_placeholder("Find or create a board").fill("Autumn")
    page.get_by_role("button", name="Create", exact=True).tap()
    told(page, "30 pictures added to “Autumn”.")
    page.locator("#picks [value=favourite]").tap()
    told(page, "30 pictures added to your favourites.")
    page.locator("#picks [value=delete]").tap()
    told(page, "30 pictures moved to the bin")
    page.get_by_role("button", name="Undo").tap()
    told(page, "Undone.")
    shown(page, MANY)
    all_done()


def test_a_band_picks_what_it_touches(alice, pictures, visit, page):
    visit(alice, "/gallery/")
    cells = page.locator("[data-picture]")
    first, third = cells.nth(0).bounding_box(), cells.nth(2).bounding_box()
    page.mouse.move(first["x"] + 60, first["y"] + 80)
    page.mouse.down()
    page.mouse.move(third["x"] + 20, third["y"] + 90, steps=4)
    page.mouse.up()
    picked(page, 3)
    assert page.url.endswith("/gallery/")
    page.keyboard.press("Escape")
    picked(page, 0)
    cells.first.locator("a.frame").click()
    page.wait_for_url("**/artworks/*/**")


def test_a_completion_is_taken_by_arrow_and_enter(alice, pictures, visit, page):
    visit(alice, "/gallery/")
    page.locator("[data-picture] a.frame").first.focus()
    page.keyboard.press("x")
    page.keyboard.press("t")
    page.keyboard.type("night")
    page.keyboard.press("Enter")
    told(page, "tagged “night”.")
    page.keyboard.press("Escape")
    page.locator("[data-picture] a.frame").nth(1).focus()
    page.keyboard.press("x")
    page.keyboard.press("t")
    with answered(page, "**/gallery/tags/**"):
        page.keyboard.type("ni")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#offered-tags [aria-selected=true]")).to_have_text("night")
    with answered(page, "**/gallery/acts/**"):
        page.keyboard.press("Enter")
    assert TagItem.objects.count() == 2
