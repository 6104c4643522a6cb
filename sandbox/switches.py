"""What a person or a test may change while the sandbox runs.

Every switch has a default fit for a demo. ``POST /sandbox/switches`` merges JSON into
them: an object into an object, where ``null`` removes a member; ``null`` for a whole
switch puts it back.
"""

from dataclasses import asdict, dataclass, field, fields
from typing import Any

from sandbox import faults, wrongs

DAY = 86_400


class BadSwitch(ValueError):
    """A switch does not exist or does not take such a value."""


@dataclass(slots=True)
class Switches:
    # How many pictures each gateway draws at a time.
    channels: dict[str, int] = field(default_factory=lambda: {"wujie": 4, "jumdata": 2})
    # Seconds to draw one picture; each job's own time differs by up to the spread.
    draw_seconds: float = 6.0
    draw_spread: float = 0.33
    # How far the estimate of a drawing time may be off, as a share of that time.
    estimate_spread: float = 0.0
    # Seconds that a job is "submitted" (0 or 11) before it joins the queue.
    submit_seconds: float = 0.2
    # Integrals on each Wujie account before the first job.
    balance: int = 100_000
    # App id -> the same for one account alone.
    balances: dict[str, int] = field(default_factory=dict)
    # Final cost as a multiple of the expected one, and how long it is not yet final.
    cost_factor: float = 1.0
    settling_seconds: float = 0.0
    # Life of an address, of the file behind it, and of a Jumdata task id.
    address_seconds: float = 30.0 * DAY
    result_seconds: float = 90.0 * DAY
    task_seconds: float = 30.0 * DAY
    # How far the clock of a signature may be off.
    auth_window_seconds: float = 300.0
    # The documented retry delays of a callback are multiplied by this.
    callback_scale: float = 1.0
    callback_signed: bool = False
    callback_anywhere: bool = False
    # Where the pictures of OpenAI Image are asked for, e.g. "/ai/wj/images/query"; that
    # is a made-up path. Empty: ``/ai/generating_info`` knows them.
    images_query_path: str = ""
    # The longest side a picture is drawn with (the asked proportions stay).
    picture_max_side: int = 4096
    # So many pictures are drawn and then come again and again, told apart by a remark
    # in the file: for measuring others, since drawing is slow. 0: each job its own.
    picture_scenes: int = 0
    # What is struck (an endpoint, say) -> one fault or a list of them; see ``faults``.
    faults: dict[str, Any] = field(default_factory=dict)
    # Books that do not agree with the jobs; see ``wrongs``.
    wrongs: dict[str, Any] = field(default_factory=dict)

    def merged(self, changes: Any) -> "Switches":
        """A copy with ``changes`` merged in; raises ``BadSwitch``."""
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
        """The switches that are not at their default."""
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
            if said := wrongs.problem(merged):
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
