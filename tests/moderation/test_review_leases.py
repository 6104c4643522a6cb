"""Leases: one person an item, for a while, and never more than they may hold."""

import datetime
import threading
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Membership, User
from generation.models import Artwork
from moderation import decisions, exposure, intake, passing_on, review_leases, tasks
from moderation.models import Desk, LeaseEvent, Review
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def held(owner: User, **fields: Any) -> Artwork:
    values = {"verdict": "review", "moderation": "held"}
    return factories.artwork(owner, **values | fields)


def ago(**units: float) -> datetime.datetime:
    return timezone.now() - datetime.timedelta(**units)


def take(by: User, **asked: Any) -> Review:
    found = review_leases.take_next(by, by.memberships.get().team_id, **asked)
    assert found is not None
    return found


def none_for(by: User, **asked: Any) -> bool:
    team = by.memberships.values_list("team", flat=True)[0]
    return review_leases.take_next(by, team, **asked) is None


# --- The next one


def test_the_first_due_comes_first(alice: User, mona: User) -> None:
    later = held(alice)
    graver = held(alice, verdict="block")
    older = held(alice, created_at=ago(hours=7, minutes=50))
    assert [take(mona).artwork_id for _ in range(3)] == [
        older.pk,
        graver.pk,
        later.pk,
    ]


def test_of_what_is_due_together_the_graver_comes_first(
    alice: User, mona: User
) -> None:
    at = datetime.datetime(2026, 1, 1, 12, 1, tzinfo=datetime.UTC)
    mild = held(alice, created_at=at)
    rate = [{"label": "porn", "verdict": "review", "rate": 0.9}]
    grave = held(alice, labels=rate, created_at=at + datetime.timedelta(minutes=1))
    assert [take(mona).artwork_id, take(mona).artwork_id] == [grave.pk, mild.pk]


def test_a_lease_is_theirs_for_five_minutes_and_logged(alice: User, mona: User) -> None:
    artwork = held(alice)
    review = take(mona)
    assert review.is_claimed_by(mona)
    row = Review.objects.get()
    assert row.claimed_by == mona
    assert row.claimed_until is not None
    left = row.claimed_until - timezone.now()
    assert datetime.timedelta(seconds=290) < left <= review_leases.LEASE
    event = LeaseEvent.objects.get()
    assert (event.kind, event.by, event.artwork) == ("claim", mona, artwork)
    assert (event.review, event.claim) == (row, row.claim)


def test_two_people_never_get_the_same(alice: User, mona: User, otto: User) -> None:
    held(alice), held(alice)
    assert take(mona).pk != take(otto).pk
    assert none_for(otto)


def test_a_lease_that_ran_out_goes_to_the_next(
    alice: User, mona: User, otto: User
) -> None:
    held(alice)
    first = take(mona)
    Review.objects.update(claimed_until=timezone.now())
    second = take(otto)
    assert second.pk == first.pk
    assert second.claim == first.claim + 1
    assert review_leases.keep(mona, [first.pk]) is None


def test_three_are_held_at_most(alice: User, mona: User) -> None:
    for _ in range(5):
        held(alice)
    first, second, third = (take(mona) for _ in range(3))
    assert take(mona) == first
    assert take(mona, besides=[first.pk, second.pk]) == third
    assert none_for(mona, besides=[first.pk, second.pk, third.pk])
    fourth = Review.objects.exclude(claimed_by=mona)[0]
    review_leases.keep(mona, [first.pk, third.pk])
    assert review_leases.take(fourth, mona)  # what no page keeps any more goes back
    assert set(review_leases.held_by(mona)) == {first, third, fourth}


def test_nobody_gets_their_own(alice: User, mona: User) -> None:
    own = held(mona)
    assert none_for(mona)
    assert not review_leases.take(factories.review(own), mona)


def test_another_teams_items_are_not_given(alice: User, bob: User, mona: User) -> None:
    artwork = held(bob)
    assert review_leases.take_next(mona, artwork.team_id) is None
    assert not review_leases.take(factories.review(artwork), mona)
    Membership.objects.create(user=mona, team=artwork.team, role="moderator")
    assert review_leases.take_next(mona, artwork.team_id) is not None


def test_what_is_due_late_is_asked_for(alice: User, mona: User) -> None:
    held(alice)
    Review.objects.update(due_at=timezone.now() + datetime.timedelta(hours=20))
    assert none_for(mona)
    assert take(mona, soon=False)


def test_a_cause_is_asked_for(alice: User, mona: User) -> None:
    held(alice)
    block = held(alice, verdict="block")
    assert take(mona, cause="block").artwork == block
    assert none_for(mona, cause="block")


