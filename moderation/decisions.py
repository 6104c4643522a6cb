"""Puts judgements on record: each step is one artwork, one decision, one transaction.

    pending ─→ released | held       screen_pending   by rule, as soon as it is stored
    held ────→ released | rejected   decide           by a person
    released → rejected              take_down        by a person

``Artwork.moderate`` is a compare-and-set, so of any number of people and processes one
decides; the others get AlreadyDecided and nothing is written for them.
"""

import logging

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from generation.models import Artwork
from moderation import rules
from moderation.models import Decision

logger = logging.getLogger(__name__)

Action = Decision.Action
OUTCOME = {
    Action.RELEASE: Artwork.Moderation.RELEASED,
    Action.HOLD: Artwork.Moderation.HELD,
    Action.REJECT: Artwork.Moderation.REJECTED,
}


class AlreadyDecided(Exception):
    """The artwork is not in the state that the decision was made about."""

    def __init__(self, artwork: Artwork) -> None:
        super().__init__(f"{artwork} is {artwork.moderation}")
        self.artwork = artwork


class ReasonMissing(ValueError):
    """A rejection says why."""


def screen_pending(limit: int) -> int:
    """Judge up to ``limit`` stored artworks by rule; how many were. Idle: one query.

    All together; where one cannot be decided, each by itself, without that one.
    """
    pending = Artwork.objects.pending().order_by("pk")[:limit]
    return _screen(list(pending.values_list("pk", flat=True)))


def decide(
    artwork: Artwork, action: str, *, by: User, reason: str = "", note: str = ""
) -> Decision:
    """Release or reject a held artwork. Raises AlreadyDecided, ReasonMissing."""
    if action not in (Action.RELEASE, Action.REJECT):
        raise ValueError(f"{action!r} is not for a person to decide")
    decision = Decision(
        artwork=artwork, action=action, reason=reason, note=note, decided_by=by
    )
    return _record(decision, on=Artwork.Moderation.HELD)


def take_down(artwork: Artwork, *, by: User, reason: str, note: str = "") -> Decision:
    """Reject what was released already. Raises AlreadyDecided, ReasonMissing."""
    decision = Decision(
        artwork=artwork, action=Action.REJECT, reason=reason, note=note, decided_by=by
    )
    return _record(decision, on=Artwork.Moderation.RELEASED)


def _screen(keys: list[int]) -> int:
    if not keys:
        return 0
    try:
        return _screen_together(keys)
    except Exception:
        if len(keys) == 1:
            logger.exception("Artwork %s could not be screened", keys[0])
            return 0
        return sum(_screen([key]) for key in keys)


@transaction.atomic
def _screen_together(keys: list[int]) -> int:
    """Those of them that are still pending are ours: their rows are locked first."""
    rows = Artwork.objects.pending().filter(pk__in=keys).order_by("pk")
    artworks, now = list(rows.select_for_update()), timezone.now()
    made = []
    for artwork in artworks:
        judgement = _judgement(artwork)
        grounds = list(judgement.grounds)
        made.append(
            Decision(
                artwork=artwork,
                action=judgement.action,
                grounds=grounds,
                decided_at=now,
            )
        )
    for action in {decision.action for decision in made}:
        of = [decision.artwork for decision in made if decision.action == action]
        Artwork.moderate_all(of, OUTCOME[Action(action)], now)
    Decision.objects.bulk_create(made)
    return len(made)


def _judgement(artwork: Artwork) -> rules.Judgement:
    """A rule that breaks over a row holds it: it is not tried for ever."""
    try:
        return rules.judge(artwork)
    except Exception:
        logger.exception("%s could not be judged", artwork)
        return rules.Judgement(Action.HOLD, ("unreadable",))


def _record(decision: Decision, *, on: str) -> Decision:
    """Move the artwork and write the decision, both or neither."""
    if decision.action == Action.REJECT and not decision.reason:
        raise ReasonMissing
    if decision.action == Action.RELEASE:
        decision.reason = ""
    artwork, now = decision.artwork, timezone.now()
    if artwork.moderation != on:
        raise AlreadyDecided(artwork)
    with transaction.atomic():
        if not artwork.moderate(OUTCOME[Action(decision.action)], now):
            artwork.refresh_from_db()
            raise AlreadyDecided(artwork)
        decision.decided_at = now
        decision.save(force_insert=True)
    return decision
