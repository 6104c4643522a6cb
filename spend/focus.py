"""Costs in FOCUS 1.2 (FinOps Open Cost and Usage Specification; focus.finops.org).

FOCUS wants a national currency, but gateways bill integrals, seconds or images without
a price in money. So the export leaves out ``BilledCost``, ``EffectiveCost``,
``ListCost``, ``ContractedCost`` and ``BillingCurrency``. Amounts stand in
``PricingCurrencyEffectiveCost``, the unit as virtual currency (allowed by
CurrencyFormat) in ``PricingCurrency``. Custom columns begin with ``x_``.
"""

import datetime
import json
from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from spend import reports
from spend.models import (
    LedgerAccount,
    Transfer,
    TransferQuerySet,
    first_of_month,
    next_month,
)

Kind = Transfer.Kind

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
TRANSFER_COLUMNS = (
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
ROWS_A_READ = 2000


def rows(transfers: TransferQuerySet) -> Iterator[list[object]]:
    """Header, then a row per transfer to or from *spent*."""
    yield list(COLUMNS)
    spent = reports.touching(transfers, LedgerAccount.Kind.SPENT)
    for row in (
        spent.order_by("day", "pk")
        .values(*TRANSFER_COLUMNS)
        .iterator(chunk_size=ROWS_A_READ)
    ):
        yield _row(row)


def _row(row: dict[str, Any]) -> list[object]:
    day: datetime.date = row["day"]
    sign = reports.sign(LedgerAccount.Kind.SPENT, row["kind"])
    tags = {
        "team": row["team__name"],
        "person": row["user__username"] or "",
        "operation": row["operation"],
        "model": row["model"],
    }
    return [
        _moment(first_of_month(day)),
        _moment(next_month(day)),
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
    """Start of the day in the portal's time zone, as UTC in ISO 8601."""
    begins = datetime.datetime.combine(day, datetime.time())
    local = timezone.make_aware(begins)
    return local.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
