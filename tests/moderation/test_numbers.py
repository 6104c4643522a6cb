"""Numbers: counted as it is settled, speed with accuracy beside it, nobody ranked."""

import datetime
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from generation.models import Artwork
from moderation import decisions, numbers, review_leases, tallies
from moderation.models import Opinion, Review, Tally
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

URL = reverse("moderation:numbers")
HOUR = datetime.timedelta(hours=1)


def held(alice: User, **fields: Any) -> Artwork:
    labels = [{"label": "porn", "verdict": "review", "rate": 0.7}]
    fields = {"verdict": "review", "labels": labels, **fields}
    return factories.artwork(alice, moderation="held", **fields)


def decide(artwork: Artwork, by: User, action: str = "release") -> Review:
    review = factories.review(artwork, claimed_by=by)
    reason = "sexual" if action == "reject" else ""
    return decisions.decide(review, review.claim, action, by=by, reason=reason)


def answered(by: User, of: Artwork, answer: str, *, days: float = 0) -> Review:
    """A control item that was answered, settled and counted so long ago."""
    at = timezone.now() - datetime.timedelta(days=days)
    review = Review.objects.create(
        artwork=of,
        team=of.team,
        requested_by=of.requested_by,
        cause="review",
        due_at=at,
        status="closed",
        closed_at=at,
        expected="reject",
        claimed_by=by,
    )
    Opinion.objects.create(review=review, by=by, action=answer, claim=1, at=at)
    tallies.count([review])
    return review


def tally(**counts: Any) -> None:
    fields = {"team": factories.team(), "hour": tallies.hour_of(timezone.now())}
    Tally.objects.create(**fields | counts)


# --- Counted as it is settled


def test_what_is_settled_is_counted_by_hour_and_label(alice: User, mona: User) -> None:
    for action in ("release", "release", "reject"):
        decide(held(alice), mona, action)
    decide(held(alice, verdict="missing", labels=[]), mona)
    decide(held(alice, verdict="pass", labels=[]), mona, "reject")
    assert not Tally.objects.exists()  # all of it may be undone
    factories.settle()
    counted = {row.label: row for row in Tally.objects.all()}
    porn, other = counted["porn"], counted[""]
    assert (porn.released, porn.rejected) == (2, 1)
    assert (porn.suggested, porn.overturned) == (3, 2)
    # Without a verdict nothing is suggested; a pass that is held back is overturned.
    assert (other.released, other.rejected) == (1, 1)
    assert (other.suggested, other.overturned) == (1, 1)
    assert porn.hour.minute == porn.hour.second == porn.controls == 0


def test_the_next_batch_counts_on(alice: User, mona: User) -> None:
    for _ in range(2):
        decide(held(alice), mona)
        factories.settle()
    assert Tally.objects.get().released == 2


def test_what_is_undone_is_not_counted(alice: User, mona: User) -> None:
    review = decide(held(alice), mona)
    decisions.undo(review, by=mona)
    factories.settle()
    assert not Tally.objects.exists()


# --- The page


def test_it_tells_what_waits_by_age_and_why(
    signed_in: Any, alice: User, mona: User
) -> None:
    now = timezone.now()
    for verdict, hours in (("review", 0), ("review", 3), ("block", 30)):
        review = factories.review(held(alice, verdict=verdict))
        came = now - hours * HOUR
        Review.objects.filter(pk=review.pk).update(created_at=came)
    answered(mona, held(alice), "reject")
    shown = signed_in(mona).get(URL).context
    assert dict(shown["waiting"]) == {
        "block": [0, 0, 0, 1],
        "review": [2, 1, 0, 0],  # that of the control item's picture is a real one
    }
    assert shown["all_waiting"] == [2, 1, 0, 1]


def test_it_tells_what_was_decided_in_a_period(signed_in: Any, mona: User) -> None:
    now = tallies.hour_of(timezone.now())
    tally(released=3, rejected=1, label="porn", suggested=4, overturned=3)
    tally(hour=now - 2 * HOUR, released=4)
    tally(hour=now - 70 * HOUR, released=100, label="sexy", suggested=100)
    client = signed_in(mona)
    day = client.get(URL).context
    assert (day["decided"].total, day["decided"].an_hour) == (8, 4.0)
    assert len(day["decided"].rows) == 24
    assert day["decided"].rows[0][1]["released"] == 3
    assert [label.name for label in day["labels"]] == ["porn"]
    week = client.get(f"{URL}?period=week").context
    assert (week["decided"].total, len(week["decided"].rows)) == (108, 7)
    assert [label.name for label in week["labels"]] == ["sexy", "porn"]
    assert client.get(f"{URL}?period=nonsense").context["chosen"] == "day"


