"""Review by keyboard in a real browser: nothing clear unasked, one key a step."""

import re
import time
from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from django.core.files.storage import default_storage as storage
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from generation import archive
from generation.models import Artwork
from moderation import decisions, review_leases
from moderation.models import Decision, Reveal, Review, Skip
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def held(alice):
    return [
        factories.artwork(
            alice,
            moderation="held",
            verdict="review",
            labels=[{"label": "porn", "verdict": "review", "rate": 0.71}],
        )
        for _ in range(4)
    ]


@pytest.fixture
def asked(page):
    """The path of everything that the browser asked for."""
    paths = []
    page.on("request", lambda request: paths.append(request.url.split("/", 3)[3]))
    return paths


def address(artwork):
    return reverse("moderation:review", args=[artwork.pk])


def ready(page):
    """The next one is leased and there, behind the one that was seen."""
    page.locator("html[data-ahead][data-decidable]").wait_for(state="attached")


def seen(page):
    """What is shown was before the eyes for 300 ms: it takes a decision."""
    page.locator("html[data-decidable]").wait_for(state="attached")


def decided(page, number):
    """What is sent while the next one is looked at has arrived."""
    until = time.monotonic() + 10
    while Decision.objects.count() < number and time.monotonic() < until:
        page.wait_for_timeout(50)
    assert Decision.objects.count() == number


def at(page, artwork):
    page.wait_for_url(f"**{address(artwork)}*")
    page.locator(f"#review[data-url^='{address(artwork)}']").wait_for()
    seen(page)


def test_nothing_clear_travels_before_a_reveal(held, mona, visit, page, asked):
    visit(mona, reverse("moderation:queue"))
    page.get_by_role("link", name="Focus").click()
    page.wait_for_url(f"**{address(held[0])}*")
    ready(page)
    page.wait_for_load_state("networkidle")
    clear = f"review/{held[0].pk}/picture/"
    assert f"review/{held[0].pk}/cover/" in asked
    assert f"review/{held[1].pk}/cover/" in asked
    assert not [path for path in asked if "picture" in path or "thumbnail" in path]
    page.keyboard.press("v")
    page.locator("#frame img:not(.covered)").wait_for()
    page.wait_for_load_state("networkidle")
    assert [path for path in asked if "picture" in path] == [clear]
    assert Reveal.objects.get().artwork == held[0]
    page.keyboard.press("v")
    page.locator("#frame img.covered").wait_for()


def test_no_clear_byte_reaches_the_browser_unasked(held, mona, visit, page):
    """By what is in the bytes, not by their addresses."""
    originals = {
        Path(storage.path(archive.name(one.sha256, kind))).read_bytes()
        for one in held
        for kind in ("original", "thumbnail")
    }
    bodies = []

    def record(route):
        if route.request.resource_type != "image":
            return route.fallback()
        answer = route.fetch()
        bodies.append(answer.body())
        return route.fulfill(response=answer)

    page.route("**/*", record)
    visit(mona, reverse("moderation:queue"))
    page.wait_for_load_state("networkidle")
    visit(mona, address(held[0]))
    for _ in range(3):
        ready(page)
        page.keyboard.press("a")
        page.wait_for_load_state("networkidle")
    assert len(bodies) >= 4
    assert not originals & set(bodies)


def test_a_row_of_decisions_by_keys_alone(held, mona, visit, page):
    first, second, third, fourth = held
    visit(mona, address(first))
    seen(page)
    page.keyboard.press("4")  # a digit alone is no rejection
    page.keyboard.press("a")
    at(page, second)
    page.get_by_role("status").get_by_text("Approved.").wait_for()
    page.keyboard.press("r")
    page.keyboard.press("2")
    at(page, third)
    page.keyboard.press("s")
    at(page, fourth)
    decided(page, 2)
    page.wait_for_load_state("networkidle")
    rows = Decision.objects.order_by("pk").values_list("artwork", "action", "reason")
    assert list(rows) == [(first.pk, "release", ""), (second.pk, "reject", "violence")]
    assert Skip.objects.get().review.artwork == third


