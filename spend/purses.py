"""Purses: a team's ledger accounts in one unit at one gateway, by the gateway's name.

The accounts at one gateway share a purse: which of them draws is chosen when a
generation is sent, after its reservation. The sandbox has purses of its own. Several
gateways may bill in the same unit: each has its purse.
"""

from django.conf import settings
from django.utils.module_loading import import_string

from spend.units import Unit

SANDBOX = "sandbox."


def key(provider: str, *, is_sandbox: bool) -> str:
    """The provider's name; with the prefix ``sandbox.`` in the sandbox."""
    return f"{SANDBOX}{provider}" if is_sandbox else provider


def of(provider: str) -> str:
    """The purse that pays the provider under the portal's credentials."""
    return key(provider, is_sandbox=settings.SANDBOX)


def billing(unit: str) -> list[str]:
    """The purse of every gateway with credentials that bills in the unit, in the order
    of ``settings.GATEWAY_PROVIDERS``."""
    return [
        of(provider)
        for provider, path in settings.GATEWAY_PROVIDERS.items()
        if provider in settings.GATEWAYS and Unit(unit) in _units(path)
    ]


def _units(path: str) -> set[Unit]:
    """Those that the provider class at a dotted path bills in."""
    made = import_string(path)
    return {made.unit, *made.other_units}


def current(unit: str) -> str:
    """The default purse of the unit: the first of ``billing``; "" where none."""
    return next(iter(billing(unit)), "")


def provider(gateway: str) -> str:
    return gateway.removeprefix(SANDBOX)


def is_sandbox(gateway: str) -> bool:
    return gateway.startswith(SANDBOX)
