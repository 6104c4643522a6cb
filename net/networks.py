"""Addresses and networks that a setting names. Imports no Django: settings do."""

import ipaddress
from collections.abc import Iterable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def networks(names: Iterable[str]) -> list[Network]:
    """Raises ValueError."""
    return [ipaddress.ip_network(name) for name in names]


def address(name: str) -> Address | None:
    """Without a port; an IPv4 address as such, also where IPv6 embeds it."""
    name = name.strip()
    if name.startswith("["):
        name = name[1:].partition("]")[0]
    elif name.count(":") == 1:
        name = name.partition(":")[0]
    try:
        found = ipaddress.ip_address(name)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found
