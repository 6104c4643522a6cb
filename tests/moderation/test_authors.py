"""Authors are told why, and may appeal once; members report; admins hear in time."""

import datetime
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from generation.models import Artwork
from log.models import Entry
from moderation import decisions, duplicate_decisions, intake, review_leases, tasks
from moderation.models import Review, Rule, RuleSet
from notifications.models import Alert
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def url(name: str, artwork: Artwork) -> str:
    return reverse(f"moderation:{name}", args=[artwork.pk])


@pytest.fixture
def rejected(alice: User, mona: User) -> Artwork:
    labels = [{"label": "porn", "verdict": "review", "rate": 0.71}]
    artwork = factories.artwork(
        alice, moderation="held", verdict="review", labels=labels
    )
    review = factories.review(artwork, claimed_by=mona)
    decisions.decide(
        review,
        review.claim,
        "reject",
        by=mona,
        reason="sexual",
        note="between us",
        text="Cover her shoulders.",
    )
    factories.settle()
    artwork.refresh_from_db()
    return artwork


def test_the_author_is_told_why_and_what_to_change(
    signed_in: Any, rejected: Artwork, alice: User
) -> None:
    text = signed_in(alice).get(url("outcome", rejected)).text
    for told in ("Sexual or suggestive", "Pornography", "71 %", "Cover her shoulders."):
        assert told in text
    assert "4 integrals" in text
    assert "between us" not in text
    assert "mona" not in text


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        ([], "Another reason"),
        ([{"label": "normal", "verdict": "pass", "rate": 0.9}], "Another reason"),
        (
            [
                {"label": "porn", "verdict": "review", "rate": 0.9},
                {"label": "politics", "verdict": "block", "rate": 0.4},
            ],
            "Politics",
        ),
        ("?", "Another reason"),
    ],
)
def test_a_label_is_told_instead_of_another_reason(
    signed_in: Any, alice: User, mona: User, labels: Any, told: str
) -> None:
    artwork = factories.artwork(alice, moderation="held", labels=labels)
    review = factories.review(artwork, claimed_by=mona)
    decisions.decide(review, review.claim, "reject", by=mona, reason="other")
    factories.settle()
    decision = artwork.decisions.get()
    assert decision.reason_word == told
    text = signed_in(alice).get(url("outcome", artwork)).text
    assert f"<dt>Reason</dt><dd>{told}</dd>" in text
    assert ("Another reason" in text) == (told == "Another reason")


def test_a_granted_appeal_leads_to_the_picture(
    signed_in: Any, rejected: Artwork, alice: User, otto: User
) -> None:
    client = signed_in(alice)
    client.post(url("appeal", rejected), {"reason": "It is art"})
    review = factories.review(rejected, claimed_by=otto)
    decisions.decide(review, review.claim, "release", by=otto)
    assert client.get(url("outcome", rejected)).status_code == 200  # may be undone
    factories.settle()
    page = client.get(url("outcome", rejected), follow=True)
    assert page.redirect_chain[0][0] == reverse("gallery:artwork", args=[rejected.pk])
    assert "Your appeal was granted" in page.text
    assert signed_in(otto).get(url("outcome", rejected)).status_code == 404


def test_what_was_undone_is_not_told(
    signed_in: Any, rejected: Artwork, alice: User, otto: User
) -> None:
    assert intake.appeal(rejected, by=alice, text="It is art")
    review = factories.review(rejected, claimed_by=otto)
    said = {"reason": "rights", "text": "A slip of the keys"}
    decisions.decide(review, review.claim, "reject", by=otto, **said)
    decisions.undo(review, by=otto)
    text = signed_in(alice).get(url("outcome", rejected)).text
    assert "Cover her shoulders." in text
    assert "A slip of the keys" not in text
    (standing,) = duplicate_decisions.in_force([rejected.pk])
    assert standing.text == "Cover her shoulders."


