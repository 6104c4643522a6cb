"""The gateways as admins see them."""

import pytest
from django.utils import timezone

from gateways import pausing
from gateways.models import AccountChange
from gateways.providers.errors import Unavailable
from generation.models import Lease
from tests import factories


def test_it_tells_each_gateways_state(alice, oda, signed_in):
    wujie = factories.account("wujie")
    factories.change_account(wujie, balance=18_240, answered_at=timezone.now())
    jumdata = factories.account("jumdata")
    told, now = "签名错误 (401)", timezone.now()
    factories.change_account(jumdata, trouble=told, trouble_at=now)
    factories.generation(alice)
    factories.generation(alice, status="uncertain")
    running = factories.generation(alice, status="running")
    factories.task(running, status="drawing", poll_after=timezone.now())
    Lease.take("pump", "here", 5)
    answer = signed_in(oda).get("/gateways/")
    page = answer.content.decode()
    assert "18\N{NARROW NO-BREAK SPACE}240 integrals" in page
    assert "签名错误 (401)" in page
    assert "last seen" in page
    first = answer.context["gateways"][0]
    assert (first.queued, first.under_way, first.uncertain) == (1, 1, 1)
    assert page.count("sandbox</span>") == 2


def test_before_the_first_word_it_says_so(oda, signed_in):
    page = signed_in(oda).get("/gateways/").content.decode()
    assert page.count("not tested yet") == 2
    assert "It has not run yet" in page


def test_an_old_account_is_not_counted(alice, oda, signed_in):
    old = factories.account("wujie")
    factories.generation(alice)
    old.app_id = "of-before"
    old.save()
    first = signed_in(oda).get("/gateways/").context["gateways"][0]
    assert (first.account, first.queued) == (None, 0)


def test_it_is_for_admins(alice, mona, bob, signed_in):
    for user in (alice, mona, bob):
        assert signed_in(user).get("/gateways/").status_code == 404


def test_no_secret_is_shown(oda, signed_in, settings):
    page = signed_in(oda).get("/gateways/").content.decode()
    assert settings.GATEWAYS["jumdata"]["app_secret"] not in page


def test_queries_are_few(oda, signed_in, django_assert_max_num_queries):
    client = signed_in(oda)
    with django_assert_max_num_queries(20):
        client.get("/gateways/")


# --- What is sent where


def post(client, account, what, **data):
    return client.post(f"/gateways/{account.pk}/{what}/", data)


def test_an_admin_pauses_drains_and_uses_again(oda, signed_in):
    client, account = signed_in(oda), factories.account("wujie")
    for to, words in (
        ("paused", "Paused by oda."),
        ("draining", "Drained: no work is left there."),
        ("active", "Weight and limits"),
    ):
        assert post(client, account, "sending", to=to).url == "/gateways/"
        account.refresh_from_db()
        assert account.health.sending == to
        assert words in client.get("/gateways/").content.decode()
    lines = AccountChange.objects.order_by("pk")
    assert [line.after for line in lines] == ["paused", "draining", "active"]
    assert {line.changed_by for line in lines} == {oda}


def test_one_sees_who_did_it_and_undoes_it(oda, signed_in):
    client, account = signed_in(oda), factories.account("wujie")
    post(client, account, "limits", weight=7, most_open=12, most_a_second="")
    account.refresh_from_db()
    assert (account.weight, account.most_open, account.most_a_second) == (7, 12, None)
    page = client.get("/gateways/").content.decode()
    assert "oda: pictures at a time none → 12" in page
    assert "oda: weight 1 → 7" in page
    assert 'name="most_open" value=""' in page  # its undo
    post(client, account, "limits", most_open="")
    account.refresh_from_db()
    assert (account.weight, account.most_open) == (7, None)


@pytest.mark.parametrize(
    ("field", "value"),
    [("weight", "101"), ("weight", "-1"), ("weight", ""), ("most_open", "0")],
)
def test_nonsense_is_told_and_changes_nothing(oda, signed_in, field, value):
    client, account = signed_in(oda), factories.account("wujie")
    answer = post(client, account, "limits", **{field: value})
    assert answer.status_code == 422
    assert f'id="account-{account.pk}-{field}"' in answer.content.decode()
    account.refresh_from_db()
    assert (account.weight, account.most_open) == (1, None)
    assert not AccountChange.objects.exists()


def test_the_card_alone_comes_back(oda, signed_in):
    account = factories.account("wujie")
    answer = signed_in(oda).post(
        f"/gateways/{account.pk}/sending/",
        {"to": "paused"},
        headers={"HX-Request": "true"},
    )
    part = answer.content.decode()
    assert part.count("<section") == 1
    assert 'id="gateway-wujie"' in part
    assert "Paused: no new work is sent there;" in part


def test_changing_is_for_owners_alone(alice, mona, otto, signed_in):
    account = factories.account("wujie")
    for user in (alice, mona, otto):
        for what in ("sending", "limits"):
            assert post(signed_in(user), account, what, to="paused").status_code == 404
    account.refresh_from_db()
    assert account.health.sending == "active"


def test_what_does_not_exist_cannot_be_changed(oda, signed_in):
    client, old = signed_in(oda), factories.account("wujie")
    assert post(client, old, "sending", to="gone").status_code == 404
    assert client.get(f"/gateways/{old.pk}/sending/").status_code == 405
    old.app_id = "of-before"
    old.save()
    assert post(client, old, "sending", to="paused").status_code == 404


def test_a_paused_account_says_why_and_when_it_goes_on(oda, signed_in):
    account = factories.account("jumdata")
    pausing.pause_for_code(account, Unavailable("调用超限", code="606"))
    page = signed_in(oda).get("/gateways/").content.decode()
    assert "The portal paused it. The portal&#x27;s quota there is used up." in page
    assert "One generation tries again" in page


def test_members_are_told_in_calm_words(alice, signed_in):
    account = factories.account("wujie")
    since = timezone.localtime().replace(hour=0, minute=2)
    factories.change_account(account, tripped_at=since)
    factories.generation(alice)
    factories.generation(alice)
    said = "Wujie has not answered since 00:02. New work waits here"
    page = signed_in(alice).get("/").content.decode()
    assert page.count(said) >= 3  # the banner and both cards
    factories.change_account(account, tripped_at=None, sending="paused")
    page = signed_in(alice).get("/").content.decode()
    assert page.count("Wujie is paused. New work waits here") >= 3
    assert "Waiting to send, 1 ahead" in page


def test_only_a_get_shows_them(oda, signed_in):
    assert signed_in(oda).post("/gateways/").status_code == 405
