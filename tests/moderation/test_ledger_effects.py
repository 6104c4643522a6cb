"""What a rejection costs follows the team's rule, once it can no longer be undone."""

from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from generation import lifecycle
from generation.models import Artwork, ProviderTask
from moderation import decisions, ledger_effects
from moderation.models import Review, Rule, RuleSet
from reconciliation import invariants
from spend import ledger, spend_rules
from spend.models import Budget, Transfer
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

Kind = Transfer.Kind


@pytest.fixture
def artwork(alice: User) -> Artwork:
    """Held; it cost 4."""
    return factories.artwork(alice, moderation="held", verdict="review")


@pytest.fixture
def _written_off(db: None) -> None:
    spend_rules.set_rule(factories.team(), {"rejection": "write_off"})


def decide(artwork: Artwork, by: User, action: str = "reject") -> Review:
    review = factories.review(artwork, claimed_by=by)
    reason = "quality" if action == "reject" else ""
    return decisions.decide(review, review.claim, action, by=by, reason=reason)


def balances() -> tuple[int, int]:
    found = ledger.balances(factories.team())
    assert list(invariants.broken()) == []
    return found["spent"], found["written_off"]


@pytest.mark.parametrize(
    ("rule", "after"), [("keep", (4, 0)), ("write_off", (0, 4)), ("refund", (4, 0))]
)
def test_the_teams_rule_is_followed(
    alice: User, mona: User, artwork: Artwork, rule: str, after: tuple[int, int]
) -> None:
    budget = Budget.objects.create(team=factories.team(), user=alice, limit=50)
    spend_rules.set_rule(factories.team(), {"rejection": rule})
    decide(artwork, mona)
    assert balances() == (4, 0)  # it may be undone
    factories.settle()
    assert balances() == after
    assert ledger.balances(factories.team())["available"] == 10_000 - 4
    assert all(month.used == 4 for month in budget.months.all())


@pytest.mark.usefixtures("_written_off")
def test_what_is_undone_moves_nothing(mona: User, artwork: Artwork) -> None:
    review = decide(artwork, mona)
    decisions.undo(review, by=mona)
    factories.settle()
    assert balances() == (4, 0)


@pytest.mark.usefixtures("_written_off")
def test_a_release_moves_nothing(mona: User, artwork: Artwork) -> None:
    before = Transfer.objects.count()
    decide(artwork, mona, "release")
    factories.settle()
    assert Transfer.objects.count() == before


@pytest.mark.usefixtures("_written_off")
def test_what_is_released_after_all_is_spent_again_and_so_on(
    mona: User, otto: User, artwork: Artwork
) -> None:
    decide(artwork, mona)
    factories.settle()
    for action, after in (("release", (4, 0)), ("reject", (0, 4))) * 2:
        artwork.refresh_from_db()
        decisions.reopen(artwork, by=otto, reason="Again")
        decide(artwork, otto, action)
        factories.settle()
        assert balances() == after
    moved = Transfer.objects.filter(kind__in=(Kind.REJECT, Kind.RESTORE))
    assert [row.kind for row in moved.order_by("pk")] == [
        *(Kind.REJECT, Kind.RESTORE) * 2,
        Kind.REJECT,
    ]


@pytest.mark.usefixtures("_written_off")
def test_a_rejection_that_is_upheld_is_booked_once(
    signed_in: Any, alice: User, mona: User, otto: User, artwork: Artwork
) -> None:
    decide(artwork, mona)
    factories.settle()
    url = reverse("moderation:appeal", args=[artwork.pk])
    signed_in(alice).post(url, {"reason": "Please"})
    decide(artwork, otto)
    factories.settle()
    assert balances() == (0, 4)
    assert not Review.objects.open().exists()


@pytest.mark.usefixtures("_written_off")
def test_what_is_taken_down_follows_it_too(alice: User, mona: User) -> None:
    artwork = factories.artwork(alice)
    decisions.take_down(artwork, by=mona, reason="rights")
    assert balances() == (0, 4)
    with pytest.raises(decisions.AlreadyDecided):
        decisions.take_down(artwork, by=mona, reason="rights")
    assert balances() == (0, 4)


@pytest.mark.usefixtures("_written_off")
def test_what_a_rule_rejects_follows_it_too(alice: User, otto: User) -> None:
    made = RuleSet.objects.create(team=factories.team(), version=1, made_by=otto)
    Rule.objects.create(rule_set=made, position=1, verdict="block", outcome="reject")
    factories.artwork(alice, moderation="pending", verdict="block")
    decisions.screen_pending(10)
    assert balances() == (0, 4)


@pytest.mark.usefixtures("_written_off")
def test_the_pictures_of_a_task_share_its_cost(alice: User, mona: User) -> None:
    fields = {"pictures": 3, "reserved": 10}
    first = factories.artwork(alice, generation_fields=fields)
    task = ProviderTask.objects.get()
    more = [
        Artwork.objects.create(
            task=task,
            generation=first.generation,
            team=first.team,
            requested_by=alice,
            position=position,
            source_url=first.source_url,
            moderation="released",
            stored_at=timezone.now(),
        )
        for position in (1, 2)
    ]
    assert list(ledger_effects.costs([first, *more]).values()) == [3, 3, 4]
    for artwork in (first, *more):
        decisions.take_down(artwork, by=mona, reason="rights")
    found = ledger.balances(factories.team())
    assert (found["spent"], found["written_off"]) == (0, 10)


@pytest.mark.usefixtures("_written_off")
def test_what_the_gateway_gives_back_later_is_lost_no_longer(
    alice: User, mona: User, artwork: Artwork
) -> None:
    decide(artwork, mona)
    factories.settle()
    task = artwork.task
    with transaction.atomic():
        reference = f"{task.reference}:1"
        subject = lifecycle.ledger_subject(artwork.generation)
        ledger.correct(subject, 4, 0, reference=reference)
        ProviderTask.objects.filter(pk=task.pk).update(cost=0, cost_state="nothing")
    assert balances() == (0, 0)
    decisions.reopen(Artwork.objects.get(pk=artwork.pk), by=mona, reason="Again")
    decide(artwork, mona, "release")
    factories.settle()
    assert balances() == (0, 0)


def test_many_settle_in_few_statements(
    alice: User, mona: User, django_assert_max_num_queries: Any
) -> None:
    for _ in range(8):
        artwork = factories.artwork(alice, moderation="held", verdict="review")
        decide(artwork, mona)
        artwork.reviews.update(settle_after=timezone.now())
    with django_assert_max_num_queries(18):  # four for the notice to the person
        assert decisions.settle_due(100) == 8


# --- Said before and after


@pytest.mark.parametrize(
    ("rule", "before", "after"),
    [
        ("keep", "that stays spent", "it stays spent"),
        ("write_off", "is written off", "4 integrals were written off"),
        ("refund", "only if the gateway gives", "so far it has not"),
    ],
)
def test_it_is_said_before_and_after(
    signed_in: Any,
    alice: User,
    mona: User,
    artwork: Artwork,
    rule: str,
    before: str,
    after: str,
) -> None:
    spend_rules.set_rule(factories.team(), {"rejection": rule})
    page = signed_in(mona).get(reverse("moderation:review", args=[artwork.pk]))
    assert "It cost 4 integrals" in page.text
    assert before in page.text
    decide(artwork, mona)
    factories.settle()
    told = signed_in(alice).get(reverse("moderation:outcome", args=[artwork.pk])).text
    assert "4 integrals" in told
    assert after in told
