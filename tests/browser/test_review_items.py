"""From item to item by keys, the exceptions of a grid, and review on a phone."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from moderation.models import Decision
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)

QUEUE, GRID = reverse("moderation:queue"), reverse("moderation:sheet")


@pytest.fixture
def held(alice):
    """Each of its own prompt: on a grid each is a group."""
    return [
        factories.artwork(
            alice,
            moderation="held",
            likeness="",
            generation_fields={"reserved": 0, "prompt": f"Harbour {number}"},
        )
        for number in range(11)
    ]


def marked(page):
    """Places of the checked boxes, from 1."""
    boxes = page.get_by_role("checkbox", name="Exception").all()
    return [place for place, box in enumerate(boxes, 1) if box.is_checked()]


def test_numbers_mark_exceptions_and_letters_go_on(held, mona, visit, page):
    visit(mona, GRID)
    page.locator("html[data-decidable]").wait_for(state="attached")
    expect(page.locator("[data-mark]:visible")).to_have_count(9)
    for key in ("1", "9", "3", "3"):
        page.keyboard.press(key)
    assert marked(page) == [1, 9]
    page.keyboard.press("0")  # the next nine
    expect(page.locator("[data-mark]:visible")).to_have_count(2)
    page.keyboard.press("2")
    assert marked(page) == [1, 9, 11]
    page.keyboard.press("k")  # back over the border
    page.keyboard.press("Space")
    assert marked(page) == [1, 11]
    for key in ("j", "ArrowRight", "ArrowLeft"):
        page.keyboard.press(key)
    expect(page.get_by_role("checkbox", name="Exception").nth(9)).to_be_focused()
    page.keyboard.press("r")
    page.keyboard.press("6")  # now a reason
    page.get_by_text("9 pictures rejected.").wait_for()
    assert not Decision.objects.exclude(reason="quality").exists()


def test_arrows_go_up_and_down_and_enter_opens(held, mona, visit, page):
    visit(mona, GRID)
    boxes = page.get_by_role("checkbox", name="Exception")
    page.keyboard.press("j")
    expect(boxes.nth(0)).to_be_focused()
    page.keyboard.press("ArrowDown")
    below = page.locator(":focus").bounding_box()
    first = boxes.nth(0).bounding_box()
    assert below["y"] > first["y"]
    assert below["x"] == first["x"]
    page.keyboard.press("ArrowUp")
    expect(boxes.nth(0)).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{reverse('moderation:review', args=[held[0].pk])}*")
    assert not Decision.objects.exists()


def test_the_queue_is_walked_by_keys(held, mona, visit, page):
    visit(mona, QUEUE)
    for key in ("j", "j", "k"):
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{reverse('moderation:review', args=[held[0].pk])}*")


def test_who_switches_the_keys_off_sees_no_hints(held, mona, visit, page):
    visit(mona, GRID)
    page.keyboard.press("?")
    page.get_by_label("Switch these keys off").check()
    page.keyboard.press("Escape")
    page.reload()
    expect(
        page.locator(".sheet-bar .wide kbd:visible, [data-mark]:visible")
    ).to_have_count(0)
    page.keyboard.press("1")
    page.keyboard.press("j")
    assert marked(page) == []
    expect(page.locator(".item :focus")).to_have_count(0)


def test_a_thumb_decides_on_a_phone(held, mona, visit, page):
    page.set_viewport_size({"width": 390, "height": 844})
    visit(mona, reverse("moderation:review", args=[held[0].pk]))
    page.locator("html[data-ahead][data-decidable]").wait_for(state="attached")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    boxes = [
        page.get_by_role(role, name=name, exact=True).bounding_box()
        for role, name in (
            *(("button", "Reveal"), ("button", "Approve")),
            *(("button", "Skip"),),
        )
    ]
    boxes.append(page.locator(".decision summary.danger").bounding_box())
    assert all(box["height"] >= 44 for box in boxes)
    reveal, *decisions = boxes
    assert all(box["y"] > reveal["y"] + reveal["height"] for box in decisions)
    # Within reach of a thumb, and not under the strip or the tabs.
    strip = page.locator("#strip").bounding_box()
    assert all(box["y"] > 844 * 2 / 3 for box in decisions)
    assert all(box["y"] + box["height"] <= strip["y"] for box in decisions)
    page.locator(".decision summary.danger").click()
    page.get_by_role("button", name="Broken or unusable picture").click()
    page.wait_for_url(f"**{reverse('moderation:review', args=[held[1].pk])}*")


def test_a_grid_has_two_columns_on_a_phone(held, mona, visit, page):
    page.set_viewport_size({"width": 390, "height": 844})
    visit(mona, GRID)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    lefts = {round(each.bounding_box()["x"]) for each in page.locator(".item").all()}
    assert len(lefts) == 2
