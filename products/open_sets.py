"""READER. The open data on what is protected: what each table is and where its rows come from."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.conf import settings

from gi_registry.open_fields import Dataset
from gi_registry.partial_dates import iso
from products import agreements, coverage, product_rows, recognition_rows, users
from products.coverage_rows import line as coverage_line
from products.models import Agreement, Announcement, PovertyList, Product, ProtectedArea, Right
from products.open_columns import (
    AGREEMENT_COLUMNS,
    ANNOUNCEMENT_COLUMNS,
    AREA_COLUMNS,
    COVERAGE_COLUMNS,
    ENTRY_COLUMNS,
    PRODUCT_COLUMNS,
)
from products.recognition_standing import Standing
from products.states import Side

AT_ONCE = 500  # rows read together
_OWN_OF_AREA = ("extent", "basis", "basis_note", "effective_from", "effective_to")
Rows = Iterator[dict[str, Any]]


def _products(on: datetime.date) -> Rows:
    return product_rows.rows(Product.objects.order_by("number"))


def _areas(on: datetime.date) -> Rows:
    in_force = set(Right.objects.in_force(on).values_list("pk", flat=True))
    rows = ProtectedArea.objects.select_related("right__product", "division")
    rows = rows.order_by("right__product__number", "right__reference", "division__code", "effective_from", "pk")
    for area in rows.iterator(chunk_size=AT_ONCE):
        yield {
            "product_number": area.right.product.number,
            "product": area.right.product.name_zh,
            "right": area.right.reference,
            "track": area.right.track,
            "right_status": area.right.status,
            "right_in_force": area.right_id in in_force,
            "division_code": area.division.code,
            "division": area.division.name_zh,
            "level": area.division.level,
            **{name: getattr(area, name) for name in _OWN_OF_AREA},
        }


def _announcements(on: datetime.date) -> Rows:
    rows = Announcement.objects.real().order_by("pk").prefetch_related("entries__right__product")
    for paper in rows.iterator(chunk_size=AT_ONCE):
        entries = paper.entries.all()
        yield {
            "id": paper.pk,
            **{name: getattr(paper, name) for name in ("text", "issuer", "issuer_text", "year")},
            "announcement_number": paper.number,
            "published_on": iso(paper.published_on, paper.published_precision) if paper.published_on else None,
            "acts": sorted({entry.kind for entry in entries}),
            "rights": sorted({entry.right.reference for entry in entries}),
            "product_numbers": sorted({entry.right.product.number for entry in entries}),
            "corrects": paper.corrects_id,
            "url": settings.SITE_URL + paper.get_absolute_url(),
        }


def _agreements(on: datetime.date) -> Rows:
    lines = [one for one in agreements.every_line(on) if one.standing != Standing.WITHDRAWN]
    loaded = Counter((one.entry.agreement_id, one.entry.side) for one in lines)
    own = (
        "name_zh", "name_en", "partner", "scheme_label", "outbound_size", "inbound_size", "signed_on", "in_force_on",
        "status_text", "legal_reference", "note",
    )  # fmt: skip
    for row in Agreement.objects.select_related("parent").order_by("order", "code"):
        yield {
            "agreement": row.code,
            **{name: getattr(row, name) for name in own},
            "parent": row.parent.code if row.parent else None,
            "outbound_loaded": loaded[row.pk, Side.OUTBOUND],
            "inbound_loaded": loaded[row.pk, Side.INBOUND],
            "url": settings.SITE_URL + row.get_absolute_url(),
        }


def _entries(on: datetime.date) -> Rows:
    return (recognition_rows.row(line) | {"key": line.entry.key} for line in agreements.every_line(on))


def _coverage(on: datetime.date) -> Rows:
    for listed in PovertyList.objects.order_by("order", "slug"):
        units = coverage.units(listed, on)
        holders = users.holders({product.pk for unit in units for product in unit.named}, on)
        yield from (coverage_line(listed.slug, unit, holders) for unit in units)


DATASETS = (
    Dataset(
        "products", "产品", "Products",
        "全部地理标志产品：名称、类别、状态、各项权利、产地、公告、来源。状态写明是否已确认受保护。",
        "All GI products: names, kind, status, rights, area, announcements, sources. The status says what is sure.",
        PRODUCT_COLUMNS, ("number",), _products, ("csv", "jsonl", "geojson", "xlsx"),
    ),
    Dataset(
        "areas", "产地范围", "Protected areas",
        "每项权利的产地所在区划，现在的和过去的；不含界线，GeoJSON的几何为空，以区划代码标明地点。",
        "The divisions of the area of each right, of today and the past. No outlines: geometry is null in GeoJSON, "
        "places are named by code.",
        AREA_COLUMNS, ("right", "division_code", "effective_from"), _areas, ("csv", "jsonl", "geojson", "xlsx"),
    ),
    Dataset(
        "announcements", "公告", "Announcements",
        "登记簿收录的正式公告，及其涉及的产品和权利。",
        "The formal announcements on record, with the products and rights they are about.",
        ANNOUNCEMENT_COLUMNS, ("id",), _announcements,
    ),
    Dataset(
        "agreements", "国际互认协定", "Agreements",
        "国际协定及其各批名单，名单的通称与实际收录的数目并列。",
        "International agreements and their lists; the title of a scheme beside the names that are loaded.",
        AGREEMENT_COLUMNS, ("agreement",), _agreements,
    ),
    Dataset(
        "agreement-entries", "协定名单条目", "Names on agreement lists",
        "协定名单上的每个名称及其状态。",
        "Every name on the lists of agreements, with what can be said of it.",
        ENTRY_COLUMNS, ("agreement", "key"), _entries,
    ),
    Dataset(
        "coverage", "贫困县覆盖", "Coverage of poverty counties",
        "各名录的每个单位在制作之日是否有地理标志产品，按网页上的默认口径。",
        "Every unit of each poverty list, with the GIs that reach it on the day of the files, by the usual rule.",
        COVERAGE_COLUMNS, ("list", "key"), _coverage,
    ),
)  # fmt: skip
