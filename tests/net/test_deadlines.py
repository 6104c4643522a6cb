"""The deadline limits a whole exchange, in its own thread and block only."""

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpcore
import httpx
import pytest

from net import deadlines
from net.deadlines import Transport, deadline

READ_SECONDS = 5.0
DEADLINE_SECONDS = 0.3


@pytest.fixture(params=["headers", "body"])
def dripping_url(request):
    """A server that sends one byte every 50 ms: each single read is quick."""
    ended = threading.Event()

    def drip(listener):
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            head = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n"
            rest = b"\r\n" if request.param == "body" else b"X-Drip: "
            connection.sendall(head + rest)
            while not ended.wait(0.05):
                try:
                    connection.sendall(b"x")
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=drip, args=(listener,))
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        ended.set()
        thread.join(5)


@pytest.fixture
def client():
    limits = httpx.Limits(max_connections=1)
    with httpx.Client(transport=Transport(limits), timeout=READ_SECONDS) as made:
        yield made


def test_a_drip_ends_at_the_deadline(client, dripping_url):
    begun = time.monotonic()
    with pytest.raises(httpx.ReadTimeout), deadline(DEADLINE_SECONDS):
        client.get(dripping_url)
    assert DEADLINE_SECONDS <= time.monotonic() - begun < 20


def test_a_passed_deadline_opens_no_connection(client):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        with pytest.raises(httpx.ConnectTimeout), deadline(0):
            client.get(url)


def left(timeout):
    return deadlines._left(timeout, httpcore.ReadTimeout)


def test_without_a_deadline_the_timeout_stays():
    assert left(7.0) == 7.0
    assert left(None) is None


def test_the_shorter_of_timeout_and_deadline_counts():
    with deadline(60):
        assert left(7.0) == 7.0
        assert 59 < left(None) <= 60
        with deadline(1):
            assert 0 < left(7.0) <= 1
        assert left(7.0) == 7.0
    assert left(None) is None


def test_another_thread_has_no_deadline():
    with deadline(0), ThreadPoolExecutor(1) as pool:
        assert pool.submit(left, 7.0).result() == 7.0


def test_an_inner_deadline_does_not_outlast_an_outer_one():
    with deadline(1), deadline(60):
        assert left(None) <= 1
