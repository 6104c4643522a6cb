"""What keeps a lease, ends it, passes it on, or takes a decision back."""

import datetime
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership, User
from generation.models import Artwork
from log.models import Entry
from moderation import decisions, passing_on, review_leases
from moderation.models import Desk, LeaseEvent, Review
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

HTMX = {"HX-Request": "true"}
NEXT = reverse("moderation:next")


@pytest.fixture
def held(alice: User) -> Artwork:
    return factories.artwork(alice, moderation="held", verdict="review")


def url(name: str, artwork: Artwork) -> str:
    return reverse(f"moderation:{name}", args=[artwork.pk])


def opened(artwork: Artwork, by: User) -> dict[str, Any]:
    return {"claim": factories.review(artwork, claimed_by=by).claim}


# --- Opening


def test_next_leases_and_leads_to_the_page(
    signed_in: Any, held: Artwork, mona: User
) -> None:
    response = signed_in(mona).get(NEXT)
    assert response.url == f"{url('review', held)}?team={held.team_id}"
    assert factories.review(held).is_claimed_by(mona)


def test_next_leads_to_the_queue_where_nothing_waits(
    signed_in: Any, mona: User
) -> None:
    assert signed_in(mona).get(NEXT).url.startswith(reverse("moderation:queue"))


def test_next_says_so_where_nothing_of_it_is_for_them(
    signed_in: Any, held: Artwork, mona: User, otto: User
) -> None:
    assert review_leases.take(factories.review(held), otto)
    page = signed_in(mona).get(NEXT, follow=True)
    assert "Nothing here is for you" in page.text
    assert "otto is reviewing it" in page.text


def test_what_is_escalated_is_given_whenever_it_is_due(
    signed_in: Any, held: Artwork, mona: User, otto: User
) -> None:
    review = factories.review(held, claimed_by=otto)
    tomorrow = timezone.now() + datetime.timedelta(days=2)
    Review.objects.update(due_at=tomorrow)
    review.refresh_from_db()
    passing_on.escalate(review, review.claim, by=otto, reason="Is he real?", priority=3)
    client, inbox = signed_in(mona), {"tab": "escalations"}
    assert "Is he real?" in client.get(reverse("moderation:queue"), inbox).text
    assert client.get(NEXT, inbox).url.startswith(url("review", held))


def test_the_page_loads_another_one_ahead(
    signed_in: Any, held: Artwork, alice: User, mona: User
) -> None:
    first = factories.review(held, claimed_by=mona)
    client, asked = signed_in(mona), {"ahead": "1", "shown": first.pk}
    assert client.get(NEXT, asked, headers=HTMX).status_code == 204
    other = factories.artwork(alice, moderation="held", verdict="review")
    response = client.get(NEXT, asked, headers=HTMX)
    assert reverse("moderation:cover", args=[other.pk]) in response.text
    assert f'data-review="{factories.review(other).pk}"' in response.text
    assert review_leases.held_by(mona).count() == 2


def test_opening_a_page_leases_it(
    signed_in: Any, held: Artwork, mona: User, otto: User
) -> None:
    text = signed_in(mona).get(url("review", held)).text
    assert 'data-key="a"' in text
    text = signed_in(otto).get(url("review", held)).text
    assert "mona is reviewing this" in text
    assert 'data-key="a"' not in text


def test_nobody_decides_on_their_own(signed_in: Any, mona: User) -> None:
    own = factories.artwork(mona, moderation="held")
    text = signed_in(mona).get(url("review", own)).text
    assert "You created this picture yourself" in text
    assert 'data-key="a"' not in text


def test_what_is_held_without_a_review_gets_one(
    signed_in: Any, held: Artwork, mona: User
) -> None:
    Review.objects.all().delete()
    assert 'data-key="a"' in signed_in(mona).get(url("review", held)).text


