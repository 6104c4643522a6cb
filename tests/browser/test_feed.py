"""Cards of a feed, the gallery's rows, and the viewer."""

import pytest
from django.core.cache import cache
from django.db.models import F
from playwright.sync_api import expect

from generation.models import Generation
from tests import factories, told_lists
from tests.browser.waits import answered

pytestmark = pytest.mark.django_db(transaction=True)

LOOK = "dispatchEvent(new Event('focus'))"
#: A tick of the poller, at once.
TICK = "document.body.dispatchEvent(new CustomEvent('poll-tick'))"


@pytest.fixture
def pictures(alice):
    """Four of one generation, and one of another."""
    of = factories.generation(alice, status="done", pictures=4, reserved=0)
    made = [
        factories.artwork(
            alice,
            generation=of,
            task=factories.task(of, position=position, status="succeeded"),
        )
        for position in range(4)
    ]
    return [*made, factories.artwork(alice)]


def test_what_another_tab_submitted_appears_when_one_looks(alice, visit, page):
    visit(alice, "/activity/")
    made = factories.generation(alice)
    page.evaluate(LOOK)
    page.locator(f"#generation-{made.pk}").wait_for()
    # From now on it moves here, too.
    Generation.objects.filter(pk=made.pk).update(
        status="submitting", version=F("version") + 1
    )
    page.evaluate(TICK)
    page.locator(f"#generation-{made.pk}").get_by_text("Sending").wait_for()


def test_one_card_however_many_answers_bring_it(alice, visit, page):
    visit(alice, "/activity/")
    made = factories.generation(alice)
    for _ in range(2):
        page.evaluate("document.querySelector('[name=seen]').value = ''")
        page.evaluate("document.querySelector('[name=after]').value = '0'")
        with answered(page, "**/moving/**"):
            page.evaluate(LOOK)
        page.locator(f"#generation-{made.pk}").wait_for()
    assert page.locator("article.generation").count() == 1


def test_when_nothing_moves_any_more_nothing_is_asked(alice, visit, page):
    made = factories.generation(alice)
    visit(alice, "/activity/")
    Generation.objects.filter(pk=made.pk).update(
        status="cancelled", version=F("version") + 1
    )
    page.evaluate(TICK)
    page.locator(f"#generation-{made.pk}").get_by_text("Cancelled").first.wait_for()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    for _ in range(3):
        page.evaluate(TICK)
    assert asked == []


def test_the_balance_is_fresh_once_it_came_back(alice, visit, page):
    made = factories.generation(alice, reserved=40)
    visit(alice, "/activity/")
    before = page.locator("#purse strong").first.inner_text()
    page.get_by_role("button", name="Cancel").click()
    page.locator(f"#generation-{made.pk}").get_by_text("Cancelled").first.wait_for()
    assert page.locator("#purse strong").first.inner_text() != before


def test_frames_have_their_shape_before_the_pictures(alice, visit, page):
    factories.generation(alice, width=1024, height=576, pictures=2)
    visit(alice, "/activity/")
    for cell in page.locator(".strip .cell").all():
        box = cell.bounding_box()
        assert box["width"] / box["height"] == pytest.approx(1024 / 576, rel=0.02)


def test_actions_of_a_picture_come_by_pointer_and_by_key(pictures, alice, visit, page):
    visit(alice, "/activity/")
    page.locator(f"#cell-{pictures[0].pk}").hover()
    bar = page.locator(".picture-actions")
    assert bar.get_by_title("Reuse").get_attribute("href") == (
        f"/?like={pictures[0].pk}"
    )
    page.mouse.move(0, 0)
    page.locator(f"#cell-{pictures[1].pk} .frame").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == (
        f"/?like={pictures[1].pk}"
    )


def test_on_a_phone_they_open_as_a_sheet(pictures, alice, visit, page, browser):
    phone = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    visit(alice, "/activity/")
    phone.add_cookies(page.context.cookies())
    small = phone.new_page()
    small.goto(page.url)
    small.locator(f"#cell-{pictures[2].pk} .frame-more").tap()
    sheet = small.locator(".picture-actions.sheet")
    box = sheet.bounding_box()
    assert box["y"] + box["height"] == pytest.approx(844, abs=1)
    link = sheet.get_by_text("Download").locator("..")
    assert link.bounding_box()["height"] >= 44
    assert f"/artworks/{pictures[2].pk}/picture/" in link.get_attribute("href")
    phone.close()


def test_rows_of_the_gallery_are_justified(pictures, alice, visit, page):
    visit(alice, "/gallery/")
    boxes = [one.bounding_box() for one in page.locator(".thumb").all()]
    rows = {}
    for box in boxes:
        rows.setdefault(round(box["y"]), set()).add(round(box["height"]))
    assert all(len(heights) == 1 for heights in rows.values())
    for box in boxes:
        assert box["width"] / box["height"] == pytest.approx(1.5, rel=0.02)


def test_the_viewer_zooms_and_escape_leaves_step_by_step(pictures, alice, visit, page):
    visit(alice, f"/artworks/{pictures[0].pk}/")
    picture = page.locator(".picture img")
    whole = picture.bounding_box()["height"]
    page.keyboard.press("+")
    assert picture.bounding_box()["height"] > whole
    page.keyboard.press("ArrowRight")  # scrolls
    page.keyboard.press("-")
    assert picture.bounding_box()["height"] == whole
    picture.click()
    assert picture.bounding_box()["height"] > whole
    page.keyboard.press("Escape")
    assert picture.bounding_box()["height"] == whole
    page.keyboard.press("Escape")
    page.wait_for_url(f"**/gallery/#picture-{pictures[0].pk}")
    expect(page.locator(f"#picture-{pictures[0].pk}")).to_be_focused()


def test_filters_are_added_and_taken_off(pictures, alice, mona, visit, page):
    visit(alice, "/gallery/")
    page.get_by_text("Add filter").click()
    page.get_by_label("Created by").select_option(label="mona")
    page.get_by_role("button", name="Filter", exact=True).click()
    page.get_by_text("Nothing matches these filters.").wait_for()
    page.get_by_role("link", name="Clear filters").first.click()
    page.locator(".thumb").first.wait_for()
    assert page.locator(".thumb").count() == len(pictures)


def test_an_answer_that_was_overtaken_is_left_alone(alice, sandbox, visit, page):
    """The poll is answered after a submit has replaced the poller."""
    cache.clear()
    told_lists.refresh()
    moving = factories.generation(alice)
    held = []
    page.route(
        "**/moving/**",
        lambda route: route.continue_() if held else held.append(route),
    )
    visit(alice, "/")
    page.evaluate(TICK)
    Generation.objects.filter(pk=moving.pk).update(
        status="submitting", version=F("version") + 1
    )
    page.locator("[name=prompt]").fill("一只白鹤")
    page.keyboard.press("Control+Enter")
    page.locator("article.generation").nth(1).wait_for()
    held[0].continue_()
    page.locator(f"#generation-{moving.pk}").get_by_text("Sending").wait_for()
