"""The WSGI environment of an ASGI request: nothing of the process's own environment."""

import io
import sys
from typing import Any
from urllib.parse import unquote_to_bytes

Scope = dict[str, Any]
Environ = dict[str, Any]

#: Headers that WSGI names without a prefix.
BARE = {"CONTENT_TYPE", "CONTENT_LENGTH"}
#: Of the bytes on the wire; the body that comes to Django is whole.
ON_THE_WIRE = {"CONTENT_LENGTH", "HTTP_TRANSFER_ENCODING"}
#: Any other name with an underscore would pass for the one with a dash, past a proxy.
#: A gateway sends this one with its callbacks.
UNDERSCORED = {b"trace_id"}


def environ_of(scope: Scope) -> Environ:
    """Without a body."""
    host, port = scope["server"]
    environ: Environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": scope["client"][0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for raw, value in scope["headers"]:
        name = _wsgi_name(raw)
        if name is None or name in ON_THE_WIRE:
            continue
        joint = "; " if name == "HTTP_COOKIE" else ","
        told = value.decode("latin-1")
        environ[name] = f"{environ[name]}{joint}{told}" if name in environ else told
    return environ


def _wsgi_name(raw: bytes) -> str | None:
    if b"_" in raw and raw not in UNDERSCORED:
        return None
    name = raw.decode("latin-1").upper().replace("-", "_")
    return name if name in BARE else f"HTTP_{name}"


def told_length(scope: Scope) -> int | None:
    """Of the body in bytes; 0: it is told by its end; None: there is no body."""
    headers = dict(scope["headers"])
    if b"transfer-encoding" in headers:
        return 0
    length = headers.get(b"content-length", b"")
    return int(length) or None if length.isdigit() else None
