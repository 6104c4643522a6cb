"""Whether the ledger is true to itself: what is kept beside equals its plain sums.

Only reads. Every function yields one sentence for each broken row.
"""

from collections.abc import Iterator
from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from spend import budgets
from spend.ledger import MAY_OWE
from spend.models import BudgetMonth, LedgerAccount, Transfer


def broken() -> Iterator[str]:
    yield from wrong_balances()
    yield from overdrawn()
    yield from crossed_transfers()
    yield from wrong_budgets()


def wrong_balances() -> Iterator[str]:
    """A balance is the sum of what came in less the sum of what went out."""
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
    """Nobody can have set aside, spent or lost less than nothing."""
    accounts = LedgerAccount.objects.exclude(kind__in=MAY_OWE).filter(balance__lt=0)
    for account in accounts.select_related("team"):
        yield f"ledger account {account.pk} ({account}) is at {account.balance}"


def crossed_transfers() -> Iterator[str]:
    """A transfer stays within one team and one unit."""
    same = Transfer.objects.filter(
        source__team=F("team"),
        destination__team=F("team"),
        source__unit=F("unit"),
        destination__unit=F("unit"),
    )
    for transfer in Transfer.objects.exclude(pk__in=same.values("pk")).iterator():
        yield f"transfer {transfer.pk} ({transfer}) leaves its team or its unit"


def wrong_budgets() -> Iterator[str]:
    for month in BudgetMonth.objects.select_related("budget__team", "budget__user"):
        used = budgets.used_in(month.budget, month.month)
        if used != month.used:
            yield (
                f"budget month {month.pk} ({month}) counts {month.used},"
                f" its transfers say {used}"
            )
