"""Boards: who sees them, who changes them, what they show."""

from typing import Any

import pytest

from accounts.models import User
from gallery import acts, boards, notes
from gallery.models import Board, Note
from gallery.presenters import board_page
from generation.models import Artwork
from tests import factories
from tests.pages import HTMX

pytestmark = pytest.mark.django_db


def board(owner: User, visibility: str = "team", *people: User, **more: Any) -> Board:
    team = owner.memberships.get().team
    values = {"name": "Harbours", **more}
    made = Board(team=team, owner=owner, visibility=visibility, **values)
    boards.save(made, people)
    return made


@pytest.mark.parametrize(
    ("visibility", "seen_by"),
    [
        ("private", {"alice"}),
        ("team", {"alice", "mona", "otto"}),
        ("people", {"alice", "mona"}),
    ],
)
def test_a_board_is_seen_by_whom_it_is_for(
    alice: User,
    bob: User,
    mona: User,
    otto: User,
    signed_in: Any,
    visibility: str,
    seen_by: set[str],
) -> None:
    made = board(alice, visibility, mona, bob)
    for person in (alice, bob, mona, otto):
        client = signed_in(person)
        is_seen = person.username in seen_by
        status = client.get(f"/boards/{made.pk}/").status_code
        assert status == (200 if is_seen else 404), person
        assert ("Harbours" in client.get("/boards/").content.decode()) is is_seen
        sent = {"act": f"board:{made.pk}", "picture": factories.artwork(person).pk}
        status = client.post("/gallery/acts/", sent).status_code
        assert status == (302 if is_seen else 404), person


@pytest.mark.parametrize(
    ("visibility", "changed_by"),
    [("private", {"alice"}), ("team", {"alice", "otto"}), ("people", {"alice"})],
)
def test_a_board_is_changed_by_its_owner_or_an_admin_who_sees_it(
    alice: User,
    mona: User,
    otto: User,
    signed_in: Any,
    visibility: str,
    changed_by: set[str],
) -> None:
    made = board(alice, visibility, mona)
    for person in (alice, mona, otto):
        client, may = signed_in(person), person.username in changed_by
        status = client.get(f"/boards/{made.pk}/edit/").status_code
        assert status == (200 if may else 404), person
        client.post(f"/boards/{made.pk}/remove/")
        made.refresh_from_db()
        assert (made.removed_at is not None) is may
        Board.objects.update(removed_at=None)


def test_a_board_is_made_and_changed(
    alice: User, mona: User, bob: User, signed_in: Any
) -> None:
    client = signed_in(alice)
    sent = {"name": " 港口 ", "description": "夜", "visibility": "people"}
    answer = client.post("/boards/new/", {**sent, "people": [mona.pk]})
    made = Board.objects.get()
    assert answer.url == f"/boards/{made.pk}/"
    assert (made.name, made.owner, [*made.people.all()]) == ("港口", alice, [mona])
    refused = client.post("/boards/new/", sent)
    assert refused.status_code == 422
    assert "You have a board of this name already." in refused.content.decode()
    sent["people"] = str(bob.pk)
    assert client.post(f"/boards/{made.pk}/edit/", sent).status_code == 422
    sent |= {"visibility": "team", "people": str(mona.pk)}
    client.post(f"/boards/{made.pk}/edit/", sent)
    made.refresh_from_db()
    assert (made.visibility, made.people.count()) == ("team", 0)


def test_a_removed_board_is_restored_with_its_pictures(
    alice: User, signed_in: Any
) -> None:
    made, row = board(alice), factories.artwork(alice)
    acts.add_to_board(made, [row.pk], by=alice)
    client = signed_in(alice)
    answer = client.post(f"/boards/{made.pk}/remove/")
    assert client.get(f"/boards/{made.pk}/").status_code == 404
    assert "is deleted; its pictures stay" in client.get(answer.url).content.decode()
    client.post(f"/boards/{made.pk}/restore/")
    shown = client.get(f"/boards/{made.pk}/").content.decode()
    assert f'data-picture="{row.pk}"' in shown


def test_a_form_leaves_what_was_changed_beside_it(alice: User) -> None:
    made, chosen = board(alice), factories.artwork(alice)
    acts.choose_cover(Board.objects.get(), [chosen.pk], by=alice)
    boards.remove(Board.objects.get())
    made.name = "Piers"
    boards.save(made)
    made.refresh_from_db()
    assert (made.name, made.cover_id) == ("Piers", chosen.pk)
    assert made.removed_at


