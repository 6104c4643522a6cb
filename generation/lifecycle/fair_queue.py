"""Whose turn it is: a hundred generations of one person do not hold up another's one.

A provider's queue goes by turns (start-time fair queueing). A generation's turn is the
one that was sent last, or, where the person still has something before it, that one's
turn and as many more as it has pictures. So everybody's next picture stands about as
far in front, however many they asked for. What was sent last only ever rises, and is
kept with the accounts: what is tried again keeps its turn, and takes nobody back.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from accounts.models import User
from gateways.models import AccountHealth, GatewayAccount
from generation.models import Generation

#: With no time of sending, they never were sent.
UNSENT = (Generation.Status.CANCELLED, Generation.Status.FAILED)
#: Pictures ahead are counted so far; then it is "100+".
MOST_AHEAD = 100


@dataclass(frozen=True, slots=True)
class Place:
    turn: int
    pk: int
    pictures: int


def next_turn(
    provider: str, accounts: Iterable[GatewayAccount], requested_by: User
) -> int:
    """Of what this person asks for now."""
    now = sent_last(accounts)
    theirs = Generation.objects.filter(provider=provider, requested_by=requested_by)
    # What was taken back, or given up, before it was sent took nobody's turn.
    unsent = Q(status__in=UNSENT, submitting_at=None)
    before = theirs.exclude(unsent).order_by("-created_at", "-pk")
    last = before.values_list("turn", "pictures").first()
    return max(now, sum(last)) if last else now


def sent_last(accounts: Iterable[GatewayAccount]) -> int:
    return max((account.turn for account in accounts), default=0)


def sent(account: GatewayAccount, turn: int) -> None:
    if turn > account.turn:
        row = GatewayAccount.objects.filter(pk=account.pk, turn__lt=turn)
        row.update(turn=turn)


def front(provider: str) -> list[Place]:
    """The queue's beginning: enough to count what is ahead. What waits for an account
    that takes nothing holds up nobody."""
    closed = (AccountHealth.Sending.PAUSED, AccountHealth.Sending.DRAINING)
    rows = Generation.objects.queued().filter(provider=provider)
    rows = rows.exclude(is_pinned=True, account__health__sending__in=closed)
    found = rows.values_list("turn", "pk", "pictures")[: MOST_AHEAD + 1]
    return [Place(*row) for row in found]


def ahead(places: Iterable[Place], turn: int, pk: int | None) -> int:
    """Pictures before that place, at most one more than are counted; without a ``pk``
    before what comes last in its turn."""
    before = sum(
        place.pictures
        for place in places
        if (place.turn, place.pk if pk else 0) < (turn, pk or 1)
    )
    return min(before, MOST_AHEAD + 1)
