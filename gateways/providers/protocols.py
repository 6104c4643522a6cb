"""The methods of a provider; what only some gateways offer is a protocol of its own.

Clients are used from several threads. Every call may raise a ProviderError.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, Protocol, runtime_checkable

from gateways.providers.base import (
    JSON,
    Charge,
    Choice,
    Family,
    Fingerprint,
    Listing,
    Model,
    Notice,
    Order,
    PhotoCheck,
    Quote,
    Resources,
    Submitted,
    TaskUpdate,
    Trace,
)
from gateways.providers.error_codes import Codes
from gateways.providers.task_fields import Vocabulary
from spend.units import Unit


class Provider(Protocol):
    """One account's client. Its base: `BareProvider`."""

    name: str
    unit: Unit  # of the balance, and of orders
    other_units: tuple[Unit, ...]  # of some orders
    poll_batch: int  # most keys of one poll
    unpriced_fields: frozenset[str]  # of a body; no price depends on them
    codes: ClassVar[Codes]
    vocabulary: Vocabulary
    result_days: int | None  # until the gateway deletes a result; None: not documented

    def submit(self, order: Order, *, notify_url: str = "") -> Submitted:
        """Paid. Raises Refused, Unavailable or Unknown."""

    def poll(
        self,
        keys: Sequence[str],
        family: Family = Family.USUAL,
        *,
        awaited: bool = False,
    ) -> list[TaskUpdate]:
        """Free. One update per key of one family, also for unknown keys.

        ``awaited``: a person's page waits.
        """

    def detail(self, key: str, family: Family = Family.USUAL) -> TaskUpdate:
        """Free. The fullest answer (Wujie: ``/ai/info``)."""

    def describe(self, key: str) -> Mapping[str, JSON]:
        """Free, awaited. The fullest answer in the gateway's names; empty: no such
        call."""

    def quote(self, order: Order) -> Quote:
        """Free."""

    def cancel(self, key: str) -> None:
        """Raises Refused: too late or not offered."""

    def accelerate(self, key: str, steps: int) -> None:
        """Paid, without an idempotency key. Raises Refused: too late or not offered.

        Moves the key's whole request forward by ``steps`` places.
        """

    def balance(self) -> int | None:
        """In ``unit``; None: not told."""

    def models(self) -> list[Model]:
        """Empty: the gateway has no list."""

    def resources(self, model_code: str) -> Resources:
        """Sizes, styles and further choices of one model."""

    def lists(self) -> Mapping[str, Sequence[Choice]]:
        """The lists beside models, by our names."""

    def notice(self, body: bytes) -> Notice | None:
        """A fault notice that came in; None: it is none. No call."""

    def is_forged(self, authorization: str) -> bool:
        """No call. False also without a signature: the sender is unknown."""

    def is_signed(self, authorization: str) -> bool:
        """By the gateway, just now and for this account; says nothing of the body. No
        call."""

    def close(self) -> None: ...


@runtime_checkable
class Trainer(Protocol):
    """Trains avatars. Every call is free."""

    def check_photos(self, urls: Sequence[str]) -> list[PhotoCheck]:
        """Before training, awaited."""

    def delete_avatar(self, key: str) -> None:
        """Raises Refused for an unknown one."""


@runtime_checkable
class Recaller(Protocol):
    """Tells the parameters of a drawing."""

    most_recalled: int  # most keys of one call

    def recall(self, keys: Sequence[str]) -> Mapping[str, Mapping[str, JSON]]:
        """Free, awaited. Key → parameters in the gateway's names, without unknown keys.

        Raises Refused where the account may not ask.
        """


@runtime_checkable
class Historian(Protocol):
    """Keeps a history: lost answers can be recovered."""

    def fingerprint(self, order: Order) -> Fingerprint:
        """The one that a trace of the order's tasks would have. No call."""

    def history(self, newer: int = 0) -> Iterator[Sequence[str]]:
        """Free, page by page. The latest keys, some twice; deep enough for those older
        than ``newer`` others."""

    def history_requests(self, newer: int = 0) -> int:
        """Most requests of ``history(newer)``. No call."""

    def trace(self, key: str) -> Trace:
        """Free. Raises Refused for an unknown key."""

    def called(self, body: bytes) -> str:
        """The key in a callback; else empty. No call."""


@runtime_checkable
class Bookkeeper(Protocol):
    """Lists all keys and charges: for reconciliation."""

    history_page_size: int  # keys of a full page

    def history_kinds(self) -> tuple[str, ...]:
        """Kinds of work, each with pages. No call."""

    def history_page(self, kind: str, number: int) -> Listing:
        """Free. ``number`` counts from 0; empty beyond the last."""

    def charges(self, keys: Sequence[str]) -> list[Charge]:
        """Free. One per key, also unknown ones; at most ``poll_batch``."""
