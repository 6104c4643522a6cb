"""Review without JavaScript, and with nothing but a keyboard."""

import time

import pytest
from django.urls import reverse

from moderation import decisions, review_leases
from moderation.models import Decision, Reveal, Review, Skip
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=[True, False], ids=["scripts", "no scripts"])
def has_scripts(request):
    return request.param


@pytest.fixture
def browser_context_args(browser_context_args, has_scripts):
    return {**browser_context_args, "java_script_enabled": has_scripts}


@pytest.fixture
def held(alice, otto):
    """otto is the colleague whom things are passed on to."""
    return [
        factories.artwork(alice, moderation="held", generation_fields={"reserved": 0})
        for _ in range(7)
    ]


@pytest.fixture
def tab_to(page):
    """``tab_to("Approve")``: from one thing to the next, as a keyboard alone goes."""

    def tab(*names):
        for _ in range(120):
            page.keyboard.press("Tab")
            focused = page.locator(":focus")
            if focused.count() == 0:
                continue
            words = focused.get_attribute("aria-label") or focused.text_content() or ""
            words += focused.get_attribute("name") or ""
            if any(name in words for name in names):
                return
        pytest.fail(f"no key leads to {names}")

    return tab


def at(page, artwork):
    page.wait_for_url(f"**{reverse('moderation:review', args=[artwork.pk])}*")
    page.locator(f"#review[data-url^='/review/{artwork.pk}/']").wait_for()
    seen(page)


def seen(page):
    """With scripts it takes no decision before."""
    page.locator("html:not(.js), html[data-decidable]").wait_for(state="attached")


def of(artwork):
    return Review.objects.get(artwork=artwork)


def eventually(is_so):
    """With scripts the next item is shown before the server has the decision."""
    until = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_one_after_the_other(held, mona, visit, page, tab_to, has_scripts):
    """Claim, reveal, release, undo, reject, skip, escalate: by Tab, Space and Enter."""
    first, second, third, fourth, fifth, *_ = held
    visit(mona, reverse("moderation:queue"))
    tab_to("Focus")
    page.keyboard.press("Enter")
    at(page, first)
    assert of(first).is_claimed_by(mona)
    tab_to("Reveal")
    page.keyboard.press("Enter")
    page.locator("#frame img:not(.covered)").wait_for()
    seen(page)
    assert Reveal.objects.get().artwork == first
    tab_to("Approve")
    page.keyboard.press("Enter")
    at(page, second)
    tab_to("Undo")
    page.keyboard.press("Enter")
    at(page, first)
    assert of(first).is_claimed_by(mona)
    tab_to("Approve")
    page.keyboard.press("Enter")
    at(page, second)
    tab_to("Reject")
    page.keyboard.press("Enter")
    tab_to("Violence or terror")
    page.keyboard.press("Enter")
    at(page, third)
    tab_to("SkipS")  # with its key: there is a "Skip to the page" as well
    page.keyboard.press("Enter")
    at(page, fourth)
    tab_to("Escalate")
    page.keyboard.press("Enter")
    if not has_scripts:  # they are in it at once
        tab_to("reason")
    page.keyboard.type("Is he real?")
    tab_to("Escalate")
    page.keyboard.press("Enter")
    at(page, fifth)
    eventually(lambda: of(fourth).inbox == "escalated")
    made = Decision.objects.filter(decided_by=mona).order_by("pk")
    assert list(made.values_list("artwork", "action", "reason")) == [
        (first.pk, "release", ""),
        (first.pk, "hold", ""),  # taken back
        (first.pk, "release", ""),
        (second.pk, "reject", "violence"),
    ]
    assert Skip.objects.get().review == of(third)
    assert (of(fourth).inbox, of(fourth).escalation) == ("escalated", "Is he real?")
    assert of(fifth).is_claimed_by(mona)


def test_a_sheet_at_once(held, mona, visit, page, tab_to):
    visit(mona, reverse("moderation:queue"))
    tab_to("Grid")
    page.keyboard.press("Enter")
    page.wait_for_url("**/review/sheet/*")
    seen(page)
    tab_to("Exception")
    page.keyboard.press("Space")
    tab_to("Approve the rest")
    page.keyboard.press("Enter")
    page.get_by_text("6 pictures approved.").wait_for()
    tab_to("Undo")
    page.keyboard.press("Enter")
    page.get_by_text("Undone").wait_for()
    assert page.get_by_role("checkbox", name="Exception").count() == 7
    seen(page)
    tab_to("Reject the rest")
    page.keyboard.press("Enter")
    tab_to("Broken or unusable picture")
    page.keyboard.press("Enter")
    page.get_by_text("7 pictures rejected.").wait_for()
    assert Review.objects.filter(decision__reason="quality").count() == 7


def test_who_is_late_is_told_and_keeps_the_text(
    held, mona, otto, visit, page, complaints
):
    visit(mona, reverse("moderation:review", args=[held[0].pk]))
    page.wait_for_load_state("networkidle")  # it takes the next one ahead
    seen(page)
    theirs = of(held[0])
    review_leases.give_back(mona, [theirs.pk])
    assert review_leases.take(theirs, otto)
    decisions.decide(theirs, theirs.claim, "release", by=otto)
    page.locator("summary", has_text="Reject").click()
    page.get_by_label("Note for your colleagues").fill("too dark")
    page.get_by_role("button", name="Broken or unusable picture").click()
    page.get_by_text("Someone decided before you").wait_for()
    assert "too dark" in page.locator("#decision").inner_text()
    assert Decision.objects.filter(decided_by=mona).count() == 0
    assert [text for text in complaints if "409" not in text] == []
    complaints.clear()


def test_no_clear_byte_without_a_reveal(held, mona, visit, page):
    """The browser's own log of the network, on each page of the review."""
    images = []
    page.on(
        "response",
        lambda answer: (
            images.append(answer.url.split("/", 3)[3])
            if answer.headers.get("content-type", "").startswith("image/")
            and "/static/" not in answer.url
            else None
        ),
    )
    paths = [reverse("moderation:queue"), reverse("moderation:sheet")]
    one = reverse("moderation:review", args=[held[6].pk])
    for path in (*paths, one, f"{one}?revealed=1", reverse("moderation:next")):
        visit(mona, path)
        page.wait_for_load_state("networkidle")
    assert len(images) >= len(held)
    assert [path for path in images if not path.endswith("/cover/")] == []
