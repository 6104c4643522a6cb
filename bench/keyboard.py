"""A moderator's keystrokes in a headless Chromium, without pauses.

A decision waits until the next item is loaded ahead, and until 300 ms after the cover
was painted: before that the page takes none. Every fourth is a rejection with a reason;
every fifth picture is revealed first.
"""

import os
import shutil
import statistics
import subprocess
import sys
import time

from playwright.sync_api import BrowserType, Page, sync_playwright

ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run")
#: From the key's timestamp until the next item's cover is painted.
WATCH = """
window.shown = [];
let pressed = 0, former = null;
addEventListener("keydown", (event) => {
  pressed = event.timeStamp;
  former = document.getElementById("review");
}, true);
new MutationObserver(async () => {
  const item = document.getElementById("review");
  if (!pressed || !item || item === former) return;
  const began = pressed;
  pressed = 0;
  await item.querySelector("img.covered").decode();
  requestAnimationFrame(() => requestAnimationFrame(() => {
    window.shown.push(performance.now() - began);
    document.documentElement.dataset.shown = window.shown.length;
  }));
}).observe(document, {childList: true, subtree: true});
"""


class NoBrowser(RuntimeError):
    """No Chromium is installed, none can be."""


def decide(url: str, cookie: dict[str, str], count: int) -> dict[str, float]:
    """``per_minute`` from first to last item, and ``shown_p95_ms``."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable(playwright.chromium), args=list(ARGUMENTS)
        )
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.context.add_cookies([{**cookie, "url": url}])
        page.add_init_script(WATCH)
        page.goto(f"{url}/review/next/")
        began = time.monotonic()
        for number in range(count):
            _decide(page, number)
        seconds = time.monotonic() - began
        page.wait_for_load_state("networkidle")
        shown = page.evaluate("window.shown")
        browser.close()
    p95 = statistics.quantiles(shown, n=20, method="inclusive")[-1]
    return {"per_minute": count / seconds * 60, "shown_p95_ms": p95}


def _decide(page: Page, number: int) -> None:
    page.locator("html[data-ahead][data-decidable]").wait_for(state="attached")
    if number % 5 == 4:
        page.keyboard.press("v")
        page.locator("#frame img:not(.covered)").wait_for()
        page.locator("html[data-decidable]").wait_for(state="attached")
    if number % 4 == 3:
        page.keyboard.press("r")
        page.keyboard.press("6")
    else:
        page.keyboard.press("a")
    page.locator(f"html[data-shown='{number + 1}']").wait_for(state="attached")


def executable(chromium: BrowserType) -> str:
    """$CHROME, else an installed Chromium, else Playwright's."""
    for name in (os.environ.get("CHROME", ""), "chromium", "google-chrome"):
        if found := shutil.which(name):
            return found
    own = chromium.executable_path
    if not os.path.exists(own):  # noqa: PTH110
        install = [sys.executable, "-m", "playwright", "install", "chromium"]
        if subprocess.run(install, capture_output=True).returncode:
            raise NoBrowser("no Chromium is installed, and Playwright installs none")
    return own
