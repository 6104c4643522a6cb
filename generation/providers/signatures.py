"""How a request says who sends it: signed afresh each time, so a retry is too."""

import base64
import hashlib
import json
import re
import time
from collections.abc import Generator
from urllib.parse import urlencode

import httpx
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_private_key


class RsaSignature(httpx.Auth):
    """Wujie: SHA256withRSA over ``original``, afresh for each request (contract §2.1).

    The signed bytes and ``original`` are the same, since that is what is verified. The
    timestamp is in seconds.
    """

    def __init__(self, app_id: str, key: RSAPrivateKey, version: str) -> None:
        self._app_id = app_id
        self._key = key
        self._version = version

    def auth_flow(
        self, request: httpx.Request
    ) -> Generator[httpx.Request, httpx.Response, None]:
        claim = {"appId": self._app_id, "timestamp": int(time.time())}
        original = json.dumps(claim, separators=(",", ":"))
        sign = self._key.sign(original.encode(), PKCS1v15(), SHA256())
        header = {
            "secretKeyVersion": self._version,
            "appId": self._app_id,
            "sign": base64.b64encode(sign).decode(),
            "original": original,
        }
        request.headers["Authorization"] = json.dumps(header, separators=(",", ":"))
        yield request


class Digest(httpx.Auth):
    """Jumdata: sha256(appId + appSecret + timestamp) as further form fields, afresh for
    each request (seed 002). The timestamp is in milliseconds."""

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


def load_private_key(written: str) -> RSAPrivateKey:
    """A key from single-line Base64 DER or PEM, PKCS#8 or PKCS#1 (contract §2.2).

    The armour is dropped unread, because a public client wraps PKCS#8 bytes in that of
    PKCS#1. Slow (28 ms): once a process. Raises ValueError, without the key in it.
    """
    bare = re.sub(r"-----[^-]+-----|\s", "", written)
    try:
        key = load_der_private_key(base64.b64decode(bare, validate=True), None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ValueError("The private key is not readable.") from error
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("The private key is not an RSA key.")
    return key