def test_nobody_else_reads_it(
    signed_in: Any, rejected: Artwork, bob: User, mona: User
) -> None:
    for who in (bob, mona):
        assert signed_in(who).get(url("outcome", rejected)).status_code == 404
        form = {"reason": "x"}
        assert signed_in(who).post(url("appeal", rejected), form).status_code == 404


def test_nothing_is_told_before_it_is_settled(
    signed_in: Any, alice: User, mona: User
) -> None:
    artwork = factories.artwork(alice, moderation="held")
    review = factories.review(artwork, claimed_by=mona)
    decisions.decide(review, review.claim, "reject", by=mona, reason="other")
    assert signed_in(alice).get(url("outcome", artwork)).status_code == 404


def test_an_appeal_is_for_somebody_else(
    signed_in: Any, rejected: Artwork, alice: User, mona: User, otto: User
) -> None:
    form = {"reason": "It is a statue."}
    signed_in(alice).post(url("appeal", rejected), form)
    review = factories.review(rejected)
    assert (review.cause, review.text, review.not_by) == (
        "appeal",
        form["reason"],
        mona,
    )
    assert not review_leases.take(review, mona)
    assert review_leases.take(review, otto)
    decisions.decide(review, review.claim, "release", by=otto)
    factories.settle()
    rejected.refresh_from_db()
    assert rejected.moderation == "released"
    assert Entry.objects.filter(kind="appeal", by=alice).count() == 1


def test_one_appeals_once_and_says_why(
    signed_in: Any, rejected: Artwork, alice: User
) -> None:
    client = signed_in(alice)
    assert client.post(url("appeal", rejected), {"reason": " "}).status_code == 422
    client.post(url("appeal", rejected), {"reason": "First"})
    response = client.post(url("appeal", rejected), {"reason": "Second"}, follow=True)
    assert "You have appealed before" in response.text
    assert Review.objects.filter(cause="appeal").count() == 1


def test_a_second_appeal_is_refused_after_the_first_is_decided(
    signed_in: Any, rejected: Artwork, alice: User, otto: User
) -> None:
    client = signed_in(alice)
    client.post(url("appeal", rejected), {"reason": "First"})
    review = factories.review(rejected)
    assert review_leases.take(review, otto)
    decisions.decide(review, review.claim, "reject", by=otto, reason="rights")
    factories.settle()
    client.post(url("appeal", rejected), {"reason": "Second"})
    assert [row.text for row in Review.objects.filter(cause="appeal")] == ["First"]


def test_who_would_appeal_what_is_looked_at_again_waits_for_that(
    signed_in: Any, rejected: Artwork, alice: User, otto: User
) -> None:
    client, words = signed_in(alice), "If it stays rejected, you can appeal then."
    assert words not in client.get(url("outcome", rejected)).text
    decisions.reopen(rejected, by=otto, reason="That was art")
    assert words in client.get(url("outcome", rejected)).text
    response = client.post(url("appeal", rejected), {"reason": "It is art"})
    assert response.status_code == 409
    assert words in response.text
    assert "It is art</p>" in response.text
    assert not Review.objects.filter(cause="appeal").exists()


def test_a_member_reports_what_they_see(
    signed_in: Any, alice: User, bob: User, mona: User
) -> None:
    artwork = factories.artwork(mona)
    form = {"reason": "My face"}
    assert signed_in(bob).post(url("report", artwork), form).status_code == 404
    client = signed_in(alice)
    assert "My face" not in client.post(url("report", artwork), form, follow=True).text
    review = factories.review(artwork)
    assert (review.cause, review.text) == ("report", "My face")
    again = client.post(url("report", artwork), form, follow=True)
    assert "looking at it already" in again.text
    artwork.refresh_from_db()
    assert artwork.moderation == "released"


