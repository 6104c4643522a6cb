"""The viewer by mouse: zoom by wheel, pan by drag, pixel by pixel, lineage unfolded."""

import pytest
from playwright.sync_api import expect

from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_zooms_where_the_pointer_is_and_a_drag_moves(alice, visit, page):
    older, artwork = factories.artwork(alice), factories.artwork(alice)
    with page.expect_request(f"**/artworks/{older.pk}/picture/"):  # fetched ahead
        visit(alice, f"/artworks/{artwork.pk}/")
    stage, picture = page.locator(".stage"), page.locator(".picture")
    box, whole = stage.bounding_box(), picture.bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(*middle)
    page.mouse.wheel(0, -400)
    expect(stage).to_have_class("stage zoomed")
    before = picture.bounding_box()
    assert before["width"] > whole["width"] * 2
    page.mouse.down()
    page.mouse.move(middle[0] + 60, middle[1] - 40, steps=3)
    page.mouse.up()
    after = picture.bounding_box()
    moved = after["x"] - before["x"], after["y"] - before["y"]
    assert moved == pytest.approx((60, -40), abs=1)
    page.mouse.click(*middle)
    assert picture.bounding_box() == whole
    assert page.url.endswith(f"/artworks/{artwork.pk}/")
    page.locator("[data-lineage] summary").click()
    expect(page.locator("#lineage")).to_contain_text("nothing was made from it")


@pytest.mark.browser_context_args(
    has_touch=True, viewport={"width": 390, "height": 844}
)
def test_a_swipe_leads_to_the_neighbour(alice, visit, page):
    older, artwork = factories.artwork(alice), factories.artwork(alice)
    visit(alice, f"/artworks/{artwork.pk}/")
    finger = page.context.new_cdp_session(page)

    def swipe(x, y=0):
        box = page.locator(".stage").bounding_box()
        at = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
        touch = "Input.dispatchTouchEvent"
        finger.send(touch, {"type": "touchStart", "touchPoints": [at]})
        to = {"x": at["x"] + x, "y": at["y"] + y}
        finger.send(touch, {"type": "touchMove", "touchPoints": [to]})
        finger.send(touch, {"type": "touchEnd", "touchPoints": []})

    swipe(-30)
    swipe(70, 60)
    swipe(-120)
    page.wait_for_url(f"**/artworks/{older.pk}/*")
    swipe(120)
    page.wait_for_url(f"**/artworks/{artwork.pk}/*")
