"""A series in a browser: a matrix by mouse, a table with bad rows by keyboard."""

import pytest
from playwright.sync_api import expect

from generation.models import Generation, Series
from tests import factories
from tests.browser.waits import answered

pytestmark = pytest.mark.django_db(transaction=True)

CREATE = "/?operation=openai-image"
#: Row numbers of the file.
BAD = (4, 9, 30)


@pytest.fixture
def series_page(alice, visit, page):
    """``series_page("a {red|blue} lamp")``: from the create page to the draft."""
    factories.catalogue()

    def open_page(prompt):
        visit(alice, CREATE)
        page.fill("#id_prompt", prompt)
        page.get_by_role("button", name="Series").click()
        page.wait_for_url("**/series/*/")
        return page

    return open_page


def chosen(page, axis, label):
    with answered(page, "**/plan/"):
        page.locator(f"#axis-{axis} label", has_text=label).click()


def test_a_matrix_of_twelve_by_mouse(series_page):
    page = series_page("a {red|blue|green} lantern")
    expect(page.locator("#series-price")).to_contain_text("3 requests")
    chosen(page, "openai_size", "1536 × 1024")
    page.locator("summary", has_text="Other settings").click()
    chosen(page, "quality", "High")
    expect(page.locator("#series-price")).to_contain_text("12 requests")
    page.get_by_role("button", name="Generate 12 for 120 integrals").click()
    expect(page.locator(".tile")).to_have_count(12)
    expect(page.locator("#sheet")).to_contain_text("0 of 12 done")
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("#sheet")).to_contain_text("12 paused")
    page.get_by_role("button", name="Resume").click()
    expect(page.locator("#sheet")).to_contain_text("12 in progress")
    assert Generation.objects.count() == 12


def test_the_button_waits_for_no_price(alice, visit, page):
    factories.catalogue()
    page.route("**/quote/", lambda _route: None)  # never answered
    visit(alice, CREATE)
    page.fill("#id_prompt", "a lantern")
    page.get_by_role("button", name="Series").click()
    page.wait_for_url("**/series/*/")
    expect(page.locator("#id_prompt")).to_have_value("a lantern")


def test_what_was_typed_is_there_after_a_reload(series_page):
    page = series_page("a {red|blue} lantern")
    with answered(page, "**/plan/"):
        page.fill("#id_prompt", "a {red|blue|green} kite")
    page.reload()
    expect(page.locator("#id_prompt")).to_have_value("a {red|blue|green} kite")
    expect(page.locator("#series-price")).to_contain_text("3 requests")


def test_a_table_with_three_bad_rows_by_keyboard(series_page):
    page = series_page("{product} on white")
    rows = ["product\tquality\tfile name"]
    for number in range(2, 52):
        quality = "splendid" if number in BAD else "high"
        rows.append(f"Teapot {number}\t{quality}\ttea-{number}")
    page.get_by_role("link", name="From a table").press("Enter")
    page.locator("summary", has_text="Or paste cells").press("Enter")
    page.fill("#table-rows", "\n".join(rows))
    page.get_by_role("button", name="Read the table").press("Enter")
    expect(page.locator("#dry-run")).to_contain_text("47 requests")
    expect(page.locator(".series-row")).to_have_count(3)
    page.locator(".series-row input[type=text]").first.focus()
    for left in (2, 1, 0):
        focused = page.locator(":focus")
        expect(focused).to_have_attribute("name", "text:quality")
        focused.fill("low")
        focused.press("Enter")
        expect(page.locator(".series-row")).to_have_count(left)
    page.locator("#dry-run .primary").press("Enter")
    expect(page.locator(".tile")).to_have_count(50)
    assert Series.objects.get().cells.filter(file_name="tea-4").exists()
    assert Generation.objects.filter(parameters__quality="low").count() == 3