def test_an_undo_by_key_brings_it_back(held, mona, visit, page):
    visit(mona, address(held[0]))
    ready(page)
    page.keyboard.press("a")
    at(page, held[1])
    page.get_by_role("button", name="Undo").wait_for()
    page.keyboard.press("u")
    at(page, held[0])
    assert Review.objects.get(artwork=held[0]).is_claimed_by(mona)
    ready(page)  # the one that was before the eyes
    page.keyboard.press("a")
    at(page, held[1])
    decided(page, 3)  # with its taking back
    assert Review.objects.get(artwork=held[0]).status == "decided"


def test_an_undo_keeps_the_focus(held, mona, visit, page):
    visit(mona, address(held[0]))
    ready(page)
    page.keyboard.press("a")
    at(page, held[1])
    expect(page.locator("#release [data-key=a]")).to_be_focused()
    page.get_by_role("button", name="Undo").wait_for()
    page.keyboard.press("u")
    at(page, held[0])
    expect(page.locator("#release [data-key=a]")).to_be_focused()


def test_typing_a_note_presses_no_key(held, mona, visit, page):
    visit(mona, address(held[0]))
    seen(page)
    page.keyboard.press("r")
    page.get_by_label("Note for your colleagues").fill("")
    page.keyboard.type("a 1 s v r")
    page.get_by_role("button", name="Broken or unusable picture").click()
    at(page, held[1])
    decided(page, 1)
    decision = Decision.objects.get()
    assert (decision.reason, decision.note) == ("quality", "a 1 s v r")


def test_a_doubt_is_typed_at_once_and_closed_again(held, mona, visit, page):
    visit(mona, address(held[0]))
    page.keyboard.press("e")
    page.keyboard.type("a s v: is he real?")
    assert page.get_by_label("Why a colleague").input_value() == "a s v: is he real?"
    page.keyboard.press("Escape")
    assert page.locator("details.reject[open]").count() == 0
    page.keyboard.press("Enter")  # on its button, where Esc leads back to
    page.keyboard.type("!")
    assert "\n" not in page.get_by_label("Why a colleague").input_value()
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    page.keyboard.press("e")
    assert page.locator("details.reject[open]").count() == 1
    assert not Reveal.objects.exists()


@pytest.mark.parametrize("height", [700, 900])
def test_buttons_stand_at_one_place_in_both_modes(held, mona, visit, page, height):
    Review.objects.filter(artwork=held[0]).update(text="It is only paint. " * 20)
    Artwork.objects.filter(pk=held[1].pk).update(verdict="block")
    page.set_viewport_size({"width": 1440, "height": height})
    places = []
    for path in (reverse("moderation:sheet"), address(held[0]), address(held[1])):
        visit(mona, path)
        for key in ("a", "r"):
            places.append(page.locator(f"[data-key={key}]").bounding_box())
    assert places[:2] == places[2:4] == places[4:]
    reveal = page.locator("[data-key=v]").bounding_box()
    assert reveal["y"] + reveal["height"] < page.locator("#strip").bounding_box()["y"]


def test_an_undo_says_how_long_it_is_there(held, mona, visit, page):
    visit(mona, reverse("moderation:sheet"))
    seen(page)
    page.keyboard.press("a")
    undo = page.get_by_role("button", name="Undo")
    undo.locator("[data-seconds]").get_by_text(re.compile("^[1-9]$")).wait_for()
    undo.wait_for(state="detached")


def test_the_keys_can_be_switched_off(held, mona, visit, page):
    visit(mona, address(held[0]))
    page.keyboard.press("?")
    page.get_by_label("Switch these keys off").check()
    seen(page)
    for key in ("a", "v", "r", "1", "s"):
        page.keyboard.press(key)
    page.wait_for_load_state("networkidle")
    assert page.url.endswith(address(held[0]))
    assert not Decision.objects.exists()
    assert not Reveal.objects.exists()


def test_a_sheet_by_keys_alone(held, mona, visit, page):
    visit(mona, reverse("moderation:sheet"))
    seen(page)
    page.get_by_role("checkbox").nth(1).check()
    page.keyboard.press("a")
    page.get_by_text("3 pictures approved.").wait_for()
    page.keyboard.press("u")
    page.get_by_text("Undone").wait_for()
    assert page.get_by_role("checkbox").count() == 4
    seen(page)
    page.keyboard.press("r")
    page.keyboard.press("6")
    page.get_by_text("4 pictures rejected.").wait_for()
    reasons = Decision.objects.filter(action="reject").values_list("reason", flat=True)
    assert set(reasons) == {"quality"}


