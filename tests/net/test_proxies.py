"""Only a trusted proxy tells the client's address and scheme."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from net.networks import networks
from net.proxies import TrustedProxyMiddleware

PROXY, OTHER_PROXY, CLIENT = "10.0.0.1", "10.0.0.2", "203.0.113.9"


@pytest.fixture
def seen(settings):
    """``seen(peer, **headers)``: address and security, as the views see them."""
    settings.TRUSTED_PROXIES = networks([PROXY, "10.0.0.2/31", "2001:db8::/32"])

    def ask(peer, **headers):
        found = {}

        def view(request):
            found["address"] = request.META["REMOTE_ADDR"]
            found["is_secure"] = request.is_secure()
            found["told"] = [name for name in request.META if "FORWARDED" in name]
            return HttpResponse()

        request = RequestFactory().get("/", REMOTE_ADDR=peer, headers=headers)
        TrustedProxyMiddleware(view)(request)
        return found

    return lambda peer, **told: ask(
        peer, **{f"X-Forwarded-{name}": value for name, value in told.items()}
    )


def test_a_stranger_is_not_believed(seen):
    found = seen(CLIENT, For="127.0.0.1", Proto="https", Host="evil.example")
    assert found == {"address": CLIENT, "is_secure": False, "told": []}


def test_nobody_is_believed_where_none_is_named(seen, settings):
    settings.TRUSTED_PROXIES = []
    found = seen("127.0.0.1", For=CLIENT, Proto="https")
    assert found == {"address": "127.0.0.1", "is_secure": False, "told": []}


@pytest.mark.parametrize(
    ("told", "address"),
    [
        (CLIENT, CLIENT),
        (f"127.0.0.1, {CLIENT}", CLIENT),  # the client's own invention to the left
        (f"{CLIENT}, {OTHER_PROXY}", CLIENT),
        (f"{CLIENT}:4711", CLIENT),
        (f"::ffff:{CLIENT}", CLIENT),
        ("[2400:cb00::1]:443", "2400:cb00::1"),
        (f"127.0.0.1, nonsense, {OTHER_PROXY}", OTHER_PROXY),
        ("unknown", PROXY),
        ("", PROXY),
    ],
)
def test_the_first_from_the_right_that_is_no_proxy_is_the_client(seen, told, address):
    assert seen(PROXY, For=told)["address"] == address


@pytest.mark.parametrize("peer", [PROXY, f"::ffff:{PROXY}", "10.0.0.3", "2001:db8::7"])
def test_proxies_are_addresses_or_networks(seen, peer):
    assert seen(peer, For=CLIENT)["address"] == CLIENT


@pytest.mark.parametrize(
    ("told", "is_secure"),
    [
        ("https", True),
        ("HTTPS", True),
        ("http", False),
        ("http, https", True),  # the nearest proxy's word is the last
        ("https, http", False),
        ("ftp", False),
        ("", False),
    ],
)
def test_a_trusted_proxy_tells_the_scheme(seen, told, is_secure):
    assert seen(PROXY, Proto=told)["is_secure"] is is_secure


@pytest.mark.parametrize("peer", ["", "unix:"])
def test_a_peer_without_an_address_is_not_believed(seen, peer):
    assert seen(peer, For=CLIENT)["address"] == peer


def test_other_words_of_a_proxy_are_taken_off(seen):
    assert seen(PROXY, For=CLIENT, Host="evil.example")["told"] == []
