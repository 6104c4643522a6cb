"""What a provider can be asked: each gateway account is a `Provider`, and what only
some gateways offer is a protocol of its own.

It is used from several threads at once; every call may raise the errors of ``base``.
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
    """One gateway account. Thread-safe; every call may raise the errors above."""

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
        """Free. One update a key of one family, also for keys the gateway does not
        know. ``awaited``: a person's page waits for it."""

    def detail(self, key: str, family: Family = Family.USUAL) -> TaskUpdate:
        """Free. One task by the gateway's fullest answer (Wujie: ``/ai/info``)."""

    def told(self, key: str) -> Mapping[str, JSON]:
        """Free, awaited. All that the gateway says of a task, as it says it; empty
        where it has no such call."""

    def quote(self, order: Order) -> Quote:
        """Free."""

    def cancel(self, key: str) -> None:
        """Raises Refused where it is too late or not offered."""

    def accelerate(self, key: str, steps: int) -> None:
        """Paid, and without an idempotency key. Move the key's whole request forward
        by so many places. Raises Refused where it is too late or not offered."""

    def balance(self) -> int | None:
        """What is left in the account, or None where the gateway does not tell."""

    def models(self) -> list[Model]:
        """What can be drawn with; empty where the gateway has no list."""

    def resources(self, model_code: str) -> Resources:
        """Sizes and styles that one model offers."""

    def lists(self) -> Mapping[str, Sequence[Choice]]:
        """What the gateway lists beside its models, by our name of the list."""

    def notice(self, body: bytes) -> Notice | None:
        """A fault notice that came in; None where it says none. No call."""

    def is_forged(self, authorization: str) -> bool:
        """Whether a callback with such a header is certainly not the gateway's. What
        is not signed may be anybody's. No call."""

    def close(self) -> None: ...


@runtime_checkable
class Trainer(Protocol):
    """A provider whose gateway trains avatars. Every call is free."""

    def check_photos(self, urls: Sequence[str]) -> list[PhotoCheck]:
        """What it says of each, before it is trained with. A person waits for it."""

    def delete_avatar(self, key: str) -> None:
        """Raises Refused where the gateway does not know it."""


@runtime_checkable
class Recaller(Protocol):
    """A provider whose gateway tells with what it drew, many keys a call."""

    most_recalled: int  # keys a call

    def recall(self, keys: Sequence[str]) -> Mapping[str, Mapping[str, JSON]]:
        """Free, awaited. By key, in the gateway's names; without keys that it does not
        know. Raises Refused where the account may not ask."""


@runtime_checkable
class Historian(Protocol):
    """A provider whose gateway keeps a history: a lost answer can be made good."""

    def fingerprint(self, order: Order) -> Fingerprint:
        """What a trace of the order's tasks would say. No call."""

    def history(self, newer: int = 0) -> Iterator[Sequence[str]]:
        """Free, page by page. Keys that the account made, some twice; not always all
        of them, but also those that are older than ``newer`` others."""

    def history_requests(self, newer: int = 0) -> int:
        """Most requests that ``history(newer)`` makes. No call."""

    def trace(self, key: str) -> Trace:
        """Free. Raises Refused where the gateway does not know the key."""

    def called(self, body: bytes) -> str:
        """The key that a callback names; empty where it names none. No call."""


@runtime_checkable
class Bookkeeper(Protocol):
    """A provider whose gateway lists what it made: both books can be compared."""

    history_page_size: int  # keys of a full page

    def history_kinds(self) -> tuple[str, ...]:
        """What the history is asked for by; each kind has pages of its own. No call."""

    def history_page(self, kind: str, number: int) -> Listing:
        """Free. Pages are counted from 0; one beyond the last is empty."""

    def charges(self, keys: Sequence[str]) -> list[Charge]:
        """Free. One a key, also for keys the gateway does not know; at most
        ``poll_batch`` at a time."""
