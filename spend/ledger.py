"""Moves integrals between ledger accounts, once each, in the caller's transaction.

    allocate   allocation → available
    reduce     available  → allocation   an allocation taken back
    reserve    available  → reserved     when a generation is accepted
    settle     reserved   → spent        what a provider task really cost
    release    reserved   → available    what it did not cost
    refund     spent      → available    when the gateway gives back later
    write off  reserved   → written off  paid, and nobody could find out for what
    recover    written off → available   what became of it was found out after all
    lose       spent      → written off  paid, and moderation did not release it
    restore    written off → spent       it is released after all

A cost that the gateway changes later is `correct`ed: more is settled, or the rest is
refunded, under a reference of its own.

``(reference, kind)`` is unique: a second settlement of the same task cannot be
written. Every function must be called inside ``transaction.atomic()``; the first thing
each does is to lock the team's accounts in that unit at that gateway account, always in
the same order, so that two transactions never wait for each other.
"""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Case, F, Sum, When
from django.utils import timezone

from accounts.models import Team, User
from spend import budgets, purses
from spend.models import LedgerAccount, Transfer
from spend.units import Unit

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
    """Whom and what a movement is for, by their keys: what stands on each transfer.

    ``gateway`` names the account that is paid (`spend.purses`); "": the one that the
    portal's credentials name for the unit.
    """

    team: int
    user: int | None
    unit: str
    generation: int | None = None
    provider: str = ""
    operation: str = ""
    model: str = ""
    gateway: str = ""

    @property
    def purse(self) -> tuple[int, str, str]:
        """Team, unit and gateway account: what is locked together."""
        return self.team, self.unit, self.gateway or purses.current(self.unit)

    @property
    def scope(self) -> budgets.Scope:
        """What the budgets see of it."""
        assert self.user is not None
        team, unit, gateway = self.purse
        return budgets.Scope(team, self.user, unit, self.operation, gateway)

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
    gateway: str = "",
) -> Transfer:
    """Give a team integrals to spend. ``reference`` names the occasion, once."""
    subject = Subject(team.pk, by.pk if by else None, unit, gateway=gateway)
    path = (Purse.ALLOCATION, Purse.AVAILABLE)
    return _move(subject, Kind.ALLOCATE, reference, amount, path, note)


def reduce(
    team: Team,
    unit: str,
    amount: int,
    *,
    by: User | None,
    reference: str,
    note: str = "",
    gateway: str = "",
) -> Transfer:
    """Take back what was given and is not used: raises FundsExceeded."""
    subject = Subject(team.pk, by.pk if by else None, unit, gateway=gateway)
    available = _locked(subject)[Purse.AVAILABLE]
    if available.balance < amount:
        raise FundsExceeded(max(available.balance, 0))
    path = (Purse.AVAILABLE, Purse.ALLOCATION)
    return _move(subject, Kind.TAKE_BACK, reference, amount, path, note)


def reserve(subject: Subject, amount: int, *, reference: str) -> None:
    """Set aside what a generation is expected to cost.

    Raises BudgetExceeded or FundsExceeded; then nothing was written that survives
    the rollback of the caller's transaction.
    """
    if amount:
        _set_aside(subject, Kind.RESERVE, amount, reference, timezone.localdate())


def reserve_more(subject: Subject, amount: int, *, reference: str) -> None:
    """Set aside what a member adds to a generation, in the month of its reservation.

    Raises BudgetExceeded or FundsExceeded, as ``reserve``.
    """
    if amount:
        _set_aside(subject, Kind.RESERVE_MORE, amount, reference, _day(subject))


def _set_aside(
    subject: Subject, kind: str, amount: int, reference: str, day: datetime.date
) -> None:
    available = _locked(subject)[Purse.AVAILABLE]
    budgets.take(subject.scope, amount, day)
    if available.balance < amount:
        raise FundsExceeded(max(available.balance, 0))
    _move(subject, kind, reference, amount, (Purse.AVAILABLE, Purse.RESERVED))


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
    """Book them together: those that cost what was reserved in one movement a purse."""
    groups: dict[tuple[int, str, str], list[Settlement]] = {}
    for one in settlements:
        groups.setdefault(one.subject.purse, []).append(one)
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


def recover(subject: Subject, amount: int, *, reference: str) -> None:
    """The gateway says after all what became of what was written off."""
    _give_back(subject, Kind.RECOVER, amount, Purse.WRITTEN_OFF, reference)


def lose(subject: Subject, amount: int, *, reference: str) -> None:
    """What was spent came to nothing: the budgets keep it as used."""
    if amount:
        _move(subject, Kind.REJECT, reference, amount, (Purse.SPENT, Purse.WRITTEN_OFF))


def restore(subject: Subject, amount: int, *, reference: str) -> int:
    """What was lost counts as spent again, as far as the generation has lost anything;
    how much that was. The budgets have counted it all the time."""
    found = min(amount, lost(subject.generation))
    if found:
        path = (Purse.WRITTEN_OFF, Purse.SPENT)
        _move(subject, Kind.RESTORE, reference, found, path)
    return found


def lost(generation: int | None, reference: str = "") -> int:
    """What a generation cost that moderation did not release, and that was written off
    for it; of the references alone that begin so, where one is given."""
    rows = Transfer.objects.filter(generation=generation)
    if reference:
        rows = rows.filter(reference__startswith=reference)
    signed = Case(
        When(kind=Kind.REJECT, then=F("amount")),
        When(kind=Kind.RESTORE, then=-F("amount")),
    )
    return rows.aggregate(all=Sum(signed))["all"] or 0


def correct(subject: Subject, before: int, cost: int, *, reference: str) -> None:
    """What was booked at ``before`` costs ``cost``. Each correction of a task needs a
    ``reference`` of its own. What comes back of something lost is lost no longer."""
    if cost > before:
        settle(subject, 0, cost - before, reference=reference)
    else:
        restore(subject, before - cost, reference=reference)
        refund(subject, before - cost, reference=reference)


def lock(team: Team, unit: str) -> None:
    """No movement of the team in that unit runs until the transaction ends."""
    _locked(Subject(team.pk, None, unit))
    list(
        LedgerAccount.objects.select_for_update()
        .filter(team=team, unit=unit)
        .order_by("pk")
    )


def balances(
    team: Team, unit: str = Unit.INTEGRAL, gateway: str = ""
) -> dict[str, int]:
    """Kind of account → balance, in ``unit``, at the gateway account in use or at
    ``gateway``; a kind without an account is 0."""
    found = LedgerAccount.objects.filter(
        team=team, unit=unit, gateway=gateway or purses.current(unit)
    )
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
    budgets.adjust(subject.scope, amount, _day(subject))


def _day(subject: Subject) -> datetime.date:
    """Of its reservation; where it reserved nothing, today."""
    reserved = Transfer.objects.filter(
        generation=subject.generation, kind=Kind.RESERVE
    ).first()
    return reserved.day if reserved else timezone.localdate()


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
    """Movements of one purse: each its transfer, the balances once."""
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
    """The accounts of that purse, this transaction's until it ends.

    Where there are no row locks (SQLite), the transaction has the whole database.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("a movement needs a transaction")
    team, unit, gateway = subject.purse
    key = {"team_id": team, "unit": unit, "gateway": gateway}
    rows = LedgerAccount.objects.select_for_update().filter(**key).order_by("pk")
    found = list(rows)
    if len(found) < len(Purse):
        LedgerAccount.objects.bulk_create(
            [LedgerAccount(kind=kind, **key) for kind in Purse], ignore_conflicts=True
        )
        found = list(rows.all())
    return {account.kind: account for account in found}