def test_a_break_is_told_and_nothing_is_leased(
    signed_in: Any, held: Artwork, mona: User
) -> None:
    until = timezone.now() + review_leases.LEASE
    Desk.objects.create(user=mona, break_until=until)
    client = signed_in(mona)
    queue = client.get(NEXT, follow=True).text
    assert "look away for a while" in queue
    one = client.get(url("review", held)).text
    assert "You take a break" in one
    assert 'data-key="a"' not in one
    assert "A break" in client.get(reverse("moderation:sheet")).text
    assert not LeaseEvent.objects.exists()
    assert not Entry.objects.exists()


# --- Keeping and leaving


def test_a_heartbeat_says_until_when(signed_in: Any, held: Artwork, mona: User) -> None:
    review = factories.review(held, claimed_by=mona)
    client, address = signed_in(mona), reverse("moderation:heartbeat")
    soon = timezone.now() + datetime.timedelta(seconds=9)
    Review.objects.update(claimed_until=soon)
    answer = client.post(address, {"shown": review.pk}).json()
    assert answer["until"] > soon.timestamp() + 200
    assert answer["seconds"] == review_leases.LEASE.total_seconds()
    assert client.post(address, {"shown": "x"}).json()["until"] is None
    assert client.get(address).status_code == 405


def test_leaving_gives_back_what_the_page_showed(
    signed_in: Any, held: Artwork, mona: User, otto: User
) -> None:
    review = factories.review(held, claimed_by=mona)
    assert review.claimed_until is not None
    client, address = signed_in(mona), reverse("moderation:leave")
    known = int(review.claimed_until.timestamp())
    # Another page renewed it meanwhile: a late word of the old one ends nothing.
    client.post(address, {"shown": review.pk, "until": f"{review.pk}:{known - 9}"})
    assert factories.review(held).is_claimed_by(mona)
    client.post(address, {"shown": review.pk, "until": f"{review.pk}:{known}"})
    assert not factories.review(held).is_claimed


def test_members_keep_nothing(signed_in: Any, held: Artwork, alice: User) -> None:
    for name in ("heartbeat", "leave", "undo"):
        address = reverse(f"moderation:{name}")
        assert signed_in(alice).post(address, {"shown": 1}).status_code == 404
    for name in ("skip", "escalate", "assign", "reopen"):
        assert signed_in(alice).post(url(name, held)).status_code == 404


# --- Passing on


def test_a_skip_brings_the_next(
    signed_in: Any, held: Artwork, alice: User, mona: User
) -> None:
    form = opened(held, mona)
    other = factories.artwork(alice, moderation="held", verdict="review")
    response = signed_in(mona).post(url("skip", held), form, headers=HTMX)
    assert response["HX-Push-Url"].startswith(url("review", other))
    assert review_leases.take_next(mona, held.team_id) is None


def test_a_stale_skip_is_told(signed_in: Any, held: Artwork, mona: User) -> None:
    form = opened(held, mona)
    Review.objects.update(claim=9)
    response = signed_in(mona).post(url("skip", held), form, headers=HTMX)
    assert response.status_code == 409
    assert not LeaseEvent.objects.filter(kind="skip").exists()


def test_an_escalation_needs_a_reason(
    signed_in: Any, held: Artwork, mona: User
) -> None:
    form = opened(held, mona) | {"priority": 1, "reason": " "}
    client = signed_in(mona)
    assert client.post(url("escalate", held), form).status_code == 422
    form["reason"] = "Is he real?"
    client.post(url("escalate", held), form)
    review = factories.review(held)
    assert (review.inbox, review.escalation) == ("escalated", "Is he real?")


@pytest.mark.parametrize("is_decided", [False, True])
def test_a_late_escalation_keeps_what_was_typed(
    signed_in: Any, held: Artwork, mona: User, otto: User, is_decided: bool
) -> None:
    form = opened(held, mona) | {"reason": "Is he real?", "priority": "1"}
    Review.objects.update(claimed_until=timezone.now())
    if is_decided:
        theirs = factories.review(held, claimed_by=otto)
        decisions.decide(theirs, theirs.claim, "release", by=otto)
    response = signed_in(mona).post(url("escalate", held), form, headers=HTMX)
    assert response.status_code == 409
    end = "</q>" if is_decided else "</textarea>"
    assert f"Is he real?{end}" in response.text
    assert '<details class="reject" name="act" open>' not in response.text


