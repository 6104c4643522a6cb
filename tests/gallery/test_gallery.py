"""The released pictures of the team, by chips, words and pages."""

import datetime

import pytest
from django.utils import timezone

from gallery.presenters import gallery_filter
from generation.models import Artwork
from tests import factories
from tests.pages import HTMX

pytestmark = pytest.mark.both_databases


def shown(client, **asked):
    return list(client.get("/gallery/", asked).context["artworks"])


@pytest.mark.parametrize("moderation", ["pending", "held", "rejected"])
def test_only_what_is_released_is_there(alice, signed_in, moderation):
    released = factories.artwork(alice)
    other = factories.artwork(alice, moderation=moderation)
    assert shown(signed_in(alice)) == [released]
    page = signed_in(alice).get("/gallery/").content.decode()
    assert f"/artworks/{other.pk}/" not in page


def test_each_team_has_its_own(alice, bob, mona, signed_in):
    hers = factories.artwork(alice)
    his = factories.artwork(bob)
    assert shown(signed_in(mona)) == [hers]
    assert shown(signed_in(bob)) == [his]


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
    row = factories.artwork(alice, generation_fields={"prompt": prompt})
    client = signed_in(alice)
    assert shown(client, q=words) == [row]
    assert shown(client, q=f"{words}x") == []


def test_chips_choose(alice, mona, signed_in):
    hers = factories.artwork(alice, generation_fields={"prompt": "A WHALE"})
    other = factories.artwork(mona, generation_fields={"provider": "jumdata"})
    client = signed_in(alice)
    assert shown(client, person=alice.pk) == [hers]
    assert shown(client, person="x") == [other, hers]
    assert shown(client, person="9" * 30) == [other, hers]
    assert shown(client, operation="jumdata-drawing") == [other]
    assert shown(client, q="whale") == [hers]
    assert shown(client, q="whale", person=mona.pk) == []
    assert shown(client, operation="\0", q="\0whale") == [hers]
    assert shown(client, q="w" * 60_000) == []


def test_days_are_calendar_days(alice, signed_in):
    old = factories.artwork(alice)
    now = timezone.localtime()
    before_midnight = now.replace(hour=0, minute=0, second=0) - datetime.timedelta(
        seconds=1
    )
    Artwork.objects.filter(pk=old.pk).update(created_at=before_midnight)
    new = factories.artwork(alice)
    client = signed_in(alice)
    assert shown(client, period="today") == [new]
    assert shown(client, period="week") == [new, old]
    assert shown(client, period="nonsense") == [new, old]


def test_scrolling_brings_the_next_part_alone(alice, signed_in, monkeypatch):
    monkeypatch.setattr(gallery_filter, "PAGE", 2)
    made = [factories.artwork(alice) for _ in range(5)]
    client = signed_in(alice)
    first = client.get("/gallery/", {"person": alice.pk})
    seen = list(first.context["artworks"])
    older = first.context["older"]
    page = first.content.decode()
    assert f"?person={alice.pk}&amp;before=" in page  # the filter goes on
    while older:
        part = client.get("/gallery/", {"before": older}, headers=HTMX)
        assert "<html" not in part.content.decode()
        seen += part.context["artworks"]
        older = part.context["older"]
    assert seen == made[::-1]


def test_the_same_moment_loses_nobody(alice, signed_in, monkeypatch):
    monkeypatch.setattr(gallery_filter, "PAGE", 2)
    made = [factories.artwork(alice) for _ in range(5)]
    Artwork.objects.update(created_at=timezone.now())
    client, older, seen = signed_in(alice), "", []
    while True:
        part = client.get("/gallery/", {"before": older}, headers=HTMX)
        seen += part.context["artworks"]
        older = part.context["older"]
        if not older:
            break
    assert seen == made[::-1]


def test_places_are_held_for_pictures(alice, signed_in):
    made = [factories.artwork(alice) for _ in range(9)]
    page = signed_in(alice).get("/gallery/").content.decode()
    for art in made:
        assert f'src="/artworks/{art.pk}/thumbnail/" width="96" height="64"' in page
    # What is seen first comes first; the rest when it is scrolled to.
    assert page.count('fetchpriority="high"') == 4
    assert page.count('loading="lazy"') == 5


def test_an_empty_gallery_says_so(alice, signed_in):
    client = signed_in(alice)
    assert "No pictures yet" in client.get("/gallery/").content.decode()
    assert "No results" in client.get("/gallery/?q=x").content.decode()


def test_queries_do_not_grow_with_the_pictures(
    alice, signed_in, django_assert_max_num_queries
):
    client = signed_in(alice)
    for _ in range(10):
        factories.artwork(alice)
    with django_assert_max_num_queries(14):
        client.get("/gallery/")
    with django_assert_max_num_queries(7):
        client.get("/gallery/", headers=HTMX)


def test_only_a_get_lists(alice, signed_in):
    assert signed_in(alice).post("/gallery/").status_code == 405
