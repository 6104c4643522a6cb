"""Wujie's signatures: contract wujie §2. Signed afresh at each attempt."""

import base64
import json
import re
import time
from collections.abc import Generator

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

#: Longer than all retries of a callback take (225 s, contract wujie §4.3) [assumed].
SIGNATURE_VALID_SECONDS = 300


class RsaSignature(httpx.Auth):
    """SHA256withRSA over ``original``; timestamp in seconds (contract wujie §2.1)."""

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


def load_private_key(written: str) -> RSAPrivateKey:
    """From single-line Base64 DER or PEM, PKCS#8 or PKCS#1 (contract wujie §2.2).

    PEM armour is dropped unread: a public client wraps PKCS#8 in PKCS#1's. Takes 28 ms:
    call once a process. Raises ValueError, without the key.
    """
    try:
        key = load_der_private_key(_der(written), None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ValueError("The private key is not readable.") from error
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("The private key is not an RSA key.")
    return key


def load_public_key(written: str) -> RSAPublicKey:
    """In the same formats. Raises ValueError."""
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
    """Whether the header has the form of our signature and is wrong.

    The contract does not say whether callbacks are signed (§4.4): other headers are not
    forged.
    """
    signed = _signed(authorization)
    return signed is not None and not _fits(*signed, key)


def is_signed(authorization: str, key: RSAPublicKey, app_id: str) -> bool:
    """Whether the gateway signed the header for the account, at most
    SIGNATURE_VALID_SECONDS ago.

    The signed text names account and time, not the body (contract wujie §2.2).
    """
    signed = _signed(authorization)
    if signed is None or not _fits(*signed, key):
        return False
    try:
        claim = json.loads(signed[1])
        age = abs(time.time() - float(claim["timestamp"]))
        return claim["appId"] == app_id and age <= SIGNATURE_VALID_SECONDS
    except (ValueError, TypeError, LookupError, OverflowError):
        return False


def _signed(authorization: str) -> tuple[str, str] | None:
    """Signature and signed text; None: another form."""
    try:
        header = json.loads(authorization)
        return header["sign"], header["original"]
    except (ValueError, TypeError, LookupError, RecursionError):
        return None


def _fits(sign: str, original: str, key: RSAPublicKey) -> bool:
    try:
        signature = base64.b64decode(sign, validate=True)
        key.verify(signature, original.encode(), PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError, TypeError, AttributeError):
        return False
    return True
