"""Cost of rejected pictures, booked by the team's rule.

Call `book` and `restore` in the decision's transaction.
"""

from accounts.models import Team
from spend import ledger
from spend.models import SpendRule, Transfer

Rejection = SpendRule.Rejection


def rule(team: Team) -> str:
    found = SpendRule.objects.filter(team=team).values_list("rejection", flat=True)
    return found.first() or Rejection.KEEP


def restore(subject: ledger.Subject, *, picture: str) -> int:
    """Moderation released the picture: its written-off cost is spent again. Returns the
    amount."""
    gone = ledger.lost(subject.generation, f"{picture}:")
    if gone <= 0:
        return 0
    reference = f"{picture}:{_rejection_count(subject, picture)}"
    return ledger.restore(subject, gone, reference=reference)


def next_reference(subject: ledger.Subject, picture: str) -> str:
    """Numbered: a ``picture`` ("artwork:7") may be rejected repeatedly."""
    return f"{picture}:{_rejection_count(subject, picture) + 1}"


def _rejection_count(subject: ledger.Subject, picture: str) -> int:
    return Transfer.objects.filter(
        generation=subject.generation,
        kind=Transfer.Kind.REJECT,
        reference__startswith=f"{picture}:",
    ).count()


def book(
    subject: ledger.Subject, cost: int, *, reference: str, refunded: int = 0
) -> str:
    """Book by the team's rule; returns the rule.

    ``refunded``: by the gateway. ``reference``: from `next_reference`, against double
    booking.
    """
    followed = rule(Team(pk=subject.team))
    if followed == Rejection.WRITE_OFF:
        ledger.write_off_rejected(subject, cost, reference=reference)
    elif followed == Rejection.REFUND:
        ledger.refund(subject, min(refunded, cost), reference=reference)
    return followed
