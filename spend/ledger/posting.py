"""Locks a purse's accounts, updates balances, writes transfers."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import Team
from spend import budgets, purses
from spend.models import LedgerAccount, Transfer
from spend.units import Unit

Account = LedgerAccount.Kind

#: *available*: when a cost exceeds its reservation.
MAY_BE_NEGATIVE = (Account.ALLOCATION, Account.AVAILABLE)


class Overdrawn(ArithmeticError):
    """The source holds too little: a bug of the caller."""


class FundsExceeded(Exception):
    """``left``: available balance, at least 0."""

    def __init__(self, left: int) -> None:
        super().__init__(f"{left} available")
        self.left = left


@dataclass(frozen=True, slots=True)
class Subject:
    """Keys of a transfer. ``gateway``: a purse's, "" for the one in use
    (`spend.purses`)."""

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
        """(team, unit, gateway)."""
        return self.team, self.unit, self.gateway or purses.current(self.unit)

    @property
    def scope(self) -> budgets.Scope:
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


def lock(team: Team, unit: str) -> None:
    """Block the team's transfers in that unit until the transaction ends."""
    locked_accounts(Subject(team.pk, None, unit))
    list(
        LedgerAccount.objects.select_for_update()
        .filter(team=team, unit=unit)
        .order_by("pk")
    )


def balances(
    team: Team, unit: str = Unit.INTEGRAL, gateway: str = ""
) -> dict[str, int]:
    """Kind → balance. ``gateway``: by default the purse in use."""
    found = LedgerAccount.objects.filter(
        team=team, unit=unit, gateway=gateway or purses.current(unit)
    )
    return dict.fromkeys(Account.values, 0) | dict(found.values_list("kind", "balance"))


def locked_accounts(subject: Subject) -> dict[str, LedgerAccount]:
    """Kind → account, created if missing, locked. SQLite has no row locks: the
    transaction holds the whole database."""
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("a transfer needs a transaction")
    team, unit, gateway = subject.purse
    key = {"team_id": team, "unit": unit, "gateway": gateway}
    rows = LedgerAccount.objects.select_for_update().filter(**key).order_by("pk")
    found = list(rows)
    if len(found) < len(Account):
        LedgerAccount.objects.bulk_create(
            [LedgerAccount(kind=kind, **key) for kind in Account], ignore_conflicts=True
        )
        found = list(rows.all())
    return {account.kind: account for account in found}


def post(
    subject: Subject,
    kind: str,
    reference: str,
    amount: int,
    path: tuple[str, str],
    note: str = "",
) -> Transfer:
    """``path``: (source, destination). Raises Overdrawn."""
    return post_all(kind, path, [(subject, reference, amount)], note)[0]


def post_all(
    kind: str,
    path: tuple[str, str],
    entries: Sequence[tuple[Subject, str, int]],
    note: str = "",
) -> list[Transfer]:
    """Entries (subject, reference, amount) of one purse; updates each balance once.
    Raises Overdrawn."""
    accounts = locked_accounts(entries[0][0])
    source, destination = (accounts[account] for account in path)
    total = sum(amount for _, _, amount in entries)
    if source.kind not in MAY_BE_NEGATIVE and source.balance < total:
        raise Overdrawn(f"{entries[0][1]}: {total} of {source.balance} {source.kind}")
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
        for subject, reference, amount in entries
    )


def give_back(
    subject: Subject, kind: str, amount: int, source: str, reference: str
) -> None:
    """To *available* and to the budgets."""
    if amount:
        locked_accounts(subject)
        adjust_budgets(subject, -amount)
        post(subject, kind, reference, amount, (source, Account.AVAILABLE))


def adjust_budgets(subject: Subject, amount: int) -> None:
    """Call before the transfer: a new counter sums existing ones."""
    budgets.adjust(subject.scope, amount, reservation_day(subject))


def reservation_day(subject: Subject) -> datetime.date:
    """Today without a reservation."""
    reserved = Transfer.objects.filter(
        generation=subject.generation, kind=Transfer.Kind.RESERVE
    ).first()
    return reserved.day if reserved else timezone.localdate()
