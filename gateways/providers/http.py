"""HTTP to a gateway: one long-lived client, bounded answers.

Only here do ``httpx`` errors and HTTP codes become ours, by where the exchange broke:

    before a byte was sent        Unavailable    nothing happened
    after that, a paid request    Unknown        it may have happened
    after that, a free request    Unavailable    sending again costs nothing
    a whole answer                by its business code, else by its HTTP status
"""

import logging
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

import httpx

from gateways.providers.base import JSON
from gateways.providers.error_codes import Code, Codes
from gateways.providers.errors import (
    ProviderError,
    Refused,
    Unauthorized,
    Unavailable,
    Unknown,
)
from gateways.providers.faults import Fault
from gateways.providers.reading import RAW_CHARS, number, parse, text
from net.deadlines import Transport, deadline

log = logging.getLogger(__name__)
Read = TypeVar("Read")

#: Larger answers are an error.
MAX_ANSWER_BYTES = 4 * 1024 * 1024
#: With more requests in flight, httpx's pool collapses.
LIMITS = httpx.Limits(max_connections=10, max_keepalive_connections=10)
NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds of one step; a whole exchange ends after twice its read.

    ``submit``: the read of a paid call: a person clears up a lost answer. ``awaited``:
    the read while a person's page waits.
    """

    connect: float = 5.0
    read: float = 10.0
    submit: float = 30.0
    awaited: float = 3.0


@dataclass(frozen=True, slots=True)
class Answer:
    """``body``: None where it is not JSON."""

    status: int
    body: JSON
    raw: str
    retry_after: float | None = None  # seconds
    trace: str = ""

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


class GatewayConnection:
    """Of one gateway account. Thread-safe."""

    def __init__(
        self,
        base_url: str,
        auth: httpx.Auth,
        timeouts: Timeouts,
        transport: httpx.BaseTransport | None,
    ) -> None:
        self._timeouts = timeouts
        self._client = httpx.Client(
            base_url=base_url,
            auth=auth,
            transport=transport or Transport(LIMITS),
            trust_env=False,
            follow_redirects=False,
            # Unpacked sizes cannot be bounded: nothing comes packed.
            headers={"Accept": "application/json", "Accept-Encoding": "identity"},
        )

    def close(self) -> None:
        self._client.close()

    def repeat_once(self, read: Callable[[], Read], *, awaited: bool = False) -> Read:
        """A free read. Where it failed, once more within the same deadline.

        For reads that no schedule repeats. Not after a silence as long as one read may
        take, nor where the gateway asks to wait or does not accept the account.
        ``awaited``: a person's page waits.
        """
        limit = self._timeouts.awaited if awaited else self._timeouts.read
        begun = time.monotonic()
        with deadline(2 * limit):
            try:
                return read()
            except Unavailable as error:
                if time.monotonic() - begun >= limit or not _may_pass(error):
                    raise
                log.info("Read once more after: %s", error)
                return read()

    def _read(self, request: httpx.Request, received: bytearray) -> httpx.Response:
        """``received`` keeps what came, also where the answer breaks off."""
        response = self._client.send(request, stream=True)
        try:
            for chunk in response.iter_raw():
                received += chunk
                if len(received) > MAX_ANSWER_BYTES:
                    raise httpx.ReadError("The answer is too large.")
        finally:
            response.close()
        return response

    def exchange(
        self,
        method: str,
        path: str,
        *,
        paid: bool = False,
        awaited: bool = False,
        params: Mapping[str, str | list[str]] | None = None,
        json: JSON = None,
        form: Mapping[str, JSON] | None = None,
    ) -> Answer:
        """Raises Unavailable or Unknown where no whole answer came.

        ``awaited``: a person's page waits.
        """
        limits = self._timeouts
        read = limits.awaited if awaited else limits.submit if paid else limits.read
        request = self._client.build_request(
            method,
            path,
            params=dict(params) if params else None,
            json=json,
            data=form,
            timeout=httpx.Timeout(
                min(limits.read, read), connect=min(limits.connect, read), read=read
            ),
        )
        received = bytearray()
        try:
            with deadline(2 * read):
                response = self._read(request, received)
        except NOT_SENT as error:
            unsent = Unavailable(_cause(error), code=Fault.UNREACHABLE)
            raise _logged(method, path, unsent) from error
        except httpx.TransportError as error:
            kind = Unknown if paid else Unavailable
            lost = kind(_cause(error), code=Fault.LOST, raw=_evidence(received))
            raise _logged(method, path, lost) from error
        return Answer(
            status=response.status_code,
            body=parse(bytes(received)),
            raw=_evidence(received),
            retry_after=_seconds(response.headers.get("Retry-After", "")),
            trace=text(response.headers.get("TRACE_ID"), 200),
        )


def _may_pass(error: Unavailable) -> bool:
    is_told_to_wait = error.retry_after is not None or error.code == "429"
    return not is_told_to_wait and not isinstance(error, Unauthorized)


def error_of(
    answer: Answer,
    codes: Codes,
    credentials: re.Pattern[str],
    *,
    code: str,
    message: str,
    paid: bool,
) -> ProviderError:
    """The error of an unsuccessful answer.

    A code in ``codes`` decides, whatever the HTTP status. An unknown code is a refusal
    (contract wujie §3.1), unless code or status say that the gateway broke; a message
    that matches ``credentials`` refuses the account. A 5xx whose code repeats the
    status is no business code: a framework broke half-way.
    """
    said = message or f"HTTP {answer.status}"
    is_business = answer.status < 500 or code != str(answer.status)
    known = codes.get(code, Code()) if is_business else Code()
    kind = known.error or _kind_by_http(answer, code, message, credentials)
    if kind is Unknown and not paid:
        kind = Unavailable
    if not code and not message:
        code = Fault.UNEXPLAINED
    if issubclass(kind, Unavailable):
        after = answer.retry_after
        if answer.is_success:  # else it broke, and did not mean its code
            after = after or known.retry.rest_seconds
        return kind(said, code=code, raw=answer.raw, retry_after=after)
    return kind(said, code=code, raw=answer.raw)


def _kind_by_http(
    answer: Answer, code: str, message: str, credentials: re.Pattern[str]
) -> type[ProviderError]:
    status = answer.status
    if status in (401, 403) or code in ("401", "403"):
        return Unauthorized
    # A proxy's 503 may be a request lost half-way; after the gateway's own, nothing
    # happened.
    if status == 429 or (status == 503 and (code or answer.retry_after is not None)):
        return Unavailable
    if status >= 500 or re.fullmatch(r"5\d\d", code):
        return Unknown
    if not code:  # a proxy, or a wrong address
        return Unavailable if status >= 400 and status != 408 else Unknown
    return Unauthorized if credentials.search(message) else Refused


def report(
    method: str, path: str, answer: Answer, error: ProviderError | None, trace: str = ""
) -> None:
    """For the gateway's support: code and trace."""
    is_expected = error is None or isinstance(error, Refused)
    log.log(
        logging.INFO if is_expected else logging.WARNING,
        "%s %s: %s, HTTP %s, code %s, trace %s",
        method,
        path,
        type(error).__name__ if error else "accepted",
        answer.status,
        error.code if error else "-",
        answer.trace or trace or "-",
    )


def _logged(method: str, path: str, error: ProviderError) -> ProviderError:
    log.warning("%s %s: %s, %s", method, path, type(error).__name__, error)
    return error


def _cause(error: httpx.TransportError) -> str:
    return f"{type(error).__name__}: {error}"[:500]


def _evidence(received: bytearray) -> str:
    head = received[: 4 * RAW_CHARS].decode(errors="replace")  # 4 bytes a character
    return head.replace("\0", "")[:RAW_CHARS]


def _seconds(value: str) -> float | None:
    """A number or a date, as seconds from now."""
    seconds = number(value)
    if seconds is None:
        try:
            moment = parsedate_to_datetime(value)
            seconds = (moment - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError, OverflowError):
            return None
    return max(seconds, 0.0)
