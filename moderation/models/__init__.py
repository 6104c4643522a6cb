"""Reviews, decisions, leases, rules, known answers and tallies."""

from moderation.models.control_items import KnownAnswer
from moderation.models.decisions import (
    Decision,
    DecisionQuerySet,
    Reveal,
)
from moderation.models.desks import Desk
from moderation.models.label_names import LABELS, label_against, label_word
from moderation.models.lease_events import LeaseEvent, Skip
from moderation.models.likenesses import Band, Likeness
from moderation.models.opinions import Opinion
from moderation.models.reviews import Review, ReviewQuerySet
from moderation.models.rulesets import CONTROL_PERCENT, Rule, RuleSet
from moderation.models.tallies import Tally

__all__ = [
    "CONTROL_PERCENT",
    "LABELS",
    "Band",
    "Decision",
    "DecisionQuerySet",
    "Desk",
    "KnownAnswer",
    "LeaseEvent",
    "Likeness",
    "Opinion",
    "Reveal",
    "Review",
    "ReviewQuerySet",
    "Rule",
    "RuleSet",
    "Skip",
    "Tally",
    "label_against",
    "label_word",
]
