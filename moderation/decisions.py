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

    A row that fails is logged and does not stop the rest.
    """
    screened = 0
    for artwork in list(Artwork.objects.pending().order_by("pk")[:limit]):
        try:
            screened += _screen(artwork)
        except Exception:
            logger.exception("%s could not be screened", artwork)
    return screened


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


def _screen(artwork: Artwork) -> bool:
    judgement = _judgement(artwork)
    decision = Decision(
        artwork=artwork, action=judgement.action, grounds=list(judgement.grounds)
    )
    try:
        _record(decision, on=Artwork.Moderation.PENDING)
    except AlreadyDecided:
        return False
    return True


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
