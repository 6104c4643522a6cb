"""What waits for people, what was decided and why, and the log of all of it."""

from moderation.models.control_items import KnownAnswer
from moderation.models.decisions import (
    Decision,
    DecisionIsFinal,
    DecisionQuerySet,
    Reveal,
)
from moderation.models.desks import Desk
from moderation.models.likenesses import Band, Likeness
from moderation.models.reviews import Opinion, Review, ReviewQuerySet, Skip
from moderation.models.rulesets import CONTROL_PERCENT, Rule, RuleSet
from moderation.models.tallies import Tally

__all__ = [
    "CONTROL_PERCENT",
    "Band",
    "Decision",
    "DecisionIsFinal",
    "DecisionQuerySet",
    "Desk",
    "KnownAnswer",
    "Likeness",
    "Opinion",
    "Reveal",
    "Review",
    "ReviewQuerySet",
    "Rule",
    "RuleSet",
    "Skip",
    "Tally",
]
