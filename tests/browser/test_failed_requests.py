"""Requests that fail: told in words that fit, with what was typed kept; gone on with
after a sign-in over the page."""

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from playwright.sync_api import expect

from generation.models import Generation
from tests import factories, told_lists
from tests.browser.drawer import open_groups
from tests.browser.waits import answered

pytestmark = pytest.mark.django_db(transaction=True)

SUBMIT = "**/generations/"
PROMPT = "雨夜 👩‍🚀\n街道"
SENTENCES = {
    404: "does not exist any more",
    413: "larger than the portal takes",
    414: "too long for this request",
    418: "could not use that request",
    429: "Too many requests",
    500: "Something broke in the portal",
    502: "server in front of the portal",
    503: "busy, or just starting",
    504: "took too long to answer",
    507: "Something broke in the portal",
}


@pytest.fixture
def form(alice, sandbox, visit, page, complaints):
    """The prompt's form, filled in, above a card that moves; the browser's own notes of
    failures are no news."""
    told_lists.refresh()
    factories.generation(alice)
    visit(alice, "/")
    expect(page.locator("#quote")).to_contain_text("2 integrals")
    page.fill("#id_prompt", PROMPT)
    yield page
    own = ("status of", "net::", "htmx:", "Response Status Error")
    assert [text for text in complaints if not any(map(text.count, own))] == []
    complaints.clear()


def send(page):
    page.locator("#id_prompt").press("Control+Enter")


def told(page, words):
    box = page.locator("#trouble")
    expect(box).to_contain_text(words, use_inner_text=True)
    expect(box.locator("[data-trouble]:visible")).to_have_count(1)
    expect(page.locator("#id_prompt")).to_have_value(PROMPT)


def sign_in(page, password="alice-password"):
    page.get_by_label("Password").fill(password)
    page.get_by_role("dialog").get_by_role("button", name="Sign in").click()


def rotate_token(page):
    """As a sign-in in another tab does."""
    cookies = page.context.cookies()
    token = next(one for one in cookies if one["name"] == "csrftoken")
    page.context.add_cookies([{**token, "value": "x" * 32}])


def test_each_failure_is_told_and_what_was_typed_stays(form):
    answer = {"status": 0}
    form.route(SUBMIT, lambda route: route.fulfill(**answer))
    for status, words in SENTENCES.items():
        answer["status"] = status
        send(form)
        told(form, words)
    with answered(form, "**/moving/**"):
        pass
    told(form, SENTENCES[507])
    form.unroute(SUBMIT)
    form.route(SUBMIT, lambda route: route.abort())
    send(form)
    told(form, "The portal does not answer")
    form.context.set_offline(True)
    send(form)
    told(form, "You are offline")
    form.context.set_offline(False)
    form.get_by_role("button", name="Close this message").click()
    expect(form.locator("#trouble")).to_be_hidden()
    form.unroute(SUBMIT)
    form.route(SUBMIT, lambda route: None)  # never
    form.evaluate("htmx.config.timeout = 100")
    send(form)
    told(form, "No answer came in time")
    form.unroute(SUBMIT)
    form.evaluate("htmx.config.timeout = 30000")
    send(form)
    expect(form.locator(".generation")).to_have_count(2)
    expect(form.locator("#trouble")).to_be_hidden()
    assert Generation.objects.count() == 2


