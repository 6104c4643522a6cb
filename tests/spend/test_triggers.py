"""The database refuses to change transfers, and keeps the daily sums."""

import datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import User
from spend import ledger, ledger_invariants
from spend.models import ClosedMonth, DailySum, Transfer
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

DAY = datetime.date(2026, 5, 20)


def execute(statement: str, *values: Any) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE spend_transfer SET amount = 1",
        "UPDATE spend_transfer SET note = 'other'",
        "DELETE FROM spend_transfer",
    ],
)
def test_the_database_refuses_to_change_a_transfer(alice: User, statement: str) -> None:
    factories.generation(alice, reserved=8)
    before = list(Transfer.objects.order_by("pk").values_list())
    with pytest.raises(IntegrityError, match="spend_transfer is append-only"):
        execute(statement)
    assert before
    assert list(Transfer.objects.order_by("pk").values_list()) == before


def test_nothing_is_booked_into_a_closed_month(
    alice: User, otto: User, monkeypatch: Any
) -> None:
    who = ledger.Subject(factories.team().pk, alice.pk, "integral", 7)
    ClosedMonth.objects.create(
        team=factories.team(),
        start=datetime.date(2026, 5, 1),
        end=datetime.date(2026, 5, 31),
        statement=[],
        closed_by=otto,
    )
    for day, is_refused in ((DAY, True), (datetime.date(2026, 6, 1), False)):
        monkeypatch.setattr(timezone, "localdate", lambda day=day: day)
        try:
            with transaction.atomic():
                ledger.reserve(who, 4, reference="generation:7")
        except IntegrityError as error:
            assert is_refused and "the month is closed" in str(error)
        else:
            assert not is_refused


@pytest.mark.parametrize("day", [datetime.date(2026, 5, 1), datetime.date(2026, 5, 31)])
def test_a_closed_month_has_its_first_and_last_day(
    alice: User, otto: User, monkeypatch: Any, day: datetime.date
) -> None:
    who = ledger.Subject(factories.team().pk, alice.pk, "integral", 7)
    ClosedMonth.objects.create(
        team=factories.team(),
        start=datetime.date(2026, 5, 1),
        end=datetime.date(2026, 5, 31),
        statement=[],
        closed_by=otto,
    )
    monkeypatch.setattr(timezone, "localdate", lambda: day)
    with pytest.raises(IntegrityError, match="closed"), transaction.atomic():
        ledger.reserve(who, 4, reference="generation:7")


def test_sums_by_day_move_with_each_transfer(alice: User, monkeypatch: Any) -> None:
    team = factories.team()
    monkeypatch.setattr(timezone, "localdate", lambda: DAY)
    for number, (operation, cost) in enumerate((("a", 4), ("b", 6), ("a", 8))):
        who = ledger.Subject(team.pk, alice.pk, "integral", number, "x", operation, "m")
        with transaction.atomic():
            ledger.reserve(who, 10, reference=f"generation:{number}")
            ledger.settle(who, 10, cost, reference=f"task:{number}")
    with transaction.atomic():
        ledger.refund(who, 3, reference="task:2")
        ledger.write_off_rejected(who, 2, reference="task:2")
    rows = DailySum.objects.filter(account__kind="spent", day=DAY)
    by_operation = rows.filter(grain="operation").values_list("operation", "amount")
    assert dict(by_operation) == {"a": 7, "b": 6}
    assert rows.get(grain="all").amount == 13
    assert rows.get(grain="user").user == alice.pk
    assert rows.filter(grain="fine").count() == 2
    lost = DailySum.objects.get(account__kind="written_off", grain="all")
    assert lost.amount == 2
    assert list(ledger_invariants.wrong_sums()) == []


def test_it_finds_a_wrong_sum(alice: User) -> None:
    factories.artwork(alice)
    row = DailySum.objects.get(grain="user")
    DailySum.objects.filter(pk=row.pk).update(amount=row.amount + 1)
    assert len(list(ledger_invariants.wrong_sums())) == 1
    row.delete()
    assert len(list(ledger_invariants.wrong_sums())) == 1
