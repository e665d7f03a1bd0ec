"""Products, rights, announcements and sources as parts of a load: what the files want and how it is entered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from django.core.exceptions import ValidationError

from gi_registry import amendments
from gi_registry.csv_files import Row, RowRefused, Table
from gi_registry.journal import Actor
from gi_registry.models import Division
from products import announcement_mentions, record_values, registrar
from products.announcement_mentions import AnnouncementKey, Mention
from products.importing import Part, Report
from products.models import Announcement, FormerNumber, Product, Right, Source
from products.record_values import Act
from products.reference_rows import FILE, GiRow


def sources_wanted(table: Table, report: Report) -> dict[str, dict[str, str]]:
    """The rows of sources.csv by key."""
    return _valid(
        table,
        report,
        lambda row: {
            "kind": row["kind"], "title": row["title"], "date_text": row["date"], "note": row["note"], "address": "",
        },
    )  # fmt: skip


def reading_places_wanted(table: Table, report: Report) -> dict[str, dict[str, str]]:
    """The rows of mutual_recognition/sources.csv by key: where each source was read is all that they say."""

    def values(row: Row) -> dict[str, str]:
        where = row["where_read"]
        address = where.split(" ")[0] if where.startswith(("http://", "https://")) else ""
        return {"kind": "mutual recognition", "title": where, "date_text": "", "note": "", "address": address}

    return _valid(table, report, values)


def _valid(
    table: Table, report: Report, values: Callable[[Row], dict[str, str]]
) -> dict[str, dict[str, str]]:
    def read(row: Row) -> dict[str, str]:
        try:
            amendments.check(Source(key=row["source_id"], **values(row)))
        except ValidationError as error:
            raise RowRefused(amendments.in_one_line(error)) from None
        return values(row)

    return {row["source_id"]: found for row, found in report.parse(table, read)}


def announcements_part(file: str, found: Iterable[Mention], report: Report, by: Actor) -> Part:
    """The announcements that the files mention."""
    wanted, remarks = announcement_mentions.collect(found)
    report.notes += remarks
    return Part(
        title="announcements", file=file, wanted=wanted, lines=dict.fromkeys(wanted, 0),
        present={announcement_mentions.key_of(row): row for row in Announcement.objects.all()},
        values_of=record_values.announcement_values, identity=record_values.announcement_subject,
        enter=lambda key, values: registrar.enter_announcement(by=by, source=file, **values),
        amend=lambda row, values: registrar.amend_announcement(row, by=by, source=file, **values),
    )  # fmt: skip


def products_part(rows: Iterable[GiRow], by: Actor) -> Part:
    """One product for all rows with the same name and province; the lowest row number is its own for good."""
    groups: dict[tuple[str, Division | None], list[GiRow]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row.number):
        groups[row.product["name_zh"], row.product["province"]].append(row)
    wanted, lines = {}, {}
    for group in groups.values():
        number, values = group[0].number, dict(group[0].product)
        named = next((row.product for row in group if row.product["name_en"]), values)
        values |= {"name_en": named["name_en"], "name_en_basis": named["name_en_basis"]}
        values["former_numbers"] = frozenset(row.number for row in group[1:])
        wanted[number], lines[number] = values, group[0].line
    return Part(
        title="products", file=FILE, wanted=wanted, lines=lines,
        present={
            row.number: row
            for row in Product.objects.select_related("province").prefetch_related("names", "former_numbers")
        },
        values_of=record_values.product_values, identity=record_values.product_subject,
        enter=lambda number, values: registrar.enter_product(by=by, number=number, source=FILE, **values),
        amend=lambda row, values: registrar.amend_product(row, by=by, source=FILE, **values),
    )  # fmt: skip


def rights_part(rows: Iterable[GiRow], report: Report, by: Actor) -> Part:
    """One right a row, on the product of its number."""
    products = {product.number: product for product in Product.objects.all()}
    products |= {number: products[main] for main, number in _former_numbers()}
    announcements: dict[AnnouncementKey, Announcement] = {
        announcement_mentions.key_of(row): row for row in Announcement.objects.all()
    }
    present = {
        row.reference: row
        for row in Right.objects.select_related("product").prefetch_related(
            "sources", "areas__division", "announcement_entries__announcement"
        )
    }
    wanted, lines = {}, {}
    for row in rows:
        product, there = products.get(row.number), present.get(row.reference)
        if product is None:
            continue  # its product was refused, and the report says so
        if there is not None and there.product_id != product.pk:
            report.refuse(FILE, row.line, f"{row.reference} belongs to product {there.product.number} already")
            continue
        acts = frozenset(Act(announcements[mention.key], kind) for mention, kind in row.acts)
        wanted[row.reference] = {**row.right, "announcements": acts}
        lines[row.reference] = row.line

    def enter(reference: str, values: Any) -> Right:
        product = products[int(reference.removeprefix("GI"))]
        return registrar.enter_right(product, by=by, reference=reference, source=FILE, **values)

    return Part(
        title="rights", file=FILE, wanted=wanted, lines=lines, present=present,
        values_of=record_values.right_values, identity=record_values.right_subject, enter=enter,
        amend=lambda row, values: registrar.amend_right(row, by=by, source=FILE, **values),
    )  # fmt: skip


def _former_numbers() -> Iterable[tuple[int, int]]:
    return FormerNumber.objects.values_list("product__number", "number")
