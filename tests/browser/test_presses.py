"""One press, one action: held keys, double clicks, other layouts, input methods, and a
clock that is wrong."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from generation.models import Generation
from moderation.models import Decision, Reveal
from tests import factories, told_lists
from tests.browser.waits import answered

pytestmark = pytest.mark.django_db(transaction=True)

#: As an input method or another layout sends it, to what has the focus.
PRESS = """([key, code, more]) => document.activeElement.dispatchEvent(
    new KeyboardEvent("keydown", {key, code, bubbles: true, cancelable: true, ...more}))
"""
#: Presses the button for each item in the moment that the item is there.
AT_ONCE = """() => {
    window.presses = 0;
    new MutationObserver(() => {
        const button = document.querySelector("#review [data-key=a]");
        if (!button || button === window.pressed) return;
        window.pressed = button;
        window.presses += 1;
        button.click();
    }).observe(document.body, {childList: true, subtree: true});
}"""
#: Whether the click of that number in a row sends the form.
CLICK = """(detail) => {
    let isSent = false;
    const note = () => { isSent = true; };
    document.addEventListener("submit", note, {capture: true, once: true});
    document.getElementById("submit-button").dispatchEvent(
        new MouseEvent("click", {detail, bubbles: true, cancelable: true}));
    document.removeEventListener("submit", note, {capture: true});
    return isSent;
}"""
#: An hour ahead, and nothing that tells another time.
WRONG_CLOCK = """
    const now = Date.now;
    Date.now = () => now() + 3600e3;
