"""An account is made and read with its health; a claim sees both as they are."""

import datetime
import threading

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gateways import circuit_breaker, pausing
from gateways.models import AccountHealth, GatewayAccount
from gateways.providers.errors import Unavailable
from generation import lifecycle
from generation.models import Generation, SubmitRecovery
from tests import factories

pytestmark = pytest.mark.both_databases

Sending = AccountHealth.Sending
Status = Generation.Status
NOW = timezone.now()
LATER = NOW + datetime.timedelta(minutes=1)
ROW = {"provider": "wujie", "app_id": "another", "unit": "integral"}


# --- Never without


@pytest.mark.parametrize(
    "make",
    [
        GatewayAccount.objects.create,
        lambda **fields: GatewayAccount.objects.get_or_create(**fields)[0],
        lambda **fields: GatewayAccount.objects.update_or_create(**fields)[0],
    ],
)
def test_an_account_is_made_with_its_health(db, make):
    account = make(**ROW)
    account.save()
    health = AccountHealth.objects.get(account=account)
    assert (account.health, health.account) == (health, account)
    assert (health.sending, health.is_well) == (Sending.ACTIVE, True)


def test_a_second_account_of_an_app_id_leaves_no_health(db):
    GatewayAccount.objects.create(**ROW)
    with pytest.raises(IntegrityError), transaction.atomic():
        GatewayAccount.objects.create(**ROW)
    assert AccountHealth.objects.count() == 1


def test_the_database_takes_no_account_without_health(db):
    with pytest.raises(IntegrityError), transaction.atomic():
        GatewayAccount.objects.bulk_create([GatewayAccount(**ROW)])


def test_the_health_of_an_account_is_not_deleted(db):
    factories.account()
    with pytest.raises(ProtectedError):
        AccountHealth.objects.all().delete()


# --- Read together


@pytest.mark.parametrize(
    "read",
    [
        lambda: GatewayAccount.objects.get().health,
        lambda: Generation(account_id=GatewayAccount.objects.get().pk).account.health,
    ],
)
def test_an_account_is_read_with_its_health(db, read):
    factories.account()
    with CaptureQueriesContext(connection) as statements:
        read()
    assert all("accounthealth" in row["sql"] for row in statements)


def test_a_row_read_earlier_keeps_the_health_of_then(db):
    before = GatewayAccount.objects.get(pk=factories.account().pk)
    factories.change_account(factories.account(), tripped_at=NOW, quiet_until=NOW)
    assert not circuit_breaker.take_probe(before, LATER, is_paid=False)


@pytest.mark.parametrize("way", ["send", "poll", "inquire"])
def test_booking_reads_no_health_again(wanted, way):
    claim, book = {
        "send": (lifecycle.claim_queued, lifecycle.book_sent),
        "poll": (lifecycle.claim_polls, lifecycle.book_poll),
        "inquire": (lifecycle.claim_recoveries, lifecycle.book_recovery),
    }[way]
    wanted()
    factories.task(wanted(status=Status.RUNNING), poll_after=NOW)
    lost = wanted(status=Status.UNCERTAIN)
    SubmitRecovery.objects.create(generation=lost, look_after=NOW)
    (claimed,) = claim("wujie", 1)
    with CaptureQueriesContext(connection) as statements:
        book(claimed, Unavailable("busy", code="503", retry_after=9.0))
    sql = [row["sql"] for row in statements if "accounthealth" in row["sql"]]
    assert [text.split()[0] for text in sql] == ["UPDATE"] * 3
    assert AccountHealth.objects.get().is_quiet(timezone.now())


# --- What it says


@pytest.mark.parametrize(
    ("fields", "is_free", "is_well"),
    [
        ({}, True, True),
        ({"trouble": "busy"}, True, False),
        ({"quiet_until": NOW}, True, True),
        ({"quiet_until": LATER}, False, True),
        ({"tripped_at": NOW, "quiet_until": NOW}, False, False),
        ({"sending": Sending.PAUSED}, False, False),
        ({"sending": Sending.DRAINING}, False, False),
    ],
)
def test_its_state_says_whether_it_takes_work(fields, is_free, is_well):
    health = AccountHealth(**fields)
    assert (health.is_free(NOW), health.is_well) == (is_free, is_well)
    for weight in (0, 1):
        account = GatewayAccount(weight=weight, health=health)
        assert account.is_free(NOW) == (is_free and weight > 0)


@pytest.mark.django_db(transaction=True)
def test_a_claim_that_waited_for_a_pause_takes_nothing(wanted, otto):
    account = factories.change_account(factories.account(), most_open=5)
    wanted()
    is_waiting = threading.Event()
    claimed = []

    def claim():
        try:
            (row,) = GatewayAccount.objects.filter(pk=account.pk)
            assert row.is_free(timezone.now())
            is_waiting.set()
            claimed.extend(lifecycle.claim_queued("wujie", 4))
        finally:
            connection.close()

    thread = threading.Thread(target=claim)
    with transaction.atomic():
        assert pausing.pause(account, by=otto)
        thread.start()
        assert is_waiting.wait(10)
        thread.join(0.5)
    thread.join(20)
    assert claimed == []
