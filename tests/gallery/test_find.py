"""Filters, orders, pages both ways; and that nothing tells of a picture that is not
released."""

import datetime
import itertools

import pytest
from django.utils import timezone

from gallery import entries
from gallery.models import (
    Board,
    BoardItem,
    Entry,
    Favourite,
    Note,
    Rating,
    Tag,
    TagItem,
)
from gallery.presenters import gallery_filter
from generation.models import Artwork
from moderation import decisions
from spend.models import ModelName
from tests import factories
from tests.hostile.values import TEXTS

pytestmark = pytest.mark.both_databases

FILTERS = (
    *("period=today", "person={person}", "operation=wujie-drawing", "operation=face"),
    *("model=wujie:1", "shape=wide", "size=small", "cost=1", "seen=unopened"),
    *("rating=3", "rating=none", "favourite=mine", "board={board}", "tag={tag}"),
    *("like={like}", "q=nightingale", "sort=oldest", "sort=rating", "sort=cost"),
    "since=2020-01-01&until=2999-01-01",
)


def shown(client, query=""):
    answer = client.get(f"/gallery/?{query}")
    assert answer.status_code == 200
    return list(answer.context["artworks"])


def marked(artwork, by):
    """On a board, tagged, favoured, rated and noted."""
    at, team = artwork.created_at, artwork.team
    common = {"artwork": artwork, "artwork_created_at": at}
    board, _ = Board.objects.get_or_create(team=team, owner=by, name="Spring")
    tag, _ = Tag.objects.get_or_create(team=team, name="blue", uses=1)
    BoardItem.objects.create(board=board, added_by=by, **common)
    TagItem.objects.create(tag=tag, added_by=by, **common)
    Favourite.objects.create(user=by, team=team, **common)
    Rating.objects.create(team=team, value=4, rated_by=by, **common)
    Note.objects.create(artwork=artwork, team=team, text="For the poster", author=by)
    entries.refresh([artwork.pk])
    return board, tag


@pytest.fixture
def cast(alice, bob, signed_in):
    """Of alice, a marked picture and a plain one; bob's is in another team."""
    art = factories.artwork(alice, generation_fields={"prompt": "A nightingale"})
    board, tag = marked(art, alice)
    plain = factories.artwork(alice, generation_fields={"provider": "jumdata"})
    factories.artwork(bob, generation_fields={"prompt": "A nightingale"})
    values = {"person": alice.pk, "board": board.pk, "tag": tag.pk, "like": art.pk}
    return art, plain, values


@pytest.mark.parametrize("query", FILTERS)
def test_each_filter_finds_the_picture_and_keeps_it_from_others(
    query, cast, alice, bob, signed_in
):
    art, _plain, values = cast
    query = query.format(**values)
    client = signed_in(alice)
    narrows = query.startswith(("operation=face", "rating=none"))
    assert (art in shown(client, query)) is not narrows
    assert art not in shown(signed_in(bob), query)


@pytest.mark.parametrize(
    "query",
    [
        *("operation=wujie-drawing", "model=wujie:1", "rating=4", "favourite=mine"),
        *("board={board}", "tag={tag}", "like={like}", "q=nightingale", "q=poster"),
    ],
)
def test_filters_leave_others_out(query, cast, alice, signed_in):
    art, _plain, values = cast
    client = signed_in(alice)
    assert shown(client, query.format(**values)) == [art]
    both = f"{query.format(**values)}&seen=unopened&q=-harbour&sort=cost"
    assert shown(client, both) == [art]
    assert shown(client, f"{query.format(**values)}&rating=5") == []


@pytest.mark.parametrize("query", [query for query in FILTERS if "none" not in query])
def test_what_is_taken_down_is_gone_from_everything(
    query, cast, alice, mona, signed_in
):
    art, _plain, values = cast
    client, query = signed_in(alice), query.format(**values)
    decisions.take_down(art, by=mona, reason="rights")
    assert art not in shown(client, query)
    page = client.get(f"/gallery/?{query}").content.decode()
    assert f"/artworks/{art.pk}/" not in page
    assert not Entry.objects.filter(pk=art.pk).exists()


