"""Allocations to a team, reservations for its generations."""

import datetime
from collections import defaultdict
from collections.abc import Iterable

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
    post_all,
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


#: Subject, reference, amount.
Entry = tuple[Subject, str, int]


def reserve_all(entries: Iterable[Entry]) -> None:
    """All or none, a batch per purse; amounts of 0 are left out. Raises as
    `reserve`."""
    day = timezone.localdate()
    for group in _by_purse(entries):
        available = locked_accounts(group[0][0])[Account.AVAILABLE]
        sums: dict[budgets.Scope, int] = defaultdict(int)
        for subject, _reference, amount in group:
            sums[subject.scope] += amount
        for scope, amount in sums.items():
            budgets.take(scope, amount, day)
        if available.balance < sum(sums.values()):
            raise FundsExceeded(max(available.balance, 0))
        post_all(Kind.RESERVE, (Account.AVAILABLE, Account.RESERVED), group)


def release_all(entries: Iterable[Entry]) -> None:
    """Whole reservations, a batch per purse; each returns to its own month."""
    for group in _by_purse(entries):
        locked_accounts(group[0][0])
        days = _reservation_days(group)
        sums: dict[tuple[budgets.Scope, datetime.date], int] = defaultdict(int)
        for subject, _reference, amount in group:
            day = days.get(subject.generation, timezone.localdate())
            sums[subject.scope, day] += amount
        # Before the transfers: a new counter sums existing ones.
        for (scope, day), amount in sums.items():
            budgets.adjust(scope, -amount, day)
        post_all(Kind.RELEASE, (Account.RESERVED, Account.AVAILABLE), group)


def _by_purse(entries: Iterable[Entry]) -> list[list[Entry]]:
    """In one order, against deadlocks."""
    groups: dict[tuple[int, str, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry[2]:
            groups[entry[0].purse].append(entry)
    return [group for _, group in sorted(groups.items())]


def _reservation_days(group: list[Entry]) -> dict[int | None, datetime.date]:
    keys = [subject.generation for subject, _, _ in group]
    rows = Transfer.objects.filter(generation__in=keys, kind=Kind.RESERVE)
    return dict(rows.values_list("generation", "day"))


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
