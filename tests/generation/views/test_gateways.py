"""The gateways as admins see them."""

from django.utils import timezone

from generation.models import Lease
from tests import factories


def test_it_tells_each_gateways_state(alice, otto, signed_in):
    wujie = factories.account("wujie")
    wujie.balance, wujie.answered_at = 18_240, timezone.now()
    wujie.save()
    jumdata = factories.account("jumdata")
    jumdata.trouble, jumdata.trouble_at = "签名错误 (401)", timezone.now()
    jumdata.save()
    factories.generation(alice)
    factories.generation(alice, status="uncertain")
    factories.task(factories.generation(alice, status="running"), status="drawing")
    Lease.take("pump", "here", 5)
    answer = signed_in(otto).get("/gateways/")
    page = answer.content.decode()
    assert "18\N{NARROW NO-BREAK SPACE}240 integrals" in page
    assert "签名错误 (401)" in page
    assert "last sign of life" in page
    first = answer.context["gateways"][0]
    assert (first.queued, first.under_way, first.uncertain) == (1, 1, 1)
    assert page.count("sandbox</span>") == 2


def test_before_the_first_word_it_says_so(otto, signed_in):
    page = signed_in(otto).get("/gateways/").content.decode()
    assert page.count("not spoken to yet") == 2
    assert "It has not run yet" in page


def test_an_old_account_is_not_counted(alice, otto, signed_in):
    old = factories.account("wujie")
    factories.generation(alice)
    old.app_id = "of-before"
    old.save()
    first = signed_in(otto).get("/gateways/").context["gateways"][0]
    assert (first.account, first.queued) == (None, 0)


def test_it_is_for_admins(alice, mona, bob, signed_in):
    for user in (alice, mona, bob):
        assert signed_in(user).get("/gateways/").status_code == 404


def test_no_secret_is_shown(otto, signed_in, settings):
    page = signed_in(otto).get("/gateways/").content.decode()
    assert settings.GATEWAYS["jumdata"]["app_secret"] not in page


def test_queries_are_few(otto, signed_in, django_assert_max_num_queries):
    client = signed_in(otto)
    with django_assert_max_num_queries(17):
        client.get("/gateways/")


def test_only_a_get_shows_them(otto, signed_in):
    assert signed_in(otto).post("/gateways/").status_code == 405
