"""Activity: the user's generations, the team's for admins, filters and pages."""

import pytest
from django.utils import timezone

from generation.models import Generation
from generation.operations import OPERATIONS
from generation.search import generations
from generation.views import activity
from tests import factories
from tests.pages import HTMX

pytestmark = pytest.mark.both_databases


def shown(client, **asked):
    return {
        card.generation for card in client.get("/activity/", asked).context["cards"]
    }


def test_one_sees_ones_own(alice, mona, signed_in):
    hers = factories.generation(alice)
    factories.generation(mona)
    assert shown(signed_in(alice)) == {hers}
    assert shown(signed_in(alice), everyone=1) == {hers}


def test_an_admin_may_look_at_the_team(alice, bob, otto, signed_in):
    hers = factories.generation(alice)
    factories.generation(bob)
    assert shown(signed_in(otto)) == set()
    assert shown(signed_in(otto), everyone=1) == {hers}


def test_a_moderator_sees_her_own(alice, mona, signed_in):
    factories.generation(alice)
    own = factories.generation(mona)
    assert shown(signed_in(mona), everyone=1) == {own}


def test_chips_choose_by_state(alice, signed_in):
    queued = factories.generation(alice)
    refused = factories.generation(alice, status="refused")
    uncertain = factories.generation(alice, status="uncertain")
    held = factories.artwork(alice, moderation="held").generation
    rejected = factories.artwork(alice, moderation="rejected").generation
    client = signed_in(alice)
    assert shown(client, state="moving") == {queued}
    assert shown(client, state="rejected") == {rejected}
    assert shown(client, state="stopped") == {refused}
    assert shown(client, state="uncertain") == {uncertain}
    assert shown(client, state="held") == {held}
    assert shown(client, state="done") == {held, rejected}
    every = {queued, refused, uncertain, held, rejected}
    assert shown(client, state="nonsense") == every


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        *(("Красный дракон", "красный"), ("Красный дракон", "КРАСНЫЙ")),
        *(
            ("ÄRGER", "ärger"),
            ("ＣＡＴ ｉｎ ｒａｉｎ", "CAT in rain"),
            ("裸體", "裸 体"),
        ),
        *(("cafe\u0301_table", "CAFÉ  table"), ("a%_b", "A% B"), ("貓", "猫")),
    ],
)
def test_words_are_found_however_they_are_spelled(prompt, words, alice, signed_in):
    row = factories.generation(alice, prompt=prompt)
    client = signed_in(alice)
    assert shown(client, q=words) == {row}
    assert shown(client, q=f"{words}x") == set()


def test_chips_choose_by_operation_and_words(alice, signed_in):
    whale = factories.generation(alice, prompt="A porcelain WHALE")
    crane = factories.generation(alice, provider="jumdata", prompt="白鹤 100%")
    client = signed_in(alice)
    assert shown(client, q="whale") == {whale}
    assert shown(client, q="白鹤") == {crane}
    assert shown(client, q="100%") == {crane}
    assert shown(client, q="%") == set()  # no word
    assert shown(client, operation="jumdata-drawing") == {crane}
    assert shown(client, operation="wujie-drawing", q="白鹤") == set()
    assert shown(client, operation="\0", q="\0whale") == {whale}


def test_nothing_found_differs_from_nothing_there(alice, signed_in):
    client = signed_in(alice)
    assert "Nothing generated yet" in client.get("/activity/").content.decode()
    assert "No results" in client.get("/activity/?q=x").content.decode()


def test_older_leads_on(alice, signed_in, monkeypatch):
    monkeypatch.setattr(activity, "PAGE", 2)
    made = [factories.generation(alice) for _ in range(3)]
    client = signed_in(alice)
    first = client.get("/activity/")
    assert [card.generation for card in first.context["cards"]] == [made[2], made[1]]
    older = first.context["older"]
    assert "Older" in first.content.decode()
    second = client.get("/activity/", {"before": older})
    assert [card.generation for card in second.context["cards"]] == [made[0]]
    assert second.context["older"] == ""