def test_counts_tell_of_nothing_held(cast, alice, mona, bob, signed_in):
    art, _plain, _values = cast
    client = signed_in(alice)
    assert "Found: 1" in client.get("/gallery/?q=nightingale").content.decode()
    decisions.reopen(art, by=mona, reason="again")
    assert "Found: 0" in client.get("/gallery/?q=nightingale").content.decode()
    factories.artwork(
        alice, moderation="held", generation_fields={"prompt": "Nightingale two"}
    )
    assert "Found: 0" in client.get("/gallery/?q=nightingale").content.decode()
    assert "Found: 1" in signed_in(bob).get("/gallery/?q=nightingale").content.decode()


def test_a_held_look_is_not_found_by_likeness(alice, mona, signed_in):
    art = factories.artwork(alice, colour=(9, 9, 200), likeness="f" * 64)
    near = factories.artwork(alice, likeness="f" * 63 + "e")
    far = factories.artwork(alice, likeness="0f" * 32)
    held = factories.artwork(alice, moderation="held", likeness="f" * 64)
    client = signed_in(alice)
    assert shown(client, f"like={art.pk}") == [art, near]
    decisions.take_down(near, by=mona, reason="rights")
    assert shown(client, f"like={art.pk}") == [art]
    # Of a picture that may not be seen, nothing is told: it does not filter.
    assert shown(client, f"like={held.pk}") == [far, art]
    assert shown(client, f"like={near.pk}") == [far, art]


def test_a_board_of_another_person_does_not_filter(alice, mona, signed_in):
    art, other = factories.artwork(alice), factories.artwork(alice)
    board, _tag = marked(art, alice)
    Board.objects.filter(pk=board.pk).update(visibility="private")
    assert shown(signed_in(mona), f"board={board.pk}") == [other, art]
    assert "Spring" not in signed_in(mona).get("/gallery/filters/").content.decode()
    assert "Spring" in signed_in(alice).get("/gallery/filters/").content.decode()
    # Nor do the favourites of somebody else.
    assert shown(signed_in(mona), "favourite=mine") == []


def test_a_moved_cost_and_a_first_look_are_found(alice, signed_in):
    art = factories.artwork(alice)
    client = signed_in(alice)
    assert shown(client, "seen=opened") == []
    client.get(f"/artworks/{art.pk}/")
    assert shown(client, "seen=opened") == [art]
    assert shown(client, "seen=kept") == [art]
    b"".join(client.get(f"/artworks/{art.pk}/picture/?download=1"))
    assert shown(client, "seen=downloaded") == [art]
    assert shown(client, "seen=kept") == []


@pytest.mark.parametrize("sort", ["newest", "oldest", "rating", "cost"])
@pytest.mark.parametrize("narrowed", ["", "&seen=unopened"])
def test_pages_go_both_ways(sort, narrowed, alice, signed_in, monkeypatch):
    monkeypatch.setattr(gallery_filter, "PAGE", 2)
    made = [factories.artwork(alice) for _ in range(7)]
    for art, stars in zip(made, (1, 5, 3, 3, 3, 2), strict=False):
        Rating.objects.create(
            artwork=art,
            team=art.team,
            value=stars,
            rated_by=alice,
            artwork_created_at=art.created_at,
        )
        Artwork.objects.get(pk=art.pk).task.__class__.objects.filter(
            pk=art.task_id
        ).update(cost=10 - stars)
    entries.refresh([art.pk for art in made])
    client, query, down = signed_in(alice), f"sort={sort}{narrowed}", []
    answer = client.get(f"/gallery/?{query}")
    while True:
        down.append(list(answer.context["artworks"]))
        if not answer.context["older"]:
            break
        answer = client.get(f"/gallery/?{query}&before={answer.context['older']}")
    assert [len(page) for page in down] == [2, 2, 2, 1]
    assert set(itertools.chain(*down)) == set(made)
    if sort in ("newest", "oldest"):
        order = made[::-1] if sort == "newest" else made
        assert list(itertools.chain(*down)) == order
    up = []
    while answer.context["newer"]:
        answer = client.get(f"/gallery/?{query}&after={answer.context['newer']}")
        up.append(list(answer.context["artworks"]))
    assert up == [down[2], down[1], down[0]]


