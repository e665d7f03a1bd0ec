"""LEAF. The one address of a page: with the parameters that say what it shows, without all others."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlencode

# Parameters that narrow what a page shows; the order, the look and where somebody came from do not.
MEANINGFUL = frozenset({
    "q", "province", "category", "track", "status", "year", "agreement", "list", "enterprises", "as_of", "product",
    "issuer", "type", "subject", "kind", "side", "country", "batch", "compare", "compare_on", "whole", "law",
})  # fmt: skip
MOST, LONGEST = 12, 100  # parameters of an address, and signs of a value; pages of ours make no more

# Pages that belong to one person, behind a secret link, or that are answers to what somebody typed.
PRIVATE = re.compile(
    r"/(en/)?(desk|portal|account|_util|cms|find|search|v|V|follow|follows)/|/(en/)?(objections/status|report)/[^/?]+"
)


def query_of(parameters: Iterable[tuple[str, str]], number: str = "") -> str:
    """The meaningful parameters in one order, and the number of the page after the first; '' for none."""
    kept = sorted(
        {(name, value) for name, value in parameters if name in MEANINGFUL and value and len(value) <= LONGEST}
    )[:MOST]
    if re.fullmatch(r"[1-9][0-9]{0,5}", number) and number != "1":
        kept.append(("page", number))
    return "?" + urlencode(kept) if kept else ""


def is_private(path: str) -> bool:
    """Whether a path is for no search engine."""
    return PRIVATE.match(path) is not None
