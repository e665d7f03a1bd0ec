"""LEAF. Where a request comes from, as little of it as is needed: the network, not the address.

An address can be a person; a /24 of IPv4 or a /48 of IPv6 is a street of a carrier, a company or one household.
Limits, provinces and visitor tokens work with the network only. Nothing stores either.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest

ADDRESS_LENGTH = 60  # characters; the longest address with brackets and port has 53


def client_address(request: HttpRequest) -> IPv4Address | IPv6Address | None:
    """The address that the outermost trusted machine saw; None where it is missing or malformed.

    Behind `TRUSTED_PROXY_COUNT` proxies that is the entry of X-Forwarded-For so many from the end: what stands before
    it was written by the visitor. A request without the header, or with fewer entries, did not pass all proxies.
    """
    written = str(request.META.get("REMOTE_ADDR") or "")
    proxies: int = getattr(settings, "TRUSTED_PROXY_COUNT", 0)
    if proxies and (header := request.META.get("HTTP_X_FORWARDED_FOR")):
        entries = header.rsplit(",", proxies)[-proxies:]
        written = entries[0].rpartition(",")[2] if len(entries) == proxies else ""
    return _parsed(written.strip())


def direct_address(request: HttpRequest) -> IPv4Address | IPv6Address | None:
    """The machine at the other end of the connection, which may be a proxy; None where it is not known.

    A connection through a socket file has no address: it comes from this machine, mostly from a proxy.
    """
    return _parsed(str(request.META.get("REMOTE_ADDR") or ""))


def _parsed(written: str) -> IPv4Address | IPv6Address | None:
    """203.0.113.9, 203.0.113.9:8080, 2001:db8::1, [2001:db8::1]:8080; IPv4 inside IPv6 is IPv4."""
    if len(written) > ADDRESS_LENGTH:
        return None
    if written.startswith("["):
        written = written[1:].partition("]")[0]
    elif written.count(":") == 1:
        written = written.partition(":")[0]
    try:
        address = ip_address(written.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


def network_of(request: HttpRequest) -> str:
    """The network of a request: '203.0.113.0/24', '2001:db8:7::/48', or '' where it is not known."""
    address = client_address(request)
    if address is None:
        return ""
    if isinstance(address, IPv4Address):
        return str(address).rpartition(".")[0] + ".0/24"
    return f"{IPv6Address(int(address) >> 80 << 80)}/48"
