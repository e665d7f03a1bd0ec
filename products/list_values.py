"""READER. What the registrar keeps of lists, units and agreements, as values that can be compared and sealed."""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Mapping
from typing import Any, TypedDict

from django.db import models

from gi_registry.models import Division
from products.models import Agreement, ListedUnit, PovertyList
from products.record_values import columns_of


class PovertyListValues(TypedDict, total=False):
    """What the registrar keeps of a poverty list."""

    name_zh: str
    name_en: str
    published_on: datetime.date | None
    published_precision: str
    official_size: int
    note: str
    order: int


class ListedUnitValues(TypedDict, total=False):
    """What the registrar keeps of a unit on a poverty list."""

    name_zh: str
    code_then: str
    province: Division
    divisions: frozenset[Division]
    level: str
    area: str
    key_county: bool
    designated_on: datetime.date | None
    exited_on: datetime.date | None
    exited_precision: str
    exit_basis: str
    list_basis: str
    flags_basis: str
    sources: str
    note: str


class AgreementValues(TypedDict, total=False):
    """What the registrar keeps of an agreement."""

    name_zh: str
    name_en: str
    partner: str
    parent: Agreement | None
    scheme_label: str
    outbound_size: int | None
    inbound_size: int | None
    signed_on: datetime.date | None
    in_force_on: datetime.date | None
    status_text: str
    legal_reference: str
    note: str
    order: int


POVERTY_LIST_COLUMNS = tuple(PovertyListValues.__annotations__)
UNIT_COLUMNS = tuple(name for name in ListedUnitValues.__annotations__ if name != "divisions")
AGREEMENT_COLUMNS = tuple(AgreementValues.__annotations__)


def poverty_list_values(poverty_list: PovertyList) -> dict[str, Any]:
    """The present values of a poverty list."""
    return columns_of(poverty_list, POVERTY_LIST_COLUMNS)


def unit_values(unit: ListedUnit) -> dict[str, Any]:
    """The present values of a listed unit."""
    return {**columns_of(unit, UNIT_COLUMNS), "divisions": frozenset(unit.divisions.all())}


def agreement_values(agreement: Agreement) -> dict[str, Any]:
    """The present values of an agreement."""
    return columns_of(agreement, AGREEMENT_COLUMNS)


def unit_key(code_then: str, name_zh: str) -> str:
    """What a unit is known by when a file is loaded: code and name of the list's own time."""
    return f"{code_then} {name_zh}".strip()


def fingerprint(values: Any) -> str:
    """SHA-256 in hex of values: who sends it back has seen exactly these."""
    text = json.dumps(_plain(values), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, models.Model):
        return value.pk
    if isinstance(value, Mapping):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, frozenset):
        return sorted(_plain(part) for part in value)
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value.isoformat() if isinstance(value, datetime.date) else value


def list_fingerprint(poverty_list: PovertyList) -> str:
    """The same of a whole list: its latest version and the units that stand on it. Three queries."""
    last = poverty_list.versions.last()
    rows = ListedUnit.objects.filter(poverty_list=poverty_list, dropped_in=None).order_by("pk")
    rows = rows.select_related("province").prefetch_related("divisions")
    return fingerprint([last.number if last else 0, [[row.pk, unit_values(row)] for row in rows]])
