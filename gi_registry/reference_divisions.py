"""Rows of divisions.csv as values for the list of divisions."""

from __future__ import annotations

import re
from typing import Any

from django.core.exceptions import ValidationError

from gi_registry import amendments
from gi_registry.csv_files import Row, RowRefused, Table
from gi_registry.divisions import LEVELS, DivisionKey
from gi_registry.models import Division, DivisionLevel, DivisionStatus

FILE = "divisions.csv"
COLUMNS = [
    "code", "name_zh", "name_pinyin", "name_en", "level", "parent_code", "status", "valid_from", "last_seen",
    "valid_to", "successor_code", "successor_name", "change", "source",
]  # fmt: skip
KEYS = (("code", "name_zh"),)


def read_rows(table: Table) -> tuple[dict[DivisionKey, dict[str, Any]], list[tuple[int, str]]]:
    """Values of every division that can be loaded, and line and reason of the others.

    A division whose parent or successor cannot be loaded cannot be loaded either.
    """
    rows = sorted(table.rows, key=_dependence)
    wanted: dict[DivisionKey, dict[str, Any]] = {}
    by_code: dict[str, DivisionKey] = {}
    refused = []
    for row in rows:
        try:
            values = _values(row, wanted, by_code)
        except RowRefused as error:
            refused.append((row.line, str(error)))
            continue
        key = row["code"], row["name_zh"]
        wanted[key] = values
        by_code.setdefault(row["code"], key)  # the current owner of a code comes first
    return wanted, sorted(refused)


def _dependence(row: Row) -> tuple[bool, int]:
    """Current before historic, upper before lower: what others refer to comes first."""
    level = LEVELS.index(DivisionLevel(row["level"])) if row["level"] in LEVELS else len(LEVELS)
    return row["status"] != DivisionStatus.CURRENT, level


def _values(
    row: Row, wanted: dict[DivisionKey, dict[str, Any]], by_code: dict[str, DivisionKey]
) -> dict[str, Any]:
    current = row["status"] == DivisionStatus.CURRENT
    if not re.fullmatch("[0-9]{6}", row["code"]):
        raise RowRefused(f"code: '{row['code']}' is not six digits")
    if row["level"] not in LEVELS or row["status"] not in DivisionStatus.values:
        raise RowRefused(f"unknown level '{row['level']}' or status '{row['status']}'")
    there = by_code.get(row["code"])
    if current and there and wanted[there]["status"] == DivisionStatus.CURRENT:
        raise RowRefused(f"code {row['code']} belongs to {there[1]} already")
    parent = by_code.get(row["parent_code"])
    if row["parent_code"] and parent is None:
        raise RowRefused(f"parent {row['parent_code']} is unknown")
    successor = (row["successor_code"], row["successor_name"]) if row["successor_code"] else None
    if successor and wanted.get(successor, {}).get("status") != DivisionStatus.CURRENT:
        raise RowRefused(f"successor {' '.join(successor)} is no current division")
    values = {
        "name_pinyin": row["name_pinyin"],
        "name_en": row["name_en"],
        "level": row["level"],
        "status": row["status"],
        "valid_from": row["valid_from"],
        "last_seen": row["last_seen"],
        "valid_to": row["valid_to"],
        "change": row["change"],
        "source": row["source"],
    }
    try:
        amendments.check(Division(code=row["code"], name_zh=row["name_zh"], **values))
    except ValidationError as error:
        raise RowRefused(amendments.in_one_line(error)) from None
    return {**values, "parent": parent, "successor": successor}
