"""LEAF. Where the text of a page leads: addresses elsewhere, own ones, and records, pages and files by their key."""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from cms.personal_data import pieces_of

WHOLE = re.compile(r"https?://[^\s\"'<>]+", re.IGNORECASE)
_TAG = re.compile(r"<a\s[^>]*>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')
# Fields of pieces that hold the key of something.
CHOSEN = frozenset({"image", "picture", "document", "product", "products", "province", "agreement", "poverty_list"})
KINDS = {"products": "product", "picture": "image"}  # of links, where the field is called otherwise


@dataclass(frozen=True)
class Link:
    """One link. `kind`: "address" (elsewhere), "own" (a path of this site), or what a key names: "page", "document",
    "image", "product", "province", "agreement", "poverty_list"; `target`: the address or the key."""

    kind: str
    target: str

    @property
    def key(self) -> int:
        """The key, for links that have one."""
        return int(self.target)


def links_in(data: Any, own_hosts: Collection[str] = ()) -> list[Link]:
    """The links of a stored page (`Page.serializable_data()`), each once, in their order."""
    return list(dict.fromkeys(_walk(data, "", frozenset(own_hosts))))


def _walk(data: Any, name: str, own: frozenset[str]) -> Iterator[Link]:
    if isinstance(data, dict):
        for key, value in data.items():
            # Pieces of a list are {"type": "item", "value": …} and go by the name of the list.
            yield from _walk(value, name if key == "value" and name in CHOSEN else key, own)
    elif isinstance(data, list):
        for value in data:
            yield from _walk(value, name, own)
    elif isinstance(data, bool):
        return
    elif isinstance(data, int) and name in CHOSEN:
        yield Link(KINDS.get(name, name), str(data))
    elif isinstance(data, str) and data:
        pieces = pieces_of(data)
        if pieces is not None:
            for piece in pieces:
                # The type of a piece is its name: a text made of pieces has no fields of its own.
                yield from _walk(piece.get("value"), str(piece.get("type")), own) if isinstance(piece, dict) else ()
        elif WHOLE.fullmatch(data):
            yield _address(data, own)
        else:
            yield from (link for tag in _TAG.findall(data) for link in _of_tag(tag, own))


def _of_tag(tag: str, own: frozenset[str]) -> Iterator[Link]:
    values = {key.lower(): html.unescape(value) for key, value in _ATTRIBUTE.findall(tag)}
    if values.get("linktype") in ("page", "document") and values.get("id", "").isdecimal():
        yield Link(values["linktype"], values["id"])
    elif WHOLE.fullmatch(values.get("href", "")):
        yield _address(values["href"], own)
    elif WHOLE.fullmatch(f"https:{values.get('href', '')}"):  # //host/…
        yield _address(f"https:{values['href']}", own)
    elif values.get("href", "").startswith("/"):
        yield Link("own", values["href"])


def _address(address: str, own: frozenset[str]) -> Link:
    start, rest = address.split("://", 1)
    host, slash, path = rest.partition("/")
    return Link("own", f"{slash or '/'}{path}") if host.lower() in own else Link("address", f"{start.lower()}://{rest}")
