"""Care: what a moderator chooses for themselves, counted looks, breaks."""

import datetime
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from moderation import exposure, review_leases
from moderation.models import Desk, Reveal, Review
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

URL = reverse("moderation:desk")
CHOSEN = {"cover": "none", "is_grey": "on", "budget": "2", "opted_out": ["porn"]}


def test_a_moderator_chooses_for_themselves(
    signed_in: Any, alice: User, mona: User
) -> None:
    assert signed_in(alice).get(URL).status_code == 404
    client = signed_in(mona)
    client.post(URL, CHOSEN)
    desk = Desk.objects.get()
    assert (desk.cover, desk.is_grey, desk.budget) == ("none", True, 2)
    assert desk.opted_out == ["porn"]
    assert client.post(URL, CHOSEN | {"budget": "0"}).status_code == 422
    assert client.post(URL, CHOSEN | {"opted_out": ["x"]}).status_code == 422


def test_a_blank_frame_asks_for_no_cover(
    signed_in: Any, alice: User, mona: User
) -> None:
    artwork = factories.artwork(alice, moderation="held")
    Desk.objects.create(user=mona, cover="none", is_grey=True)
    client = signed_in(mona)
    address = reverse("moderation:review", args=[artwork.pk])
    cover = reverse("moderation:cover", args=[artwork.pk])
    assert cover not in client.get(address).text
    response = client.post(
        reverse("moderation:reveal", args=[artwork.pk]), headers={"HX-Request": "true"}
    )
    assert 'class="grey"' in response.text


def test_too_many_grave_looks_are_followed_by_a_break(
    signed_in: Any, alice: User, mona: User
) -> None:
    graves = [
        factories.artwork(alice, moderation="held", verdict="block") for _ in range(3)
    ]
    mild = factories.artwork(alice, moderation="held", verdict="review")
    Desk.objects.create(user=mona, budget=2)
    client = signed_in(mona)
    for artwork in (mild, graves[0]):
        client.post(reverse("moderation:reveal", args=[artwork.pk]))
    assert "Severe content in the last hour: 1 of 2." in client.get(URL).text
    assert review_leases.take_next(mona, mild.team_id) is not None
    client.post(reverse("moderation:reveal", args=[graves[1].pk]))
    with pytest.raises(exposure.OnBreak):
        review_leases.take_next(mona, mild.team_id)
    # After the break the hour begins anew.
    Desk.objects.update(break_until=timezone.now())
    assert review_leases.take_next(mona, mild.team_id) is not None
    client.post(reverse("moderation:reveal", args=[graves[2].pk]))
    assert review_leases.take_next(mona, mild.team_id) is not None


def test_looks_are_counted_by_label_and_day(
    signed_in: Any, alice: User, mona: User, otto: User
) -> None:
    labels = [{"label": "porn", "verdict": "block", "rate": 0.9}]
    artwork = factories.artwork(
        alice, moderation="held", verdict="block", labels=labels
    )
    client = signed_in(mona)
    for _ in range(2):
        client.post(reverse("moderation:reveal", args=[artwork.pk]))
    own = Reveal.objects.filter(revealed_by=mona)
    Reveal.objects.create(artwork=artwork, revealed_by=otto, label="porn")
    for days in (2, 9):
        old = timezone.now() - datetime.timedelta(days=days)
        Reveal.objects.create(artwork=artwork, revealed_by=mona, revealed_at=old)
    today = timezone.localdate()
    assert client.get(URL).context["looks"] == [
        (today, "porn", 2, 2),
        (today - datetime.timedelta(days=2), "", 1, 0),
    ]
    assert own.count() == 4
    assert "Pornography" in client.get(URL).text


@pytest.mark.parametrize("brought", ["report", "appeal", "reopened", "sample"])
def test_what_is_grave_weighs_whatever_brings_it(
    signed_in: Any, alice: User, mona: User, brought: str
) -> None:
    artwork = factories.artwork(alice, moderation="held", verdict="block")
    Review.objects.update(cause=brought)
    signed_in(mona).post(reverse("moderation:reveal", args=[artwork.pk]))
    assert Reveal.objects.get().is_grave


def test_a_break_holds_for_sheets_too(alice: User, mona: User) -> None:
    artwork = factories.artwork(alice, moderation="held")
    until = timezone.now() + datetime.timedelta(minutes=5)
    Desk.objects.create(user=mona, break_until=until)
    with pytest.raises(exposure.OnBreak):
        review_leases.take_sheet(mona, artwork.team_id)


def test_labels_left_out_stand_on_no_sheet(alice: User, mona: User) -> None:
    labels = [{"label": "porn", "verdict": "review", "rate": 0.7}]
    artwork = factories.artwork(
        alice, moderation="held", verdict="review", labels=labels
    )
    desk = Desk.objects.create(user=mona, opted_out=["porn"])
    assert review_leases.take_sheet(mona, artwork.team_id) == []
    desk.opted_out = []
    desk.save()
    assert review_leases.take_sheet(mona, artwork.team_id) == [
        factories.review(artwork).pk
    ]


def test_a_label_left_out_counts_where_it_is_not_the_strongest(
    alice: User, mona: User
) -> None:
    labels = [
        {"label": "politics", "verdict": "block", "rate": 0.99},
        {"label": "porn", "verdict": "review", "rate": 0.9},
    ]
    both = factories.artwork(alice, moderation="held", verdict="block", labels=labels)
    clean = [
        {"label": "politics", "verdict": "review", "rate": 0.9},
        {"label": "porn", "verdict": "pass", "rate": 0.99},
    ]
    other = factories.artwork(alice, moderation="held", verdict="review", labels=clean)
    Desk.objects.create(user=mona, opted_out=["porn"])
    team = both.team_id
    found = review_leases.take_next(mona, team)
    assert found is not None and found.artwork == other
    assert review_leases.take_next(mona, team) is None
    review_leases.give_back(mona, [found.pk])
    assert review_leases.take_sheet(mona, team) == [found.pk]
