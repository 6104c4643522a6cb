"""Which purse pays at which gateway.

The accounts at one gateway share a purse: which of them draws is chosen when a
generation is sent, long after its reservation. What is drawn in the sandbox has a purse
of its own.
"""

from django.conf import settings

from spend.units import Unit

#: Unit → the provider that is paid in it.
PROVIDERS = {Unit.INTEGRAL: "wujie", Unit.SECOND: "wujie", Unit.IMAGE: "jumdata"}
SANDBOX = "sandbox."


def key(provider: str, *, is_sandbox: bool) -> str:
    """``wujie``, or ``sandbox.wujie``."""
    return f"{SANDBOX}{provider}" if is_sandbox else provider


def current(unit: str) -> str:
    """The purse that the portal's credentials name for this unit; "" where none."""
    provider = PROVIDERS[Unit(unit)]
    is_known = provider in settings.GATEWAYS
    return key(provider, is_sandbox=settings.SANDBOX) if is_known else ""


def provider(gateway: str) -> str:
    return gateway.removeprefix(SANDBOX)


def is_sandbox(gateway: str) -> bool:
    return gateway.startswith(SANDBOX)
