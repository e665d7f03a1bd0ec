"""LEAF. The province of a network, from a table in this installation. Nobody is asked over the internet.

The table that comes with the register is made from DB-IP's free data (`reference/ip_provinces/README.md` says what was
measured); `GI_IP_TABLE` names a better one, made by `manage.py build_ip_table`.
"""

from __future__ import annotations

import logging
from functools import cache
from ipaddress import ip_address
from pathlib import Path

from django.conf import settings

from gi_registry.ip_tables import ABROAD, BITS, Table, WrongTable, read

__all__ = ["ABROAD", "province_of", "source", "table_fault", "weak_provinces"]

OWN_TABLE = Path(__file__).resolve().parent / "reference" / "ip_provinces" / "table.bin"
log = logging.getLogger(__name__)


def province_of(network: str) -> str:
    """Six digits of GB/T 2260 for a network as `networks.network_of` writes it, or for a whole address.

    "00" is abroad; "" is not known, which private and malformed networks are too.
    """
    try:
        start = ip_address(network.partition("/")[0])
    except ValueError:
        return ""
    return _table().answer(start.version, int(start) >> (start.max_prefixlen - BITS[start.version]))


def weak_provinces() -> frozenset[str]:
    """Provinces whose answer is often wrong, because networks of the whole country are labelled with them.

    A rule that warns the public must not rest on one of them.
    """
    return frozenset(_table().about.get("weak", ()))


def source() -> dict[str, str]:
    """`source`, `licence` and `day` of the table, for the pages that show what was computed with it."""
    return {key: str(_table().about.get(key, "")) for key in ("source", "licence", "day")}


def table_fault() -> str:
    """Why the table that `GI_IP_TABLE` names cannot be used, in English for the operator; "" where it can."""
    file = _wanted()
    try:
        read(Path(file or OWN_TABLE))
    except OSError as error:
        return f"{file} cannot be read: {error.strerror}."
    except WrongTable as error:
        return f"{file}: {error}."
    return ""


def _wanted() -> str:
    return getattr(settings, "IP_TABLE", "")


def _table() -> Table:
    return _kept(_wanted())


@cache
def _kept(file: str) -> Table:
    """The operator's table, else ours: a page must not fail because a file is gone. A new one needs a new start."""
    try:
        return read(Path(file or OWN_TABLE))
    except (OSError, WrongTable):
        if not file:
            raise
        log.exception("The table of networks %s cannot be used; the one of the register is.", file)
        return _kept("")
