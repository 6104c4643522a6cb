"""Moves integrals between ledger accounts, once each, in the caller's transaction.

    allocate   allocation → available
    reserve    available  → reserved     when a generation is accepted
    settle     reserved   → spent        what a provider task really cost
    release    reserved   → available    what it did not cost
    refund     spent      → available    when the gateway gives back later
    write off  reserved   → written off  paid, and nobody could find out for what

``(reference, kind)`` is unique: a second settlement of the same task cannot be
written. Every function must be called inside ``transaction.atomic()``; the first thing
each does is to lock the team's accounts in that unit, always in the same order, so that
two transactions never wait for each other.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import Team, User
from spend import budgets
from spend.models import LedgerAccount, Transfer, Unit

Kind = Transfer.Kind
Purse = LedgerAccount.Kind
Accounts = Mapping[str, LedgerAccount]

#: What may be below zero: the source of all, and what a gateway charged unasked.
MAY_OWE = (Purse.ALLOCATION, Purse.AVAILABLE)


class Overdrawn(ArithmeticError):
    """More was to be taken than was set aside or spent: a mistake in the caller."""


class FundsExceeded(Exception):
    """The team's available balance does not allow it. ``left`` is the balance."""

    def __init__(self, left: int) -> None:
        super().__init__(f"{left} available")
        self.left = left


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom and what a movement is for, by their keys: what stands on each transfer."""

    team: int
    user: int | None
    unit: str
    generation: int | None = None
    provider: str = ""
    operation: str = ""
    model: str = ""

    @property
    def dimensions(self) -> Mapping[str, Any]:
        return {
            "team_id": self.team,
            "user_id": self.user,
            "unit": self.unit,
            "generation": self.generation,
            "provider": self.provider,
            "operation": self.operation,
            "model": self.model,
        }


def allocate(
    team: Team,
    unit: str,
    amount: int,
    *,
    by: User | None,
    reference: str,
    note: str = "",
) -> Transfer:
    """Give a team integrals to spend. ``reference`` names the occasion, once."""
    subject = Subject(team.pk, by.pk if by else None, unit)
    path = (Purse.ALLOCATION, Purse.AVAILABLE)
    return _move(subject, Kind.ALLOCATE, reference, amount, path, note)


def reserve(subject: Subject, amount: int, *, reference: str) -> None:
    """Set aside what a generation is expected to cost.

    Raises BudgetExceeded or FundsExceeded; then nothing was written that survives
    the rollback of the caller's transaction.
    """
    if amount == 0:
        return
    assert subject.user is not None
    available = _locked(subject)[Purse.AVAILABLE]
    today = timezone.localdate()
    budgets.take(subject.team, subject.user, subject.unit, amount, today)
    if available.balance < amount:
        raise FundsExceeded(max(available.balance, 0))
    path = (Purse.AVAILABLE, Purse.RESERVED)
    _move(subject, Kind.RESERVE, reference, amount, path)


def adjust_reservation(
    subject: Subject, reserved: int, expected: int, *, reference: str
) -> None:
    """The gateway named another cost than we had reserved: follow it.

    It is owed already, so no limit can refuse it any more.
    """
    if expected > reserved:
        more = expected - reserved
        _locked(subject)
        _count(subject, more)
        path = (Purse.AVAILABLE, Purse.RESERVED)
        _move(subject, Kind.RESERVE_MORE, reference, more, path)
    elif expected < reserved:
        # A name of its own: what is left may be released under ``reference`` later.
        release(subject, reserved - expected, reference=f"{reference}:adjusted")


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a provider task really cost, against its share of the reservation."""

    subject: Subject
    reserved: int
    cost: int
    reference: str


def settle_all(settlements: Iterable[Settlement]) -> None:
    """Book them together: those that cost what was reserved in one movement a team."""
    groups: dict[tuple[int, str], list[Settlement]] = {}
    for one in settlements:
        groups.setdefault((one.subject.team, one.subject.unit), []).append(one)
    for _, group in sorted(groups.items()):
        exact = [one for one in group if one.cost == one.reserved > 0]
        if exact:
            path = (Purse.RESERVED, Purse.SPENT)
            rows = [(one.subject, one.reference, one.cost) for one in exact]
            _move_all(Kind.SETTLE, path, rows)
        for one in group:
            if one.cost != one.reserved:
                settle(one.subject, one.reserved, one.cost, reference=one.reference)


