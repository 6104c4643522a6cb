"""HTTP clients by the thousand in one event loop, the hostile ones too."""

import asyncio
import contextlib
import socket
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

#: An answer that takes longer counts as this.
PATIENCE_SECONDS = 5.0
#: Of a slow reader's socket.
SMALL_BUFFER = 2048


@dataclass(frozen=True, slots=True)
class Site:
    """A web server, and a member's session there."""

    port: int
    session: str

    def request(self, path: str, method: str = "GET", headers: str = "") -> bytes:
        lines = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n"
        cookies = f"Cookie: sessionid={self.session}; csrftoken={'x' * 32}\r\n"
        return (lines + cookies + headers + "\r\n").encode()


async def answer(reader: asyncio.StreamReader) -> int:
    """Reads one answer with a length; its status."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    length = head.partition("content-length:")[2].partition("\r\n")[0]
    await reader.readexactly(int(length or 0))
    return int(head.split()[1])


async def requests_per_second(
    site: Site, path: str, clients: int, seconds: float
) -> float:
    """Each client asks again as soon as it is answered, once at least. Raises
    RuntimeError."""
    began = time.monotonic()
    request = site.request(path)

    async def client() -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
        answered = 0
        with contextlib.closing(writer):
            while not answered or time.monotonic() < began + seconds:
                writer.write(request)
                if (status := await answer(reader)) != 200:
                    raise RuntimeError(f"{path} answers {status}")
                answered += 1
        return answered

    answered = await asyncio.gather(*(client() for _ in range(clients)))
    return sum(answered) / (time.monotonic() - began)


async def waits(site: Site, path: str, every: float, count: int) -> list[float]:
    """Seconds until a new client is answered; PATIENCE_SECONDS if it is not."""
    found: list[float] = []
    while len(found) < count:
        began = time.monotonic()
        found.append(PATIENCE_SECONDS)
        with contextlib.suppress(TimeoutError, OSError, EOFError, ValueError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
                with contextlib.closing(writer):
                    writer.write(site.request(path, headers="Connection: close\r\n"))
                    if await answer(reader) == 200:
                        found[-1] = time.monotonic() - began
        await asyncio.sleep(max(0, began + every - time.monotonic()))
    return found


@dataclass
class Attack:
    """Clients that hold on to the server; one that loses its connection comes again."""

    site: Site
    #: Of some megabytes.
    large_path: str
    #: How many connections the server ended.
    ended: int = 0
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def begin(self, *, senders: int, readers: int, idle: int) -> None:
        for count, one in (
            (senders, self._send_slowly),
            (readers, self._read_slowly),
            (idle, self._idle),
        ):
            self._tasks += [
                asyncio.create_task(self._for_ever(one)) for _ in range(count)
            ]

    async def end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _for_ever(self, one: Callable[[socket.socket], Awaitable[None]]) -> None:
        loop = asyncio.get_running_loop()
        while True:
            with contextlib.suppress(OSError), socket.socket() as client:
                client.setblocking(False)
                client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
                await loop.sock_connect(client, ("127.0.0.1", self.site.port))
                await one(client)
            self.ended += 1
            await asyncio.sleep(1)

    async def _send_slowly(self, client: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        length = "Content-Length: 10000\r\n"
        kind = "Content-Type: application/x-www-form-urlencoded\r\n"
        request = self.site.request("/accounts/login/", "POST", length + kind)
        await loop.sock_sendall(client, request)
        while True:
            await loop.sock_sendall(client, b"a")
            await asyncio.sleep(1)

    async def _read_slowly(self, client: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(client, self.site.request(self.large_path))
        while await loop.sock_recv(client, 1):
            await asyncio.sleep(1)

    async def _idle(self, client: socket.socket) -> None:
        await asyncio.get_running_loop().sock_recv(client, 1)
