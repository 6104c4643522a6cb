"""A thread is free when its answer is made, whether or not it is read."""

import io
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.wjportal.server.conftest import Client
from wjportal.server import outgoing
from wjportal.server.spools import CHUNK_BYTES

LARGE = outgoing.JOINED_BYTES + 3 * CHUNK_BYTES + 7


class SlowReader(Client):
    """Reads nothing until ``go`` is set."""

    def __init__(self, go: threading.Event, **kwargs: Any) -> None:
        super().__init__(method="GET", **kwargs)
        self._go = go

    async def send(self, message: dict[str, Any]) -> None:
        while message["type"] == "http.response.body" and not self._go.is_set():
            await outgoing.asyncio.sleep(0.01)
        await super().send(message)


def large_list(environ: Any) -> Any:
    return [b"x" * 1000] * (LARGE // 1000) + [b"y"]


def large_stream(environ: Any) -> Any:
    return iter(large_list(environ))


@pytest.fixture
def large_file(tmp_path: Path) -> Any:
    path = tmp_path / "picture"
    path.write_bytes(b"x" * LARGE)
    return lambda environ: environ["wsgi.file_wrapper"](path.open("rb"), 4096)


def in_memory(environ: Any) -> Any:
    return environ["wsgi.file_wrapper"](io.BytesIO(b"x" * LARGE), 4096)


@pytest.mark.parametrize("kind", [large_list, large_stream, in_memory, "file"])
def test_an_answer_comes_whole(ask: Any, large_file: Any, kind: Any) -> None:
    make = large_file if kind == "file" else kind

    def application(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [("X-Told", "yes")])
        return make(environ)

    client = Client(method="GET")
    ask(application, client)
    expected = b"".join(large_list({})) if "large" in str(kind) else b"x" * LARGE
    assert client.is_whole and client.body == expected
    assert client.headers == {b"x-told": b"yes"}


@pytest.mark.parametrize("kind", [large_list, large_stream, "file"])
def test_slow_readers_hold_no_thread(ask: Any, large_file: Any, kind: Any) -> None:
    make = large_file if kind == "file" else kind
    go = threading.Event()

    def application(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [])
        if environ["PATH_INFO"] == "/quick":
            go.set()  # only from here on the others read
            return [b"quick"]
        return make(environ)

    slow = [SlowReader(go) for _ in range(10)]
    quick = Client(method="GET", path="/quick")
    ask(application, *slow, quick)
    assert quick.body == b"quick"
    assert all(client.is_whole for client in slow)


def test_a_reader_that_is_too_slow_loses_the_connection(
    ask: Any, monkeypatch: Any, large_file: Any
) -> None:
    monkeypatch.setattr(outgoing, "READING_SECONDS", 0.05)

    def application(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [])
        return large_file(environ)

    client = SlowReader(threading.Event())
    ask(application, client)
    assert client.status == 200 and not client.is_whole


def test_the_thread_stops_when_nobody_reads(ask: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(outgoing, "READING_SECONDS", 0.05)
    made: list[int] = []

    def endless() -> Any:
        while True:
            made.append(1)
            yield b"x" * 100_000

    def application(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [])
        return endless()

    client = SlowReader(threading.Event())
    ask(application, client)  # ends, although the answer does not
    assert made and not client.is_whole


def test_a_fault_in_the_middle_is_no_whole_answer(ask: Any, caplog: Any) -> None:
    def broken() -> Any:
        yield b"x" * outgoing.JOINED_BYTES
        raise RuntimeError("on purpose")

    def application(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [])
        return broken()

    client = Client(method="GET")
    ask(application, client)
    assert not client.is_whole
    assert "could not be made" in caplog.text


def test_a_fault_at_the_start_is_an_error(ask: Any, caplog: Any) -> None:
    def application(environ: Any, start_response: Any) -> Any:
        raise RuntimeError("on purpose")

    client = Client(method="GET")
    ask(application, client)
    assert client.status == 500 and client.is_whole


def test_what_was_answered_is_closed_in_its_thread(ask: Any) -> None:
    closed: list[str] = []

    class Closing(list[bytes]):
        def close(self) -> None:
            closed.append(threading.current_thread().name)

    def application(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [])
        return Closing([b"ok"])

    ask(application, Client(method="GET"))
    assert len(closed) == 1 and closed[0].startswith("web")


def test_the_head_of_an_answer_has_no_body(ask: Any) -> None:
    def application(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [("Content-Length", "2")])
        return [b"ok"]

    client = Client(method="HEAD")
    ask(application, client)
    assert client.body == b"" and client.headers == {b"content-length": b"2"}
