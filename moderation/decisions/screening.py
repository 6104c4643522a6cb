"""By rule: what was stored is released, held or rejected."""

import logging
import random

from django.db import transaction
from django.utils import timezone

from generation.models import Artwork
from log import chain
from moderation import duplicate_decisions, effects, intake, rules
from moderation.decisions.recording import OUTCOME, event, together_or_each
from moderation.models import Decision, Review

logger = logging.getLogger(__name__)

Action = Decision.Action
Cause = Review.Cause


def screen_pending(limit: int) -> int:
    """Judge up to ``limit`` stored artworks by rule; how many were. Idle: one query.

    All together; where one cannot be decided, each by itself, without that one.
    """
    pending = Artwork.objects.pending().order_by("pk")[:limit]
    return together_or_each(_screen, list(pending.values_list("pk", flat=True)))


@transaction.atomic
def _screen(keys: list[int]) -> int:
    """Those of them that are still pending are ours: their rows are locked first."""
    rows = Artwork.objects.pending().filter(pk__in=keys).order_by("pk")
    rows = rows.select_related("generation").select_for_update(of=("self",))
    artworks, now = list(rows), timezone.now()
    books = {team: rules.book(team) for team in {each.team_id for each in artworks}}
    earlier = duplicate_decisions.decided_before(artworks)
    made, reviews = [], []
    for artwork in artworks:
        book = books[artwork.team_id]
        judged = duplicate_decisions.follow(artwork, earlier) or _judgement(
            artwork, book
        )
        made.append(
            Decision(
                artwork=artwork,
                action=judged.action,
                reason=_reason(judged, earlier.get(duplicate_decisions.key(artwork))),
                grounds=list(judged.grounds),
                decided_at=now,
            )
        )
        if judged.action == Action.HOLD:
            reviews.append(intake.new_review(artwork, judged.cause, judged))
        elif judged.action == Action.RELEASE and _is_drawn(book):
            reviews.append(intake.new_review(artwork, Cause.SAMPLE))
    effects.reject(each.artwork for each in made if each.action == Action.REJECT)
    for action in {decision.action for decision in made}:
        of = [decision.artwork for decision in made if decision.action == action]
        Artwork.moderate_all(of, OUTCOME[Action(action)], now)
    Decision.objects.bulk_create(made)
    if reviews:
        Review.objects.bulk_create(reviews)
    chain.append_all(
        event(decision, version=books[decision.artwork.team_id].version)
        for decision in made
    )
    return len(made)


def _judgement(artwork: Artwork, book: rules.Book) -> rules.Judgement:
    """A rule that breaks over a row holds it: it is not tried for ever."""
    try:
        return rules.judge(artwork, book, artwork.generation.operation)
    except Exception:
        logger.exception("%s could not be judged", artwork)
        return rules.Judgement(Action.HOLD, ("unreadable",))


def _reason(judged: rules.Judgement, earlier: Decision | None) -> str:
    if judged.action != Action.REJECT:
        return ""
    return earlier.reason if earlier else Decision.Reason.OTHER


def _is_drawn(book: rules.Book) -> bool:
    """Whether this pass is one of those that people look at all the same."""
    return random.random() * 100 < book.sample_percent
