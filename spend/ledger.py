"""Moves integrals between ledger accounts, once each, in the caller's transaction.

    allocate   allocation → available
    reserve    available  → reserved     when a generation is accepted
    settle     reserved   → spent        what a provider task really cost
    release    reserved   → available    what it did not cost
    refund     spent      → available    when the gateway gives back later

``(reference, kind)`` is unique: a second settlement of the same task cannot be
written. Every function must be called inside ``transaction.atomic()``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import F
from django.utils import timezone

from accounts.models import Team, User
from spend import budgets
from spend.models import LedgerAccount, Transfer, Unit

Kind = Transfer.Kind
Purse = LedgerAccount.Kind


class FundsExceeded(Exception):
    """The team's available balance does not allow it. ``left`` is the balance."""

    def __init__(self, left: int) -> None:
        super().__init__(f"{left} available")
        self.left = left


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom and what a movement is for: what stands on each of its transfers."""

    team: Team
    user: User | None
    unit: str
    generation: int | None = None
    provider: str = ""
    operation: str = ""
    model: str = ""

    @property
    def dimensions(self) -> Mapping[str, Any]:
        return {
            "team": self.team,
            "user": self.user,
            "unit": self.unit,
            "generation": self.generation,
            "provider": self.provider,
            "operation": self.operation,
            "model": self.model,
        }


def allocate(
    team: Team, unit: str, amount: int, *, by: User | None, reference: str, note: str = ""
) -> Transfer:
    """Give a team integrals to spend. ``reference`` names the occasion, once."""
    subject = Subject(team, by, unit)
    return _move(
        subject, Kind.ALLOCATE, reference, amount, Purse.ALLOCATION, Purse.AVAILABLE, note
    )


def reserve(subject: Subject, amount: int, *, reference: str) -> None:
    """Set aside what a generation is expected to cost.

    Raises BudgetExceeded or FundsExceeded; then nothing was written that survives
    the rollback of the caller's transaction.
    """
    if amount == 0:
        return
    assert subject.user is not None
    today = timezone.localdate()
    budgets.take(subject.team, subject.user, subject.unit, amount, today)
    available = _account(subject, Purse.AVAILABLE)
    if not _withdraw(available, amount, to_zero=True):
        available.refresh_from_db()
        raise FundsExceeded(max(available.balance, 0))
    _write(subject, Kind.RESERVE, reference, amount, available, Purse.RESERVED)


def adjust_reservation(
    subject: Subject, reserved: int, expected: int, *, reference: str
) -> None:
    """The gateway named another cost than we had reserved: follow it.

    It is owed already, so no limit can refuse it any more.
    """
    if expected > reserved:
        more = expected - reserved
        _move(subject, Kind.RESERVE_MORE, reference, more, Purse.AVAILABLE, Purse.RESERVED)
        _count(subject, more)
    elif expected < reserved:
        release(subject, reserved - expected, reference=reference)


def settle(subject: Subject, reserved: int, cost: int, *, reference: str) -> None:
    """Book what a provider task really cost against its share of the reservation."""
    covered = min(reserved, cost)
    if covered:
        _move(subject, Kind.SETTLE, reference, covered, Purse.RESERVED, Purse.SPENT)
    if cost > reserved:
        more = cost - reserved
        _move(subject, Kind.SETTLE_MORE, reference, more, Purse.AVAILABLE, Purse.SPENT)
        _count(subject, more)
    elif reserved > cost:
        release(subject, reserved - cost, reference=reference)


def release(subject: Subject, amount: int, *, reference: str) -> None:
    """Give back what was set aside and is not needed."""
    if amount:
        _move(subject, Kind.RELEASE, reference, amount, Purse.RESERVED, Purse.AVAILABLE)
        _count(subject, -amount)


def refund(subject: Subject, amount: int, *, reference: str) -> None:
    """The gateway gave back what was already booked as spent."""
    if amount:
        _move(subject, Kind.REFUND, reference, amount, Purse.SPENT, Purse.AVAILABLE)
        _count(subject, -amount)


def _count(subject: Subject, amount: int) -> None:
    """Tell the budgets, in the month of the reservation."""
    assert subject.user is not None
    reserved = Transfer.objects.filter(
        reference=f"generation:{subject.generation}", kind=Kind.RESERVE
    ).first()
    day = reserved.day if reserved else timezone.localdate()
    budgets.adjust(subject.team, subject.user, subject.unit, amount, day)


def _move(
    subject: Subject,
    kind: str,
    reference: str,
    amount: int,
    source: str,
    destination: str,
    note: str = "",
) -> Transfer:
    account = _account(subject, source)
    _withdraw(account, amount)
    return _write(subject, kind, reference, amount, account, destination, note)


def _write(
    subject: Subject,
    kind: str,
    reference: str,
    amount: int,
    source: LedgerAccount,
    destination: str,
    note: str = "",
) -> Transfer:
    to = _account(subject, destination)
    LedgerAccount.objects.filter(pk=to.pk).update(balance=F("balance") + amount)
    return Transfer.objects.create(
        kind=kind,
        reference=reference,
        amount=amount,
        source=source,
        destination=to,
        note=note,
        day=timezone.localdate(),
        **subject.dimensions,
    )


def _withdraw(account: LedgerAccount, amount: int, *, to_zero: bool = False) -> bool:
    rows = LedgerAccount.objects.filter(pk=account.pk)
    if to_zero:
        rows = rows.filter(balance__gte=amount)
    return bool(rows.update(balance=F("balance") - amount))


def _account(subject: Subject, kind: str) -> LedgerAccount:
    return LedgerAccount.objects.get_or_create(
        team=subject.team, unit=subject.unit, kind=kind
    )[0]


def balances(team: Team, unit: str = Unit.INTEGRAL) -> dict[str, int]:
    """Kind of account → balance, in ``unit``; a kind without an account is 0."""
    found = LedgerAccount.objects.filter(team=team, unit=unit)
    return dict.fromkeys(Purse.values, 0) | dict(found.values_list("kind", "balance"))
