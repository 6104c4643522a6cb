"""Which addresses belong to the public internet.

`ipaddress` knows the registries of special addresses (RFC 6890), but not what an IPv6
address may hide, and takes multicast and whatever is not assigned for global. So: IPv4
as it says, less what is listed here; of IPv6 global unicast alone, and an IPv4 address
inside it is judged by itself.
"""

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

#: Protocol assignments (RFC 6890); 6to4 relays (RFC 7526).
SPECIAL_IPV4 = tuple(map(ipaddress.IPv4Network, ("192.0.0.0/24", "192.88.99.0/24")))
#: All that was ever assigned (RFC 4291): neither site-local nor IPv4-compatible nor
#: -translated addresses, nor local NAT64 (RFC 8215), are among them.
GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
SPECIAL_IPV6 = tuple(
    map(
        ipaddress.IPv6Network,
        (
            "2001::/23",  # Teredo, ORCHID and other protocols
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4, out of use (RFC 7526)
            "3fff::/20",  # documentation (RFC 9637)
        ),
    )
)
#: IPv6 that NAT64 translates to the IPv4 address in its last 32 bits (RFC 6052).
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
#: The 32 bits before the IPv4 address of an ISATAP interface (RFC 5214 §6.1).
ISATAP = (0x0000_5EFE, 0x0200_5EFE)


def is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv4Address):
        is_special = address.is_multicast or address.is_reserved
        is_special |= any(address in network for network in SPECIAL_IPV4)
        return address.is_global and not is_special
    last = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    if address.ipv4_mapped or address in NAT64:
        return is_public(last)
    is_special = any(address in network for network in SPECIAL_IPV6)
    is_own = address in GLOBAL_UNICAST and address.is_global and not is_special
    is_isatap = int(address) >> 32 & 0xFFFF_FFFF in ISATAP
    return is_own and (not is_isatap or is_public(last))
