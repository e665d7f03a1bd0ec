"""WRITER. Asks the addresses that pages link to whether they still answer, and keeps the answers for the report.

Only http and https, and only hosts of the public internet: an editor's link must not make the server look into its own
network. The host is looked up once and that address is asked, so that a second look-up cannot lead elsewhere. A failed
question is stored as status 0. The worker asks weekly; nothing is asked while a page is shown.
"""

from __future__ import annotations

import http.client
import re
import socket
import ssl
import time
from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from urllib.parse import quote, urljoin, urlsplit

from django.conf import settings
from django.utils import timezone

from cms.models import LinkCheck
from cms.reports import addresses_in_use

AGAIN_AFTER = timedelta(days=6)
SECONDS = 10
REDIRECTS = 5
LONGEST = 400  # characters; longer addresses are not kept
NO_ANSWER = 0
LARGEST = 65_536  # bytes of the head of an answer
READABLE = "/%?:@!$&'()*+,;=~"  # signs of an address that stay as they are
STATUS = re.compile(r"HTTP/1\.[01] ([1-5][0-9]{2})(?: |$)")
PARTS_OF_IPV4 = ip_network("::/8")  # forms that hold an address of the old kind: a gateway may lead back inside
PROTOCOLS = ip_network("192.0.0.0/24")
ASK_ANEW = frozenset({403, 404, 405, 501})  # some servers answer a question for the head alone so


def check_links(limit: int = 200) -> int:
    """Ask up to `limit` addresses, those first that were never asked or longest ago; returns how many were asked.

    Answers about addresses that no published page has any more are thrown away.
    """
    addresses = {address for address in addresses_in_use() if len(address) <= LONGEST}
    LinkCheck.objects.exclude(address__in=addresses).delete()
    fresh = timezone.now() - AGAIN_AFTER
    known = dict(LinkCheck.objects.values_list("address", "checked_at"))
    never = sorted(addresses - known.keys())
    long_ago = sorted((known[one], one) for one in addresses & known.keys() if known[one] < fresh)
    due = [*never, *(one for _moment, one in long_ago)][:limit]
    for address in due:
        status = ask(address)
        LinkCheck.objects.update_or_create(
            address=address, defaults={"status": status, "checked_at": timezone.now()}
        )
    return len(due)


def ask(address: str) -> int:
    """The HTTP status that an address answers with in the end, or 0."""
    for _step in range(REDIRECTS + 1):
        try:
            status, onward = _once(address)
            if not (300 <= status < 400 and onward):
                return status
            address = urljoin(address, onward)
        except (OSError, ValueError, http.client.HTTPException):
            return NO_ANSWER
    return NO_ANSWER


def _once(address: str) -> tuple[int, str]:
    """(status, address to go on to) of one question. The body is never read."""
    status, onward = _answer(address, "HEAD")
    return _answer(address, "GET") if status in ASK_ANEW else (status, onward)


def _answer(address: str, method: str) -> tuple[int, str]:
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        raise ValueError("only plain http and https addresses are asked")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    connection = http.client.HTTPConnection(parts.hostname, port, timeout=SECONDS)
    sock: socket.socket = socket.create_connection((public_address(parts.hostname, port), port), SECONDS)
    try:
        if parts.scheme == "https":
            sock = ssl.create_default_context().wrap_socket(sock, server_hostname=parts.hostname)
        connection.sock = sock
        path = quote(parts.path or "/", READABLE) + (f"?{quote(parts.query, READABLE)}" if parts.query else "")
        agent = f"GI register, check of links ({settings.SITE_URL})"
        connection.request(method, path, headers={"User-Agent": agent, "Accept": "*/*", "Connection": "close"})
        return _head(sock)
    finally:
        sock.close()


def _head(sock: socket.socket) -> tuple[int, str]:
    """(status, address to go on to) of an answer, as long as its head comes in time: a server may send for ever."""
    until = time.monotonic() + SECONDS
    received = b""
    while True:
        head, end, rest = received.partition(b"\r\n\r\n")
        if end:
            lines = head.decode("utf-8", "replace").split("\r\n")
            if not (status := STATUS.match(lines[0])):
                raise ValueError("no answer in HTTP")
            if int(status[1]) >= 200:
                onward = [line.partition(":")[2].strip() for line in lines if line.lower().startswith("location:")]
                return int(status[1]), onward[0] if onward else ""
            received = rest  # news on the way, before the answer itself
            continue
        sock.settimeout(max(0.01, until - time.monotonic()))
        piece = sock.recv(4096)
        received += piece
        if not piece or len(received) > LARGEST or time.monotonic() > until:
            raise ValueError("no answer in time")


def public_address(host: str, port: int) -> str:
    """The address of a host on the public internet. Raises ValueError where one of its addresses is not public."""
    found = [str(row[4][0]) for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not found or not all(is_public(address) for address in found):
        raise ValueError(f"{host} is not on the public internet")
    return found[0]


def is_public(address: str) -> bool:
    """Whether an IP address may be asked."""
    parsed = ip_address(address.partition("%")[0])
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped:
            return is_public(str(parsed.ipv4_mapped))
        if parsed in PARTS_OF_IPV4 or parsed.sixtofour or parsed.teredo or parsed.is_site_local:
            return False
    elif parsed in PROTOCOLS:
        return False
    return parsed.is_global and not parsed.is_multicast and not parsed.is_reserved