def settle(subject: Subject, reserved: int, cost: int, *, reference: str) -> None:
    """Book what a provider task really cost against its share of the reservation."""
    covered = min(reserved, cost)
    if covered:
        path = (Purse.RESERVED, Purse.SPENT)
        _move(subject, Kind.SETTLE, reference, covered, path)
    if cost > reserved:
        more = cost - reserved
        _locked(subject)
        _count(subject, more)
        path = (Purse.AVAILABLE, Purse.SPENT)
        _move(subject, Kind.SETTLE_MORE, reference, more, path)
    else:
        release(subject, reserved - cost, reference=reference)


def release(subject: Subject, amount: int, *, reference: str) -> None:
    """Give back what was set aside and is not needed."""
    _give_back(subject, Kind.RELEASE, amount, Purse.RESERVED, reference)


def refund(subject: Subject, amount: int, *, reference: str) -> None:
    """The gateway gave back what was already booked as spent."""
    _give_back(subject, Kind.REFUND, amount, Purse.SPENT, reference)


def write_off(subject: Subject, amount: int, *, reference: str) -> None:
    """What was set aside was paid, says a person, and nothing came of it. The budgets
    keep it as used."""
    if amount:
        path = (Purse.RESERVED, Purse.WRITTEN_OFF)
        _move(subject, Kind.WRITE_OFF, reference, amount, path)


def lock(team: Team, unit: str) -> None:
    """No movement of the team in that unit runs until the transaction ends."""
    _locked(Subject(team.pk, None, unit))


def balances(team: Team, unit: str = Unit.INTEGRAL) -> dict[str, int]:
    """Kind of account → balance, in ``unit``; a kind without an account is 0."""
    found = LedgerAccount.objects.filter(team=team, unit=unit)
    return dict.fromkeys(Purse.values, 0) | dict(found.values_list("kind", "balance"))


def _give_back(
    subject: Subject, kind: str, amount: int, source: str, reference: str
) -> None:
    if amount:
        _locked(subject)
        _count(subject, -amount)
        _move(subject, kind, reference, amount, (source, Purse.AVAILABLE))


def _count(subject: Subject, amount: int) -> None:
    """Tell the budgets, in the month of the reservation. Call before the transfer is
    written: a counter that begins now begins with what the books say without it."""
    assert subject.user is not None
    reserved = Transfer.objects.filter(
        generation=subject.generation, kind=Kind.RESERVE
    ).first()
    day = reserved.day if reserved else timezone.localdate()
    budgets.adjust(subject.team, subject.user, subject.unit, amount, day)


def _move(
    subject: Subject,
    kind: str,
    reference: str,
    amount: int,
    path: tuple[str, str],
    note: str = "",
) -> Transfer:
    return _move_all(kind, path, [(subject, reference, amount)], note)[0]


def _move_all(
    kind: str,
    path: tuple[str, str],
    movements: Sequence[tuple[Subject, str, int]],
    note: str = "",
) -> list[Transfer]:
    """Movements of one team in one unit: each its transfer, the balances once."""
    accounts = _locked(movements[0][0])
    source, destination = (accounts[purse] for purse in path)
    total = sum(amount for _, _, amount in movements)
    if source.kind not in MAY_OWE and source.balance < total:
        raise Overdrawn(f"{movements[0][1]}: {total} of {source.balance} {source.kind}")
    rows = LedgerAccount.objects
    rows.filter(pk=source.pk).update(balance=F("balance") - total)
    rows.filter(pk=destination.pk).update(balance=F("balance") + total)
    return Transfer.objects.bulk_create(
        Transfer(
            kind=kind,
            reference=reference,
            amount=amount,
            source=source,
            destination=destination,
            note=note,
            day=timezone.localdate(),
            **subject.dimensions,
        )
        for subject, reference, amount in movements
    )


def _locked(subject: Subject) -> Accounts:
    """The team's accounts in that unit, this transaction's until it ends.

    Where there are no row locks (SQLite), the transaction has the whole database.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("a movement needs a transaction")
    key = {"team_id": subject.team, "unit": subject.unit}
    rows = LedgerAccount.objects.select_for_update().filter(**key).order_by("pk")
    found = list(rows)
    if len(found) < len(Purse):
        LedgerAccount.objects.bulk_create(
            [LedgerAccount(kind=kind, **key) for kind in Purse], ignore_conflicts=True
        )
        found = list(rows.all())
    return {account.kind: account for account in found}
