"""What the gateways say that they hold, beside what the teams may spend there.

Written when a gateway's balance is read.
"""

import datetime
from dataclasses import dataclass
from typing import Any

from django.db.models import Sum
from django.utils import timezone

from spend import purses
from spend.models import LedgerAccount, PurseBalance

#: An older answer says nothing: its account may not be in use any more.
FRESH_FOR = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Cover:
    """``promised``: available to all teams after an allocation; ``held``: there."""

    held: int
    promised: int

    @property
    def is_short(self) -> bool:
        return self.promised > self.held


def update(gateway: str, account: str, unit: str, balance: int | None) -> None:
    """None: the gateway does not tell."""
    key: dict[str, Any] = {"gateway": gateway, "account": account, "unit": unit}
    if balance is None:
        PurseBalance.objects.filter(**key).delete()
        return
    now = {"balance": balance, "read_at": timezone.now()}
    PurseBalance.objects.update_or_create(**key, defaults=now)


def cover(unit: str, gateway: str = "", amount: int = 0) -> Cover | None:
    """After ``amount`` more was allocated. None where no balance is known.
    ``gateway``: by default the purse in use."""
    key = {"unit": unit, "gateway": gateway or purses.current(unit)}
    fresh = PurseBalance.objects.filter(**key, read_at__gte=timezone.now() - FRESH_FOR)
    held = fresh.aggregate(all=Sum("balance"))["all"]
    if held is None:
        return None
    available = LedgerAccount.objects.filter(
        **key, kind=LedgerAccount.Kind.AVAILABLE, balance__gt=0
    )
    promised = available.aggregate(all=Sum("balance"))["all"] or 0
    return Cover(held, promised + amount)
