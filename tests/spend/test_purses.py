"""Each gateway has a purse of its own, and so has the sandbox."""

import pytest
from django.db import transaction

from accounts.models import User
from gateways.models import GatewayAccount
from generation.lifecycle import ledger_subject
from spend import ledger, ledger_invariants, purses
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

REAL = "wujie"


def test_the_sandbox_and_real_money_are_apart(alice: User) -> None:
    team = factories.team()
    with transaction.atomic():
        ledger.allocate(
            team, "integral", 10, by=None, reference="allocation:r", gateway=REAL
        )
    sandbox = ledger.balances(team)
    who = ledger.Subject(team.pk, alice.pk, "integral", 7, gateway=REAL)
    with pytest.raises(ledger.FundsExceeded), transaction.atomic():
        ledger.reserve(who, 11, reference="generation:7")
    with transaction.atomic():
        ledger.reserve(who, 8, reference="generation:7")
        ledger.settle(who, 8, 8, reference="task:7")
    assert ledger.balances(team, gateway=REAL)["spent"] == 8
    assert ledger.balances(team) == sandbox
    assert list(ledger_invariants.broken()) == []


def test_settlements_of_two_gateways_are_booked_apart(alice: User) -> None:
    team = factories.team()
    subjects = [
        ledger.Subject(team.pk, alice.pk, "integral", number, gateway=gateway)
        for number, gateway in enumerate(("", REAL))
    ]
    with transaction.atomic():
        ledger.allocate(
            team, "integral", 10, by=None, reference="allocation:r", gateway=REAL
        )
        for who in subjects:
            ledger.reserve(who, 5, reference=f"generation:{who.generation}")
        ledger.settle_all(
            ledger.Settlement(who, 5, 5, f"task:{who.generation}") for who in subjects
        )
    assert ledger.balances(team, gateway=REAL)["spent"] == 5
    assert ledger.balances(team)["spent"] == 5


def test_the_purse_of_its_account_pays_a_generation(alice: User) -> None:
    generation = factories.generation(alice)
    assert ledger_subject(generation).purse[2] == generation.account.purse
    generation.account.is_sandbox = False
    assert ledger_subject(generation).purse[2] == REAL


def test_what_is_in_use_is_what_the_settings_name() -> None:
    account = factories.account("wujie")
    assert account.purse == purses.current("integral") == purses.current("second")
    assert factories.account("jumdata").purse == purses.current("image")
    assert purses.is_sandbox(account.purse)
    assert purses.provider(account.purse) == "wujie"
    real = GatewayAccount(provider="wujie", app_id=account.app_id, is_sandbox=False)
    assert real.purse != account.purse


def test_an_allocation_is_taken_back_by_another_transfer(otto: User) -> None:
    team = factories.team()
    before = ledger.balances(team)["available"]
    with transaction.atomic():
        ledger.deallocate(team, "integral", 30, by=otto, reference="allocation:down")
    assert ledger.balances(team)["available"] == before - 30
    assert ledger.balances(team)["allocation"] == 30 - before
    with pytest.raises(ledger.FundsExceeded), transaction.atomic():
        ledger.deallocate(
            team, "integral", before, by=otto, reference="allocation:more"
        )
