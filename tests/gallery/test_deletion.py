"""Deleting one's own pictures: the bin, restoring, and the end of their files."""

import datetime
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from accounts.models import User
from gallery import acts, deletion
from generation import archive
from generation.models import Artwork
from log.models import Entry
from moderation import decisions, intake
from moderation.models import KnownAnswer, Review
from reconciliation.invariants import origins
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def delete(row: Artwork, by: User) -> deletion.Deleted:
    return deletion.delete([row.pk], by=by, team=row.team)


def month_later() -> None:
    Artwork.objects.filter(erase_after__isnull=False).update(
        erase_after=timezone.now() - datetime.timedelta(seconds=1)
    )


def files(row: Artwork) -> list[str]:
    return [
        each
        for each in archive.RENDITIONS
        if default_storage.exists(archive.name(row.sha256, each))
    ]


def test_a_deleted_picture_is_in_the_bin_alone(alice: User, mona: User) -> None:
    row = factories.artwork(alice)
    version = row.generation.version
    done = delete(row, alice)
    assert done.act and not done.others + done.in_review
    assert not Artwork.objects.visible_to(alice).exists()
    assert list(Artwork.objects.binned_by(alice)) == [row]
    assert not Artwork.objects.binned_by(mona).exists()
    row.generation.refresh_from_db()
    assert row.generation.version > version
    entry = Entry.objects.get(kind="bin")
    assert (entry.by, entry.artwork) == (alice, row)


def test_a_restored_picture_is_back_as_it_was(alice: User) -> None:
    row = factories.artwork(alice)
    before = Artwork.objects.values().get()
    delete(row, alice)
    assert deletion.restore([row.pk], by=alice) == 1
    assert Artwork.objects.values().get() == before
    assert deletion.restore([row.pk], by=alice) == 0
    kinds = Entry.objects.filter(artwork=row).values_list("kind", flat=True)
    assert list(kinds) == ["bin", "unbin"]


def test_the_picture_of_another_is_not_deleted(alice: User, otto: User) -> None:
    row = factories.artwork(alice)
    done = delete(row, otto)
    assert (done.act, done.others, done.in_review) == (None, [row.pk], [])
    assert deletion.restore([row.pk], by=otto) == 0


def test_a_picture_under_review_is_not_deleted(alice: User, mona: User) -> None:
    row = factories.artwork(alice)
    intake.report(row, by=mona, text="Wrong")
    done = delete(row, alice)
    assert (done.act, done.others, done.in_review) == (None, [], [row.pk])
    assert Artwork.objects.visible_to(alice).get() == row


@pytest.mark.parametrize("moderation", ["held", "rejected", "pending"])
def test_what_is_not_released_is_not_deleted(alice: User, moderation: str) -> None:
    row = factories.artwork(alice, moderation=moderation)
    done = delete(row, alice)
    assert (done.act, done.others, done.in_review) == (None, [], [])


def test_files_are_gone_after_the_bin_and_the_books_stay(alice: User) -> None:
    row = factories.artwork(alice)
    delete(row, alice)
    deletion.erase_due()
    assert len(files(row)) == 3
    month_later()
    deletion.erase_due()
    assert files(row) == []
    row.refresh_from_db()
    assert row.erased_at and row.erase_after is None and row.sha256
    assert not Artwork.objects.binned_by(alice).exists()
    assert deletion.restore([row.pk], by=alice) == 0
    assert not [*origins.broken(), *origins.missing_files()]
    kinds = Entry.objects.filter(artwork=row).values_list("kind", flat=True)
    assert list(kinds) == ["bin", "erase"]
    assert row.task.cost == 4


def test_equal_bytes_stay_while_one_needs_them(alice: User, mona: User) -> None:
    first = factories.artwork(alice, colour=(1, 2, 3))
    second = factories.artwork(mona, colour=(1, 2, 3))
    delete(first, alice)
    month_later()
    deletion.erase_due()
    assert len(files(second)) == 3
    delete(second, mona)
    month_later()
    deletion.erase_due()
    assert files(second) == []


