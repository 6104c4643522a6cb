"""What the gateways offer is in our tables; one in trouble changes nothing there."""

import datetime

import pytest
from django.utils import timezone

from gateways import catalogue, circuit_breaker
from gateways.clients import is_configured
from gateways.models import CatalogueEntry, GatewayAccount
from gateways.providers.base import Model
from gateways.providers.errors import Unavailable
from tests import factories

pytestmark = pytest.mark.both_databases

SPOILED = [
    "http_500",
    "html",
    "not_json",
    "half_json",
    "empty",
    "missing_fields",
    "drop",
]


@pytest.fixture
def accounts(db):
    def of(provider):
        return GatewayAccount.objects.get(provider=provider)

    return of


def read():
    return catalogue.read("wujie")


def grown_old():
    CatalogueEntry.objects.update(
        fetched_at=timezone.now() - datetime.timedelta(days=2)
    )


def test_an_account_is_made_once_and_says_it_is_the_sandbox(db, settings):
    first = catalogue.account("wujie")
    assert catalogue.account("wujie") == first
    assert first.is_sandbox
    assert first.unit == "integral"
    assert catalogue.account("jumdata").unit == "image"
    assert is_configured(first)
    settings.GATEWAYS = {"wujie": {**settings.GATEWAYS["wujie"], "app_id": "real"}}
    settings.SANDBOX = False
    assert not is_configured(first)
    assert not catalogue.account("wujie").is_sandbox


def test_empty_until_it_was_read(db):
    assert read() == catalogue.Catalogue()


def test_models_their_sizes_and_styles_are_read(sandbox, accounts):
    catalogue.refresh()
    models = {model.code: model for model in read().models}
    assert models["1"] == Model("1", "通用 1.0", "沙盒通用模型", 1)
    assert (1024, 1024) in read().resources["1"].sizes
    assert "水彩" in read().resources["1"].styles
    assert accounts("wujie").balance == 100_000
    assert accounts("jumdata").balance is None
    assert accounts("wujie").health.answered_at is not None


def test_reading_asks_nobody(sandbox, db):
    catalogue.refresh()
    sandbox.reset()
    assert read().models
    assert set(sandbox.state()["requests"]) <= {"admin"}


def test_lists_are_not_read_again_while_they_are_fresh(sandbox, db):
    catalogue.refresh()
    before = sandbox.state()["requests"]
    catalogue.refresh()
    after = sandbox.state()["requests"]
    assert after["wujie.balance"] == before["wujie.balance"] + 1
    changed = {name for name in after if after[name] != before.get(name)}
    assert changed <= {"wujie.balance", "admin"}


@pytest.mark.cases_of_the_wire
@pytest.mark.parametrize("kind", SPOILED)
def test_a_gateway_in_trouble_keeps_its_last_lists(sandbox, accounts, kind):
    catalogue.refresh()
    known = read()
    grown_old()
    sandbox.switch(faults={"wujie.*": {"kind": kind}})
    catalogue.refresh()
    assert read() == known
    assert read().models
    sandbox.switch(faults={"wujie.*": None})
    catalogue.refresh()
    assert accounts("wujie").health.trouble == ""


def test_one_in_trouble_stops_no_other(sandbox, accounts):
    sandbox.switch(faults={"wujie.balance": {"kind": "http_500"}})
    catalogue.refresh()
    assert accounts("wujie").health.trouble
    assert GatewayAccount.objects.filter(provider="jumdata").exists()
    assert accounts("jumdata").health.trouble == ""


def test_wrong_credentials_are_one_sentence(sandbox, accounts):
    sandbox.switch(auth_window_seconds=0)
    catalogue.refresh()
    assert accounts("wujie").health.trouble_code == "unauthorized"
    assert "\n" not in accounts("wujie").health.trouble


def test_an_answer_is_noted_every_few_seconds_only(db, django_assert_num_queries):
    account = factories.account()
    circuit_breaker.note_answer(account)
    account.refresh_from_db()
    with django_assert_num_queries(0):
        circuit_breaker.note_answer(account)
    account.health.answered_at -= datetime.timedelta(seconds=6)
    with django_assert_num_queries(1):
        circuit_breaker.note_answer(account)


def test_trouble_keeps_its_beginning(db):
    account = factories.account()
    circuit_breaker.note_trouble(account, Unavailable("one"))
    account.refresh_from_db()
    since = account.health.trouble_at
    circuit_breaker.note_trouble(account, Unavailable("two", code="9"))
    account.refresh_from_db()
    assert (account.health.trouble, account.health.trouble_at) == ("two (9)", since)


def test_rows_of_other_accounts_are_not_ours(db, settings):
    mine = factories.account()
    GatewayAccount.objects.create(provider="wujie", app_id="real", unit="integral")
    GatewayAccount.objects.create(provider="gone", app_id=mine.app_id, unit="integral")
    factories.account("jumdata")
    entries = [
        CatalogueEntry.objects.create(
            account=account, kind="models", payload=[], fetched_at=timezone.now()
        )
        for account in GatewayAccount.objects.order_by("pk")
    ]

    def found(*providers):
        rows = CatalogueEntry.objects.filter(catalogue.configured(*providers))
        return [row.account.provider for row in rows.order_by("pk")]

    assert len(entries) == 4
    assert found() == ["wujie", "jumdata"]
    assert found("wujie") == ["wujie"]
    settings.GATEWAYS = {}
    assert found() == []
