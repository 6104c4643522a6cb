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
from django.db.models import Exists, F, OuterRef

from gateways.clients import client_of, provider_of
from gateways.models import GatewayAccount
from generation.models import Callback, Generation, ProviderTask

#: Requests a second that we allow ourselves at an account, where no admin says
#: otherwise [assumed: both vendors limit requests, neither says to what]. Rounds over
#: what is open are never planned faster than this.
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
    allowed = min(account.most_a_second or MOST_A_SECOND, MOST_A_SECOND)
    a_second = allowed * client_of(account).poll_batch
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
    """Allows so many requests in any second, and only some of them at once.

    It starts empty, for nobody knows what an earlier leader did a moment ago: however
    often leaders change, together they keep the rate. ``beside`` is the account's count
    of requests that people made meanwhile.
    """

    def __init__(self, most_a_second: float, beside: int = 0) -> None:
        self.most_a_second, self._beside = most_a_second, beside
        self._tokens, self._at = 0.0, time.monotonic()

    def left(self) -> int:
        """What may go now: in a second what may go at once, and what comes to it, are
        the allowance together."""
        at_once = max(self.most_a_second // 4, 1.0)
        a_second = self.most_a_second - at_once + 1.0
        now = time.monotonic()
        filled = self._tokens + (now - self._at) * a_second
        self._tokens, self._at = min(filled, at_once), now
        return max(int(self._tokens), 0)

    def take(self, requests: int) -> None:
        """More than is left is made up for before anything else goes."""
        self._tokens -= requests

    def make_up_for(self, beside: int) -> None:
        """What people asked for since: it went at once, so it is taken afterwards."""
        self.take(max(beside - self._beside, 0))
        self._beside = beside


def ask_beside(account: GatewayAccount, requests: int) -> None:
    """Somebody waits for so many requests: they go at once, and the pump's bucket
    makes up for them."""
    rows = GatewayAccount.objects.filter(pk=account.pk)
    rows.update(asked_beside=F("asked_beside") + requests)


def allowances() -> dict[str, tuple[float, int]]:
    """Account name → requests a second, and the count of those beside the pump."""
    columns = ("provider", "app_id", "most_a_second", "asked_beside")
    known = {
        (provider, app_id): (most or MOST_A_SECOND, beside)
        for provider, app_id, most, beside in GatewayAccount.objects.values_list(
            *columns
        )
    }
    usual = (MOST_A_SECOND, 0)
    return {
        name: known.get((provider_of(name), options["app_id"]), usual)
        for name, options in settings.GATEWAYS.items()
    }
