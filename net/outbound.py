"""HTTPS POST to hosts that users name, safe from SSRF.

Only https, port 443 and public addresses. A host is resolved once, and the connection
goes to that address (DNS pinning): a second lookup cannot change it.
"""

import ipaddress
import socket
from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit

import httpx

from net.addresses import is_public
from net.deadlines import Transport, deadline
from net.process_local import process_local

#: Limit of the whole exchange.
DEADLINE_SECONDS = 15.0
TIMEOUT = httpx.Timeout(10.0, connect=5.0)
#: The rest of an answer is not read.
MAX_ANSWER_BYTES = 64 * 1024


class NotReached(Exception):
    """No answer; the message is a sentence with the reason."""


def public_address(host: str) -> str:
    """The host's first address in URL form (IPv6 in brackets).

    Raises NotReached for an unknown host or any address that is not public.
    """
    try:
        found = socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotReached(f"{host} is not known: {error}") from error
    addresses = [ipaddress.ip_address(entry[4][0]) for entry in found]
    if not all(map(is_public, addresses)):
        raise NotReached(f"{host} has an address that is not public")
    address = addresses[0]
    return f"[{address}]" if address.version == 6 else str(address)


def host_of(url: str) -> str:
    """The host of an https URL, port 443, without credentials. Raises NotReached."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise NotReached("This is not an address") from error
    if parts.scheme != "https" or not host or port not in (None, 443):
        raise NotReached("This is not an https address")
    if parts.username is not None or parts.password is not None:
        raise NotReached("An address with a user name is not posted to")
    return host


def post(url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
    """HTTP status and the answer's first ``MAX_ANSWER_BYTES``; no redirects.

    Raises NotReached, whose message omits the URL: it may hold a secret.
    """
    host = host_of(url)
    pinned = urlunsplit(urlsplit(url)._replace(netloc=public_address(host)))
    try:
        with (
            deadline(DEADLINE_SECONDS),
            _client().stream(
                "POST",
                pinned,
                content=body,
                headers={**headers, "Host": host},
                extensions={"sni_hostname": host},
            ) as answer,
        ):
            content = bytearray()
            for chunk in answer.iter_raw():
                content += chunk
                if len(content) > MAX_ANSWER_BYTES:
                    break
            return answer.status_code, bytes(content[:MAX_ANSWER_BYTES])
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise NotReached(f"{host}: {type(error).__name__}") from error


@process_local
def _client() -> httpx.Client:
    limits = httpx.Limits(max_connections=4, max_keepalive_connections=0)
    return httpx.Client(
        transport=Transport(limits),
        timeout=TIMEOUT,
        trust_env=False,
        follow_redirects=False,
        headers={"Accept": "application/json", "Accept-Encoding": "identity"},
    )
