"""Acts on a selection: what each changes, and that undoing takes exactly that back."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from gallery import acts, deletion, entries, facets, notes, selection
from gallery.acts import placing
from gallery.models import (
    Act,
    Board,
    BoardItem,
    Entry,
    Favourite,
    Rating,
    Tag,
    TagItem,
)
from generation.models import Artwork
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def board(alice: User) -> Board:
    return Board.objects.create(team=factories.team(), owner=alice, name="Harbours")


@pytest.fixture
def three(alice: User) -> list[int]:
    of = factories.generation(alice, reserved=0)
    task = factories.task(of)
    made = [
        factories.artwork(alice, generation=of, task=task, position=at)
        for at in range(3)
    ]
    return [row.pk for row in made]


def rows() -> dict[str, list[Any]]:
    """What acts write, without the acts themselves and the tags' counts."""
    found: dict[str, list[Any]] = {
        model.__name__: sorted(
            model._default_manager.values_list(
                *(f.attname for f in model._meta.fields if f.name != "id")
            ),
            key=str,
        )
        for model in (BoardItem, TagItem, Favourite, Rating)
    }
    found["uses"] = list(Tag.objects.filter(uses__gt=0).values_list("name", "uses"))
    binned = Artwork.objects.filter(binned_at__isnull=False)
    found["binned"] = list(binned.values_list("pk", flat=True))
    return found


Command = Callable[[Board, list[int], User], Act | None]


def team() -> Any:
    return factories.team()


ACTS: dict[str, Command] = {
    "board": lambda board, keys, by: acts.add_to_board(board, keys, by=by),
    "unboard": lambda board, keys, by: acts.remove_from_board(board, keys, by=by),
    "tag": lambda board, keys, by: acts.tag("山水", keys, by=by, team=team()),
    "untag": lambda board, keys, by: acts.untag(
        Tag.objects.get(name="夜"), keys, by=by
    ),
    "favourite": lambda board, keys, by: acts.favourite(keys, by=by, team=team()),
    "unfavourite": lambda board, keys, by: acts.unfavourite(keys, by=by, team=team()),
    "rate": lambda board, keys, by: acts.rate(5, keys, by=by, team=team()),
    "rate 0": lambda board, keys, by: acts.rate(0, keys, by=by, team=team()),
    "delete": lambda board, keys, by: deletion.delete(keys, by=by, team=team()).act,
}


def some_of_each(board: Board, first: int, by: User) -> None:
    """One picture is everywhere already."""
    acts.add_to_board(board, [first], by=by)
    acts.tag("夜", [first], by=by, team=team())
    acts.favourite([first], by=by, team=team())
    acts.rate(2, [first], by=by, team=team())


@pytest.mark.parametrize("name", ACTS)
def test_undo_takes_back_exactly_what_changed(
    name: str, alice: User, board: Board, three: list[int]
) -> None:
    some_of_each(board, three[0], alice)
    before = rows()
    act = ACTS[name](board, three, alice)
    assert act and rows() != before
    added = name in ("board", "favourite")
    assert len(act.changed) == {True: 2}.get(
        added, 3 if name in ("tag", "rate", "delete") else 1
    )
    acts.undo(act, by=alice)
    assert rows() == before
    with pytest.raises(acts.TooLate):
        acts.undo(act, by=alice)
    assert rows() == before


@pytest.mark.parametrize("name", ACTS)
def test_acting_twice_changes_nothing_more(
    name: str, alice: User, board: Board, three: list[int]
) -> None:
    some_of_each(board, three[0], alice)
    ACTS[name](board, three, alice)
    after, count = rows(), Act.objects.count()
    assert ACTS[name](board, three, alice) is None
    assert (rows(), Act.objects.count()) == (after, count)


@pytest.mark.parametrize("name", ACTS)
def test_pictures_that_one_may_not_see_are_left_out(
    name: str, alice: User, bob: User, mona: User, board: Board, three: list[int]
) -> None:
    some_of_each(board, three[0], alice)
    theirs = factories.artwork(bob).pk
    held = factories.artwork(mona, moderation="held").pk
    act = ACTS[name](board, [theirs, held, 10**12], alice)
    assert act is None


def test_undo_leaves_what_another_person_did_since(
    alice: User, mona: User, board: Board, three: list[int]
) -> None:
    act = acts.add_to_board(board, three, by=alice)
    acts.remove_from_board(board, three[:1], by=mona)
    acts.add_to_board(board, three[:1], by=mona)
    rated = acts.rate(5, three, by=alice, team=team())
    acts.rate(3, three[:1], by=mona, team=team())
    assert act and rated
    acts.undo(act, by=alice)
    acts.undo(rated, by=alice)
    assert BoardItem.objects.get().added_by == mona
    assert (Rating.objects.get().value, Rating.objects.get().rated_by) == (3, mona)


