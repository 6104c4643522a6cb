"""Bytes come from where a gateway keeps them, over https, and from nowhere else."""

import gzip
import socket
import threading
import time

import httpx
import pytest
from django.conf import settings as portal

from generation import downloads
from generation.downloads import NotFetched, check, download
from net.deadlines import Transport

CDN = "cdn.wujiebantu.com"
GOOD = f"https://{CDN}/ai/one.png?e=1"
PUBLIC = "93.184.215.14"


@pytest.fixture
def names(monkeypatch):
    """``names(PUBLIC)``: what every name stands for; gives the names that were asked
    for. Nothing leaves this machine."""

    def stand_for(*addresses):
        asked = []

        def getaddrinfo(host, port, *args, **kwargs):
            asked.append(host)
            if not addresses:
                raise socket.gaierror(-2, "Name or service not known")
            return [
                (socket.AF_INET6 if ":" in a else socket.AF_INET, 1, 6, "", (a, port))
                for a in addresses
            ]

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        return asked

    return stand_for


@pytest.fixture
def cdn(monkeypatch):
    """``cdn(handler)``: answers instead of the network; gives the requests made."""

    def answer(handler):
        requests = []

        def handle(request):
            requests.append(request)
            return handler(request)

        client = httpx.Client(transport=httpx.MockTransport(handle))
        monkeypatch.setattr(downloads, "_client", lambda: client)
        return requests

    return answer


@pytest.fixture
def real(settings):
    """As with real credentials: no sandbox anywhere."""
    settings.SANDBOX = False
    settings.RESULT_HOSTS = [CDN]


# --- By its words


@pytest.mark.parametrize(
    "url",
    [
        f"http://{CDN}/a.png",
        f"ftp://{CDN}/a.png",
        f"//{CDN}/a.png",
        "file:///etc/passwd",
        "data:image/png;base64,AAAA",
        "",
        "not an address",
        "https://",
        "https:///a.png",
        f"https://{CDN}.evil.example/a.png",
        f"https://evil.example/{CDN}/a.png",
        f"https://evil{CDN}/a.png",
        f"https://{CDN}@evil.example/a.png",
        f"https://evil.example\\@{CDN}/a.png",
        f"https://evil.example#@{CDN}/a.png",
        f"https://user:word@{CDN}/a.png",
        f"https://user@{CDN}/a.png",
        f"https://@{CDN}/a.png",
        f"https://{CDN}:8443/a.png",
        f"https://{CDN}:0/a.png",
        f"https://{CDN}:99999/a.png",
        f"https://{CDN}:port/a.png",
        "https://[::1/a.png",
        "https://127.0.0.1/a.png",
        "https://169.254.169.254/latest/meta-data/",
        "https://localhost/a.png",
    ],
)
def test_an_address_that_is_not_asked_at_all(real, names, cdn, url):
    asked, requests = names(PUBLIC), cdn(lambda request: httpx.Response(200))
    with pytest.raises(NotFetched):
        check(url)
    with pytest.raises(NotFetched):
        download(url)
    assert (asked, requests) == ([], [])


@pytest.mark.parametrize(
    "url", [GOOD, f"https://{CDN}:443/a.png", f"https://{CDN.upper()}/a.png"]
)
def test_an_address_that_may_be_asked(real, url):
    check(url)


def test_plain_http_is_for_the_sandbox_alone(settings):
    url = f"{portal.SANDBOX_URL}/cdn/ai/one.png"
    check(url)
    settings.SANDBOX = False
    with pytest.raises(NotFetched):
        check(url)


@pytest.mark.parametrize("change", ["http://user@", "http://", "https://"])
def test_only_the_sandbox_itself_is_the_sandbox(change):
    host = portal.SANDBOX_URL.removeprefix("http://")
    url = {
        "http://user@": f"http://user@{host}/a.png",
        "http://": f"http://{host}0/a.png",
        "https://": f"https://{host}/a.png",
    }[change]
    with pytest.raises(NotFetched):
        check(url)


# --- By its addresses

