"""Accounts at gateways, their health, the lists they offer, the faults they report."""

from gateways.models.account_health import AccountHealth
from gateways.models.accounts import AccountChange, CatalogueEntry, GatewayAccount
from gateways.models.fault_notices import FaultNotice

__all__ = [
    "AccountChange",
    "AccountHealth",
    "CatalogueEntry",
    "FaultNotice",
    "GatewayAccount",
]
