"""Rows of standards.csv as part of a load. EDGE.

A row names what its source states: a standard without days has none on record. Products are tied only where the
source says so. A standard that replaces another stands before it in the file.
"""

from __future__ import annotations

from typing import Any

from gi_registry.csv_files import Row, RowRefused, Table
from gi_registry.journal import Actor
from products import systems
from products.importing import Divisions, Part, Report, full_date
from products.models import FormerNumber, Product
from products.states import StandardKind
from products.system_models import Standard
from products.system_values import standard_subject, stored
from products.system_words import tidy_number

FILE = "standards.csv"
COLUMNS = [
    "number", "title", "kind", "division_code", "issued_on", "effective_from", "effective_to", "replaced_by",
    "product_ids", "source",
]  # fmt: skip
KEYS = (("number",),)
VALUES = ("title", "kind", "division", "issued_on", "effective_from", "effective_to", "successor", "products", "source")


def standards_part(table: Table, divisions: Divisions, report: Report, by: Actor) -> Part:
    """One standard a row; the key is its number."""
    wanted: dict[str, dict[str, Any]] = {}
    lines: dict[str, int] = {}
    products = {row.number: row for row in Product.objects.select_related("province")}
    products |= {row.number: products[row.product.number] for row in FormerNumber.objects.select_related("product")}
    for row, (number, values) in report.parse(table, lambda row: _read(row, divisions, products)):
        wanted[number], lines[number] = values, row.line
    present = Standard.objects.select_related("division", "replaced_by").prefetch_related("products")
    return Part(
        title="standards", file=FILE, wanted=wanted, lines=lines,
        present={row.number: row for row in present}, values_of=_values_of, identity=standard_subject,
        enter=lambda key, values: systems.enter_standard(by=by, number=key, **_for_the_writer(values)),
        amend=lambda row, values: systems.amend_standard(row, by=by, **_for_the_writer(values)),
    )  # fmt: skip


def _values_of(row: Standard) -> dict[str, Any]:
    successor = row.replaced_by.number if row.replaced_by else ""
    return stored(row, [name for name in VALUES if name != "successor"]) | {"successor": successor}


def _for_the_writer(values: Any) -> dict[str, Any]:
    """The successor by its row: it was stored before, or is refused."""
    own = dict(values)
    if "successor" in own and (number := own.pop("successor")):
        own["replaced_by"] = Standard.objects.filter(number=number).first()
        if own["replaced_by"] is None:
            raise RowRefused(f"replaced_by: {number} is no standard on record")
    return own


def _read(row: Row, divisions: Divisions, products: dict[int, Product]) -> tuple[str, dict[str, Any]]:
    if not row["title"]:
        raise RowRefused("title is empty")
    if not row["source"]:
        raise RowRefused("source is empty")
    if row["kind"] not in StandardKind.values:
        raise RowRefused(f"kind: unknown word '{row['kind']}'")
    tied = []
    for key in filter(None, row["product_ids"].split(";")):
        product = products.get(int(key[2:])) if key.startswith("GI") and key[2:].isdigit() else None
        if product is None:
            raise RowRefused(f"product_ids: {key} is no product on record")
        tied.append(product)
    values: dict[str, Any] = {
        "title": row["title"],
        "kind": row["kind"],
        "division": divisions.resolve(row["division_code"]) if row["division_code"] else None,
        "issued_on": full_date(row, "issued_on"),
        "effective_from": full_date(row, "effective_from"),
        "effective_to": full_date(row, "effective_to"),
        "successor": tidy_number(row["replaced_by"]),
        "products": frozenset(tied),
        "source": row["source"],
    }
    if values["successor"] and values["effective_to"] is None:
        del values["effective_to"]  # the writer takes the first day of the successor
    return tidy_number(row["number"]), values
