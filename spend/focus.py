"""Costs in the form of FOCUS, as far as we can fill it honestly.

FOCUS (FinOps Open Cost and Usage Specification, 1.2; focus.finops.org) wants its costs
in a national currency. What a gateway takes are integrals or pictures, and what an
integral cost in money nobody told us: so ``BilledCost``, ``EffectiveCost``,
``ListCost``, ``ContractedCost`` and ``BillingCurrency`` are left out, and amounts stand
in ``PricingCurrencyEffectiveCost`` with their virtual currency beside them
(CurrencyFormat allows one there). Columns of our own begin with ``x_``.
"""

import datetime
import json
from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from spend import reports
from spend.models import LedgerAccount, Transfer, TransferQuerySet, first_of_month

Kind = Transfer.Kind

#: Column → what it holds; in the order of the file, FOCUS's own first.
COLUMNS = (
    "BillingPeriodStart",
    "BillingPeriodEnd",
    "ChargeCategory",
    "ChargeDescription",
    "ChargeFrequency",
    "ChargePeriodStart",
    "ChargePeriodEnd",
    "PricingCurrency",
    "PricingCurrencyEffectiveCost",
    "ProviderName",
    "ServiceCategory",
    "ServiceName",
    "ServiceSubcategory",
    "SkuId",
    "Tags",
    "x_GenerationId",
    "x_Movement",
    "x_Reference",
    "x_TransferId",
    "x_TransferTime",
)
#: What a row is read with: one query for all of them.
FIELDS = (
    "pk",
    "kind",
    "amount",
    "unit",
    "provider",
    "operation",
    "model",
    "generation",
    "reference",
    "day",
    "created_at",
    "team__name",
    "user__username",
)
#: Rows that are in memory at one time.
CHUNK = 2000


def rows(transfers: TransferQuerySet) -> Iterator[list[object]]:
    """The head, then a row for each movement to or from the spent account."""
    yield list(COLUMNS)
    spent = reports.touching(transfers, LedgerAccount.Kind.SPENT)
    for row in spent.order_by("day", "pk").values(*FIELDS).iterator(chunk_size=CHUNK):
        yield _row(row)


def _row(row: dict[str, Any]) -> list[object]:
    day: datetime.date = row["day"]
    month = first_of_month(day)
    following = first_of_month(month + datetime.timedelta(31))
    sign = reports.sign(LedgerAccount.Kind.SPENT, row["kind"])
    tags = {
        "team": row["team__name"],
        "person": row["user__username"] or "",
        "operation": row["operation"],
        "model": row["model"],
    }
    return [
        _moment(month),
        _moment(following),
        "Usage",
        f"{row['operation'] or row['provider']} {row['kind']}".strip(),
        "Usage-Based",
        _moment(day),
        _moment(day + datetime.timedelta(1)),
        row["unit"],
        sign * row["amount"],
        row["provider"],
        "AI and Machine Learning",
        row["operation"],
        "Generative AI",
        row["model"],
        json.dumps({name: value for name, value in tags.items() if value}),
        row["generation"],
        row["kind"],
        row["reference"],
        row["pk"],
        row["created_at"].astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    ]


def _moment(day: datetime.date) -> str:
    """Where the day begins in the portal's time zone, as FOCUS writes times (UTC)."""
    begins = datetime.datetime.combine(day, datetime.time())
    local = timezone.make_aware(begins)
    return local.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
