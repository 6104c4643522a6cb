"""The queue: what is held, where one moderates, oldest first, covered."""

import datetime
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership, User
from generation.models import Artwork
from moderation import decisions, intake, passing_on
from moderation.models import Desk, Reveal, Review
from moderation.presenters import queue_page
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

URL = reverse("moderation:queue")
HELD = Artwork.Moderation.HELD


def held(owner: User, minutes_ago: int = 0, **fields: Any) -> Artwork:
    at = timezone.now() - datetime.timedelta(minutes=minutes_ago)
    values = {"verdict": "review", "created_at": at, "moderation": HELD}
    return factories.artwork(owner, **values | fields)


def shown(response: Any) -> list[int]:
    return [row.artwork_id for row in response.context["rows"]]


def test_a_moderator_sees_what_is_held_oldest_first(
    signed_in: Any, alice: User, mona: User
) -> None:
    newer, older = held(alice, 5), held(alice, 50)
    factories.artwork(alice)
    held(alice, stored_at=None)
    response = signed_in(mona).get(URL)
    assert shown(response) == [older.pk, newer.pk]
    assert reverse("moderation:cover", args=[older.pk]) in response.text


def test_an_admin_may_too(signed_in: Any, alice: User, otto: User) -> None:
    assert shown(signed_in(otto).get(URL)) == []
    artwork = held(alice)
    assert shown(signed_in(otto).get(URL)) == [artwork.pk]


def test_no_clear_picture_is_named_on_the_page(
    signed_in: Any, alice: User, mona: User
) -> None:
    artwork = held(alice)
    text = signed_in(mona).get(URL).text
    assert "picture/" not in text
    assert "thumbnail/" not in text
    assert artwork.sha256 not in text
    assert artwork.source_url not in text


def test_a_member_gets_404(signed_in: Any, alice: User, bob: User) -> None:
    held(alice)
    assert signed_in(alice).get(URL).status_code == 404
    assert signed_in(bob).get(URL).status_code == 404


def test_who_is_not_signed_in_is_asked_to(client: Any) -> None:
    response = client.get(URL)
    assert response.status_code == 302
    assert response.url.startswith(reverse("accounts:login"))


def test_it_is_read_by_get_only(signed_in: Any, mona: User) -> None:
    assert signed_in(mona).post(URL).status_code == 405


def test_another_teams_moderator_sees_nothing_of_it(
    signed_in: Any, alice: User, bob: User
) -> None:
    held(alice)
    bob.memberships.update(role=Membership.Role.MODERATOR)
    response = signed_in(bob).get(URL)
    assert shown(response) == []
    other = signed_in(bob).get(URL, {"team": alice.memberships.get().team_id})
    assert other.status_code == 404


def test_the_current_team_comes_first_and_others_are_a_click_away(
    signed_in: Any, alice: User, mona: User
) -> None:
    here = held(alice)
    elsewhere = factories.team("Elsewhere")
    carla = factories.user("carla", in_team=elsewhere)
    there = held(carla, 500)
    Membership.objects.create(user=mona, team=elsewhere, role="moderator")
    client = signed_in(mona)
    assert shown(client.get(URL)) == [here.pk]
    assert shown(client.get(URL, {"team": elsewhere.pk})) == [there.pk]
    client.post(reverse("accounts:switch_team"), {"team": elsewhere.pk})
    assert shown(client.get(URL)) == [there.pk]


def test_who_moderates_only_elsewhere_gets_that_team(
    signed_in: Any, alice: User, mona: User
) -> None:
    elsewhere = factories.team("Elsewhere")
    there = held(factories.user("carla", in_team=elsewhere))
    Membership.objects.create(user=alice, team=elsewhere, role="moderator")
    assert shown(signed_in(alice).get(URL)) == [there.pk]


@pytest.mark.parametrize("team", ["0", "x", "99999999999999999999999"])
def test_a_team_that_is_not_theirs_is_404(
    signed_in: Any, mona: User, team: str
) -> None:
    assert signed_in(mona).get(URL, {"team": team}).status_code == 404


def test_each_part_holds_its_own(signed_in: Any, alice: User, mona: User) -> None:
    rows = {
        "block": held(alice, verdict="block"),
        "review": held(alice, verdict="review"),
        "check_failed": held(alice, verdict="pass", is_check_failed=True),
        "offending": held(alice, verdict="pass", is_offending=True),
        "no_audit": held(alice, verdict="missing"),
    }
    client = signed_in(mona)
    for part, artwork in rows.items():
        response = client.get(URL, {"part": part})
        assert shown(response) == [artwork.pk], part
    counts = {chip.cause: chip.count for chip in client.get(URL).context["chips"]}
    assert counts == dict.fromkeys(rows, 1) | {"": 5}


def test_what_is_due_later_is_shown_when_asked_for(
    signed_in: Any, alice: User, mona: User
) -> None:
    artwork = held(alice)
    later = timezone.now() + datetime.timedelta(hours=20)
    Review.objects.update(due_at=later)
    client = signed_in(mona)
    response = client.get(URL)
    assert shown(response) == []
    assert "Show what is due later: 1" in response.text
    assert shown(client.get(URL, {"when": "all"})) == [artwork.pk]


