"""Admins are told of a low balance once, until it is over."""

import pytest

from gateways import balance_alerts, catalogue
from notifications.models import Alert

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def account():
    return catalogue.account("wujie")


def open_alerts(kind):
    return list(Alert.objects.open().filter(kind=kind))


def test_a_low_balance_is_told_once_for_a_threshold(account):
    account.balance, account.alert_below = 99, 100
    account.save()
    balance_alerts.update(account, url="/")
    balance_alerts.update(account, url="/")
    (alert,) = open_alerts("low_balance")
    assert alert.facts["left"] == 99
    account.alert_below = 500
    account.save()
    balance_alerts.update(account, url="/")
    (again,) = open_alerts("low_balance")
    assert again.pk != alert.pk
    account.balance = 1000
    account.save()
    balance_alerts.update(account, url="/")
    assert open_alerts("low_balance") == []


@pytest.mark.parametrize(("balance", "below"), [(None, 5), (5, None), (5, 5), (0, 0)])
def test_nothing_is_low_without_both_or_at_the_threshold(account, balance, below):
    account.balance, account.alert_below = balance, below
    account.save()
    balance_alerts.update(account, url="/")
    assert open_alerts("low_balance") == []