def test_labels_that_somebody_left_out_are_not_given(
    alice: User, mona: User, otto: User
) -> None:
    held(alice, labels=[{"label": "porn", "verdict": "review", "rate": 0.9}])
    Desk.objects.create(user=mona, opted_out=["porn"])
    assert none_for(mona)
    assert review_leases.take_sheet(mona, otto.memberships.get().team_id) == []
    assert take(otto)


def test_nothing_is_given_on_a_break(alice: User, mona: User) -> None:
    artwork = held(alice)
    later = timezone.now() + datetime.timedelta(minutes=1)
    Desk.objects.create(user=mona, break_until=later)
    with pytest.raises(exposure.OnBreak):
        take(mona)
    with pytest.raises(exposure.OnBreak):
        review_leases.take(factories.review(artwork), mona)
    Desk.objects.update(break_until=timezone.now())
    assert take(mona)


def test_it_costs_the_same_queries_with_many_waiting(
    alice: User, mona: User, django_assert_max_num_queries: Any
) -> None:
    for _ in range(6):
        held(alice)
    take(mona)
    with django_assert_max_num_queries(11):
        take(mona)


# --- Keeping it, giving it back


def test_opening_it_again_renews_the_same_lease(alice: User, mona: User) -> None:
    held(alice)
    review = take(mona)
    Review.objects.update(claimed_until=timezone.now() + datetime.timedelta(seconds=9))
    assert review_leases.take(review, mona)
    row = Review.objects.get()
    assert row.claim == review.claim
    assert row.claimed_until is not None
    assert row.claimed_until > timezone.now() + datetime.timedelta(minutes=4)
    assert LeaseEvent.objects.count() == 1


def test_a_heartbeat_renews_ones_own_only(alice: User, mona: User, otto: User) -> None:
    held(alice), held(alice)
    mine, theirs = take(mona), take(otto)
    Review.objects.update(claimed_until=timezone.now() + datetime.timedelta(seconds=9))
    assert review_leases.keep(mona, [mine.pk, theirs.pk])
    mine.refresh_from_db()
    theirs.refresh_from_db()
    assert mine.claimed_until and theirs.claimed_until
    assert mine.claimed_until > theirs.claimed_until


def test_what_is_given_back_is_free_at_once(
    alice: User, mona: User, otto: User
) -> None:
    held(alice)
    review = take(mona)
    review_leases.give_back(otto, [review.pk])
    assert none_for(otto)
    review_leases.give_back(mona, [review.pk])
    assert take(otto) == review
    kinds = LeaseEvent.objects.order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["claim", "give_back", "claim"]


# --- Skipping, passing on


def test_what_is_skipped_does_not_come_straight_back(
    alice: User, mona: User, otto: User
) -> None:
    held(alice)
    review = take(mona)
    review_leases.skip(review, review.claim, by=mona)
    assert none_for(mona)
    assert take(otto) == review
    review_leases.give_back(otto, [review.pk])
    review.skips.update(at=ago(minutes=31))
    assert take(mona) == review
    assert LeaseEvent.objects.filter(kind="skip", by=mona).count() == 1


def test_a_stale_tab_neither_skips_nor_passes_on(
    alice: User, mona: User, otto: User
) -> None:
    held(alice)
    stale = take(mona)
    review_leases.give_back(mona, [stale.pk])
    take(otto)
    with pytest.raises(review_leases.LeaseLost):
        review_leases.skip(stale, stale.claim, by=mona)
    with pytest.raises(review_leases.LeaseLost):
        passing_on.escalate(stale, stale.claim, by=mona, reason="?", priority=1)
    with pytest.raises(review_leases.LeaseLost):
        passing_on.assign(stale, stale.claim, by=mona, to=mona)
    assert Review.objects.get().claimed_by == otto


def test_an_older_lease_of_the_same_person_is_stale_too(
    alice: User, mona: User, otto: User
) -> None:
    held(alice)
    stale = take(mona)
    review_leases.give_back(mona, [stale.pk])
    newer = take(mona)
    assert newer.pk == stale.pk
    with pytest.raises(review_leases.LeaseLost):
        review_leases.skip(stale, newer.claim - 1, by=mona)
    with pytest.raises(review_leases.LeaseLost):
        passing_on.assign(stale, newer.claim - 1, by=mona, to=otto)
    assert Review.objects.get().is_claimed_by(mona)


