"""What every decision is put on record with."""

import datetime

from accounts.models import User
from generation.models import Artwork
from moderation import log
from moderation.models import Decision, Review

Action = Decision.Action
Moderation = Artwork.Moderation
OUTCOME = {
    Action.RELEASE: Moderation.RELEASED,
    Action.HOLD: Moderation.HELD,
    Action.REJECT: Moderation.REJECTED,
}
#: So long a decision may be taken back, and nothing outside happens.
UNDO = datetime.timedelta(seconds=10)


class AlreadyDecided(Exception):
    """It waits for nobody any more. ``artwork`` is as it is now."""

    def __init__(self, artwork: Artwork) -> None:
        super().__init__(f"{artwork} is {artwork.moderation}")
        self.artwork = artwork


class ReasonMissing(ValueError):
    """A rejection says why."""


class TooLate(Exception):
    """It has been settled: what is wrong is reopened, not undone."""


def put_down(review: Review, kind: str, by: User, **facts: object) -> None:
    facts = {"review": review.pk, "claim": review.claim, **facts}
    log.append(log.Event(review.team_id, kind, by.pk, review.artwork_id, facts))


def event(decision: Decision, **facts: object) -> log.Event:
    facts |= {"decision": decision.pk, "action": decision.action}
    facts |= {"reason": decision.reason, "grounds": decision.grounds}
    artwork, by = decision.artwork, decision.decided_by_id
    return log.Event(artwork.team_id, log.Kind.DECISION, by, artwork.pk, facts)
