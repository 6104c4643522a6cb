"""What every decision is put on record with."""

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
#: So long a decision may be taken back, and nothing outside happens.
UNDO = datetime.timedelta(seconds=10)


def together_or_each(work: Callable[[list[int]], int], keys: list[int]) -> int:
    """How many of these rows ``work`` has done: in one transaction, and where that
    breaks each in its own, so that one which breaks always stops no other."""
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
    """It waits for nobody any more. ``artwork`` is as it is now."""

    def __init__(self, artwork: Artwork) -> None:
        super().__init__(f"{artwork} is {artwork.moderation}")
        self.artwork = artwork


class ReasonMissing(ValueError):
    """A rejection says why."""


class TheirOwn(Exception):
    """Nobody decides on what they asked for: they appeal, or report it."""


class TooLate(Exception):
    """It has been settled: what is wrong is reopened, not undone."""


def put_down(review: Review, kind: str, by: User, **facts: object) -> None:
    facts = {"review": review.pk, "claim": review.claim, **facts}
    chain.append(chain.Event(review.team_id, kind, by.pk, review.artwork_id, facts))


def event(decision: Decision, **facts: object) -> chain.Event:
    facts |= {"decision": decision.pk, "action": decision.action}
    facts |= {"reason": decision.reason, "grounds": decision.grounds}
    artwork, by = decision.artwork, decision.decided_by_id
    return chain.Event(artwork.team_id, chain.Kind.DECISION, by, artwork.pk, facts)
