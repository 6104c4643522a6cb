"""What waits for people, what was decided and why, and the log of all of it."""

from moderation.models.decisions import Decision, DecisionIsFinal, Reveal
from moderation.models.desks import Desk
from moderation.models.likenesses import Band, Likeness
from moderation.models.log import Chain, Entry, LogIsFinal
from moderation.models.reviews import Opinion, Review, ReviewQuerySet, Skip
from moderation.models.rulesets import Rule, RuleSet

__all__ = [
    "Band",
    "Chain",
    "Decision",
    "DecisionIsFinal",
    "Desk",
    "Entry",
    "Likeness",
    "LogIsFinal",
    "Opinion",
    "Reveal",
    "Review",
    "ReviewQuerySet",
    "Rule",
    "RuleSet",
    "Skip",
]
