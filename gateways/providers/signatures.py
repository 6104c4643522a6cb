"""How a request says who sends it: signed afresh each time, so a retry is too."""

import base64
import hashlib
import json
import re
import time
from collections.abc import Generator
from urllib.parse import urlencode

import httpx
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPublicKey,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    load_der_private_key,
    load_der_public_key,
)


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
    try:
        key = load_der_private_key(_der(written), None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ValueError("The private key is not readable.") from error
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("The private key is not an RSA key.")
    return key


def load_public_key(written: str) -> RSAPublicKey:
    """The gateway's key, written like a private one. Raises ValueError."""
    try:
        key = load_der_public_key(_der(written))
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ValueError("The public key is not readable.") from error
    if not isinstance(key, RSAPublicKey):
        raise ValueError("The public key is not an RSA key.")
    return key


def _der(written: str) -> bytes:
    return base64.b64decode(re.sub(r"-----[^-]+-----|\s", "", written), validate=True)


def is_forged(authorization: str, key: RSAPublicKey) -> bool:
    """Whether what came in is signed in the form of our own requests, and wrongly.

    How callbacks are signed, and whether all are, stands nowhere (contract §4.4): what
    carries no such signature is not called forged.
    """
    try:
        header = json.loads(authorization)
        sign, original = header["sign"], header["original"]
    except (ValueError, TypeError, LookupError):
        return False
    try:
        signature = base64.b64decode(sign, validate=True)
        key.verify(signature, original.encode(), PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError, TypeError, AttributeError):
        return True
    return False
