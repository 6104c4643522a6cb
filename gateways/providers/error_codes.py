"""The row of a provider's table of codes: what one code of a gateway means.

Each provider keeps its table in its ``codes.py``: code → `Code`. The portal reads the
table through ``gateways.clients``. A code outside the table is judged by the HTTP
status and the gateway's message (``http.error_of``).
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from gateways.providers.base import ProviderError, Text


class Scope(StrEnum):
    """What a code is about."""

    REQUEST = "request"  # this request; others go on
    ACCOUNT = "account"  # the portal's account: subscription, balance, request rate
    GATEWAY = "gateway"  # the gateway is out of order; counts for the circuit breaker


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """When a refused request is sent again. ``rest_seconds``: the Retry-After that
    holds where the gateway names none; None: no such wait."""

    rest_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Never(Retry):
    """The request has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackOff(Retry):
    """After exponential back-off, or after ``rest_seconds``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LostRace(Retry):
    """After random seconds between the two, times the number of attempts."""

    least_seconds: float
    most_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause(Retry):
    """The account is paused and the request keeps its place. After ``probe_after`` one
    generation at a time finds out whether the pause is over; None: the pause lasts
    until the account's balance rises."""

    probe_after: datetime.timedelta | None = None


@dataclass(frozen=True, slots=True)
class Code:
    """``sentence`` tells the reader what the code means; "" where nobody knows.
    ``error`` None: an error class by HTTP status and message, as for unknown codes."""

    sentence: Text = ""
    error: type[ProviderError] | None = None
    scope: Scope = Scope.REQUEST
    retry: Retry = field(default_factory=Never)


Codes = Mapping[str, Code]
