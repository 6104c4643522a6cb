"""One alert per budget, span and threshold, for used and forecast amounts."""

import datetime
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from notifications import alerts
from notifications.models import Alert
from spend import budget_warnings, ledger
from spend.forecasts import forecast
from spend.models import Budget
from tests import factories

pytestmark = pytest.mark.both_databases

DAY = datetime.date(2026, 5, 11)


def spend(user: User, number: int, day: datetime.date, amount: int) -> None:
    who = ledger.Subject(factories.team().pk, user.pk, "integral", number, "x", "op")
    with pytest.MonkeyPatch.context() as patch, transaction.atomic():
        patch.setattr(timezone, "localdate", lambda: day)
        ledger.reserve(who, amount, reference=f"generation:{number}")
        ledger.settle(who, amount, amount, reference=f"task:{number}")


def told() -> list[tuple[str, Any]]:
    rows = Alert.objects.order_by("pk")
    return [(row.kind, row.facts["percent"]) for row in rows]


@pytest.mark.django_db
def test_each_threshold_is_told_once_a_month(alice: User) -> None:
    budget = Budget.objects.create(team=factories.team(), user=alice, limit=100)
    spend(alice, 1, DAY.replace(day=1), 79)
    budget_warnings.warn(DAY.replace(day=2))
    assert told() == []
    spend(alice, 2, DAY.replace(day=1), 1)
    for _ in range(2):
        budget_warnings.warn(DAY.replace(day=2))
    assert told() == [("budget_used", 80)]
    alerts.clear("budget_used", key=Alert.objects.get().key)
    spend(alice, 3, DAY.replace(day=2), 20)
    budget_warnings.warn(DAY.replace(day=2))
    assert told() == [("budget_used", 80), ("budget_used", 100)]
    sentence = alerts.sentence(Alert.objects.latest("pk"))
    assert sentence == "alice: 100 % of the limit is used, 100 of 100."
    june = DAY.replace(month=6)
    spend(alice, 4, june.replace(day=1), 85)
    budget_warnings.warn(june.replace(day=2))
    assert told()[2:] == [("budget_used", 80)]
    assert budget.months.count() == 2


@pytest.mark.django_db
def test_what_will_be_used_is_told(alice: User) -> None:
    Budget.objects.create(team=factories.team(), limit=100)
    for day in (1, 2):
        spend(alice, day, DAY.replace(day=day), 10)
    budget_warnings.warn(DAY.replace(day=3))
    assert told() == []  # two days say nothing
    spend(alice, 3, DAY.replace(day=3), 10)
    for _ in range(2):
        budget_warnings.warn(DAY.replace(day=4))
    assert told() == [("budget_forecast", 100)]
    assert Alert.objects.get().facts["forecast"] == 310


def test_a_forecast_is_linear_with_a_band() -> None:
    assert forecast([10, 10], 5, 30) is None
    steady = forecast([10, 10, 10], 0, 30)
    assert steady is not None
    assert (steady.low, steady.middle, steady.high) == (300, 300, 300)
    rough = forecast([0, 10, 20], 4, 30)
    assert rough is not None
    assert rough.middle == 300
    assert 34 <= rough.low < 300 < rough.high
    # Not below what today has brought already.
    assert forecast([0, 0, 0], 50, 30).low == 50  # type: ignore[union-attr]
