"""What is known of an account just now: how much is open there, how long its models
take, whether its callbacks come. Every process looks anew every few seconds.
"""

import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median

from django.conf import settings
from django.core.cache import cache
from django.db.models import Exists, OuterRef

from generation.clients import client
from generation.models import Callback, GatewayAccount, Generation, ProviderTask
from generation.perprocess import once_a_process

#: Polls a second that we allow ourselves at one account, and how many at once [assumed:
#: both vendors limit requests, neither says to what].
MOST_A_SECOND = 20.0
LIVE_SECONDS = 5
#: Of the last so many ended, this share must have called back, and so many at least.
LAST_ENDED = 20
SHARE_CALLED_BACK = 0.9
FEWEST_CALLED_BACK = 5
LAST_DRAWN = 200
Status = Generation.Status


@dataclass(frozen=True, slots=True)
class Traffic:
    """Times in seconds."""

    #: To ask after everything that is open once, as fast as we allow ourselves.
    round_seconds: float = 0.0
    has_callbacks: bool = False
    #: (operation, model) → the median from key to end, of the last ones.
    usual: Mapping[tuple[str, str], float] = field(default_factory=dict)

    def usual_for(self, generation: Generation) -> float | None:
        return self.usual.get((generation.operation, generation.model))


def at(account: GatewayAccount) -> Traffic:
    key = f"traffic-{account.pk}"
    known: Traffic | None = cache.get(key)
    if known is None:
        known = _look(account)
        cache.set(key, known, LIVE_SECONDS)
    return known


def _look(account: GatewayAccount) -> Traffic:
    waiting = ProviderTask.objects.filter(account=account, poll_after__isnull=False)
    a_second = MOST_A_SECOND * client(account.provider).poll_batch
    return Traffic(waiting.count() / a_second, _calls_back(account), _usual(account))


def _usual(account: GatewayAccount) -> dict[tuple[str, str], float]:
    drawn = ProviderTask.objects.filter(
        account=account, status=ProviderTask.Status.SUCCEEDED, finished_at__isnull=False
    ).order_by("-pk")
    took = defaultdict(list)
    for operation, model, began, ended in drawn.values_list(
        "generation__operation", "generation__model", "created_at", "finished_at"
    )[:LAST_DRAWN]:
        assert ended is not None
        took[operation, model].append((ended - began).total_seconds())
    return {of: median(seconds) for of, seconds in took.items()}


def _calls_back(account: GatewayAccount) -> bool:
    if not settings.PUBLIC_URL:
        return False
    ended = Generation.objects.filter(
        account=account, status__in=(Status.DONE, Status.FAILED)
    ).order_by("-pk")
    called = Exists(Callback.objects.filter(generation=OuterRef("pk")))
    came = list(ended.annotate(came=called).values_list("came", flat=True)[:LAST_ENDED])
    enough = max(SHARE_CALLED_BACK * len(came), FEWEST_CALLED_BACK)
    return came.count(True) >= enough


class Bucket:
    """Allows so many calls a second, and as many at once after a pause."""

    def __init__(self) -> None:
        self._tokens, self._at = MOST_A_SECOND, time.monotonic()

    def left(self) -> int:
        now = time.monotonic()
        filled = self._tokens + (now - self._at) * MOST_A_SECOND
        self._tokens, self._at = min(filled, MOST_A_SECOND), now
        return int(self._tokens)

    def take(self, calls: int) -> None:
        self._tokens -= calls


@once_a_process
def bucket(provider: str) -> Bucket:
    """Of the one account that we have at this provider."""
    return Bucket()
