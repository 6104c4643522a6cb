"""Speaks to hosts that somebody named, and never to a machine of this network.

Only https, only public addresses; a name is resolved once and connected to as it was
resolved, so it cannot stand for another address a moment later.
"""

import ipaddress
import socket
from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit

import httpx

from net.deadlines import Transport, deadline
from net.process_local import process_local

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
#: What a translator takes for IPv4 (RFC 6052).
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
#: Seconds for a whole exchange.
DEADLINE = 15.0
TIMEOUT = httpx.Timeout(10.0, connect=5.0)
#: More of an answer is not read (bytes).
MOST_BYTES = 64 * 1024


class NotReached(Exception):
    """Why there is no answer, in one sentence."""


def public_address(host: str) -> str:
    """One of the host's addresses, as an address bar writes it, if all of them are
    public. Raises NotReached."""
    try:
        found = socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotReached(f"{host} is not known: {error}") from error
    addresses = [ipaddress.ip_address(entry[4][0]) for entry in found]
    if not all(map(_is_public, addresses)):
        raise NotReached(f"{host} has an address that is not public")
    address = addresses[0]
    return f"[{address}]" if address.version == 6 else str(address)


def _is_public(address: Address) -> bool:
    """So is the IPv4 address within, where a translator on the way would go there."""
    if isinstance(address, ipaddress.IPv6Address):
        within = address.sixtofour
        if address in NAT64:
            within = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if within is not None and not within.is_global:
            return False
    return address.is_global


def host_of(url: str) -> str:
    """The host of an https address that may be posted to. Raises NotReached."""
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
    """Status and the head of the answer; a redirect is not followed. Raises
    NotReached, whose words never hold the address: it may carry a secret."""
    host = host_of(url)
    pinned = urlunsplit(urlsplit(url)._replace(netloc=public_address(host)))
    try:
        with (
            deadline(DEADLINE),
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
                if len(content) > MOST_BYTES:
                    break
            return answer.status_code, bytes(content[:MOST_BYTES])
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
