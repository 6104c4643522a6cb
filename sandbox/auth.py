"""The signature schemes of both gateways.

Wujie (contract wujie.md §2): SHA256withRSA over the exact bytes of ``original``, in a
JSON header; timestamp in seconds. Jumdata (seed 002): plain SHA-256 over appId +
appSecret + timestamp; timestamp in milliseconds.
"""

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    load_der_private_key,
    load_der_public_key,
)


class NotSigned(Exception):
    """Signature missing or wrong; the message says why."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Keys by app id."""

    wujie: dict[str, rsa.RSAPublicKey]
    jumdata: dict[str, str]
    callback_keys: dict[str, rsa.RSAPrivateKey]

    @classmethod
    def read(cls, path: Path) -> "Credentials":
        """Per gateway one account or a list.

        Raises ``ValueError`` or ``KeyError`` for another shape.
        """
        content = json.loads(path.read_text(encoding="utf-8"))
        wujie = _accounts(content.get("wujie"))
        return cls(
            wujie={a["app_id"]: _public_key(a["public_key"]) for a in wujie},
            jumdata={
                a["app_id"]: a["app_secret"] for a in _accounts(content.get("jumdata"))
            },
            callback_keys={
                a["app_id"]: _private_key(a["callback_private_key"])
                for a in wujie
                if a.get("callback_private_key")
            },
        )


def _accounts(entry: Any) -> list[dict[str, str]]:
    if not entry:
        return []
    return entry if isinstance(entry, list) else [entry]


def _public_key(text: str) -> rsa.RSAPublicKey:
    key = load_der_public_key(base64.b64decode(text))
    if not isinstance(key, rsa.RSAPublicKey):
        raise ValueError("the public key is not an RSA key")
    return key


def _private_key(text: str) -> rsa.RSAPrivateKey:
    key = load_der_private_key(base64.b64decode(text), password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError("the callback key is not an RSA key")
    return key


def wujie_account(header: str | None, known: Credentials, window: float) -> str:
    """The app id that signed; raises ``NotSigned``."""
    if not header:
        raise NotSigned("the Authorization header is missing")
    claim = _json_object(header, "the Authorization header")
    app_id = claim.get("appId")
    key = known.wujie.get(app_id) if isinstance(app_id, str) else None
    if key is None or not isinstance(app_id, str):
        raise NotSigned("unknown appId")
    # Documents: the string "1"; a public client: the number.
    if str(claim.get("secretKeyVersion")) != "1":
        raise NotSigned("unknown secretKeyVersion")
    original, sign = claim.get("original"), claim.get("sign")
    if not isinstance(original, str) or not isinstance(sign, str):
        raise NotSigned("sign and original must be strings")
    try:
        signature = base64.b64decode(sign, validate=True)
        key.verify(signature, original.encode(), padding.PKCS1v15(), SHA256())
    except (binascii.Error, ValueError, InvalidSignature):
        raise NotSigned("the signature does not fit original") from None
    _check_original(_json_object(original, "original"), app_id, window)
    return app_id


def _check_original(signed: dict[str, Any], app_id: str, window: float) -> None:
    if signed.get("appId") != app_id:
        raise NotSigned("appId differs inside and outside of original")
    stamp = signed.get("timestamp")
    if isinstance(stamp, bool) or not isinstance(stamp, int):
        raise NotSigned("timestamp must be a number")
    if abs(time.time() - stamp) > window:
        raise NotSigned("timestamp (in seconds) is too far from the present")


def _json_object(text: str, what: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        raise NotSigned(f"{what} is not JSON") from None
    if not isinstance(value, dict):
        raise NotSigned(f"{what} is not a JSON object")
    return value


def jumdata_account(form: Mapping[str, str], known: Credentials, window: float) -> str:
    """The app id that signed; raises ``NotSigned``."""
    app_id, stamp = form.get("appId", ""), form.get("timestamp", "")
    secret = known.jumdata.get(app_id)
    if secret is None:
        raise NotSigned("appId不正确")
    if not (stamp.isascii() and stamp.isdigit()) or (
        abs(time.time() * 1000 - int(stamp)) > window * 1000
    ):
        raise NotSigned("timestamp不正确")
    digest = hashlib.sha256(f"{app_id}{secret}{stamp}".encode()).hexdigest()
    if not hmac.compare_digest(digest, form.get("sign", "").lower()):
        raise NotSigned("sign不正确")
    return app_id


def callback_header(app_id: str, key: rsa.RSAPrivateKey) -> str:
    """Assumed form of contract §4.4."""
    original = json.dumps(
        {"appId": app_id, "timestamp": int(time.time())}, separators=(",", ":")
    )
    sign = key.sign(original.encode(), padding.PKCS1v15(), SHA256())
    return json.dumps(
        {
            "secretKeyVersion": "1",
            "appId": app_id,
            "sign": base64.b64encode(sign).decode(),
            "original": original,
        }
    )
