"""What a moderator wants to know of a picture before deciding: few bounded queries."""

from typing import Any

from django.db.models import Count

from generation.models import Artwork, Generation
from moderation.models import Decision, Review
from moderation.numbers import interval

#: Looked back at most, so that no fact costs more the longer a portal runs.
LOOK_BACK = 200
#: Rates this near to one another are alike.
BAND = 0.1


def about(artwork: Artwork, review: Review | None) -> dict[str, Any]:
    asked = Generation.objects.filter(requested_by=artwork.requested_by_id)
    asked = asked.order_by("-created_at", "-pk")
    lately = list(asked.values_list("pk", flat=True)[:LOOK_BACK])
    return {
        "overturned": overturned(review) if review else None,
        "asker": _history_of(artwork, lately),
        "siblings": _siblings(artwork, lately),
    }


def overturned(review: Review) -> dict[str, Any] | None:
    """How often people released what was held for this label at about this rate; with
    the 95 % interval of the share. None: never decided so far."""
    rows = Review.objects.real().filter(
        team=review.team_id, label=review.label, status=Review.Status.CLOSED
    )
    if review.rate is not None:
        rows = rows.filter(rate__range=(review.rate - BAND, review.rate + BAND))
    lately = rows.order_by("-closed_at").values_list("decision__action", flat=True)
    actions = [action for action in lately[:LOOK_BACK] if action]
    if not actions:
        return None
    released = actions.count(Decision.Action.RELEASE)
    low, high = interval(released, len(actions))
    return {"released": released, "of": len(actions), "low": low, "high": high}


def _history_of(artwork: Artwork, lately: list[int]) -> dict[str, int]:
    """What became of the latest that the same person asked for in this team."""
    counted = dict(
        Artwork.objects.filter(generation__in=lately, team=artwork.team_id)
        .order_by()
        .values_list("moderation")
        .annotate(Count("pk"))
    )
    return {"of": sum(counted.values()), **{str(key): n for key, n in counted.items()}}


def _siblings(artwork: Artwork, lately: list[int]) -> list[Artwork]:
    """Pictures of the same words by the same person."""
    alike = Generation.objects.filter(
        pk__in=[*lately, artwork.generation_id],
        prompt=artwork.generation.prompt,
        team=artwork.team_id,
    )
    rows = Artwork.objects.filter(generation__in=alike, stored_at__isnull=False)
    return list(rows.exclude(pk=artwork.pk).order_by("-pk")[:6])
