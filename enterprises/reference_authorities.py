"""Rows of decision_authorities.csv as part of a load: when a province decides itself who may use the mark."""

from __future__ import annotations

import datetime
from typing import Any

from enterprises import enrolment
from enterprises.models import DecisionAuthority
from gi_registry.csv_files import Row, RowRefused, Table
from gi_registry.journal import Actor
from gi_registry.models import Division
from products.importing import Part, Report

FILE = "decision_authorities.csv"
COLUMNS = ["province_code", "effective_from", "effective_to", "source", "note"]
KEYS = (("province_code", "effective_from"),)


def authorities_part(table: Table, report: Report, by: Actor) -> Part:
    """One time a row; the key is the province and the first day."""
    provinces = {row.code: row for row in Division.objects.current().filter(parent=None)}
    wanted: dict[tuple[str, datetime.date], dict[str, Any]] = {}
    lines: dict[tuple[str, datetime.date], int] = {}
    for row, (key, values) in report.parse(table, lambda row: _read(row, provinces)):
        wanted[key], lines[key] = values, row.line
    present = DecisionAuthority.objects.select_related("province")
    return Part(
        title="deciding provinces", file=FILE, wanted=wanted, lines=lines,
        present={(row.province.code, row.effective_from): row for row in present},
        values_of=enrolment.authority_values, identity=enrolment.authority_subject,
        enter=lambda key, values: enrolment.enter_authority(
            provinces[key[0]], by=by, effective_from=key[1], **values
        ),
        amend=lambda row, values: enrolment.amend_authority(row, by=by, **values),
    )  # fmt: skip


def _read(
    row: Row, provinces: dict[str, Division]
) -> tuple[tuple[str, datetime.date], dict[str, Any]]:
    if row["province_code"] not in provinces:
        raise RowRefused(f"province_code: {row['province_code']} is no province of today")
    first, last = _day(row, "effective_from"), _day(row, "effective_to")
    if first is None:
        raise RowRefused("effective_from is empty")
    if last is not None and last <= first:
        raise RowRefused("effective_to is not after effective_from")
    if not row["source"]:
        raise RowRefused("source is empty")
    values = {"effective_to": last, "source": row["source"], "note": row["note"]}
    return (row["province_code"], first), values


def _day(row: Row, column: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(row[column]) if row[column] else None
    except ValueError:
        raise RowRefused(f"{column}: '{row[column]}' is no date (YYYY-MM-DD)") from None
