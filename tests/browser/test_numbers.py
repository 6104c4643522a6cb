"""The queue's numbers, its exports, and what an author is told: at any width, in both
themes, without a barrier."""

import datetime

import pytest
from django.utils import timezone

from moderation import control_items, decisions, tallies
from moderation.models import Opinion, Review, Tally
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)

LABELS = [{"label": "porn", "verdict": "review", "rate": 0.71}]


def held(alice):
    return factories.artwork(alice, moderation="held", verdict="review", labels=LABELS)


@pytest.fixture
def rejected(alice, mona, otto):
    """Two days of a queue at work, and a picture that mona rejected."""
    team, now = factories.team(), tallies.hour_of(timezone.now())
    for number in range(48):
        Tally.objects.create(
            team=team,
            hour=now - datetime.timedelta(hours=number),
            label=("porn", "sexy", "politics")[number % 3],
            released=number * 7 % 40,
            rejected=number * 5 % 17,
            suggested=30,
            overturned=number % 30,
            controls=3,
            agreed=2 + number % 2,
        )
    for _ in range(3):
        held(alice)
    artwork = held(alice)
    review = factories.review(artwork, claimed_by=mona)
    decisions.decide(review, review.claim, "reject", by=mona, reason="sexual")
    factories.settle()
    artwork.refresh_from_db()
    control_items.mark(artwork, by=otto)
    answered = Review.objects.create(
        artwork=artwork,
        team=team,
        requested_by=alice,
        cause="review",
        label="porn",
        due_at=timezone.now(),
        expected="reject",
        status="closed",
        closed_at=timezone.now(),
    )
    Opinion.objects.create(review=answered, by=otto, action="release", claim=1)
    return artwork


def pages(artwork, alice, otto):
    return [
        (otto, "/review/numbers/"),
        (otto, "/review/numbers/?period=month"),
        (otto, "/review/exports/"),
        (otto, "/review/desk/"),
        (otto, f"/review/{artwork.pk}/"),
        (alice, f"/artworks/{artwork.pk}/outcome/"),
    ]


def test_no_barrier_on_any_page(rejected, alice, otto, no_barrier):
    for user, path in pages(rejected, alice, otto):
        no_barrier(user, path)


def test_an_export_is_a_file(rejected, otto, visit, page):
    visit(otto, "/review/exports/")
    page.get_by_label("decision").select_option("reject")
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    assert download.value.suggested_filename == "decisions.csv"
    assert "action=reject" in download.value.url
    assert b"sexual" in download.value.path().read_bytes()