def test_a_crash_before_the_files_go_is_finished_later(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Claimed rows are nobody's; the next sweep removes what stayed."""
    row = factories.artwork(alice)
    delete(row, alice)
    month_later()

    def crash(sha256: str) -> None:
        default_storage.delete(archive.name(sha256, "original"))
        raise OSError("killed")

    with monkeypatch.context() as broken:
        broken.setattr(archive, "remove", crash)
        deletion.erase_due()
    row.refresh_from_db()
    assert row.erased_at and row.erase_after
    assert deletion.restore([row.pk], by=alice) == 0
    assert not list(origins.missing_files())
    deletion.erase_due()
    row.refresh_from_db()
    assert files(row) == [] and row.erase_after is None
    assert Entry.objects.filter(kind="erase").count() == 1


def test_a_reopened_picture_is_not_erased(alice: User, mona: User) -> None:
    row = factories.artwork(alice)
    delete(row, alice)
    row.refresh_from_db()
    decisions.reopen(row, by=mona, reason="Look again")
    month_later()
    deletion.erase_due()
    assert len(files(row)) == 3
    row.refresh_from_db()
    assert row.erased_at is None and row.erase_after > timezone.now()
    # Rejected: evidence stays.
    review = factories.review(row, mona)
    decisions.decide(review, review.claim, "reject", by=mona, reason="other", note="x")
    factories.settle()
    month_later()
    deletion.erase_due()
    assert len(files(row)) == 3


def test_an_erased_picture_is_no_control_item_and_not_decided_on(
    alice: User, mona: User
) -> None:
    row = factories.artwork(alice, moderation="held")
    review = factories.review(row, mona)
    decisions.decide(review, review.claim, "release", by=mona)
    factories.settle()
    KnownAnswer.objects.create(
        review=Review.objects.get(), team=row.team, answer="release"
    )
    delete(row, alice)
    month_later()
    deletion.erase_due()
    assert not KnownAnswer.objects.exists()
    row.refresh_from_db()
    with pytest.raises(decisions.AlreadyDecided):
        decisions.reopen(row, by=mona, reason="Look again")
    with pytest.raises(decisions.AlreadyDecided):
        decisions.take_down(row, by=mona, reason="other", note="x")
    row.refresh_from_db()
    assert row.moderation == "released"


def test_equal_bytes_that_are_fetched_again_are_whole(alice: User) -> None:
    """The files went between the fetch and its booking: they are fetched again."""
    row = factories.artwork(alice, colour=(9, 9, 9))
    delete(row, alice)
    month_later()
    fresh = factories.artwork(alice, stored_at=None, sha256="", moderation="pending")
    stored = archive.store(factories.picture_bytes((9, 9, 9)))
    assert stored.sha256 == row.sha256
    deletion.erase_due()
    archive.book_fetched([(fresh, stored)])
    fresh.refresh_from_db()
    assert fresh.stored_at is None and fresh.fetch_after
    archive.book_fetched([(fresh, archive.store(factories.picture_bytes((9, 9, 9))))])
    fresh.refresh_from_db()
    assert fresh.stored_at and len(files(row)) == 3


def test_undoing_a_deletion_restores_its_own_pictures_alone(alice: User) -> None:
    first, second = factories.artwork(alice), factories.artwork(alice)
    act = deletion.delete([first.pk, second.pk], by=alice, team=first.team).act
    deletion.restore([first.pk], by=alice)
    delete(first, alice)
    assert act
    acts.undo(act, by=alice)
    assert list(Artwork.objects.binned_by(alice)) == [first]


def test_deleting_has_as_many_queries_for_thirty(
    alice: User, django_assert_max_num_queries: Any
) -> None:
    of = factories.generation(alice, reserved=0)
    task = factories.task(of)
    rows = [
        factories.artwork(alice, generation=of, task=task, position=at)
        for at in range(30)
    ]
    with django_assert_max_num_queries(20) as one:
        delete(rows[0], alice)
    with django_assert_max_num_queries(len(one)):
        deletion.delete([row.pk for row in rows], by=alice, team=of.team)
