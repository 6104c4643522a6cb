"""Request bodies are received by the event loop; no thread waits for a slow sender.

From anybody up to ANONYMOUS_BYTES are taken. For more, the sender must be signed in and
the view must take it (`net.request_body.takes`); nothing else is written to disk.
"""

import asyncio
import contextlib
import tempfile
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable, Iterator
from typing import IO, Any

from net.request_body import ANONYMOUS_BYTES

#: For a body, and on top of it for each BYTES_A_SECOND received.
BODY_SECONDS = 20.0
BYTES_A_SECOND = 16 * 1024
#: Bodies below ANONYMOUS_BYTES at once, per process; a further one ends the oldest,
#: which is never one that arrives at an ordinary pace.
MOST_SMALL = 1000
#: Larger bodies at once, per person and process.
MOST_LARGE_EACH = 8
#: Wait for the sender to read a refusal: an end in the middle would hide it.
LINGER_SECONDS = 5.0

Receive = Callable[[], Awaitable[dict[str, Any]]]
#: Bytes that the sender may send; takes those that it sends at least.
LimitOf = Callable[[int], Awaitable[int]]


class TooLarge(Exception):
    """``limit`` in bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit


class TooSlow(Exception):
    pass


class TooMany(Exception):
    """The person sends MOST_LARGE_EACH already."""


class Left(Exception):
    """The client closed the connection."""


class Bodies:
    """Those that one process is receiving."""

    def __init__(self) -> None:
        self._small: OrderedDict[asyncio.Timeout, None] = OrderedDict()
        self._large: Counter[str] = Counter()

    async def receive(
        self, receive: Receive, length: int, sender: str, limit_of: LimitOf
    ) -> IO[bytes]:
        """The body, at its end. ``length``: as told by the request, 0 if it told none.

        Raises TooLarge, TooSlow, TooMany, Left.
        """
        # The caller closes it.
        spool = tempfile.SpooledTemporaryFile(ANONYMOUS_BYTES)  # noqa: SIM115 (closed with the request)
        try:
            incoming = Incoming(receive, spool)
            async with asyncio.timeout(BODY_SECONDS) as timeout:
                if length <= ANONYMOUS_BYTES:
                    with self._slot(timeout):
                        await incoming.read(ANONYMOUS_BYTES, timeout)
                if (needed := max(length, incoming.bytes)) > ANONYMOUS_BYTES:
                    limit = await limit_of(needed)
                    if needed > limit:
                        raise TooLarge(limit)
                    with self._share(sender):
                        await incoming.read(limit, timeout)
                    if incoming.bytes > limit:
                        raise TooLarge(limit)
        except TimeoutError as error:
            spool.close()
            raise TooSlow from error
        except BaseException:
            spool.close()
            raise
        return spool

    @contextlib.contextmanager
    def _slot(self, timeout: asyncio.Timeout) -> Iterator[None]:
        if len(self._small) >= MOST_SMALL:
            oldest, _ = self._small.popitem(last=False)
            oldest.reschedule(asyncio.get_running_loop().time())
        self._small[timeout] = None
        try:
            yield
        finally:
            self._small.pop(timeout, None)

    @contextlib.contextmanager
    def _share(self, sender: str) -> Iterator[None]:
        if self._large[sender] >= MOST_LARGE_EACH:
            raise TooMany
        self._large[sender] += 1
        try:
            yield
        finally:
            self._large[sender] -= 1
            if not self._large[sender]:
                del self._large[sender]


class Incoming:
    def __init__(self, receive: Receive, spool: IO[bytes]) -> None:
        self._receive, self._spool = receive, spool
        self._began = asyncio.get_running_loop().time()
        self._pending = b""
        self.bytes = 0
        self.is_whole = False

    async def read(self, limit: int, timeout: asyncio.Timeout) -> None:
        """To the end, or past ``limit`` bytes, of which none is written past it."""
        while self.bytes <= limit:
            self._spool.write(self._pending)
            self._pending = b""
            if self.is_whole:
                return
            message = await self._receive()
            if message["type"] != "http.request":
                raise Left
            self._pending = message.get("body", b"")
            self.bytes += len(self._pending)
            self.is_whole = not message.get("more_body", False)
            seconds = BODY_SECONDS + self.bytes / BYTES_A_SECOND
            timeout.reschedule(self._began + seconds)


async def linger(receive: Receive) -> None:
    """Drop what is still sent, for LINGER_SECONDS."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LINGER_SECONDS):
            more = True
            while more:
                message = await receive()
                more = message["type"] == "http.request" and message["more_body"]
