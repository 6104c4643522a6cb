"""The kernel keeps little for a slow reader, and ends one that takes nothing."""

import socket

import pytest

from wjportal.server import sockets


def bounds(found: socket.socket) -> tuple[int, int]:
    return (
        found.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF),
        found.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT),
    )


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_connections_inherit_the_bounds(host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as listening:
        assert sockets.bound_buffers() >= 1
        with socket.create_connection(listening.getsockname()[:2]) as client:
            accepted, _ = listening.accept()
            with accepted:
                # The kernel doubles it, for its own bookkeeping.
                assert bounds(accepted) == (2 * sockets.SEND_BUFFER_BYTES, 60_000)
                assert bounds(client)[1] == 0  # no listening socket of ours
