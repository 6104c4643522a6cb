"""Balances, counters and daily sums equal sums over transfers; triggers stand.

Reads only; a sentence per violation.
"""

from collections.abc import Iterator
from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce, NullIf

from log import append_only
from spend import budgets, month_closing, recorded_transfers, reports, triggers
from spend.ledger import MAY_BE_NEGATIVE
from spend.models import (
    BudgetMonth,
    ClosedMonth,
    DailySum,
    LedgerAccount,
    Transfer,
)

Grain = DailySum.Grain
Account = LedgerAccount.Kind
#: With daily sums in every grain; others only *all*.
COST_ACCOUNTS = (Account.SPENT, Account.WRITTEN_OFF)
DIMENSIONS = {
    Grain.ALL: (),
    Grain.USER: ("user",),
    Grain.OPERATION: ("operation",),
    Grain.MODEL: ("model",),
    Grain.FINE: ("user", "operation", "model"),
}


def broken() -> Iterator[str]:
    yield from wrong_balances()
    yield from overdrawn()
    yield from crossed_transfers()
    yield from wrong_budgets()
    yield from wrong_sums()
    yield from wrong_statements()
    yield from recorded_transfers.broken()
    yield from append_only.broken(triggers.TRIGGERS)


def wrong_balances() -> Iterator[str]:
    """A balance is incoming less outgoing transfers."""
    came_in = _sum_of(
        Transfer.objects.filter(destination=OuterRef("pk")), "destination"
    )
    went_out = _sum_of(Transfer.objects.filter(source=OuterRef("pk")), "source")
    accounts = LedgerAccount.objects.annotate(
        moved=Coalesce(Subquery(came_in), 0) - Coalesce(Subquery(went_out), 0)
    ).exclude(balance=F("moved"))
    for row in accounts.values("pk", "kind", "balance", "moved"):
        yield (
            "ledger account {pk} ({kind}) says {balance}, its transfers say {moved}"
        ).format(**row)


def _sum_of(transfers: QuerySet[Transfer], side: str) -> Any:
    return transfers.order_by().values(side).annotate(all=Sum("amount")).values("all")


def overdrawn() -> Iterator[str]:
    """Reserved, spent and written-off balances are not negative."""
    accounts = LedgerAccount.objects.exclude(kind__in=MAY_BE_NEGATIVE).filter(
        balance__lt=0
    )
    for account in accounts.select_related("team"):
        yield f"ledger account {account.pk} ({account}) is at {account.balance}"


def crossed_transfers() -> Iterator[str]:
    """A transfer stays within one team, unit and gateway account."""
    same = Transfer.objects.filter(
        source__team=F("team"),
        destination__team=F("team"),
        source__unit=F("unit"),
        destination__unit=F("unit"),
        destination__gateway=F("source__gateway"),
    )
    for transfer in Transfer.objects.exclude(pk__in=same.values("pk")).iterator():
        yield f"transfer {transfer.pk} ({transfer}) leaves its team, unit or gateway"


def wrong_budgets() -> Iterator[str]:
    """Counters are sums of transfers."""
    for month in BudgetMonth.objects.select_related("budget__team", "budget__user"):
        used = budgets.used_in(month.budget, month.month)
        if used != month.used:
            yield (
                f"budget month {month.pk} ({month}) counts {month.used},"
                f" its transfers say {used}"
            )


def wrong_sums() -> Iterator[str]:
    """Daily sums equal transfers in every grain."""
    for grain, told_apart in DIMENSIONS.items():
        expected: dict[tuple[Any, ...], int] = {}
        for side, sign in (("destination", 1), ("source", -1)):
            summed = COST_ACCOUNTS if told_apart else Account.values
            rows = Transfer.objects.filter(**{f"{side}__kind__in": summed}).order_by()
            keys = (side, "day", *told_apart)
            for *key, amount in rows.values_list(*keys).annotate(all=Sum("amount")):
                own = tuple(key)
                expected[own] = expected.get(own, 0) + sign * amount
        kept = DailySum.objects.filter(grain=grain).values_list(
            "account",
            "day",
            *[
                NullIf("user", Value(0)) if each == "user" else each
                for each in told_apart
            ],
            "amount",
        )
        found = {tuple(key): amount for *key, amount in kept}
        for key in sorted(expected.keys() | found.keys(), key=str):
            if expected.get(key, 0) != found.get(key, 0):
                yield (
                    f"the sum of {grain} {key} says {found.get(key, 0)},"
                    f" its transfers say {expected.get(key, 0)}"
                )


def wrong_statements() -> Iterator[str]:
    """A closed month's statement equals its transfers."""
    for closed in ClosedMonth.objects.select_related("team"):
        now = month_closing.statement(closed.team, reports.month_of(closed.start))
        for entry in _entries(now) ^ _entries(closed.statement):
            yield f"closed month {closed.pk} ({closed}): {entry} is not so any more"


def _entries(statement: list[month_closing.Entry]) -> set[tuple[Any, ...]]:
    return {
        # By name: PostgreSQL keeps no key order in JSON.
        (entry["gateway"], entry["unit"], kind, *map(each.get, month_closing.COLUMNS))
        for entry in statement
        for kind, each in entry["accounts"].items()
    }