def test_what_is_escalated_has_a_part_of_its_own(
    signed_in: Any, alice: User, mona: User, otto: User
) -> None:
    artwork = held(alice)
    review = factories.review(artwork, claimed_by=mona)
    passing_on.escalate(review, review.claim, by=mona, reason="Is he real?", priority=2)
    client = signed_in(otto)
    assert shown(client.get(URL)) == []
    response = client.get(URL, {"tab": "escalations"})
    assert shown(response) == [artwork.pk]


def test_who_is_at_it_is_shown(
    signed_in: Any, alice: User, mona: User, otto: User
) -> None:
    factories.review(held(alice), claimed_by=otto)
    text = signed_in(mona).get(URL).text
    assert "Reviewing now:" in text
    assert "otto is reviewing it" in text


def test_ones_own_item_is_not_a_colleagues(
    signed_in: Any, alice: User, mona: User
) -> None:
    factories.review(held(alice), claimed_by=mona)
    text = signed_in(mona).get(URL).text
    assert "Reviewing now:" not in text
    assert "You are reviewing it" in text
    assert "mona is reviewing it" not in text


def test_an_unknown_part_shows_all(signed_in: Any, alice: User, mona: User) -> None:
    artwork = held(alice)
    assert shown(signed_in(mona).get(URL, {"part": "zzz"})) == [artwork.pk]


def test_counting_stops(
    signed_in: Any, alice: User, mona: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue_page, "MOST_COUNTED", 2)
    for _ in range(4):
        held(alice)
    chips = signed_in(mona).get(URL).context["chips"]
    assert chips[0].is_more
    assert chips[0].count == 2


def test_pages_follow_each_other_without_gap(
    signed_in: Any, alice: User, mona: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue_page, "PAGE_SIZE", 2)
    at = timezone.now()
    rows = [held(alice, created_at=at).pk for _ in range(3)]
    rows += [held(alice, created_at=at + datetime.timedelta(1)).pk for _ in range(2)]
    client, cursor, seen = signed_in(mona), "", []
    for _ in range(3):
        asked = {"when": "all", "before": cursor}
        response = client.get(URL, asked)
        seen += shown(response)
        cursor = response.context["later"]
    assert seen == rows
    assert cursor == ""


def test_an_empty_queue_tells_ones_own_numbers(
    signed_in: Any, alice: User, mona: User, otto: User
) -> None:
    first, second, third = held(alice), held(alice), held(alice)
    Reveal.objects.create(artwork=first, revealed_by=mona)
    for artwork, by, action in (
        (first, mona, "release"),
        (second, mona, "reject"),
        (third, otto, "release"),
    ):
        row = factories.review(artwork, claimed_by=by)
        decisions.decide(row, row.claim, action, by=by, reason="quality")
    response = signed_in(mona).get(URL)
    assert response.context["today"] == {"released": 1, "rejected": 1, "revealed": 1}
    assert "Today you approved 1, rejected 1" in response.text


def test_an_empty_part_leads_back_to_what_waits(
    signed_in: Any, alice: User, mona: User
) -> None:
    held(alice, verdict="block")
    response = signed_in(mona).get(URL, {"part": "no_audit"})
    assert "Nothing of this kind" in response.text


def test_what_the_gateway_writes_is_text(
    signed_in: Any, alice: User, mona: User
) -> None:
    evil = {
        "label": "<script>x</script>",
        "description": "<b>",
        "verdict": "block",
        "rate": 2.5,
    }
    held(alice, labels=[evil, "not a label", {"rate": "no number"}])
    held(alice, labels={"not": "a list"})
    text = signed_in(mona).get(URL).text
    assert "<script>x" not in text
    assert "&lt;script&gt;x" in text


def test_the_page_costs_the_same_queries_with_many_rows(
    signed_in: Any,
    alice: User,
    mona: User,
    django_assert_max_num_queries: Any,
    django_assert_num_queries: Any,
) -> None:
    client = signed_in(mona)
    held(alice, labels=[{"label": "porn", "verdict": "review", "rate": 0.7}])
    client.get(URL)
    with django_assert_max_num_queries(18) as few:
        client.get(URL)
    for number in range(10):
        held(factories.user(f"user{number}"))
    with django_assert_num_queries(len(few)):
        client.get(URL)


def test_the_queue_leads_to_the_rules_of_its_team(
    signed_in: Any, alice: User, otto: User
) -> None:
    elsewhere = factories.team("Elsewhere")
    Membership.objects.create(user=otto, team=elsewhere, role="moderator")
    client, rules = signed_in(otto), reverse("moderation:rulebook")
    for team in (elsewhere.pk, factories.team().pk):
        text = client.get(URL, {"team": team}).text
        assert f'href="{rules}?team={team}"' in text


def test_a_break_is_told(signed_in: Any, alice: User, mona: User) -> None:
    held(alice)
    until = timezone.now() + datetime.timedelta(minutes=9)
    Desk.objects.create(user=mona, break_until=until)
    client = signed_in(mona)
    assert "Nothing new comes before" in client.get(URL).text
    Desk.objects.update(break_until=timezone.now())
    assert "Nothing new comes before" not in client.get(URL).text


def test_how_sure_a_pass_is_weighs_nothing(alice: User) -> None:
    def harm(verdict: str, rate: float) -> int:
        labels = [{"label": "porn", "verdict": verdict, "rate": rate}]
        row = factories.artwork(alice, verdict=verdict, labels=labels)
        return intake.new_review(row, Review.Cause.REPORT).harm

    assert harm("pass", 0.99) == harm("pass", 0.1) < harm("review", 0.5)
