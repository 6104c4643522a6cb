"""Child processes that may be killed at any time, with a time limit.

From a ``forkserver`` with Django but no threads or connections: a fork of the caller
would copy held locks and database sockets.
"""

import multiprocessing
import os
from collections.abc import Callable
from multiprocessing.context import ForkServerProcess
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wjportal.settings")
django.setup()

from django.db import connection  # noqa: E402

CONTEXT = multiprocessing.get_context("forkserver")
#: Missing modules are skipped.
CONTEXT.set_forkserver_preload(["bench.crowd", "tests.moderation.steps"])


class Hung(AssertionError):
    """The child was killed at its time limit."""


def start(work: Callable[..., None], *args: Any) -> ForkServerProcess:
    """On the caller's database, which may be a test's."""
    name = str(connection.settings_dict["NAME"])
    child = CONTEXT.Process(target=_on, args=(name, work, *args), daemon=True)
    child.start()
    return child


def ended(child: ForkServerProcess, seconds: float) -> int:
    """Exit code, negative after a signal. Raises Hung."""
    child.join(seconds)
    if child.exitcode is None:
        child.kill()
        child.join()
        raise Hung(f"{child.name} was at it after {seconds:.0f} s")
    return child.exitcode


def _on(name: str, work: Callable[..., None], *args: Any) -> None:
    connection.settings_dict["NAME"] = name
    try:
        work(*args)
    finally:
        connection.close()
