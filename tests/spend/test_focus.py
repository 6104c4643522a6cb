"""The FOCUS export: columns without money, in constant memory."""

import csv
import datetime
import io
import json
import tracemalloc

import pytest
from django.db import transaction
from django.utils import timezone

from generation import lifecycle
from spend import focus, ledger
from spend.models import LedgerAccount, Transfer
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
URL = "/spend/focus.csv?period=month"


def read(answer):
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def spend(user, cost, **fields):
    made = factories.generation(user, **fields)
    with transaction.atomic():
        ledger.settle(
            lifecycle.ledger_subject(made),
            made.reserved,
            cost,
            reference=f"task:{made.pk}",
        )
    return made


def test_a_row_for_each_transfer_of_the_spent_account(alice, otto, signed_in):
    made = spend(alice, 6)
    with transaction.atomic():
        ledger.refund(lifecycle.ledger_subject(made), 5, reference=f"task:{made.pk}")
    rows = read(signed_in(otto).get(URL))
    amounts = [int(row["PricingCurrencyEffectiveCost"]) for row in rows]
    assert amounts == [4, 2, -5]
    assert sum(amounts) == ledger.balances(factories.team())["spent"]
    first = rows[0]
    assert tuple(first) == focus.COLUMNS
    assert (first["PricingCurrency"], first["ChargeCategory"]) == ("integral", "Usage")
    assert (first["ProviderName"], first["ServiceName"]) == ("wujie", "wujie-drawing")
    assert json.loads(first["Tags"]) == {
        "team": "Studio",
        "person": "alice",
        "operation": "wujie-drawing",
        "model": "1",
    }
    assert first["x_GenerationId"] == str(made.pk)
    assert "BilledCost" not in first
    assert "BillingCurrency" not in first


def test_times_are_utc_of_days_in_the_portal_s_zone(alice, otto, signed_in, settings):
    settings.TIME_ZONE = "Asia/Shanghai"
    spend(alice, 4)
    (row,) = read(signed_in(otto).get(URL))
    today = timezone.localdate()
    before = today - datetime.timedelta(1)
    assert row["ChargePeriodStart"] == f"{before}T16:00:00Z"
    assert row["ChargePeriodEnd"] == f"{today}T16:00:00Z"
    assert row["BillingPeriodStart"].endswith("T16:00:00Z")


def test_every_unit_has_its_own_currency(alice, otto, signed_in):
    spend(alice, 4)
    spend(alice, 1, provider="jumdata", reserved=1)
    rows = read(signed_in(otto).get(URL))
    assert {row["PricingCurrency"] for row in rows} == {"integral", "image"}


def test_another_team_s_costs_are_not_in_it(bob, otto, signed_in):
    spend(bob, 4)
    assert read(signed_in(otto).get(URL)) == []


def test_it_is_for_admins(alice, mona, otto, signed_in):
    for user in (alice, mona):
        assert signed_in(user).get(URL).status_code == 404
    assert signed_in(otto).post(URL).status_code == 405


@pytest.mark.slow
def test_it_streams_in_constant_memory(alice, otto):
    made = factories.generation(alice)
    subject = lifecycle.ledger_subject(made)
    accounts = {row.kind: row for row in LedgerAccount.objects.filter(unit="integral")}
    today = timezone.localdate()

    def peak(count):
        start = Transfer.objects.count()
        Transfer.objects.bulk_create(
            Transfer(
                kind="settle",
                reference=f"bulk:{start + number}",
                amount=1,
                source=accounts["reserved"],
                destination=accounts["spent"],
                # Spread: PostgreSQL is slow to change one sum again and again at once.
                day=today - datetime.timedelta(number % 1_000),
                **subject.dimensions,
            )
            for number in range(count)
        )
        tracemalloc.start()
        lines = sum(1 for _ in focus.rows(Transfer.objects.all()))
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return lines, top

    few, small = peak(4_000)
    many, large = peak(10_000)
    assert (few, many) == (4_001, 14_001)
    assert large < 1.5 * small
