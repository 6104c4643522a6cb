"""What one code of a gateway means.

Tables (code → `Code`) are in each provider's ``codes.py``, read through
``gateways.clients``. Other codes are judged by HTTP status and message
(``http.error_of``).
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from gateways.providers.base import Text
from gateways.providers.errors import ProviderError


class Scope(StrEnum):
    REQUEST = "request"  # others go on
    ACCOUNT = "account"  # the portal's account: subscription, balance, request rate
    GATEWAY = "gateway"  # out of order; counts for the circuit breaker


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """``rest_seconds``: the Retry-After where the gateway names none; None: no wait."""

    rest_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Never(Retry):
    """The request has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackOff(Retry):
    """Exponential, or after ``rest_seconds``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LostRace(Retry):
    """Random seconds between the two, times the number of attempts."""

    least_seconds: float
    most_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause(Retry):
    """Pauses the account; the request keeps its place.

    After ``probe_after`` one generation at a time probes; None: until the balance
    rises.
    """

    probe_after: datetime.timedelta | None = None


@dataclass(frozen=True, slots=True)
class Code:
    """``sentence``: the meaning for the reader; "" where nobody knows.

    ``error`` None: by HTTP status and message, as for unknown codes.
    """

    sentence: Text = ""
    error: type[ProviderError] | None = None
    scope: Scope = Scope.REQUEST
    retry: Retry = field(default_factory=Never)


Codes = Mapping[str, Code]
