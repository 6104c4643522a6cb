"""No thread waits for a body, and none is taken in past its limit."""

import tempfile
from typing import Any

import pytest

from net.request_body import ANONYMOUS_BYTES, REFUSED_BODY
from tests.wjportal.server.conftest import Client
from wjportal.server import bodies


def echo(environ: Any, start_response: Any) -> list[bytes]:
    """The body, or the limit that it was over."""
    refused = environ.get(REFUSED_BODY)
    start_response("413 Too Large" if refused else "200 OK", [])
    length = int(environ.get("CONTENT_LENGTH") or 0)
    return [str(refused).encode() if refused else environ["wsgi.input"].read(length)]


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """One entry for each file that a body was written to."""
    files: list[str] = []
    make = tempfile.TemporaryFile

    def noted(*args: Any, **kwargs: Any) -> Any:
        files.append("file")
        return make(*args, **kwargs)

    monkeypatch.setattr(tempfile, "TemporaryFile", noted)
    return files


def test_a_body_comes_whole_and_with_its_length(ask: Any) -> None:
    client = Client(b"one ", b"two", length=7)
    ask(echo, client)
    assert (client.status, client.body) == (200, b"one two")


def test_a_body_in_chunks_has_a_length_too(ask: Any) -> None:
    client = Client(b"one ", b"", b"two")
    ask(echo, client)
    assert (client.status, client.body) == (200, b"one two")


def test_a_request_without_a_body_waits_for_none(ask: Any) -> None:
    client = Client(method="GET")
    client._left = [...]
    ask(echo, client)
    assert client.status == 200


def test_slow_senders_hold_no_thread(ask: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.3)
    slow = [Client(b"a", ..., length=10_000) for _ in range(50)]
    order: list[int] = []

    def noted(environ: Any, start_response: Any) -> list[bytes]:
        order.append(sum(client.status for client in slow))
        return echo(environ, start_response)

    quick = Client(method="GET")
    ask(noted, *slow, quick)
    assert quick.status == 200
    assert order == [0]  # it was answered before the slow ones were given up
    assert {client.status for client in slow} == {408}
    assert slow[0].headers[b"connection"] == b"close"


def test_a_steady_sender_has_the_time_that_its_bytes_need(
    ask: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.05)
    monkeypatch.setattr(bodies, "BYTES_A_SECOND", 10_000)
    client = Client(b"x" * 5_000, 0.1, b"y", length=5_001)
    ask(echo, client)
    assert (client.status, len(client.body)) == (200, 5_001)


def test_of_too_many_the_oldest_is_ended(ask: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(bodies, "MOST_SMALL", 3)
    slow = [Client(b"a", ..., length=10) for _ in range(3)]
    quick = [Client(b"a", 0.05, b"b", length=2) for _ in range(3)]
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.3)
    ask(echo, *slow, *quick)
    assert {client.status for client in quick} == {200}
    assert {client.status for client in slow} == {408}


@pytest.mark.parametrize("length", [300_000_000, None])
def test_a_stranger_s_large_body_is_not_taken_in(
    ask: Any, written: list[str], length: int | None
) -> None:
    chunks = [b"x" * 50_000] * 100
    client = Client(*chunks, length=length)
    answered_at: list[int] = []

    def noted(environ: Any, start_response: Any) -> list[bytes]:
        answered_at.append(client.taken)
        return echo(environ, start_response)

    ask(noted, client, limit=ANONYMOUS_BYTES)
    assert (client.status, client.body) == (413, str(ANONYMOUS_BYTES).encode())
    assert answered_at[0] <= 2 * 50_000
    assert not written
    assert client.taken == 100 * 50_000  # read away, so that the answer arrives


def test_nothing_of_a_body_is_left_to_the_view_that_refuses_it(ask: Any) -> None:
    seen: list[bytes] = []

    def look(environ: Any, start_response: Any) -> list[bytes]:
        seen.append(environ["wsgi.input"].read())
        return echo(environ, start_response)

    ask(look, Client(b"x" * 70_000, b"y"), limit=ANONYMOUS_BYTES)
    assert seen == [b""]


@pytest.mark.parametrize("length", [200_000, None])
def test_a_body_that_may_be_large_waits_on_disk(
    ask: Any, written: list[str], length: int | None
) -> None:
    client = Client(b"x" * 100_000, b"y" * 100_000, length=length)
    ask(echo, client, limit=200_000)
    assert client.body == b"x" * 100_000 + b"y" * 100_000
    assert written


@pytest.mark.parametrize(("size", "status"), [(200_000, 200), (200_001, 413)])
@pytest.mark.parametrize("is_told", [True, False])
def test_the_limit_is_the_last_byte_that_is_taken(
    ask: Any, size: int, status: int, is_told: bool
) -> None:
    client = Client(b"x" * (size - 1), b"x", length=size if is_told else None)
    ask(echo, client, limit=200_000)
    assert client.status == status


def test_one_person_sends_few_large_bodies_at_once(ask: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(bodies, "MOST_LARGE_EACH", 2)
    cookies = {"cookie": "sessionid=alice"}
    alice = [
        Client(b"x" * 70_000, 0.05, b"y", length=70_001, headers=cookies)
        for _ in range(3)
    ]
    bob = Client(b"x" * 70_001, length=70_001, headers={"cookie": "sessionid=bob"})
    ask(echo, *alice, bob)
    assert sorted(client.status for client in alice) == [200, 200, 503]
    assert bob.status == 200
    assert alice[-1].headers[b"retry-after"] == b"5"


def test_a_client_that_left_is_not_answered(ask: Any) -> None:
    asked: list[str] = []
    client = Client(b"a", None, length=10)
    ask(lambda environ, start_response: asked.append("asked") or [], client)
    assert not asked and client.status == 0
