"""Share links: who makes and revokes them, what an address opens, and to whom."""

import datetime
import io
import re
import zipfile
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from gallery import acts, boards, deletion, selection, share_limits, sharing
from gallery.models import Board, Share
from generation.models import Artwork
from log.models import Change
from moderation import decisions
from tests import factories

pytestmark = pytest.mark.django_db

FORM = {"title": "Spring", "days": "7", "password": ""}
WRONG = "A" * 32


def link(by: User, *artworks: Artwork, **more: Any) -> tuple[Share, str]:
    """A link and its path."""
    team = by.memberships.get().team
    keys = [each.pk for each in artworks]
    values = {"days": 7, "keys": keys, **more}
    share, token = sharing.create("Spring", by=by, team=team, **values)
    return share, f"/s/{token}/"


def ask(address: str, client: Client | None = None) -> Any:
    answer = (client or Client()).get(address)
    answer.getvalue()  # closes the file
    return answer


def addresses(path: str, artwork: Artwork) -> list[str]:
    own = f"{path}{artwork.pk}/"
    return [own, f"{own}thumbnail/", f"{own}large/"]


def test_a_selection_is_shared_and_opened_signed_out(
    alice: User, signed_in: Any
) -> None:
    one, two, other = (factories.artwork(alice) for _ in range(3))
    sent = {**FORM, "pictures": f"{one.pk},{two.pk}", "may_download": "1"}
    made = signed_in(alice).post("/gallery/shares/additions/", sent)
    assert "no-store" in made["Cache-Control"]
    (path,) = set(re.findall(r"/s/[\w-]{32}/", made.text))
    page = Client().get(path)
    assert page.status_code == 200
    assert page.text.count("AI-generated /") == 2
    assert alice.username not in page.text
    assert one.generation.prompt not in page.text
    for address in (*addresses(path, one), *addresses(path, two)):
        answer = ask(address)
        assert answer.status_code == 200
        assert answer["Cache-Control"] == "private, no-store"
        assert answer["Referrer-Policy"] == "no-referrer"
        assert "noindex" in answer["X-Robots-Tag"]
    assert ask(addresses(path, other)[0]).status_code == 404
    assert Change.objects.get(kind="share").after == "open"


def test_the_token_is_kept_as_a_digest_alone(alice: User) -> None:
    share, path = link(alice, factories.artwork(alice), password="open sesame")
    token = path.split("/")[2]
    kept = str(Share.objects.filter(pk=share.pk).values())
    assert token not in kept
    assert "sesame" not in kept


def test_a_board_is_shown_as_it_is_now(alice: User, mona: User) -> None:
    board = Board(team=alice.memberships.get().team, owner=alice, name="Client")
    boards.save(board)
    _share, path = link(mona, board=board)
    assert "No pictures" in Client().get(path).text
    artwork = factories.artwork(alice)
    acts.add_to_board(board, [artwork.pk], by=alice)
    assert ask(addresses(path, artwork)[1]).status_code == 200
    Board.objects.filter(pk=board.pk).update(visibility="private")
    assert Client().get(path).status_code == 404  # mona's link, and she sees it no more


def refused(path: str, artwork: Artwork) -> set[bytes]:
    """The answers to a page and its pictures, all 404."""
    answers = [Client().get(each) for each in (path, *addresses(path, artwork))]
    assert {each.status_code for each in answers} == {404}
    assert {each["Cache-Control"] for each in answers} == {"private, no-store"}
    assert {each["Referrer-Policy"] for each in answers} == {"no-referrer"}
    token = re.compile(rb'"X-CSRFToken": "\w+"')
    return {token.sub(b"", each.content) for each in answers}


def test_what_is_not_open_is_answered_alike(alice: User, mona: User) -> None:
    artwork = factories.artwork(alice)
    revoked, over, left = (
        link(person, artwork, may_download=True) for person in (alice, alice, mona)
    )
    for _, path in (revoked, over, left):
        assert Client().get(path).status_code == 200
    sharing.revoke(revoked[0], by=alice)
    past = timezone.now() - datetime.timedelta(seconds=1)
    Share.objects.filter(pk=over[0].pk).update(expires_at=past)
    mona.memberships.all().delete()
    paths = [path for _, path in (revoked, over, left)]
    found = [refused(path, artwork) for path in (*paths, f"/s/{WRONG}/")]
    tokens = re.compile(rb"/s/[\w-]+/(\d+/\w*/?)?")
    assert len({tokens.sub(b"", each) for one in found for each in one}) == 1


