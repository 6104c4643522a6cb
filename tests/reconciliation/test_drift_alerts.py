"""Admins are told of drift once a run, until all differences are closed.

``tasks.watch`` raises the alerts of low balances and stuck reservations too.
"""

import datetime

import pytest
from django.utils import timezone

from gateways import catalogue
from notifications.models import Alert
from reconciliation import tasks
from reconciliation.models import Difference, Reconciliation
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


def test_drift_is_told_once_a_run_until_all_is_closed(account):
    first = difference(account)
    tasks.watch()
    tasks.watch()
    (alert,) = open_alerts("drift")
    assert (alert.facts["number"], alert.facts["amount"]) == (1, 24)
    assert alert.url == "/gateways/reconciliation/"
    second = difference(account, 2)
    tasks.watch()
    (again,) = open_alerts("drift")
    assert again.facts["amount"] == 48
    for row in (first, second):
        row.advance("closed")
    tasks.watch()
    assert open_alerts("drift") == []


def test_watch_raises_all_three_alerts(account, alice):
    account.balance, account.alert_below = 1, 2
    account.save()
    difference(account)
    long_ago = timezone.now() - datetime.timedelta(hours=7)
    factories.generation(alice, status="uncertain", created_at=long_ago)
    tasks.watch()
    raised = Alert.objects.open().values_list("kind", flat=True)
    assert sorted(raised) == ["drift", "low_balance", "stuck_money"]
    low = Alert.objects.get(kind="low_balance")
    assert low.url == "/gateways/reconciliation/"
