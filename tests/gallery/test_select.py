"""One form acts on many pictures, with and without scripts."""

import datetime
import io
import zipfile
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Membership, User
from gallery import acts, deletion, selection
from gallery.models import Act, Board, BoardItem, Favourite, Rating, Tag
from generation.models import Artwork
from generation.models.signals import artworks_changed
from moderation import decisions, intake
from tests import factories
from tests.pages import HTMX

pytestmark = pytest.mark.django_db


def act(client: Any, what: str, *rows: Artwork, **more: Any) -> Any:
    sent = {"act": what, "picture": [row.pk for row in rows], **more}
    return client.post("/gallery/acts/", sent)


@pytest.fixture
def two(alice: User) -> list[Artwork]:
    return [factories.artwork(alice), factories.artwork(alice)]


def test_without_scripts_one_comes_back_with_undo(
    alice: User, signed_in: Any, two: list[Artwork]
) -> None:
    client = signed_in(alice)
    answer = act(client, "favourite", *two, next="/gallery/?period=week")
    done = Act.objects.get()
    assert answer.url == f"/gallery/?period=week&done={done.pk}"
    shown = client.get(answer.url).content.decode()
    assert "2 pictures added to your favourites." in shown
    assert f"/gallery/acts/{done.pk}/undo/" in shown
    client.post(f"/gallery/acts/{done.pk}/undo/", {"next": "/gallery/"})
    assert not Favourite.objects.exists()
    assert "added to your favourites" not in client.get(answer.url).content.decode()


def test_htmx_is_answered_with_a_toast(
    alice: User, signed_in: Any, two: list[Artwork]
) -> None:
    client = signed_in(alice)
    sent = {"act": "rate:4", "pictures": f"{two[0].pk},{two[1].pk},x,"}
    shown = client.post("/gallery/acts/", sent, headers=HTMX).content.decode()
    assert "2 pictures rated 4." in shown and "<html" not in shown
    assert f"&quot;{two[0].pk}&quot;: 4" in shown
    back = client.post(f"/gallery/acts/{Act.objects.get().pk}/undo/", headers=HTMX)
    assert "Undone." in back.content.decode()
    assert f"&quot;{two[0].pk}&quot;: 0" in back.content.decode()
    assert not Rating.objects.exists()


def test_favourite_of_all_favourites_takes_them_back(
    alice: User, signed_in: Any, two: list[Artwork]
) -> None:
    client = signed_in(alice)
    act(client, "favourite", two[0])
    act(client, "favourite", *two)
    assert Favourite.objects.count() == 2
    act(client, "favourite", *two)
    assert not Favourite.objects.exists()


def test_enter_in_a_field_is_its_act(
    alice: User, signed_in: Any, two: list[Artwork]
) -> None:
    client = signed_in(alice)
    act(client, "typed", *two, tag="夜景", board_name="")
    act(client, "typed", *two, tag="", board_name=" Autumn ")
    act(client, "typed", *two, board_name="Autumn")
    assert Tag.objects.get().uses == 2
    assert (Board.objects.get().name, BoardItem.objects.count()) == ("Autumn", 2)


@pytest.mark.parametrize(
    ("what", "more", "error"),
    [
        ("tag", {"tag": " "}, "A tag has 1 to 60 characters."),
        ("board", {"board_name": "x" * 81}, "A board’s name has 1 to 80 characters."),
        ("rate:6", {}, "A rating is 1 to 5, or 0 for none."),
        ("rate:x", {}, "A rating is 1 to 5, or 0 for none."),
    ],
)
def test_what_is_wrong_is_told(
    alice: User,
    signed_in: Any,
    two: list[Artwork],
    what: str,
    more: dict[str, str],
    error: str,
) -> None:
    error = error.replace("A board’s name", "The name of a board")
    client = signed_in(alice)
    sent = {"act": what, "picture": two[0].pk, **more}
    answer = client.post("/gallery/acts/", sent, headers=HTMX)
    assert (answer.status_code, error in answer.content.decode()) == (422, True)
    assert error in client.post("/gallery/acts/", sent, follow=True).content.decode()
    assert not Act.objects.exists() and not Board.objects.exists()


def test_nothing_selected_is_told(alice: User, signed_in: Any) -> None:
    answer = signed_in(alice).post("/gallery/acts/", {"act": "delete"}, headers=HTMX)
    assert "Select pictures first." in answer.content.decode()


def test_an_unknown_act_is_404(alice: User, signed_in: Any, two: list[Artwork]) -> None:
    client = signed_in(alice)
    assert act(client, "share", *two).status_code == 404
    assert client.get("/gallery/acts/").status_code == 405


def test_nobody_is_led_elsewhere(
    alice: User, signed_in: Any, two: list[Artwork]
) -> None:
    answer = act(signed_in(alice), "favourite", *two, next="https://evil.example/")
    assert answer.url.startswith("/gallery/?done=")


