"""The types that all providers share.

A provider translates one gateway's wire format into these types and keeps the raw
answer beside them. A provider knows no models and no settings: options go into the
constructor, dataclasses into the call. Its methods: ``protocols.py``.

The class of an error says whether a request may be sent again:

    Refused      never: fail, and release the reservation
    Unavailable  later: nothing happened at the gateway
    Unknown      never: the request may have been carried out and billed
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from spend.units import Unit

JSON = Any
#: A ``str``, or a lazily translated one.
Text = Any


class State(StrEnum):
    """Of a provider task. UNKNOWN is never terminal (contract wujie §4.1)."""

    QUEUED = "queued"
    DRAWING = "drawing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


class Verdict(StrEnum):
    """The gateway's audit suggestion; MISSING: none, or not readable."""

    PASS = "pass"
    REVIEW = "review"
    BLOCK = "block"
    MISSING = "missing"


class CostState(StrEnum):
    """Of a task's cost (Wujie: ``integral_cost_message``, contract wujie §5.2)."""

    CHARGED = "charged"
    REFUNDED = "refunded"
    SHORT = "short"
    PENDING = "pending"
    FREE = "free"
    UNKNOWN = "unknown"


class Family(StrEnum):
    """Which call polls a key, and how its answer is read."""

    USUAL = "usual"  # the gateway's usual call
    IMAGES = "images"  # one key for several pictures (contract wujie §8)
    AVATAR = "avatar"  # ``GET /avatar/info``, one key a call (contract wujie §10)
    SUPERSIZE = "supersize"  # ``GET /ai/supersize`` (contract wujie §7.10)


@dataclass(frozen=True, slots=True)
class Label:
    """One label of an audit. ``rate`` is 0 to 1, whatever the wire's scale."""

    label: str
    description: str
    scene: str
    verdict: Verdict
    rate: float | None


@dataclass(frozen=True, slots=True)
class Audit:
    """A gateway's audit of one picture (contract wujie §6)."""

    verdict: Verdict
    check_failed: bool = False
    is_offending: bool = False  # Wujie: involve_yellow
    labels: tuple[Label, ...] = ()


@dataclass(frozen=True, slots=True)
class Quote:
    """The expected cost of an order in ``unit``. ``ahead``: requests queued before it.
    ``is_assumed``: the operation declares the cost, the gateway names none."""

    cost: int
    unit: Unit
    expected_seconds: int | None = None
    ahead: int | None = None
    is_assumed: bool = False


@dataclass(frozen=True, slots=True)
class SubmittedTask:
    """One key that a submit created. ``expected_seconds`` is an estimate."""

    key: str
    expected_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Submitted:
    """A submit that the gateway accepted. ``expected_cost``: of the whole request.
    ``is_billed``: the gateway billed it at submit, and polls tell no cost (Jumdata)."""

    tasks: tuple[SubmittedTask, ...]
    expected_cost: int | None
    unit: Unit
    raw: JSON
    is_billed: bool = False


@dataclass(frozen=True, slots=True)
class TaskUpdate:
    """One answer about one task. None: the answer does not say."""

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


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a gateway's list; ``key`` goes on the wire.

    Entries with the same ``excludes`` exclude each other. ``weight`` is the recommended
    one, ``model`` the code of the only model that the entry is for.
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
    """One model of a gateway's list (contract wujie §7.5)."""

    code: str
    name: str
    description: str
    type: int | None = None
    draws_4k: bool = False
    #: Code and name of each way to draw without a background.
    transparencies: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Resources:
    """One model's sizes as ``(width, height)`` in pixels, names of styles, and further
    lists by the gateway's name."""

    sizes: tuple[tuple[int, int], ...] = ()
    styles: tuple[str, ...] = ()
    choices: Mapping[str, tuple[Choice, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Order:
    """One request of an operation. ``body`` is the documented wire body without
    signature and ``notify_url``. ``is_called_back``: a ``notify_url`` is documented for
    the path."""

    path: str
    body: Mapping[str, JSON]
    pictures: int
    is_called_back: bool = True


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The fields by which an order and a gateway's record of a task are matched."""

    prompt: str
    model: str
    # Empty or zero in an order: the gateway chooses.
    width: int
    height: int
    seed: str

    def admits(self, made: "Fingerprint") -> bool:
        """Whether an order with this fingerprint may have made a task with that."""
        if (self.prompt, self.model) != (made.prompt, made.model):
            return False
        ours = (self.width, self.height, self.seed)
        theirs = (made.width, made.height, made.seed)
        pairs = zip(ours, theirs, strict=True)
        return all(sent in (0, "", found) for sent, found in pairs)


@dataclass(frozen=True, slots=True)
class Trace:
    """A gateway's record of how a key was made. ``made_at`` None: not told."""

    key: str
    fingerprint: Fingerprint
    made_at: datetime.datetime | None


@dataclass(frozen=True, slots=True)
class Notice:
    """A gateway's notice about a service of its own, in its own words. ``is_fault``:
    the service fails; else a fault has ended."""

    service: str
    status: str
    at: datetime.datetime | None
    is_fault: bool


@dataclass(frozen=True, slots=True)
class PhotoCheck:
    """A gateway's check of a photo; ``message``: why the photo does not fit."""

    url: str
    is_fit: bool
    message: str


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a history. ``total``: keys of all pages; None: not told."""

    keys: tuple[str, ...]
    total: int | None


@dataclass(frozen=True, slots=True)
class Charge:
    """A gateway's charge for a key. ``cost`` None: not final, or not told. ``at``: when
    the work ended, else when it began."""

    key: str
    cost: int | None = None
    state: CostState = CostState.UNKNOWN
    at: datetime.datetime | None = None


class ProviderError(Exception):
    """``code`` and ``message`` are the gateway's, ``raw`` its answer as text. Without
    a code, ``code`` is a `Fault` and ``message`` the technical reason."""

    def __init__(self, message: str, *, code: str = "", raw: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.raw = raw


class Refused(ProviderError):
    """Never send again; nothing was paid."""


class Unavailable(ProviderError):
    """Nothing happened. Send again later, after ``retry_after`` seconds if given."""

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        raw: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, code=code, raw=raw)
        self.retry_after = retry_after


class Unauthorized(Unavailable):
    """The gateway does not accept the account: a person has to act first."""


class Unknown(ProviderError):
    """It may have happened: never send again."""
