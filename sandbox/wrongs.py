"""A gateway's books gone wrong on purpose, for whoever reconciles with them.

The switch ``wrongs``::

    {"hidden": ["KEY"],       the history does not list these
     "twice": ["KEY"],        it lists these twice
     "costs": {"KEY": 9},     their cost is another one now, and was taken
     "late_seconds": 60,      it lists nothing that is younger
     "gone": 24}              so many integrals left the account unasked

``POST /sandbox/strangers`` {"account", "number", "prompt"} draws for an account what
nobody of its portal asked for.
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
    """What is wrong with a value of the switch, or ``None``."""
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
    """The history's keys, oldest first, as these books list them."""
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
    """What these books took off the balance beyond what the jobs themselves cost."""
    wrongs = sandbox.switches.wrongs
    book, now = sandbox.book, time.time()
    more = int(wrongs.get("gone", 0))
    for key, changed in wrongs.get("costs", {}).items():
        job = book.get(key, account)
        more += int(changed) - job.paid(now) if job else 0
    return more
