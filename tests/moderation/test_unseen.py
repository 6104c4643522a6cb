"""Severe pictures: nobody releases them unseen, by whatever way."""

from typing import Any

import pytest
from django.urls import reverse

from accounts.models import User
from generation.models import Artwork
from moderation import decisions, reveals
from moderation.models import Decision, Review
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

HTMX = {"HX-Request": "true"}
BLOCKED_LABEL = [{"label": "porn", "verdict": "block", "rate": 0.9}]
SEVERE: dict[str, dict[str, Any]] = {
    "block": {"verdict": "block"},
    "check failed": {"verdict": "pass", "is_check_failed": True},
    "offending": {"verdict": "pass", "is_offending": True},
    "a label": {"verdict": "review", "labels": BLOCKED_LABEL},
}


@pytest.fixture(params=SEVERE)
def severe(request: Any, alice: User) -> Artwork:
    return factories.artwork(alice, moderation="held", **SEVERE[request.param])


def blocked(alice: User, **fields: Any) -> Artwork:
    return factories.artwork(alice, moderation="held", verdict="block", **fields)


def form(artwork: Artwork, by: User, action: str = "release") -> dict[str, Any]:
    return {"action": action, "claim": factories.review(artwork, by).claim}


def decide_url(artwork: Artwork) -> str:
    return reverse("moderation:decide", args=[artwork.pk])


def test_it_is_released_only_after_a_reveal(severe: Artwork, mona: User) -> None:
    review = factories.review(severe, claimed_by=mona)
    with pytest.raises(decisions.Unseen):
        decisions.decide(review, review.claim, "release", by=mona)
    assert not Decision.objects.exists()
    reveals.reveal(severe, by=mona)
    decisions.decide(review, review.claim, "release", by=mona)
    assert Decision.objects.get().action == "release"


def test_anothers_look_or_one_at_a_reference_is_none(
    alice: User, mona: User, otto: User
) -> None:
    artwork = blocked(alice)
    reveals.reveal(artwork, by=otto)
    reveals.reveal(artwork, by=mona, reference="a" * 64)
    review = factories.review(artwork, claimed_by=mona)
    with pytest.raises(decisions.Unseen):
        decisions.decide(review, review.claim, "release", by=mona)


def test_it_is_rejected_unseen(severe: Artwork, mona: User) -> None:
    review = factories.review(severe, claimed_by=mona)
    decisions.decide(review, review.claim, "reject", by=mona, reason="sexual")
    assert Decision.objects.get().action == "reject"


def test_each_of_two_has_to_look(alice: User, mona: User, otto: User) -> None:
    artwork = blocked(alice)
    Review.objects.update(two_for="both")
    reveals.reveal(artwork, by=mona)
    review = factories.review(artwork, claimed_by=mona)
    decisions.decide(review, review.claim, "release", by=mona)
    review = factories.review(artwork, claimed_by=otto)
    with pytest.raises(decisions.Unseen):
        decisions.decide(review, review.claim, "release", by=otto)


def test_the_page_says_to_reveal_it_first(
    signed_in: Any, alice: User, mona: User
) -> None:
    artwork, client = blocked(alice), signed_in(mona)
    sent = form(artwork, mona) | {"note": "too dark"}
    response = client.post(decide_url(artwork), sent, headers=HTMX)
    assert response.status_code == 422
    assert "Severe content: reveal it before you approve it." in response.text
    assert "too dark" in response.text
    url = reverse("moderation:reveal", args=[artwork.pk])
    revealed = client.post(url, headers=HTMX).text
    assert 'id="release"' in revealed
    assert "Severe content" not in revealed
    assert client.post(decide_url(artwork), sent, headers=HTMX).status_code == 200
    assert Decision.objects.get().action == "release"


def test_it_is_never_released_with_the_rest(
    signed_in: Any, alice: User, mona: User
) -> None:
    grave, mild = blocked(alice), factories.artwork(alice, moderation="held")
    reveals.reveal(grave, by=mona)  # even what was looked at
    client = signed_in(mona)
    page = client.get(reverse("moderation:sheet"))
    assert page.text.count("Not approved with the rest") == 1
    items = [f"{row.pk}:{row.claim}" for row in page.context["reviews"]]
    sent = {"item": items, "action": "release"}
    page = client.post(reverse("moderation:decide_sheet"), sent, follow=True)
    assert "1 picture approved." in page.text
    assert "1 stays: severe content" in page.text
    assert [row.artwork_id for row in page.context["reviews"]] == [grave.pk]
    assert Decision.objects.get().artwork == mild
    # It is rejected with the rest.
    sent = {"item": items, "reason": "sexual"}
    client.post(reverse("moderation:decide_sheet"), sent)
    assert Decision.objects.get(artwork=grave).action == "reject"


@pytest.mark.parametrize(
    ("is_revealed", "state"), [(False, "held"), (True, "released")]
)
def test_equal_bytes_follow_only_what_was_seen(
    alice: User, mona: User, is_revealed: bool, state: str
) -> None:
    """The first came with a milder audit, and was released by its cover."""
    first = factories.artwork(alice, moderation="held", verdict="review")
    if is_revealed:
        reveals.reveal(first, by=mona)
    review = factories.review(first, claimed_by=mona)
    decisions.decide(review, review.claim, "release", by=mona)
    factories.settle()
    again = factories.artwork(
        alice, moderation="pending", verdict="block", sha256=first.sha256
    )
    decisions.screen_pending(10)
    again.refresh_from_db()
    assert again.moderation == state
