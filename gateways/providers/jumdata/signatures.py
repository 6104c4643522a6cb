"""Jumdata's signature: seed 002. Signed afresh at each attempt."""

import hashlib
import time
from collections.abc import Generator
from urllib.parse import urlencode

import httpx


class Digest(httpx.Auth):
    """sha256(appId + appSecret + timestamp in milliseconds), as form fields."""

    requires_request_body = True

    def __init__(self, app_id: str, app_secret: str) -> None:
        self._app_id = app_id
        self._app_secret = app_secret

    def auth_flow(
        self, request: httpx.Request
    ) -> Generator[httpx.Request, httpx.Response, None]:
        timestamp = str(time.time_ns() // 1_000_000)
        written = f"{self._app_id}{self._app_secret}{timestamp}"
        sign = hashlib.sha256(written.encode()).hexdigest()
        public = {"appId": self._app_id, "timestamp": timestamp, "sign": sign}
        headers = request.headers.copy()
        del headers["Content-Length"]
        yield httpx.Request(
            request.method,
            request.url,
            headers=headers,
            content=b"&".join([request.content, urlencode(public).encode()]),
            extensions=request.extensions,
        )
