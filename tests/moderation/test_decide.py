"""A decision: once, with a reason where it is a no, answered by what changed."""

from typing import Any

import pytest
from django.urls import reverse

from accounts.models import User
from generation.models import Artwork
from moderation import decisions
from moderation.models import Decision
from tests import factories

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def held(alice: User) -> Artwork:
    return factories.artwork(alice, moderation="held", verdict="review")


def url(artwork: Artwork) -> str:
    return reverse("moderation:decide", args=[artwork.pk])


def review_url(artwork: Artwork) -> str:
    return reverse("moderation:review", args=[artwork.pk])


def state(artwork: Artwork) -> str:
    return Artwork.objects.get(pk=artwork.pk).moderation


# --- From the queue


def test_the_item_becomes_released_in_its_place(
    signed_in: Any, held: Artwork, alice: User, mona: User
) -> None:
    form = {"action": "release", "from": "queue"}
    response = signed_in(mona).post(url(held), form, headers=HTMX)
    assert response.status_code == 200
    assert response.text.strip().startswith(
        f'<li class="item card" id="artwork-{held.pk}">'
    )
    assert "released" in response.text
    assert 'value="release"' not in response.text
    assert state(held) == "released"
    picture = reverse("generation:picture", args=[held.pk])
    response = signed_in(alice).get(picture)
    assert len(b"".join(response.streaming_content)) == held.size


def test_the_item_becomes_rejected_with_its_reason(
    signed_in: Any, held: Artwork, mona: User
) -> None:
    form = {"action": "reject", "reason": "violence", "from": "queue"}
    response = signed_in(mona).post(url(held), form, headers=HTMX)
    assert "rejected" in response.text
    assert "Violence or terror" in response.text
    assert Decision.objects.get().reason == "violence"


def test_without_htmx_one_comes_back_to_the_same_part(
    signed_in: Any, held: Artwork, mona: User
) -> None:
    form = {"action": "release", "from": "queue", "part": "review"}
    response = signed_in(mona).post(url(held), form)
    queue = reverse("moderation:queue")
    assert response.url == f"{queue}?team={held.team_id}&part=review"


# --- From the single view


def test_the_next_one_comes_after_a_decision(
    signed_in: Any, held: Artwork, alice: User, mona: User
) -> None:
    other = factories.artwork(alice, moderation="held", verdict="review")
    response = signed_in(mona).post(url(held), {"action": "release"}, headers=HTMX)
    assert response["HX-Push-Url"] == f"{review_url(other)}?part="
    assert reverse("moderation:cover", args=[other.pk]) in response.text
    assert "Released." in response.text


def test_the_next_one_comes_without_htmx_too(
    signed_in: Any, held: Artwork, alice: User, mona: User
) -> None:
    other = factories.artwork(alice, moderation="held", verdict="block")
    factories.artwork(alice, moderation="held", verdict="review")
    response = signed_in(mona).post(url(held), {"action": "release", "part": "block"})
    assert response.url == f"{review_url(other)}?part=block"


def test_after_the_last_one_comes_the_empty_queue(
    signed_in: Any, held: Artwork, alice: User, mona: User
) -> None:
    queue = reverse("moderation:queue")
    response = signed_in(mona).post(url(held), {"action": "release"}, headers=HTMX)
    assert response["HX-Redirect"] == queue
    again = factories.artwork(alice, moderation="held")
    assert signed_in(mona).post(url(again), {"action": "release"}).url == queue


def test_a_note_is_kept(signed_in: Any, held: Artwork, mona: User) -> None:
    form = {"action": "reject", "reason": "other", "note": "看不清"}
    signed_in(mona).post(url(held), form)
    assert Decision.objects.get().note == "看不清"


def test_what_was_released_is_taken_down(
    signed_in: Any, alice: User, mona: User
) -> None:
    artwork = factories.artwork(alice)
    form = {"action": "take_down", "reason": "rights"}
    signed_in(mona).post(url(artwork), form)
    assert state(artwork) == "rejected"
    picture = reverse("generation:picture", args=[artwork.pk])
    assert signed_in(alice).get(picture).status_code == 404


def test_the_page_of_a_released_one_offers_to_take_it_down(
    signed_in: Any, alice: User, mona: User
) -> None:
    artwork = factories.artwork(alice)
    text = signed_in(mona).get(review_url(artwork)).text
    assert 'value="take_down"' in text
    assert 'value="release"' not in text


# --- Too late, or not enough


@pytest.mark.parametrize("origin", ["queue", ""])
@pytest.mark.parametrize("headers", [HTMX, {}])
def test_who_is_late_is_told_and_keeps_the_text(
    signed_in: Any,
    held: Artwork,
    mona: User,
    otto: User,
    origin: str,
    headers: dict[str, str],
) -> None:
    decisions.decide(held, "release", by=otto)
    form = {"action": "reject", "reason": "quality", "note": "too dark", "from": origin}
    response = signed_in(mona).post(url(held), form, headers=headers)
    assert response.status_code == 409
    assert "Someone decided before you" in response.text
    assert "too dark" in response.text
    assert "released" in response.text
    assert state(held) == "released"
    assert Decision.objects.count() == 1


@pytest.mark.parametrize("origin", ["queue", ""])
@pytest.mark.parametrize("reason", ["", "nonsense"])
def test_a_rejection_without_a_known_reason_is_asked_for_one(
    signed_in: Any, held: Artwork, mona: User, origin: str, reason: str
) -> None:
    form = {"action": "reject", "reason": reason, "note": "hm", "from": origin}
    response = signed_in(mona).post(url(held), form, headers=HTMX)
    assert response.status_code == 422
    assert state(held) == "held"
    assert not Decision.objects.exists()
    assert "<details" in response.text


def test_the_note_is_kept_when_the_reason_is_missing(
    signed_in: Any, held: Artwork, mona: User
) -> None:
    form = {"action": "reject", "note": "look at the hand"}
    response = signed_in(mona).post(url(held), form, headers=HTMX)
    assert "look at the hand</textarea>" in response.text
    assert "Choose a reason." in response.text


@pytest.mark.parametrize("action", ["", "hold", "delete"])
def test_an_unknown_action_is_refused(
    signed_in: Any, held: Artwork, mona: User, action: str
) -> None:
    assert signed_in(mona).post(url(held), {"action": action}).status_code == 400
    assert state(held) == "held"


def test_a_decision_is_no_take_down(signed_in: Any, alice: User, mona: User) -> None:
    """A stale tab of the queue cannot reject what was released meanwhile."""
    artwork = factories.artwork(alice)
    form = {"action": "reject", "reason": "quality"}
    assert signed_in(mona).post(url(artwork), form).status_code == 409
    assert state(artwork) == "released"


# --- Who may


def test_only_reviewers_decide(
    signed_in: Any, held: Artwork, alice: User, bob: User
) -> None:
    for who in (alice, bob):
        response = signed_in(who).post(url(held), {"action": "release"})
        assert response.status_code == 404
    assert state(held) == "held"


def test_it_is_posted(signed_in: Any, held: Artwork, mona: User) -> None:
    assert signed_in(mona).get(url(held)).status_code == 405


def test_what_is_not_stored_is_not_there(
    signed_in: Any, alice: User, mona: User
) -> None:
    artwork = factories.artwork(alice, moderation="held", stored_at=None)
    response = signed_in(mona).post(url(artwork), {"action": "release"})
    assert response.status_code == 404
