"""How busy a gateway account is: open tasks, usual durations, callbacks, request rate.

Each process reads them anew every ``CACHE_SECONDS``.
"""

import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median

from django.conf import settings
from django.core.cache import cache
from django.db.models import Exists, F, OuterRef

from gateways.clients import client_of, provider_of
from gateways.models import GatewayAccount
from generation.models import Callback, Generation, ProviderTask

#: Requests a second at an account without an admin's number, and the most in a round of
#: polls [assumed: both vendors limit requests, neither says to what].
MOST_A_SECOND = 20.0
CACHE_SECONDS = 5
#: Callbacks arrive when this share of the last ended generations had one, and at least
#: this number.
LAST_ENDED = 20
SHARE_CALLED_BACK = 0.9
FEWEST_CALLED_BACK = 5
#: Usual durations: medians over this number of succeeded tasks.
LAST_SUCCEEDED = 200
Status = Generation.Status


@dataclass(frozen=True, slots=True)
class AccountLoad:
    """Times in seconds."""

    #: To poll every open task once at the allowed rate.
    round_seconds: float = 0.0
    has_callbacks: bool = False
    #: (operation, model) → median time from key to end.
    usual: Mapping[tuple[str, str], float] = field(default_factory=dict)

    def usual_for(self, generation: Generation) -> float | None:
        return self.usual.get((generation.operation, generation.model))


def at(account: GatewayAccount) -> AccountLoad:
    key = f"account-load-{account.pk}"
    known: AccountLoad | None = cache.get(key)
    if known is None:
        known = _read(account)
        cache.set(key, known, CACHE_SECONDS)
    return known


def _read(account: GatewayAccount) -> AccountLoad:
    polled = ProviderTask.objects.filter(account=account, poll_after__isnull=False)
    allowed = min(account.most_a_second or MOST_A_SECOND, MOST_A_SECOND)
    keys_a_second = allowed * client_of(account).poll_batch
    return AccountLoad(
        polled.count() / keys_a_second, _has_callbacks(account), _usual(account)
    )


def _usual(account: GatewayAccount) -> dict[tuple[str, str], float]:
    succeeded = ProviderTask.objects.filter(
        account=account, status=ProviderTask.Status.SUCCEEDED, finished_at__isnull=False
    ).order_by("-pk")
    took = defaultdict(list)
    for operation, model, began, ended in succeeded.values_list(
        "generation__operation", "generation__model", "created_at", "finished_at"
    )[:LAST_SUCCEEDED]:
        assert ended is not None
        took[operation, model].append((ended - began).total_seconds())
    return {of: median(seconds) for of, seconds in took.items()}


def _has_callbacks(account: GatewayAccount) -> bool:
    if not settings.PUBLIC_URL:
        return False
    ended = Generation.objects.filter(
        account=account, status__in=(Status.DONE, Status.FAILED)
    ).order_by("-pk")
    called = Exists(Callback.objects.filter(generation=OuterRef("pk")))
    last = list(ended.annotate(came=called).values_list("came", flat=True)[:LAST_ENDED])
    enough = max(SHARE_CALLED_BACK * len(last), FEWEST_CALLED_BACK)
    return last.count(True) >= enough


class TokenBucket:
    """Allows ``most_a_second`` requests in any second, and a quarter of them at once.

    Starts empty, as an earlier leader's requests are unknown: the rate holds when
    leaders change. ``direct``: the account's running count by `count_direct_requests`.
    """

    def __init__(self, most_a_second: float, direct: int = 0) -> None:
        self.most_a_second, self._direct = most_a_second, direct
        self._tokens, self._at = 0.0, time.monotonic()

    def left(self) -> int:
        """Burst plus refill of one second equal the allowance."""
        burst = max(self.most_a_second // 4, 1.0)
        refill = self.most_a_second - burst + 1.0
        now = time.monotonic()
        filled = self._tokens + (now - self._at) * refill
        self._tokens, self._at = min(filled, burst), now
        return max(int(self._tokens), 0)

    def take(self, requests: int) -> None:
        """To take more than is left delays later requests."""
        self._tokens -= requests

    def take_direct(self, direct: int) -> None:
        self.take(max(direct - self._direct, 0))
        self._direct = direct


def count_direct_requests(account: GatewayAccount, requests: int) -> None:
    """For requests that a view makes at once; the pump's bucket makes up for them."""
    rows = GatewayAccount.objects.filter(pk=account.pk)
    rows.update(asked_beside=F("asked_beside") + requests)


def allowances() -> dict[str, tuple[float, int]]:
    """Account name → requests a second, count of direct requests."""
    columns = ("provider", "app_id", "most_a_second", "asked_beside")
    known = {
        (provider, app_id): (most or MOST_A_SECOND, direct)
        for provider, app_id, most, direct in GatewayAccount.objects.values_list(
            *columns
        )
    }
    usual = (MOST_A_SECOND, 0)
    return {
        name: known.get((provider_of(name), options["app_id"]), usual)
        for name, options in settings.GATEWAYS.items()
    }
