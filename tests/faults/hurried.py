"""The engine's time limits in seconds instead of minutes and hours.

A name that does not exist is an error.
"""

import datetime
import sys
from dataclasses import is_dataclass, replace
from importlib import import_module
from typing import Any

from django.apps import AppConfig

from gateways.providers.error_codes import Pause
from gateways.providers.jumdata.codes import CODES
from tests.test_architecture import PACKAGES


def seconds(number: float) -> datetime.timedelta:
    return datetime.timedelta(seconds=number)


QUOTA_ENDS_SOON = {
    **CODES,
    "606": replace(CODES["606"], retry=Pause(probe_after=seconds(2))),
}
#: Each limit exceeds the longest call, 4 s (see settings).
CLOCKS: dict[str, dict[str, Any]] = {
    "generation.lifecycle.poll_schedule": {
        "LONGEST_SECONDS": 1.5,
        "PROGRESS": (0.05, 0.3, 1.0),
        "CHARGE": (0.05, 0.3, 2.0),
        "AFTER_END": (1.0, 1.0, 2.0),
        "VISIBLE_PROGRESS_SECONDS": 1.0,
        "CALLBACK_LONGEST_SECONDS": 2.0,
    },
    "generation.lifecycle.booking": {"OVERDUE_AFTER": seconds(8)},
    "generation.lifecycle.polling": {
        "CLAIMED_FOR": seconds(6),
        "REPOLL_BOOKED_AFTER": seconds(2),
    },
    "generation.lifecycle.submit_recovery.searching": {
        "SEARCH": (0.5, 0.5, 2.0),
        "CLAIMED_FOR": seconds(8),
        "ROUND_SECONDS": 3.0,
    },
    "generation.lifecycle.sending": {"LONGEST_RETRY_SECONDS": 2.0},
    "gateways.circuit_breaker": {
        "OPEN_SECONDS": (0.5, 2.0),
        "PROBE_TIMEOUT": seconds(6),
        "UNPROBED_AFTER": seconds(3),
        "READ_REFUSED_BACKOFF_SECONDS": 1.0,
    },
    "gateways.providers.jumdata.client.Jumdata": {"codes": QUOTA_ENDS_SOON},
    "generation.archive": {"CLAIMED_FOR": seconds(10), "RETRY_SECONDS": (0.4, 2)},
    "generation.downloads": {"DEADLINE": 3.0},
    "reconciliation.runs": {"BUDGET_SECONDS": 3.0, "FIRST_BACKOFF": seconds(0.3)},
    # A cost that may be younger than the balance hides as much of a drift: for a minute
    # in production, longer than from the audit's run to the last one here.
    "reconciliation.balance_comparison": {"CLOCK_SKEW": seconds(2)},
    "wjportal.engine.pump": {"SWEEP_SECONDS": 2.0},
    "generation.models.Generation": {"STUCK_AFTER": seconds(10)},
    # Crashes are seconds apart here, minutes in production.
    "wjportal.engine.supervisor": {"STEADY_SECONDS": 3.0},
}


class Hurried(AppConfig):
    name = "tests.faults"
    label = "hurried"

    def ready(self) -> None:
        for path, clocks in CLOCKS.items():
            for name, value in clocks.items():
                hurry(path, name, value)


def hurry(path: str, name: str, value: Any) -> None:
    """Set it in its module, and in modules that imported it."""
    owner = _owner(path)
    usual = getattr(owner, name)
    if is_dataclass(usual):
        value = type(usual)(*value)
    setattr(owner, name, value)
    for module in list(sys.modules.values()):
        is_ours = getattr(module, "__name__", "").startswith(PACKAGES)
        if is_ours and vars(module).get(name) is usual:
            setattr(module, name, value)


def _owner(path: str) -> Any:
    try:
        return import_module(path)
    except ModuleNotFoundError:
        module, _, name = path.rpartition(".")
        return getattr(import_module(module), name)
