"""HTTP: reads a request, calls its handler, writes the answer."""

import contextlib
import socket
import sys
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from urllib.parse import parse_qs, urlsplit

from sandbox import admin, cdn, jumdata, wujie
from sandbox.core import Sandbox
from sandbox.faults import spoiled
from sandbox.wire import Answer, Request, Route

MAX_BODY = 4_000_000
IDLE_SECONDS = 75
DRIPS = 20
_REASONS = BaseHTTPRequestHandler.responses


class Server(ThreadingHTTPServer):
    """One daemon thread per connection."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 512

    def __init__(self, address: tuple[str, int], sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.routes = {
            **wujie.routes(sandbox),
            **jumdata.routes(sandbox),
            **admin.routes(sandbox),
        }
        super().__init__(address, Handler)

    def server_bind(self) -> None:
        # The parent's method looks up the host name, which can take seconds.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]  # type: ignore[assignment]  # of an IP socket

    def handle_error(self, request: object, client_address: object) -> None:
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            traceback.print_exc()

    def route(self, method: str, path: str) -> Route:
        found = self.routes.get((method, path))
        if found:
            return found
        if (method, path) == ("POST", wujie.images_path(self.sandbox)):
            return wujie.images_route(self.sandbox)
        if method == "GET" and path.startswith(cdn.PREFIX):
            return Route(
                "cdn.result", lambda request: cdn.result(self.sandbox, request)
            )
        if path.startswith(jumdata.PREFIX):
            return Route("jumdata.unknown", lambda request: jumdata.not_found())
        return Route("wujie.unknown", lambda request: wujie.not_found())

    def answer(self, request: Request) -> Answer:
        route = self.route(request.method, request.path)
        self.sandbox.count(route.name)
        # No faults on own endpoints: they switch faults off.
        own = route.name == admin.NAME
        rule = None if own else self.sandbox.strike(route.name, request.words)
        if rule is None:
            return route.handle(request)
        return spoiled(rule, route.name, lambda: route.handle(request))


class Handler(BaseHTTPRequestHandler):
    """HTTP/1.1 with keep-alive."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = IDLE_SECONDS
    server: Server

    def log_message(self, format: str, *args: object) -> None:
        """``/sandbox/state`` counts requests."""

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        body = self._body()
        if body is None:
            return
        address = urlsplit(self.path)
        request = Request(
            method=self.command,
            path=address.path,
            query=parse_qs(address.query),
            headers=self.headers,
            body=body,
            client=self.client_address[0],
        )
        try:
            answer = self.server.answer(request)
        except Exception:
            traceback.print_exc()
            answer = Answer(500, b"the sandbox itself failed", "text/plain")
        self._put(answer)

    def _body(self) -> bytes | None:
        length = self.headers.get("Content-Length", "0")
        if self.headers.get("Transfer-Encoding") or not length.isdecimal():
            self._refuse(411, b"send a Content-Length")
            return None
        if int(length) > MAX_BODY:
            self._refuse(413, b"too large")
            return None
        return self.rfile.read(int(length))

    def _refuse(self, status: int, text: bytes) -> None:
        self.close_connection = True
        self._put(Answer(status, text, "text/plain"))

    def _put(self, answer: Answer) -> None:
        stops = answer.wait and self.server.sandbox.delay(answer.wait)
        if answer.hang_up or stops:
            self._hang_up()
            return
        body = answer.body if answer.keep is None else answer.body[: answer.keep]
        if answer.drip:
            self._drip(self._head(answer), body, answer.drip)
        else:
            self.wfile.write(self._head(answer) + body)
        if answer.keep is not None:
            self._hang_up()

    def _head(self, answer: Answer) -> bytes:
        reason = _REASONS.get(answer.status, ("",))[0]
        lines = [
            f"HTTP/1.1 {answer.status} {reason}",
            "Server: wjportal-sandbox",
            f"Content-Type: {answer.content_type}",
            f"Content-Length: {len(answer.body)}",
            *(f"{name}: {value}" for name, value in answer.headers.items()),
        ]
        if self.close_connection:
            lines.append("Connection: close")
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def _drip(self, head: bytes, body: bytes, seconds: float) -> None:
        self.wfile.write(head)
        step = max(1, -(-len(body) // DRIPS))
        for at in range(0, len(body), step):
            self.server.sandbox.stopping.wait(seconds / DRIPS)
            self.wfile.write(body[at : at + step])

    def _hang_up(self) -> None:
        self.close_connection = True
        # The client may be gone.
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)
