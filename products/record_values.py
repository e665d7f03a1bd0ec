"""Products, rights and announcements as plain values: what the registrar takes, and what the register holds.

A reader asks for the present values, compares, and hands the registrar what should be different.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any, NamedTuple, TypedDict

from django.db import models

from gi_registry.journal import Subject
from gi_registry.models import Division
from products.models import AgreementEntry, Announcement, Product, Right, Source
from products.states import NameKind


class Name(NamedTuple):
    """A further name of a product. `kind` is a `NameKind`; former names are kept by the registrar itself."""

    kind: str
    text: str
    language: str = "zh-Hans"
    source: str = ""


class Area(NamedTuple):
    """A division of the area of a right, with an `Extent` and an `AreaBasis`."""

    division: Division
    extent: str
    basis: str
    basis_note: str = ""


class Act(NamedTuple):
    """What an announcement does for a right: an `AnnouncementKind`."""

    announcement: Announcement
    kind: str


class ProductValues(TypedDict, total=False):
    """What the registrar keeps of a product."""

    name_zh: str
    name_pinyin: str
    name_en: str
    name_en_basis: str
    category: str
    province: Division | None
    province_basis: str
    names: frozenset[Name]
    former_numbers: frozenset[int]


class RightValues(TypedDict, total=False):
    """What the registrar keeps of a right. `areas` are those that have not ended."""

    track: str
    status: str
    status_note: str
    approved_on: datetime.date | None
    approved_precision: str
    effective_from: datetime.date | None
    effective_from_basis: str
    registration_no: str
    area_text: str
    basis: str
    note: str
    sources: frozenset[Source]
    areas: frozenset[Area]
    announcements: frozenset[Act]


class AnnouncementValues(TypedDict, total=False):
    """What the registrar keeps of an announcement."""

    issuer: str
    issuer_text: str
    year: int | None
    number: int | None
    text: str
    published_on: datetime.date | None
    published_precision: str
    body: str
    corrects: Announcement | None
    demonstration: bool


class EntryValues(TypedDict, total=False):
    """What the registrar keeps of a name on an agreement list. `product` goes together with `match_basis`."""

    batch: str
    side: str
    seq: int | None
    name_native: str
    name_transcription: str
    name_zh: str
    name_en: str
    country: str
    product_category: str
    status: str
    status_text: str
    protected_from: datetime.date | None
    sources: str
    product: Product | None
    match_basis: str
    annex: str
    home_right: str
    home_number: str
    left_out_on: datetime.date | None


def _columns(values: type[Any], *collections: str) -> tuple[str, ...]:
    return tuple(name for name in values.__annotations__ if name not in collections)


PRODUCT_COLUMNS = _columns(ProductValues, "names", "former_numbers")
RIGHT_COLUMNS = _columns(RightValues, "sources", "areas", "announcements")
ANNOUNCEMENT_COLUMNS = _columns(AnnouncementValues)
ENTRY_COLUMNS = _columns(EntryValues)
SOURCE_COLUMNS = ("kind", "title", "date_text", "note", "address")


def columns_of(record: models.Model, columns: Iterable[str]) -> dict[str, Any]:
    """The named columns of a row."""
    return {name: getattr(record, name) for name in columns}


def product_values(product: Product) -> dict[str, Any]:
    """The present values of a product, as `amend_product` takes them."""
    values = columns_of(product, PRODUCT_COLUMNS)
    values["names"] = frozenset(
        Name(row.kind, row.text, row.language, row.source)
        for row in product.names.all()
        if row.kind != NameKind.FORMER
    )
    values["former_numbers"] = frozenset(row.number for row in product.former_numbers.all())
    return values


def right_values(right: Right) -> dict[str, Any]:
    """The present values of a right, as `amend_right` takes them."""
    values = columns_of(right, RIGHT_COLUMNS)
    values["sources"] = frozenset(right.sources.all())
    values["areas"] = frozenset(
        Area(row.division, row.extent, row.basis, row.basis_note)
        for row in right.areas.all()
        if row.effective_to is None
    )
    values["announcements"] = frozenset(
        Act(row.announcement, row.kind) for row in right.announcement_entries.all()
    )
    return values


def announcement_values(announcement: Announcement) -> dict[str, Any]:
    """The present values of an announcement, as `amend_announcement` takes them."""
    return columns_of(announcement, ANNOUNCEMENT_COLUMNS)


def entry_values(entry: AgreementEntry) -> dict[str, Any]:
    """The present values of a name on an agreement list, as `amend_agreement_entry` takes them."""
    return columns_of(entry, ENTRY_COLUMNS)


# --- Their names in the journal ---


def product_subject(product: Product) -> Subject:
    """The name of a product in the journal."""
    return Subject("product", str(product.number), product.name_zh)


def right_subject(right: Right) -> Subject:
    """The name of a right in the journal; it belongs to its product."""
    number, name = right.product.number, right.product.name_zh
    return Subject("right", right.reference, f"{name} ({right.reference})", "product", str(number))


def announcement_subject(announcement: Announcement) -> Subject:
    """The name of an announcement in the journal."""
    return Subject("announcement", str(announcement.pk), announcement.text)


def entry_subject(entry: AgreementEntry) -> Subject:
    """The name of an entry in the journal; it belongs to its agreement."""
    return Subject("agreement_entry", str(entry.pk), str(entry), "agreement", entry.agreement.code)
