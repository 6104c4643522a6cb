"""Write-offs: paid work without a result, rejected pictures.

Budgets keep counting a written-off amount until `recover`.
"""

from django.db.models import Case, F, Sum, When

from spend.ledger.posting import Account, Subject, give_back, post
from spend.models import Transfer

Kind = Transfer.Kind


def write_off(subject: Subject, amount: int, *, reference: str) -> None:
    if amount:
        path = (Account.RESERVED, Account.WRITTEN_OFF)
        post(subject, Kind.WRITE_OFF, reference, amount, path)


def recover(subject: Subject, amount: int, *, reference: str) -> None:
    give_back(subject, Kind.RECOVER, amount, Account.WRITTEN_OFF, reference)


def write_off_rejected(subject: Subject, amount: int, *, reference: str) -> None:
    if amount:
        path = (Account.SPENT, Account.WRITTEN_OFF)
        post(subject, Kind.REJECT, reference, amount, path)


def restore(subject: Subject, amount: int, *, reference: str) -> int:
    """At most what `write_off_rejected` took. Returns the amount."""
    found = min(amount, lost(subject.generation))
    if found:
        path = (Account.WRITTEN_OFF, Account.SPENT)
        post(subject, Kind.RESTORE, reference, found, path)
    return found


def lost(generation: int | None, reference: str = "") -> int:
    """By rejections, less restored. ``reference``: a prefix."""
    rows = Transfer.objects.filter(generation=generation)
    if reference:
        rows = rows.filter(reference__startswith=reference)
    signed = Case(
        When(kind=Kind.REJECT, then=F("amount")),
        When(kind=Kind.RESTORE, then=-F("amount")),
    )
    return rows.aggregate(all=Sum(signed))["all"] or 0
