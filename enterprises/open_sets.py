"""READER. The open data on who may use the special mark; and the list of all tables of open data."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from django.conf import settings

from enterprises.models import Authorisation, Enterprise
from enterprises.open_columns import AUTHORISATION_COLUMNS, ENTERPRISE_COLUMNS
from enterprises.states import AuthorisationState
from gi_registry.open_fields import Dataset
from gi_registry.open_sets import DATASETS as OF_THE_REGISTER
from gi_registry.partial_dates import iso
from products.open_sets import DATASETS as OF_PRODUCTS

AT_ONCE = 500  # rows read together
Rows = Iterator[dict[str, Any]]


def _who(enterprise: Enterprise) -> dict[str, Any]:
    province = enterprise.province
    return {
        "enterprise": enterprise.reference,
        "uscc": enterprise.uscc,
        "name_zh": enterprise.name_zh,
        "province_code": province.code if province else None,
        "province": province.name_zh if province else None,
    }


def _enterprises(on: datetime.date) -> Rows:
    rows = Enterprise.objects.real().public().select_related("province").order_by("reference")
    in_force: dict[int, int] = defaultdict(int)
    for key in Authorisation.objects.in_force(on).order_by().values_list("enterprise_id", flat=True):
        in_force[key] += 1
    for row in rows.prefetch_related("authorisations").iterator(chunk_size=AT_ONCE):
        yield _who(row) | {
            "name_en": row.name_en,
            "authorisations": sorted(one.reference for one in row.authorisations.all()),
            "in_force": in_force[row.pk],
            "url": settings.SITE_URL + row.get_absolute_url(),
        }


def _authorisations(on: datetime.date) -> Rows:
    rows = Authorisation.objects.begun(on).real().order_by("reference")
    related = rows.select_related("enterprise__province", "product", "announcement")
    for row in related.iterator(chunk_size=AT_ONCE):
        yield _who(row.enterprise) | {
            "authorisation": row.reference,
            "product_number": row.product.number if row.product else None,
            "product": row.product.name_zh if row.product else row.product_text,
            "standing": AuthorisationState(row.standing).value,  # type: ignore[attr-defined]
            "basis": row.basis,
            # Without a precision the day is that of the data set, which is no date of the authorisation.
            "effective_from": iso(row.effective_from, row.effective_precision) if row.effective_precision else None,
            "effective_to": row.effective_to,
            "announcement": row.announcement.text if row.announcement else None,
            "source": row.source,
            "note": row.note,
            "url": settings.SITE_URL + row.get_absolute_url(),
        }


_OF_ENTERPRISES = (
    Dataset(
        "enterprises", "企业", "Enterprises",
        "获准或曾获准使用专用标志的企业；不含演示数据。",
        "Enterprises that may use the special mark or might in the past; without demonstration data.",
        ENTERPRISE_COLUMNS, ("enterprise",), _enterprises,
    ),
    Dataset(
        "authorisations", "用标核准", "Authorisations",
        "各企业就某一产品使用专用标志的核准及其状态；不含演示数据。",
        "Which enterprise may use the special mark on which product, and its state; without demonstration data.",
        AUTHORISATION_COLUMNS, ("authorisation",), _authorisations,
    ),
)  # fmt: skip

# What is protected, who may use the mark, and what both rest on.
DATASETS: tuple[Dataset, ...] = (*OF_PRODUCTS[:2], *_OF_ENTERPRISES, *OF_PRODUCTS[2:], *OF_THE_REGISTER)
