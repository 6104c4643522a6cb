"""The types that all providers share.

A provider translates a wire format into them and keeps the raw answer. It knows no
models and no settings: options go into the constructor, dataclasses into the call
(``protocols.py``).
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from net.masking import without_paths
from spend.units import Unit

JSON = Any
#: A ``str``, also lazily translated.
Text = Any


class State(StrEnum):
    """UNKNOWN is never terminal (contract wujie §4.1)."""

    QUEUED = "queued"
    DRAWING = "drawing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


class Verdict(StrEnum):
    """MISSING: no audit suggestion, or not readable."""

    PASS = "pass"
    REVIEW = "review"
    BLOCK = "block"
    MISSING = "missing"


class CostState(StrEnum):
    """Wujie: ``integral_cost_message``, contract wujie §5.2."""

    CHARGED = "charged"
    REFUNDED = "refunded"
    SHORT = "short"
    PENDING = "pending"
    FREE = "free"
    UNKNOWN = "unknown"


class Family(StrEnum):
    """How a key is polled, and its answer read."""

    USUAL = "usual"
    IMAGES = "images"  # one key for several pictures (contract wujie §8)
    AVATAR = "avatar"  # ``GET /avatar/info``, one key a call (contract wujie §10)
    SUPERSIZE = "supersize"  # ``GET /ai/supersize`` (contract wujie §7.10)


@dataclass(frozen=True, slots=True)
class Label:
    """``rate``: 0 to 1, whatever the wire's scale."""

    label: str
    description: str
    scene: str
    verdict: Verdict
    rate: float | None


@dataclass(frozen=True, slots=True)
class Audit:
    """Of one picture (contract wujie §6)."""

    verdict: Verdict
    check_failed: bool = False
    is_offending: bool = False  # Wujie: involve_yellow
    labels: tuple[Label, ...] = ()


@dataclass(frozen=True, slots=True)
class Quote:
    """The expected cost in ``unit``. ``ahead``: requests queued before the order.

    ``is_assumed``: the operation declares the cost, the gateway names none.
    """

    cost: int
    unit: Unit
    expected_seconds: int | None = None
    ahead: int | None = None
    is_assumed: bool = False


@dataclass(frozen=True, slots=True)
class SubmittedTask:
    key: str
    expected_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Submitted:
    """``expected_cost``: of the whole request.

    ``is_billed``: billed at submit, polls tell no cost (Jumdata).
    """

    tasks: tuple[SubmittedTask, ...]
    expected_cost: int | None
    unit: Unit
    raw: JSON
    is_billed: bool = False


@dataclass(frozen=True, slots=True)
class TaskUpdate:
    """None: the answer does not say. Texts are shown to people: their addresses are
    masked."""

    key: str
    state: State
    percent: float | None = None  # 0 to 100
    ahead: int | None = None
    step_seconds: int | None = None  # saved by each place forward in the queue
    expected_seconds: int | None = None
    picture_urls: tuple[str, ...] = ()
    #: Whether a success has pictures: without addresses it is not over.
    has_pictures: bool = True
    audit: Audit | None = None
    cost: int | None = None
    cost_state: CostState = CostState.UNKNOWN
    failure_code: str = ""
    failure_message: str = ""
    model_prompt: str = ""
    raw: JSON = None

    def __post_init__(self) -> None:
        for name in ("failure_message", "model_prompt"):
            object.__setattr__(self, name, without_paths(getattr(self, name)))


@dataclass(frozen=True, slots=True)
class Choice:
    """``key`` goes on the wire; entries with the same ``excludes`` exclude each other.

    ``weight`` is recommended; ``model``: code of the only model that it is for.
    """

    key: str
    name: str
    category: str = ""
    picture: str = ""
    excludes: str = ""
    weight: float | None = None
    model: str = ""


@dataclass(frozen=True, slots=True)
class Model:
    """Contract wujie §7.5."""

    code: str
    name: str
    description: str
    type: int | None = None
    draws_4k: bool = False
    #: Code and name of each way to draw without a background.
    transparencies: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Resources:
    """Sizes as ``(width, height)`` in pixels, style names, lists by the gateway's
    name."""

    sizes: tuple[tuple[int, int], ...] = ()
    styles: tuple[str, ...] = ()
    choices: Mapping[str, tuple[Choice, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Order:
    """``body``: the wire body without signature and ``notify_url``.

    ``is_called_back``: a ``notify_url`` is documented for the path.
    """

    path: str
    body: Mapping[str, JSON]
    pictures: int
    is_called_back: bool = True


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Matches an order with a gateway's record of a task."""

    prompt: str
    model: str
    # Empty or zero in an order: the gateway chooses.
    width: int
    height: int
    seed: str

    def admits(self, made: "Fingerprint") -> bool:
        """Whether an order with this may have made a task with that."""
        if (self.prompt, self.model) != (made.prompt, made.model):
            return False
        ours = (self.width, self.height, self.seed)
        theirs = (made.width, made.height, made.seed)
        pairs = zip(ours, theirs, strict=True)
        return all(sent in (0, "", found) for sent, found in pairs)


@dataclass(frozen=True, slots=True)
class Trace:
    """How a key was made. ``made_at`` None: not told."""

    key: str
    fingerprint: Fingerprint
    made_at: datetime.datetime | None


@dataclass(frozen=True, slots=True)
class Notice:
    """A gateway's words about a service. ``is_fault``: it fails; else a fault has
    ended."""

    service: str
    status: str
    at: datetime.datetime | None
    is_fault: bool


@dataclass(frozen=True, slots=True)
class PhotoCheck:
    """``message``: why the photo does not fit."""

    url: str
    is_fit: bool
    message: str


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a history. ``total``: of all pages; None: not told."""

    keys: tuple[str, ...]
    total: int | None


@dataclass(frozen=True, slots=True)
class Charge:
    """``cost`` None: not final, or not told. ``at``: the work's end, else its
    beginning."""

    key: str
    cost: int | None = None
    state: CostState = CostState.UNKNOWN
    at: datetime.datetime | None = None