def test_who_is_late_sees_the_truth_and_keeps_the_text(
    held, mona, otto, visit, page, complaints
):
    visit(mona, address(held[0]))
    ready(page)
    theirs = Review.objects.get(artwork=held[0])
    review_leases.give_back(mona, [theirs.pk])
    assert review_leases.take(theirs, otto)
    decisions.decide(theirs, theirs.claim, "release", by=otto)
    page.keyboard.press("r")
    page.get_by_label("Note for your colleagues").fill("too dark")
    page.get_by_role("button", name="Broken or unusable picture").click()
    page.get_by_text("Someone decided before you").wait_for()
    assert "too dark" in page.locator("#decision").inner_text()
    assert Decision.objects.count() == 1
    # The browser notes the 409 itself.
    assert [text for text in complaints if "409" not in text] == []
    complaints.clear()


def test_a_lease_that_ran_out_comes_back_with_what_was_typed(
    held, mona, visit, page, complaints
):
    visit(mona, address(held[0]))
    ready(page)
    Review.objects.filter(artwork=held[0]).update(claimed_until=timezone.now())
    page.keyboard.press("r")
    page.get_by_label("For the author").fill("Brighter, please.")
    page.get_by_role("button", name="Broken or unusable picture").click()
    page.get_by_text("Your time for it had run out").wait_for()
    seen(page)
    assert page.get_by_label("For the author").input_value() == "Brighter, please."
    page.get_by_role("button", name="Broken or unusable picture").click()
    at(page, held[1])
    decided(page, 1)
    assert Decision.objects.get().text == "Brighter, please."
    assert [text for text in complaints if "409" not in text] == []
    complaints.clear()


def test_leaving_gives_everything_back(held, mona, visit, page):
    visit(mona, address(held[0]))
    ready(page)
    assert review_leases.held_by(mona).count() == 2
    page.goto(page.url.split("/review/")[0] + reverse("gallery:gallery"))
    page.wait_for_load_state("networkidle")
    assert review_leases.held_by(mona).count() == 0


def test_eight_decisions_each_of_the_item_that_was_shown(alice, mona, visit, page):
    """How fast that goes, ``script/bench review`` says."""
    rows = [
        factories.artwork(alice, moderation="held", generation_fields={"reserved": 0})
        for _ in range(9)
    ]
    visit(mona, address(rows[0]))
    said = []
    for number in range(8):
        ready(page)
        if number % 4 == 3:
            page.keyboard.press("r")
            page.keyboard.press("6")
            said.append((rows[number].pk, "reject", "quality"))
        else:
            page.keyboard.press("a")
            said.append((rows[number].pk, "release", ""))
        at(page, rows[number + 1])
    decided(page, 8)
    made = Decision.objects.order_by("pk")
    assert list(made.values_list("artwork", "action", "reason")) == said
    page.wait_for_load_state("networkidle")
    assert review_leases.held_by(mona).count() == 1


def test_a_refusal_is_told_apart_and_the_item_comes_back(
    held, mona, visit, page, complaints
):
    """Signed out, no right, and no answer; with what was typed."""
    visit(mona, address(held[0]))
    decision = f"**{reverse('moderation:decide', args=[held[0].pk])}"
    note = page.get_by_label("Note for your colleagues")

    def reject():
        ready(page)
        page.get_by_role("button", name="Broken or unusable picture").click()

    def back(words):
        page.get_by_text(words).wait_for()
        at(page, held[0])
        assert note.input_value() == "too dark"

    ready(page)
    page.keyboard.press("r")
    note.fill("too dark")
    page.route(decision, lambda route: route.abort())
    reject()
    back("The portal does not answer")
    page.unroute(decision)
    page.route(decision, lambda route: route.fulfill(status=403))
    reject()
    back("You may not do that")
    page.unroute(decision)
    page.reload()  # what was typed is there again
    back("Note for your colleagues")
    Session.objects.all().delete()
    reject()
    page.get_by_label("Password").fill("mona-password")
    page.get_by_role("dialog").get_by_role("button", name="Sign in").click()
    decided(page, 1)
    at(page, held[1])
    assert Decision.objects.get().note == "too dark"
    expect(page.locator("#trouble")).to_be_hidden()
    complaints.clear()
