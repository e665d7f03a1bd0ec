"""Rows of enterprises.csv as parts of a load: one enterprise a name, one authorisation a row."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from enterprises import credit_codes, enrolment, record_words
from enterprises.models import Authorisation, Enterprise
from enterprises.states import AuthorisationBasis, AuthorisationState
from gi_registry.csv_files import Row, RowRefused, Table
from gi_registry.journal import Actor
from products import announcement_mentions
from products.announcement_mentions import AnnouncementKey, Mention
from products.importing import BASES, DATA_DATE, Divisions, Part, Report, partial_date, word
from products.models import Announcement, Right

FILE = "enterprises.csv"
COLUMNS = [
    "id", "enterprise_name", "product", "gi_id", "announcement_no", "announcement_date", "uscc", "province",
    "basis", "source_id", "note",
]  # fmt: skip
KEYS = (("id",), ("enterprise_name", "product"))


@dataclass(frozen=True)
class EnterpriseRow:
    """One row, read and checked. `authorisation` lacks the announcement, which is stored after all files are read."""

    line: int
    reference: str
    enterprise: dict[str, Any]
    authorisation: dict[str, Any]
    mention: Mention | None


def read_rows(table: Table, divisions: Divisions, report: Report) -> list[EnterpriseRow]:
    """All rows that can be loaded; the others are in the report."""
    rights = {right.reference: right for right in Right.objects.select_related("product")}
    return [parsed for _row, parsed in report.parse(table, lambda row: _read(row, divisions, rights))]


def mentions(table: Table) -> list[Mention]:
    """The announcements that the file mentions, before its rows are read as a whole."""
    found = []
    for row in table.rows:
        with contextlib.suppress(RowRefused):  # `read_rows` says why
            found += _mentions(row)
    return found


def _mentions(row: Row) -> list[Mention]:
    date = partial_date(row, "announcement_date")
    found = announcement_mentions.mentions(row["announcement_no"], where=row["id"], date=date)
    if len(found) > 1:
        raise RowRefused("announcement_no: more than one announcement")
    return found


def _read(row: Row, divisions: Divisions, rights: dict[str, Right]) -> EnterpriseRow:
    if not re.fullmatch("E[0-9]{4}", row["id"]):
        raise RowRefused(f"id: '{row['id']}' is not E and four digits")
    if not row["enterprise_name"]:
        raise RowRefused("enterprise_name is empty")
    if row["gi_id"] and row["gi_id"] not in rights:
        raise RowRefused(f"gi_id: {row['gi_id']} is not in the register")
    if row["uscc"] and (problem := credit_codes.check(row["uscc"]).problem):
        raise RowRefused(f"uscc: {row['uscc']}: {problem.label}")
    date = partial_date(row, "announcement_date")
    named = _mentions(row)
    enterprise = {
        "name_zh": row["enterprise_name"],
        "uscc": row["uscc"] or None,
        "province": divisions.province(row["province"]),
        "basis": word(row, "basis", BASES),
    }
    authorisation = {
        "product": rights[row["gi_id"]].product if row["gi_id"] else None,
        "product_text": row["product"],
        # Only an announcement that can be named makes an authorisation more than a report.
        "state": AuthorisationState.IN_FORCE if named else AuthorisationState.REPORTED,
        "basis": AuthorisationBasis.ANNOUNCED if named else AuthorisationBasis.REPORTED,
        "effective_from": date.on if date else DATA_DATE,
        "effective_precision": date.precision if date else "",
        "source": row["source_id"],
        "note": row["note"],
    }
    return EnterpriseRow(row.line, row["id"], enterprise, authorisation, named[0] if named else None)


def enterprises_part(rows: Iterable[EnterpriseRow], by: Actor) -> Part:
    """One enterprise for all rows with the same name, under the reference of the first."""
    wanted: dict[str, dict[str, Any]] = {}
    lines: dict[str, int] = {}
    for _name, row in _first_rows(rows).items():
        wanted[row.reference], lines[row.reference] = row.enterprise, row.line
    return Part(
        title="enterprises", file=FILE, wanted=wanted, lines=lines,
        present={row.reference: row for row in Enterprise.objects.select_related("province")},
        values_of=enrolment.enterprise_values, identity=record_words.enterprise_subject,
        enter=lambda key, values: enrolment.enter_enterprise(by=by, reference=key, source=FILE, **values),
        amend=lambda row, values: enrolment.amend_enterprise(row, by=by, source=FILE, **values),
    )  # fmt: skip


def authorisations_part(rows: Iterable[EnterpriseRow], by: Actor) -> Part:
    """One authorisation a row, of the enterprise of that name."""
    rows = list(rows)
    first = _first_rows(rows)
    enterprises = {row.reference: row for row in Enterprise.objects.all()}
    announcements: dict[AnnouncementKey, Announcement] = {
        announcement_mentions.key_of(row): row for row in Announcement.objects.all()
    }
    holders, wanted, lines = {}, {}, {}
    for row in rows:
        holder = enterprises.get(first[row.enterprise["name_zh"]].reference)
        if holder is None:
            continue  # the enterprise was refused, and the report says so
        announcement = announcements[row.mention.key] if row.mention else None
        holders[row.reference] = holder
        wanted[row.reference] = {**row.authorisation, "announcement": announcement}
        lines[row.reference] = row.line
    return Part(
        title="authorisations", file=FILE, wanted=wanted, lines=lines,
        present={
            row.reference: row
            for row in Authorisation.objects.select_related("enterprise", "product", "announcement")
        },
        values_of=enrolment.authorisation_values, identity=record_words.authorisation_subject,
        enter=lambda key, values: enrolment.enter_authorisation(holders[key], by=by, reference=key, **values),
        amend=lambda row, values: enrolment.amend_authorisation(row, by=by, **values),
    )  # fmt: skip


def _first_rows(rows: Iterable[EnterpriseRow]) -> dict[str, EnterpriseRow]:
    """The first row of each name."""
    first: dict[str, EnterpriseRow] = {}
    for row in rows:
        first.setdefault(row.enterprise["name_zh"], row)
    return first
