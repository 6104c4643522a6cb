"""Screening: rules release, hold or reject stored artworks."""

import logging
import random

from django.db import transaction
from django.utils import timezone

from generation.models import Artwork
from log import chain
from moderation import duplicate_decisions, intake, ledger_effects, rules, telling
from moderation.decisions.recording import OUTCOME, event, together_or_each
from moderation.models import Decision, Review, label_against

logger = logging.getLogger(__name__)

Action = Decision.Action
Cause = Review.Cause
#: Label → reason of a rejection by rule.
REASONS = {
    "porn": Decision.Reason.SEXUAL,
    "sexy": Decision.Reason.SEXUAL,
    "terrorism": Decision.Reason.VIOLENCE,
    "politics": Decision.Reason.POLITICS,
    "prohibition": Decision.Reason.PROHIBITED,
}


def screen_pending(limit: int) -> int:
    """Judge up to ``limit`` stored artworks; returns how many. Idle: one query."""
    pending = Artwork.objects.pending().order_by("pk")[:limit]
    return together_or_each(_screen, list(pending.values_list("pk", flat=True)))


@transaction.atomic
def _screen(keys: list[int]) -> int:
    rows = Artwork.objects.pending().filter(pk__in=keys).order_by("pk")
    rows = rows.select_related("generation").select_for_update(of=("self",))
    artworks, now = list(rows), timezone.now()
    rules_of = {
        team: rules.in_force(team) for team in {each.team_id for each in artworks}
    }
    earlier = duplicate_decisions.decided_before(artworks)
    made, reviews = [], []
    for artwork in artworks:
        team_rules = rules_of[artwork.team_id]
        judged = duplicate_decisions.follow(artwork, earlier) or _judgement(
            artwork, team_rules
        )
        made.append(
            Decision(
                artwork=artwork,
                action=judged.action,
                reason=_reason(
                    artwork, judged, earlier.get(duplicate_decisions.key(artwork))
                ),
                grounds=list(judged.grounds),
                decided_at=now,
            )
        )
        if judged.action == Action.HOLD:
            reviews.append(intake.new_review(artwork, judged.cause, judged))
        elif judged.action == Action.RELEASE and _is_sampled(team_rules):
            reviews.append(intake.new_review(artwork, Cause.SAMPLE))
    ledger_effects.reject(each.artwork for each in made if each.action == Action.REJECT)
    for action in {decision.action for decision in made}:
        of = [decision.artwork for decision in made if decision.action == action]
        Artwork.moderate_all(of, OUTCOME[Action(action)], now)
    Decision.objects.bulk_create(made)
    if reviews:
        Review.objects.bulk_create(reviews)
    telling.screened(made)
    chain.append_all(
        event(decision, version=rules_of[decision.artwork.team_id].version)
        for decision in made
    )
    return len(made)


def _judgement(artwork: Artwork, team_rules: rules.TeamRules) -> rules.Judgement:
    try:
        return rules.judge(artwork, team_rules, artwork.generation.operation)
    except Exception:
        logger.exception("%s could not be judged", artwork)
        return rules.Judgement(Action.HOLD, ("unreadable",))


def _reason(artwork: Artwork, judged: rules.Judgement, earlier: Decision | None) -> str:
    """Of a rejection by rule: that of the gravest label."""
    if judged.action != Action.REJECT:
        return ""
    label = label_against(artwork)
    return earlier.reason if earlier else REASONS.get(label, Decision.Reason.OTHER)


def _is_sampled(team_rules: rules.TeamRules) -> bool:
    return random.random() * 100 < team_rules.sample_percent
