"""Errors in the gateway's books, for tests of reconciliation.

The switch ``wrongs``::

    {"hidden": ["KEY"],       the history omits these keys
     "twice": ["KEY"],        the history lists these keys twice
     "costs": {"KEY": 9},     another cost, also charged
     "late_seconds": 60,      the history omits younger keys
     "gone": 24}              integrals that left the account without a key

``POST /sandbox/strangers`` {"account", "number", "prompt"}: drawings that the portal
did not request.
"""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sandbox.jobs import Job

if TYPE_CHECKING:
    from sandbox.core import Sandbox

Wrongs = dict[str, Any]
_LISTS = ("hidden", "twice")
_NUMBERS = ("late_seconds", "gone")


def problem(wrongs: Wrongs) -> str | None:
    for name, value in wrongs.items():
        if name in _LISTS and isinstance(value, list):
            continue
        if name in _NUMBERS and isinstance(value, int | float):
            continue
        if name == "costs" and isinstance(value, dict):
            continue
        return f"{name}: not a wrong, or not in its form"
    return None


def listed(sandbox: "Sandbox", keys: Sequence[str]) -> list[str]:
    """The history's keys with these errors, oldest first."""
    wrongs = sandbox.switches.wrongs
    if not wrongs:
        return list(keys)
    hidden, twice = set(wrongs.get("hidden", ())), set(wrongs.get("twice", ()))
    newest = time.time() - wrongs.get("late_seconds", 0)
    shown = [
        key
        for key in keys
        if key not in hidden and sandbox.book.jobs[key].created <= newest
    ]
    return [key for key in shown for _ in range(1 + (key in twice))]


def cost(sandbox: "Sandbox", job: Job, plain: int) -> int:
    return int(sandbox.switches.wrongs.get("costs", {}).get(job.key, plain))


def gone(sandbox: "Sandbox", account: str) -> int:
    """Integrals charged beyond the jobs' costs."""
    wrongs = sandbox.switches.wrongs
    book, now = sandbox.book, time.time()
    more = int(wrongs.get("gone", 0))
    for key, changed in wrongs.get("costs", {}).items():
        job = book.get(key, account)
        more += int(changed) - job.paid(now) if job else 0
    return more
