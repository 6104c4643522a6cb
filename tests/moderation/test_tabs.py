"""The queue's tabs: each review in one, and the badge is their sum."""

import datetime
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from generation.models import Artwork
from moderation import intake, passing_on, tabs
from moderation.models import Review
from moderation.tabs import Tab
from tests import factories

pytestmark = pytest.mark.django_db

URL = reverse("moderation:queue")


def held(by: User) -> Artwork:
    return factories.artwork(by, moderation="held")


@pytest.fixture
def one_each(alice: User, mona: User, otto: User) -> dict[str, Artwork]:
    """An escalated one and an appeal are due in a day, a sample in three."""
    rejected = factories.artwork(alice, moderation="rejected")
    assert intake.appeal(rejected, by=alice, text="It is art")
    reported = factories.artwork(alice)
    assert intake.report(reported, by=otto, text="My face")
    escalated = held(alice)
    review = factories.review(escalated, claimed_by=mona)
    passing_on.escalate(review, review.claim, by=mona, reason="?", priority=3)
    later = factories.artwork(alice)
    intake.new_review(later, Review.Cause.SAMPLE).save()
    return {
        Tab.QUEUE: held(alice),
        Tab.APPEALS: rejected,
        Tab.ESCALATIONS: escalated,
        Tab.REPORTS: reported,
        "later": later,
    }


def test_each_stands_in_one_tab(
    signed_in: Any, one_each: dict[str, Artwork], otto: User
) -> None:
    tomorrow = timezone.now() + datetime.timedelta(hours=20)
    brought = Review.objects.exclude(artwork=one_each[Tab.QUEUE])
    brought.exclude(cause="sample").update(due_at=tomorrow)
    client = signed_in(otto)
    for tab in Tab:
        page = client.get(URL, {"tab": tab})
        assert [row.artwork_id for row in page.context["rows"]] == [one_each[tab].pk]


def test_the_badge_is_the_sum_of_the_tabs(
    signed_in: Any, one_each: dict[str, Artwork], mona: User, otto: User
) -> None:
    client = signed_in(otto)
    for asked in ({}, {"tab": "appeals"}, {"when": "all"}):
        page = client.get(URL, asked)
        counts = [each.count for each in page.context["tabs"]]
        assert counts == [1, 1, 1, 1]
        assert page.context["shell"].waiting == 4
    gallery = client.get(reverse("gallery:gallery"))
    assert gallery.context["shell"].waiting == 4


def test_what_is_counted_stops_and_has_no_control_item(
    one_each: dict[str, Artwork], alice: User
) -> None:
    team = alice.memberships.get().team_id
    Review.objects.filter(artwork=one_each[Tab.QUEUE]).update(expected="release")
    assert tabs.counts(team, 500)[Tab.QUEUE] == 0
    assert tabs.waiting(team, 500) == 3
    assert tabs.waiting(team, 1) == 2


def test_an_empty_queue_leads_to_the_tabs_that_wait(
    signed_in: Any, one_each: dict[str, Artwork], otto: User
) -> None:
    Review.objects.filter(artwork=one_each[Tab.QUEUE]).delete()
    client = signed_in(otto)
    for path in (URL, reverse("moderation:sheet")):
        page = client.get(path)
        others = [each.tab for each in page.context["other_tabs"]]
        assert others == [Tab.APPEALS, Tab.ESCALATIONS, Tab.REPORTS]
        assert "A good moment to stop" not in page.text
        assert "Show what is due later: 1" in page.text


@pytest.mark.parametrize("part", ["appeal", "report"])
def test_a_link_to_a_cause_leads_to_its_tab(
    signed_in: Any, one_each: dict[str, Artwork], otto: User, part: str
) -> None:
    """As *Analytics* links to each cause."""
    page = signed_in(otto).get(URL, {"part": part, "when": "all"})
    assert page.context["queue_filter"].tab == f"{part}s"
    assert len(page.context["rows"]) == 1


def test_an_unknown_tab_is_the_queue(
    signed_in: Any, one_each: dict[str, Artwork], otto: User
) -> None:
    page = signed_in(otto).get(URL, {"tab": "inbox"})
    assert page.context["queue_filter"].tab == Tab.QUEUE
