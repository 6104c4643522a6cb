"""Gateways to test against: recorded answers, and a socket that misbehaves."""

import base64
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from gateways.providers.http import Timeouts
from gateways.providers.jumdata.client import Jumdata
from gateways.providers.wujie.client import Wujie

QUICK = Timeouts(connect=1, read=0.3, submit=0.3)


@pytest.fixture(scope="session")
def key() -> rsa.RSAPrivateKey:
    """1024 bits, as the vendor's published test pair (contract §2.2)."""
    return rsa.generate_private_key(public_exponent=65537, key_size=1024)


@pytest.fixture(scope="session")
def private_key(key: rsa.RSAPrivateKey) -> str:
    """As the enterprise console shows it: Base64 of PKCS#8 DER in one line."""
    der = key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return base64.b64encode(der).decode()


@dataclass
class Recorded:
    """A gateway that gives the answers laid out, and remembers what it was asked."""

    answers: list[httpx.Response | Exception] = field(default_factory=list)
    requests: list[httpx.Request] = field(default_factory=list)

    def answer(
        self, body: Any, status: int = 200, *, times: int = 1, **headers: str
    ) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        for _ in range(times):
            stream = httpx.ByteStream(content)
            self.answers.append(httpx.Response(status, stream=stream, headers=headers))

    def __call__(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def request(self) -> httpx.Request:
        (request,) = self.requests
        return request


@pytest.fixture
def gateway() -> Recorded:
    return Recorded()


@pytest.fixture
def wujie(gateway: Recorded, private_key: str) -> Iterator[Wujie]:
    url = "https://gate.example/wj-open/v1"
    transport = httpx.MockTransport(gateway)
    with closing(Wujie(url, "wjtest", private_key, transport=transport)) as provider:
        yield provider


@pytest.fixture
def jumdata(gateway: Recorded) -> Iterator[Jumdata]:
    url = "https://api.example"
    transport = httpx.MockTransport(gateway)
    with closing(Jumdata(url, "jmtest", "secret", transport=transport)) as provider:
        yield provider


Behaviour = Callable[[socket.socket], None]


@pytest.fixture
def rough(private_key: str) -> Callable[..., Any]:
    """``with rough(behaviour) as wujie:`` a client in a hurry, whose gateway reads the
    request off the socket and then does to the connection what the behaviour says."""

    @contextmanager
    def serve(behaviour: Behaviour, timeouts: Timeouts = QUICK) -> Iterator[Wujie]:
        listener = socket.create_server(("127.0.0.1", 0))

        def run() -> None:
            with suppress(OSError):  # the listener or the client is gone
                while True:
                    connection, _ = listener.accept()
                    with connection, suppress(OSError):
                        connection.recv(65536)
                        behaviour(connection)

        thread = threading.Thread(target=run)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with closing(Wujie(url, "wjtest", private_key, timeouts=timeouts)) as provider:
            yield provider
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(timeout=5)
        assert not thread.is_alive()

    return serve
