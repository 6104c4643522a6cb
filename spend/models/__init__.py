"""Amounts are whole numbers of one unit."""

from spend.models.books import (
    DailySum,
    LedgerAccount,
    Transfer,
    TransferQuerySet,
)
from spend.models.limits import (
    Budget,
    BudgetMonth,
    Increase,
    first_of_month,
    next_month,
)
from spend.models.model_names import ModelName
from spend.models.policies import ClosedMonth, Rate, SpendRule

__all__ = [
    "Budget",
    "BudgetMonth",
    "ClosedMonth",
    "DailySum",
    "Increase",
    "LedgerAccount",
    "ModelName",
    "Rate",
    "SpendRule",
    "Transfer",
    "TransferQuerySet",
    "first_of_month",
    "next_month",
]