def test_what_is_scrolled_to_moves_with_the_rest(alice, signed_in, monkeypatch):
    monkeypatch.setattr(activity, "PAGE", 1)
    older, newer = factories.generation(alice), factories.generation(alice)
    client = signed_in(alice)
    first = client.get("/activity/")
    assert first.context["newest"] == newer.pk
    asked = {"before": first.context["older"], "seen": f"{newer.pk}:1"}
    part = client.get("/activity/", asked | {"after": newer.pk}, headers=HTMX)
    assert part.context["poll_cursor"] == f"{newer.pk}:1,{older.pk}:1"
    assert part.context["newest"] == newer.pk


@pytest.mark.parametrize("asked", [{"state": "moving"}, {"q": "x"}, {"everyone": 1}])
def test_only_the_feed_of_ones_own_takes_in_new_ones(otto, signed_in, asked):
    assert 'name="after"' in signed_in(otto).get("/activity/").text
    assert 'name="after"' not in signed_in(otto).get("/activity/", asked).text


def test_filters_are_chips_that_can_be_taken_off(otto, signed_in):
    asked = {"everyone": 1, "state": "moving", "operation": "wujie-drawing", "q": "x"}
    bar = signed_in(otto).get("/activity/", asked).context["filters"]
    assert [chip.link for chip in bar.chips] == [
        "?everyone=1&operation=wujie-drawing&q=x",
        "?everyone=1&state=moving&q=x",
        "?everyone=1&state=moving&operation=wujie-drawing",
    ]
    assert bar.cleared == "?everyone=1"
    assert ("everyone", "1") in bar.kept


#: In another time zone they are out of range; beyond 64 bits.
ENDS_OF_TIME = (
    "0001-01-01T00:00:00+08:00~1",
    "9999-12-31T23:59:59-08:00~1",
    f"2024-01-01T00:00:00+00:00~{10**30}",
)


@pytest.mark.parametrize(
    "before", ["x", "2024-01-01~1", "~", "2024-13-45T00:00~x", *ENDS_OF_TIME]
)
def test_an_unreadable_page_begins_anew(alice, signed_in, before):
    made = factories.generation(alice)
    assert shown(signed_in(alice), before=before) == {made}


def test_a_cursor_beyond_all_finds_nothing(alice, signed_in):
    made = factories.generation(alice)
    before = f"1900-01-01T00:00:00+00:00~{made.pk}"
    assert shown(signed_in(alice), before=before) == set()


def test_queries_do_not_grow_with_the_rows(
    alice, signed_in, django_assert_max_num_queries
):
    client = signed_in(alice)
    for _ in range(10):
        factories.artwork(alice)
    assert Generation.objects.count() == 10
    with django_assert_max_num_queries(11):
        client.get("/activity/")


def test_only_a_get_lists(alice, signed_in):
    assert signed_in(alice).post("/activity/").status_code == 405


def test_a_decision_moves_it_between_the_lists(alice, signed_in):
    picture = factories.artwork(alice, moderation="held")
    client = signed_in(alice)
    picture.moderate("rejected", timezone.now())
    assert shown(client, state="held") == set()
    both = {"state": "rejected", "operation": picture.generation.operation}
    assert shown(client, **both) == {picture.generation}
    assert shown(client, **both | {"operation": "wujie-4k"}) == set()


def test_filters_look_no_further_than_the_page(alice, signed_in, monkeypatch):
    """However many newer ones other filters leave out."""
    monkeypatch.setattr(activity, "PAGE", 1)
    found = factories.generation(alice, status="failed", prompt="whale")
    for _ in range(3):
        factories.generation(alice, prompt="whale")
    assert shown(signed_in(alice), state="stopped", q="whale") == {found}


def test_operations_have_words_of_their_own():
    words = {generations.operation(slug) for slug in OPERATIONS}
    assert len(words) == len(OPERATIONS)
    assert all(word.isalnum() for word in words)