def test_what_is_escalated_is_in_the_other_inbox_for_somebody_else(
    alice: User, mona: User, otto: User
) -> None:
    held(alice)
    review = take(mona)
    passing_on.escalate(review, review.claim, by=mona, reason="Is he real?", priority=1)
    assert none_for(otto)
    assert none_for(mona, tab="escalations")
    found = take(otto, tab="escalations")
    assert found.escalation == "Is he real?"
    assert found.due_at < timezone.now() + datetime.timedelta(minutes=31)
    decided = decisions.decide(found, found.claim, "release", by=otto)
    assert decided.status == "decided"


def test_what_is_assigned_is_for_one_person(
    alice: User, mona: User, otto: User
) -> None:
    held(alice)
    review = take(mona)
    passing_on.assign(review, review.claim, by=mona, to=otto)
    assert none_for(mona)
    assert take(otto) == review


def test_what_is_assigned_and_late_is_for_everybody(
    alice: User, mona: User, otto: User
) -> None:
    nora = factories.user("nora", role="moderator")
    held(alice)
    review = take(mona)
    passing_on.assign(review, review.claim, by=mona, to=otto)
    assert none_for(nora)
    Review.objects.update(due_at=timezone.now())
    assert none_for(mona)  # who has just passed it on
    assert take(nora) == review


def test_what_is_assigned_waits_for_a_second_person_after_the_first(
    alice: User, mona: User, otto: User
) -> None:
    nora = factories.user("nora", role="moderator")
    held(alice)
    Review.objects.update(two_for="both")
    review = take(mona)
    passing_on.assign(review, review.claim, by=mona, to=otto)
    review = take(otto)
    decisions.decide(review, review.claim, "release", by=otto)
    assert take(nora) == review


def test_what_an_assignee_skips_is_for_others(
    alice: User, mona: User, otto: User
) -> None:
    nora = factories.user("nora", role="moderator")
    held(alice)
    review = take(mona)
    passing_on.assign(review, review.claim, by=mona, to=otto)
    review = take(otto)
    review_leases.skip(review, review.claim, by=otto)
    assert none_for(otto)
    assert take(nora) == review


def test_what_is_assigned_to_who_moderates_no_more_is_for_others(
    alice: User, mona: User, otto: User
) -> None:
    nora = factories.user("nora", role="moderator")
    held(alice)
    review = take(mona)
    passing_on.assign(review, review.claim, by=mona, to=otto)
    tasks.watch()
    assert none_for(nora)
    otto.memberships.update(role="member")
    tasks.watch()
    assert take(nora) == review


def test_who_moderates_no_more_keeps_nothing(
    alice: User, mona: User, otto: User
) -> None:
    held(alice)
    review = take(mona)
    Review.objects.update(claimed_until=timezone.now() + datetime.timedelta(seconds=9))
    mona.memberships.update(role="member")
    assert review_leases.keep(mona, [review.pk]) is None
    Review.objects.update(claimed_until=timezone.now())
    assert take(otto) == review


def test_what_is_escalated_is_given_however_late_it_is_due(
    alice: User, mona: User, otto: User
) -> None:
    held(alice)
    review = take(mona)
    late = timezone.now() + datetime.timedelta(hours=70)
    Review.objects.update(due_at=late)
    passing_on.escalate(review, review.claim, by=mona, reason="?", priority=3)
    assert take(otto, tab="escalations") == review


# --- Appeals


def appealed(artwork: Artwork, alice: User) -> Review:
    artwork.refresh_from_db()
    assert intake.appeal(artwork, by=alice, text="It is art")
    return factories.review(artwork)


def test_an_appeal_that_is_passed_on_does_not_reach_who_decided(
    alice: User, mona: User, otto: User
) -> None:
    artwork = held(alice)
    review = take(mona)
    decisions.decide(review, review.claim, "reject", by=mona, reason="sexual")
    factories.settle()
    appeal = appealed(artwork, alice)
    assert none_for(otto, soon=False)  # nothing is in the queue's own tab
    found = take(otto, tab="appeals")
    assert found == appeal
    passing_on.escalate(found, found.claim, by=otto, reason="?", priority=1)
    for who in (mona, otto):
        assert none_for(who, tab="escalations")
    assert not review_leases.take(appeal, mona)
    nora = factories.user("nora", role="moderator")
    assert take(nora, tab="escalations") == appeal


def test_an_appeal_reaches_neither_of_two_who_decided(
    alice: User, mona: User, otto: User
) -> None:
    artwork = held(alice)
    Review.objects.update(two_for="both")
    for who in (mona, otto):
        review = take(who)
        decisions.decide(review, review.claim, "reject", by=who, reason="sexual")
    factories.settle()
    appeal = appealed(artwork, alice)
    for who in (mona, otto):
        assert none_for(who, tab="appeals")
        assert not review_leases.take(appeal, who)
    nora = factories.user("nora", role="moderator")
    assert take(nora, tab="appeals") == appeal


