"""Selects the account that sends a generation: by weight, without state.

Weighted rendezvous hashing: an account's score for a generation is constant and rises
with its weight. The highest of those that can take the generation gets it. A full,
paused or silent account's share flows to the others and comes back; no other moves.
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

#: With more than MOST_HANGING calls out for longer than this, an account hangs: its
#: share flows to the others until its breaker opens.
HANGS_AFTER = datetime.timedelta(seconds=5)
MOST_HANGING = 2
#: An uncertain generation occupies its account this long after sending.
MAY_DRAW = datetime.timedelta(minutes=15)


@dataclass(slots=True)
class Candidate:
    """``room``: pictures; None without a limit."""

    account: GatewayAccount
    is_free: bool
    room: int | None = None
    is_empty: bool = True

    def takes(self, pictures: int) -> bool:
        """An empty account takes a generation larger than its limit."""
        fits = self.room is None or pictures <= self.room or self.is_empty
        return self.is_free and fits

    def take(self, pictures: int) -> None:
        self.is_empty = False
        if self.room is not None:
            self.room -= pictures

    def score(self, generation: int) -> float:
        text = f"{generation} {self.account.pk}".encode()
        number = int.from_bytes(hashlib.blake2b(text, digest_size=8).digest())
        return self.account.weight / -math.log((number + 0.5) / 2**64)


def candidates(
    accounts: Sequence[GatewayAccount], mine: GatewayAccount, now: datetime.datetime
) -> list[Candidate]:
    """``mine`` is about to claim, so it does not hang."""
    hanging = _hanging(accounts, now) - {mine.pk} if len(accounts) > 1 else set()
    found = []
    for account in accounts:
        candidate = Candidate(
            account, account.is_free(now) and account.pk not in hanging
        )
        if account.most_open is not None:
            count = open_pictures(account)
            candidate.room, candidate.is_empty = account.most_open - count, not count
        found.append(candidate)
    return found


def select(
    generation: int, pictures: int, among: Iterable[Candidate]
) -> Candidate | None:
    """None: no candidate can take it now."""
    able = (candidate for candidate in among if candidate.takes(pictures))
    return max(able, key=lambda candidate: candidate.score(generation), default=None)


def has_room(account: GatewayAccount, pictures: int) -> bool:
    if account.most_open is None:
        return True
    count = open_pictures(account)
    return not count or count + pictures <= account.most_open


def open_pictures(account: GatewayAccount) -> int:
    """Being sent to the account, or unfinished there."""
    own = Sum("pictures", filter=Q(account=account))
    count = being_sent().aggregate(pictures=own)["pictures"] or 0
    since = timezone.now() - MAY_DRAW
    lost = Generation.objects.uncertain().filter(team__gt=0, submitting_at__gt=since)
    count += lost.aggregate(pictures=own)["pictures"] or 0
    # A task is one picture; the only one is all.
    split = ProviderTask.objects.filter(generation=OuterRef("generation"), position=1)
    open_tasks = ProviderTask.objects.filter(
        poll_after__isnull=False, status__in=ProviderTask.OPEN
    )
    for of, pictures, is_split in open_tasks.annotate(
        is_split=Exists(split)
    ).values_list("account", "generation__pictures", "is_split"):
        if of == account.pk:
            count += 1 if is_split else pictures
    return count


def _hanging(accounts: Sequence[GatewayAccount], now: datetime.datetime) -> set[int]:
    long = being_sent().filter(submitting_at__lt=now - HANGS_AFTER)
    out = Counter(long.values_list("account", flat=True))
    return {row.pk for row in accounts if out[row.pk] > MOST_HANGING}


def being_sent() -> QuerySet[Generation]:
    """Of all accounts: an account's index leads through all its generations."""
    sending = Generation.objects.filter(status=Generation.Status.SUBMITTING)
    return sending.filter(submitting_at__isnull=False)
