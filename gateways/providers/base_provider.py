"""The base of providers that offer little; a subclass overrides what it has."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from gateways.providers.base import (
    JSON,
    Choice,
    Family,
    Model,
    Notice,
    Order,
    Quote,
    Resources,
    Submitted,
    TaskUpdate,
)
from gateways.providers.error_codes import Codes
from gateways.providers.errors import Refused
from gateways.providers.task_fields import Vocabulary
from spend.units import Unit


class BareProvider:
    """Without callback, cancel, price list, balance, catalogue and audit.

    A subclass sets ``name``, ``unit``, ``codes`` and ``vocabulary``, and defines
    ``submit``, ``detail`` and ``quote``.
    """

    name: str
    unit: Unit
    other_units: tuple[Unit, ...] = ()
    poll_batch = 1
    unpriced_fields: frozenset[str] = frozenset()
    codes: ClassVar[Codes]
    vocabulary: Vocabulary
    result_days: int | None = None

    def submit(self, order: Order, *, notify_url: str = "") -> Submitted:
        raise NotImplementedError

    def detail(self, key: str, family: Family = Family.USUAL) -> TaskUpdate:
        raise NotImplementedError

    def quote(self, order: Order) -> Quote:
        raise NotImplementedError

    def poll(
        self,
        keys: Sequence[str],
        family: Family = Family.USUAL,
        *,
        awaited: bool = False,
    ) -> list[TaskUpdate]:
        return [self.detail(key, family) for key in keys]

    def describe(self, key: str) -> Mapping[str, JSON]:
        return {}

    def cancel(self, key: str) -> None:
        raise Refused(f"{self.name} offers no way to cancel.")

    def accelerate(self, key: str, steps: int) -> None:
        raise Refused(f"{self.name} offers no way to accelerate.")

    def balance(self) -> int | None:
        return None

    def models(self) -> list[Model]:
        return []

    def resources(self, model_code: str) -> Resources:
        return Resources()

    def lists(self) -> Mapping[str, Sequence[Choice]]:
        return {}

    def notice(self, body: bytes) -> Notice | None:
        return None

    def is_forged(self, authorization: str) -> bool:
        return False

    def is_signed(self, authorization: str) -> bool:
        return False

    def close(self) -> None:
        """Nothing is held open."""
