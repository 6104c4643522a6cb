"""A real browser on the real pages. What it complains about fails the test."""

import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from accounts.models import User

# Playwright's loop runs in this thread: Django would refuse to touch the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

WIDTHS = (1440, 390)
#: Of one wait.
MOST_MILLISECONDS = 60_000
#: As base.html writes it; nothing else of a page depends on it.
PAINT = "theme => { document.documentElement.dataset.theme = theme }"
#: Once axe is in the page; what passed is only counted, for it is long. A theme changes
#: colours alone: the second one is checked for contrast.
CHECK = """async rules => {
    const found = await axe.run({
        resultTypes: ["violations"],
        ...(rules.length ? {runOnly: {type: "rule", values: rules}} : {}),
    });
    return {passed: found.passes.length, violations: found.violations};
}"""
RULES: dict[str, list[str]] = {
    User.Theme.LIGHT: [],
    User.Theme.DARK: ["color-contrast"],
}
OPEN = "all => all.forEach(summary => { summary.parentElement.open = true })"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def browser_type_launch_args(
    browser_type_launch_args: dict[str, Any],
) -> dict[str, Any]:
    """$CHROME, else a Chromium of this machine, else Playwright's own."""
    found = (
        os.environ.get("CHROME")
        or shutil.which("chromium")
        or shutil.which("google-chrome")
    )
    own = {"executable_path": found} if found else {}
    return {**browser_type_launch_args, **own, "args": list(ARGUMENTS)}


@pytest.fixture(scope="session")
def base_url() -> None:
    """Ours is the live server's. (The plugin's own way to ask for it is deprecated.)"""


@pytest.fixture(scope="session", autouse=True)
def patient() -> None:
    """The machine may be busy with other tests: only what never comes is a failure."""
    expect.set_options(timeout=MOST_MILLISECONDS)


@pytest.fixture
def complaints(page: Page, live_server: Any) -> Iterator[list[str]]:
    """What the page complained of, and every request that left the portal."""
    page.set_default_timeout(MOST_MILLISECONDS)
    found: list[str] = []
    page.on("console", lambda m: found.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on(
        "request",
        lambda request: (
            None
            if request.url.startswith(live_server.url)
            else found.append(f"went to {request.url}")
        ),
    )
    yield found
    assert found == []


@pytest.fixture
def visit(
    page: Page, live_server: Any, complaints: list[str]
) -> Callable[[User, str], Page]:
    """``visit(alice, "/gallery/")``: the page, as this person sees it."""

    def open_page(user: User, path: str) -> Page:
        client = Client()
        client.force_login(user)
        name = settings.SESSION_COOKIE_NAME
        cookie = {"name": name, "value": client.cookies[name].value}
        page.context.clear_cookies()
        page.context.add_cookies([{**cookie, "url": live_server.url}])
        page.goto(f"{live_server.url}{path}")
        return page

    return open_page


@pytest.fixture
def no_barrier(page: Page, visit: Callable[[User, str], Page]) -> Any:
    """``no_barrier(alice, "/gallery/")``: the page complains of nothing, the checker
    finds no barrier in it, and nothing hangs over its edge: at both widths, in both
    themes. ``opened`` selects summaries of what is to be unfolded for that."""

    def look(user: User, path: str, *, opened: str = "") -> None:
        visit(user, path)
        if opened:
            page.locator(opened).evaluate_all(OPEN)
        page.wait_for_load_state("networkidle")
        page.evaluate(AXE_SCRIPT)
        for width, theme in itertools.product(WIDTHS, RULES):
            page.set_viewport_size({"width": width, "height": 900})
            page.evaluate(PAINT, theme)
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, path
            response = page.evaluate(CHECK, RULES[theme])
            assert response["passed"]
            found = AxeResults(response)
            told = f"{path}, {width}, {theme}: {found.generate_report()}"
            assert found.violations_count == 0, told

    return look
