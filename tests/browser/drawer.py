"""The drawer of settings on the page Create."""

from playwright.sync_api import Page


def open_groups(page: Page, *keys: str) -> None:
    """Open the drawer, and load these groups into it."""
    if not page.locator("#settings:popover-open").count():
        page.get_by_role("button", name="Settings").click()
    for key in keys:
        page.locator(f"#summary-{key}").click()
        page.locator(f"#group-{key} .group-fields").wait_for()