def test_it_is_given_to_a_colleague_of_the_team(
    signed_in: Any, held: Artwork, alice: User, bob: User, mona: User, otto: User
) -> None:
    form, client = opened(held, mona), signed_in(mona)
    for stranger in (alice, bob):
        sent = form | {"to": stranger.pk}
        assert client.post(url("assign", held), sent).status_code == 404
    client.post(url("assign", held), form | {"to": otto.pk})
    assert factories.review(held).assigned_to == otto


def test_it_is_given_to_nobody_who_may_not_decide(
    signed_in: Any, held: Artwork, mona: User, otto: User
) -> None:
    nora = factories.user("nora", role="moderator")
    review = factories.review(held, claimed_by=otto)
    Review.objects.update(two_for="both")
    decisions.decide(review, review.claim, "release", by=otto)
    form, client = opened(held, mona), signed_in(mona)
    page = client.get(url("review", held))
    assert list(page.context["colleagues"]) == [nora]
    sent = form | {"to": otto.pk}
    assert client.post(url("assign", held), sent).status_code == 404


# --- Taking back


def test_an_opinion_is_taken_back_while_nobody_else_has_it(
    signed_in: Any, held: Artwork, mona: User, otto: User
) -> None:
    Review.objects.update(two_for="both")
    form, client = opened(held, mona), signed_in(mona)
    sent = form | {"action": "release", "ahead": "1"}
    page = client.post(url("decide", held), sent)
    review = Review.objects.get()
    assert page.context["undoable"] == [review]
    client.post(reverse("moderation:undo"), {"undo": review.pk})
    review.refresh_from_db()
    assert review.is_claimed_by(mona)
    assert not review.opinions.exists()
    assert Entry.objects.filter(kind="undo", by=mona).count() == 1
    done = decisions.decide(review, review.claim, "release", by=mona)
    with pytest.raises(decisions.TooLate):
        decisions.undo(done, by=otto)
    factories.review(held, claimed_by=otto)
    with pytest.raises(decisions.TooLate):
        decisions.undo(done, by=mona)
    review_leases.give_back(otto, [done.pk])
    with pytest.raises(decisions.TooLate):
        decisions.undo(done, by=mona)


def test_an_undo_brings_it_back(signed_in: Any, held: Artwork, mona: User) -> None:
    review = factories.review(held, claimed_by=mona)
    decisions.decide(review, review.claim, "release", by=mona)
    address = reverse("moderation:undo")
    response = signed_in(mona).post(address, {"undo": review.pk}, headers=HTMX)
    assert "Undone" in response.text
    assert 'data-key="a"' in response.text
    assert factories.review(held).is_claimed_by(mona)


def test_too_late_an_undo_is_told(signed_in: Any, held: Artwork, mona: User) -> None:
    review = factories.review(held, claimed_by=mona)
    decisions.decide(review, review.claim, "release", by=mona)
    factories.settle()
    address = reverse("moderation:undo")
    response = signed_in(mona).post(address, {"undo": review.pk}, follow=True)
    assert "Too late to undo" in response.text
    assert Artwork.objects.get().moderation == "released"


def test_it_is_reopened_with_a_reason(signed_in: Any, alice: User, mona: User) -> None:
    artwork = factories.artwork(alice)
    client = signed_in(mona)
    assert client.post(url("reopen", artwork), {"reason": ""}).status_code == 422
    client.post(url("reopen", artwork), {"reason": "That logo"})
    review = factories.review(artwork)
    assert (review.cause, review.text) == ("reopened", "That logo")
    assert client.post(url("reopen", artwork), {"reason": "x"}).status_code == 409


