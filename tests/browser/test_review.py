"""Review by keyboard in a real browser: nothing clear unasked, one key a step."""

import pytest
from django.urls import reverse

from moderation.models import Decision, Reveal
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


def test_nothing_clear_travels_before_a_reveal(held, mona, visit, page, asked):
    visit(mona, reverse("moderation:queue"))
    page.get_by_role("link", name="One by one").click()
    page.wait_for_url(f"**{address(held[0])}*")
    page.wait_for_load_state("networkidle")
    clear = f"review/{held[0].pk}/picture/"
    assert f"review/{held[0].pk}/cover/" in asked
    assert not [path for path in asked if "picture" in path or "thumbnail" in path]
    page.keyboard.press("v")
    page.locator("#frame img:not(.covered)").wait_for()
    page.wait_for_load_state("networkidle")
    assert [path for path in asked if "picture" in path] == [clear]
    assert Reveal.objects.get().artwork == held[0]
    page.keyboard.press("v")
    page.locator("#frame img.covered").wait_for()


def test_a_row_of_decisions_by_keys_alone(held, mona, visit, page):
    first, second, third, fourth = held
    visit(mona, address(first))
    page.keyboard.press("4")  # a digit alone is no rejection
    page.keyboard.press("a")
    page.wait_for_url(f"**{address(second)}*")
    page.get_by_role("status").get_by_text("Released.").wait_for()
    page.keyboard.press("r")
    page.keyboard.press("2")
    page.wait_for_url(f"**{address(third)}*")
    page.keyboard.press("s")
    page.wait_for_url(f"**{address(fourth)}*")
    rows = Decision.objects.order_by("pk").values_list("artwork", "action", "reason")
    assert list(rows) == [(first.pk, "release", ""), (second.pk, "reject", "violence")]


def test_typing_a_note_presses_no_key(held, mona, visit, page):
    visit(mona, address(held[0]))
    page.keyboard.press("r")
    page.get_by_label("Note for your colleagues").fill("")
    page.keyboard.type("a 1 s v r")
    page.get_by_role("button", name="Broken or unusable picture").click()
    page.wait_for_url(f"**{address(held[1])}*")
    decision = Decision.objects.get()
    assert (decision.reason, decision.note) == ("quality", "a 1 s v r")


def test_the_keys_can_be_switched_off(held, mona, visit, page):
    visit(mona, address(held[0]))
    page.keyboard.press("?")
    page.get_by_label("Switch these keys off").check()
    for key in ("a", "v", "r", "1", "s"):
        page.keyboard.press(key)
    page.wait_for_load_state("networkidle")
    assert page.url.endswith(address(held[0]))
    assert not Decision.objects.exists()
    assert not Reveal.objects.exists()


def test_the_sheet_changes_in_its_place(held, mona, visit, page):
    visit(mona, reverse("moderation:queue"))
    items = page.locator(".item")
    items.nth(0).get_by_role("button", name="Release").click()
    items.nth(0).get_by_text("mona").wait_for()
    items.nth(1).get_by_text("Reject").click()
    items.nth(1).get_by_role("button", name="Violence or terror").click()
    items.nth(1).get_by_text("mona").wait_for()
    assert items.nth(1).get_by_text("Violence or terror").is_visible()
    assert items.count() == 4
    assert Decision.objects.count() == 2


def test_who_is_late_sees_the_truth_and_keeps_the_note(
    held, mona, otto, visit, page, complaints
):
    visit(mona, address(held[0]))
    Decision.objects.create(artwork=held[0], action="release", decided_by=otto)
    held[0].moderate("released", held[0].created_at)
    page.keyboard.press("r")
    page.get_by_label("Note for your colleagues").fill("too dark")
    page.get_by_role("button", name="Broken or unusable picture").click()
    page.get_by_text("Someone decided before you").wait_for()
    assert "too dark" in page.locator("#decision").inner_text()
    assert Decision.objects.count() == 1
    # The browser notes the 409 itself.
    assert [text for text in complaints if "409" not in text] == []
    complaints.clear()
