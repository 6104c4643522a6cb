"""Which of a gateway's accounts sends a generation: by weight, and without any state.

Each account draws a number for each generation, the heavier the higher, always the
same (weighted rendezvous hashing). The highest of those that can take it has it. So
the share of an account that is full, paused or silent flows to the others, and comes
back, and nobody else's moves.
"""

import datetime
import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from gateways.models import GatewayAccount
from generation.models import Generation, ProviderTask

#: An account whose calls have been out for so long, and so many of them, hangs: until
#: its breaker opens, its share flows to the others.
HANGS_AFTER = datetime.timedelta(seconds=5)
MOST_HANGING = 2
#: What was sent and not answered counts as drawn there for so long.
MAY_DRAW = datetime.timedelta(minutes=15)


@dataclass(slots=True)
class Choice:
    """An account with its room just now: pictures, or None where no limit is known."""

    account: GatewayAccount
    is_free: bool
    room: int | None = None
    is_empty: bool = True

    def takes(self, pictures: int) -> bool:
        """What alone is more than all that fits goes when nothing else is there."""
        fits = self.room is None or pictures <= self.room or self.is_empty
        return self.is_free and fits

    def take(self, pictures: int) -> None:
        self.is_empty = False
        if self.room is not None:
            self.room -= pictures

    def draw(self, generation: int) -> float:
        text = f"{generation} {self.account.pk}".encode()
        number = int.from_bytes(hashlib.blake2b(text, digest_size=8).digest())
        return self.account.weight / -math.log((number + 0.5) / 2**64)


def choices(
    accounts: Sequence[GatewayAccount], mine: GatewayAccount, now: datetime.datetime
) -> list[Choice]:
    """``mine`` is about to claim, so it does not hang."""
    hanging = _hanging(accounts, now) - {mine.pk} if len(accounts) > 1 else set()
    found = []
    for account in accounts:
        choice = Choice(account, account.is_free(now) and account.pk not in hanging)
        if account.most_open is not None:
            there = open_pictures(account)
            choice.room, choice.is_empty = account.most_open - there, not there
        found.append(choice)
    return found


def chosen(generation: int, pictures: int, among: Iterable[Choice]) -> Choice | None:
    """None: none can take it just now."""
    can = (choice for choice in among if choice.takes(pictures))
    return max(can, key=lambda choice: choice.draw(generation), default=None)


def has_room(account: GatewayAccount, pictures: int) -> bool:
    if account.most_open is None:
        return True
    there = open_pictures(account)
    return not there or there + pictures <= account.most_open


def open_pictures(account: GatewayAccount) -> int:
    """Pictures that are being sent there, or that are not finished there."""
    mine = Sum("pictures", filter=Q(account=account))
    there = being_sent().aggregate(pictures=mine)["pictures"] or 0
    since = timezone.now() - MAY_DRAW
    lost = Generation.objects.uncertain().filter(team__gt=0, submitting_at__gt=since)
    there += lost.aggregate(pictures=mine)["pictures"] or 0
    # A task is one picture, or all of them where it is the only one (Jumdata).
    split = ProviderTask.objects.filter(generation=OuterRef("generation"), position=1)
    open_tasks = ProviderTask.objects.filter(
        poll_after__isnull=False, status__in=ProviderTask.OPEN
    )
    for of, pictures, is_split in open_tasks.annotate(
        is_split=Exists(split)
    ).values_list("account", "generation__pictures", "is_split"):
        if of == account.pk:
            there += 1 if is_split else pictures
    return there


def _hanging(accounts: Sequence[GatewayAccount], now: datetime.datetime) -> set[int]:
    long = being_sent().filter(submitting_at__lt=now - HANGS_AFTER)
    out = Counter(long.values_list("account", flat=True))
    return {row.pk for row in accounts if out[row.pk] > MOST_HANGING}


def being_sent() -> QuerySet[Generation]:
    """Of all accounts: an account's index would lead through all that it ever made."""
    sending = Generation.objects.filter(status=Generation.Status.SUBMITTING)
    return sending.filter(submitting_at__isnull=False)
