"""A decision's effects on the ledger, in the settling transaction.

A rejected picture's cost stays spent or is written off, by the team's setting
(``spend.rejections``); a later release restores it as spent. Refunds are booked when
the gateway reports them (``generation.lifecycle``).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count, Sum

from accounts.models import Team
from generation import lifecycle
from generation.models import Artwork
from spend import ledger, rejections
from spend.models import Transfer


def reject(artworks: Iterable[Artwork]) -> None:
    """Call before the artworks move: the ledger is locked first."""
    by_team: dict[int, list[Artwork]] = {}
    for artwork in artworks:
        by_team.setdefault(artwork.team_id, []).append(artwork)
    for team in sorted(by_team):
        if rejections.rule(Team(pk=team)) != rejections.Rejection.KEEP:
            _book(by_team[team])


def release(artworks: Iterable[Artwork]) -> None:
    """Restore the cost of rejected ones. Call before the artworks move."""
    rejected = Artwork.Moderation.REJECTED
    for artwork in _in_order(a for a in artworks if a.moderation == rejected):
        subject = lifecycle.ledger_subject(artwork.generation)
        rejections.restore(subject, picture=picture(artwork))


def picture(artwork: Artwork) -> str:
    """The artwork's name in the ledger."""
    return f"artwork:{artwork.pk}"


def costs(artworks: Sequence[Artwork]) -> dict[int, int]:
    """Artwork → cost in its generation's unit; 0 until booked.

    The pictures of a task share its cost; the last ones get the remainder.
    """
    tasks = {artwork.task_id for artwork in artworks}
    counted = Artwork.objects.filter(task__in=tasks).order_by().values_list("task")
    shares = dict(counted.annotate(Count("pk")))
    return {
        artwork.pk: _share(artwork, shares[artwork.task_id]) for artwork in artworks
    }


@dataclass(frozen=True, slots=True)
class Booked:
    """In the generation's unit: the picture's cost, its written-off part (``lost``),
    its task's refunds from the gateway."""

    cost: int
    lost: int
    refunded: int


def booked(artwork: Artwork) -> Booked:
    refunds = Transfer.objects.filter(
        generation=artwork.generation_id,
        kind=Transfer.Kind.REFUND,
        reference__startswith=f"{artwork.task.reference}:",
    )
    return Booked(
        cost=costs([artwork])[artwork.pk],
        lost=ledger.lost(artwork.generation_id, f"{picture(artwork)}:"),
        refunded=refunds.aggregate(all=Sum("amount"))["all"] or 0,
    )


def _share(artwork: Artwork, of: int) -> int:
    cost = (artwork.task.cost or 0) if artwork.task.is_booked else 0
    place = artwork.position
    return cost * (place + 1) // of - cost * place // of


def _book(artworks: Sequence[Artwork]) -> None:
    cost = costs(artworks)
    for artwork in _in_order(artworks):
        if cost[artwork.pk]:
            subject = lifecycle.ledger_subject(artwork.generation)
            reference = rejections.next_reference(subject, picture(artwork))
            rejections.book(subject, cost[artwork.pk], reference=reference)


def _in_order(artworks: Iterable[Artwork]) -> list[Artwork]:
    """By purse: everybody locks purses in this order."""
    return sorted(
        artworks, key=lambda artwork: lifecycle.ledger_subject(artwork.generation).purse
    )
