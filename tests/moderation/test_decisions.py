"""Decisions: exactly one for each step, whoever else is at it."""

import contextlib
import datetime
import json
import threading
import time
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone

from accounts.models import User
from generation.models import Artwork, Generation
from log import verification
from log.models import Entry, RowIsFinal
from moderation import decisions, intake, review_leases, rules
from moderation.models import Decision, LeaseEvent, Review
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

HELD, RELEASED, REJECTED, PENDING = (
    Artwork.Moderation.HELD,
    Artwork.Moderation.RELEASED,
    Artwork.Moderation.REJECTED,
    Artwork.Moderation.PENDING,
)


def held(alice: User, **fields: Any) -> Artwork:
    return factories.artwork(alice, moderation=HELD, verdict="review", **fields)


def state(artwork: Artwork) -> str:
    return Artwork.objects.get(pk=artwork.pk).moderation


# --- By rule


def test_a_pass_is_released_by_rule(alice: User) -> None:
    artwork = factories.artwork(alice, moderation=PENDING)
    assert decisions.screen_pending(10) == 1
    assert state(artwork) == RELEASED
    decision = artwork.decisions.get()
    assert (decision.action, decision.decided_by) == ("release", None)
    assert decision.grounds == ["verdict:pass"]


@pytest.mark.parametrize("verdict", ["review", "block", "missing"])
def test_a_doubt_is_held_by_rule(alice: User, verdict: str) -> None:
    artwork = factories.artwork(alice, moderation=PENDING, verdict=verdict)
    decisions.screen_pending(10)
    assert state(artwork) == HELD
    assert artwork.decisions.get().action == "hold"


def test_what_is_not_stored_waits(alice: User) -> None:
    artwork = factories.artwork(alice, moderation=PENDING, stored_at=None, sha256="")
    assert decisions.screen_pending(10) == 0
    assert state(artwork) == PENDING


def test_screening_twice_decides_once(alice: User) -> None:
    artwork = factories.artwork(alice, moderation=PENDING)
    assert decisions.screen_pending(10) == 1
    assert decisions.screen_pending(10) == 0
    assert artwork.decisions.count() == 1


def test_the_limit_is_kept(alice: User) -> None:
    for _ in range(3):
        factories.artwork(alice, moderation=PENDING)
    assert decisions.screen_pending(2) == 2
    assert Artwork.objects.pending().count() == 1


def test_an_idle_screening_is_one_query_on_its_index(
    alice: User, django_assert_num_queries: Any
) -> None:
    factories.artwork(alice)
    with django_assert_num_queries(1):
        assert decisions.screen_pending(100) == 0
    if connection.vendor == "sqlite":  # PostgreSQL scans so few rows without an index
        plan = Artwork.objects.pending().order_by("pk")[:100].explain()
        assert "artworks_to_screen" in plan


