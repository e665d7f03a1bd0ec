"""LEAF. A request to an address that somebody else has named: to public hosts only, by https, within ten seconds.

The name is looked up once, every address it has must be a public one, and the connection goes to what was looked up
and nowhere else: no second answer of a name server, no redirect and no proxy leads into our own network. The
certificate must be that of the name.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

TIME_LIMIT = 10.0  # seconds for everything after the look-up
PORTS = (443, 8443)
MOST_ANSWER = 4096  # bytes of an answer that are read, where it is wanted at all
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Fault(TextChoices):
    """Why nothing arrived."""

    ADDRESS = "address", _("the address is not a public one, or may not be asked")
    NAME = "name", _("the name has no address")
    CONNECTION = "connection", _("no connection, or it broke")
    CERTIFICATE = "certificate", _("the certificate is not valid for the name")
    TIME = "time", _("no answer within ten seconds")
    REDIRECT = "redirect", _("answered with a redirect, which is not followed")
    ANSWER = "answer", _("answered that it did not take it")
    ECHO = "echo", _("did not send the challenge back")


class Failed(Exception):
    """Nothing arrived, or not for certain. `fault`: why; `status`: of the answer, where there was one."""

    def __init__(self, fault: Fault, status: int | None = None) -> None:
        super().__init__(str(fault))
        self.fault, self.status = fault, status


@dataclass(frozen=True)
class Target:
    """An address taken apart."""

    secure: bool
    host: str
    port: int
    path: str


def target(url: str, *, loopback: bool = False) -> Target:
    """What an address names. `loopback`: this machine may be asked by plain http, on any port. Raises Failed."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        host = (parts.hostname or "").encode("idna").decode("ascii")
    except (ValueError, UnicodeError):
        raise Failed(Fault.ADDRESS) from None
    ports = parts.scheme == "https" and port in PORTS
    clean = url.isascii() and url.isprintable() and " " not in url
    if not host or not clean or "@" in parts.netloc or parts.fragment or not (ports or loopback):
        raise Failed(Fault.ADDRESS)
    if parts.scheme not in ("https", *(["http"] if loopback else [])):
        raise Failed(Fault.ADDRESS)
    return Target(parts.scheme == "https", host, port, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))


def is_public(address: Address) -> bool:
    """Whether an address lies in the public network; one within another one (IPv4 in IPv6) must do so too."""
    inner: list[Address] = []
    if isinstance(address, ipaddress.IPv6Address):
        teredo = address.teredo or ()
        inner = [one for one in (address.ipv4_mapped, address.sixtofour, *teredo) if one is not None]
        if address in _NAT64:
            inner.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        if address.is_site_local or int(address) >> 32 == 0:  # "IPv4-compatible": ::7f00:1
            return False
    refused = (
        address.is_private, address.is_loopback, address.is_link_local, address.is_multicast, address.is_reserved,
        address.is_unspecified,
    )  # fmt: skip
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return is_public(address.ipv4_mapped)
    return address.is_global and not any(refused) and all(map(is_public, inner))


def look_up(wanted: Target, *, loopback: bool = False) -> str:
    """The one address to connect to. Raises Failed where any address of the name is not public."""
    try:
        found = socket.getaddrinfo(wanted.host, wanted.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Failed(Fault.NAME) from None
    addresses = [ipaddress.ip_address(str(row[4][0]).partition("%")[0]) for row in found]
    if not addresses:
        raise Failed(Fault.NAME)
    if not all(is_public(one) or (loopback and one.is_loopback) for one in addresses):
        raise Failed(Fault.ADDRESS)
    if not wanted.secure and not all(one.is_loopback for one in addresses):
        raise Failed(Fault.ADDRESS)
    return str(addresses[0])


def post(
    url: str, body: bytes, headers: Mapping[str, str], *, wants_answer: bool = False, loopback: bool = False
) -> bytes:
    """Send a body; returns the beginning of the answer where it is wanted. Raises Failed unless it was taken (2xx)."""
    wanted = target(url, loopback=loopback)
    line = _Line(look_up(wanted, loopback=loopback), wanted)
    try:
        with line:
            status, answer = line.post(wanted, body, headers, MOST_ANSWER if wants_answer else 0)
    except ssl.SSLCertVerificationError:
        raise Failed(Fault.CERTIFICATE) from None
    except TimeoutError:
        raise Failed(Fault.TIME) from None
    except (OSError, http.client.HTTPException, ValueError):
        raise Failed(Fault.TIME if line.is_cut else Fault.CONNECTION) from None
    if line.is_cut:  # the beginning of an answer is none
        raise Failed(Fault.TIME)
    if 300 <= status < 400:
        raise Failed(Fault.REDIRECT, status)
    if not 200 <= status < 300:
        raise Failed(Fault.ANSWER, status)
    return answer


class _Line:
    """A connection that is cut when the time is over, however slowly the other side goes on."""

    def __init__(self, address: str, wanted: Target) -> None:
        self.address, self.wanted, self.is_cut = address, wanted, False
        self.socket: socket.socket | None = None
        self.clock = threading.Timer(TIME_LIMIT, self._cut)
        self.clock.daemon = True

    def __enter__(self) -> _Line:
        self.clock.start()
        try:
            self.socket = socket.create_connection((self.address, self.wanted.port), timeout=TIME_LIMIT)
            if self.wanted.secure:
                context = ssl.create_default_context()
                self.socket = context.wrap_socket(
                    self.socket, server_hostname=self.wanted.host, do_handshake_on_connect=False
                )
                self.socket.do_handshake()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        self.clock.cancel()
        if self.socket is not None:
            self.socket.close()

    def _cut(self) -> None:
        self.is_cut = True
        if self.socket is not None:
            with contextlib.suppress(OSError):
                # The plain one also for TLS: it touches nothing that the other thread is using.
                socket.socket.shutdown(self.socket, socket.SHUT_RDWR)

    def post(self, wanted: Target, body: bytes, headers: Mapping[str, str], most: int) -> tuple[int, bytes]:
        """Status, and at most so many bytes of the answer."""
        connection = http.client.HTTPConnection(wanted.host, wanted.port, timeout=TIME_LIMIT)
        connection.sock = self.socket
        usual = 443 if wanted.secure else 80
        host = f"[{wanted.host}]" if ":" in wanted.host else wanted.host
        named = host if wanted.port == usual else f"{host}:{wanted.port}"
        connection.request("POST", wanted.path, body, {"Host": named, "Connection": "close", **headers})
        answer = connection.getresponse()
        return answer.status, answer.read(most) if most else b""
