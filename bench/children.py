"""Processes that may be killed at any moment, and cannot hang for ever.

Each is forked from a process of its own that has loaded Django, but has neither threads
nor a connection (``forkserver``): a fork of the test's or the benchmark's own process
would copy locks that some thread holds, and a socket of its database.
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
#: What a child needs is imported once. (What is not there is left out.)
CONTEXT.set_forkserver_preload(["bench.crowd", "tests.moderation.steps"])


class Hung(AssertionError):
    """It did not end in time, and was killed for it."""


def start(work: Callable[..., None], *args: Any) -> ForkServerProcess:
    """``work(*args)`` on the database that is in use here, a test's as well."""
    name = str(connection.settings_dict["NAME"])
    child = CONTEXT.Process(target=_on, args=(name, work, *args), daemon=True)
    child.start()
    return child


def ended(child: ForkServerProcess, seconds: float) -> int:
    """Its exit code, negative if a signal ended it. Raises Hung."""
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