def test_a_rule_that_breaks_holds_the_row(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, fine = (factories.artwork(alice, moderation=PENDING) for _ in range(2))
    judge = rules.judge

    def judge_or_break(artwork: Artwork, *more: Any) -> rules.Judgement:
        if artwork.pk == broken.pk:
            raise ZeroDivisionError
        return judge(artwork, *more)

    monkeypatch.setattr(rules, "judge", judge_or_break)
    assert decisions.screen_pending(10) == 2
    assert (state(broken), state(fine)) == (HELD, RELEASED)
    assert broken.decisions.get().grounds == ["unreadable"]


def test_a_row_that_cannot_be_written_does_not_stop_the_rest(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, fine = (factories.artwork(alice, moderation=PENDING) for _ in range(2))
    create = Decision.objects.bulk_create

    def create_or_break(made: list[Decision]) -> list[Decision]:
        if broken.pk in {decision.artwork_id for decision in made}:
            raise IntegrityError
        return create(made)

    monkeypatch.setattr(Decision.objects, "bulk_create", create_or_break)
    assert decisions.screen_pending(10) == 1
    assert (state(broken), state(fine)) == (PENDING, RELEASED)
    assert not broken.decisions.exists()


def test_many_are_judged_in_few_statements(
    alice: User, django_assert_max_num_queries: Any
) -> None:
    artworks = [
        factories.artwork(alice, moderation=PENDING, verdict=verdict)
        for verdict in ("pass", "review") * 5
    ]
    with django_assert_max_num_queries(36):  # five for each notice to a person
        assert decisions.screen_pending(10) == 10
    assert [state(artwork) for artwork in artworks] == [RELEASED, HELD] * 5


# --- By a person


def decide(artwork: Artwork, by: User, action: str = "release", **said: str) -> Review:
    review = factories.review(artwork, claimed_by=by)
    return decisions.decide(review, review.claim, action, by=by, **said)


def test_a_moderator_releases(alice: User, mona: User) -> None:
    artwork = held(alice)
    before = timezone.now()
    decision = decide(artwork, mona).decision
    assert decision is not None
    assert (decision.decided_by, decision.reason) == (mona, "")
    assert decision.decided_at >= before
    factories.settle()
    assert state(artwork) == RELEASED
    assert Review.objects.get().status == "closed"


def test_a_moderator_rejects_with_a_reason(alice: User, mona: User) -> None:
    artwork = held(alice)
    said = {"reason": "sexual", "note": "the left one", "text": "Please cover it."}
    decide(artwork, mona, "reject", **said)
    factories.settle()
    assert state(artwork) == REJECTED
    decision = artwork.decisions.get()
    assert (decision.action, decision.reason) == ("reject", "sexual")
    assert (decision.note, decision.text) == ("the left one", "Please cover it.")


def test_what_cannot_be_settled_does_not_stop_the_rest(
    alice: User, mona: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, fine = held(alice), held(alice)
    for artwork in (broken, fine):
        decide(artwork, mona)
    moderate = Artwork.moderate_all

    def moderate_or_break(of: list[Artwork], *more: Any) -> None:
        if broken.pk in {artwork.pk for artwork in of}:
            raise IntegrityError
        moderate(of, *more)

    monkeypatch.setattr(Artwork, "moderate_all", moderate_or_break)
    factories.settle()
    assert (state(broken), state(fine)) == (HELD, RELEASED)
    monkeypatch.undo()
    factories.settle()
    assert state(broken) == RELEASED


def test_nothing_outside_happens_before_it_is_settled(alice: User, mona: User) -> None:
    artwork = held(alice)
    before = Generation.objects.get(pk=artwork.generation_id).version
    decide(artwork, mona)
    assert decisions.settle_due(10) == 0
    assert state(artwork) == HELD
    assert not Artwork.objects.visible_to(alice).exists()
    assert Generation.objects.get(pk=artwork.generation_id).version == before
    factories.settle()
    assert Artwork.objects.visible_to(alice).get() == artwork
    assert Generation.objects.get(pk=artwork.generation_id).version > before


def test_a_rejection_needs_a_reason(alice: User, mona: User) -> None:
    artwork = held(alice)
    with pytest.raises(decisions.ReasonMissing):
        decide(artwork, mona, "reject")
    assert not Decision.objects.exists()
    assert factories.review(artwork).is_claimed_by(mona)


def test_a_release_has_no_reason(alice: User, mona: User) -> None:
    decision = decide(held(alice), mona, reason="sexual").decision
    assert decision is not None
    assert decision.reason == ""


def test_nobody_holds_by_hand(alice: User, mona: User) -> None:
    with pytest.raises(ValueError, match="hold"):
        decide(held(alice), mona, "hold")


def test_what_is_not_leased_is_not_decided(alice: User, mona: User, otto: User) -> None:
    artwork = held(alice)
    review = factories.review(artwork, claimed_by=mona)
    for claim, by in ((review.claim, otto), (review.claim - 1, mona)):
        with pytest.raises(review_leases.LeaseLost):
            decisions.decide(review, claim, "release", by=by)
    Review.objects.update(claimed_until=timezone.now())
    with pytest.raises(review_leases.LeaseLost):
        decisions.decide(review, review.claim, "release", by=mona)
    assert not Decision.objects.exists()
    assert not Entry.objects.filter(kind="decision").exists()


def test_submitted_twice_is_decided_once(alice: User, mona: User) -> None:
    artwork = held(alice)
    review = factories.review(artwork, claimed_by=mona)
    first = decisions.decide(review, review.claim, "release", by=mona)
    again = decisions.decide(review, review.claim, "release", by=mona)
    factories.settle()
    late = decisions.decide(review, review.claim, "release", by=mona)
    assert first.decision == again.decision == late.decision
    assert artwork.decisions.get().action == "release"
    assert Entry.objects.filter(kind="decision").count() == 1


def test_who_is_late_is_refused_with_the_truth(
    alice: User, mona: User, otto: User
) -> None:
    artwork = held(alice)
    stale = factories.review(artwork, claimed_by=mona)
    review_leases.give_back(mona, [stale.pk])
    decide(artwork, otto)
    factories.settle()
    with pytest.raises(decisions.AlreadyDecided) as caught:
        decisions.decide(stale, stale.claim, "reject", by=mona, reason="quality")
    assert caught.value.artwork.moderation == RELEASED
    assert artwork.decisions.get().decided_by == otto


def test_the_log_says_who_decided_what(alice: User, mona: User) -> None:
    artwork = held(alice)
    decide(artwork, mona, "reject", reason="rights", note="a logo")
    kinds = Entry.objects.order_by("number").values_list("kind", "by", "artwork")
    assert list(kinds) == [("decision", mona.pk, artwork.pk)]
    leases = LeaseEvent.objects.values_list("kind", "by", "artwork")
    assert list(leases) == [("claim", mona.pk, artwork.pk)]
    facts = json.loads(Entry.objects.get(kind="decision").facts)
    assert (facts["action"], facts["reason"]) == ("reject", "rights")
    assert facts["note"] == "a logo"
    assert verification.verify(artwork.team_id) == (1, None)


def test_another_decision_with_the_same_lease_is_refused(
    alice: User, mona: User
) -> None:
    """A second tab of one person is as stale as anybody's."""
    artwork = held(alice)
    review = factories.review(artwork, claimed_by=mona)
    decisions.decide(review, review.claim, "reject", by=mona, reason="other")
    for action, reason in (("release", ""), ("reject", "sexual")):
        with pytest.raises(decisions.AlreadyDecided):
            decisions.decide(review, review.claim, action, by=mona, reason=reason)
    assert artwork.decisions.get().reason == "other"


# --- Undone, reopened


def test_an_undone_decision_never_happened_outside(alice: User, mona: User) -> None:
    artwork = held(alice)
    review = decide(artwork, mona)
    back = decisions.undo(review, by=mona)
    assert back.is_claimed_by(mona)
    assert back.claim == review.claim + 1
    factories.settle()
    assert state(artwork) == HELD
    kinds = Entry.objects.order_by("number").values_list("kind", flat=True)
    assert list(kinds) == ["decision", "undo"]
    said = artwork.decisions.order_by("pk").values_list("action", "grounds")
    assert list(said) == [("release", []), ("hold", ["undone"])]


def test_a_stale_submit_after_an_undo_is_refused(alice: User, mona: User) -> None:
    review = decide(held(alice), mona)
    old = review.claim
    decisions.undo(review, by=mona)
    with pytest.raises(review_leases.LeaseLost):
        decisions.decide(review, old, "release", by=mona)


def test_only_ones_own_is_undone_and_only_in_time(
    alice: User, mona: User, otto: User
) -> None:
    review = decide(held(alice), mona)
    with pytest.raises(decisions.TooLate):
        decisions.undo(review, by=otto)
    Review.objects.update(settle_after=timezone.now())
    with pytest.raises(decisions.TooLate):
        decisions.undo(review, by=mona)
    factories.settle()
    with pytest.raises(decisions.TooLate):
        decisions.undo(review, by=mona)


def test_what_was_released_is_held_when_it_is_reopened(
    alice: User, mona: User, otto: User
) -> None:
    artwork = held(alice)
    decide(artwork, mona)
    with pytest.raises(decisions.AlreadyDecided):
        decisions.reopen(artwork, by=otto, reason="not settled so far")
    factories.settle()
    again = decisions.reopen(artwork, by=otto, reason="A second look")
    assert (again.cause, again.text) == ("reopened", "A second look")
    assert state(artwork) == HELD
    decide(artwork, mona, "reject", reason="rights")
    factories.settle()
    assert state(artwork) == REJECTED
    decisions.reopen(artwork, by=otto, reason="A third look")
    assert state(artwork) == REJECTED
    with pytest.raises(decisions.ReasonMissing):
        decisions.reopen(artwork, by=otto, reason="  ")


# --- Two people


def ask_two(artwork: Artwork, direction: str) -> Review:
    Review.objects.filter(artwork=artwork).update(two_for=direction)
    return factories.review(artwork)


def test_two_who_agree_decide(alice: User, mona: User, otto: User) -> None:
    artwork = held(alice)
    ask_two(artwork, "both")
    assert decide(artwork, mona).status == "waiting"
    assert not Decision.objects.exists()
    assert decide(artwork, otto).status == "decided"
    assert artwork.decisions.get().decided_by == otto


def test_nobody_is_both_of_two(alice: User, mona: User) -> None:
    artwork = held(alice)
    review = ask_two(artwork, "both")
    said = decide(artwork, mona)
    assert not review_leases.take(review, mona)
    assert review_leases.take_next(mona, artwork.team_id) is None
    again = decisions.decide(said, said.claim, "release", by=mona)
    assert again.status == "waiting"
    assert again.opinions.count() == 1


def test_a_third_decides_where_two_disagree(
    alice: User, mona: User, otto: User
) -> None:
    artwork = held(alice)
    ask_two(artwork, "both")
    decide(artwork, mona, "reject", reason="other")
    assert decide(artwork, otto).status == "waiting"
    third = factories.user("third", role="moderator")
    assert decide(artwork, third, "reject", reason="rights").status == "decided"
    assert artwork.decisions.get().reason == "rights"


@pytest.mark.parametrize(
    ("direction", "action", "status"),
    [
        ("release", "release", "waiting"),
        ("release", "reject", "decided"),
        ("reject", "release", "decided"),
        ("reject", "reject", "waiting"),
        ("", "reject", "decided"),
    ],
)
def test_two_are_asked_in_one_direction(
    alice: User, mona: User, direction: str, action: str, status: str
) -> None:
    artwork = held(alice)
    ask_two(artwork, direction)
    assert decide(artwork, mona, action, reason="other").status == status


# --- The same bytes


def test_the_same_bytes_follow_the_earlier_decision(alice: User, mona: User) -> None:
    first = held(alice, colour=(1, 2, 3))
    decide(first, mona, "reject", reason="politics")
    factories.settle()
    again = factories.artwork(alice, moderation=PENDING, colour=(1, 2, 3))
    other = factories.artwork(alice, moderation=PENDING, colour=(9, 9, 9))
    decisions.screen_pending(10)
    assert (state(again), state(other)) == (REJECTED, RELEASED)
    decision = again.decisions.get()
    assert (decision.reason, decision.decided_by) == ("politics", None)
    assert decision.grounds == [f"same:{first.pk}"]


def test_another_teams_decision_is_not_followed(alice: User, mona: User) -> None:
    first = held(alice, colour=(1, 2, 3))
    decide(first, mona, "reject", reason="politics")
    factories.settle()
    carla = factories.user("carla", in_team=factories.team("Elsewhere"))
    again = factories.artwork(carla, moderation=PENDING, colour=(1, 2, 3))
    decisions.screen_pending(10)
    assert state(again) == RELEASED


def test_nobody_releases_their_own_by_the_same_bytes(alice: User, mona: User) -> None:
    first = held(alice, colour=(1, 2, 3))
    decide(first, mona, "release")
    factories.settle()
    own = factories.artwork(
        mona, moderation=PENDING, colour=(1, 2, 3), verdict="review"
    )
    others = factories.artwork(
        alice, moderation=PENDING, colour=(1, 2, 3), verdict="review"
    )
    decisions.screen_pending(10)
    assert (state(own), state(others)) == (HELD, RELEASED)
    decisions.take_down(others, by=mona, reason="rights")
    copy = factories.artwork(mona, moderation=PENDING, colour=(1, 2, 3))
    decisions.screen_pending(10)
    assert state(copy) == REJECTED  # nobody gains by that


# --- Taken down


def test_what_was_released_can_be_taken_down(alice: User, mona: User) -> None:
    artwork = factories.artwork(alice, moderation=RELEASED)
    decisions.take_down(artwork, by=mona, reason="rights", note="a logo")
    assert state(artwork) == REJECTED
    assert artwork.decisions.get().reason == "rights"
    assert not Artwork.objects.visible_to(alice).filter(pk=artwork.pk).exists()
    assert Entry.objects.get().kind == "decision"


def test_what_is_taken_down_waits_for_nobody(alice: User, mona: User) -> None:
    artwork = factories.artwork(alice, moderation=RELEASED)
    assert intake.report(artwork, by=alice, text="Not nice.")
    decisions.take_down(artwork, by=mona, reason="rights")
    assert not Review.objects.waiting().exists()


@pytest.mark.parametrize("moderation", [PENDING, HELD, REJECTED])
def test_only_what_is_released_is_taken_down(
    alice: User, mona: User, moderation: str
) -> None:
    artwork = factories.artwork(alice, moderation=moderation)
    with pytest.raises(decisions.AlreadyDecided):
        decisions.take_down(artwork, by=mona, reason="rights")
    assert state(artwork) == moderation


def test_a_take_down_needs_a_reason(alice: User, mona: User) -> None:
    with pytest.raises(decisions.ReasonMissing):
        decisions.take_down(factories.artwork(alice), by=mona, reason="")


def test_decisions_are_append_only(alice: User, mona: User) -> None:
    decision = decide(held(alice), mona).decision
    assert decision is not None
    for change in (
        decision.save,
        decision.delete,
        Decision.objects.all().delete,
        lambda: Decision.objects.update(note="x"),
    ):
        with pytest.raises(RowIsFinal):
            change()


def test_nobody_takes_down_or_reopens_their_own(mona: User) -> None:
    own = factories.artwork(mona)
    with pytest.raises(decisions.TheirOwn):
        decisions.take_down(own, by=mona, reason="quality")
    with pytest.raises(decisions.TheirOwn):
        decisions.reopen(own, by=mona, reason="I want it released")
    assert state(own) == RELEASED


# --- Many at once


@pytest.mark.django_db(transaction=True)
def test_of_many_submits_at_once_one_decides(alice: User, mona: User) -> None:
    """The same lease from eight tabs, released and rejected: one decision."""
    artwork = held(alice)
    review = factories.review(artwork, claimed_by=mona)
    decided: set[int | None] = set()
    refused: list[Exception] = []
    barrier = threading.Barrier(8)

    def act(number: int) -> None:
        action = "release" if number % 2 else "reject"
        barrier.wait()
        try:
            done = decisions.decide(
                review, review.claim, action, by=mona, reason="quality"
            )
            decided.add(done.decision_id)
        except decisions.AlreadyDecided as late:
            refused.append(late)
        finally:
            connection.close()

    threads = [threading.Thread(target=act, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert decided == {artwork.decisions.get().pk}
    assert len(refused) == 4
    assert Entry.objects.filter(kind="decision").count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_undo_and_its_settling_exclude_each_other(alice: User, mona: User) -> None:
    for _ in range(5):
        artwork = held(alice)
        review = decide(artwork, mona)
        soon = timezone.now() + datetime.timedelta(milliseconds=30)
        Review.objects.filter(pk=review.pk).update(settle_after=soon)
        undone: list[bool] = []

        def settle() -> None:
            for _ in range(30):
                decisions.settle_due(10)
                time.sleep(0.003)
            connection.close()

        thread = threading.Thread(target=settle)
        thread.start()
        time.sleep(0.028)
        with contextlib.suppress(decisions.TooLate):
            decisions.undo(review, by=mona)
            undone.append(True)
        thread.join()
        assert state(artwork) == (HELD if undone else RELEASED)
        assert status_of(review) == ("waiting" if undone else "closed")
        review_leases.give_back(
            mona, [review.pk]
        )  # else they hold enough before the end


def status_of(review: Review) -> str:
    return Review.objects.get(pk=review.pk).status


@pytest.mark.django_db(transaction=True)
def test_two_screenings_at_once_decide_once(alice: User) -> None:
    artworks = [factories.artwork(alice, moderation=PENDING) for _ in range(10)]
    screened: list[int] = []
    barrier = threading.Barrier(4)

    def act() -> None:
        barrier.wait()
        screened.append(decisions.screen_pending(100))
        connection.close()

    threads = [threading.Thread(target=act) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(screened) == 10
    assert Decision.objects.count() == 10
    assert all(artwork.decisions.count() == 1 for artwork in artworks)


def test_a_take_down_expects_a_released_picture(alice: User, mona: User) -> None:
    """Whatever state the picture had when it was read."""
    artwork = factories.artwork(alice, moderation="held")
    Artwork.objects.update(moderation=RELEASED)
    decisions.take_down(artwork, by=mona, reason="rights")
    assert artwork.moderation == state(artwork) == "rejected"
    assert not artwork.moderate(HELD, timezone.now(), expected=RELEASED)
    assert artwork.moderation == state(artwork) == "rejected"