PRIVATE = [
    "127.0.0.1",
    "10.0.0.1",
    "172.16.3.4",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "192.0.2.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fc00::1",
    "::ffff:10.0.0.1",
    "2001:db8::1",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_a_name_with_a_private_address_is_refused(real, names, cdn, address):
    requests = cdn(lambda request: httpx.Response(200, content=b"x"))
    for found in ([address], [PUBLIC, address]):
        names(*found)
        with pytest.raises(NotFetched, match="not public"):
            download(GOOD)
    assert requests == []


def test_a_name_that_nobody_knows(real, names, cdn):
    names()
    cdn(lambda request: httpx.Response(200))
    with pytest.raises(NotFetched, match="is not known"):
        download(GOOD)


def test_the_name_is_resolved_once_and_pinned(real, names, cdn):
    asked = names(PUBLIC, "93.184.215.15")
    requests = cdn(
        lambda request: httpx.Response(200, stream=httpx.ByteStream(b"bytes"))
    )
    assert download(GOOD) == b"bytes"
    assert asked == [CDN]
    (request,) = requests
    assert request.url.host == PUBLIC  # nobody can resolve it to something else now
    assert request.headers["Host"] == CDN
    assert request.extensions["sni_hostname"] == CDN
    assert request.url.query == b"e=1"
    assert "authorization" not in request.headers


def test_an_ipv6_address_is_pinned_too(real, names, cdn):
    names("2606:2800:21f:cb07:6820:80da:af6b:8b2c")
    requests = cdn(
        lambda request: httpx.Response(200, stream=httpx.ByteStream(b"bytes"))
    )
    download(GOOD)
    assert requests[0].url.host == "2606:2800:21f:cb07:6820:80da:af6b:8b2c"


# --- Redirects


def redirecting(*locations):
    """Answers each request with the next location, then with bytes."""
    left = list(locations)

    def handle(request):
        if left:
            return httpx.Response(302, headers={"Location": left.pop(0)})
        return httpx.Response(200, stream=httpx.ByteStream(b"bytes"))

    return handle


@pytest.mark.parametrize("to", ["/other.png", f"https://{CDN}/other.png"])
def test_a_redirect_on_the_same_ground_is_followed(real, names, cdn, to):
    asked = names(PUBLIC)
    requests = cdn(redirecting(to))
    assert download(GOOD) == b"bytes"
    assert [request.url.path for request in requests] == ["/ai/one.png", "/other.png"]
    assert asked == [CDN, CDN]  # checked anew


@pytest.mark.parametrize(
    "to",
    [
        "https://evil.example/a.png",
        f"http://{CDN}/a.png",
        "http://10.0.0.1/private.png",
        "http://169.254.169.254/",
        "//evil.example/a.png",
        "file:///etc/passwd",
        "https://[::1",
        "",
    ],
)
def test_a_redirect_to_elsewhere_is_refused(real, names, cdn, to):
    names(PUBLIC)
    requests = cdn(redirecting(*[to] * 5))
    with pytest.raises(NotFetched):
        download(GOOD)
    assert {request.url.host for request in requests} == {PUBLIC}
    assert {request.headers["host"] for request in requests} == {CDN}


def test_a_redirect_to_a_private_address_is_refused(real, names, cdn, monkeypatch):
    cdn(redirecting("/again.png"))
    found = iter([PUBLIC, "10.0.0.1"])  # the name stands for something else by now
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda *_, **__: [(2, 1, 6, "", (next(found), 443))]
    )
    with pytest.raises(NotFetched, match="not public"):
        download(GOOD)


def test_redirects_in_a_circle_come_to_an_end(real, names, cdn):
    names(PUBLIC)
    requests = cdn(redirecting(*["/again.png"] * 50))
    with pytest.raises(NotFetched, match="too often"):
        download(GOOD)
    assert len(requests) == downloads.MOST_REDIRECTS + 1


# --- Bounded in bytes and in time


@pytest.mark.parametrize("status", [204, 304, 403, 404, 500])
def test_only_a_200_is_a_picture(real, names, cdn, status):
    names(PUBLIC)
    cdn(lambda request: httpx.Response(status, content=b""))
    with pytest.raises(NotFetched, match=str(status)):
        download(GOOD)


@pytest.mark.parametrize("has_length", [True, False])
def test_more_bytes_than_allowed_are_not_read(real, names, cdn, settings, has_length):
    settings.RESULT_MAX_BYTES = 1000
    names(PUBLIC)
    read = []

    def body():
        for _ in range(1000):
            read.append(1)
            yield b"x" * 100

    headers = {"Content-Length": "100000"} if has_length else {}
    cdn(lambda request: httpx.Response(200, content=body(), headers=headers))
    with pytest.raises(NotFetched, match="More than 1000 bytes"):
        download(GOOD)
    assert len(read) < 20


def test_what_comes_packed_is_not_unpacked(real, names, cdn, settings):
    settings.RESULT_MAX_BYTES = 10_000
    packed = gzip.compress(bytes(1_000_000))
    names(PUBLIC)
    headers = {"Content-Encoding": "gzip"}
    cdn(lambda request: httpx.Response(200, content=iter([packed]), headers=headers))
    assert download(GOOD) == packed  # which is no picture, and small


@pytest.mark.parametrize("error", [httpx.ConnectError("no"), httpx.ReadTimeout("slow")])
def test_a_network_that_fails_is_told_in_a_sentence(real, names, cdn, error):
    def fail(request):
        raise error

    names(PUBLIC)
    cdn(fail)
    with pytest.raises(NotFetched, match=type(error).__name__):
        download(GOOD)


def test_it_goes_through_a_transport_that_knows_the_deadline():
    assert isinstance(downloads._client()._transport, Transport)
    assert not downloads._client().trust_env
    assert not downloads._client().follow_redirects


@pytest.mark.parametrize("where", ["headers", "body"])
def test_a_drip_ends_at_the_deadline(settings, monkeypatch, where):
    monkeypatch.setattr(downloads, "DEADLINE", 0.4)
    ended = threading.Event()

    def drip(listener):
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            head = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n"
            connection.sendall(head + (b"\r\n" if where == "body" else b"X-Drip: "))
            while not ended.wait(0.05):
                try:
                    connection.sendall(b"x")
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        settings.SANDBOX_URL = f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread = threading.Thread(target=drip, args=(listener,))
        thread.start()
        begun = time.monotonic()
        try:
            with pytest.raises(NotFetched):
                download(f"{settings.SANDBOX_URL}/cdn/a.png")
        finally:
            ended.set()
            thread.join(5)
    assert 0.3 < time.monotonic() - begun < 20


def test_a_redirect_of_the_sandbox_to_a_private_address_is_refused(sandbox):
    sandbox.switch(faults={"cdn.result": {"kind": "redirect"}})
    with pytest.raises(NotFetched, match=r"10\.0\.0\.1"):
        download(f"{sandbox.url}/cdn/ai/one.png")


def test_a_download_from_the_sandbox(sandbox):
    assert download(f"{sandbox.url}/cdn/samples/one.png").startswith(b"\x89PNG")