def test_who_is_signed_out_goes_on_with_what_was_pressed(form, alice, bob):
    Session.objects.all().delete()
    send(form)
    dialog = form.get_by_role("dialog", name="Sign in again")
    expect(dialog.get_by_label("User name")).to_have_value("alice")
    dialog.get_by_label("Password").press("Escape")
    told(form, "You are signed out")
    form.locator("#trouble").get_by_role("button", name="Sign in").click()
    sign_in(form, "wrong")
    expect(dialog.get_by_role("alert")).to_have_text("That password is wrong.")
    dialog.get_by_role("button", name="Not now").click()
    send(form)
    sign_in(form)
    expect(form.locator(".generation")).to_have_count(2)
    expect(dialog).to_have_count(0)
    expect(form.locator("#trouble")).to_be_hidden()
    # Another token alone is nothing that anybody has to know of.
    rotate_token(form)
    send(form)
    expect(form.locator(".generation")).to_have_count(3)
    # A form without htmx, for which nobody was asked to sign in yet.
    Session.objects.all().delete()
    form.get_by_role("button", name="Dark").click()
    sign_in(form)
    form.locator("html[data-theme=dark]").wait_for(state="attached")
    expect(form.locator("#id_prompt")).to_have_value(PROMPT)  # the draft
    # No right: not to be cured by a sign-in.
    form.route(SUBMIT, lambda route: route.fulfill(status=403))
    send(form)
    told(form, "You may not do that")
    form.unroute(SUBMIT)
    # Somebody else.
    client = Client()
    client.force_login(bob)
    cookies = {one["name"]: one for one in form.context.cookies()}
    session = {**cookies["sessionid"], "value": client.cookies["sessionid"].value}
    form.context.add_cookies([session])
    rotate_token(form)
    send(form)
    told(form, "Somebody else has signed in")
    assert set(Generation.objects.values_list("requested_by", flat=True)) == {alice.pk}
    assert Generation.objects.count() == 3


def test_who_stays_signed_out_is_asked_once(form):
    """The page goes on asking for news, and nobody pressed anything."""
    send(form)
    expect(form.locator(".generation")).to_have_count(1)
    form.wait_for_load_state("networkidle")  # the price after it
    Session.objects.all().delete()
    dialog = form.get_by_role("dialog", name="Sign in again")
    for number in (1, 0):
        with answered(form, "**/accounts/signed-in/"):
            form.evaluate("document.body.dispatchEvent(new Event('poll-tick'))")
        expect(dialog).to_have_count(number)
        if number:
            dialog.get_by_label("Password").press("Escape")
            told(form, "You are signed out")
    send(form)
    expect(dialog).to_have_count(1)


def test_a_draft_survives_a_reload_for_each_operation(form, alice):
    open_groups(form, "basics")
    long = "hats, " * 50
    form.fill("#id_negative_prompt", long)
    form.keyboard.press("Escape")
    form.get_by_label("1024 × 768").check(force=True)
    expect(form.locator("#quote")).to_contain_text("2 integrals")
    form.reload()
    expect(form.locator("#changed-basics")).to_have_text("1")
    kept = form.locator("#group-basics input[name=negative_prompt]")
    expect(kept).to_have_value(long)
    expect(form.locator("#id_prompt")).to_have_value(PROMPT)
    expect(form.get_by_label("1024 × 768")).to_be_checked()
    form.goto(form.url.split("?")[0] + "?operation=jumdata-drawing")
    expect(form.locator("#id_prompt")).to_have_value("")
    form.fill("#id_prompt", "另一个")
    form.go_back()
    expect(form.locator("#id_prompt")).to_have_value(PROMPT)
    form.goto(form.url.split("?")[0] + "?operation=jumdata-drawing")
    expect(form.locator("#id_prompt")).to_have_value("另一个")
    # What comes with words of its own keeps them.
    own = factories.generation(alice, prompt="A quiet harbour")
    form.goto(form.url.split("?")[0] + f"?again={own.pk}")
    expect(form.locator("#id_prompt")).to_have_value("A quiet harbour")
    form.fill("#id_prompt", "A loud harbour")
    form.reload()
    expect(form.locator("#id_prompt")).to_have_value("A loud harbour")
    form.get_by_role("button", name="Sign out").click()
    form.wait_for_url("**/accounts/login/**")
    kept = form.evaluate("Object.keys(sessionStorage).filter(k => /^draft/.test(k))")
    assert kept == []
