"""One artwork before a moderator: covered until they reveal it, each look counted."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Membership, User
from generation.models import Artwork
from moderation import decisions
from moderation.models import Reveal, Review
from tests import factories

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def url(name: str, artwork: Artwork) -> str:
    return reverse(f"moderation:{name}", args=[artwork.pk])


@pytest.fixture
def held(alice: User) -> Artwork:
    return factories.artwork(
        alice,
        moderation="pending",
        verdict="review",
        labels=[
            {
                "label": "porn",
                "description": "色情",
                "scene": "PORN",
                "verdict": "review",
                "rate": 0.71,
            }
        ],
    )


@pytest.fixture(autouse=True)
def screened(held: Artwork) -> None:
    assert decisions.screen_pending(10) == 1
    held.refresh_from_db()


def body(response: Any) -> bytes:
    """Read to the end: the client closes the file then."""
    return b"".join(response.streaming_content)


# --- The page


def test_a_moderator_sees_the_facts(signed_in: Any, held: Artwork, mona: User) -> None:
    text = signed_in(mona).get(url("review", held)).text
    for fact in ("Pornography", "色情", "71 %", "A quiet harbour at dawn", "alice"):
        assert fact in text
    assert "4 integrals" in text
    assert "the gateway suggests: review" in text


def test_a_part_of_the_page_comes_for_htmx(
    signed_in: Any, held: Artwork, mona: User
) -> None:
    text = signed_in(mona).get(url("review", held), headers=HTMX).text
    assert text.strip().startswith('<div class="focus" id="review"')
    assert "<html" not in text


@pytest.mark.parametrize("name", ["review", "cover", "picture"])
def test_who_may_not_review_gets_404(
    signed_in: Any, held: Artwork, alice: User, bob: User, name: str
) -> None:
    Reveal.objects.create(artwork=held, revealed_by=alice)
    for who in (alice, bob):
        assert signed_in(who).get(url(name, held)).status_code == 404


@pytest.mark.parametrize("name", ["review", "cover", "picture"])
def test_another_teams_moderator_gets_404(
    signed_in: Any, held: Artwork, bob: User, name: str
) -> None:
    bob.memberships.update(role=Membership.Role.ADMIN)
    Reveal.objects.create(artwork=held, revealed_by=bob)
    assert signed_in(bob).get(url(name, held)).status_code == 404


@pytest.mark.parametrize("name", ["review", "cover", "picture"])
def test_who_is_not_signed_in_is_asked_to(
    client: Any, held: Artwork, name: str
) -> None:
    response = client.get(url(name, held))
    assert response.status_code == 302
    assert response.url.startswith(reverse("accounts:login"))


@pytest.mark.parametrize("name", ["review", "cover", "picture"])
def test_they_are_read_by_get_only(
    signed_in: Any, held: Artwork, mona: User, name: str
) -> None:
    assert signed_in(mona).post(url(name, held)).status_code == 405


# --- What travels


def test_the_cover_is_not_the_picture(
    signed_in: Any, held: Artwork, mona: User
) -> None:
    response = signed_in(mona).get(url("cover", held))
    assert response.status_code == 200
    assert response["Content-Type"] == "image/webp"
    cover = body(response)
    Reveal.objects.create(artwork=held, revealed_by=mona)
    assert cover != body(signed_in(mona).get(url("picture", held)))


def test_nothing_clear_is_sent_before_a_reveal(
    signed_in: Any, held: Artwork, mona: User
) -> None:
    client = signed_in(mona)
    assert client.get(url("picture", held)).status_code == 404
    page = client.get(url("review", held) + "?revealed=1").text
    assert url("picture", held) not in page
    client.post(url("reveal", held), headers=HTMX)
    response = client.get(url("picture", held))
    assert response.status_code == 200
    assert len(body(response)) == held.size
    assert "no-store" in response["Cache-Control"]


def test_one_persons_reveal_opens_nothing_for_another(
    signed_in: Any, held: Artwork, mona: User, otto: User
) -> None:
    signed_in(mona).post(url("reveal", held))
    assert signed_in(otto).get(url("picture", held)).status_code == 404


def test_it_is_covered_again_at_the_next_visit(
    signed_in: Any, held: Artwork, mona: User
) -> None:
    client = signed_in(mona)
    client.post(url("reveal", held))
    page = client.get(url("review", held)).text
    assert url("picture", held) not in page
    assert url("cover", held) in page
    assert "You revealed it once before." in page


def test_the_usual_addresses_stay_shut_for_moderators_too(
    signed_in: Any, held: Artwork, mona: User
) -> None:
    for name in ("generation:picture", "generation:thumbnail", "gallery:artwork"):
        address = reverse(name, args=[held.pk])
        assert signed_in(mona).get(address).status_code == 404


def test_it_says_why_it_is_not_theirs_to_decide(
    signed_in: Any, held: Artwork, alice: User, mona: User, otto: User
) -> None:
    def said(by: User = mona) -> str:
        return str(signed_in(by).get(url("review", held)).context["refused"])

    Review.objects.update(two_for="both")
    first = factories.review(held, claimed_by=mona)
    decisions.decide(first, first.claim, "release", by=mona)
    assert "You decided on it before" in said()
    Review.objects.update(assigned_to=otto)
    assert said() == "It is assigned to otto until it is due."
    alice.memberships.update(role="moderator")
    assert "You created this picture yourself" in said(alice)


# --- The reveal


def test_a_reveal_is_counted_and_answers_the_frame(
    signed_in: Any, held: Artwork, mona: User
) -> None:
    response = signed_in(mona).post(url("reveal", held), headers=HTMX)
    assert response.text.strip().startswith('<figure class="frame" id="frame">')
    assert url("picture", held) in response.text
    assert Reveal.objects.get().revealed_by == mona


def test_each_look_is_counted(signed_in: Any, held: Artwork, mona: User) -> None:
    client = signed_in(mona)
    client.post(url("reveal", held))
    client.post(url("reveal", held))
    assert Reveal.objects.filter(artwork=held, revealed_by=mona).count() == 2


def test_a_reveal_works_without_htmx(signed_in: Any, held: Artwork, mona: User) -> None:
    response = signed_in(mona).post(
        url("reveal", held), {"part": "review"}, follow=True
    )
    assert response.request["PATH_INFO"] == url("review", held)
    assert response.context["queue_filter"].cause == "review"
    assert url("picture", held) in response.text


def test_only_reviewers_reveal(
    signed_in: Any, held: Artwork, alice: User, bob: User, mona: User
) -> None:
    for who in (alice, bob):
        assert signed_in(who).post(url("reveal", held)).status_code == 404
    assert signed_in(mona).get(url("reveal", held)).status_code == 405
    assert not Reveal.objects.exists()


def test_a_reveal_needs_the_csrf_token(held: Artwork, mona: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(mona)
    assert client.post(url("reveal", held)).status_code == 403
    assert not Reveal.objects.exists()
