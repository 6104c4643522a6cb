"""A test of an account asks its gateway once, signed, and tells the real error."""

import datetime
from typing import Any

import pytest
from django.utils import timezone

from gateways import account_check, catalogue, outage_alerts
from gateways.models import GatewayAccount
from notifications.models import Alert
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", ["wujie", "jumdata"])
def test_taken_credentials_are_remembered(sandbox: Any, name: str) -> None:
    account = catalogue.account(name)
    assert not account_check.is_tested(account)
    assert account_check.check(name) == ""
    assert account_check.is_tested(catalogue.account(name))
    requests = sandbox.state()["requests"]
    assert sum(n for kind, n in requests.items() if kind.startswith(name)) == 1


@pytest.mark.parametrize("name", ["wujie", "jumdata"])
def test_refused_credentials_are_told(sandbox: Any, name: str) -> None:
    account_check.check(name)
    sandbox.switch(auth_window_seconds=0)
    assert "does not accept this account" in account_check.check(name)
    assert not account_check.is_tested(catalogue.account(name))


def test_an_unreachable_gateway_is_told(sandbox: Any) -> None:
    sandbox.switch(faults={"wujie.balance": {"kind": "http_500"}})
    assert account_check.check("wujie")
    assert catalogue.account("wujie").health.trouble


def test_a_told_balance_is_a_test(sandbox: Any) -> None:
    catalogue.refresh()
    assert account_check.is_tested(catalogue.account("wujie"))
    assert not account_check.is_tested(catalogue.account("jumdata"))


# --- The alert of an outage


def told() -> list[str]:
    rows = Alert.objects.open().filter(kind=outage_alerts.KIND)
    return [alert.facts["reason"] for alert in rows]


def troubled(account: GatewayAccount, seconds: int, **fields: Any) -> None:
    since = timezone.now() - datetime.timedelta(seconds=seconds)
    factories.change_account(account, trouble="no answer", trouble_at=since, **fields)
    outage_alerts.update(account)


def test_owners_hear_of_an_outage_once_while_it_lasts() -> None:
    account = factories.account()
    troubled(account, 5)
    assert told() == []
    troubled(account, outage_alerts.TROUBLE_SECONDS + 5)
    outage_alerts.update(account)
    assert told() == ["no answer"]
    alert = Alert.objects.get()
    assert (alert.team, alert.url) == (None, "/gateways/")
    factories.change_account(account, trouble="", trouble_at=None)
    outage_alerts.update(account)
    assert told() == []


def test_an_open_breaker_is_told_at_once() -> None:
    account = factories.account()
    troubled(account, 1, tripped_at=timezone.now())
    assert told() == ["no answer"]


def test_a_pause_is_no_outage() -> None:
    troubled(factories.account(), 9999, sending="paused")
    assert told() == []


def test_reading_the_balance_tells_of_an_outage(sandbox: Any) -> None:
    account = factories.account()
    troubled(account, 9999)
    Alert.objects.all().delete()
    sandbox.switch(faults={"wujie.balance": {"kind": "http_500"}})
    catalogue.refresh()
    assert len(told()) == 1
    sandbox.switch(faults={"wujie.balance": None})
    catalogue.refresh()
    assert told() == []
