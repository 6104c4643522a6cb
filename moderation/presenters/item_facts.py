"""Facts that a moderator sees before deciding: few bounded queries."""

from collections.abc import Collection
from typing import Any

from django.db.models import Count, QuerySet

from generation import uploads
from generation.models import Artwork, Generation, Upload
from moderation import duplicate_decisions, rules, similar_decisions
from moderation.models import Decision, Review, Rule
from moderation.numbers import interval
from moderation.presenters.wording import Label, labels

#: Most rows that a fact reads, however large the portal.
LOOK_BACK = 200
#: Reviews of a label searched for a rate.
LOOK_BACK_FOR_RATE = 2000
#: Largest difference between similar rates.
SIMILAR_RATE = 0.1
MOST_SIBLINGS = 6
MOST_LATEST = 8


def about(artwork: Artwork, review: Review | None) -> dict[str, Any]:
    team_rules = rules.in_force(artwork.team_id)
    generations = Generation.objects.order_by("-created_at", "-pk")
    own = generations.filter(requested_by=artwork.requested_by_id)
    latest = list(own.values_list("pk", flat=True)[:LOOK_BACK])
    of_team = generations.filter(team=artwork.team_id).values_list("pk", flat=True)
    within = team_rules.alike_within
    return {
        "team_rules": team_rules,
        "audit": _audit(artwork, team_rules),
        "overturned": overturned(review, artwork.verdict) if review else None,
        "asker": _requester_history(artwork, latest),
        "latest": _latest(artwork, latest),
        "siblings": _siblings(artwork, {*latest, *of_team[:LOOK_BACK]}),
        "suggestions": similar_decisions.suggestions(artwork, within),
        **_references(artwork),
    }


def _audit(
    artwork: Artwork, team_rules: rules.TeamRules
) -> list[tuple[Label, list[Rule]]]:
    operation = artwork.generation.operation
    return [
        (row, rules.applying_to(rules.Row(verdict, label), team_rules, operation))
        for row in labels(artwork)
        for verdict, label in [(str(row.get("verdict")), str(row.get("label")))]
    ]


def _references(artwork: Artwork) -> dict[str, Any]:
    tokens = uploads.tokens(artwork.generation.parameters)
    if not tokens:
        return {}
    found = list(reference_pictures(artwork).order_by("pk"))
    return {"references": found, "references_gone": len(tokens) - len(found)}


def reference_pictures(artwork: Artwork) -> "QuerySet[Upload]":
    """The author's uploads that the request used; reviewers of the artwork may see
    them."""
    tokens = uploads.tokens(artwork.generation.parameters)
    return Upload.objects.filter(token__in=tokens, uploaded_by=artwork.requested_by_id)


def overturned(review: Review, verdict: str) -> dict[str, Any] | None:
    """How often people released the same verdict and label at a similar rate.

    With the 95 % interval. None: no such decision. A rate is the certainty of its
    verdict: a pass at 0.99 is unlike a block at 0.99.
    """
    rows = Review.objects.real().filter(
        team=review.team_id, label=review.label, status=Review.Status.CLOSED
    )
    latest = rows.order_by("-closed_at").values("pk")[:LOOK_BACK_FOR_RATE]
    rows = Review.objects.filter(pk__in=latest, artwork__verdict=verdict)
    if review.rate is not None:
        limits = (review.rate - SIMILAR_RATE, review.rate + SIMILAR_RATE)
        rows = rows.filter(rate__range=limits)
    decided = rows.order_by("-closed_at").values_list("decision__action", flat=True)
    actions = [action for action in decided[:LOOK_BACK] if action]
    if not actions:
        return None
    released = actions.count(Decision.Action.RELEASE)
    low, high = interval(released, len(actions))
    return {"released": released, "of": len(actions), "low": low, "high": high}


def _requester_history(artwork: Artwork, generations: list[int]) -> dict[str, int]:
    counted = dict(
        Artwork.objects.filter(generation__in=generations, team=artwork.team_id)
        .order_by()
        .values_list("moderation")
        .annotate(Count("pk"))
    )
    return {"of": sum(counted.values()), **{str(key): n for key, n in counted.items()}}


def _latest(artwork: Artwork, generations: list[int]) -> list[Artwork]:
    """The requester's latest other pictures in the team."""
    rows = Artwork.objects.filter(generation__in=generations, team=artwork.team_id)
    rows = rows.filter(stored_at__isnull=False).exclude(pk=artwork.pk)
    return list(rows.order_by("-pk")[:MOST_LATEST])


def _siblings(
    artwork: Artwork, generations: Collection[int]
) -> list[tuple[Artwork, Decision | None]]:
    """Pictures of the same prompt, by requester or team, each with the person's
    decision in force."""
    same_prompt = Generation.objects.filter(
        pk__in=[*generations, artwork.generation_id],
        prompt=artwork.generation.prompt,
        team=artwork.team_id,
    )
    rows = Artwork.objects.filter(generation__in=same_prompt, stored_at__isnull=False)
    found = list(rows.exclude(pk=artwork.pk).order_by("-pk")[:MOST_SIBLINGS])
    if not found:
        return []
    decided = {
        row.artwork_id: row
        for row in duplicate_decisions.in_force([each.pk for each in found])
    }
    return [(each, decided.get(each.pk)) for each in found]