def test_an_undo_keeps_to_the_limit(signed_in: Any, alice: User, mona: User) -> None:
    decided = factories.review(
        factories.artwork(alice, moderation="held"), claimed_by=mona
    )
    decisions.decide(decided, decided.claim, "release", by=mona)
    others = [
        factories.review(factories.artwork(alice, moderation="held"))
        for _ in range(review_leases.MOST_HELD)
    ]
    assert all(review_leases.take(each, mona) for each in others)
    form = {"undo": decided.pk, "team": decided.team_id}
    signed_in(mona).post(reverse("moderation:undo"), form)
    held = set(review_leases.held_by(mona).values_list("pk", flat=True))
    assert held == {decided.pk, *(each.pk for each in others[:-1])}


def test_focus_gives_the_grid_back_and_loading_ahead_does_not(
    signed_in: Any, alice: User, mona: User, otto: User
) -> None:
    for _ in range(4):
        factories.artwork(alice, moderation="held")
    client = signed_in(mona)
    client.get(reverse("moderation:sheet"))
    ahead = client.get(NEXT, {"ahead": "1"}, headers=HTMX)
    assert ahead.status_code == 204  # all are hers, on the grid
    client.get(NEXT)
    assert review_leases.held_by(mona).count() == 1
    assert len(signed_in(otto).get(reverse("moderation:sheet")).context["reviews"]) == 3


def test_what_was_typed_to_pass_it_on_is_kept(
    signed_in: Any, held: Artwork, mona: User, otto: User
) -> None:
    form = opened(held, mona) | {"priority": 9, "reason": "Is he real?"}
    client = signed_in(mona)
    response = client.post(url("escalate", held), form, headers=HTMX)
    assert response.status_code == 422
    assert "Is he real?</textarea>" in response.text
    assert '<details class="reject pass-on" name="act" open>' in response.text
    assert '<details class="reject" name="act">' in response.text
    review = factories.review(held)
    review_leases.give_back(mona, [review.pk])
    form["priority"] = 1
    response = client.post(url("escalate", held), form, headers=HTMX)
    assert response.status_code == 409
    assert "Is he real?</textarea>" in response.text  # she has it again
    review_leases.give_back(mona, [review.pk])
    factories.review(held, claimed_by=otto)
    response = client.post(url("escalate", held), form, headers=HTMX)
    assert "<q>Is he real?</q>" in response.text


def test_who_moderates_only_elsewhere_keeps_and_undoes(
    signed_in: Any, mona: User
) -> None:
    """Their current team is one where they are a member."""
    elsewhere = factories.team("Elsewhere")
    Membership.objects.create(user=mona, team=elsewhere, role="moderator")
    mona.memberships.filter(team=factories.team()).update(role="member")
    carla = factories.user("carla", in_team=elsewhere)
    artwork = factories.artwork(carla, moderation="held")
    review = factories.review(artwork, claimed_by=mona)
    client = signed_in(mona)
    shown = {"shown": review.pk}
    assert client.post(reverse("moderation:heartbeat"), shown).json()["until"]
    decisions.decide(review, review.claim, "release", by=mona)
    client.post(reverse("moderation:undo"), {"undo": review.pk})
    review.refresh_from_db()
    assert review.is_claimed_by(mona)
    assert client.post(reverse("moderation:leave"), shown).status_code == 204
    assert not factories.review(artwork).is_claimed
    assert client.get(reverse("moderation:desk")).status_code == 200


@pytest.mark.parametrize("name", ["heartbeat", "leave", "undo"])
def test_a_number_that_no_row_has_is_nobodys(
    signed_in: Any, mona: User, name: str
) -> None:
    sent = {"shown": "9" * 30, "undo": "9" * 30}
    response = signed_in(mona).post(reverse(f"moderation:{name}"), sent)
    assert response.status_code == {"heartbeat": 200, "leave": 204, "undo": 404}[name]
