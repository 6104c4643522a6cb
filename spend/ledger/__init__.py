"""Moves integrals between a team's accounts, once per occasion.

    allocate            allocation  → available
    deallocate          available   → allocation   takes back an unused allocation
    reserve             available   → reserved     a generation is accepted
    release             reserved    → available    the rest of a reservation
    settle              reserved    → spent        the cost of a provider task
    refund              spent       → available    the gateway pays back
    write_off           reserved    → written off  paid, result unknown
    recover             written off → available    the result turned up
    write_off_rejected  spent       → written off  moderation rejected the picture
    restore             written off → spent        moderation released it after all

A cost above its reservation takes the rest from *available*. `correct` settles or
refunds a later change.

``(reference, kind)`` is unique: no task is settled twice. Each function runs in the
caller's ``transaction.atomic()`` and first locks the purse's accounts in one order,
against deadlocks.
"""

from spend.ledger.charges import Settlement, correct, refund, settle, settle_all
from spend.ledger.posting import (
    MAY_BE_NEGATIVE,
    FundsExceeded,
    Overdrawn,
    Subject,
    balances,
    lock,
)
from spend.ledger.reservations import (
    adjust_reservation,
    allocate,
    deallocate,
    release,
    release_all,
    reserve,
    reserve_all,
    reserve_more,
)
from spend.ledger.write_offs import (
    lost,
    recover,
    restore,
    write_off,
    write_off_rejected,
)

__all__ = [
    "MAY_BE_NEGATIVE",
    "FundsExceeded",
    "Overdrawn",
    "Settlement",
    "Subject",
    "adjust_reservation",
    "allocate",
    "balances",
    "correct",
    "deallocate",
    "lock",
    "lost",
    "recover",
    "refund",
    "release",
    "release_all",
    "reserve",
    "reserve_all",
    "reserve_more",
    "restore",
    "settle",
    "settle_all",
    "write_off",
    "write_off_rejected",
]
