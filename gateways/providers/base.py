"""What every provider speaks, in our words.

A provider translates one gateway's wire format into these types and keeps the raw
answer beside them. It knows no models and no settings: options in the constructor,
dataclasses in the call. What it can be asked is in ``protocols.py``.

An error answers one question: may we ask again?

    Refused      a clear no: never ask again, fail and release
    Unavailable  nothing happened there: ask later
    Unknown      it may have happened: never resend
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
    """Where a provider task stands. UNKNOWN is never terminal (contract §4.1)."""

    QUEUED = "queued"
    DRAWING = "drawing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


class Verdict(StrEnum):
    """The provider's audit suggestion; MISSING where there is none, or no readable."""

    PASS = "pass"
    REVIEW = "review"
    BLOCK = "block"
    MISSING = "missing"


class CostState(StrEnum):
    """What became of a task's cost (Wujie: ``integral_cost_message``, §5.2)."""

    CHARGED = "charged"
    REFUNDED = "refunded"
    SHORT = "short"
    PENDING = "pending"
    FREE = "free"
    UNKNOWN = "unknown"


class Family(StrEnum):
    """How a gateway is asked after a key: each kind of answer is read in one place."""

    USUAL = "usual"  # as most operations of the gateway
    IMAGES = "images"  # one key for several pictures (contract wujie §8)
    AVATAR = "avatar"  # ``GET /avatar/info``, one key a call (contract wujie §10)
    SUPERSIZE = "supersize"  # ``GET /ai/supersize`` (contract wujie §7.10)


@dataclass(frozen=True, slots=True)
class Label:
    """One label of an audit. ``rate`` is 0 to 1 whatever scale the wire used."""

    label: str
    description: str
    scene: str
    verdict: Verdict
    rate: float | None


@dataclass(frozen=True, slots=True)
class Audit:
    """A provider's audit of one picture (contract §6)."""

    verdict: Verdict
    check_failed: bool = False
    is_offending: bool = False  # involve_yellow: the gateway says the picture offends
    labels: tuple[Label, ...] = ()


@dataclass(frozen=True, slots=True)
class Quote:
    """What an order is expected to cost, in ``unit``, before anything is paid."""

    cost: int
    unit: Unit
    expected_seconds: int | None = None
    ahead: int | None = None
    #: Nobody named it: what the operation declares, until the gateway says more.
    is_assumed: bool = False


@dataclass(frozen=True, slots=True)
class SubmittedTask:
    """One key that a submit created. ``expected_seconds`` is an estimate."""

    key: str
    expected_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Submitted:
    """A submit that the gateway accepted. ``expected_cost`` is of the whole request.

    ``is_billed``: the bill was made at submit, and polls say nothing of it (Jumdata).
    """

    tasks: tuple[SubmittedTask, ...]
    expected_cost: int | None
    unit: Unit
    raw: JSON
    is_billed: bool = False


@dataclass(frozen=True, slots=True)
class TaskUpdate:
    """What one answer says of one task. None means: the answer does not say."""

    key: str
    state: State
    percent: float | None = None  # 0 to 100
    ahead: int | None = None
    step_seconds: int | None = None  # saved by each place that it is moved forward
    expected_seconds: int | None = None
    picture_urls: tuple[str, ...] = ()
    #: Whether a success has pictures: one that names none is not over.
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
    """One entry of a gateway's list: ``key`` is what the wire wants.

    ``excludes``: entries with the same one exclude each other; ``weight`` is the
    recommended one; ``model`` the code of the one model that it is for.
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
    """One model of a gateway's list (contract §7.5)."""

    code: str
    name: str
    description: str
    type: int | None = None
    draws_4k: bool = False
    #: Codes and names of the ways in which it draws without a background.
    transparencies: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Resources:
    """What one model offers: sizes as ``(width, height)``, names of styles, and the
    rest by the gateway's name of the list."""

    sizes: tuple[tuple[int, int], ...] = ()
    styles: tuple[str, ...] = ()
    choices: Mapping[str, tuple[Choice, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Order:
    """One request as an operation wrote it: where it goes, what it says, how many.

    ``body`` is the documented wire body without transport fields (signature,
    ``notify_url``); ``pictures`` is the number of pictures asked for.
    ``is_called_back``: whether a ``notify_url`` is documented for the path.
    """

    path: str
    body: Mapping[str, JSON]
    pictures: int
    is_called_back: bool = True


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What tells requests apart, both in an order and in what a gateway keeps of it."""

    prompt: str
    model: str
    # Empty or zero in an order: the gateway was to choose.
    width: int
    height: int
    seed: str

    def admits(self, made: "Fingerprint") -> bool:
        """Whether an order with this one may have made what has that one."""
        if (self.prompt, self.model) != (made.prompt, made.model):
            return False
        ours = (self.width, self.height, self.seed)
        theirs = (made.width, made.height, made.seed)
        pairs = zip(ours, theirs, strict=True)
        return all(sent in (0, "", found) for sent, found in pairs)


@dataclass(frozen=True, slots=True)
class Trace:
    """What a gateway says of how a key came about. None: it does not say when."""

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
    """What a gateway thinks of a photo; ``message`` says why it does not fit."""

    url: str
    is_fit: bool
    message: str


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a history. ``total`` is of all pages, where the gateway says it."""

    keys: tuple[str, ...]
    total: int | None


@dataclass(frozen=True, slots=True)
class Charge:
    """What a gateway says that a key cost. ``cost`` is None until that is final, or
    where it does not tell; ``at`` is when the work ended, else when it began."""

    key: str
    cost: int | None = None
    state: CostState = CostState.UNKNOWN
    at: datetime.datetime | None = None


class ProviderError(Exception):
    """``code`` and ``message`` are the gateway's own, ``raw`` its answer as text; where
    it has no code, ``code`` is a `Fault` and ``message`` the technical reason."""

    def __init__(self, message: str, *, code: str = "", raw: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.raw = raw


class Refused(ProviderError):
    """A clear no. Never ask again; nothing was paid."""


class Unavailable(ProviderError):
    """Nothing happened there. Ask later, after ``retry_after`` seconds if given."""

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
    """The gateway does not accept our credentials: a person has to act first."""


class Unknown(ProviderError):
    """It may have happened. Never resend."""
