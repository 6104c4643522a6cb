"""Who may send how much, and the answer to those who send more."""

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse

from generation.models import Upload
from net.request_body import ANONYMOUS_BYTES, REFUSED_BODY, SMALL_BYTES
from wjportal.server.body_limits import limit_of

pytestmark = pytest.mark.django_db
UPLOADS = "/uploads/"


def environ(path, client=None):
    cookie = client.cookies["sessionid"].value if client else ""
    return {"PATH_INFO": path, "HTTP_COOKIE": f"csrftoken=x; sessionid={cookie}"}


@pytest.fixture
def kept_open(monkeypatch):
    """The test's own connection is no thread's."""
    monkeypatch.setattr(
        "wjportal.server.body_limits.close_old_connections", lambda: None
    )


def test_a_signed_in_person_may_send_what_the_view_takes(kept_open, alice, signed_in):
    client = signed_in(alice)
    assert limit_of(environ(UPLOADS, client), 10**6) > 100 * 1024**2
    assert limit_of(environ("/quote/", client), 10**5) == SMALL_BYTES
    assert limit_of(environ("/no-such-page/", client), 10**5) == ANONYMOUS_BYTES


def test_nobody_else_may(kept_open, alice, signed_in):
    client = signed_in(alice)
    signed_out = environ(UPLOADS, client)
    client.logout()
    for told in (
        {"PATH_INFO": UPLOADS},
        environ(UPLOADS),
        signed_out,
        {"PATH_INFO": UPLOADS, "HTTP_COOKIE": "sessionid=forged"},
    ):
        assert limit_of(told, 10**6) == ANONYMOUS_BYTES


def test_what_nobody_may_send_asks_no_database(
    kept_open, django_assert_num_queries, alice, signed_in
):
    client = signed_in(alice)
    with django_assert_num_queries(0):
        assert limit_of(environ(UPLOADS, client), 300_000_000) < 300_000_000


def test_without_a_database_nobody_is_signed_in(kept_open, alice, signed_in):
    told = environ(UPLOADS, signed_in(alice))

    def away(*_):
        raise OperationalError("the server closed the connection")

    with connection.execute_wrapper(away):
        assert limit_of(told, 10**6) == ANONYMOUS_BYTES


def refused(client, path, limit, **headers):
    return client.post(path, headers=headers, **{REFUSED_BODY: limit})


def test_too_large_is_a_page(alice):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    answer = refused(client, UPLOADS, 104_857_600)
    assert answer.status_code == 413
    assert "<title>Too large" in answer.text
    assert "100.0\xa0MB at most" in answer.text
    assert not Upload.objects.exists()


def test_too_large_is_one_element_for_htmx(alice, signed_in):
    answer = refused(signed_in(alice), UPLOADS, 104_857_600, hx_request="true")
    assert answer.status_code == 413
    assert answer.text.strip().startswith('<div class="empty" id="too-large">')
    assert "100.0\xa0MB at most" in answer.text


@pytest.mark.parametrize("path", ["/accounts/login/", "/callbacks/x/"])
def test_it_is_told_where_nobody_signs_in(path):
    answer = refused(Client(enforce_csrf_checks=True), path, ANONYMOUS_BYTES)
    assert answer.status_code == 413


def test_who_could_send_it_signed_in_is_asked_to_sign_in():
    client = Client(enforce_csrf_checks=True)
    answer = refused(client, UPLOADS, ANONYMOUS_BYTES)
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("accounts:login"))


def test_what_nobody_may_send_is_told_to_anybody():
    answer = refused(Client(enforce_csrf_checks=True), UPLOADS, 104_857_600)
    assert answer.status_code == 413


def test_no_client_can_say_so_itself():
    """The key is no header's name, so no header sets it."""
    assert not REFUSED_BODY.startswith("HTTP_")
