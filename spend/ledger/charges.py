"""Costs of provider tasks: settled, refunded, corrected."""

from collections.abc import Iterable
from dataclasses import dataclass

from spend.ledger.posting import (
    Account,
    Subject,
    adjust_budgets,
    give_back,
    locked_accounts,
    post,
    post_all,
)
from spend.ledger.reservations import release
from spend.ledger.write_offs import restore
from spend.models import Transfer

Kind = Transfer.Kind


@dataclass(frozen=True, slots=True)
class Settlement:
    """``reserved``: the task's share of the reservation."""

    subject: Subject
    reserved: int
    cost: int
    reference: str


def settle_all(settlements: Iterable[Settlement]) -> None:
    """Tasks that cost exactly their share: one batch per purse."""
    groups: dict[tuple[int, str, str], list[Settlement]] = {}
    for one in settlements:
        groups.setdefault(one.subject.purse, []).append(one)
    for _, group in sorted(groups.items()):
        exact = [one for one in group if one.cost == one.reserved > 0]
        if exact:
            path = (Account.RESERVED, Account.SPENT)
            rows = [(one.subject, one.reference, one.cost) for one in exact]
            post_all(Kind.SETTLE, path, rows)
        for one in group:
            if one.cost != one.reserved:
                settle(one.subject, one.reserved, one.cost, reference=one.reference)


def settle(subject: Subject, reserved: int, cost: int, *, reference: str) -> None:
    """``reserved``: the task's share."""
    covered = min(reserved, cost)
    if covered:
        path = (Account.RESERVED, Account.SPENT)
        post(subject, Kind.SETTLE, reference, covered, path)
    if cost > reserved:
        more = cost - reserved
        locked_accounts(subject)
        adjust_budgets(subject, more)
        path = (Account.AVAILABLE, Account.SPENT)
        post(subject, Kind.SETTLE_MORE, reference, more, path)
    else:
        release(subject, reserved - cost, reference=reference)


def refund(subject: Subject, amount: int, *, reference: str) -> None:
    give_back(subject, Kind.REFUND, amount, Account.SPENT, reference)


def correct(subject: Subject, before: int, cost: int, *, reference: str) -> None:
    """Each correction needs its own ``reference``. A written-off part is restored
    before its refund."""
    if cost > before:
        settle(subject, 0, cost - before, reference=reference)
    else:
        restore(subject, before - cost, reference=reference)
        refund(subject, before - cost, reference=reference)
