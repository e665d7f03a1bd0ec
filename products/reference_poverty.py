"""Poverty lists and the units on them as parts of a load."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from gi_registry.csv_files import Row, RowRefused, Table
from gi_registry.journal import Actor
from gi_registry.models import Division
from gi_registry.partial_dates import Precision
from products import list_registrar
from products.importing import BASES, Divisions, Part, Report, full_date, partial_date, word
from products.models import ListedUnit, PovertyList

POVERTY_FILE = "poverty_counties.csv"
POVERTY_COLUMNS = [
    "code", "code_2014", "name_zh", "province", "level", "area", "key_county", "designated_on",
    "exited_year", "exit_basis", "list_basis", "flags_basis", "source", "note",
]  # fmt: skip
POVERTY_KEYS = (("province", "name_zh", "level"),)
SUPPORT_FILE = "revitalisation_counties_160.csv"
SUPPORT_COLUMNS = ["code", "name_zh", "province", "announced_on", "basis", "source"]
SUPPORT_KEYS = (("code",),)

HUNAN = "湖南省"
NATIONAL, HUNAN_51, KEY_160 = "national-832", "hunan-51", "key-160"
# The lists themselves stand in no file; sizes are the official ones, not what happens to be loaded.
POVERTY_LISTS: dict[str, dict[str, Any]] = {
    NATIONAL: {
        "name_zh": "国家级贫困县名录（832个）",
        "name_en": "National poverty counties (832, list of 2014)",
        "published_on": datetime.date(2014, 12, 31),
        "published_precision": Precision.YEAR,
        "official_size": 832,
        "note": "592 key counties and 680 counties of the 14 contiguous poor areas, 440 of them in both.",
        "order": 1,
    },
    HUNAN_51: {
        "name_zh": "湖南省贫困县名录（51个）",
        "name_en": "Poverty counties of Hunan (51: 40 national, 11 provincial)",
        "published_on": None,
        "published_precision": "",
        "official_size": 51,
        "note": "A list by prefecture names 52 units; 冷水江市 is left out to match the official number.",
        "order": 2,
    },
    KEY_160: {
        "name_zh": "国家乡村振兴重点帮扶县名单（160个）",
        "name_en": "National key counties for rural revitalisation (160)",
        "published_on": datetime.date(2021, 8, 27),
        "published_precision": Precision.DAY,
        "official_size": 160,
        "note": "",
        "order": 3,
    },
}


def poverty_lists_part(by: Actor) -> Part:
    """The three lists."""
    return Part(
        title="poverty lists", file=POVERTY_FILE, wanted=POVERTY_LISTS, lines=dict.fromkeys(POVERTY_LISTS, 1),
        present={row.slug: row for row in PovertyList.objects.all()},
        values_of=list_registrar.poverty_list_values, identity=list_registrar.poverty_list_subject,
        enter=lambda slug, values: list_registrar.enter_poverty_list(by=by, slug=slug, **values),
        amend=lambda row, values: list_registrar.amend_poverty_list(row, by=by, **values),
    )  # fmt: skip


def poverty_units_part(table: Table, divisions: Divisions, report: Report, by: Actor) -> Part:
    """Units of the national list, and those of Hunan's, on which the province's national ones stand too."""
    wanted, lines = {}, {}
    for row, values in report.parse(table, lambda row: _poverty_unit(row, divisions)):
        key = f"{row['code_2014']} {row['name_zh']}".strip()
        slugs = [NATIONAL] if row["level"] == "national" else []
        slugs += [HUNAN_51] if row["province"] == HUNAN else []
        for slug in slugs:
            wanted[slug, key], lines[slug, key] = values, row.line
    return _units_part("listed units", POVERTY_FILE, wanted, lines, {NATIONAL, HUNAN_51}, by)


def _poverty_unit(row: Row, divisions: Divisions) -> dict[str, Any]:
    if row["level"] not in ("national", "provincial"):
        raise RowRefused(f"level: unknown word '{row['level']}'")
    if row["level"] == "provincial" and row["province"] != HUNAN:
        raise RowRefused(f"there is no provincial list of {row['province']}")
    exited = partial_date(row, "exited_year")
    return {
        "name_zh": row["name_zh"],
        "code_then": row["code_2014"],
        "province": _province(row, divisions),
        "divisions": frozenset([divisions.resolve(row["code"])] if row["code"] else []),
        "level": row["level"],
        "area": row["area"],
        "key_county": word(row, "key_county", {"1": True, "0": False, "": False}),
        "designated_on": full_date(row, "designated_on"),
        "exited_on": exited.on if exited else None,
        "exited_precision": exited.precision if exited else "",
        "exit_basis": word(row, "exit_basis", {**BASES, "": ""}),
        "list_basis": row["list_basis"],
        "flags_basis": row["flags_basis"],
        "sources": row["source"],
        "note": row["note"],
    }


def support_units_part(table: Table, divisions: Divisions, report: Report, by: Actor) -> Part:
    """Units of the list of 160."""
    wanted, lines = {}, {}
    for row, values in report.parse(table, lambda row: _support_unit(row, divisions)):
        key = KEY_160, f"{row['code']} {row['name_zh']}"
        wanted[key], lines[key] = values, row.line
    return _units_part("listed units", SUPPORT_FILE, wanted, lines, {KEY_160}, by)


def _support_unit(row: Row, divisions: Divisions) -> dict[str, Any]:
    return {
        "name_zh": row["name_zh"],
        "code_then": row["code"],
        "province": _province(row, divisions),
        "divisions": frozenset([divisions.resolve(row["code"])]),
        "level": "national",
        "designated_on": full_date(row, "announced_on"),
        "list_basis": row["basis"],
        "sources": row["source"],
    }


def _province(row: Row, divisions: Divisions) -> Division:
    province = divisions.province(row["province"])
    if province is None:
        raise RowRefused("province is empty")
    return province


def _units_part(
    title: str, file: str, wanted: Mapping[Any, Any], lines: Mapping[Any, int], slugs: set[str], by: Actor
) -> Part:
    lists = {row.slug: row for row in PovertyList.objects.all()}
    rows = ListedUnit.objects.filter(poverty_list__slug__in=slugs)
    rows = rows.select_related("poverty_list", "province").prefetch_related("divisions")

    def enter(key: tuple[str, str], values: Any) -> ListedUnit:
        return list_registrar.enter_listed_unit(lists[key[0]], by=by, key=key[1], source=file, **values)

    return Part(
        title=title, file=file, wanted=wanted, lines=lines,
        present={(row.poverty_list.slug, row.key): row for row in rows},
        values_of=list_registrar.unit_values, identity=list_registrar.unit_subject, enter=enter,
        amend=lambda row, values: list_registrar.amend_listed_unit(row, by=by, source=file, **values),
    )  # fmt: skip
