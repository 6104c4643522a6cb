"""What a picture came from, and what came of it."""

import pytest
from django.core.files.base import ContentFile

from gallery import acts, lineage
from gallery.acts import finals
from gallery.models import Act, Final
from generation import uploads
from generation.models import Artwork, Generation, Origin, Upload
from tests import factories

pytestmark = pytest.mark.both_databases


def made(user, prompt="", *, of=None, again=None, **fields):
    """A picture of its own generation: made from a picture, or by its request again."""
    artwork = factories.artwork(
        user, generation_fields={"prompt": prompt or "A boat"}, **fields
    )
    if of:
        parent, given = of.generation, of
    elif again:
        parent, given = again.generation, None
    else:
        return artwork
    Origin.objects.create(generation=artwork.generation, parent=parent, artwork=given)
    return artwork


def shown(client, artwork):
    return client.get(f"/artworks/{artwork.pk}/lineage/")


def tree(answer):
    return [(p.depth, p.artworks[0].pk) for p in answer.context["places"]]


def hide(artwork, how):
    if how == "binned":
        Artwork.objects.filter(pk=artwork.pk).update(binned_at=artwork.created_at)
    else:
        Artwork.objects.filter(pk=artwork.pk).update(moderation=how)


# --- What is shown


def test_the_whole_tree_with_cost_of_each_and_in_sum(alice, mona, signed_in):
    root = made(alice)
    edited = made(mona, of=root)
    reused = made(alice, again=root)
    larger = made(alice, of=edited)
    made(alice)
    for each in (root, edited, reused, larger):
        answer = shown(signed_in(alice), each)
        found = [(0, root.pk), (1, edited.pk), (2, larger.pk), (1, reused.pk)]
        assert tree(answer) == found
    costs = [place.cost for place in answer.context["places"]]
    assert costs == ["4 integrals"] * 4
    assert answer.context["sums"] == ["16 integrals"]
    places = {p.artworks[0].pk: p for p in answer.context["places"]}
    assert places[larger.pk].given == [edited.pk]
    assert places[reused.pk].is_repeat
    assert not places[root.pk].is_repeat
    assert [p.is_here for p in answer.context["places"]] == [False, False, True, False]


def test_a_picture_of_two_stands_once_below_the_older(alice, signed_in):
    older, newer = made(alice), made(alice)
    both = made(alice, of=older)
    Origin.objects.create(
        generation=both.generation, parent=newer.generation, artwork=newer
    )
    answer = shown(signed_in(alice), both)
    assert sorted(tree(answer)) == [(0, older.pk), (0, newer.pk), (1, both.pk)]
    both_given = [place.given for place in answer.context["places"] if place.given]
    assert both_given == [[older.pk, newer.pk]]


def test_a_long_chain_is_bounded_and_has_what_is_shown(alice, signed_in, monkeypatch):
    monkeypatch.setattr(lineage, "MOST_NODES", 5)
    chain = [made(alice)]
    for _ in range(7):
        chain.append(made(alice, again=chain[-1]))
    answer = shown(signed_in(alice), chain[6])
    assert len(tree(answer)) == 5
    assert chain[6].pk in {pk for _depth, pk in tree(answer)}
    assert answer.context["is_cut"]


def test_a_larger_tree_takes_no_more_queries(
    alice, signed_in, django_assert_max_num_queries
):
    root = made(alice)
    for _ in range(6):
        made(alice, of=made(alice, of=root))
    client = signed_in(alice)
    with django_assert_max_num_queries(16):
        shown(client, root)


def test_an_upload_is_shown_to_its_person_alone(alice, mona, signed_in):
    file = ContentFile(factories.picture_bytes(size=(96, 96)))
    upload = uploads.take(file, by=alice, team=factories.team())
    given = [{"token": upload.token, "extension": "png"}]
    artwork = factories.artwork(
        alice, generation_fields={"parameters": {"reference": given}}
    )
    assert upload.token in shown(signed_in(alice), artwork).text
    assert upload.token not in shown(signed_in(mona), artwork).text


def test_the_page_of_a_picture_leads_to_it(alice, signed_in):
    artwork = made(alice)
    address = f"/artworks/{artwork.pk}/lineage/"
    client = signed_in(alice)
    assert address in client.get(f"/artworks/{artwork.pk}/").text
    part = client.get(address, headers={"HX-Request": "true"})
    assert "<html" not in part.text
    assert "nothing was made from it" in part.text


# --- Nothing leaks


@pytest.mark.parametrize("how", ["held", "rejected", "pending", "binned"])
def test_what_may_not_be_seen_is_left_out_and_leads_to_nothing_else(
    alice, mona, signed_in, how
):
    root = made(alice)
    hidden = made(alice, "a secret", of=root)
    below = made(alice, of=hidden)
    alone = made(alice, "a secret", of=root)
    hide(hidden, how)
    hide(alone, how)
    for user in (alice, mona):
        answer = shown(signed_in(user), root)
        assert tree(answer) == [(0, root.pk), (1, below.pk)]
        assert "secret" not in answer.text
        for pk in (hidden.pk, alone.pk):
            assert f"/{pk}/" not in answer.text
        assert answer.context["sums"] == ["8 integrals"]
        assert shown(signed_in(user), hidden).status_code == 404


def test_relatives_by_a_hidden_picture_alone_are_unknown(alice, signed_in):
    root = made(alice)
    one, other = made(alice, of=root), made(alice, of=root)
    hide(root, "held")
    assert tree(shown(signed_in(alice), one)) == [(0, one.pk)]
    assert tree(shown(signed_in(alice), other)) == [(0, other.pk)]


