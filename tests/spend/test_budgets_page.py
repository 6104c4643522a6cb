"""Limits, for a team's admins."""

from typing import Any

import pytest
from django.urls import reverse

from accounts.models import User
from spend.models import Budget
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

URL = reverse("spend:budgets")
LIMIT = reverse("spend:set_limit")


def test_an_admin_sees_limits_and_what_is_used(
    signed_in: Any, alice: User, otto: User
) -> None:
    factories.generation(alice, reserved=8)
    Budget.objects.create(team=factories.team(), limit=100)
    Budget.objects.create(team=factories.team(), user=alice, limit=20)
    integrals = signed_in(otto).get(URL).context["units"][0]
    assert [
        (row.user, row.limit, counter.used) for row, counter, _ in integrals.limits
    ] == [
        (None, 100, 8),
        (alice, 20, 8),
    ]
    assert dict(integrals.purses)["sandbox.wujie"]["reserved"] == 8


def test_a_limit_is_set_changed_and_lifted(
    signed_in: Any, alice: User, otto: User
) -> None:
    client = signed_in(otto)
    for limit, expected in (("50", [50]), ("70", [70]), ("0", [0]), ("", [])):
        form = {"who": alice.pk, "unit": "integral", "limit": limit}
        assert client.post(LIMIT, form).url == URL
        limits = Budget.objects.filter(user=alice).values_list("limit", flat=True)
        assert list(limits) == expected


def test_the_teams_limit_counts_what_was_used_before(
    signed_in: Any, alice: User, otto: User
) -> None:
    factories.generation(alice, reserved=8)
    signed_in(otto).post(LIMIT, {"who": "", "unit": "integral", "limit": "20"})
    budget = Budget.objects.get(user=None)
    assert budget.months.get().used == 8


def test_a_stranger_gets_no_limit(signed_in: Any, bob: User, otto: User) -> None:
    form = {"who": bob.pk, "unit": "integral", "limit": "5"}
    assert signed_in(otto).post(LIMIT, form).status_code == 422
    assert not Budget.objects.exists()


@pytest.mark.parametrize("limit", ["-1", "many", "9" * 30])
def test_a_limit_is_a_number(signed_in: Any, otto: User, limit: str) -> None:
    response = signed_in(otto).post(LIMIT, {"unit": "integral", "limit": limit})
    assert response.status_code == 422
    assert not Budget.objects.exists()


def test_only_admins_may(signed_in: Any, alice: User, bob: User, mona: User) -> None:
    for who in (alice, bob, mona):
        client = signed_in(who)
        assert client.get(URL).status_code == 404
        form = {"unit": "integral", "limit": "5"}
        assert client.post(LIMIT, form).status_code == 404
    assert not Budget.objects.exists()


def test_reading_and_writing_have_their_methods(signed_in: Any, otto: User) -> None:
    client = signed_in(otto)
    assert client.post(URL).status_code == 405
    assert client.get(LIMIT).status_code == 405