def test_undoing_a_removal_keeps_what_stands_there_again(
    alice: User, mona: User, board: Board, three: list[int]
) -> None:
    acts.add_to_board(board, three, by=alice)
    act = acts.remove_from_board(board, three, by=alice)
    acts.add_to_board(board, three[:1], by=mona)
    assert act
    acts.undo(act, by=alice)
    by = BoardItem.objects.values_list("artwork", "added_by")
    assert dict(by) == dict(zip(three, (mona.pk, alice.pk, alice.pk), strict=True))


def test_a_chosen_cover_is_taken_back_unless_another_was_chosen(
    alice: User, board: Board, three: list[int]
) -> None:
    first = acts.choose_cover(board, three[:1], by=alice)
    board.refresh_from_db()
    second = acts.choose_cover(board, three[1:2], by=alice)
    assert first and second
    acts.undo(first, by=alice)
    board.refresh_from_db()
    assert board.cover_id == three[1]
    acts.undo(second, by=alice)
    board.refresh_from_db()
    assert board.cover_id == three[0]


def test_an_old_act_is_not_undone(alice: User, three: list[int]) -> None:
    act = acts.rate(4, three, by=alice, team=team())
    assert act
    long_ago = timezone.now() - acts.UNDO_FOR - datetime.timedelta(seconds=1)
    Act.objects.update(created_at=long_ago)
    with pytest.raises(acts.TooLate):
        acts.undo(act, by=alice)
    assert Rating.objects.count() == 3


def test_nobody_undoes_the_act_of_another(
    alice: User, mona: User, three: list[int]
) -> None:
    act = acts.rate(4, three, by=alice, team=team())
    assert act
    with pytest.raises(acts.TooLate):
        acts.undo(act, by=mona)
    assert Rating.objects.count() == 3


def test_tags_that_fold_alike_are_one(alice: User, three: list[int]) -> None:
    acts.tag("Ink  Wash", three[:2], by=alice, team=team())
    acts.tag("ｉｎｋ wash", three, by=alice, team=team())
    assert list(Tag.objects.values_list("name", "uses")) == [("Ink Wash", 3)]


@pytest.mark.parametrize("name", ["", " \u200b ", "x" * 61])
def test_a_tag_needs_letters(name: str, alice: User, three: list[int]) -> None:
    with pytest.raises(acts.BadName):
        acts.tag(name, three, by=alice, team=team())
    assert not Tag.objects.exists()


def test_a_name_that_is_too_long_is_not_folded(
    alice: User, three: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request of a megabyte takes minutes."""
    monkeypatch.setattr(placing, "fold", lambda text: pytest.fail("folded"))
    with pytest.raises(acts.BadName):
        acts.tag("a\u0301\u0323" * 100_000, three, by=alice, team=team())


def test_a_larger_selection_is_refused_whole(
    alice: User, three: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selection, "MOST_PICTURES", 2)
    with pytest.raises(acts.TooMany):
        acts.favourite(three, by=alice, team=team())
    assert not Favourite.objects.exists()


def test_a_mark_folds_no_words_again(
    alice: User, three: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    row = Artwork.objects.get(pk=three[0])
    notes.add(row, "Seen from the pier", by=alice)
    before = row.entry.words
    assert "pier" in before
    monkeypatch.setattr(entries, "words", lambda *texts: pytest.fail("folded"))
    marked = acts.favourite(three, by=alice, team=row.team)
    after = Entry.objects.get(pk=row.pk)
    assert after.words == before
    assert facets.favourite(alice.pk) in after.facets
    assert marked
    acts.undo(marked, by=alice)
    assert Entry.objects.get(pk=row.pk).words == before


def test_an_act_has_as_many_queries_for_thirty(
    alice: User, board: Board, django_assert_max_num_queries: Any
) -> None:
    of = factories.generation(alice, reserved=0)
    task = factories.task(of)
    keys = [
        factories.artwork(alice, generation=of, task=task, position=at).pk
        for at in range(30)
    ]
    with django_assert_max_num_queries(12) as one:
        acts.add_to_board(board, keys[:1], by=alice)
    with django_assert_max_num_queries(len(one)):
        acts.add_to_board(board, keys, by=alice)
