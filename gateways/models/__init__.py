"""Accounts at gateways, the models they list, and the faults they report."""

from gateways.models.accounts import AccountChange, CatalogueEntry, GatewayAccount
from gateways.models.fault_notices import FaultNotice

__all__ = ["AccountChange", "CatalogueEntry", "FaultNotice", "GatewayAccount"]
