"""Decisions: exactly one for each step, whoever else is at it."""

import threading
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import User
from generation.models import Artwork, Generation
from moderation import decisions, rules
from moderation.models import Decision, DecisionIsFinal
from tests import factories

pytestmark = pytest.mark.django_db

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

    def judge_or_break(artwork: Artwork) -> rules.Judgement:
        if artwork.pk == broken.pk:
            raise ZeroDivisionError
        return judge(artwork)

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
    with django_assert_max_num_queries(9):
        assert decisions.screen_pending(10) == 10
    assert [state(artwork) for artwork in artworks] == [RELEASED, HELD] * 5


# --- By a person


def test_a_moderator_releases(alice: User, mona: User) -> None:
    artwork = held(alice)
    before = timezone.now()
    decision = decisions.decide(artwork, "release", by=mona)
    assert state(artwork) == RELEASED
    assert (decision.decided_by, decision.reason) == (mona, "")
    assert decision.decided_at >= before
    artwork.refresh_from_db()
    assert artwork.moderated_at == decision.decided_at


def test_a_moderator_rejects_with_a_reason(alice: User, mona: User) -> None:
    artwork = held(alice)
    decisions.decide(artwork, "reject", by=mona, reason="sexual", note="the left one")
    assert state(artwork) == REJECTED
    decision = artwork.decisions.get()
    assert (decision.action, decision.reason) == ("reject", "sexual")
    assert decision.note == "the left one"


def test_a_rejection_needs_a_reason(alice: User, mona: User) -> None:
    artwork = held(alice)
    with pytest.raises(decisions.ReasonMissing):
        decisions.decide(artwork, "reject", by=mona)
    assert state(artwork) == HELD
    assert not Decision.objects.exists()


def test_a_release_has_no_reason(alice: User, mona: User) -> None:
    decision = decisions.decide(held(alice), "release", by=mona, reason="sexual")
    assert decision.reason == ""


def test_nobody_holds_by_hand(alice: User, mona: User) -> None:
    with pytest.raises(ValueError, match="hold"):
        decisions.decide(held(alice), "hold", by=mona)


def test_the_card_of_the_author_changes(alice: User, mona: User) -> None:
    artwork = held(alice)
    before = Generation.objects.get(pk=artwork.generation_id).version
    decisions.decide(artwork, "release", by=mona)
    assert Generation.objects.get(pk=artwork.generation_id).version > before


@pytest.mark.parametrize("moderation", [PENDING, RELEASED, REJECTED])
@pytest.mark.parametrize("action", ["release", "reject"])
def test_only_what_is_held_is_decided(
    alice: User, mona: User, moderation: str, action: str
) -> None:
    artwork = factories.artwork(alice, moderation=moderation)
    with pytest.raises(decisions.AlreadyDecided):
        decisions.decide(artwork, action, by=mona, reason="sexual")
    assert state(artwork) == moderation
    assert not Decision.objects.exists()


def test_a_stale_row_is_refused_with_the_truth(
    alice: User, mona: User, otto: User
) -> None:
    artwork = held(alice)
    stale = Artwork.objects.get(pk=artwork.pk)
    decisions.decide(artwork, "release", by=mona)
    with pytest.raises(decisions.AlreadyDecided) as caught:
        decisions.decide(stale, "reject", by=otto, reason="quality")
    assert caught.value.artwork.moderation == RELEASED
    assert artwork.decisions.get().decided_by == mona


def test_a_decision_that_cannot_be_written_changes_nothing(
    alice: User, mona: User
) -> None:
    artwork = held(alice)
    mona.delete()
    with pytest.raises((IntegrityError, ValueError)), transaction.atomic():
        decisions.decide(artwork, "release", by=mona)
    assert state(artwork) == HELD


def test_what_was_released_can_be_taken_down(alice: User, mona: User) -> None:
    artwork = factories.artwork(alice, moderation=RELEASED)
    decisions.take_down(artwork, by=mona, reason="rights", note="a logo")
    assert state(artwork) == REJECTED
    assert artwork.decisions.get().reason == "rights"
    assert not Artwork.objects.visible_to(alice).filter(pk=artwork.pk).exists()


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


def test_the_log_is_append_only(alice: User, mona: User) -> None:
    decision = decisions.decide(held(alice), "release", by=mona)
    for change in (
        decision.save,
        decision.delete,
        Decision.objects.all().delete,
        lambda: Decision.objects.update(note="x"),
    ):
        with pytest.raises(DecisionIsFinal):
            change()


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_decides(alice: User, mona: User) -> None:
    """Moderators and a rule, released and rejected: one decision, its state."""
    artwork = held(alice)
    outcomes: list[str] = []
    barrier = threading.Barrier(8)

    def act(number: int) -> None:
        mine = Artwork.objects.get(pk=artwork.pk)
        action = "release" if number % 2 else "reject"
        barrier.wait()
        try:
            decisions.decide(mine, action, by=mona, reason="quality")
            outcomes.append(action)
        except decisions.AlreadyDecided:
            outcomes.append("late")
        finally:
            connection.close()

    threads = [threading.Thread(target=act, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes).count("late") == 7
    assert len(outcomes) == 8
    decision = artwork.decisions.get()
    assert decision.action in outcomes
    assert state(artwork) == decisions.OUTCOME[decision.action]


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
