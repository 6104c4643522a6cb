"""The methods of a provider. What only some gateways offer is a protocol of its own.

Clients are used from several threads at once. Every call may raise a ProviderError.
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
    """The client of one gateway account. `BareProvider` is the base to start from."""

    name: str
    unit: Unit  # of the account's balance, and of its orders
    other_units: tuple[Unit, ...]  # of some orders
    poll_batch: int  # most keys of one poll
    unpriced_fields: frozenset[str]  # fields of a body that no price depends on
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
        """Free. One update per key of one family, also for keys that the gateway does
        not know. ``awaited``: a person's page waits for it."""

    def detail(self, key: str, family: Family = Family.USUAL) -> TaskUpdate:
        """Free. One task, by the gateway's fullest answer (Wujie: ``/ai/info``)."""

    def describe(self, key: str) -> Mapping[str, JSON]:
        """Free, awaited. The gateway's fullest answer about a task, in its own names;
        empty where it has no such call."""

    def quote(self, order: Order) -> Quote:
        """Free."""

    def cancel(self, key: str) -> None:
        """Raises Refused where it is too late or not offered."""

    def accelerate(self, key: str, steps: int) -> None:
        """Paid, without an idempotency key. Move the key's whole request forward by
        ``steps`` places. Raises Refused where it is too late or not offered."""

    def balance(self) -> int | None:
        """The account's balance in ``unit``; None where the gateway does not tell."""

    def models(self) -> list[Model]:
        """Empty where the gateway has no list of models."""

    def resources(self, model_code: str) -> Resources:
        """One model's sizes, styles and further choices."""

    def lists(self) -> Mapping[str, Sequence[Choice]]:
        """The gateway's lists beside its models, by our name of the list."""

    def notice(self, body: bytes) -> Notice | None:
        """Read a fault notice that came in; None where it is none. No call."""

    def is_forged(self, authorization: str) -> bool:
        """Whether a callback's signature is wrong. Without a signature the sender is
        unknown: False. No call."""

    def close(self) -> None: ...


@runtime_checkable
class Trainer(Protocol):
    """A provider whose gateway trains avatars. Every call is free."""

    def check_photos(self, urls: Sequence[str]) -> list[PhotoCheck]:
        """Before training. A person's page waits for it."""

    def delete_avatar(self, key: str) -> None:
        """Raises Refused where the gateway does not know it."""


@runtime_checkable
class Recaller(Protocol):
    """A provider whose gateway tells the parameters of a drawing."""

    most_recalled: int  # most keys of one call

    def recall(self, keys: Sequence[str]) -> Mapping[str, Mapping[str, JSON]]:
        """Free, awaited. Key → parameters in the gateway's names; unknown keys are left
        out. Raises Refused where the account may not ask."""


@runtime_checkable
class Historian(Protocol):
    """A provider whose gateway keeps a history: lost answers can be recovered."""

    def fingerprint(self, order: Order) -> Fingerprint:
        """The fingerprint that a trace of the order's tasks would have. No call."""

    def history(self, newer: int = 0) -> Iterator[Sequence[str]]:
        """Free, page by page. The account's latest keys, some twice; deep enough to
        hold those that are older than ``newer`` others."""

    def history_requests(self, newer: int = 0) -> int:
        """Most requests that ``history(newer)`` makes. No call."""

    def trace(self, key: str) -> Trace:
        """Free. Raises Refused where the gateway does not know the key."""

    def called(self, body: bytes) -> str:
        """The key in a callback; empty where there is none. No call."""


@runtime_checkable
class Bookkeeper(Protocol):
    """A provider whose gateway lists all keys and charges: for reconciliation."""

    history_page_size: int  # keys of a full page

    def history_kinds(self) -> tuple[str, ...]:
        """Kinds of work; the history has pages for each. No call."""

    def history_page(self, kind: str, number: int) -> Listing:
        """Free. ``number`` counts from 0; a page beyond the last is empty."""

    def charges(self, keys: Sequence[str]) -> list[Charge]:
        """Free. One charge per key, also for keys that the gateway does not know; at
        most ``poll_batch`` keys."""
