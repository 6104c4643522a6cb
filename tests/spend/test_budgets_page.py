"""Limits and allocations: an admin gives, once, to their own team."""

import uuid
from typing import Any

import pytest
from django.urls import reverse

from accounts.models import User
from spend import ledger
from spend.models import Budget, Transfer
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

URL = reverse("spend:budgets")
LIMIT = reverse("spend:set_limit")
ALLOCATE = reverse("spend:allocate")


def allocation(**fields: Any) -> dict[str, Any]:
    return {
        "unit": "integral",
        "amount": 500,
        "note": "May",
        "key": uuid.uuid4(),
    } | fields


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


def test_the_team_gets_more(signed_in: Any, otto: User) -> None:
    assert signed_in(otto).post(ALLOCATE, allocation()).url == URL
    assert ledger.balances(factories.team())["available"] == 10_500
    row = Transfer.objects.latest("pk")
    assert (row.kind, row.amount, row.user, row.note) == ("allocate", 500, otto, "May")


def test_images_are_given_apart(signed_in: Any, otto: User) -> None:
    signed_in(otto).post(ALLOCATE, allocation(unit="image"))
    team = factories.team()
    assert ledger.balances(team, "image")["available"] == 600
    assert ledger.balances(team)["available"] == 10_000


def test_a_form_sent_twice_gives_once(signed_in: Any, otto: User) -> None:
    client, form = signed_in(otto), allocation()
    client.post(ALLOCATE, form)
    assert "it is not given twice" in client.post(ALLOCATE, form, follow=True).text
    assert ledger.balances(factories.team())["available"] == 10_500


def test_each_form_has_a_key_of_its_own(signed_in: Any, otto: User) -> None:
    client = signed_in(otto)
    keys = {client.get(URL).context["allocation_form"]["key"].value() for _ in range(2)}
    assert len(keys) == 2


@pytest.mark.parametrize(
    "fields", [{"amount": "0"}, {"amount": "-5"}, {"unit": "x"}, {"key": "x"}]
)
def test_what_makes_no_sense_is_not_given(
    signed_in: Any, otto: User, fields: dict[str, str]
) -> None:
    before = Transfer.objects.count()
    assert signed_in(otto).post(ALLOCATE, allocation(**fields)).status_code == 422
    assert Transfer.objects.count() == before


def test_only_admins_may(signed_in: Any, alice: User, bob: User, mona: User) -> None:
    before = Transfer.objects.count()
    for who in (alice, bob, mona):
        client = signed_in(who)
        assert client.get(URL).status_code == 404
        assert client.post(ALLOCATE, allocation()).status_code == 404
        form = {"unit": "integral", "limit": "5"}
        assert client.post(LIMIT, form).status_code == 404
    assert Transfer.objects.count() == before
    assert not Budget.objects.exists()


def test_reading_and_writing_have_their_methods(signed_in: Any, otto: User) -> None:
    client = signed_in(otto)
    assert client.post(URL).status_code == 405
    assert client.get(LIMIT).status_code == 405
    assert client.get(ALLOCATE).status_code == 405
