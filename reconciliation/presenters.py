"""A difference's evidence as labelled facts."""

import datetime
from collections.abc import Iterator
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from reconciliation.models import Difference

#: Evidence key → label, in page order.
LABELS: dict[str, str | Promise] = {
    "listed_as": _("Listed as"),
    "position": _("Place in the list"),
    "second_position": _("Second place in the list"),
    "first_listed": _("First listed"),
    "charged_at": _("Charged by the gateway"),
    "cost_there": _("Charge at the gateway"),
    "cost_state": _("State of the charge"),
    "asked_at": _("Created here"),
    "ended_at": _("Ended here"),
    "task_status": _("Task"),
    "task_cost": _("Cost of the task"),
    "balance_before": _("Balance before"),
    "balance_now": _("Balance now"),
    "since": _("Compared since"),
    "charged": _("Costs told since"),
    "held_before": _("At most reserved before"),
    "held_now": _("At most reserved now"),
}
TIMES = ("first_listed", "charged_at", "asked_at", "ended_at", "since")
COST_STATES: dict[str, str | Promise] = {
    "charged": _("charged"),
    "refunded": _("refunded"),
    "short": _("charged in part: the balance was too low"),
    "pending": _("not final yet"),
    "free": _("free"),
    "unknown": _("the gateway does not tell"),
}


def evidence_facts(found: Difference) -> Iterator[tuple[str | Promise, Any, bool]]:
    """(label, value, is a time). Positions count from 1."""
    for name, label in LABELS.items():
        value: Any = found.evidence.get(name)
        if value is None or value == "":
            continue
        if name in TIMES:
            value = parse_datetime(value)
        elif name in ("position", "second_position"):
            value += 1
        elif name == "task_status" and found.task:
            value = found.task.get_status_display()
        elif name == "cost_state":
            value = COST_STATES.get(value, value)
        yield label, value, isinstance(value, datetime.datetime)
