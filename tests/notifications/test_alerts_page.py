"""The page of alerts, its badge, and the channels beside it."""

import pytest

from notifications import alerts, deliveries
from notifications.models import Alert, Channel, Delivery
from tests import factories

pytestmark = pytest.mark.django_db
URL = "/alerts/"
CHANNELS = "/alerts/channels/"
HTMX = {"HX-Request": "true"}
FACTS = {"account": "Wujie", "reason": "no balance"}
ADD = {
    "kind": "feishu",
    "name": "Ops",
    "address": "https://open.feishu.cn/open-apis/bot/v2/hook/hook-token",
    "secret": "s3cret",
}


def tell(key="1", **fields):
    alerts.tell("account_paused", key=key, facts=FACTS, **fields)
    return Alert.objects.get(key=key)


def test_open_ones_first_then_what_is_over(oda, signed_in):
    tell("a", url="/gateways/")
    tell("b")
    alerts.clear("account_paused", key="b")
    client = signed_in(oda)
    page = client.get(URL)
    assert [row.key for row in page.context["found"].rows] == ["a"]
    assert "Wujie is paused: no balance." in page.text
    assert 'href="/gateways/"' in page.text
    assert [r.key for r in client.get(f"{URL}?state=over").context["found"].rows] == [
        "b"
    ]
    assert len(client.get(f"{URL}?state=all").context["found"].rows) == 2


def test_nothing_to_see_is_said(oda, signed_in):
    assert "No open alerts" in signed_in(oda).get(URL).text


def test_the_badge_counts_what_nobody_has_seen(oda, signed_in):
    alert = tell()
    tell("2")
    client = signed_in(oda)
    assert client.get(URL).context["shell"].alerts == 2
    answer = client.post(f"{URL}{alert.pk}/seen/", headers=HTMX)
    assert f'id="alert-{alert.pk}"' in answer.text
    assert "seen by oda" in answer.text
    alert.refresh_from_db()
    assert alert.seen_by == oda
    assert client.get(URL).context["shell"].alerts == 1
    client.post(f"{URL}seen/")
    assert client.get(URL).context["shell"].alerts == 0
    assert Alert.objects.open().count() == 2


def test_the_first_who_saw_it_stands_there(oda, signed_in):
    other = factories.user("olga", role="admin")
    alert = tell()
    assert alerts.mark_seen(alert, by=other)
    assert not alerts.mark_seen(alert, by=oda)


def test_alerts_of_others_do_not_exist(oda, otto, alice, mona, signed_in):
    alert, shared = tell(team=factories.team("Elsewhere")), tell("shared")
    assert signed_in(oda).get(URL).context["found"].rows == [shared]
    assert signed_in(oda).post(f"{URL}{alert.pk}/seen/").status_code == 404
    assert signed_in(otto).get(URL).context["found"].rows == []
    assert signed_in(otto).post(f"{URL}{shared.pk}/seen/").status_code == 404
    for user in (alice, mona):
        for url in (URL, CHANNELS):
            assert signed_in(user).get(url).status_code == 404
        assert signed_in(user).post(f"{CHANNELS}additions/", ADD).status_code == 404
    assert signed_in(oda).get(f"{URL}{alert.pk}/seen/").status_code == 405


def test_queries_do_not_grow(oda, signed_in, django_assert_num_queries):
    client = signed_in(oda)
    tell("0")
    client.get(URL)
    for count in (1, 20):
        for number in range(count):
            tell(f"{count}-{number}")
        with django_assert_num_queries(12):
            client.get(URL)


# --- Channels


def test_an_admin_adds_a_channel_and_its_secrets_are_not_shown(oda, signed_in):
    client = signed_in(oda)
    answer = client.post(f"{CHANNELS}additions/", ADD, follow=True)
    assert "open.feishu.cn" in answer.text
    for secret in ("hook-token", "s3cret"):
        assert secret not in answer.text
    assert Channel.objects.get().created_by == oda


def test_an_owner_chooses_whose_alerts_a_channel_carries(
    oda, otto, mona, bob, signed_in
):
    """The team's for its admins, the installation's for owners."""
    add = f"{CHANNELS}additions/"
    assert signed_in(oda).post(add, ADD | {"whose": "owners"}).status_code == 302
    shared = Channel.objects.get()
    assert shared.team is None
    signed_in(oda).post(add, ADD | {"whose": "team"})
    signed_in(otto).post(add, ADD)
    studio = factories.team()
    assert Channel.objects.filter(team=studio).count() == 2
    assert signed_in(otto).post(add, ADD | {"whose": "owners"}).status_code == 422
    assert signed_in(oda).get(CHANNELS).context["channels"].count() == 3
    assert signed_in(otto).get(CHANNELS).context["channels"].count() == 2
    assert signed_in(otto).post(f"{CHANNELS}{shared.pk}/test/").status_code == 404
    mona.set_owner(True, by=None)
    assert signed_in(mona).post(add, ADD).status_code == 302
    assert list(signed_in(mona).get(CHANNELS).context["channels"]) == [
        shared,
        Channel.objects.latest("pk"),
    ]
    theirs = Channel.objects.filter(team=studio).first()
    assert signed_in(mona).post(f"{CHANNELS}{theirs.pk}/removal/").status_code == 404


