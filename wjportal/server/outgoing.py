"""Answers leave their thread before the client has read them.

A small answer is handed over in one piece, a file as it is. Of any other answer the
thread writes the rest to a spool as quickly as it comes. The event loop sends at the
client's pace.
"""

import asyncio
import logging
import tempfile
from collections.abc import Awaitable, Callable, Iterable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import IO, Any

from wjportal.server.environ import Environ
from wjportal.server.spools import CHUNK_BYTES, Abandoned, Spool

logger = logging.getLogger(__name__)

#: Handed over in one piece: a hop between threads costs more than copying.
JOINED_BYTES = 1024 * 1024
#: For the client to read CHUNK_BYTES.
READING_SECONDS = 20.0

Send = Callable[[dict[str, Any]], Awaitable[None]]
Wsgi = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Answer:
    """``rest`` follows ``first``."""

    status: int
    headers: list[tuple[bytes, bytes]]
    first: bytes = b""
    rest: Spool | None = None


class OpenFile:
    """``wsgi.file_wrapper``."""

    def __init__(self, file: IO[bytes], block_bytes: int = 0) -> None:
        self.file = file
        self.close = file.close

    def __iter__(self) -> Iterator[bytes]:
        return iter(partial(self.file.read, CHUNK_BYTES), b"")

    def is_on_disk(self) -> bool:
        try:
            self.file.fileno()
        except (AttributeError, OSError):
            return False
        return True


# --- In the thread


def make(
    application: Wsgi, environ: Environ, answered: "asyncio.Future[Answer]"
) -> None:
    """Settles ``answered``, then writes what is left."""
    loop = answered.get_loop()
    environ["wsgi.file_wrapper"] = OpenFile

    def hand_over(answer: Answer) -> None:
        loop.call_soon_threadsafe(_settle, answered, answer)

    try:
        _make(application, environ, loop, hand_over)
    except Abandoned:
        pass
    except Exception:
        logger.exception("An answer could not be made")
        hand_over(Answer(500, []))
    finally:
        environ["wsgi.input"].close()


def _settle(answered: "asyncio.Future[Answer]", answer: Answer) -> None:
    if not answered.done():
        answered.set_result(answer)
    elif answer.rest:
        answer.rest.close()


def _make(
    application: Wsgi,
    environ: Environ,
    loop: asyncio.AbstractEventLoop,
    hand_over: Callable[[Answer], None],
) -> None:
    begun: tuple[str, list[tuple[str, str]]] = ("", [])

    def start_response(status: str, headers: list[tuple[str, str]]) -> None:
        nonlocal begun
        begun = status, headers

    def answer(first: bytes = b"", rest: Spool | None = None) -> Answer:
        status, headers = begun
        raw = [
            (name.lower().encode("latin-1"), value.encode("latin-1"))
            for name, value in headers
        ]
        return Answer(int(status[:3]), raw, first, rest)

    made = application(environ, start_response)
    try:
        if environ["REQUEST_METHOD"] == "HEAD":
            hand_over(answer())
            return
        chunks = batches(made)
        first = next(chunks, b"")
        if len(first) < JOINED_BYTES:
            hand_over(answer(first))
        elif isinstance(made, OpenFile) and made.is_on_disk():
            hand_over(answer(first, Spool(loop, made.file, is_whole=True)))
        else:
            with tempfile.TemporaryFile() as file:
                rest = Spool(loop, file, is_whole=False)
                hand_over(answer(first, rest))
                rest.fill(file, chunks)
    finally:
        close = getattr(made, "close", None)
        if close:
            close()


def batches(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Joined to JOINED_BYTES or more each, but for the last."""
    waiting: list[bytes] = []
    size = 0
    for chunk in chunks:
        waiting.append(chunk)
        size += len(chunk)
        if size >= JOINED_BYTES:
            yield b"".join(waiting)
            waiting, size = [], 0
    if waiting:
        yield b"".join(waiting)


# --- In the loop


async def deliver(answer: Answer, send: Send, files: Executor) -> None:
    """A client that is too slow loses the connection: the server closes it on an
    answer without its end."""
    start = {"status": answer.status, "headers": answer.headers}
    try:
        await send({"type": "http.response.start", **start})
        sent, first = 0, answer.first
        while len(first) - sent > CHUNK_BYTES or (answer.rest and sent < len(first)):
            await _send_chunk(send, first[sent : sent + CHUNK_BYTES])
            sent += CHUNK_BYTES
        while answer.rest and (chunk := await answer.rest.next(files)):
            await _send_chunk(send, chunk)
        await send({"type": "http.response.body", "body": first[sent:]})
    except (TimeoutError, Abandoned):
        return
    finally:
        if answer.rest:
            answer.rest.close()


async def _send_chunk(send: Send, chunk: bytes) -> None:
    """Raises TimeoutError."""
    async with asyncio.timeout(READING_SECONDS):
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
