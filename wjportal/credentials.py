"""Keys for the sandbox, generated once into the data dir.

The sandbox reads ``credentials.json``: Wujie's public key, Jumdata's shared secret.
``private.json`` is the portal's half.
"""

import base64
import fcntl
import json
import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa


def sandbox_credentials(path: Path) -> dict[str, dict[str, str]]:
    """Constructor options of both providers; generates missing files."""
    private = path.with_name("private.json")
    if not private.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.with_name("lock").touch(mode=0o600)
        with path.with_name("lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not private.exists():  # another process was first
                public, secret = new_accounts()
                _write(path, public)
                _write(private, secret)
    options: dict[str, dict[str, str]] = json.loads(private.read_text(encoding="utf-8"))
    return options


def new_accounts() -> tuple[dict[str, dict[str, str]], dict[str, dict[str, str]]]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private_der = key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public_der = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    wujie = {"app_id": f"sandbox-{secrets.token_hex(6)}"}
    jumdata = {
        "app_id": f"sandbox-{secrets.token_hex(6)}",
        "app_secret": secrets.token_hex(16),
    }
    public = {**wujie, "public_key": base64.b64encode(public_der).decode()}
    private = {**wujie, "private_key": base64.b64encode(private_der).decode()}
    return {"wujie": public, "jumdata": jumdata}, {"wujie": private, "jumdata": jumdata}


def _write(path: Path, content: dict[str, dict[str, str]]) -> None:
    """Atomic; readable by the owner only."""
    scratch = path.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(scratch, os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
        json.dump(content, file)
    scratch.replace(path)
