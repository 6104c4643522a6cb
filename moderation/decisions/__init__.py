"""Puts judgements on record: each step is one review, one decision, one transaction.

    screen_pending   pending ─→ released | held | rejected    by rule, once stored
    decide           waiting ─→ decided (or one opinion of two)   by a person
    undo             decided ─→ waiting     within UNDO, by whoever decided
    settle_due       decided ─→ closed      and only now the artwork moves
    reopen           closed ─→ a new review that waits, with a reason
    take_down        released ─→ rejected   at once, by a person

``decide`` writes the end of the lease, the decision, the review's state and the log or
none of them. The artwork itself stays as the outside knows it until ``settle_due``: an
undone decision has had no effect that anybody could have seen. What a rejection costs
follows the team's written rule (``effects``), in the transaction where the artwork
moves. The answer to a control item (``controls``) is an opinion, and no decision.
"""

from moderation.decisions.deciding import decide, undo
from moderation.decisions.recording import (
    UNDO,
    AlreadyDecided,
    ReasonMissing,
    TooLate,
)
from moderation.decisions.screening import screen_pending
from moderation.decisions.settling import reopen, settle_due, take_down

__all__ = [
    "UNDO",
    "AlreadyDecided",
    "ReasonMissing",
    "TooLate",
    "decide",
    "reopen",
    "screen_pending",
    "settle_due",
    "take_down",
    "undo",
]
