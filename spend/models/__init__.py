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
    RoleLimit,
    first_of_month,
    next_month,
)
from spend.models.model_names import ModelName
from spend.models.policies import ClosedMonth, Rate, SpendRule
from spend.models.purse_balances import PurseBalance
from spend.models.saved_views import SavedView

__all__ = [
    "Budget",
    "BudgetMonth",
    "ClosedMonth",
    "DailySum",
    "Increase",
    "LedgerAccount",
    "ModelName",
    "PurseBalance",
    "Rate",
    "RoleLimit",
    "SavedView",
    "SpendRule",
    "Transfer",
    "TransferQuerySet",
    "first_of_month",
    "next_month",
]
