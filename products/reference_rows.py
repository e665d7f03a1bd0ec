"""Rows of gi_products.csv, read and checked: what each says of a product, of a right and of announcements."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from gi_registry import partial_dates
from gi_registry.csv_files import Row, RowRefused, Table
from gi_registry.models import Division
from gi_registry.partial_dates import PartialDate
from products import announcement_mentions
from products.announcement_mentions import Mention
from products.area_wording import extents
from products.importing import BASES, DATA_DATE, Divisions, Report, partial_date, word
from products.models import Source
from products.record_values import Area, Name
from products.states import (
    CONFIRMED,
    AnnouncementKind,
    AreaBasis,
    Category,
    DateBasis,
    NameKind,
    ProductStatus,
    Track,
)

FILE = "gi_products.csv"
COLUMNS = [
    "id", "name_zh", "name_pinyin", "name_en", "name_en_basis", "type", "status", "announcement_no",
    "announcement_date", "year", "registration_no", "mark_use_announcements", "province", "province_basis",
    "division_codes", "area_text", "area_basis", "category", "basis", "source_ids", "note",
]  # fmt: skip
KEYS = (("id",), ("name_zh", "type"))

TRACKS = {
    "GI_PRODUCT": Track.GI_PRODUCT,
    "AGI": Track.AGRICULTURAL_GI,
    "TRADEMARK": Track.TRADEMARK,
    "UNSPECIFIED": Track.UNSPECIFIED,
}
STATUSES = {
    "approved": ProductStatus.APPROVED,
    "amended": ProductStatus.APPROVED,
    "mark_use_listed": ProductStatus.MARK_USE_LISTED,
    "eu_registered": ProductStatus.AGREEMENT_LISTED,
    "eu_agreement_listed": ProductStatus.AGREEMENT_LISTED,
    "reported": ProductStatus.REPORTED,
    "general_knowledge": ProductStatus.REPORTED,
    "review_passed": ProductStatus.IN_PROCEDURE,
    "public_notice": ProductStatus.IN_PROCEDURE,
    "pending": ProductStatus.IN_PROCEDURE,
}
CATEGORIES = {
    "tea": Category.TEA,
    "fruit and nuts": Category.FRUIT,
    "vegetables and fungi": Category.VEGETABLES,
    "grain and oil crops": Category.GRAIN,
    "medicinal plants": Category.MEDICINAL,
    "livestock and meat": Category.LIVESTOCK,
    "aquatic products": Category.AQUATIC,
    "alcoholic drinks": Category.ALCOHOL,
    "condiments and oils": Category.CONDIMENTS,
    "processed food": Category.PROCESSED,
    "handicrafts and non-food": Category.HANDICRAFT,
    "flowers": Category.FLOWERS,
    "coffee and other drinks": Category.DRINKS,
    "mineral water": Category.WATER,
    "tobacco": Category.TOBACCO,
    "other": Category.OTHER,
}


@dataclass(frozen=True)
class GiRow:
    """One row, read and checked. `right` lacks the announcements, which are stored after all files are read."""

    line: int
    number: int
    reference: str
    product: dict[str, Any]
    right: dict[str, Any]
    acts: tuple[tuple[Mention, AnnouncementKind], ...]


def read_rows(table: Table, divisions: Divisions, report: Report) -> list[GiRow]:
    """All rows that can be loaded; the others are in the report."""
    sources = {source.key: source for source in Source.objects.all()}
    return [parsed for _row, parsed in report.parse(table, lambda row: _read(row, divisions, sources))]


def _read(row: Row, divisions: Divisions, sources: dict[str, Source]) -> GiRow:
    reference = re.fullmatch("GI([0-9]{5})", row["id"])
    if reference is None:
        raise RowRefused(f"id: '{row['id']}' is not GI and five digits")
    if not row["name_zh"]:
        raise RowRefused("name_zh is empty")
    if missing := [key for key in row["source_ids"].split(";") if key and key not in sources]:
        raise RowRefused(f"source_ids: {', '.join(missing)} is not in the list of sources")
    acts = tuple(_acts(row))
    product = {
        "name_zh": row["name_zh"],
        "name_pinyin": row["name_pinyin"],
        "name_en": row["name_en"],
        "name_en_basis": row["name_en_basis"],
        "category": word(row, "category", CATEGORIES),
        "province": divisions.province(row["province"]),
        "province_basis": row["province_basis"],
        "names": frozenset(_aliases(row["name_zh"])),
    }
    right = {
        "track": word(row, "type", TRACKS),
        **_status_and_dates(row, acts),
        "registration_no": row["registration_no"],
        "area_text": row["area_text"],
        "basis": word(row, "basis", BASES),
        "note": row["note"],
        "sources": frozenset(sources[key] for key in row["source_ids"].split(";") if key),
        "areas": _areas(row, divisions),
    }
    return GiRow(row.line, int(reference[1]), row["id"], product, right, acts)


def _aliases(name: str) -> Iterator[Name]:
    """黟山石墨茶(黟县石墨茶) has a second full name in brackets; 洞庭(山)碧螺春茶 and (天津产区) are none."""
    pair = re.fullmatch(r"([^()（）]+)[(（]([^()（）]+)[)）]", name)
    if pair and pair[1][-2:] == pair[2][-2:]:
        yield Name(NameKind.ALIAS, pair[2])


def _acts(row: Row) -> Iterator[tuple[Mention, AnnouncementKind]]:
    where = row["id"]
    date = partial_date(row, "announcement_date") or partial_date(row, "year")
    for mention in announcement_mentions.mentions(row["announcement_no"], where=where, date=date):
        amending = "变更" in mention.parsed.note
        yield mention, AnnouncementKind.AMENDMENT if amending else AnnouncementKind.APPROVAL
    for mention in announcement_mentions.mentions(row["mark_use_announcements"], where=where):
        yield mention, AnnouncementKind.MARK_USE


def _status_and_dates(row: Row, acts: Iterable[tuple[Mention, AnnouncementKind]]) -> dict[str, Any]:
    """Status, approval and first day of protection, with what each rests on.

    The columns `announcement_date` and `year` are those of the approval, whatever announcement gave the row
    its status. Only confirmed rows have an approval; of the others the date stays beside the status as text.
    """
    status = word(row, "status", STATUSES)
    stated = partial_date(row, "announcement_date") or partial_date(row, "year")
    note = row["status"] if row["status"] != status else ""
    if status not in CONFIRMED:
        if stated:
            note = "; ".join(filter(None, [note, f"date in the source: {partial_dates.iso(*stated)}"]))
        return _dates(status, note, None, None, "")
    kinds = [kind for _mention, kind in acts]
    if kinds and kinds[0] == AnnouncementKind.AMENDMENT:
        stated = None  # the date is that of the amendment; when the product was approved the row does not say
    first_days = [(_last_day(stated), DateBasis.APPROVAL)] if stated else []
    first_days += [
        (_last_day(mention.date), DateBasis.MARK_USE)
        for mention, kind in acts
        if kind == AnnouncementKind.MARK_USE and mention.date
    ]
    first_day, basis = min(first_days, key=lambda day: day[0], default=(DATA_DATE, DateBasis.DATA_DATE))
    return _dates(status, note, stated, first_day, basis)


def _dates(
    status: str, note: str, approved: PartialDate | None, first_day: datetime.date | None, basis: str
) -> dict[str, Any]:
    return {
        "status": status,
        "status_note": note,
        "approved_on": approved.on if approved else None,
        "approved_precision": approved.precision if approved else "",
        "effective_from": first_day,
        "effective_from_basis": basis,
    }


def _last_day(date: PartialDate) -> datetime.date:
    """Last possible day, but not after the day of the data where the period began before it."""
    return min(date.on, DATA_DATE) if partial_dates.first_day(*date) <= DATA_DATE else date.on


def _areas(row: Row, divisions: Divisions) -> frozenset[Area]:
    """Without a word of the source an area is only a guess, even where the table gives no basis at all."""
    named = row["area_basis"] == "named in the source"
    basis = AreaBasis.NAMED_IN_SOURCE if named else AreaBasis.INFERRED_FROM_NAME
    found: dict[Division, str] = {}
    for code in filter(None, row["division_codes"].split(";")):
        division = divisions.resolve(code)
        note = "" if named else row["area_basis"]
        if division.code != code:
            note = "; ".join(filter(None, [note, f"code {code} in the source"]))
        found.setdefault(division, note)
    extent = extents(row["area_text"], [division.name_zh for division in found])
    return frozenset(Area(division, extent[division.name_zh], basis, note) for division, note in found.items())
