"""故障通知: believed where it is not forged, told to owners, kept once (§7.11)."""

import json

import pytest

from gateways import fault_notices
from gateways.models import FaultNotice
from notifications.models import Alert
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def path():
    return f"/callbacks/notices/wujie/{fault_notices.token('wujie')}/"


def post(client, path, body, **headers):
    return client.post(
        path, json.dumps(body), content_type="application/json", headers=headers
    )


def test_the_sample_is_kept_and_told(client, path, sample, oda, signed_in):
    answer = post(client, path, sample("fault_notice.inbound_request"))
    assert (answer.status_code, answer.content) == (200, b"success")
    kept = FaultNotice.objects.get()
    assert (kept.service, kept.status) == ("MIDJOURNEY", "OCCURRED")
    assert kept.told_at.timestamp() == 1741661106
    assert Alert.objects.get().kind == "gateway_fault"
    page = signed_in(oda).get("/gateways/").content.decode()
    assert "MIDJOURNEY" in page


def test_repeated_it_counts_once(client, path, sample):
    for _ in range(3):
        post(client, path, sample("fault_notice.inbound_request"))
    assert FaultNotice.objects.count() == Alert.objects.count() == 1


def test_a_time_as_text_is_read_as_well(client, path, sample):
    body = sample("fault_notice.inbound_request") | {"timestamp": "1741661106"}
    post(client, path, body)
    assert FaultNotice.objects.get().told_at.timestamp() == 1741661106


def test_another_word_takes_the_alert_back(client, path, sample):
    occurred = sample("fault_notice.inbound_request")
    post(client, path, occurred)
    post(client, path, occurred | {"fault_status": "RECOVERED", "timestamp": 1})
    assert Alert.objects.filter(cleared_at=None).count() == 0
    assert FaultNotice.objects.count() == 2


@pytest.mark.parametrize(
    "body", [{}, [], "x", {"fault_service_type": "X"}, {"fault_status": "Y"}, None]
)
def test_what_says_nothing_is_answered_alike(client, path, body):
    assert post(client, path, body).content == b"success"
    assert not FaultNotice.objects.exists()


@pytest.mark.parametrize(
    "path",
    [
        "/callbacks/notices/wujie/guessed/",
        f"/callbacks/notices/jumdata-7/{'0' * 40}/",
        f"/callbacks/notices/jumdata/{'0' * 40}/",
    ],
)
def test_an_address_that_was_guessed(client, path, sample):
    assert post(client, path, sample("fault_notice.inbound_request")).status_code == 404


def test_one_accounts_address_is_not_anothers(client, sample):
    path = f"/callbacks/notices/jumdata/{fault_notices.token('wujie')}/"
    assert post(client, path, sample("fault_notice.inbound_request")).status_code == 404


def test_a_forged_one_is_dropped(client, path, sample, monkeypatch):
    from gateways.clients import client as provider

    monkeypatch.setattr(provider("wujie"), "is_forged", lambda header: bool(header))
    body = sample("fault_notice.inbound_request")
    assert post(client, path, body, Authorization="{}").content == b"success"
    assert not FaultNotice.objects.exists()


def test_a_get_is_no_notice(client, path):
    assert client.get(path).status_code == 405


def test_owners_see_the_address_to_register(oda, signed_in, settings, path):
    page = signed_in(oda).get("/gateways/").content.decode()
    assert path not in page  # nobody reaches the portal
    settings.PUBLIC_URL = "https://portal.example"
    assert f"https://portal.example{path}" in signed_in(oda).get("/gateways/").text


def test_only_owners_see_them(alice, otto, signed_in):
    for person in (alice, otto):
        assert signed_in(person).get("/gateways/").status_code == 404


def test_old_ones_go(client, path, sample):
    post(client, path, sample("fault_notice.inbound_request"))
    FaultNotice.objects.update(received_at="2020-01-01T00:00:00Z")
    fault_notices.tidy()
    assert not FaultNotice.objects.exists()


def test_two_accounts_are_told_apart(client, path, sample):
    post(client, path, sample("fault_notice.inbound_request"))
    assert FaultNotice.objects.get().account == factories.account("wujie")