@pytest.mark.parametrize(
    "changes",
    [
        {"address": "https://10.0.0.1/hook"},
        {"kind": "json", "address": "http://hooks.example"},
        {"kind": "email", "address": "nobody"},
        {"name": ""},
        {"kind": "smoke"},
    ],
)
def test_what_cannot_be_reached_is_not_added(oda, signed_in, changes):
    answer = signed_in(oda).post(f"{CHANNELS}additions/", {**ADD, **changes})
    assert answer.status_code == 422
    assert "s3cret" not in answer.text
    assert Channel.objects.count() == 0


def test_tests_replays_and_removal(
    oda, signed_in, django_capture_on_commit_callbacks, monkeypatch
):
    nudges = []
    monkeypatch.setattr("notifications.tasks.nudge", lambda: nudges.append(1))
    client = signed_in(oda)
    client.post(f"{CHANNELS}additions/", ADD)
    channel = Channel.objects.get()
    answers = iter(["", "SMTP 535 5.7.8 no"])
    monkeypatch.setattr(deliveries, "send", lambda _delivery: next(answers))
    test = f"{CHANNELS}{channel.pk}/test/"
    assert "delivered. Look whether" in client.post(test, follow=True).text
    page = client.post(test, follow=True).text
    assert page.count("does not take the user name or the password. (SMTP 535") == 2
    assert nudges == []
    delivery = Delivery.objects.latest("pk")
    assert (delivery.alert, delivery.status) == (None, "failed")
    Delivery.objects.update(status="failed")
    delivery.tries.create(is_sent=False, answer="HTTP 500")
    assert "HTTP 500" in client.get(CHANNELS).text
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"/alerts/deliveries/{delivery.pk}/replay/")
    delivery.refresh_from_db()
    assert delivery.status == "waiting"
    assert "The address and the secret are erased" in client.get(CHANNELS).text
    client.post(f"{CHANNELS}{channel.pk}/removal/")
    channel.refresh_from_db()
    assert channel.removed_at
    assert channel.sealed_address == channel.sealed_secret == ""
    assert client.post(f"{CHANNELS}{channel.pk}/test/").status_code == 404


def test_a_channel_is_tested_a_few_times_a_minute(oda, signed_in, monkeypatch):
    client, sent = signed_in(oda), []
    client.post(f"{CHANNELS}additions/", ADD)
    monkeypatch.setattr(deliveries, "send", lambda one: sent.append(one) or "")
    url = f"{CHANNELS}{Channel.objects.get().pk}/test/"
    pages = [client.post(url, follow=True).text for _each in range(6)]
    assert "Tested 5 times" not in pages[4]
    assert "Tested 5 times within a minute. Test again in " in pages[5]
    assert len(sent) == 5


def test_another_team_s_channel_does_not_exist(oda, bob, signed_in):
    team = bob.memberships.get().team
    fields = (ADD["kind"], "x", ADD["address"], "")
    channel = deliveries.add_channel(team, *fields, by=bob)
    delivery = deliveries.test(channel)
    client = signed_in(oda)
    for url in (
        f"{CHANNELS}{channel.pk}/test/",
        f"{CHANNELS}{channel.pk}/removal/",
        f"/alerts/deliveries/{delivery.pk}/replay/",
    ):
        assert client.post(url).status_code == 404
    assert client.get(CHANNELS).context["log"].rows == []


def test_a_portal_without_mail_says_so(oda, signed_in, settings):
    words = "EMAIL_HOST is not set"
    assert words in signed_in(oda).get(CHANNELS).text
    settings.EMAIL_HOST = "mail.example.org"
    assert words not in signed_in(oda).get(CHANNELS).text


@pytest.mark.both_databases
@pytest.mark.parametrize(("labels", "status"), [(3, 302), (4, 422)])
def test_a_long_mail_address_is_stored_or_refused(oda, signed_in, labels, status):
    """Of 247 characters, and of 308: a channel shows 255."""
    address = f"{'a' * 60}@{'.'.join(['b' * 60] * labels)}.com"
    sent = {"kind": "email", "name": "Ops", "address": address}
    answer = signed_in(oda).post(f"{CHANNELS}additions/", sent)
    assert answer.status_code == status
    assert Channel.objects.count() == (status == 302)
