"""What a moderator wants to know of a picture before deciding: few bounded queries."""

from collections.abc import Collection
from typing import Any

from django.db.models import Count, QuerySet

from generation import uploads
from generation.models import Artwork, Generation, Upload
from moderation import duplicate_decisions, rules, similar_decisions
from moderation.models import Decision, Review, Rule
from moderation.numbers import interval
from moderation.templatetags.review import Label, labels

#: Looked back at most, so that no fact costs more the longer a portal runs.
LOOK_BACK = 200
#: Of a label's decisions so many are looked through for a rate.
OF_A_LABEL = 2000
#: Rates this near to one another are alike.
BAND = 0.1


def about(artwork: Artwork, review: Review | None) -> dict[str, Any]:
    book = rules.book(artwork.team_id)
    asked = Generation.objects.order_by("-created_at", "-pk")
    own = asked.filter(requested_by=artwork.requested_by_id)
    lately = list(own.values_list("pk", flat=True)[:LOOK_BACK])
    others = asked.filter(team=artwork.team_id).values_list("pk", flat=True)
    return {
        "book": book,
        "audit": _audit(artwork, book),
        "overturned": overturned(review, artwork.verdict) if review else None,
        "asker": _history_of(artwork, lately),
        "siblings": _siblings(artwork, {*lately, *others[:LOOK_BACK]}),
        "suggestions": similar_decisions.suggestions(artwork, book.alike_within),
        **_references(artwork),
    }


def _audit(artwork: Artwork, book: rules.Book) -> list[tuple[Label, list[Rule]]]:
    """What the audit says of each label, and the rules that speak of it."""
    operation = artwork.generation.operation
    return [
        (row, rules.speaking_of(rules.Row(verdict, label), book, operation))
        for row in labels(artwork)
        for verdict, label in [(str(row.get("verdict")), str(row.get("label")))]
    ]


def _references(artwork: Artwork) -> dict[str, Any]:
    """The pictures that its author brought along, and how many of them are gone."""
    asked = uploads.tokens(artwork.generation.parameters)
    if not asked:
        return {}
    found = list(brought_along(artwork).order_by("pk"))
    return {"references": found, "references_gone": len(asked) - len(found)}


def brought_along(artwork: Artwork) -> "QuerySet[Upload]":
    """Whoever may review what came of them may see them."""
    asked = uploads.tokens(artwork.generation.parameters)
    return Upload.objects.filter(token__in=asked, uploaded_by=artwork.requested_by_id)


def overturned(review: Review, verdict: str) -> dict[str, Any] | None:
    """How often people released what the gateway said the same of, for this label at
    about this rate; with the 95 % interval of the share. None: never decided so far.

    A rate is how sure the gateway is of its verdict: a pass at 0.99 is no block at it.
    """
    rows = Review.objects.real().filter(
        team=review.team_id, label=review.label, status=Review.Status.CLOSED
    )
    # However rare that is, no more of the label's are read.
    latest = rows.order_by("-closed_at").values("pk")[:OF_A_LABEL]
    rows = Review.objects.filter(pk__in=latest, artwork__verdict=verdict)
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


def _siblings(
    artwork: Artwork, lately: Collection[int]
) -> list[tuple[Artwork, Decision | None]]:
    """Pictures of the same words, the same person's or the team's, each with what a
    person decided of it."""
    alike = Generation.objects.filter(
        pk__in=[*lately, artwork.generation_id],
        prompt=artwork.generation.prompt,
        team=artwork.team_id,
    )
    rows = Artwork.objects.filter(generation__in=alike, stored_at__isnull=False)
    found = list(rows.exclude(pk=artwork.pk).order_by("-pk")[:6])
    if not found:
        return []
    said = {
        row.artwork_id: row
        for row in duplicate_decisions.standing([each.pk for each in found])
    }
    return [(each, said.get(each.pk)) for each in found]