def test_pictures_of_another_team_are_not_acted_on(
    bob: User, signed_in: Any, two: list[Artwork]
) -> None:
    client = signed_in(bob)
    for what in ("favourite", "rate:5", "tag:x", "delete"):
        act(client, what, *two)
    act(client, "board", *two, board_name="Mine")
    assert not Act.objects.exists() and not Board.objects.exists()
    assert not Tag.objects.exists()


def test_all_that_match_are_acted_on(
    alice: User, mona: User, signed_in: Any, two: list[Artwork]
) -> None:
    other, client = factories.artwork(mona), signed_in(alice)
    address = f"/gallery/acts/?person={alice.pk}"
    client.post(address, {"act": "favourite", "all": "1"})
    liked = set(Favourite.objects.values_list("artwork", flat=True))
    assert liked == {row.pk for row in two} and other.pk not in liked
    found = client.get(f"/gallery/keys/?person={alice.pk}").json()
    assert found == {"keys": [two[1].pk, two[0].pk], "is_more": False}


def test_what_stays_is_told_with_the_reason(
    alice: User, mona: User, signed_in: Any, two: list[Artwork]
) -> None:
    other = factories.artwork(mona)
    intake.report(two[0], by=mona, text="Wrong")
    client = signed_in(alice)
    sent = {"act": "delete", "picture": [other.pk, *(row.pk for row in two)]}
    shown = client.post("/gallery/acts/", sent, headers=HTMX).content.decode()
    assert "1 picture moved to the bin" in shown
    assert "1 picture is not yours, and stays." in shown
    assert f"Under review, and not deleted: {two[0].pk}." in shown


def test_a_binned_picture_is_gone_but_from_its_owners_bin(
    alice: User, mona: User, signed_in: Any, two: list[Artwork]
) -> None:
    row, board = two[0], Board(team=two[0].team, owner=alice, name="B")
    board.save()
    acts.add_to_board(board, [each.pk for each in two], by=alice)
    deletion.delete([row.pk], by=alice, team=row.team)
    for person in (alice, mona):
        client = signed_in(person)
        for address in (
            f"/artworks/{row.pk}/picture/",
            f"/artworks/{row.pk}/thumbnail/",
        ):
            assert client.get(address).status_code == 404
        for address in ("/gallery/", f"/boards/{board.pk}/"):
            assert (
                f'data-picture="{row.pk}"' not in client.get(address).content.decode()
            )
    assert signed_in(mona).get(f"/artworks/{row.pk}/").status_code == 404
    thumbnail = f"/gallery/bin/{row.pk}/thumbnail/"
    assert signed_in(mona).get(thumbnail).status_code == 404
    client = signed_in(alice)
    assert client.get(f"/artworks/{row.pk}/").url.startswith("/gallery/bin/")
    answer = client.get(thumbnail)
    assert answer["Content-Type"] == "image/webp"
    for each in answer._resource_closers:
        each()
    assert thumbnail in client.get("/gallery/bin/").content.decode()
    client.post("/gallery/bin/restore/", {"picture": row.pk})
    assert client.get(f"/artworks/{row.pk}/").status_code == 200


def test_several_pictures_come_as_one_zip(
    alice: User, signed_in: Any, two: list[Artwork]
) -> None:
    gone = factories.artwork(alice)
    deletion.delete([gone.pk], by=alice, team=gone.team)
    keys = ",".join(str(row.pk) for row in [*two, gone])
    answer = signed_in(alice).post("/gallery/download/", {"pictures": keys})
    whole = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    names = {f"{number} A quiet harbour at dawn.png" for number in ("001", "002")}
    manifests = {"manifest.csv", "manifest.json", "missing.txt"}
    assert set(whole.namelist()) == names | manifests
    assert whole.read("missing.txt").split() == [str(gone.pk).encode()]
    assert whole.testzip() is None
    assert Artwork.objects.filter(first_downloaded_at__isnull=False).count() == 2


def test_one_picture_comes_as_it_is(
    alice: User, bob: User, signed_in: Any, two: list[Artwork]
) -> None:
    sent = {"picture": two[0].pk}
    answer = signed_in(alice).post("/gallery/download/", sent)
    assert answer.url == f"/artworks/{two[0].pk}/picture/?download=1"
    stranger = signed_in(bob).post("/gallery/download/", sent)
    whole = zipfile.ZipFile(io.BytesIO(b"".join(stranger.streaming_content)))
    assert {each.rpartition(".")[2] for each in whole.namelist()} == {
        *("csv", "json", "txt")
    }


