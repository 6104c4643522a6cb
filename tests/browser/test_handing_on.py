"""Pictures go to a client: selected, put on a board, shared, seen signed out, revoked;
and as a zip file."""

import re
import zipfile

import pytest
from playwright.sync_api import expect

from gallery.models import Share
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)

ALL_DRAWN = "() => [...document.images].every(each => each.naturalWidth)"
PAGES = (
    *("/gallery/shares/", "/gallery/zips/", "/notices/", "/notices/choices/"),
    "/gallery/shares/new/?pictures={picture}",
)


@pytest.fixture
def pictures(alice):
    of = factories.generation(alice, status="done", pictures=1, reserved=0)
    task = factories.task(of, status="succeeded")
    return [
        factories.artwork(alice, generation=of, task=task, position=at)
        for at in range(3)
    ]


def pick(page, pictures):
    for each in pictures:
        cell = page.locator(f"[data-picture='{each.pk}']")
        cell.hover()
        cell.locator(".pick").click()


def test_a_board_is_shared_seen_and_revoked(
    alice, pictures, visit, page, browser, complaints
):
    visit(alice, "/gallery/")
    pick(page, pictures[:2])
    page.locator("summary[data-key=b]").click()
    expect(page.get_by_placeholder("Find or create a board")).to_be_focused()
    page.keyboard.type("客户")
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page.locator("#acted .toast")).to_contain_text("2 pictures added")
    visit(alice, "/boards/")
    page.get_by_role("link", name=re.compile("客户")).click()
    page.get_by_role("link", name="Share a link").click()
    page.get_by_label("Password").fill("open sesame")
    page.get_by_role("button", name="Create the link").click()
    address = page.locator("#one-time").inner_text()
    stranger = browser.new_context(locale="zh-CN")
    try:
        seen = stranger.new_page()
        seen.goto(address)
        seen.locator("[name=password]").fill("open sesame")
        seen.keyboard.press("Enter")
        expect(seen.locator(".shared-rows img")).to_have_count(2)
        expect(seen.locator(".shared-rows .ai-mark").first).to_contain_text("AI 生成")
        expect(seen.locator(".side")).to_have_count(0)
        seen.wait_for_function(ALL_DRAWN)
        page.get_by_role("main").get_by_role("link", name="Share links").click()
        page.get_by_role("button", name="Revoke").click()
        expect(page.locator(".banner.good")).to_contain_text("客户")
        assert seen.goto(address).status == 404
        page.locator(".banner.good").get_by_role("button", name="Undo").click()
        expect(page.get_by_text("link works")).to_be_visible()
        assert seen.goto(address).status == 200
    finally:
        stranger.close()
    assert Share.objects.get().views == 2


def test_a_selection_is_downloaded_as_a_zip(alice, pictures, visit, page, tmp_path):
    visit(alice, "/gallery/")
    pick(page, pictures[:2])
    with page.expect_download() as coming:
        page.locator(".select-bar").get_by_role("button", name="Download").click()
    coming.value.save_as(tmp_path / "pictures.zip")
    with zipfile.ZipFile(tmp_path / "pictures.zip") as whole:
        assert whole.testzip() is None
        assert len(whole.namelist()) == 4  # and two manifests


@pytest.mark.parametrize("path", PAGES)
def test_pages_have_no_barrier(alice, pictures, no_barrier, path):
    no_barrier(alice, path.format(picture=pictures[0].pk))
