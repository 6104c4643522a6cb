"""Outcomes, errors and log entries that all steps share."""

import datetime
import logging
from collections.abc import Callable

from accounts.models import User
from generation.models import Artwork
from log import chain
from moderation.models import Decision, Review

logger = logging.getLogger(__name__)

Action = Decision.Action
Moderation = Artwork.Moderation
OUTCOME = {
    Action.RELEASE: Moderation.RELEASED,
    Action.HOLD: Moderation.HELD,
    Action.REJECT: Moderation.REJECTED,
}
#: A decision can be undone for this long, then takes effect.
UNDO = datetime.timedelta(seconds=10)


def together_or_each(work: Callable[[list[int]], int], keys: list[int]) -> int:
    """All rows in one transaction; after an error each in its own: a broken row stops
    no other. Returns how many are done."""
    if not keys:
        return 0
    try:
        return work(keys)
    except Exception:
        if len(keys) == 1:
            logger.exception("%s: %s broke it", work.__name__.strip("_"), keys[0])
            return 0
        return sum(together_or_each(work, [key]) for key in keys)


class AlreadyDecided(Exception):
    """``artwork`` has its present state."""

    def __init__(self, artwork: Artwork) -> None:
        super().__init__(f"{artwork} is {artwork.moderation}")
        self.artwork = artwork


class ReasonMissing(ValueError):
    """A rejection, take-down or reopening needs a reason."""


class TheirOwn(Exception):
    """Nobody moderates pictures that they requested."""


class Unseen(Exception):
    """A severe picture is released only by who has revealed it."""


class TooLate(Exception):
    """The decision is settled: reopen the artwork instead."""


def log_step(
    review: Review,
    kind: str,
    by: User,
    row: Decision | None = None,
    /,
    **facts: object,
) -> None:
    facts = {"review": review.pk, "claim": review.claim, **facts}
    artwork = review.artwork_id
    chain.append(chain.Event(review.team_id, kind, by.pk, artwork, facts, row))


def event(decision: Decision, **facts: object) -> chain.Event:
    facts |= {"decision": decision.pk, "action": decision.action}
    facts |= {"reason": decision.reason, "grounds": decision.grounds}
    artwork, by = decision.artwork, decision.decided_by_id
    kind = chain.Kind.DECISION
    return chain.Event(artwork.team_id, kind, by, artwork.pk, facts, decision)
