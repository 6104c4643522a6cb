"""Each gateway account has a purse of its own, also after the migration."""

import importlib
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction

from accounts.models import User
from generation.models import GatewayAccount
from spend import books, gateways, ledger, triggers
from spend.models import LedgerAccount, Transfer
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
    assert list(books.broken()) == []


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


def test_what_is_in_use_is_what_the_settings_name() -> None:
    account = factories.account("wujie")
    assert account.purse == gateways.current("integral") == gateways.current("second")
    assert factories.account("jumdata").purse == gateways.current("image")
    assert gateways.is_sandbox(account.purse)
    assert gateways.provider(account.purse) == "wujie"
    real = GatewayAccount(provider="wujie", app_id=account.app_id, is_sandbox=False)
    assert real.purse != account.purse


def test_an_allocation_is_taken_back_by_another_transfer(otto: User) -> None:
    team = factories.team()
    before = ledger.balances(team)["available"]
    with transaction.atomic():
        ledger.reduce(team, "integral", 30, by=otto, reference="allocation:down")
    assert ledger.balances(team)["available"] == before - 30
    assert ledger.balances(team)["allocation"] == 30 - before
    with pytest.raises(ledger.FundsExceeded), transaction.atomic():
        ledger.reduce(team, "integral", before, by=otto, reference="allocation:more")


def test_the_migration_divides_one_purse(alice: User) -> None:
    """As before it: one set of accounts without a gateway, used by two of them."""
    team = factories.team()
    real = GatewayAccount.objects.create(
        provider="wujie", app_id="4711", unit="integral"
    )
    for cost in (7, 9):
        factories.artwork(alice, generation_fields={"reserved": cost})
    with transaction.atomic():
        ledger.allocate(
            team, "integral", 50, by=None, reference="allocation:r", gateway=real.purse
        )
    factories.artwork(alice, generation_fields={"reserved": 5, "account": real})
    _unite(team.pk)
    before = ledger.balances(team, gateway="nowhere")
    assert not any(before.values())
    left = LedgerAccount.objects.get(team=team, gateway="", kind="available").balance

    module = importlib.import_module("spend.migrations.0004_double_entry")
    module.divide(apps, factories.PlainEditor)
    triggers.count_again(None, factories.PlainEditor)
    triggers.install(None, factories.PlainEditor)

    sandbox = ledger.balances(team, gateway=factories.account("wujie").purse)
    own = ledger.balances(team, gateway=real.purse)
    assert (sandbox["spent"], own["spent"]) == (16, 5)
    # The one used last keeps what is left.
    assert (sandbox["available"], own["available"]) == (0, left)
    assert not LedgerAccount.objects.filter(gateway="", unit="integral").exists()
    assert list(books.broken()) == []


def _unite(team: int) -> None:
    """What the books of integrals looked like before."""
    triggers.remove(None, factories.PlainEditor)
    rows: Any = LedgerAccount.objects.filter(team=team, unit="integral")
    purses = sorted(set(rows.values_list("gateway", flat=True)))
    kept = {row.kind: row.pk for row in rows.filter(gateway=purses[0])}
    with connection.cursor() as cursor:
        for row in rows.exclude(gateway=purses[0]):
            for side in ("source_id", "destination_id"):
                cursor.execute(
                    f"UPDATE spend_transfer SET {side} = %s WHERE {side} = %s",
                    [kept[row.kind], row.pk],
                )
            cursor.execute("DELETE FROM spend_dailysum WHERE account_id = %s", [row.pk])
            cursor.execute("DELETE FROM spend_ledgeraccount WHERE id = %s", [row.pk])
    for pk in kept.values():
        account = LedgerAccount.objects.get(pk=pk)
        account.gateway = ""
        moved = (
            Transfer.objects.filter(destination=pk),
            Transfer.objects.filter(source=pk),
        )
        account.balance = sum(t.amount for t in moved[0]) - sum(
            t.amount for t in moved[1]
        )
        account.save()
