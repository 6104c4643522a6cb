"""A bridge over small WSGI applications, in an event loop without a server."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from wjportal.server.bridge import Bridge


class Client:
    """One request as a server hands it over: what it sends, and what it was answered.

    A chunk that is a number is a pause in seconds; ``...`` never comes.
    """

    def __init__(
        self,
        *chunks: Any,
        path: str = "/",
        method: str = "POST",
        length: int | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        given = {"transfer-encoding": "chunked"} if chunks else {}
        if length is not None:
            given = {"content-length": str(length)}
        self.scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "http_version": "1.1",
            "server": ("127.0.0.1", "8000"),
            "client": ("192.0.2.7", "4711"),
            "headers": [
                (name.encode(), value.encode("latin-1"))
                for name, value in (given | (headers or {})).items()
            ],
        }
        self._left = list(chunks)
        self.taken = 0
        self.status = 0
        self.headers: dict[bytes, bytes] = {}
        self.body = b""
        self.is_whole = False

    async def receive(self) -> dict[str, Any]:
        chunk = self._left.pop(0) if self._left else b""
        if chunk is ...:
            await asyncio.Event().wait()
        if isinstance(chunk, int | float):
            await asyncio.sleep(chunk)
            chunk = self._left.pop(0)
        if chunk is None:
            return {"type": "http.disconnect"}
        self.taken += len(chunk)
        more = bool(self._left)
        return {"type": "http.request", "body": chunk, "more_body": more}

    async def send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = int(message["status"])
            self.headers = dict(message["headers"])
        else:
            self.body += message["body"]
            self.is_whole = not message.get("more_body", False)


Run = Callable[..., Any]


@pytest.fixture
def ask() -> Run:
    """``ask(application, client, …)``: all at once; ``limit`` for who sends more."""

    def run(
        application: Any, *clients: Client, limit: int = 10**6, threads: int = 1
    ) -> None:
        async def main() -> None:
            bridge = Bridge(application, lambda environ, needed: limit, threads)
            asked: list[Awaitable[None]] = [
                bridge(client.scope, client.receive, client.send) for client in clients
            ]
            await asyncio.gather(*asked)
            bridge._pool.shutdown()

        # In a thread of its own: here the browser of other tests may have its loop.
        with ThreadPoolExecutor(1) as pool:
            pool.submit(asyncio.run, main()).result()

    return run
