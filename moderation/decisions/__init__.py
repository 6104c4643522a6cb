"""Records judgements: each step is one transaction.

    screen_pending   pending ─→ released | held | rejected    by rule, once stored
    decide           waiting ─→ decided (or one opinion of two)   by a person
    undo             decided ─→ waiting     within UNDO, by the decider
    settle_due       decided ─→ closed      and now the artwork moves
    reopen           closed ─→ a new waiting review, with a reason
    take_down        released ─→ rejected   at once, by a person

``decide`` writes the end of the lease, the decision, the review's state and the log, or
nothing. The artwork moves in ``settle_due``: an undone decision was never visible
outside. ``ledger_effects`` books a rejection's cost in the same transaction. The answer
to a control item is an opinion, and no decision.
"""

from moderation.decisions.deciding import decide, undo
from moderation.decisions.recording import (
    UNDO,
    AlreadyDecided,
    ReasonMissing,
    TheirOwn,
    TooLate,
    Unseen,
)
from moderation.decisions.screening import screen_pending
from moderation.decisions.settling import reopen, settle_due, take_down

__all__ = [
    "UNDO",
    "AlreadyDecided",
    "ReasonMissing",
    "TheirOwn",
    "TooLate",
    "Unseen",
    "decide",
    "reopen",
    "screen_pending",
    "settle_due",
    "take_down",
    "undo",
]
