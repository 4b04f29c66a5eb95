"""Which addresses a webhook may connect to.

A name that a webhook has may lead to an address of this machine or of its network, such as the
metadata service of a cloud; only an address that was checked is connected to.
"""

from __future__ import annotations

import asyncio
import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

__all__ = ["PrivateAddressError", "is_public", "resolve"]

_WITH_IPV4 = (IPv6Network("64:ff9b::/96"), IPv6Network("::/96"))
"""Networks whose last 32 bits are an address of IPv4: that of NAT64 (RFC 6052), and the addresses
compatible to IPv4 (RFC 4291, section 2.5.5.1)."""


class PrivateAddressError(OSError):
    """The name leads to a private address only."""


async def resolve(host: str, port: int, *, allow_private: bool) -> list[str]:
    """Return the addresses of a host that may be connected to.

    Args:
        host: A name or an address.
        port: The port, which some resolvers need.
        allow_private: Whether private addresses may be connected to.

    Raises:
        PrivateAddressError: It has private addresses only.
        OSError: It has no address.
    """
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]) for entry in found]
    allowed = [each for each in addresses if allow_private or is_public(each)]
    if not allowed:
        raise PrivateAddressError(
            "the address is private, loopback or link-local, and allow_private is not set"
        )
    return allowed


def is_public(address: str) -> bool:
    """Whether an address is one of the public internet, also of IPv4 within IPv6."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if ip.teredo is not None:
            inner = ip.teredo[1]
        elif any(ip in network for network in _WITH_IPV4):
            inner = IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        if ip.is_site_local:
            return False
    return ip.is_global and not ip.is_multicast
