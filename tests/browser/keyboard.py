"""A person with a keyboard and nothing else: no click, no mouse, no focus by script."""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

MOST_TABS = 120
#: Whether the focus can be seen: a ring on the control, or on what stands for it.
LOOK = """() => {
    const has = (each) => {
        const style = each && getComputedStyle(each);
        const isDrawn = style && style.outlineStyle !== "none";
        return isDrawn && parseFloat(style.outlineWidth) > 0;
    };
    const at = document.activeElement;
    const named = at.id && document.querySelector(`[for="${at.id}"]`);
    const label = at.closest("label") ?? named;
    const box = at.getBoundingClientRect();
    const isInView = box.bottom > 0 && box.top < innerHeight;
    return {
        html: at.outerHTML.slice(0, 120),
        isBody: at === document.body,
        isSeen: isInView && [at, label, at.nextElementSibling].some(has),
    };
}"""
IS_FOCUSED = "each => each === document.activeElement"


class Keyboard:
    def __init__(self, page: Page) -> None:
        self._page = page

    def press(self, *keys: str) -> None:
        for key in keys:
            self._page.keyboard.press(key)

    def write(self, text: str) -> None:
        self._page.keyboard.type(text)

    def rewrite(self, text: str) -> None:
        self.press("Control+a")
        self.write(text)

    def reach(self, control: Locator, *, back: bool = False) -> int:
        """Tab to it; how many presses it took. Each stop on the way can be seen."""
        expect(control).to_be_visible()
        for presses in range(MOST_TABS):
            if presses:
                self.press("Shift+Tab" if back else "Tab")
                look = self._page.evaluate(LOOK)
                assert look["isSeen"] or look["isBody"], look["html"]
            if control.evaluate(IS_FOCUSED):
                return presses
        raise AssertionError(f"not reached: {control}")

    def use(self, control: Locator, *, back: bool = False) -> None:
        """Reach it, and press it."""
        self.reach(control, back=back)
        self.press("Enter")

    def button(self, name: str | re.Pattern[str]) -> Locator:
        return self._page.get_by_role("button", name=name)

    def link(self, name: str | re.Pattern[str]) -> Locator:
        return self._page.get_by_role("link", name=name)


def sign_in(page: Page, base: str, username: str) -> Keyboard:
    """By the form, as far as the first page."""
    page.goto(f"{base}/")
    keyboard = Keyboard(page)
    expect(page.get_by_label("Username")).to_be_focused()
    keyboard.write(username)
    keyboard.press("Tab")
    keyboard.write(f"{username}-password")
    keyboard.press("Enter")
    page.get_by_role("navigation").first.wait_for()
    return keyboard


def until(page: Page, is_so: Callable[[], object]) -> None:
    """Until the portal has it on record."""
    for _ in range(200):
        if is_so():
            return
        page.wait_for_timeout(50)
    raise AssertionError("it never came")