@pytest.mark.parametrize("state", ["held", "rejected", "pending", "binned"])
def test_a_picture_that_may_not_be_seen_disappears(alice: User, state: str) -> None:
    shown, gone = factories.artwork(alice), factories.artwork(alice)
    _share, path = link(alice, shown, gone, may_download=True)
    assert f"{path}{gone.pk}/" in Client().get(path).text
    if state == "binned":
        deletion.delete([gone.pk], by=alice, team=gone.team)
    else:
        Artwork.objects.filter(pk=gone.pk).update(moderation=state)
    for address in addresses(path, gone):
        assert Client().get(address).status_code == 404
    page = Client().get(path).text
    assert f"{path}{gone.pk}/" not in page
    assert f"{path}{shown.pk}/" in page
    assert f"{path}{gone.pk}/" not in Client().get(f"{path}{shown.pk}/").text


def test_a_takedown_counts_at_once(alice: User, mona: User) -> None:
    artwork = factories.artwork(alice)
    _share, path = link(alice, artwork)
    decisions.take_down(artwork, by=mona, reason="other", note="")
    assert ask(addresses(path, artwork)[1]).status_code == 404


def test_originals_are_kept_where_downloads_are_off(alice: User) -> None:
    artwork = factories.artwork(alice)
    _share, path = link(alice, artwork)
    page, small, large = addresses(path, artwork)
    assert "large/" not in Client().get(page).text
    assert ask(small).status_code == 200
    assert Client().get(large).status_code == 404
    assert Client().get(f"{large}?download=1").status_code == 404


def test_a_zip_tells_nothing_but_pictures(alice: User) -> None:
    artworks = [factories.artwork(alice) for _ in range(2)]
    _share, path = link(alice, *artworks)
    assert Client().get(f"{path}pictures.zip").status_code == 404
    share, path = link(alice, *artworks, may_download=True)
    assert "pictures.zip" in Client().get(path).text
    content = Client().get(f"{path}pictures.zip").getvalue()
    names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    assert names == ["001.png", "002.png"]
    stream = iter(Client().get(f"{path}pictures.zip").streaming_content)
    begun = next(stream)
    sharing.revoke(share, by=alice)
    rest = zipfile.ZipFile(io.BytesIO(begun + b"".join(stream)))
    assert rest.namelist() == ["001.png"]


def test_a_password_is_asked_first(alice: User) -> None:
    artwork, visitor = factories.artwork(alice), Client(enforce_csrf_checks=True)
    share, path = link(alice, artwork, password="open sesame", may_download=True)
    asked = visitor.get(path)
    assert share.title not in asked.text
    assert {visitor.get(each).status_code for each in addresses(path, artwork)} == {404}
    wrong = visitor.post(
        f"{path}password/", {"password": "open"}, headers={"Origin": "null"}
    )
    assert wrong.status_code == 422
    assert ask(addresses(path, artwork)[1], visitor).status_code == 404
    right = visitor.post(f"{path}password/", {"password": "open sesame"})
    assert right.status_code == 302
    cookie = right.cookies["share"]
    assert cookie["path"] == path
    assert cookie["httponly"]
    assert visitor.get(path).context["share"] == share
    assert ask(addresses(path, artwork)[2], visitor).status_code == 200
    share.refresh_from_db()
    assert share.views == 1


def test_a_cookie_opens_its_own_link_alone(alice: User) -> None:
    visitor = Client()
    paths = [
        link(alice, factories.artwork(alice), password=f"open {n}")[1] for n in "ab"
    ]
    kept = visitor.post(f"{paths[0]}password/", {"password": "open a"}).cookies["share"]
    visitor.cookies["share"] = kept.value
    assert "share" in visitor.get(paths[0]).context
    assert "share" not in visitor.get(paths[1]).context


def test_wrong_passwords_are_throttled(alice: User) -> None:
    _share, path = link(alice, factories.artwork(alice), password="open sesame")
    codes = [
        Client().post(f"{path}password/", {"password": f"wrong {n}"}).status_code
        for n in range(7)
    ]
    assert codes[0] == 422
    answer = Client().post(f"{path}password/", {"password": "open sesame"})
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert "no-store" in answer["Cache-Control"]


def test_an_address_that_guesses_is_slowed(alice: User) -> None:
    _share, path = link(alice, factories.artwork(alice))
    tries = share_limits.MOST // share_limits.MISS
    codes = {Client().get(f"/s/{n:032}/").status_code for n in range(tries)}
    assert codes == {404}
    assert Client().get(path).status_code == 429
    assert Client(REMOTE_ADDR="192.0.2.7").get(path).status_code == 200


