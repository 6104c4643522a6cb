"""Two pictures compared: selected, shown in every mode, zoomed together, exchanged."""

import pytest
from playwright.sync_api import expect

from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)

STYLE = "document.querySelector('[data-compare]').style.getPropertyValue('{}')"


def test_by_keyboard_from_the_selection_and_back(alice, visit, page, no_barrier):
    older, newer = factories.artwork(alice), factories.artwork(alice)
    visit(alice, "/gallery/")
    bar = page.locator("#picks")
    for artwork in (newer, older):
        expect(bar.locator("[data-compare]")).to_be_hidden()
        page.locator(f"#picture-{artwork.pk}").focus()
        page.keyboard.press("x")
    page.keyboard.press("c")
    page.wait_for_url(f"**/gallery/compare/?a={newer.pk}&b={older.pk}&**")
    frames = page.locator(".compare-frame")
    expect(frames).to_have_count(2)
    for key, mode in (("l", "slider"), ("h", "switch"), ("d", "difference")):
        page.keyboard.press(key)
        page.wait_for_url(f"**&mode={mode}")
        first, second = (frames.nth(place).bounding_box() for place in range(2))
        assert first == second
    page.keyboard.press("s")
    page.keyboard.press("+")
    scale = page.evaluate(STYLE.format("--scale"))
    assert float(scale) > 1
    page.keyboard.press("ArrowRight")
    page.wait_for_url(f"**?a={older.pk}&b={newer.pk}&**&at=2")
    chosen = page.locator(".compare-number[aria-current]")
    expect(chosen).to_have_text("2")
    assert page.evaluate(STYLE.format("--scale")) == scale
    page.keyboard.press("Escape")
    page.wait_for_url("**/gallery/")
    path = f"/gallery/compare/?a={older.pk}&b={newer.pk}&mode=slider"
    no_barrier(alice, path)
