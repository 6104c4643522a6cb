"""Admins are told of low balances, drift and stuck money: once, until it is over."""

import datetime

import pytest
from django.utils import timezone

from accounts.models import Alert
from generation import alarms, catalogue
from generation.models import Difference, Generation, Reconciliation
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def account():
    return catalogue.account("wujie")


def open_alerts(kind):
    return list(Alert.objects.open().filter(kind=kind))


def difference(account, number=1, **fields):
    run = Reconciliation.objects.create(
        account=account,
        status="done",
        step="balance",
        window_start=timezone.now(),
        finished_at=timezone.now(),
    )
    return Difference.objects.create(
        account=account,
        run=run,
        kind="balance",
        identity=f"balance:{number}",
        unit="integral",
        amount=24,
        **fields,
    )


def test_a_low_balance_is_told_once_for_a_threshold(account):
    account.balance, account.alert_below = 99, 100
    account.save()
    alarms.sound()
    alarms.sound()
    (alert,) = open_alerts("low_balance")
    assert alert.facts["left"] == 99
    account.alert_below = 500
    account.save()
    alarms.sound()
    (again,) = open_alerts("low_balance")
    assert again.pk != alert.pk
    account.balance = 1000
    account.save()
    alarms.sound()
    assert open_alerts("low_balance") == []


@pytest.mark.parametrize(("balance", "below"), [(None, 5), (5, None), (5, 5), (0, 0)])
def test_nothing_is_low_without_both_or_at_the_threshold(account, balance, below):
    account.balance, account.alert_below = balance, below
    account.save()
    alarms.sound()
    assert open_alerts("low_balance") == []


def test_drift_is_told_once_a_run_until_all_is_closed(account):
    first = difference(account)
    alarms.sound()
    alarms.sound()
    (alert,) = open_alerts("drift")
    assert (alert.facts["number"], alert.facts["amount"]) == (1, 24)
    assert alert.url == "/gateways/reconciliation/"
    second = difference(account, 2)
    alarms.sound()
    (again,) = open_alerts("drift")
    assert again.facts["amount"] == 48
    for row in (first, second):
        row.advance("closed")
    alarms.sound()
    assert open_alerts("drift") == []


def test_stuck_money_is_told_to_its_team(alice, bob):
    for user in (alice, alice, bob):
        factories.generation(user, status="uncertain")
    alarms.sound()
    assert open_alerts("stuck_money") == []
    long_ago = timezone.now() - datetime.timedelta(hours=7)
    Generation.objects.filter(requested_by=alice).update(created_at=long_ago)
    alarms.sound()
    alarms.sound()
    (alert,) = open_alerts("stuck_money")
    assert alert.team == alice.memberships.get().team
    assert alert.facts == {"number": 2, "amount": 8, "hours": 6}
    Generation.objects.update(status="failed")
    alarms.sound()
    assert open_alerts("stuck_money") == []
