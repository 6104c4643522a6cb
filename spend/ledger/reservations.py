"""Allocations to a team, reservations for its generations."""

import datetime

from django.utils import timezone

from accounts.models import Team, User
from spend import budgets
from spend.ledger.posting import (
    Account,
    FundsExceeded,
    Subject,
    adjust_budgets,
    give_back,
    locked_accounts,
    post,
    reservation_day,
)
from spend.models import Transfer

Kind = Transfer.Kind


def allocate(
    team: Team,
    unit: str,
    amount: int,
    *,
    by: User | None,
    reference: str,
    note: str = "",
    gateway: str = "",
) -> Transfer:
    subject = Subject(team.pk, by.pk if by else None, unit, gateway=gateway)
    path = (Account.ALLOCATION, Account.AVAILABLE)
    return post(subject, Kind.ALLOCATE, reference, amount, path, note)


def deallocate(
    team: Team,
    unit: str,
    amount: int,
    *,
    by: User | None,
    reference: str,
    note: str = "",
    gateway: str = "",
) -> Transfer:
    """Raises FundsExceeded."""
    subject = Subject(team.pk, by.pk if by else None, unit, gateway=gateway)
    available = locked_accounts(subject)[Account.AVAILABLE]
    if available.balance < amount:
        raise FundsExceeded(max(available.balance, 0))
    path = (Account.AVAILABLE, Account.ALLOCATION)
    return post(subject, Kind.TAKE_BACK, reference, amount, path, note)


def reserve(subject: Subject, amount: int, *, reference: str) -> None:
    """Raises BudgetExceeded or FundsExceeded: the caller must roll back."""
    if amount:
        _reserve(subject, Kind.RESERVE, amount, reference, timezone.localdate())


def reserve_more(subject: Subject, amount: int, *, reference: str) -> None:
    """In the reservation's month. Raises as `reserve`."""
    if amount:
        day = reservation_day(subject)
        _reserve(subject, Kind.RESERVE_MORE, amount, reference, day)


def _reserve(
    subject: Subject, kind: str, amount: int, reference: str, day: datetime.date
) -> None:
    available = locked_accounts(subject)[Account.AVAILABLE]
    budgets.take(subject.scope, amount, day)
    if available.balance < amount:
        raise FundsExceeded(max(available.balance, 0))
    post(subject, kind, reference, amount, (Account.AVAILABLE, Account.RESERVED))


def adjust_reservation(
    subject: Subject, reserved: int, expected: int, *, reference: str
) -> None:
    """To the gateway's cost at submit. It is owed already: no limit refuses it."""
    if expected > reserved:
        more = expected - reserved
        locked_accounts(subject)
        adjust_budgets(subject, more)
        path = (Account.AVAILABLE, Account.RESERVED)
        post(subject, Kind.RESERVE_MORE, reference, more, path)
    elif expected < reserved:
        # The rest may be released under ``reference`` later.
        release(subject, reserved - expected, reference=f"{reference}:adjusted")


def release(subject: Subject, amount: int, *, reference: str) -> None:
    give_back(subject, Kind.RELEASE, amount, Account.RESERVED, reference)
