"""Two to four pictures beside each other."""

import pytest

from gallery.presenters.word_difference import MOST_PARTS, Piece, difference
from generation.models import Artwork
from tests import factories

pytestmark = pytest.mark.both_databases


def address(*artworks, **more):
    pairs = zip("abcd", (artwork.pk for artwork in artworks), strict=False)
    return "/gallery/compare/", dict(pairs) | more


def compare(client, *artworks, **more):
    path, query = address(*artworks, **more)
    return client.get(path, query)


def drawn(user, prompt="A quiet harbour at dawn", **parameters):
    fields = {"prompt": prompt}
    if parameters:
        fields["parameters"] = factories.PARAMETERS["wujie"] | parameters
    return factories.artwork(user, generation_fields=fields)


def rows(shown, name="different"):
    return {row.label: row for row in shown.context[name]}


def marked(row):
    return [[(piece.kind, piece.text) for piece in cell] for cell in row.cells]


# --- What is shown


def test_the_address_names_pictures_order_mode_and_choice(alice, signed_in):
    first, second, third = (factories.artwork(alice) for _ in range(3))
    shown = compare(signed_in(alice), third, first, second, mode="slider", at=2)
    places = shown.context["places"]
    assert [place.artwork for place in places] == [third, first, second]
    assert (shown.context["mode"], shown.context["at"]) == ("slider", 2)
    assert shown.context["left"] == (
        f"?mode=slider&at=1&a={first.pk}&b={third.pk}&c={second.pk}"
    )
    assert f"a={third.pk}&b={second.pk}&c={first.pk}" in shown.context["right"]
    assert places[1].alone == f"?mode=slider&at=1&a={third.pk}&b={second.pk}"


@pytest.mark.parametrize(
    ("sent", "at"), [("0", 1), ("9", 2), ("x", 1), ("-1", 1), ("9" * 30, 1)]
)
def test_an_unknown_mode_or_place_is_the_plain_one(alice, signed_in, sent, at):
    pair = [factories.artwork(alice) for _ in range(2)]
    shown = compare(signed_in(alice), *pair, mode="<b>", at=sent)
    assert (shown.context["mode"], shown.context["at"]) == ("side", at)
    assert "<b>" not in shown.text


def test_a_pair_cannot_lose_one(alice, signed_in):
    pair = [factories.artwork(alice) for _ in range(2)]
    shown = compare(signed_in(alice), *pair)
    assert [place.alone for place in shown.context["places"]] == ["", ""]


def test_what_differs_is_marked_and_what_is_equal_is_folded(alice, mona, signed_in):
    one = drawn(alice, "a red boat at dawn", style="水墨", chosen_seed=7)
    other = drawn(mona, "a blue boat at dawn, fog", style="水墨", chosen_seed=8)
    shown = compare(signed_in(alice), one, other)
    differing, equal = rows(shown), rows(shown, "equal")
    assert marked(differing["Prompt"])[1][:4] == [
        ("same", "a "),
        ("removed", "red"),
        ("same", " "),
        ("added", "blue"),
    ]
    assert marked(differing["Created by"]) == [[("same", "alice")], [("same", "mona")]]
    assert marked(differing["Seed"]) == [[("same", "7")], [("same", "8")]]
    assert marked(differing["Cost"]) == [[("same", "4 integrals")]] * 2
    assert "Style" in equal
    assert "<ins>blue</ins>" in shown.text
    assert "<del>red</del>" in shown.text


def test_a_fact_that_one_has_alone_is_a_gap_of_the_other(alice, signed_in):
    one, other = drawn(alice, chosen_seed=7), drawn(alice)
    row = rows(compare(signed_in(alice), one, other))["Seed"]
    assert marked(row)[1] == [("same", "—")]


def test_a_comparison_opens_its_pictures(alice, signed_in):
    pair = [factories.artwork(alice) for _ in range(2)]
    compare(signed_in(alice), *pair)
    assert not Artwork.objects.filter(first_opened_at=None).exists()


# --- Whose pictures


