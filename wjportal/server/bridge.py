"""ASGI in front of Django's WSGI handler.

A thread of the pool takes a request when its body is whole, and is free again when the
answer is made: neither slow senders nor slow readers hold one. The server bounds the
time for headers and of idle connections, `bodies` that for bodies, `outgoing` that for
reading.
"""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus

from net.request_body import REFUSED_BODY
from wjportal.server import bodies, outgoing, sockets
from wjportal.server.environ import Environ, Scope, environ_of, told_length

#: Requests with a whole body at once, per process; most of them wait for a thread.
MOST_OPEN = 500

#: Of the answers that are made here, without Django's middleware.
HEADERS = {
    "content-type": "text/plain; charset=utf-8",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
}

#: `body_limits.limit_of`; runs in a thread.
LimitOf = Callable[[Environ, int], int]


class Busy(Exception):
    """Too much at once; the client may try again."""


class Bridge:
    def __init__(
        self,
        application: outgoing.Wsgi,
        limit_of: LimitOf,
        threads: int,
        headers: Mapping[str, str] = HEADERS,
    ) -> None:
        """``headers``: of answers that are not the application's."""
        self._application, self._limit_of = application, limit_of
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="web")
        self._files = ThreadPoolExecutor(2, thread_name_prefix="files")
        self._bodies = bodies.Bodies()
        self._open = 0
        self._is_bounded = False
        self._headers = [
            (name.encode("ascii"), value.encode("ascii"))
            for name, value in headers.items()
        ]

    async def __call__(
        self, scope: Scope, receive: bodies.Receive, send: outgoing.Send
    ) -> None:
        if not self._is_bounded:  # the server listens only now
            self._is_bounded = True
            sockets.bound_buffers()
        if scope["path"] == "/healthz":
            is_read = scope["method"] in {"GET", "HEAD"}
            status = HTTPStatus.OK if is_read else HTTPStatus.METHOD_NOT_ALLOWED
            await self._plain(send, status)
            return
        environ = environ_of(scope)
        try:
            if (length := told_length(scope)) is not None:
                await self._receive(environ, length, receive)
            answer = await self._answer(environ)
        except bodies.Left:
            return
        except bodies.TooSlow:
            await self._plain(send, HTTPStatus.REQUEST_TIMEOUT)
            return
        except Busy:
            await self._plain(send, HTTPStatus.SERVICE_UNAVAILABLE)
            return
        await outgoing.deliver(answer, send, self._files)
        if REFUSED_BODY in environ:
            await bodies.linger(receive)

    async def _receive(
        self, environ: Environ, length: int, receive: bodies.Receive
    ) -> None:
        """Raises Left, TooSlow, Busy."""

        async def limit_of(needed: int) -> int:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(
                self._pool, self._limit_of, environ, needed
            )

        sender = environ.get("HTTP_COOKIE", "")
        try:
            body = await self._bodies.receive(receive, length, sender, limit_of)
        except bodies.TooLarge as error:
            environ[REFUSED_BODY] = error.limit
        except bodies.TooMany as error:
            raise Busy from error
        else:
            environ["CONTENT_LENGTH"] = str(body.tell())
            body.seek(0)
            environ["wsgi.input"] = body

    async def _answer(self, environ: Environ) -> outgoing.Answer:
        """Raises Busy."""
        if self._open >= MOST_OPEN:
            environ["wsgi.input"].close()
            raise Busy
        answered: asyncio.Future[outgoing.Answer]
        answered = asyncio.get_running_loop().create_future()
        self._open += 1
        try:
            self._pool.submit(outgoing.make, self._application, environ, answered)
            return await answered
        finally:
            self._open -= 1

    async def _plain(self, send: outgoing.Send, status: HTTPStatus) -> None:
        """Without Django. An error may leave a body unread, so the connection ends."""
        body = b"ok" if status == HTTPStatus.OK else status.phrase.encode("ascii")
        headers = [
            *self._headers,
            (b"content-length", str(len(body)).encode("ascii")),
        ]
        if status != HTTPStatus.OK:
            headers += [(b"retry-after", b"5"), (b"connection", b"close")]
        start = {"type": "http.response.start", "status": status, "headers": headers}
        await send(start)
        await send({"type": "http.response.body", "body": body})
