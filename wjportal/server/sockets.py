"""Limits of the kernel's own buffers, which the server has no option for."""

import os
import socket
import stat
from pathlib import Path

#: Of one connection. Otherwise the kernel keeps 4 MB of an answer for a slow reader,
#: and some hundreds of them use up the memory that all connections share.
SEND_BUFFER_BYTES = 128 * 1024
#: For a client to take in anything at all, also of an answer's last bytes.
STALLED_SECONDS = 60


def bound_buffers() -> int:
    """Of the connections that this process accepts from now on: they inherit it from
    the listening sockets, whose number is returned. Only Linux lists open files.
    """
    folder = Path("/proc/self/fd")
    numbers = [int(entry.name) for entry in folder.iterdir()] if folder.exists() else []
    return sum(_bound(number) for number in numbers)


def _bound(descriptor: int) -> bool:
    try:
        if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
            return False
        found = socket.socket(fileno=os.dup(descriptor))
    except OSError:  # closed by now
        return False
    with found:
        is_listening = bool(found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
        if is_listening and found.family != socket.AF_UNIX:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
            milliseconds = 1000 * STALLED_SECONDS
            found.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)
    return is_listening
