"""Injected faults, one entry of ``KINDS`` each.

The switch ``faults`` maps a target to a rule or a list of rules::

    {"kind": "late_answer", "seconds": 30, "times": 1, "rate": 0.5, "skip": 2}

Targets: an endpoint's answer (``wujie.create``, ``jumdata.query``, ``cdn.result``), a
new job (``wujie.job``, ``jumdata.job``), an ended job's ``callback``, or ``forged``: a
post to a new job's address without an event. ``wujie.*``, ``*``: all targets of the
kind.

``times``: how often (default: always); ``rate``: probability; ``skip``: requests left
alone first; ``every``: only the first of this number of requests, over and over;
``about``: text that query or body must contain. ``works``: whether the gateway does
the work before the fault; each kind has a default.
"""

import random
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

from sandbox.faults import answers, callbacks, jobs
from sandbox.faults.callbacks import forged
from sandbox.faults.kinds import KINDS, Rule, as_list, problem
from sandbox.wire import Answer

# Imports register kinds.
__all__ = [
    "KINDS",
    "Faults",
    "Rule",
    "answers",
    "as_list",
    "callbacks",
    "forged",
    "jobs",
    "problem",
    "spoiled",
]


class Faults:
    def __init__(self) -> None:
        self.injected: Counter[str] = Counter()
        self._dice = random.Random()
        self._lock = threading.Lock()

    def strike(self, table: dict[str, Any], name: str, asked: str = "") -> Rule | None:
        """The rule that applies now; uses it up by one."""
        if not table:
            return None
        family = name.split(".")[0]
        with self._lock:
            for pattern in (name, f"{family}.*", "*"):
                for rule in as_list(table.get(pattern, [])):
                    if rule.get("about", "") not in asked:
                        continue
                    if KINDS[rule["kind"]].strikes(name) and self._strikes(rule):
                        self.injected[f"{name} {rule['kind']}"] += 1
                        return dict(rule)
        return None

    def _strikes(self, rule: Rule) -> bool:
        if rule.get("times") == 0 or self._dice.random() >= rule.get("rate", 1.0):
            return False
        if rule.get("skip", 0) > 0:
            rule["skip"] -= 1
            return False
        if "every" in rule:
            rule["skip"] = rule["every"] - 1
        if "times" in rule:
            rule["times"] -= 1
        return True


def spoiled(rule: Rule, name: str, work: Callable[[], Answer]) -> Answer:
    """``work`` is called only if the rule lets it."""
    chosen = KINDS[rule["kind"]]
    answer = work() if rule.get("works", chosen.works) else Answer()
    struck: Answer = chosen.apply(answer, rule, name)
    return struck