def test_an_overturn_rate_has_its_interval(mona: User) -> None:
    tally(label="porn", suggested=10, overturned=2)
    found = numbers.by_label(factories.team().pk, timezone.now() - HOUR)[0].overturned
    assert found.rate == 0.2
    # Wilson's, as tables give it for 2 of 10.
    assert (round(found.low, 3), round(found.high, 3)) == (0.057, 0.510)


def test_times_are_median_and_p95(alice: User, mona: User) -> None:
    for number in range(1, 21):
        review = decide(held(alice), mona)
        at = review.decision.decided_at  # type: ignore[union-attr]
        Review.objects.filter(pk=review.pk).update(
            claimed_at=at - datetime.timedelta(seconds=number),
            created_at=at - datetime.timedelta(minutes=number),
            is_on_sheet=number > 10,
        )
    factories.settle()
    found = numbers.times(factories.team().pk, timezone.now() - HOUR)
    looked, waited = found["looked"], found["waited"]
    assert looked and waited
    assert (looked.of, looked.median, looked.p95) == (10, 5.0, 10.0)
    assert (waited.of, waited.median, waited.p95) == (20, 600.0, 1140.0)


# --- Accuracy


def test_speed_never_stands_without_accuracy(signed_in: Any, mona: User) -> None:
    tally(released=5)
    client = signed_in(mona)
    assert client.get(URL).text.count("not known yet: no calibration items") == 4
    old = tallies.hour_of(timezone.now()) - 48 * HOUR
    tally(hour=old, controls=10, agreed=9)
    text = client.get(URL).text
    assert text.count("right in 90 % of 10 calibration items") == 4
    assert "not known yet" not in text


def test_who_answered_sees_it_first_and_nobody_else_ever(
    signed_in: Any, alice: User, mona: User, otto: User
) -> None:
    picture = held(alice)
    answered(mona, picture, "reject")
    answered(mona, picture, "release")
    own = signed_in(mona).get(URL)
    assert (own.context["own"].hits, own.context["own"].of) == (1, 2)
    assert [row.review.artwork for row in own.context["disagreed"]] == [picture]
    others = signed_in(otto).get(URL)
    assert others.context["own"].of == others.context["agreement"].of == 0
    assert others.context["disagreed"] == []
    Tally.objects.update(hour=tallies.hour_of(timezone.now()) - 25 * HOUR)
    later = signed_in(otto).get(URL)
    assert (later.context["agreement"].hits, later.context["agreement"].of) == (1, 2)
    assert "mona" not in later.text


def test_what_is_not_settled_is_not_told(
    signed_in: Any, alice: User, mona: User
) -> None:
    review = answered(mona, held(alice), "reject")
    Review.objects.filter(pk=review.pk).update(status="decided")
    assert signed_in(mona).get(URL).context["own"].of == 0


# --- Who, and at which price


def test_who_does_not_moderate_gets_404(
    signed_in: Any, alice: User, bob: User, mona: User
) -> None:
    for who in (alice, bob):
        assert signed_in(who).get(URL).status_code == 404
    assert (
        signed_in(mona).get(f"{URL}?team={bob.memberships.get().team_id}").status_code
        == 404
    )
    assert signed_in(mona).post(URL).status_code == 405


def test_another_teams_numbers_are_not_in_it(
    signed_in: Any, bob: User, mona: User
) -> None:
    tally(team=bob.memberships.get().team, released=7)
    assert signed_in(mona).get(URL).context["decided"].total == 0


def test_it_costs_the_same_queries_with_many(
    signed_in: Any,
    alice: User,
    mona: User,
    django_assert_max_num_queries: Any,
    django_assert_num_queries: Any,
) -> None:
    client = signed_in(mona)
    decide(held(alice), mona)
    factories.settle()
    with django_assert_max_num_queries(18) as few:
        client.get(f"{URL}?period=month")
    for number in range(12):
        held(alice, verdict=("review", "block")[number % 2])
        tally(hour=timezone.now() - number * HOUR, released=1, label=f"{number}")
        answered(mona, held(alice), ("reject", "release")[number % 2])
    with django_assert_num_queries(len(few)):
        client.get(f"{URL}?period=month")


def test_a_claim_is_not_counted_as_waiting_less(alice: User, mona: User) -> None:
    review = factories.review(held(alice))
    assert review_leases.take(review, mona)
    found = numbers.waiting(review.team_id, timezone.now())
    assert found == {"review": [1, 0, 0, 0]}
