"""When a request is large enough to ask once more."""

import pytest

from accounts.models import User
from spend import large_requests
from spend.models import Budget, SpendRule
from tests import factories

pytestmark = pytest.mark.django_db


def test_a_quarter_of_the_teams_funds_asks(alice: User) -> None:
    assert large_requests.asks_above(factories.team(), alice) == 2_500


def test_the_smallest_rest_counts(alice: User) -> None:
    factories.generation(alice, reserved=20)
    Budget.objects.create(team=factories.team(), limit=1_000)
    Budget.objects.create(team=factories.team(), user=alice, limit=100)
    assert large_requests.asks_above(factories.team(), alice) == 20


def test_a_limit_of_an_operation_counts_for_it_alone(alice: User) -> None:
    team = factories.team()
    Budget.objects.create(team=team, limit=40, operation="wujie-drawing")
    assert large_requests.asks_above(team, alice, operation="wujie-drawing") == 10
    assert large_requests.asks_above(team, alice, operation="flux") == 2_500


def test_a_team_sets_its_own_percentage(alice: User) -> None:
    SpendRule.objects.create(team=factories.team(), ask_above_percent=50)
    assert large_requests.asks_above(factories.team(), alice) == 5_000
    assert large_requests.asks_above(factories.team(), alice, "image") == 50


def test_nothing_left_asks_for_everything(alice: User) -> None:
    Budget.objects.create(team=factories.team(), user=alice, limit=0)
    assert large_requests.asks_above(factories.team(), alice) == 0


def test_at_100_per_cent_nobody_is_asked(alice: User) -> None:
    """Not even where a limit that only warns is passed."""
    Budget.objects.create(team=factories.team(), user=alice, limit=0, is_hard=False)
    SpendRule.objects.create(team=factories.team(), ask_above_percent=100)
    assert large_requests.asks_above(factories.team(), alice) >= 10**12
