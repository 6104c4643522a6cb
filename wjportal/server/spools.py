"""Files between the thread that makes an answer and the event loop that sends it."""

import asyncio
import os
from collections.abc import Iterable
from concurrent.futures import Executor
from typing import IO

CHUNK_BYTES = 64 * 1024


class Abandoned(Exception):
    """The client does not read the rest, or the thread could not make it."""


class Spool:
    """Belongs to the loop; the thread only calls `fill`."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, file: IO[bytes], *, is_whole: bool
    ) -> None:
        """What ``file`` holds from its position on is sent. Both sides close their
        own."""
        self._loop, self._descriptor = loop, os.dup(file.fileno())
        self._sent = file.tell()
        self._written = os.fstat(self._descriptor).st_size
        self._is_whole = self._is_ended = is_whole
        self._is_closed = False
        self._changed = asyncio.Event()

    def fill(self, file: IO[bytes], chunks: Iterable[bytes]) -> None:
        """Raises Abandoned, and whatever ``chunks`` and ``file`` raise."""
        try:
            for chunk in chunks:
                if self._is_closed:
                    raise Abandoned
                file.write(chunk)
                file.flush()
                self._written += len(chunk)
                self._wake()
            self._is_whole = True
        finally:
            self._is_ended = True
            self._wake()

    def _wake(self) -> None:
        self._loop.call_soon_threadsafe(self._changed.set)

    async def next(self, files: Executor) -> bytes:
        """At most CHUNK_BYTES, empty at the end. Raises Abandoned."""
        while self._sent == self._written and not self._is_ended:
            self._changed.clear()
            await self._changed.wait()
        chunk = await self._loop.run_in_executor(
            files, os.pread, self._descriptor, CHUNK_BYTES, self._sent
        )
        self._sent += len(chunk)
        if not (chunk or self._is_whole):
            raise Abandoned
        return chunk

    def close(self) -> None:
        self._is_closed = True
        os.close(self._descriptor)