@pytest.mark.parametrize("fault", ["held", "rejected", "pending", "binned", "foreign"])
def test_what_may_not_be_seen_is_left_out_like_what_does_not_exist(
    alice, bob, signed_in, fault
):
    seen = [drawn(alice, "seen") for _ in range(2)]
    moderation = fault if fault in Artwork.Moderation.values else "released"
    hidden = factories.artwork(
        bob if fault == "foreign" else alice,
        moderation=moderation,
        generation_fields={"prompt": "a secret"},
    )
    if fault == "binned":
        Artwork.objects.filter(pk=hidden.pk).update(binned_at=hidden.created_at)
    client = signed_in(alice)
    shown = compare(client, seen[0], hidden, seen[1])
    assert [place.artwork for place in shown.context["places"]] == seen
    assert "1 picture is not available and was left out" in shown.text
    assert "secret" not in shown.text
    assert f"/{hidden.pk}/" not in shown.text
    hidden.pk = 10**9
    unknown = compare(client, seen[0], hidden, seen[1])
    assert unknown.context["missing"] == shown.context["missing"] == 1


def test_fewer_than_two_are_no_comparison(alice, bob, signed_in):
    own, foreign = factories.artwork(alice), factories.artwork(bob)
    client = signed_in(alice)
    assert compare(client, own, foreign).status_code == 404
    assert compare(client, own, own).status_code == 404
    assert compare(client, own).status_code == 404
    assert compare(client).status_code == 404
    assert not Artwork.objects.exclude(first_opened_at=None).exists()


# --- The ways to it


def test_a_selection_is_sent_to_its_address(alice, signed_in):
    keys = [factories.artwork(alice).pk for _ in range(2)]
    sent = {"pictures": f"{keys[0]},{keys[1]}", "next": "/boards/?x=1"}
    answer = signed_in(alice).post("/gallery/compare/", sent)
    assert answer.url == (
        f"/gallery/compare/?a={keys[0]}&b={keys[1]}&back=%2Fboards%2F%3Fx%3D1"
    )


@pytest.mark.parametrize("count", [0, 1, 5])
def test_too_few_or_too_many_say_so_where_they_were_selected(alice, signed_in, count):
    sent = {"picture": list(range(1, count + 1)), "next": "https://evil.example/"}
    answer = signed_in(alice).post("/gallery/compare/", sent, follow=True)
    assert answer.redirect_chain == [("/gallery/", 302)]
    assert "Select two to four pictures to compare." in answer.text


@pytest.mark.parametrize("sent", ["1e999", "a:b", "/gallery/\r\n"])
def test_a_way_back_that_is_none_is_no_fault(alice, signed_in, sent):
    answer = signed_in(alice).post("/gallery/compare/", {"next": sent})
    assert answer.status_code == 302


def test_a_picture_is_compared_with_those_of_its_generation(alice, signed_in):
    of = factories.generation(alice, status="done", pictures=6, reserved=0)
    batch = [
        factories.artwork(
            alice,
            generation=of,
            task=factories.task(of, position=position, status="succeeded"),
        )
        for position in range(6)
    ]
    client = signed_in(alice)
    compared = client.get(f"/artworks/{batch[2].pk}/").context["compared"]
    assert compared == (
        f"?a={batch[2].pk}&b={batch[5].pk}&c={batch[4].pk}&d={batch[3].pk}"
    )
    single = factories.artwork(alice)
    assert not client.get(f"/artworks/{single.pk}/").context["compared"]


def test_four_take_few_queries_more_than_two(
    alice, signed_in, django_assert_max_num_queries
):
    four = [factories.artwork(alice) for _ in range(4)]
    client = signed_in(alice)
    compare(client, *four)  # their first opening is written down
    with django_assert_max_num_queries(16):
        compare(client, *four)


# --- Words


@pytest.mark.parametrize(
    ("base", "text", "expected"),
    [
        ("山水画", "山川画", [("same", "山"), ("removed", "水"), ("added", "川")]),
        ("a b", "a b", [("same", "a b")]),
        ("", "new", [("added", "new")]),
        ("old", "", [("removed", "old")]),
    ],
)
def test_words_and_han_characters_are_compared(base, text, expected):
    found = [(piece.kind, piece.text) for piece in difference(base, text)]
    assert found[: len(expected)] == expected


def test_a_text_without_the_removed_words_is_as_it_was():
    base, text = "a quiet harbour,  fog", "a loud  harbour\nat night, fog"
    found = difference(base, text)
    kept = "".join(each.text for each in found if each.kind != "removed")
    assert "".join(kept.split()) == "".join(text.split())


def test_long_texts_are_compared_by_phrase():
    base = ", ".join(f"word{n} more" for n in range(MOST_PARTS // 2))
    found = difference(base, f"{base}, last one")
    assert Piece("last one", "added") in found