def test_a_hidden_picture_of_a_seen_generation_costs_and_shows_nothing(
    alice, signed_in
):
    of = factories.generation(alice, status="done", pictures=2, reserved=0)
    seen, held = (
        factories.artwork(
            alice,
            generation=of,
            task=factories.task(
                of, position=n, status="succeeded", cost=3 + n, is_booked=True
            ),
            moderation=moderation,
        )
        for n, moderation in enumerate(("released", "held"))
    )
    below = made(alice, of=held)
    answer = shown(signed_in(alice), below)
    assert tree(answer) == [(0, seen.pk), (1, below.pk)]
    assert answer.context["sums"] == ["7 integrals"]
    assert answer.context["places"][1].given == []
    assert f"/{held.pk}/" not in answer.text


def test_another_teams_is_unknown(alice, bob, signed_in):
    root, foreign = made(alice), made(bob, "a secret")
    Origin.objects.create(generation=foreign.generation, parent=root.generation)
    assert tree(shown(signed_in(alice), root)) == [(0, root.pk)]
    assert shown(signed_in(bob), root).status_code == 404


# --- The final


def act(client, what, artwork):
    return client.post("/gallery/acts/", {"act": what, "picture": artwork.pk})


def test_one_final_of_a_tree_and_each_mark_is_undone(alice, signed_in):
    root = made(alice)
    first, second, other = made(alice, of=root), made(alice, again=root), made(alice)
    client = signed_in(alice)
    act(client, "final:1", first)
    act(client, "final:1", other)
    act(client, "final:1", second)
    assert set(Final.objects.values_list("artwork", flat=True)) == {second.pk, other.pk}
    assert shown(client, root).context["final"] == second.pk
    newest = Act.objects.latest("pk")
    client.post(f"/gallery/acts/{newest.pk}/undo/")
    assert shown(client, second).context["final"] == first.pk
    act(client, "final:0", second)
    assert shown(client, second).context["final"] == first.pk
    act(client, "final:0", first)
    assert shown(client, second).context["final"] is None
    acts.undo(Act.objects.latest("pk"), by=alice)
    assert shown(client, second).context["final"] == first.pk


def test_an_undo_leaves_what_another_marked_since(alice, mona):
    root = made(alice)
    first, second = made(alice, of=root), made(alice, of=root)
    team = factories.team()
    marked = acts.mark_final([first.pk], by=alice, team=team)
    acts.mark_final([second.pk], by=mona, team=team)
    acts.undo(marked, by=alice)
    assert Final.objects.get().artwork_id == second.pk


def test_an_undo_meets_a_mark_of_the_same_moment(alice, mona, monkeypatch):
    root = made(alice)
    first, second = made(alice, of=root), made(alice, of=root)
    team = factories.team()
    acts.mark_final([first.pk], by=alice, team=team)
    taken = acts.unmark_final([first.pk], by=alice, team=team)
    acts.mark_final([second.pk], by=mona, team=team)
    monkeypatch.setattr(finals, "_locked", lambda root: None)
    finals.undo(taken)
    assert Final.objects.get().artwork_id == second.pk


def test_a_foreign_or_hidden_picture_is_no_final(alice, bob, signed_in):
    foreign, held = made(bob), made(alice, moderation="held")
    client = signed_in(alice)
    act(client, "final:1", foreign)
    act(client, "final:1", held)
    assert not Final.objects.exists()


def test_a_final_that_is_hidden_since_is_not_told(alice, signed_in):
    root = made(alice)
    final = made(alice, of=root)
    acts.mark_final([final.pk], by=alice, team=factories.team())
    hide(final, "binned")
    assert shown(signed_in(alice), root).context["final"] is None


# --- What is kept


@pytest.fixture
def create(alice, signed_in, open_gateways, typed):
    client = signed_in(alice)

    def create(**more):
        answer = client.post("/generations/", typed | more)
        assert answer.status_code == 302, answer.context["form"].errors
        return Generation.objects.latest("pk")

    return create


def test_a_reused_request_is_kept(alice, mona, signed_in, create):
    artwork = made(mona)
    page = signed_in(alice).get("/", {"like": artwork.pk})
    field = f'name="repeats" value="{artwork.generation_id}"'
    assert field in page.text
    generation = create(repeats=artwork.generation_id)
    origin = generation.origins.get()
    assert (origin.parent, origin.artwork) == (artwork.generation, None)


def test_a_picture_that_is_used_is_kept_after_its_upload_is_gone(
    alice, mona, signed_in, create, settings
):
    settings.PUBLIC_URL = "https://portal.example"
    artwork = made(mona)
    use = {"operation": "wujie-drawing"}
    signed_in(alice).post(f"/artworks/{artwork.pk}/reference/", use)
    upload = Upload.objects.get()
    assert upload.made_of == artwork
    generation = create(init_image=upload.token)
    upload.delete()
    origin = generation.origins.get()
    assert (origin.parent, origin.artwork) == (artwork.generation, artwork)


def test_an_own_request_without_pictures_is_kept(alice, create):
    failed = factories.generation(alice, status="failed", reserved=0)
    assert create(repeats=failed.pk).origins.get().parent == failed


@pytest.mark.parametrize("case", ["foreign", "hidden", "unknown", "text"])
def test_what_may_not_be_known_is_not_repeated(mona, bob, create, case):
    sent = {
        "foreign": lambda: made(bob).generation_id,
        "hidden": lambda: made(mona, moderation="held").generation_id,
        "unknown": lambda: 10**9,
        "text": lambda: "x",
    }[case]()
    assert not create(repeats=sent).origins.exists()


def test_a_plain_request_comes_from_nothing(create):
    assert not create().origins.exists()
    assert not Origin.objects.exists()
