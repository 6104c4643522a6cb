"""Alerts reach channels once, are tried again, and never tell an address."""

import datetime
import json
import logging
import socket

import httpx
import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone

from accounts.sealing import Unreadable, seal, unseal
from net import outbound
from notifications import alerts, deliveries
from notifications.models import Channel, Delivery, DeliveryTry
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
Status = Delivery.Status
FEISHU = "https://open.feishu.cn/open-apis/bot/v2/hook/hook-token"
FACTS = {"account": "Wujie", "reason": "no balance"}
PUBLIC = "93.184.215.14"


@pytest.fixture
def net(monkeypatch):
    """``net.answers``: what is answered next; ``net.requests``: what was asked."""

    class Net:
        def __init__(self):
            self.answers, self.requests, self.address = [], [], PUBLIC

        def handle(self, request):
            self.requests.append(request)
            answer = self.answers.pop(0) if self.answers else {"code": 0}
            if isinstance(answer, Exception):
                raise answer
            if isinstance(answer, int):
                nothing = httpx.ByteStream(b"")
                return httpx.Response(answer, stream=nothing)
            content = json.dumps(answer).encode()
            return httpx.Response(200, stream=httpx.ByteStream(content))

    made = Net()
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda *_, **__: [(socket.AF_INET, 1, 6, "", (made.address, 443))],
    )
    client = httpx.Client(transport=httpx.MockTransport(made.handle))
    monkeypatch.setattr(outbound, "_client", lambda: client)
    return made


@pytest.fixture
def channel(otto):
    team = otto.memberships.get().team
    return deliveries.add_channel(team, "feishu", "Ops", FEISHU, "s3cret", by=otto)


def tell(key="wujie", **fields):
    fields.setdefault("team", factories.team())
    return alerts.tell("account_paused", key=key, facts=FACTS, **fields)


def due_again():
    Delivery.objects.update(try_after=timezone.now())


# --- Once


def test_an_alert_goes_to_each_channel_once(channel, net):
    tell()
    assert deliveries.run() == 1
    assert deliveries.run() == 0
    (request,) = net.requests
    text = json.loads(request.content)["content"]["text"]
    assert text == "Wujie is paused: no balance. Nothing is sent there."
    assert request.headers["host"] == "open.feishu.cn"
    assert request.url.host == PUBLIC  # asked as it was resolved, by name in TLS
    assert request.extensions["sni_hostname"] == "open.feishu.cn"
    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.attempts) == (Status.SENT, 1)
    assert DeliveryTry.objects.get().is_sent


def test_it_is_said_in_the_language_of_who_added_it(otto, net):
    otto.language = "zh-hans"
    team = otto.memberships.get().team
    deliveries.add_channel(team, "json", "x", "https://h.example/", "", by=otto)
    tell()
    deliveries.run()
    assert "Nothing" not in json.loads(net.requests[0].content)["text"]


def test_what_was_raised_before_is_not_sent(otto, net):
    tell()
    team = otto.memberships.get().team
    deliveries.add_channel(team, "feishu", "Ops", FEISHU, "", by=otto)
    assert deliveries.run() == 0


def test_another_team_s_alerts_stay_there(channel, net):
    tell(team=factories.team("Elsewhere"))
    assert deliveries.run() == 0
    tell("mine", team=channel.team)
    assert deliveries.run() == 1


def test_shared_alerts_go_to_the_owners_channels_alone(channel, oda, net):
    shared = deliveries.add_channel(None, "feishu", "Ops", FEISHU, "", by=oda)
    tell(team=None)
    assert deliveries.run() == 1
    assert Delivery.objects.get().channel == shared
    tell("mine", team=channel.team)
    assert deliveries.run() == 1
    assert Delivery.objects.latest("pk").channel == channel


def test_a_removed_channel_gets_nothing(channel, net):
    tell()
    deliveries.plan()
    Channel.objects.update(removed_at=timezone.now())
    assert deliveries.run() == 0


def test_of_two_workers_one_sends_it(channel, net):
    tell()
    deliveries.plan()
    assert len(deliveries.claim()) == 1
    assert deliveries.claim() == []


def test_of_two_workers_that_read_the_same_one_sends_it(channel, net):
    tell()
    deliveries.plan()
    other = None

    def claim_between(execute, sql, *arguments):
        """The other worker claims between this one's reading and its first update."""
        nonlocal other
        if other is None and sql.startswith("UPDATE"):
            other = []
            other = deliveries.claim()
        return execute(sql, *arguments)

    with connection.execute_wrapper(claim_between):
        assert deliveries.claim() == []
    assert len(other) == 1


def test_what_a_killed_worker_had_claimed_is_sent_later(channel, net):
    tell()
    deliveries.plan()
    deliveries.claim()
    assert deliveries.run() == 0
    due_again()
    assert deliveries.run() == 1


