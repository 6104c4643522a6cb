"""A purse: a team's ledger accounts in one unit at one gateway, by its name.

A gateway's accounts share a purse: which one draws is chosen at sending, after the
reservation. The sandbox has its own purses, and so has each of several gateways that
bill in one unit.
"""

from django.conf import settings
from django.utils.module_loading import import_string

from spend.units import Unit

SANDBOX = "sandbox."


def key(provider: str, *, is_sandbox: bool) -> str:
    return f"{SANDBOX}{provider}" if is_sandbox else provider


def of(provider: str) -> str:
    """Under the portal's credentials."""
    return key(provider, is_sandbox=settings.SANDBOX)


def billing(unit: str) -> list[str]:
    """Purses of gateways with credentials that bill in the unit, in the order of
    ``settings.GATEWAY_PROVIDERS``."""
    return [
        of(provider)
        for provider, path in settings.GATEWAY_PROVIDERS.items()
        if provider in settings.GATEWAYS and Unit(unit) in _units(path)
    ]


def _units(path: str) -> set[Unit]:
    """Of the provider class at a dotted path."""
    made = import_string(path)
    return {made.unit, *made.other_units}


def current(unit: str) -> str:
    """The default purse; "" where none."""
    return next(iter(billing(unit)), "")


def provider(gateway: str) -> str:
    return gateway.removeprefix(SANDBOX)


def is_sandbox(gateway: str) -> bool:
    return gateway.startswith(SANDBOX)
