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


def test_open_ones_first_then_what_is_over(otto, signed_in):
    tell("a", url="/gateways/")
    tell("b")
    alerts.clear("account_paused", key="b")
    client = signed_in(otto)
    page = client.get(URL)
    assert [row.key for row in page.context["found"].rows] == ["a"]
    assert "Wujie is paused: no balance." in page.text
    assert 'href="/gateways/"' in page.text
    assert [r.key for r in client.get(f"{URL}?state=over").context["found"].rows] == [
        "b"
    ]
    assert len(client.get(f"{URL}?state=all").context["found"].rows) == 2


def test_nothing_to_see_is_said(otto, signed_in):
    assert "Nothing needs you" in signed_in(otto).get(URL).text


def test_the_badge_counts_what_nobody_has_seen(otto, signed_in):
    alert = tell()
    tell("2")
    client = signed_in(otto)
    assert client.get(URL).context["shell"].alerts == 2
    answer = client.post(f"{URL}{alert.pk}/seen/", headers=HTMX)
    assert f'id="alert-{alert.pk}"' in answer.text
    assert "seen by otto" in answer.text
    alert.refresh_from_db()
    assert alert.seen_by == otto
    assert client.get(URL).context["shell"].alerts == 1
    client.post(f"{URL}seen/")
    assert client.get(URL).context["shell"].alerts == 0
    assert Alert.objects.open().count() == 2


def test_the_first_who_saw_it_stands_there(otto, signed_in):
    other = factories.user("olga", role="admin")
    alert = tell()
    assert alerts.mark_seen(alert, by=other)
    assert not alerts.mark_seen(alert, by=otto)


def test_alerts_of_others_do_not_exist(otto, alice, mona, signed_in):
    alert = tell(team=factories.team("Elsewhere"))
    assert signed_in(otto).get(URL).context["found"].rows == []
    assert signed_in(otto).post(f"{URL}{alert.pk}/seen/").status_code == 404
    for user in (alice, mona):
        for url in (URL, CHANNELS):
            assert signed_in(user).get(url).status_code == 404
        assert signed_in(user).post(f"{CHANNELS}additions/", ADD).status_code == 404
    assert signed_in(otto).get(f"{URL}{alert.pk}/seen/").status_code == 405


def test_queries_do_not_grow(otto, signed_in, django_assert_num_queries):
    client = signed_in(otto)
    tell("0")
    client.get(URL)
    for count in (1, 20):
        for number in range(count):
            tell(f"{count}-{number}")
        with django_assert_num_queries(9):
            client.get(URL)


# --- Channels


def test_an_admin_adds_a_channel_and_its_secrets_are_not_shown(otto, signed_in):
    client = signed_in(otto)
    answer = client.post(f"{CHANNELS}additions/", ADD, follow=True)
    assert "open.feishu.cn" in answer.text
    for secret in ("hook-token", "s3cret"):
        assert secret not in answer.text
    assert Channel.objects.get().created_by == otto


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
def test_what_cannot_be_reached_is_not_added(otto, signed_in, changes):
    answer = signed_in(otto).post(f"{CHANNELS}additions/", {**ADD, **changes})
    assert answer.status_code == 422
    assert "s3cret" not in answer.text
    assert Channel.objects.count() == 0


def test_tests_replays_and_removal(
    otto, signed_in, django_capture_on_commit_callbacks, monkeypatch
):
    nudges = []
    monkeypatch.setattr("notifications.tasks.nudge", lambda: nudges.append(1))
    client = signed_in(otto)
    client.post(f"{CHANNELS}additions/", ADD)
    channel = Channel.objects.get()
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"{CHANNELS}{channel.pk}/test/")
    delivery = Delivery.objects.get()
    assert delivery.alert is None
    assert len(nudges) == 1
    Delivery.objects.update(status="failed")
    delivery.tries.create(is_sent=False, answer="HTTP 500")
    assert "HTTP 500" in client.get(CHANNELS).text
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"/alerts/deliveries/{delivery.pk}/replay/")
    delivery.refresh_from_db()
    assert delivery.status == "waiting"
    client.post(f"{CHANNELS}{channel.pk}/removal/")
    channel.refresh_from_db()
    assert channel.removed_at
    assert channel.sealed_address == channel.sealed_secret == ""
    assert client.post(f"{CHANNELS}{channel.pk}/test/").status_code == 404


def test_another_team_s_channel_does_not_exist(otto, bob, signed_in):
    team = bob.memberships.get().team
    fields = (ADD["kind"], "x", ADD["address"], "")
    channel = deliveries.add_channel(team, *fields, by=bob)
    delivery = deliveries.test(channel)
    client = signed_in(otto)
    for url in (
        f"{CHANNELS}{channel.pk}/test/",
        f"{CHANNELS}{channel.pk}/removal/",
        f"/alerts/deliveries/{delivery.pk}/replay/",
    ):
        assert client.post(url).status_code == 404
    assert client.get(CHANNELS).context["log"].rows == []


def test_a_portal_without_mail_says_so(otto, signed_in, settings):
    words = "EMAIL_HOST is not set"
    assert words in signed_in(otto).get(CHANNELS).text
    settings.EMAIL_HOST = "mail.example.org"
    assert words not in signed_in(otto).get(CHANNELS).text