# --- A sheet


def test_a_sheet_is_leased_as_a_whole(alice: User, mona: User, otto: User) -> None:
    rows = [held(alice) for _ in range(4)]
    team = rows[0].team_id
    single = take(mona)
    keys = review_leases.take_sheet(otto, team)
    assert single.pk not in keys
    assert len(keys) == 3
    assert review_leases.take_sheet(otto, team) == keys
    assert none_for(mona)
    assert LeaseEvent.objects.filter(kind="claim", by=otto).count() == 3


def test_a_sheet_counts_as_none_of_the_three(alice: User, mona: User) -> None:
    for _ in range(30):
        held(alice, generation_fields={"reserved": 0})
    team = mona.memberships.get().team_id
    assert len(review_leases.take_sheet(mona, team)) == review_leases.SHEET
    assert len({take(mona).pk for _ in range(3)}) == 3


# --- Many at once


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_each_gets_its_own(alice: User) -> None:
    for _ in range(40):
        held(alice, generation_fields={"reserved": 0})
    people = [factories.user(f"mod{n}", role="moderator") for n in range(8)]
    given: list[tuple[int, int]] = []

    def work(by: User) -> None:
        team = by.memberships.get().team_id
        try:
            while review := review_leases.take_next(by, team):
                given.append((review.pk, review.claim))
                decisions.decide(review, review.claim, "release", by=by)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(by,)) for by in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(given) == sorted(set(given))
    assert len(given) == 40
    assert Review.objects.filter(status="decided").count() == 40


@pytest.mark.django_db(transaction=True)
def test_two_tabs_of_one_person_hold_three_at_most(alice: User, mona: User) -> None:
    for _ in range(12):
        held(alice, generation_fields={"reserved": 0})
    team = mona.memberships.get().team_id

    def open_tabs() -> None:
        for _ in range(4):
            review_leases.take_next(mona, team)
        connection.close()

    threads = [threading.Thread(target=open_tabs) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert review_leases.held_by(mona).count() == review_leases.MOST_HELD


# --- From one mode to another


def until(row: Review) -> str:
    """As a page notes the end of a lease."""
    row.refresh_from_db()
    assert row.claimed_until
    return f"{row.pk}:{int(row.claimed_until.timestamp())}"


def test_a_sheet_takes_along_what_was_before_ones_eyes(
    alice: User, mona: User, otto: User
) -> None:
    for _ in range(4):
        held(alice)
    team = mona.memberships.get().team_id
    single, ahead = take(mona), take(mona)
    left = [until(single), until(ahead)]
    assert len(review_leases.take_sheet(mona, team)) == 4
    # The page that was left says so late.
    review_leases.give_back(mona, [single.pk, ahead.pk], left)
    assert review_leases.held_by(mona).filter(is_on_sheet=True).count() == 4
    single.refresh_from_db()
    assert single.claim == 1  # a tab that still shows it may decide


def test_a_sheet_leaves_alone_what_is_in_another_tab(alice: User, mona: User) -> None:
    rejected = factories.artwork(alice, moderation="rejected")
    assert intake.appeal(rejected, by=alice, text="It is art")
    appeal = take(mona, tab="appeals")
    queued = factories.review(held(alice))
    keys = review_leases.take_sheet(mona, rejected.team_id)
    assert keys == [queued.pk]
    appeal.refresh_from_db()
    assert appeal.is_claimed_by(mona)
    assert not appeal.is_on_sheet


def test_going_on_one_by_one_gives_the_sheet_back(
    alice: User, mona: User, otto: User
) -> None:
    for _ in range(5):
        held(alice)
    team = mona.memberships.get().team_id
    keys = review_leases.take_sheet(mona, team)
    review_leases.leave_sheet(mona, team)
    assert take(mona).pk == keys[0]
    assert take(otto).pk == keys[1]


def test_what_is_opened_from_a_sheet_is_none_of_it_any_more(
    alice: User, mona: User
) -> None:
    """Else the next sheet would hold nothing but that."""
    rows = [held(alice) for _ in range(4)]
    team = mona.memberships.get().team_id
    keys = review_leases.take_sheet(mona, team)
    opened = factories.review(rows[2])
    review_leases.take(opened, mona)
    review_leases.give_back(mona, [key for key in keys if key != opened.pk])
    assert set(review_leases.take_sheet(mona, team)) == set(keys)
