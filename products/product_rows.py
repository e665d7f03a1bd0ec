"""READER. The public columns of a product: one mapping for export files and the API."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db.models import Prefetch, QuerySet

from gi_registry import partial_dates
from products.facets import recognised
from products.models import Product, ProtectedArea, Right
from products.states import ProductStatus

# Stable names and order: other people's programs read them.
COLUMNS = (
    "number",
    "name_zh",
    "name_en",
    "name_pinyin",
    "category",
    "category_text",
    "province_code",
    "province",
    "status",
    "status_text",
    "protected",
    "tracks",
    "rights",
    "approved_on",
    "approved_precision",
    "announcements",
    "areas",
    "areas_inferred",
    "recognised_abroad",
    "same_name_abroad",
    "sources",
    "url",
)
AT_ONCE = 500  # products read together; the number of queries grows by the chunk, not by the product


def rows(products: QuerySet[Product]) -> Iterator[dict[str, Any]]:
    """The products in their order, read in chunks while the file is being sent."""
    return map(row, related(products).iterator(chunk_size=AT_ONCE))


def related(products: QuerySet[Product], on: datetime.date | None = None) -> QuerySet[Product]:
    """The products with all that `row` needs; areas of a date (default today). Seven queries for all together."""
    areas = ProtectedArea.objects.on(on).select_related("division").order_by("division__code")
    rights = Right.objects.order_by("reference").prefetch_related(
        Prefetch("areas", areas), "announcements", "sources"
    )
    entries = recognised().select_related("agreement").order_by("agreement__code")
    return products.select_related("province").prefetch_related(
        Prefetch("rights", rights),
        Prefetch("agreement_entries", entries, to_attr="entries_abroad"),
        Prefetch("suggested_entries", entries, to_attr="entries_suggested"),
    )


def row(product: Product) -> dict[str, Any]:
    """One product. Dates are as exact as they are known; every area says what it rests on."""
    rights = list(product.rights.all())
    areas = {
        (area.division.code, area.basis): area_row(area)
        for right in rights
        for area in right.areas.all()
    }
    approved_on, precision = _approval(rights)
    return {
        "number": product.number,
        "name_zh": product.name_zh,
        "name_en": product.name_en,
        "name_pinyin": product.name_pinyin,
        "category": product.category,
        "category_text": str(product.get_category_display()),
        "province_code": product.province.code if product.province else "",
        "province": product.province.name_zh if product.province else "",
        "status": product.status,
        "status_text": str(product.get_status_display()),
        "protected": product.is_confirmed,
        "tracks": list(dict.fromkeys(right.track for right in rights)),
        "rights": [
            {
                "reference": right.reference,
                "track": right.track,
                "status": right.status,
                "registration_no": right.registration_no,
            }
            for right in rights
        ],
        "approved_on": approved_on,
        "approved_precision": precision,
        "announcements": list(
            dict.fromkeys(act.text for right in rights for act in right.announcements.all())
        ),
        "areas": list(areas.values()),
        "areas_inferred": any(area.is_inferred for right in rights for area in right.areas.all()),
        # Tied to the product by a person; and only written the same, which nobody has reviewed yet.
        "recognised_abroad": _codes(product, "entries_abroad"),
        "same_name_abroad": _codes(product, "entries_suggested"),
        "sources": list(dict.fromkeys(str(source) for right in rights for source in right.sources.all())),
        "url": settings.SITE_URL + product.get_absolute_url(),
    }


def area_row(area: ProtectedArea) -> dict[str, str]:
    """One division of an area."""
    division = area.division
    return {"code": division.code, "name_zh": division.name_zh, "extent": area.extent, "basis": area.basis}


def _codes(product: Product, entries: str) -> list[str]:
    """The agreements of some entries, each once."""
    return list(dict.fromkeys(entry.agreement.code for entry in getattr(product, entries, ())))


def _approval(rights: list[Right]) -> tuple[str, str]:
    """First approval on record, and how exactly its day is known: ('2014-07', 'month'); ('', '') for none."""
    dated = [
        (right.approved_on, right.approved_precision)
        for right in rights
        if right.approved_on and (right.is_confirmed or right.status == ProductStatus.REVOKED)
    ]
    if not dated:
        return "", ""
    on, precision = min(dated)
    return partial_dates.iso(on, precision), precision
