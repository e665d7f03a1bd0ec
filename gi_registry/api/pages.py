"""LEAF. One page of a list at a time. A cursor is opaque to clients and holds where to go on.

Queries are ordered by a key that never changes ("after this key", "before this key"): what is entered meanwhile
neither repeats nor hides a row. Lists in an order of their own, such as best match first, are counted from their
beginning instead.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from gi_registry.api.problems import Invalid

LIMIT, MOST = 50, 200
AFTER, BEFORE, FROM = ">", "<", "+"
_CURSOR = re.compile(r"([<>])([A-Za-z0-9_-]{1,40})|(\+)([0-9]{1,6})", re.ASCII)
PARAMETERS = ("limit", "cursor")


class Where(NamedTuple):
    """The page asked for; `mark` is "" for the first one."""

    limit: int = LIMIT
    mark: str = ""
    value: str = ""


class Page(NamedTuple):
    """The rows of a page, and the cursors of its neighbours; None where there is none."""

    rows: list[Any]
    next: str | None
    previous: str | None


def read(query: QueryDict) -> Where:
    """What `limit` and `cursor` say. Raises Invalid."""
    errors = {}
    text = query.get("limit") or str(LIMIT)
    if not re.fullmatch(r"[0-9]{1,3}", text, re.ASCII) or not 1 <= int(text) <= MOST:
        errors["limit"] = [_("A whole number from 1 to %(most)s.") % {"most": MOST}]
    mark, value = "", ""
    if cursor := query.get("cursor"):
        match = _CURSOR.fullmatch(_opened(cursor))
        if match is None:
            errors["cursor"] = [_("This is no cursor of this interface; take it from a link to a page.")]
        else:
            mark, value = (part for part in match.groups() if part)
    if errors:
        raise Invalid(errors)
    return Where(int(text), mark, value)


def of_query(rows: QuerySet[Any], where: Where, key: str) -> Page:
    """A page of a query in the order of `key`, a unique column. Raises Invalid for a cursor of another list."""
    if where.mark == FROM:
        return of_list(rows.order_by(key), where)
    backwards = where.mark == BEFORE
    if where.mark:
        try:
            rows = rows.filter(**{f"{key}__{'lt' if backwards else 'gt'}": _typed(rows, key, where.value)})
        except ValueError as error:
            raise Invalid({"cursor": [_("This cursor belongs to another list.")]}) from error
    found = list(rows.order_by(f"-{key}" if backwards else key)[: where.limit + 1])
    more, found = len(found) > where.limit, found[: where.limit]
    if backwards:
        found.reverse()
    if not found:
        return Page([], None, None)
    after, before = (_closed(mark, getattr(row, key)) for mark, row in ((AFTER, found[-1]), (BEFORE, found[0])))
    return Page(found, after if more or backwards else None, before if (more if backwards else where.mark) else None)


def of_list(rows: Sequence[Any] | QuerySet[Any], where: Where) -> Page:
    """A page of rows in their own order. Raises Invalid for a cursor of another list."""
    if where.mark not in ("", FROM):
        raise Invalid({"cursor": [_("This cursor belongs to another list.")]})
    start = int(where.value or 0)
    found = list(rows[start : start + where.limit + 1])
    following = _closed(FROM, start + where.limit) if len(found) > where.limit else None
    before = _closed(FROM, max(0, start - where.limit)) if start else None
    return Page(found[: where.limit], following, before)


def links(page: Page, address: str, query: QueryDict) -> dict[str, str | None]:
    """Addresses of the neighbouring pages: what was asked, with another cursor."""

    def to(cursor: str | None) -> str | None:
        if cursor is None:
            return None
        asked = query.copy()
        asked["cursor"] = cursor
        return f"{address}?{asked.urlencode()}"

    return {"next": to(page.next), "previous": to(page.previous)}


def header(addresses: Mapping[str, str | None]) -> str:
    """The same as a Link header (RFC 8288); '' for none."""
    rel = {"next": "next", "previous": "prev"}
    return ", ".join(f'<{url}>; rel="{rel[name]}"' for name, url in addresses.items() if url)


def _typed(rows: QuerySet[Any], key: str, value: str) -> Any:
    number = rows.model._meta.get_field("id" if key == "pk" else key).get_internal_type() != "CharField"
    if number and not re.fullmatch(r"[0-9]{1,9}", value, re.ASCII):
        raise ValueError(value)
    return int(value) if number else value


def _closed(mark: str, value: object) -> str:
    return base64.urlsafe_b64encode(f"{mark}{value}".encode()).decode().rstrip("=")


def _opened(cursor: str) -> str:
    try:
        return base64.urlsafe_b64decode((cursor + "=" * (-len(cursor) % 4)).encode()).decode()
    except (binascii.Error, UnicodeError, ValueError):
        return ""
