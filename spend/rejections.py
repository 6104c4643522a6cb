"""What becomes of the cost of a picture that moderation does not release: the team's
own rule, written down before."""

from accounts.models import Team
from spend import ledger
from spend.models import SpendRule, Transfer

Rejection = SpendRule.Rejection


def rule(team: Team) -> str:
    """It stays spent, unless the team's admins said otherwise."""
    found = SpendRule.objects.filter(team=team).values_list("rejection", flat=True)
    return found.first() or Rejection.KEEP


def set_rule(team: Team, rejection: str) -> None:
    SpendRule.objects.update_or_create(team=team, defaults={"rejection": rejection})


def restore(subject: ledger.Subject, *, picture: str) -> int:
    """It is released after all: what was written off for it is spent again; how much.
    Call inside the transaction of the decision."""
    gone = ledger.lost(subject.generation, f"{picture}:")
    if gone <= 0:
        return 0
    reference = f"{picture}:{_times(subject, picture)}"
    return ledger.restore(subject, gone, reference=reference)


def next_reference(subject: ledger.Subject, picture: str) -> str:
    """For ``book``: a ``picture`` ("artwork:7") may be rejected, released after all,
    and rejected again, and each is booked once."""
    return f"{picture}:{_times(subject, picture) + 1}"


def _times(subject: ledger.Subject, picture: str) -> int:
    return Transfer.objects.filter(
        generation=subject.generation,
        kind=Transfer.Kind.REJECT,
        reference__startswith=f"{picture}:",
    ).count()


def book(
    subject: ledger.Subject, cost: int, *, reference: str, refunded: int = 0
) -> str:
    """Follow the rule of the subject's team for a rejected picture that cost ``cost``;
    ``refunded`` is what the gateway gave back for it. Answers the rule it followed.

    Call inside the transaction of the decision; ``reference`` names the picture, so
    that nothing is booked for it twice.
    """
    followed = rule(Team(pk=subject.team))
    if followed == Rejection.WRITE_OFF:
        ledger.lose(subject, cost, reference=reference)
    elif followed == Rejection.REFUND:
        ledger.refund(subject, min(refunded, cost), reference=reference)
    return followed
