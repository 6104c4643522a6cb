from gateways.models.account_health import AccountHealth
from gateways.models.fault_notices import FaultNotice
from gateways.models.gateway_account import (
    AccountChange,
    CatalogueEntry,
    GatewayAccount,
)

__all__ = [
    "AccountChange",
    "AccountHealth",
    "CatalogueEntry",
    "FaultNotice",
    "GatewayAccount",
]