"""
#: How a page on a LAN is, over plain http.
LISTEN = """document.addEventListener("copy", () => {
    window.copied = `${getSelection()}`;
})"""
NO_CLIPBOARD = "Object.defineProperty(navigator, 'clipboard', {value: undefined})"


@pytest.fixture
def held(alice):
    return [
        factories.artwork(
            alice,
            moderation="held",
            verdict="review",
            generation_fields={"reserved": 0},
        )
        for _ in range(4)
    ]


def open_review(visit, user, artwork):
    page = visit(user, reverse("moderation:review", args=[artwork.pk]))
    page.locator("html[data-ahead][data-decidable]").wait_for(state="attached")
    return page


def at(page, artwork):
    address = reverse("moderation:review", args=[artwork.pk])
    page.locator(f"#review[data-url^='{address}']").wait_for()


def quiet(page, ahead="[data-ahead]"):
    page.locator(f"html{ahead}[data-decidable]").wait_for(state="attached")
    page.wait_for_load_state("networkidle")


def hold(page, key, times=6):
    for _ in range(times):
        page.keyboard.down(key)
    return lambda: page.keyboard.up(key)


def press(page, key, code, **more):
    page.evaluate(PRESS, [key, code, more])


def decided():
    return list(Decision.objects.order_by("pk").values_list("artwork", flat=True))


def test_a_held_key_decides_once(held, mona, visit):
    page = open_review(visit, mona, held[0])
    let_go = hold(page, "a")
    at(page, held[1])
    quiet(page)
    hold(page, "a")
    let_go()
    quiet(page)
    assert decided() == [held[0].pk]
    # The button of the next item has the focus: Enter presses it, too.
    page.locator("[data-key=a]").focus()
    let_go = hold(page, "Enter")
    at(page, held[2])
    quiet(page)
    hold(page, "Enter")
    let_go()
    assert decided() == [held[0].pk, held[1].pk]


def test_nothing_is_decided_in_the_moment_it_is_shown(held, mona, visit):
    page = open_review(visit, mona, held[0])
    page.evaluate(AT_ONCE)
    page.keyboard.press("a")
    at(page, held[1])
    quiet(page)
    assert page.evaluate("window.presses")
    assert decided() == [held[0].pk]
    at(page, held[1])
    # A sheet, too.
    visit(mona, reverse("moderation:sheet"))
    page.evaluate("""() => {
        delete document.documentElement.dataset.decidable;
        document.querySelector("[data-key=a]").click();
    }""")
    quiet(page, ahead="")
    assert decided() == [held[0].pk]


def test_keys_work_in_every_layout_but_not_for_an_input_method(held, mona, visit):
    page = open_review(visit, mona, held[0])
    panel = page.locator("details.reject:not(.pass-on)")
    keys = page.locator("details.keys")
    rows = [
        ("R", "KeyR"),  # Caps Lock
        ("ｒ", "KeyR"),  # full-width
        ("R", "KeyO"),  # Dvorak
        ("ｒ", "KeyO"),
        ("ㄱ", "KeyR"),
        ("к", "KeyR"),
        ("Process", "KeyR"),
    ]
    for key, code in rows:
        press(page, key, code)
        expect(panel).to_have_attribute("open", "")
        press(page, "Escape", "Escape")
        expect(panel).not_to_have_attribute("open", "")
    for key, code in (("？", "Slash"), ("؟", "Slash")):
        press(page, key, code, shiftKey=True)
        expect(keys).to_have_attribute("open", "")
        press(page, "Escape", "Escape")
        expect(keys).not_to_have_attribute("open", "")
    # On a French keyboard the key beside Tab says A, and the one for Q says Q.
    press(page, "q", "KeyA")
    at(page, held[0])
    press(page, "ㄱ", "KeyR")
    note = page.get_by_label("Note for your colleagues")
    note.press_sequentially("tai an")
    for more in ({"isComposing": True}, {"keyCode": 229}):
        press(page, "Escape", "Escape", **more)
        press(page, "Enter", "Enter", ctrlKey=True, **more)
    expect(panel).to_have_attribute("open", "")
    expect(note).to_be_focused()
    quiet(page)
    assert decided() == []
    note.blur()
    press(page, "６", "Digit6")
    at(page, held[1])
    quiet(page)
    assert Decision.objects.get().reason == "quality"


def test_severe_content_is_revealed_before_it_is_released(
    alice, mona, visit, page, complaints
):
    severe = factories.artwork(alice, moderation="held", verdict="block")
    visit(mona, reverse("moderation:review", args=[severe.pk]))
    page.locator("html[data-decidable]").wait_for(state="attached")
    page.keyboard.press("a")
    page.get_by_text("reveal it before you approve it").wait_for()
    assert decided() == []
    page.keyboard.press("v")
    page.locator("#frame img:not(.covered)").wait_for()
    page.locator("#release[data-moves-on]").wait_for()
    page.locator("html[data-decidable]").wait_for(state="attached")
    page.keyboard.press("a")
    page.get_by_text("Nothing to review").wait_for()
    assert decided() == [severe.pk]
    assert Reveal.objects.get().artwork == severe
    assert [text for text in complaints if "422" not in text] == []
    complaints.clear()


def test_a_wrong_clock_changes_no_countdown(held, mona, visit, page):
    page.add_init_script(WRONG_CLOCK)
    open_review(visit, mona, held[0])
    expect(page.locator("[data-countdown]")).to_have_text(re.compile("^4:"))
    page.keyboard.press("a")
    at(page, held[1])
    page.locator("[data-seconds]").get_by_text(re.compile("^[1-9]$")).wait_for()


def test_held_keys_and_double_clicks_buy_once(alice, sandbox, visit, page):
    told_lists.refresh()
    visit(alice, "/")
    expect(page.locator("#quote")).to_contain_text("2 integrals")
    page.fill("#id_prompt", "一只白鹤")
    cards = page.locator(".generation")
    page.keyboard.down("Control")
    hold(page, "Enter")
    expect(cards).to_have_count(1)
    hold(page, "Enter")
    # Without the mark of a repeat, as some remote desktops send it: the same key.
    for _ in range(2):
        with answered(page, "**/generations/"):
            press(page, "Enter", "Enter", ctrlKey=True)
    assert Generation.objects.count() == 1
    page.keyboard.up("Enter")
    page.keyboard.press("Enter")
    expect(cards).to_have_count(2)
    page.keyboard.up("Control")
    # Another form needs no other press.
    page.keyboard.down("Control")
    page.keyboard.down("Enter")
    expect(cards).to_have_count(3)
    page.fill("#id_prompt", "两只白鹤")
    with answered(page, "**/generations/"):
        press(page, "Enter", "Enter", ctrlKey=True)
    expect(cards).to_have_count(4)
    page.keyboard.up("Enter")
    page.keyboard.up("Control")
    with answered(page, "**/generations/"):
        page.locator("#submit-button").click()
    expect(cards).to_have_count(5)
    with answered(page, "**/generations/"):
        assert page.evaluate(CLICK, 1)
    expect(cards).to_have_count(6)
    assert not page.evaluate(CLICK, 2)


def test_copying_works_without_a_clipboard_or_says_so(alice, visit, page):
    page.add_init_script(NO_CLIPBOARD)
    made = factories.generation(alice, prompt="A quiet harbour at dawn")
    visit(alice, reverse("generation:detail", args=[made.pk]))
    page.evaluate(LISTEN)
    page.get_by_role("button", name="Copy").click()
    page.locator("button.copied").wait_for()
    assert page.evaluate("window.copied") == "A quiet harbour at dawn"
    page.evaluate("document.execCommand = () => false")
    page.get_by_role("button", name="Copy").click()
    page.get_by_text("The text is selected: copy it with Ctrl+C.").wait_for()
    assert page.evaluate("`${getSelection()}`") == "A quiet harbour at dawn"
