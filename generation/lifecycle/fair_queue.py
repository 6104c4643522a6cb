"""The order of a provider's queue: start-time fair queueing, counted in pictures.

A new generation's turn is max(turn sent last, turn plus pictures of the person's last
generation): everybody's next picture stands about equally far in front. The turn sent
last only rises; accounts keep it. A retried generation keeps its turn.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from accounts.models import User
from gateways.models import AccountHealth, GatewayAccount
from generation.models import Generation

#: Without a time of sending: never sent.
UNSENT = (Generation.Status.CANCELLED, Generation.Status.FAILED)
#: Pictures ahead beyond this number are shown as "100+".
MOST_AHEAD = 100


@dataclass(frozen=True, slots=True)
class QueuePosition:
    turn: int
    pk: int
    pictures: int


def next_turn(
    provider: str, accounts: Iterable[GatewayAccount], requested_by: User
) -> int:
    now = sent_last(accounts)
    theirs = Generation.objects.filter(provider=provider, requested_by=requested_by)
    # One that ended unsent took nobody's turn, and a paused one gets another.
    unsent = Q(status__in=UNSENT, submitting_at=None)
    unsent |= Q(status=Generation.Status.PAUSED)
    before = theirs.exclude(unsent).order_by("-created_at", "-pk")
    last = before.values_list("turn", "pictures").first()
    return max(now, sum(last)) if last else now


def sent_last(accounts: Iterable[GatewayAccount]) -> int:
    return max((account.turn for account in accounts), default=0)


def note_sent(account: GatewayAccount, turn: int) -> None:
    if turn > account.turn:
        row = GatewayAccount.objects.filter(pk=account.pk, turn__lt=turn)
        row.update(turn=turn)


def front(provider: str) -> list[QueuePosition]:
    """Enough to count MOST_AHEAD pictures. Generations pinned to a closed account hold
    up nobody."""
    closed = (AccountHealth.Sending.PAUSED, AccountHealth.Sending.DRAINING)
    rows = Generation.objects.queued().filter(provider=provider)
    rows = rows.exclude(is_pinned=True, account__health__sending__in=closed)
    found = rows.values_list("turn", "pk", "pictures")[: MOST_AHEAD + 1]
    return [QueuePosition(*row) for row in found]


def ahead(positions: Iterable[QueuePosition], turn: int, pk: int | None) -> int:
    """Pictures before that position, at most MOST_AHEAD + 1; without ``pk``, before one
    that would come last in its turn."""
    before = sum(
        position.pictures
        for position in positions
        if (position.turn, position.pk if pk else 0) < (turn, pk or 1)
    )
    return min(before, MOST_AHEAD + 1)
