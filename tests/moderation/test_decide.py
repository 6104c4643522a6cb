"""A decision: once, with a reason where it is a no, answered by what changed."""

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership, User
from generation.models import Artwork
from moderation import decisions, review_leases
from moderation.models import Decision, Review
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

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


def claim(artwork: Artwork, by: User) -> int:
    return factories.review(artwork, claimed_by=by).claim


# --- The next one


def test_the_next_one_comes_after_a_decision(
    signed_in: Any, held: Artwork, alice: User, mona: User
) -> None:
    form = {"action": "release", "claim": claim(held, mona)}
    other = factories.artwork(alice, moderation="held", verdict="review")
    response = signed_in(mona).post(url(held), form, headers=HTMX)
    assert response["HX-Push-Url"] == f"{review_url(other)}?team={held.team_id}"
    assert reverse("moderation:cover", args=[other.pk]) in response.text
    assert "Approved." in response.text
    assert 'hx-swap-oob="true"' in response.text
    assert "Undo" in response.text


def test_the_next_one_comes_without_htmx_too(
    signed_in: Any, held: Artwork, alice: User, mona: User
) -> None:
    other = factories.artwork(alice, moderation="held", verdict="block")
    factories.artwork(alice, moderation="held", verdict="review")
    form = {"action": "release", "part": "block", "claim": claim(held, mona)}
    response = signed_in(mona).post(url(held), form, follow=True)
    path, _ = response.redirect_chain[0]
    assert path.startswith(f"{review_url(other)}?team={held.team_id}&part=block&undo=")
    assert [row.artwork_id for row in response.context["undoable"]] == [held.pk]


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "part"])
def test_the_last_one_can_be_undone_on_the_queue(
    signed_in: Any, held: Artwork, mona: User, headers: dict[str, str]
) -> None:
    client, form = signed_in(mona), {"action": "release", "claim": claim(held, mona)}
    response = client.post(url(held), form, headers=headers)
    page = client.get(response.headers.get("HX-Redirect") or response.url)
    assert "Nothing to review" in page.text
    sent = {"undo": [row.pk for row in page.context["undoable"]]}
    assert f'name="undo" value="{sent["undo"][0]}"' in page.text
    client.post(reverse("moderation:undo"), sent)
    assert factories.review(held).is_claimed_by(mona)


def test_a_page_that_loaded_it_ahead_gets_the_strip_alone(
    signed_in: Any, held: Artwork, alice: User, mona: User
) -> None:
    factories.artwork(alice, moderation="held", verdict="review")
    form = {"action": "release", "claim": claim(held, mona), "ahead": "1"}
    response = signed_in(mona).post(url(held), form, headers=HTMX)
    assert response.text.strip().startswith('<div class="strip" id="strip"')
    assert "Approved." in response.text
    assert "Undo" in response.text
    assert review_leases.held_by(mona).count() == 0


def test_after_the_last_one_comes_the_empty_queue(
    signed_in: Any, held: Artwork, alice: User, mona: User
) -> None:
    queue = reverse("moderation:queue")
    form = {"action": "release", "claim": claim(held, mona)}
    response = signed_in(mona).post(url(held), form, headers=HTMX)
    assert response["HX-Redirect"].startswith(queue)
    again = factories.artwork(alice, moderation="held")
    form = {"action": "release", "claim": claim(again, mona)}
    assert signed_in(mona).post(url(again), form).url.startswith(queue)


def test_what_was_written_is_kept(signed_in: Any, held: Artwork, mona: User) -> None:
    form = {"action": "reject", "reason": "other", "note": "看不清"}
    form |= {"text": "Brighter, please.", "claim": str(claim(held, mona))}
    signed_in(mona).post(url(held), form)
    decision = Decision.objects.get()
    assert (decision.note, decision.text) == ("看不清", "Brighter, please.")
    factories.settle()
    assert state(held) == "rejected"


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


def test_a_moderator_takes_it_down_on_the_pictures_page(
    signed_in: Any, alice: User, mona: User, otto: User
) -> None:
    artwork, own = factories.artwork(alice), factories.artwork(mona)
    page = reverse("gallery:artwork", args=[artwork.pk])
    assert 'value="take_down"' not in signed_in(alice).get(page).text
    client = signed_in(mona)
    assert 'value="take_down"' in client.get(page).text
    of_own = client.get(reverse("gallery:artwork", args=[own.pk]))
    assert 'value="take_down"' not in of_own.text
    refused = client.post(url(artwork), {"action": "take_down", "text": "A logo"})
    assert refused.status_code == 422
    assert "A logo" in refused.text
    form = {"action": "take_down", "reason": "rights", "text": "A logo"}
    answer = client.post(url(artwork), form, follow=True)
    assert answer.redirect_chain == [(review_url(artwork), 302)]
    assert "You can reopen it here." in answer.text
    assert reverse("moderation:reopen", args=[artwork.pk]) in answer.text
    assert (
        "A logo"
        in signed_in(alice).get(reverse("moderation:outcome", args=[artwork.pk])).text
    )
    Membership.objects.create(
        user=otto, team=factories.team("Elsewhere"), role="moderator"
    )
    otto.memberships.filter(team=artwork.team).update(role="member")
    shown = signed_in(otto).get(reverse("gallery:artwork", args=[own.pk]))
    assert 'value="take_down"' not in shown.text


