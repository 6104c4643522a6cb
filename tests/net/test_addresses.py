"""Special addresses are not public, nor is IPv6 around a special IPv4 address."""

from ipaddress import ip_address

import pytest

from net.addresses import is_public

PRIVATE_IPV4 = (
    *("0.0.0.0", "0.0.0.1", "10.0.0.8", "100.64.0.1", "127.0.0.1", "169.254.169.254"),
    *("172.16.0.1", "192.0.0.9", "192.0.2.1", "192.88.99.1", "192.168.1.1"),
    *("198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1"),
    *("240.0.0.1", "255.255.255.255"),
)


@pytest.mark.parametrize("address", PRIVATE_IPV4)
@pytest.mark.parametrize(
    "form",
    [
        "{}",
        "::ffff:{}",  # mapped
        "::ffff:0:{}",  # translated (SIIT)
        "::{}",  # compatible
        "64:ff9b::{}",  # NAT64
        "64:ff9b:1::{}",  # NAT64 of a local prefix
        "2606:4700::5efe:{}",  # ISATAP
        "2606:4700::200:5efe:{}",
    ],
)
def test_a_special_ipv4_address_is_found_in_each_form(address: str, form: str) -> None:
    assert not is_public(ip_address(form.format(address)))


@pytest.mark.parametrize(
    "address",
    [
        *("::", "::1", "100::1", "fc00::1", "fd00::8", "fe80::1", "fe80::1%eth0"),
        *("fec0::1", "ff02::1", "ff0e::1", "2001:db8::1", "3fff::1", "5f00::1"),
        *("4000::1", "2001:2::1", "2001:10::1", "2001:20::1", "::8.8.8.8"),
        "2002:7f00:1::1",  # 6to4 of 127.0.0.1
        "2002:808:808::1",  # 6to4 of 8.8.8.8: nothing answers there any more
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",  # Teredo
        *("64:ff9b:1:ffff::808:808", "::ffff:0:8.8.8.8", "fe80::5efe:808:808"),
    ],
)
def test_special_ipv6_addresses_are_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        *("8.8.8.8", "93.184.215.14", "223.255.255.254"),
        *("2606:2800:21f:cb07:6820:80da:af6b:8b2c", "2a00:1450:4001::200e"),
        *("64:ff9b::808:808", "::ffff:8.8.8.8", "2606:4700::5efe:808:808"),
    ],
)
def test_others_are_public(address: str) -> None:
    assert is_public(ip_address(address))
