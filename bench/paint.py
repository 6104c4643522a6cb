"""When a page's largest picture or text is painted, and how far things jump: in
headless Chromium with an empty cache, its CPU slowed down four times.

And when all thumbnails of a page are there that was seen before, at full speed.
"""

import statistics
from collections.abc import Sequence

from playwright.sync_api import Browser, sync_playwright

from bench.keyboard import ARGUMENTS, executable

SLOW_DOWN = 4
#: Shifts after it are somebody's own doing, and nobody does anything here.
QUIET_MS = 1_000
WATCH = """
window.painted = {lcp: 0, cls: 0};
new PerformanceObserver((list) => {
  window.painted.lcp = list.getEntries().at(-1).startTime;
}).observe({type: "largest-contentful-paint", buffered: true});
new PerformanceObserver((list) => {
  for (const {value} of list.getEntries()) window.painted.cls += value;
}).observe({type: "layout-shift", buffered: true});
"""
#: When each came, in milliseconds; how many of them not from the cache.
THUMBNAILS = """() => {
  const all = performance.getEntriesByType("resource")
    .filter(({name}) => name.includes("/thumbnail/"));
  const sent = all.filter((each) => each.transferSize);
  return [all.map((each) => each.responseEnd), sent.length];
}"""


def measure(
    url: str, cookie: dict[str, str], paths: Sequence[str], rounds: int
) -> dict[str, dict[str, float]]:
    """``lcp_ms`` and ``cls`` of each path: the medians."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable(playwright.chromium), args=list(ARGUMENTS)
        )
        found = {}
        for path in paths:
            each = [_visit(browser, url, cookie, path) for _ in range(rounds)]
            found[path] = {
                "lcp_ms": statistics.median(one["lcp"] for one in each),
                "cls": statistics.median(one["cls"] for one in each),
            }
        browser.close()
    return found


def thumbnails(
    url: str, cookie: dict[str, str], path: str, rounds: int
) -> tuple[int, float]:
    """How many a page loads, some below the window too, and milliseconds until the last
    one is there: the median. Raises RuntimeError if one is asked for again."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable(playwright.chromium), args=list(ARGUMENTS)
        )
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        context.add_cookies([{**cookie, "url": url}])  # type: ignore[list-item]
        page = context.new_page()
        page.goto(url + path, wait_until="networkidle")  # fills the cache
        found = []
        for _ in range(rounds):
            page.goto(url + path, wait_until="networkidle")
            ends, sent = page.evaluate(THUMBNAILS)
            if sent:
                raise RuntimeError(f"{sent} thumbnails were sent again")
            found.append(ends)
        browser.close()
    return len(found[0]), statistics.median(max(ends) for ends in found)


def _visit(
    browser: Browser, url: str, cookie: dict[str, str], path: str
) -> dict[str, float]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_cookies([{**cookie, "url": url}])  # type: ignore[list-item]
    page = context.new_page()
    page.add_init_script(WATCH)
    session = context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOW_DOWN})
    page.goto(url + path, wait_until="networkidle")
    page.wait_for_timeout(QUIET_MS)
    painted: dict[str, float] = page.evaluate("window.painted")
    context.close()
    return painted
