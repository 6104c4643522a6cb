"""One released picture: everything about it, its neighbours, and its bytes."""

import pytest

from moderation.models import Decision
from tests import factories

pytestmark = pytest.mark.both_databases


def page(client, artwork):
    return client.get(f"/artworks/{artwork.pk}/")


def test_it_tells_all_about_it(alice, mona, otto, signed_in):
    art = factories.artwork(alice)
    Decision.objects.create(artwork=art, action="hold")
    Decision.objects.create(artwork=art, action="release", decided_by=mona)
    art.task.model_prompt = "translated words"
    art.task.save()
    said = page(signed_in(alice), art).content.decode()
    for words in ("A quiet harbour", "translated words", "96 × 64", "4 integrals"):
        assert words in said
    for words in (art.sha256, "mona"):  # who decided is no business of the author
        assert words not in said
        assert words in page(signed_in(otto), art).content.decode()
    assert f'href="/?like={art.pk}"' in said


@pytest.mark.parametrize("moderation", ["pending", "held", "rejected"])
@pytest.mark.parametrize("part", ["", "picture/", "thumbnail/"])
def test_what_is_not_released_has_no_page_for_anyone(
    alice, mona, otto, signed_in, moderation, part
):
    art = factories.artwork(alice, moderation=moderation)
    for user in (alice, mona, otto):
        assert signed_in(user).get(f"/artworks/{art.pk}/{part}").status_code == 404


@pytest.mark.parametrize("part", ["", "picture/", "thumbnail/"])
def test_bob_gets_nothing(alice, bob, signed_in, part):
    art = factories.artwork(alice)
    assert signed_in(bob).get(f"/artworks/{art.pk}/{part}").status_code == 404


@pytest.mark.parametrize("part", ["", "picture/", "thumbnail/"])
def test_only_a_get_shows_it(alice, signed_in, part):
    art = factories.artwork(alice)
    assert signed_in(alice).post(f"/artworks/{art.pk}/{part}").status_code == 405


def test_arrows_lead_to_its_neighbours(alice, bob, signed_in):
    oldest, held, middle, strange, newest = (
        factories.artwork(alice),
        factories.artwork(alice, moderation="held"),
        factories.artwork(alice),
        factories.artwork(bob),
        factories.artwork(alice),
    )
    context = page(signed_in(alice), middle).context
    assert (context["newer"], context["older"]) == (newest.pk, oldest.pk)
    assert page(signed_in(alice), oldest).context["older"] is None
    assert page(signed_in(alice), newest).context["newer"] is None
    assert {held.pk, strange.pk}.isdisjoint({context["newer"], context["older"]})


def test_arrows_stay_within_the_filter(alice, mona, signed_in):
    hers, other, newest = (factories.artwork(user) for user in (alice, mona, alice))
    shown = signed_in(alice).get(f"/artworks/{hers.pk}/?person={alice.pk}")
    assert shown.context["newer"] == newest.pk
    assert f'href="/artworks/{newest.pk}/?person={alice.pk}"' in shown.text
    assert page(signed_in(alice), hers).context["newer"] == other.pk


def test_the_filmstrip_has_what_is_released_of_the_same_generation(alice, signed_in):
    first = factories.artwork(alice, generation_fields={"reserved": 0, "pictures": 3})
    of = first.generation
    second, held = (
        factories.artwork(
            alice,
            generation=of,
            task=factories.task(of, position=position, status="succeeded"),
            moderation=moderation,
        )
        for position, moderation in ((1, "released"), (2, "held"))
    )
    factories.artwork(alice)
    shown = page(signed_in(alice), second)
    assert list(shown.context["film"]) == [second, first]
    assert shown.context["older"] == first.pk
    assert f"/artworks/{held.pk}/" not in shown.text


def test_a_colleague_sees_no_way_to_the_generation(alice, mona, signed_in):
    art = factories.artwork(alice)
    link = f"/generations/{art.generation_id}/"
    carl = factories.user("carl")
    assert link in page(signed_in(alice), art).content.decode()
    assert link in page(signed_in(mona), art).content.decode()
    assert link not in page(signed_in(carl), art).content.decode()


def test_a_cost_that_is_not_booked_is_not_told(alice, signed_in):
    art = factories.artwork(alice)
    art.task.is_booked = False
    art.task.save()
    assert page(signed_in(alice), art).context["cost"] is None


def test_queries_are_few(alice, signed_in, django_assert_max_num_queries):
    art, client = factories.artwork(alice), signed_in(alice)
    for _ in range(3):
        factories.artwork(alice)
    page(client, art)  # opened for the first time, it is found as such
    with django_assert_max_num_queries(20):
        page(client, art)


def test_what_was_not_described_has_no_empty_prompt(alice, signed_in):
    fields = {"operation": "wujie-youthify", "prompt": ""}
    artwork = factories.artwork(alice, generation_fields=fields)
    client = signed_in(alice)
    for path in (f"/artworks/{artwork.pk}/", f"/generations/{artwork.generation_id}/"):
        assert 'id="prompt-text"' not in client.get(path).content.decode()