# --- Too late, or not enough


@pytest.mark.parametrize("headers", [HTMX, {}])
def test_who_is_late_is_told_and_keeps_the_text(
    signed_in: Any,
    held: Artwork,
    mona: User,
    otto: User,
    headers: dict[str, str],
) -> None:
    stale = claim(held, mona)
    review_leases.give_back(mona, [factories.review(held).pk])
    review = factories.review(held, claimed_by=otto)
    decisions.decide(review, review.claim, "release", by=otto)
    factories.settle()
    form = {"action": "reject", "reason": "quality", "note": "too dark", "text": "Hm."}
    form["claim"] = str(stale)
    response = signed_in(mona).post(url(held), form, headers=headers)
    assert response.status_code == 409
    assert "Someone decided before you" in response.text
    assert "too dark" in response.text
    assert "Hm." in response.text
    assert "approved" in response.text
    assert state(held) == "released"
    assert Decision.objects.count() == 1


def test_a_lease_that_ran_out_is_told_and_what_was_typed_stands_there(
    signed_in: Any, held: Artwork, mona: User
) -> None:
    form = {"action": "reject", "reason": "quality", "note": "too dark", "text": "Hm."}
    form["claim"] = str(claim(held, mona))
    Review.objects.update(claimed_until=timezone.now())
    client = signed_in(mona)
    response = client.post(url(held), form, headers=HTMX)
    assert response.status_code == 409
    assert "Your time for it had run out" in response.text
    assert "too dark</textarea>" in response.text
    assert "Hm.</textarea>" in response.text
    assert not Decision.objects.exists()
    form["claim"] = str(response.context["review"].claim)
    assert client.post(url(held), form, headers=HTMX).status_code == 200
    assert Decision.objects.get().note == "too dark"


def test_what_somebody_else_has_is_not_decided(
    signed_in: Any, held: Artwork, mona: User, otto: User
) -> None:
    theirs = claim(held, otto)
    form = {"action": "release", "claim": theirs}
    response = signed_in(mona).post(url(held), form, headers=HTMX)
    assert response.status_code == 409
    assert "otto is reviewing this" in response.text
    assert not Decision.objects.exists()


@pytest.mark.parametrize("reason", ["", "nonsense"])
def test_a_rejection_without_a_known_reason_is_asked_for_one(
    signed_in: Any, held: Artwork, mona: User, reason: str
) -> None:
    form = {"action": "reject", "reason": reason, "note": "look at the hand"}
    form["claim"] = str(claim(held, mona))
    response = signed_in(mona).post(url(held), form, headers=HTMX)
    assert response.status_code == 422
    assert not Decision.objects.exists()
    assert "look at the hand</textarea>" in response.text
    assert "Choose a reason." in response.text


@pytest.mark.parametrize(
    "form", [{"action": ""}, {"action": "hold"}, {"action": "release", "claim": "x"}]
)
def test_nonsense_is_refused(
    signed_in: Any, held: Artwork, mona: User, form: dict[str, str]
) -> None:
    assert signed_in(mona).post(url(held), form).status_code == 400
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


def test_nobody_takes_down_or_reopens_their_own(signed_in: Any, mona: User) -> None:
    own = factories.artwork(mona)
    client = signed_in(mona)
    text = client.get(review_url(own)).text
    assert 'value="take_down"' not in text
    assert reverse("moderation:reopen", args=[own.pk]) not in text
    form = {"action": "take_down", "reason": "quality"}
    assert client.post(url(own), form).status_code == 404
    reopening = reverse("moderation:reopen", args=[own.pk])
    assert client.post(reopening, {"reason": "?"}).status_code == 404
    assert state(own) == "released"


def test_a_second_tab_is_told_what_was_decided(
    signed_in: Any, held: Artwork, mona: User
) -> None:
    stale = {"claim": str(claim(held, mona))}
    client = signed_in(mona)
    client.post(url(held), stale | {"action": "release"})
    form = stale | {"action": "reject", "reason": "quality", "note": "too dark"}
    response = client.post(url(held), form, headers=HTMX)
    assert response.status_code == 409
    assert "too dark" in response.text
    assert "Rejected" not in response.text
    assert Decision.objects.get().action == "release"