def test_a_report_that_is_right_takes_it_down(
    signed_in: Any, alice: User, otto: User
) -> None:
    artwork = factories.artwork(alice)
    intake.report(artwork, by=alice, text="Mine, and wrong")
    review = factories.review(artwork, claimed_by=otto)
    decisions.decide(review, review.claim, "reject", by=otto, reason="rights")
    factories.settle()
    artwork.refresh_from_db()
    assert artwork.moderation == "rejected"


def test_admins_are_told_before_the_queue_is_late(alice: User) -> None:
    factories.artwork(alice, moderation="held")
    tasks.watch()
    assert not Alert.objects.exists()
    soon = timezone.now() + datetime.timedelta(minutes=14)
    Review.objects.update(due_at=soon)
    tasks.watch()
    tasks.watch()
    alert = Alert.objects.get()
    assert (alert.kind, alert.facts) == ("review_due", {"number": 1})
    Review.objects.update(status="closed")
    tasks.watch()
    assert not Alert.objects.open().exists()


def test_what_was_lost_is_taken_in(alice: User) -> None:
    artwork = factories.artwork(alice, moderation="held")
    Review.objects.all().delete()
    tasks.watch()
    assert factories.review(artwork).status == "waiting"
    tasks.watch()
    assert Review.objects.count() == 1


def test_an_appeal_against_the_same_bytes_is_for_somebody_else(
    signed_in: Any, rejected: Artwork, alice: User, mona: User, otto: User
) -> None:
    """Nobody looked at the copy: it followed what mona had decided."""
    copy = factories.artwork(
        alice, moderation="pending", sha256=rejected.sha256, verdict="review"
    )
    decisions.screen_pending(10)
    copy.refresh_from_db()
    assert copy.moderation == "rejected"
    signed_in(alice).post(url("appeal", copy), {"reason": "It is a statue."})
    review = factories.review(copy)
    assert review.not_by == mona
    assert not review_leases.take(review, mona)
    assert review_leases.take(review, otto)


def test_a_long_appeal_is_not_lost(
    signed_in: Any, rejected: Artwork, alice: User
) -> None:
    response = signed_in(alice).post(url("appeal", rejected), {"reason": "no" * 1001})
    assert response.status_code == 422
    assert f"{'no' * 1001}</textarea>" in response.text


def test_a_report_hastens_a_sample_that_waits(
    signed_in: Any, alice: User, mona: User
) -> None:
    artwork = factories.artwork(mona)
    intake.new_review(artwork, Review.Cause.SAMPLE).save()
    sample = factories.review(artwork)
    form = {"reason": "My face"}
    response = signed_in(alice).post(url("report", artwork), form, follow=True)
    assert "Thank you." in response.text
    review = factories.review(artwork)
    assert (review.pk, review.cause, review.text) == (sample.pk, "report", "My face")
    assert review.due_at < sample.due_at
    assert review.harm > sample.harm
    assert Entry.objects.filter(kind="report", by=alice).count() == 1
    again = signed_in(alice).post(url("report", artwork), form, follow=True)
    assert "looking at it already" in again.text


def test_two_are_asked_again_where_the_rules_ask_for_two(
    alice: User, mona: User, otto: User
) -> None:
    """Whatever brings it back: one alone does not lift what two decided."""
    made = RuleSet.objects.create(team=factories.team(), version=1, made_by=otto)
    Rule.objects.create(
        rule_set=made, position=1, verdict="review", outcome="two", two_for="release"
    )
    lost = factories.artwork(alice, moderation="held", verdict="review")
    assert factories.review(lost).two_for == "release"
    shown = factories.artwork(alice, verdict="review")
    assert intake.report(shown, by=alice, text="My face")
    assert factories.review(shown).two_for == "release"
    turned_down = factories.artwork(alice, verdict="review", moderation="rejected")
    assert intake.appeal(turned_down, by=alice, text="It is art")
    assert factories.review(turned_down).two_for == "release"
    again = factories.artwork(alice, verdict="review")
    reopened = decisions.reopen(again, by=otto, reason="Was it?")
    assert reopened.two_for == "release"