def test_of_two_who_make_a_board_of_a_name_both_have_it(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    row, save = factories.artwork(alice), boards.save

    def too_late(made: Board) -> None:
        save(Board(team=made.team, owner=made.owner, name=made.name))
        save(made)

    monkeypatch.setattr(boards, "save", too_late)
    assert acts.add_to_named_board("Piers", [row.pk], by=alice, team=row.team)
    assert Board.objects.get().items.get().artwork == row


def test_a_restored_board_needs_its_name_free(alice: User, signed_in: Any) -> None:
    made = board(alice)
    boards.remove(made)
    board(alice)
    signed_in(alice).post(f"/boards/{made.pk}/restore/")
    made.refresh_from_db()
    assert made.removed_at


def test_a_picture_taken_down_leaves_board_and_cover(
    alice: User, signed_in: Any
) -> None:
    old, new = factories.artwork(alice), factories.artwork(alice)
    made = board(alice, cover=new)
    acts.add_to_board(made, [old.pk, new.pk], by=alice)

    def shown() -> tuple[int | None, int]:
        row = boards.with_covers(Board.objects.all()).get()
        return row.shown_cover, row.count

    assert shown() == (new.pk, 2)
    Artwork.objects.filter(pk=new.pk).update(moderation="rejected")
    assert shown() == (old.pk, 1)
    client = signed_in(alice)
    assert (
        f'data-picture="{new.pk}"'
        not in client.get(f"/boards/{made.pk}/").content.decode()
    )
    Artwork.objects.update(moderation="held")
    assert shown() == (None, 0)
    assert "No pictures yet" in client.get(f"/boards/{made.pk}/").content.decode()


def test_a_board_lists_older_pictures_behind_a_link(
    alice: User, signed_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board_page, "PAGE", 2)
    made, of = board(alice), factories.generation(alice, reserved=0)
    task = factories.task(of)
    keys = [
        factories.artwork(alice, generation=of, task=task, position=at).pk
        for at in range(5)
    ]
    acts.add_to_board(made, keys, by=alice)
    client, before, found = signed_in(alice), "", []
    while True:
        context = client.get(
            f"/boards/{made.pk}/", {"before": before}, headers=HTMX
        ).context
        found += [row.pk for row in context["artworks"]]
        if not (before := context["older"]):
            break
    assert found == keys[::-1]


def test_queries_of_boards_do_not_grow(
    alice: User, signed_in: Any, django_assert_max_num_queries: Any
) -> None:
    client, made = signed_in(alice), board(alice)
    acts.add_to_board(made, [factories.artwork(alice).pk], by=alice)
    pages = ("/boards/", f"/boards/{made.pk}/", "/gallery/bin/")
    for page in pages:
        client.get(page)
    counts = {}
    for page in pages:
        with django_assert_max_num_queries(30) as one:
            client.get(page)
        counts[page] = len(one)
    of = factories.generation(alice, reserved=0)
    task = factories.task(of)
    rows = [
        factories.artwork(alice, generation=of, task=task, position=at)
        for at in range(10)
    ]
    for at, row in enumerate(rows):
        acts.add_to_board(made, [row.pk], by=alice)
        acts.add_to_board(board(alice, name=str(at)), [row.pk], by=alice)
    for page in pages:
        with django_assert_max_num_queries(counts[page]):
            client.get(page)


def test_a_note_is_the_teams_and_its_authors_to_delete(
    alice: User, mona: User, bob: User, signed_in: Any
) -> None:
    row = factories.artwork(alice)
    address = f"/artworks/{row.pk}/notes/"
    assert signed_in(bob).post(address, {"text": "Mine"}).status_code == 404
    signed_in(mona).post(address, {"text": "Crop it <b>tighter</b>"})
    note, page = Note.objects.get(), f"/artworks/{row.pk}/"
    shown = signed_in(alice).get(page).content.decode()
    assert "Crop it &lt;b&gt;tighter" in shown
    remove = f"/notes/{note.pk}/remove/"
    assert signed_in(alice).post(remove).status_code == 404
    client = signed_in(mona)
    answer = client.post(remove)
    assert "The note is deleted." in client.get(answer.url).content.decode()
    assert "Crop it" not in client.get(page).content.decode()
    client.post(f"/notes/{note.pk}/restore/")
    assert "Crop it" in client.get(page).content.decode()
    notes.remove(note)
    assert "A note has 1 to 2000" in (
        client.post(address, {"text": " "}, follow=True).content.decode()
    )
