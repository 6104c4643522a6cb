"""Reports: each number equals a plain sum over the transfers."""

import datetime
import random
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import Team, User
from spend import ledger, reports
from spend.models import LedgerAccount, Transfer
from tests import factories

pytestmark = pytest.mark.both_databases

Kind = Transfer.Kind
Purse = LedgerAccount.Kind
TODAY = datetime.date(2026, 5, 20)
WEEK = reports.last_days(7, TODAY)


def spend(
    team: Team,
    user: User,
    amount: int,
    day: datetime.date,
    monkeypatch: Any,
    operation: str = "wujie-drawing",
    unit: str = "integral",
) -> ledger.Subject:
    """One generation, reserved and settled on one day."""
    number = Transfer.objects.count() + 1
    who = ledger.Subject(team.pk, user.pk, unit, number, "wujie", operation)
    with monkeypatch.context() as patch, transaction.atomic():
        patch.setattr(timezone, "localdate", lambda: day)
        ledger.reserve(who, amount, reference=f"generation:{number}")
        ledger.settle(who, amount, amount, reference=f"task:{number}")
    return who


# --- Days


def test_seven_days_end_today() -> None:
    assert (WEEK.start, WEEK.end) == (datetime.date(2026, 5, 14), TODAY)
    assert len(WEEK.days) == 7
    assert WEEK.days[0] == WEEK.start
    assert WEEK.days[-1] == TODAY


def test_before_are_as_many_days_without_gap() -> None:
    before = WEEK.before
    assert before.end == datetime.date(2026, 5, 13)
    assert len(before.days) == 7


@pytest.mark.parametrize(
    ("day", "start", "end"),
    [
        ((2026, 2, 28), (2026, 2, 1), (2026, 2, 28)),
        ((2028, 2, 1), (2028, 2, 1), (2028, 2, 29)),
        ((2026, 12, 31), (2026, 12, 1), (2026, 12, 31)),
    ],
)
def test_a_month_is_whole(day: Any, start: Any, end: Any) -> None:
    month = reports.month_of(datetime.date(*day))
    assert month == reports.Period(datetime.date(*start), datetime.date(*end))


# --- Sums


@pytest.mark.django_db
def test_the_flows_are_those_of_the_ledger(otto: User) -> None:
    """Every kind of transfer, written by the ledger, against the table of signs."""
    team = factories.team()
    who = ledger.Subject(team.pk, otto.pk, "integral", 1, "wujie", "wujie-drawing")
    with transaction.atomic():
        ledger.reserve(who, 40, reference="generation:1")
        ledger.adjust_reservation(who, 40, 50, reference="generation:1")
        ledger.settle(who, 10, 12, reference="task:1")
        ledger.settle(who, 20, 15, reference="task:2")
        ledger.refund(who, 3, reference="task:1")
        ledger.write_off(who, 20, reference="generation:1")
        ledger.recover(who, 5, reference="generation:1")
        ledger.write_off_rejected(who, 2, reference="task:1")
        ledger.correct(who, 15, 18, reference="task:2:1")
        ledger.correct(who, 18, 16, reference="task:2:2")
        ledger.deallocate(team, "integral", 1, by=None, reference="allocation:less")
    rows = Transfer.objects.filter(unit="integral").select_related(
        "source", "destination"
    )
    assert {row.kind for row in rows} == set(Kind.values)
    for row in rows:
        for account in Purse.values:
            expected = (row.destination.kind == account) - (row.source.kind == account)
            assert reports.sign(account, row.kind) == expected
    for account, balance in ledger.balances(team).items():
        assert reports.flow(rows, account) == balance


@pytest.mark.django_db
def test_spending_is_by_team_unit_and_day(
    alice: User, bob: User, monkeypatch: Any
) -> None:
    studio, elsewhere = factories.team(), factories.team("Elsewhere")
    spend(studio, alice, 10, TODAY, monkeypatch)
    spend(studio, alice, 7, WEEK.start, monkeypatch)
    spend(studio, alice, 500, WEEK.start - datetime.timedelta(1), monkeypatch)
    spend(studio, alice, 600, TODAY + datetime.timedelta(1), monkeypatch)
    spend(studio, alice, 3, TODAY, monkeypatch, unit="image")
    spend(elsewhere, bob, 900, TODAY, monkeypatch)
    rows = reports.spending(studio, "integral", WEEK)
    assert reports.total(rows) == 17
    assert reports.by(rows, "user") == {alice.pk: 17}
    images = reports.spending(studio, "image", WEEK)
    assert reports.total(images) == 3


@pytest.mark.django_db
def test_most_comes_first(alice: User, mona: User, monkeypatch: Any) -> None:
    studio = factories.team()
    spend(studio, mona, 5, TODAY, monkeypatch, "a")
    spend(studio, alice, 50, TODAY, monkeypatch, "b")
    spend(studio, mona, 20, TODAY, monkeypatch, "c")
    rows = reports.spending(studio, "integral", WEEK)
    assert list(reports.by(rows, "operation").items()) == [
        ("b", 50),
        ("c", 20),
        ("a", 5),
    ]
    assert list(reports.by(rows, "user")) == [alice.pk, mona.pk]


@pytest.mark.django_db
def test_every_sum_equals_the_raw_rows(
    alice: User, mona: User, otto: User, monkeypatch: Any
) -> None:
    studio, chance = factories.team(), random.Random(7)
    people, operations = [alice, mona, otto], ["a", "b", "c"]
    for _ in range(40):
        day = TODAY - datetime.timedelta(chance.randrange(9))
        user, operation = chance.choice(people), chance.choice(operations)
        who = spend(studio, user, chance.randrange(1, 60), day, monkeypatch, operation)
        if chance.random() < 0.3:
            with monkeypatch.context() as patch, transaction.atomic():
                patch.setattr(timezone, "localdate", lambda day=day: day)
                ledger.refund(who, 1, reference=f"back:{who.generation}")
    raw = [
        row
        for row in Transfer.objects.filter(team=studio)
        if WEEK.start <= row.day <= WEEK.end and row.unit == "integral"
    ]
    assert {row.kind for row in raw} >= {"settle", "refund"}
    sign = {"settle": 1, "settle_more": 1, "refund": -1}

    def total(**wanted: Any) -> int:
        return sum(
            sign.get(row.kind, 0) * row.amount
            for row in raw
            if all(getattr(row, name) == value for name, value in wanted.items())
        )

    rows = reports.spending(studio, "integral", WEEK)
    assert reports.total(rows) == total() > 0
    for key, amount in reports.by(rows, "user").items():
        assert amount == total(user_id=key)
    for key, amount in reports.by(rows, "operation").items():
        assert amount == total(operation=key)
    by_day = reports.by_day(rows, "operation")
    assert {
        (day, key): amount
        for day, part in by_day.items()
        for key, amount in part.items()
    } == {
        (row.day, row.operation): total(day=row.day, operation=row.operation)
        for row in raw
        if row.kind in sign
    }
