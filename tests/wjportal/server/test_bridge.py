"""What Django is told of a request, and what is answered without Django."""

import importlib
import os
import threading
from typing import Any

import pytest

from tests.wjportal.server.conftest import Client
from wjportal import asgi
from wjportal.server import bridge


@pytest.fixture
def environ(ask: Any) -> Any:
    """``environ(path=…, headers=…)``: what the application is told."""

    def told(**request: Any) -> dict[str, Any]:
        seen: dict[str, Any] = {}

        def application(environ: Any, start_response: Any) -> list[bytes]:
            seen.update(environ)
            start_response("204 No Content", [])
            return []

        ask(application, Client(method="GET", **request))
        return seen

    return told


def test_the_process_s_environment_is_not_told(environ: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("WJPORTAL_SECRET_KEY", "secret")
    told = environ()
    assert not set(told) & set(os.environ)
    assert "secret" not in told.values()


def test_a_request_is_told_as_it_came(environ: Any) -> None:
    told = environ(
        path="/a%20b/%E5%9B%BE/%FF",
        headers={"host": "portal", "content-type": "text/plain", "x-one": "1"},
    )
    assert told["PATH_INFO"].encode("latin-1") == "/a b/图/".encode() + b"\xff"
    assert told["REMOTE_ADDR"] == "192.0.2.7"
    assert told["HTTP_HOST"] == "portal"
    assert told["CONTENT_TYPE"] == "text/plain"
    assert told["HTTP_X_ONE"] == "1"


def test_a_name_with_an_underscore_passes_for_no_other(environ: Any) -> None:
    told = environ(headers={"x_forwarded_for": "10.1.1.1", "trace_id": "7"})
    assert "HTTP_X_FORWARDED_FOR" not in told
    assert told["HTTP_TRACE_ID"] == "7"  # callbacks carry it


def test_a_name_that_comes_twice_is_joined(ask: Any) -> None:
    client = Client(method="GET")
    client.scope["headers"] = [
        (b"x-forwarded-for", b"10.1.1.1"),
        (b"x-forwarded-for", b"10.1.1.2"),
        (b"cookie", b"a=1"),
        (b"cookie", b"b=2"),
    ]
    seen: dict[str, Any] = {}

    def application(environ: Any, start_response: Any) -> list[bytes]:
        seen.update(environ)
        start_response("204 No Content", [])
        return []

    ask(application, client)
    assert seen["HTTP_X_FORWARDED_FOR"] == "10.1.1.1,10.1.1.2"
    assert seen["HTTP_COOKIE"] == "a=1; b=2"


@pytest.mark.parametrize(("method", "status"), [("GET", 200), ("POST", 405)])
def test_health_needs_no_thread(ask: Any, method: str, status: int) -> None:
    answered = threading.Event()
    health = Client(method=method, path="/healthz")
    send = health.send

    async def noted(message: dict[str, Any]) -> None:
        await send(message)
        answered.set()

    health.send = noted  # type: ignore[method-assign]

    def application(environ: Any, start_response: Any) -> list[bytes]:
        assert answered.wait(5)  # the only thread is held until health is told
        start_response("204 No Content", [])
        return []

    busy = Client(method="GET")
    ask(application, busy, health)
    assert (health.status, busy.status) == (status, 204)
    assert health.headers[b"cache-control"] == b"no-store"


def test_more_than_can_wait_are_sent_away(ask: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(bridge, "MOST_OPEN", 2)

    def application(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        return []

    clients = [Client(method="GET") for _ in range(3)]
    ask(application, *clients)
    assert sorted(client.status for client in clients) == [200, 200, 503]


def test_an_answer_without_django_has_the_headers_of_safety(ask: Any) -> None:
    health = Client(method="GET", path="/healthz")
    ask(None, health)
    assert health.status == 200
    assert health.headers[b"x-content-type-options"] == b"nosniff"
    assert b"frame-ancestors 'none'" in health.headers[b"content-security-policy"]
    assert health.headers[b"content-type"] == b"text/plain; charset=utf-8"
    assert b"strict-transport-security" not in health.headers


def test_over_https_it_says_so_for_a_year(ask: Any, settings: Any) -> None:
    settings.SECURE_HTTPS, settings.SECURE_HSTS_SECONDS = True, 31_536_000
    try:
        headers = dict(importlib.reload(asgi).application._headers)
    finally:
        settings.SECURE_HTTPS = False
        importlib.reload(asgi)
    expected = b"max-age=31536000; includeSubDomains; preload"
    assert headers[b"strict-transport-security"] == expected