def test_tags_are_completed_most_frequent_first(
    alice: User, bob: User, signed_in: Any, two: list[Artwork]
) -> None:
    keys, team = [row.pk for row in two], two[0].team
    acts.tag("夜景", keys[:1], by=alice, team=team)
    acts.tag("夜色", keys, by=alice, team=team)
    shown = signed_in(alice).get("/gallery/tags/?tag=夜").content.decode()
    assert shown.index("夜色") < shown.index("夜景")
    assert "夜" not in signed_in(bob).get("/gallery/tags/?tag=夜").content.decode()
    assert "夜" not in signed_in(alice).get("/gallery/tags/?tag=x").content.decode()


def test_a_tag_of_hidden_pictures_alone_is_not_offered(
    alice: User, mona: User, signed_in: Any, two: list[Artwork]
) -> None:
    acts.tag("夜景", [row.pk for row in two], by=alice, team=two[0].team)
    decisions.take_down(two[0], by=mona, reason="rights")
    client = signed_in(alice)
    for address in ("/gallery/tags/?tag=夜", "/gallery/filters/"):
        assert "夜景" in client.get(address).content.decode()
    decisions.take_down(two[1], by=mona, reason="rights")
    for address in ("/gallery/tags/?tag=夜", "/gallery/filters/"):
        assert "夜景" not in client.get(address).content.decode()


def test_an_act_of_another_is_404(
    alice: User, mona: User, signed_in: Any, two: list[Artwork]
) -> None:
    act(signed_in(alice), "favourite", *two)
    address = f"/gallery/acts/{Act.objects.get().pk}/undo/"
    assert signed_in(mona).post(address).status_code == 404
    Membership.objects.filter(user=alice).delete()
    assert signed_in(alice).post(address).status_code in (403, 404)
    assert Favourite.objects.count() == 2


def test_an_act_of_a_board_that_one_no_longer_sees_is_neither_told_nor_undone(
    alice: User, mona: User, signed_in: Any, two: list[Artwork]
) -> None:
    board = Board.objects.create(team=two[0].team, owner=mona, name="Spring")
    done = acts.add_to_board(board, [row.pk for row in two], by=alice)
    assert done
    Board.objects.update(visibility=Board.Visibility.PRIVATE, name="Redundancies")
    client = signed_in(alice)
    told = client.get(f"/gallery/?done={done.pk}").content.decode()
    assert "Redundancies" not in told
    assert client.post(f"/gallery/acts/{done.pk}/undo/").status_code == 404
    assert BoardItem.objects.count() == 2
    Board.objects.update(visibility=Board.Visibility.TEAM)
    assert client.post(f"/gallery/acts/{done.pk}/undo/").status_code == 302
    assert not BoardItem.objects.exists()


def test_a_cover_is_taken_back_by_who_may_choose_it(
    alice: User, otto: User, signed_in: Any, two: list[Artwork]
) -> None:
    board = Board.objects.create(team=two[0].team, owner=alice, name="Spring")
    done = acts.choose_cover(board, [two[0].pk], by=otto)
    assert done
    Membership.objects.filter(user=otto).update(role=Membership.Role.MEMBER)
    address = f"/gallery/acts/{done.pk}/undo/"
    assert signed_in(otto).post(address).status_code == 404
    board.refresh_from_db()
    assert board.cover_id == two[0].pk
    Membership.objects.filter(user=otto).update(role=Membership.Role.ADMIN)
    assert signed_in(otto).post(address).status_code == 302


def test_all_that_match_are_of_the_period_as_those_shown(
    alice: User, signed_in: Any
) -> None:
    """Keys that are out of the order of time; and those of a likeness."""
    client, fresh = signed_in(alice), factories.artwork(alice, colour=(9, 9, 9))
    old = timezone.now() - datetime.timedelta(days=60)
    same = {"likeness": fresh.likeness or "0" * 63 + "1"}
    Artwork.objects.update(**same)
    factories.artwork(alice, created_at=old, **same)
    factories.artwork(alice, **same)
    artworks_changed.send(Artwork, keys=[fresh.pk])
    for query in ("period=week", f"period=week&like={fresh.pk}"):
        page = client.get(f"/gallery/?{query}")
        shown = {row.pk for row in page.context["artworks"]}
        assert len(shown) == 2
        assert set(client.get(f"/gallery/keys/?{query}").json()["keys"]) == shown


def test_more_than_one_act_takes_are_not_restored_at_once(
    alice: User, signed_in: Any, two: list[Artwork], monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = [row.pk for row in two]
    deletion.delete(keys, by=alice, team=two[0].team)
    monkeypatch.setattr(selection, "MOST_PICTURES", 1)
    client, sent = signed_in(alice), {"pictures": ",".join(map(str, keys))}
    answer = client.post("/gallery/bin/restore/", sent, follow=True)
    assert "Select at most 1 pictures at once." in answer.content.decode()
    assert Artwork.objects.binned_by(alice).count() == 2