def test_neighbours_follow_the_list(alice, signed_in):
    made = [factories.artwork(alice) for _ in range(3)]
    client = signed_in(alice)

    def beside(art, query=""):
        context = client.get(f"/artworks/{art.pk}/?{query}").context
        return context["newer"], context["older"]

    assert beside(made[1]) == (made[2].pk, made[0].pk)
    assert beside(made[1], "sort=oldest") == (made[0].pk, made[2].pk)
    assert beside(made[1], "sort=cost") == (made[2].pk, made[0].pk)
    assert beside(made[1], "q=zzz") == (None, None)


def test_a_period_is_of_the_pictures_times(alice, signed_in):
    old, new = factories.artwork(alice), factories.artwork(alice)
    then = timezone.now() - datetime.timedelta(days=400)
    Artwork.objects.filter(pk=old.pk).update(created_at=then)
    client, day = signed_in(alice), timezone.localdate(then)
    assert shown(client, f"since={day}&until={day}") == [old]
    assert shown(client, f"until={day - datetime.timedelta(days=1)}") == []
    assert shown(client, f"since={day + datetime.timedelta(days=1)}") == [new]
    assert shown(client, f"since={day}&q=harbour") == [new, old]
    assert shown(client, "since=x&until=0001-01-01") == [new, old]


def test_names_of_models_and_files_are_words(alice, signed_in):
    ModelName.objects.create(gateway="wujie", code="1", name="国风插画")
    art = factories.artwork(alice)
    client = signed_in(alice)
    assert shown(client, "q=国风") == [art]
    assert shown(client, f"q=wjportal-{art.pk}.png") == [art]
    assert "国风插画" in client.get("/gallery/filters/").content.decode()
    assert "国风插画" in client.get("/gallery/?model=wujie:1").content.decode()


def test_hits_are_marked_and_nothing_else_is_markup(alice, signed_in):
    factories.artwork(alice, generation_fields={"prompt": "<b>Whale</b> & crane"})
    page = signed_in(alice).get("/gallery/?q=whale").content.decode()
    assert "&lt;b&gt;<mark>Whale</mark>&lt;/b&gt; &amp; crane" in page


@pytest.mark.parametrize(
    ("prompt", "asked"),
    [
        ("Красный дракон", "красный"),
        ("Красный дракон", "Красный"),
        ("ÄRGER", "ärger"),
        ("ＣＡＴ ｉｎ ｒａｉｎ", "CAT in rain"),
        ("cafe\u0301 at night", "café"),
        ("裸\u200b體", "裸体"),
        ("naked_woman", "naked woman"),
    ],
)
def test_another_spelling_is_found(prompt, asked, alice, signed_in):
    found = factories.artwork(alice, generation_fields={"prompt": prompt})
    factories.artwork(alice, generation_fields={"prompt": "harbour"})
    client = signed_in(alice)
    answer = client.get("/gallery/", {"q": asked})
    assert [each.pk for each in answer.context["artworks"]] == [found.pk]
    assert f'id="generation-{found.generation_id}"' in (
        client.get("/activity/", {"q": asked}).text
    )


HOSTILE = (
    '"',
    "'" * 9,
    "\0",
    "a\0b",
    "w" * 60_000,
    '"' * 60_000,
    "- " * 9_000,
    "𠮷",
    "\ud800",
    *TEXTS,
)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_any_text_is_answered(text, alice, signed_in):
    factories.artwork(alice)
    client = signed_in(alice)
    text = text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    for field in ("q", "before", "after", "model", "person", "sort", "since", "like"):
        assert client.get("/gallery/", {field: text}).status_code == 200
        assert client.get("/activity/", {field: text}).status_code == 200


def test_pages_cost_no_query_more(alice, signed_in, django_assert_num_queries):
    client, query = signed_in(alice), "q=harbour&seen=unopened&sort=cost&period=week"
    factories.artwork(alice)
    client.get(f"/gallery/?{query}")
    with django_assert_num_queries(18) as counted:
        client.get(f"/gallery/?{query}")
    for _ in range(6):
        factories.artwork(alice)
    with django_assert_num_queries(len(counted)):
        client.get(f"/gallery/?{query}")