# --- Again


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({"code": 19021, "msg": "sign match fail"}, "code 19021: sign match fail"),
        (502, "HTTP 502"),
        (302, "HTTP 302"),
        (httpx.ReadTimeout("slow"), "open.feishu.cn: ReadTimeout"),
        ({}, "The answer has no code"),
    ],
)
def test_a_refusal_is_tried_again_later(channel, net, answer, why):
    net.answers = [answer]
    tell()
    deliveries.run()
    delivery = Delivery.objects.get()
    assert delivery.status == Status.WAITING
    wait = delivery.try_after - timezone.now()
    assert datetime.timedelta(seconds=50) < wait <= datetime.timedelta(minutes=1)
    assert DeliveryTry.objects.get().answer == why
    due_again()
    deliveries.run()
    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts) == (Status.SENT, 2)
    assert list(delivery.tries.values_list("is_sent", flat=True)) == [False, True]


def test_it_is_given_up_and_can_be_sent_again(channel, net):
    net.answers = [500] * deliveries.MAX_ATTEMPTS
    tell()
    waits = []
    for _ in range(deliveries.MAX_ATTEMPTS):
        deliveries.run()
        waits.append(Delivery.objects.get().try_after - timezone.now())
        due_again()
    delivery = Delivery.objects.get()
    assert delivery.status == Status.FAILED
    assert waits[3] > 3 * waits[1]
    assert max(waits) <= deliveries.LONGEST_BACKOFF
    assert deliveries.run() == 0
    assert deliveries.replay(delivery)
    assert not deliveries.replay(delivery)
    assert deliveries.run() == 1
    delivery.refresh_from_db()
    assert delivery.status == Status.SENT
    assert delivery.tries.count() == deliveries.MAX_ATTEMPTS + 1


def test_a_test_is_tried_once(channel, net):
    net.answers = [500]
    delivery = deliveries.test(channel)
    assert deliveries.send_now(delivery) == "HTTP 500"
    delivery.refresh_from_db()
    assert delivery.status == Status.FAILED


def test_a_test_is_not_sent_by_another_process(channel, net):
    """Which would tell nobody of the answer: the page said *delivered*."""
    net.answers = [500]
    delivery = deliveries.test(channel)
    assert deliveries.run() == 0
    assert deliveries.send_now(delivery) == "HTTP 500"


# --- Never


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.0.0.8", "169.254.169.254", "192.168.1.1", "100.64.0.1"),
        *("::1", "fd00::8", "::ffff:10.0.0.8"),
        *("64:ff9b::a00:8", "2002:a00:8::"),  # 10.0.0.8, behind a translator
    ],
)
def test_a_private_address_is_never_asked(otto, net, address):
    team = otto.memberships.get().team
    deliveries.add_channel(team, "json", "x", "https://h.example/", "", by=otto)
    net.address = address
    tell()
    deliveries.run()
    assert net.requests == []
    assert DeliveryTry.objects.get().answer == (
        "h.example has an address that is not public"
    )


def test_secrets_are_sealed_and_never_logged(channel, net, caplog):
    row = Channel.objects.get()
    stored = f"{row.sealed_address}{row.sealed_secret}{row.host}{row.name}"
    assert "hook-token" not in stored
    assert "s3cret" not in stored
    assert unseal(row.sealed_secret) == "s3cret"
    net.answers = [httpx.ConnectError("hook-token"), ValueError("hook-token")]
    with caplog.at_level(logging.DEBUG):
        tell()
        deliveries.run()
        due_again()
        deliveries.run()
    answers = " ".join(DeliveryTry.objects.values_list("answer", flat=True))
    assert DeliveryTry.objects.count() == 2
    assert "hook-token" not in answers + caplog.text


def test_another_key_cannot_open_them(channel, net, settings):
    sealed = seal("x")
    settings.SECRET_KEY = "another"
    with pytest.raises(Unreadable):
        unseal(sealed)
    tell()
    deliveries.run()
    assert "SECRET_KEY" in DeliveryTry.objects.get().answer


# --- E-mail


def test_mail_is_sent_where_a_host_is_set(otto, settings):
    team = otto.memberships.get().team
    deliveries.add_channel(team, "email", "x", "ops@example.org", "", by=otto)
    tell()
    assert deliveries.run() == 0
    settings.EMAIL_HOST = "mail.example.org"
    settings.PUBLIC_URL = "https://portal.example.org"
    assert deliveries.run() == 1
    (message,) = mail.outbox
    assert message.to == ["ops@example.org"]
    assert "no balance" in message.subject
    assert "https://portal.example.org" in message.body


def test_a_name_adds_no_line_to_a_message(channel, net):
    facts = {"account": "Wu\r\njie\u2028\u202e", "reason": "x" * 5000}
    alerts.tell("account_paused", key="wujie", team=channel.team, facts=facts)
    deliveries.run()
    text = json.loads(net.requests[0].content)["content"]["text"]
    assert text.startswith("Wu jie is paused: xxx")
    assert text.endswith("x…. Nothing is sent there.")
    assert len(text) < 300
