"""Downloads from addresses that a gateway named.

Allowed hosts and public addresses only, by https (http to the sandbox alone), resolved
once and connected to as resolved; limits on bytes and time.
"""

from contextlib import AbstractContextManager
from urllib.parse import urljoin, urlsplit, urlunsplit

import httpx
from django.conf import settings

from net.deadlines import Transport, deadline
from net.masking import without_paths
from net.outbound import NotReached, public_address
from net.process_local import process_local

MOST_REDIRECTS = 3
TIMEOUT = httpx.Timeout(10.0, connect=5.0)
#: Seconds per download: a slow drip cannot hold a thread.
DEADLINE = 60.0


class NotFetched(Exception):
    """The reason, in one sentence, without the address: nobody has released what lies
    there."""

    def __init__(self, reason: str) -> None:
        super().__init__(without_paths(reason))


class NotWritten(NotFetched):
    """The fault is ours: no room in the storage, or in memory for decoding."""


def download(url: str) -> bytes:
    """Raises NotFetched."""
    try:
        with deadline(DEADLINE):
            for _ in range(MOST_REDIRECTS + 1):
                check(url)
                answer = _get(url)
                if isinstance(answer, bytes):
                    return answer
                url = urljoin(url, answer)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise NotFetched(f"{type(error).__name__}: {error}") from error
    raise NotFetched("It redirects too often")


def check(url: str) -> None:
    """Scheme, host and port. Raises NotFetched."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise NotFetched(f"{url!r} is not an address") from error
    if _is_sandbox(url):
        return
    if parts.scheme != "https" or port not in (None, 443):
        raise NotFetched(f"{url!r} is not an https address")
    if host not in settings.RESULT_HOSTS or parts.username is not None:
        raise NotFetched(f"Results are not fetched from {host}")


def _is_sandbox(url: str) -> bool:
    if not settings.SANDBOX:
        return False
    sandbox, asked = urlsplit(settings.SANDBOX_URL), urlsplit(url)
    return (sandbox.scheme, sandbox.netloc) == (asked.scheme, asked.netloc)


def _get(url: str) -> bytes | str:
    """The bytes, or a redirect's address."""
    with _connect(url) as response:
        if response.has_redirect_location:
            return str(response.headers["location"])
        if response.status_code != httpx.codes.OK:
            raise NotFetched(f"The address answers {response.status_code}")
        content = bytearray()
        # Raw: an unpacked size could not be limited, and no picture is packed.
        for chunk in response.iter_raw():
            content += chunk
            if len(content) > settings.RESULT_MAX_BYTES:
                raise NotFetched(f"More than {settings.RESULT_MAX_BYTES} bytes")
        return bytes(content)


def _connect(url: str) -> AbstractContextManager[httpx.Response]:
    """The name is not resolved a second time."""
    client = _client()
    if _is_sandbox(url):
        return client.stream("GET", url)
    parts = urlsplit(url)
    host = parts.hostname or ""
    pinned = urlunsplit(parts._replace(netloc=_public_address(host)))
    return client.stream(
        "GET", pinned, headers={"Host": host}, extensions={"sni_hostname": host}
    )


def _public_address(host: str) -> str:
    """Where all are public. Raises NotFetched."""
    try:
        return public_address(host)
    except NotReached as error:
        raise NotFetched(str(error)) from error


@process_local
def _client() -> httpx.Client:
    limits = httpx.Limits(max_connections=10, max_keepalive_connections=10)
    return httpx.Client(
        transport=Transport(limits),
        timeout=TIMEOUT,
        trust_env=False,
        headers={"Accept": "image/*", "Accept-Encoding": "identity"},
    )
