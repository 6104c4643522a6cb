from gateways.models.account_health import AccountHealth
from gateways.models.fault_notices import FaultNotice
from gateways.models.gateway_account import (
    AccountChange,
    CatalogueEntry,
    GatewayAccount,
)
from gateways.models.known_prices import KnownPrice

__all__ = [
    "AccountChange",
    "AccountHealth",
    "CatalogueEntry",
    "FaultNotice",
    "GatewayAccount",
    "KnownPrice",
]
