"""The pages of review hinder nobody: both widths, both themes, everything unfolded."""

import pytest
from django.urls import reverse

from accounts.models import User
from moderation import intake, passing_on, rule_versions, rules
from moderation.models import Rule
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)

LABELS = [{"label": "porn", "description": "色情", "verdict": "review", "rate": 0.7}]
UNFOLDED = "details:not(.menu) > summary"


@pytest.fixture
def held(alice: User, mona: User, otto: User):
    """One in each tab, and two versions of the rules."""
    fields = {"moderation": "held", "verdict": "review", "labels": LABELS}
    for _ in range(3):
        artwork = factories.artwork(alice, **fields)
    escalated = factories.artwork(alice, **fields)
    review = factories.review(escalated, claimed_by=otto)
    passing_on.escalate(review, review.claim, by=otto, reason="?", priority=2)
    assert intake.report(factories.artwork(alice), by=otto, text="My face")
    for version, outcome in enumerate(("two", "reject")):
        row = Rule(position=1, label="porn", rate_from=0.6, outcome=outcome)
        proposed = rules.TeamRules(version, 1.0 + version, (row,))
        rule_versions.save(artwork.team, proposed, by=otto, note="Too many")
    return artwork


def test_no_barrier_for_who_moderates(held, mona, no_barrier):
    queue = reverse("moderation:queue")
    for path in (
        *(queue, f"{queue}?tab=appeals", f"{queue}?tab=escalations"),
        *(f"{queue}?tab=reports", reverse("moderation:rulebook")),
        *(reverse("moderation:sheet"), reverse("moderation:desk")),
        reverse("moderation:review", args=[held.pk]),
    ):
        no_barrier(mona, path, opened=UNFOLDED)


def test_no_barrier_for_admins_and_authors(held, alice, mona, otto, no_barrier):
    no_barrier(otto, reverse("moderation:rulebook"), opened=UNFOLDED)
    no_barrier(otto, reverse("moderation:exports"), opened=UNFOLDED)
    released = factories.artwork(alice)
    no_barrier(mona, reverse("gallery:artwork", args=[released.pk]), opened=UNFOLDED)
    rejected = factories.artwork(alice, moderation="rejected")
    no_barrier(alice, reverse("moderation:outcome", args=[rejected.pk]))
