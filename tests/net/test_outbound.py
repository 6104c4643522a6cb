"""Only public addresses are posted to, and the address that was checked is used."""

import socket

import httpx
import pytest

from net import outbound
from net.deadlines import Transport
from net.outbound import NotReached, host_of, post, public_address

PUBLIC = "93.184.215.14"
PUBLIC_6 = "2606:2800:21f:cb07:6820:80da:af6b:8b2c"


@pytest.fixture
def names(monkeypatch):
    """``names(address, …)``: every host name resolves to these addresses."""

    def resolve(*addresses):
        found = [(socket.AF_INET, 1, 6, "", (one, 443)) for one in addresses]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)

    return resolve


@pytest.fixture
def answers(monkeypatch):
    """``answers(handle)``: the outside is that function; the fixture lists requests."""

    def install(handle):
        asked = []

        def record(request):
            asked.append(request)
            return handle(request)

        client = httpx.Client(transport=httpx.MockTransport(record))
        monkeypatch.setattr(outbound, "_client", lambda: client)
        return asked

    return install


def streamed(status, content):
    return httpx.Response(status, stream=httpx.ByteStream(content))


# --- Addresses


def test_public_addresses_are_returned_in_url_form(names):
    names(PUBLIC)
    assert public_address("h.example") == PUBLIC
    names(PUBLIC_6)
    assert public_address("h.example") == f"[{PUBLIC_6}]"


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "169.254.169.254", "::1", "fec0::1", "224.0.0.1"),
        "64:ff9b::a00:8",  # NAT64 of 10.0.0.8
    ],
)
def test_one_private_address_among_others_is_refused(names, address):
    names(PUBLIC, address)
    with pytest.raises(NotReached, match="not public"):
        public_address("h.example")


def test_a_public_address_behind_nat64_is_public(names):
    names("64:ff9b::5db8:d70e")
    assert public_address("h.example") == "[64:ff9b::5db8:d70e]"


def test_a_name_that_is_not_known_is_said(monkeypatch):
    def unknown(*args, **kwargs):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(NotReached, match=r"h\.example is not known"):
        outbound.public_address("h.example")


def test_port_443_may_be_written_out():
    assert host_of("https://h.example:443/x") == "h.example"


@pytest.mark.parametrize(
    "url",
    [
        "http://h.example/x",
        "https://h.example:8443/x",
        "https://user@h.example/x",
        "https:///x",
        "https://[",
    ],
)
def test_other_urls_are_refused(url):
    with pytest.raises(NotReached):
        host_of(url)


# --- Posting


def test_post_connects_to_the_resolved_address(names, answers):
    names(PUBLIC)
    asked = answers(lambda request: streamed(202, b"taken"))
    assert post("https://h.example/in?a=1", b"body", {"X-A": "1"}) == (202, b"taken")
    (request,) = asked
    assert str(request.url) == f"https://{PUBLIC}/in?a=1"
    assert request.headers["host"] == "h.example"
    assert request.headers["x-a"] == "1"
    assert request.extensions["sni_hostname"] == "h.example"
    assert request.content == b"body"


def test_a_redirect_is_returned_not_followed(names, answers):
    names(PUBLIC)
    asked = answers(
        lambda request: httpx.Response(
            302, headers={"Location": "https://10.0.0.8/"}, stream=httpx.ByteStream(b"")
        )
    )
    assert post("https://h.example/", b"", {})[0] == 302
    assert len(asked) == 1


def test_a_long_answer_is_cut(names, answers):
    names(PUBLIC)
    answers(lambda request: streamed(200, b"x" * (2 * outbound.MAX_ANSWER_BYTES)))
    _, content = post("https://h.example/", b"", {})
    assert len(content) == outbound.MAX_ANSWER_BYTES


@pytest.mark.parametrize("error", [httpx.ReadTimeout("t0ken"), ValueError("t0ken")])
def test_an_error_names_the_host_without_the_url(names, answers, error):
    def fail(request):
        raise error

    names(PUBLIC)
    answers(fail)
    with pytest.raises(NotReached) as raised:
        post("https://h.example/t0ken", b"", {})
    assert str(raised.value) == f"h.example: {type(error).__name__}"


def test_the_client_has_deadlines_and_no_environment():
    client = outbound._client()
    assert isinstance(client._transport, Transport)
    assert not client.trust_env
    assert not client.follow_redirects
