"""Faults on purpose: how the gateway can misbehave, one entry of ``KINDS`` each.

The switch ``faults`` maps what is struck to one rule or a list of rules::

    {"kind": "late_answer", "seconds": 30, "times": 1, "rate": 0.5, "skip": 2}

Struck is an endpoint's answer (``wujie.create``, ``jumdata.query``, ``cdn.result``), a
job as it is made (``wujie.job``, ``jumdata.job``), the ``callback`` of one that ended,
or (``forged``) the address of a job that was made just now, which is posted to what
that job did not earn. ``wujie.*`` or ``*`` mean each where the kind makes sense.

``times`` is how often it still strikes (default: always), ``rate`` its probability,
``skip`` how many requests go by unharmed first, ``about`` what a request must name
(in its query or its body, as it is written there) to be struck. ``works`` tells whether
the gateway does what was asked before it misbehaves; each kind has its own usual answer
to that.
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

# Importing them enters their kinds.
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
    """Decides what is struck, and counts."""

    def __init__(self) -> None:
        self.injected: Counter[str] = Counter()
        self._dice = random.Random()
        self._lock = threading.Lock()

    def strike(self, table: dict[str, Any], name: str, asked: str = "") -> Rule | None:
        """The rule that strikes here and now; it is used up by one."""
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
        if "times" in rule:
            rule["times"] -= 1
        return True


def spoiled(rule: Rule, name: str, work: Callable[[], Answer]) -> Answer:
    """The answer that the rule makes of ``work``, which it may leave undone."""
    chosen = KINDS[rule["kind"]]
    answer = work() if rule.get("works", chosen.works) else Answer()
    struck: Answer = chosen.apply(answer, rule, name)
    return struck
