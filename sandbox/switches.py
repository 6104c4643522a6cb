"""Settings that a person or a test changes while the sandbox runs.

Defaults suit a demo. ``POST /sandbox/switches`` merges JSON: objects by member, where
``null`` removes one; ``null`` for a switch resets it.
"""

from dataclasses import asdict, dataclass, field, fields
from typing import Any

from sandbox import book_errors, faults

DAY = 86_400


class BadSwitch(ValueError):
    """Unknown switch or invalid value."""


@dataclass(slots=True)
class Switches:
    # Pictures drawn at a time.
    channels: dict[str, int] = field(default_factory=lambda: {"wujie": 4, "jumdata": 2})
    # For one picture, and relative spread between jobs.
    draw_seconds: float = 6.0
    draw_spread: float = 0.33
    # Relative error of the estimated time.
    estimate_spread: float = 0.0
    # In status "submitted" (0 or 11) before the queue.
    submit_seconds: float = 0.2
    # Integrals on each Wujie account at first.
    balance: int = 100_000
    # App id → that account's.
    balances: dict[str, int] = field(default_factory=dict)
    # Final cost as a multiple of the expected; seconds until it is final.
    cost_factor: float = 1.0
    settling_seconds: float = 0.0
    # Retention of an address, its file, a Jumdata task id.
    address_seconds: float = 30.0 * DAY
    result_seconds: float = 90.0 * DAY
    task_seconds: float = 30.0 * DAY
    # Allowed clock skew of a signature.
    auth_window_seconds: float = 300.0
    # Factor of the documented retry delays of callbacks.
    callback_scale: float = 1.0
    callback_signed: bool = False
    callback_anywhere: bool = False
    # Query for OpenAI Image pictures, e.g. "/ai/wj/images/query" (made up). Empty:
    # ``/ai/generating_info`` answers.
    images_query_path: str = ""
    # Longest side of a drawn picture; proportions stay.
    picture_max_side: int = 4096
    # Different pictures; further ones repeat them with another comment in the file. For
    # benchmarks: drawing is slow. 0: one picture per job.
    picture_scenes: int = 0
    # Endpoint, job or callback → fault or faults.
    faults: dict[str, Any] = field(default_factory=dict)
    # Errors in the books; see ``book_errors``.
    wrongs: dict[str, Any] = field(default_factory=dict)

    def merged(self, changes: Any) -> "Switches":
        """A copy; raises ``BadSwitch``."""
        if not isinstance(changes, dict):
            raise BadSwitch("a JSON object of switches is expected")
        values = asdict(self)
        unknown = sorted(set(changes) - set(values))
        if unknown:
            known = ", ".join(values)
            raise BadSwitch(f"no such switch: {', '.join(unknown)}. There are: {known}")
        for name, value in changes.items():
            if value is None:
                values[name] = getattr(Switches(), name)
            else:
                values[name] = _checked(name, values[name], value)
        return Switches(**values)

    def changed(self) -> dict[str, Any]:
        plain = Switches()
        return {
            spec.name: getattr(self, spec.name)
            for spec in fields(self)
            if getattr(self, spec.name) != getattr(plain, spec.name)
        }


def _checked(name: str, old: Any, new: Any) -> Any:
    if isinstance(old, dict):
        if not isinstance(new, dict):
            raise BadSwitch(f"{name}: a JSON object is expected")
        merged = {k: v for k, v in {**old, **new}.items() if v is not None}
        if name == "channels":
            _check_channels(merged)
        elif name == "wrongs":
            if said := book_errors.problem(merged):
                raise BadSwitch(f"wrongs.{said}")
        elif name == "balances":
            _check_balances(merged)
        else:
            _check_faults(merged)
        return merged
    if isinstance(old, bool):
        if not isinstance(new, bool):
            raise BadSwitch(f"{name}: true or false is expected")
        return new
    if isinstance(old, str):
        if not isinstance(new, str):
            raise BadSwitch(f"{name}: a text is expected")
        return new
    if isinstance(new, bool) or not isinstance(new, int | float) or new < 0:
        raise BadSwitch(f"{name}: a number that is not negative is expected")
    return type(old)(new)


def _check_channels(channels: dict[str, Any]) -> None:
    if set(channels) != {"wujie", "jumdata"} or not all(
        isinstance(n, int) and n >= 1 for n in channels.values()
    ):
        raise BadSwitch("channels: at least 1 each for wujie and jumdata")


def _check_balances(balances: dict[str, Any]) -> None:
    if not all(type(n) is int and n >= 0 for n in balances.values()):
        raise BadSwitch("balances: an app id with a number that is not negative")


def _check_faults(table: dict[str, Any]) -> None:
    for endpoint, rules in table.items():
        for rule in faults.as_list(rules):
            problem = faults.problem(endpoint, rule)
            if problem:
                raise BadSwitch(f"faults.{endpoint}: {problem}")
