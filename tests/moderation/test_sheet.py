"""The sheet: leased as a whole, exceptions stay, the rest is decided once."""

from typing import Any

import pytest
from django.urls import reverse

from accounts.models import User
from generation.models import Artwork
from moderation import review_leases
from moderation.models import Decision, Review
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

SHEET = reverse("moderation:sheet")
DECIDE = reverse("moderation:decide_sheet")


@pytest.fixture
def held(alice: User) -> list[Artwork]:
    return [factories.artwork(alice, moderation="held") for _ in range(4)]


def sent(response: Any) -> dict[str, Any]:
    rows = response.context["reviews"]
    return {"item": [f"{row.pk}:{row.claim}" for row in rows]}


def states() -> list[str]:
    factories.settle()
    return list(Artwork.objects.order_by("pk").values_list("moderation", flat=True))


def test_it_leases_what_it_shows(
    signed_in: Any, held: list[Artwork], mona: User, otto: User
) -> None:
    response = signed_in(mona).get(SHEET)
    assert len(response.context["reviews"]) == 4
    assert review_leases.held_by(mona).count() == 4
    assert signed_in(otto).get(SHEET).context["reviews"] == []
    assert "picture/" not in response.text


def test_those_of_one_generation_stand_together(
    signed_in: Any, held: list[Artwork], mona: User
) -> None:
    free = {"reserved": 0}
    first = factories.artwork(
        held[0].requested_by, moderation="held", generation_fields=free
    )
    twin = factories.artwork(
        first.requested_by,
        moderation="held",
        generation=first.generation,
        task=first.task,
        position=1,
    )
    groups = signed_in(mona).get(SHEET).context["groups"]
    keys = [[row.artwork_id for row in group] for group in groups]
    assert [first.pk, twin.pk] in [sorted(group) for group in keys]
    assert len(groups) == 5


def test_enter_on_a_checkbox_presses_no_button(
    signed_in: Any, held: list[Artwork], mona: User
) -> None:
    """The first button of a form is the one that Enter presses."""
    text = signed_in(mona).get(reverse("moderation:sheet")).text
    form = text[text.index('id="review"') :]
    assert form.index("<button disabled hidden>") < form.index('name="action"')


def test_the_rest_is_released_and_the_marked_stay(
    signed_in: Any, held: list[Artwork], mona: User
) -> None:
    client = signed_in(mona)
    form = sent(client.get(SHEET))
    marked = factories.review(held[1]).pk
    response = client.post(
        DECIDE, {**form, "action": "release", "marked": [marked]}, follow=True
    )
    assert "3 pictures approved." in response.text
    assert [row.pk for row in response.context["reviews"]] == [marked]
    assert states() == ["released", "held", "released", "released"]


def test_where_all_are_marked_nothing_is_decided(
    signed_in: Any, held: list[Artwork], mona: User
) -> None:
    client = signed_in(mona)
    form = sent(client.get(SHEET)) | {"action": "release"}
    form["marked"] = [item.split(":")[0] for item in form["item"]]
    page = client.post(DECIDE, form, follow=True)
    assert "All of them are marked: nothing was decided." in page.text
    assert not Decision.objects.exists()


def test_the_rest_is_rejected_with_a_reason(
    signed_in: Any, held: list[Artwork], mona: User
) -> None:
    client = signed_in(mona)
    form = sent(client.get(SHEET))
    assert client.post(DECIDE, {**form, "action": "reject"}).status_code == 422
    client.post(DECIDE, {**form, "reason": "quality"})
    assert set(states()) == {"rejected"}
    assert set(Decision.objects.values_list("reason", flat=True)) == {"quality"}


def test_a_sheet_sent_twice_is_decided_once(
    signed_in: Any, held: list[Artwork], mona: User
) -> None:
    client = signed_in(mona)
    form = {**sent(client.get(SHEET)), "action": "release"}
    client.post(DECIDE, form)
    client.post(DECIDE, form)
    assert Decision.objects.count() == 4


def test_what_is_no_longer_theirs_is_told(
    signed_in: Any, held: list[Artwork], mona: User, otto: User
) -> None:
    client = signed_in(mona)
    form = {**sent(client.get(SHEET)), "action": "release"}
    lost = factories.review(held[0])
    review_leases.give_back(mona, [lost.pk])
    assert review_leases.take(lost, otto)
    response = client.post(DECIDE, form, follow=True)
    assert "3 pictures approved." in response.text
    assert "1 was no longer yours" in response.text
    assert states()[0] == "held"


def test_what_a_second_person_decides_is_not_said_to_be_decided(
    signed_in: Any, held: list[Artwork], mona: User
) -> None:
    Review.objects.filter(artwork=held[0]).update(two_for="both")
    client = signed_in(mona)
    form = {**sent(client.get(SHEET)), "action": "release"}
    page = client.post(DECIDE, form, follow=True)
    assert "3 pictures approved." in page.text
    assert "A second person decides with you." in page.text


def test_a_whole_sheet_is_undone(
    signed_in: Any, held: list[Artwork], mona: User
) -> None:
    client = signed_in(mona)
    form = {**sent(client.get(SHEET)), "action": "release"}
    response = client.post(DECIDE, form, follow=True)
    assert len(response.context["undoable"]) == 4
    undo = {"undo": [row.pk for row in response.context["undoable"]], "sheet": "1"}
    response = client.post(reverse("moderation:undo"), undo, follow=True)
    assert len(response.context["reviews"]) == 4
    assert set(states()) == {"held"}


def test_nonsense_is_refused(signed_in: Any, held: list[Artwork], mona: User) -> None:
    client = signed_in(mona)
    assert client.post(DECIDE, {"action": "hold"}).status_code == 400
    odd = {"action": "release", "item": ["x", "1:y", "9:9", ":"]}
    assert client.post(DECIDE, odd).status_code == 302
    assert not Decision.objects.exists()


def test_members_get_404(signed_in: Any, held: list[Artwork], alice: User) -> None:
    assert signed_in(alice).get(SHEET).status_code == 404
    assert signed_in(alice).post(DECIDE, {"action": "release"}).status_code == 404
    assert not Review.objects.exclude(claimed_by=None).exists()


def test_it_costs_the_same_queries_with_many(
    signed_in: Any,
    alice: User,
    held: list[Artwork],
    mona: User,
    django_assert_num_queries: Any,
    django_assert_max_num_queries: Any,
) -> None:
    client = signed_in(mona)
    client.get(SHEET)
    with django_assert_max_num_queries(22) as few:
        client.get(SHEET)
    queries = len(few)
    Review.objects.update(claimed_until=None)
    for _ in range(8):
        factories.artwork(alice, moderation="held")
    client.get(SHEET)
    with django_assert_num_queries(queries):
        client.get(SHEET)


def test_a_number_that_no_row_has_is_nobodys(signed_in: Any, mona: User) -> None:
    client = signed_in(mona)
    sent = {"item": f"{'9' * 30}:1", "action": "release"}
    assert client.post(DECIDE, sent).status_code == 302
    assert client.get(SHEET, {"undo": "9" * 30}).status_code == 200
