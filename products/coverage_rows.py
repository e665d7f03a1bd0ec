"""READER. The public columns of a unit of a poverty list with its coverage: one mapping for files of every kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gi_registry.partial_dates import iso
from products import users
from products.coverage import UnitCover

# Stable names and order: other people's programs read them.
COLUMNS = (
    "list", "key", "name_zh", "code_then", "division_codes", "province_code", "province", "prefecture", "status",
    "product_numbers", "products", "wider_product_numbers", "wider_products", "inferred_product_numbers",
    "inferred_products", "in_procedure_product_numbers", "in_procedure_products", "enterprises", "exited", "note",
)  # fmt: skip


def line(slug: str, row: UnitCover, holders: Mapping[int, set[int]]) -> dict[str, Any]:
    """One unit of the list `slug`; `holders`: the enterprises that may use the mark, by product."""
    unit = row.unit
    reaching = {"": row.named, "wider_": row.wider, "inferred_": row.inferred, "in_procedure_": row.in_procedure}
    values: dict[str, Any] = {
        "list": slug,
        "key": unit.key,
        "name_zh": unit.name_zh,
        "code_then": unit.code_then,
        "division_codes": [division.code for division in row.divisions],
        "province_code": unit.province.code,
        "province": unit.province.name_zh,
        "prefecture": row.prefecture.name_zh if row.prefecture else None,
        "status": row.cover.value,
        "enterprises": users.distinct(holders, [product.pk for product in row.named]),
        "exited": iso(unit.exited_on, unit.exited_precision) if unit.exited_on else None,
        "note": unit.note,
    }
    for kind, products in reaching.items():
        values[f"{kind}product_numbers"] = [product.number for product in products]
        values[f"{kind}products"] = [product.name_zh for product in products]
    return values