def test_views_are_counted_but_the_makers(alice: User, signed_in: Any) -> None:
    share, path = link(alice, factories.artwork(alice))
    signed_in(alice).get(path)
    Client().head(path)
    Client().get(path)
    Client().get(path)
    share.refresh_from_db()
    assert share.views == 2


def test_a_page_is_in_the_visitors_language(alice: User) -> None:
    _share, path = link(alice, factories.artwork(alice))
    page = Client().get(path, headers={"Accept-Language": "zh-CN,zh;q=0.9"})
    assert '<html lang="zh-Hans">' in page.text
    assert "AI 生成" in page.text
    assert 'class="side"' not in page.text


def test_links_are_revoked_by_their_maker_and_admins(
    alice: User, mona: User, otto: User, bob: User, signed_in: Any
) -> None:
    share, path = link(alice, factories.artwork(alice))
    revoke = f"/gallery/shares/{share.pk}/revocation/"
    restore = f"/gallery/shares/{share.pk}/restoration/"
    for person in (bob, mona):
        client = signed_in(person)
        assert client.post(revoke).status_code == 404
        assert client.post(restore).status_code == 404
        assert "Spring" not in client.get("/gallery/shares/?whose=team").text
    assert signed_in(alice).get(revoke).status_code == 405
    list_of = signed_in(otto).post(revoke)["Location"]
    assert Client().get(path).status_code == 404
    undo = signed_in(otto).get(list_of)
    assert undo.text.count(restore) == 2  # in the banner and in the row
    signed_in(alice).post(restore)
    assert Client().get(path).status_code == 200
    states = Change.objects.filter(kind="share").order_by("pk")
    assert [each.after for each in states] == ["open", "revoked", "open"]


def test_only_what_the_maker_sees_is_shared(
    alice: User, bob: User, signed_in: Any
) -> None:
    theirs, held = factories.artwork(bob), factories.artwork(alice, moderation="held")
    client = signed_in(alice)
    sent = {**FORM, "pictures": f"{theirs.pk},{held.pk}"}
    answer = client.post("/gallery/shares/additions/", sent)
    assert answer.status_code == 422
    assert 'value="Spring"' in answer.text
    own = factories.artwork(alice)
    client.post(
        "/gallery/shares/additions/", {**sent, "pictures": f"{own.pk},{held.pk}"}
    )
    assert list(sharing.pictures(Share.objects.get())) == [own]
    board = Board(team=theirs.team, owner=bob, name="Theirs")
    boards.save(board)
    assert client.get(f"/gallery/shares/new/?board={board.pk}").status_code == 404
    answer = client.post("/gallery/shares/additions/", {**FORM, "board": board.pk})
    assert answer.status_code == 404


def test_bad_input_is_told_and_kept(alice: User, signed_in: Any) -> None:
    artwork, client = factories.artwork(alice), signed_in(alice)
    sent = {"title": "", "days": "8", "password": "12345", "pictures": artwork.pk}
    answer = client.post("/gallery/shares/additions/", sent)
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"title", "days", "password"}
    assert f'value="{artwork.pk}"' in answer.text
    many = ",".join(map(str, range(selection.MOST_PICTURES + 1)))
    answer = client.post("/gallery/shares/additions/", {**FORM, "pictures": many})
    assert answer.status_code == 422
    assert client.post("/gallery/shares/new/").status_code == 302


@pytest.mark.parametrize("page", ["list", "link"])
def test_many_cost_the_queries_of_one(alice: User, signed_in: Any, page: str) -> None:
    artworks = [factories.artwork(alice)]
    counted = []
    for more in (0, 12):
        artworks += [factories.artwork(alice) for _ in range(more)]
        made = [link(alice, *artworks) for _ in range(more + 1)]
        client, path = signed_in(alice), "/gallery/shares/"
        if page == "link":
            client, path = Client(), made[-1][1]
        client.get(path)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(path)
        counted.append(len(queries))
    assert counted[0] == counted[1]


def test_pages_continue(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gallery.views.shared.PAGE", 2)
    artworks = [factories.artwork(alice) for _ in range(3)]
    share, path = link(alice, *artworks)
    first = Client().get(path)
    second = Client().get(path, {"before": first.context["older"]})
    found = [*first.context["artworks"], *second.context["artworks"]]
    assert found == artworks[::-1]
    share.refresh_from_db()
    assert share.views == 1
