"""Agreements and the names on their lists as parts of a load."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gi_registry.csv_files import Row, RowRefused, Table
from gi_registry.journal import Actor
from products import agreement_registrar, entry_words, list_values, record_values
from products.importing import Part, Report, full_date, word
from products.models import Agreement, AgreementEntry
from products.states import EntryStatus, Side

AGREEMENT_FILE = "mutual_recognition/agreements.csv"
AGREEMENT_COLUMNS = [
    "code", "name_zh", "name_en", "partner", "scheme_label", "signed_on", "in_force_on", "status",
    "legal_reference", "notes",
]  # fmt: skip
AGREEMENT_KEYS = (("code",),)
ENTRY_FILE = "mutual_recognition/listings.csv"
ENTRY_COLUMNS = [
    "agreement_code", "batch", "direction", "seq", "name_native", "name_transcription", "name_zh", "name_en",
    "country", "product_category", "status", "protected_from", "source",
]  # fmt: skip
ENTRY_KEYS = (("agreement_code", "batch", "direction", "name_native", "name_zh"),)

PARENTS = {"CN-EU-B1": "CN-EU-2020", "CN-EU-B2": "CN-EU-2020"}
# Where the lists differ from the label "N+N": Annex IV has 96 names, because the four British ones of the 2019
# list are not in it. The treaty itself has no list but those of its batches.
SIZES: dict[str, tuple[int | None, int | None]] = {"CN-EU-B1": (100, 96), "CN-EU-2020": (None, None)}


# Annexes of the China–EU agreement by batch: Chinese names, foreign names (agreement of 2020-09-14).
ANNEXES = {"CN-EU-B1": ("III", "IV"), "CN-EU-B2": ("V", "VI")}


def agreements_part(table: Table, report: Report, by: Actor) -> Part:
    """Agreements and their batches; a batch stands behind its agreement in the file."""
    wanted, lines = {}, {}
    for place, (row, values) in enumerate(report.parse(table, _agreement)):
        wanted[row["code"]], lines[row["code"]] = {**values, "order": place}, row.line

    def enter(code: str, values: Any) -> Agreement:
        return agreement_registrar.enter_agreement(by=by, code=code, source=AGREEMENT_FILE, **_with_parent(values))

    return Part(
        title="agreements", file=AGREEMENT_FILE, wanted=wanted, lines=lines,
        present={row.code: row for row in Agreement.objects.select_related("parent")},
        values_of=lambda row: {
            **list_values.agreement_values(row), "parent": row.parent.code if row.parent else None
        },
        identity=agreement_registrar.agreement_subject, enter=enter,
        amend=lambda row, values: agreement_registrar.amend_agreement(
            row, by=by, source=AGREEMENT_FILE, **_with_parent(values)
        ),
    )  # fmt: skip


def _with_parent(values: Mapping[str, Any]) -> dict[str, Any]:
    """The parent by its code, which may have been entered only just now."""
    code = values.get("parent")
    if not code:
        return dict(values)
    parent = Agreement.objects.filter(code=code).first()
    if parent is None:
        raise RowRefused(f"agreement '{code}', to which it belongs, is unknown")
    return {**values, "parent": parent}


def _agreement(row: Row) -> dict[str, Any]:
    label = re.fullmatch(r"([0-9]+)\+([0-9]+)", row["scheme_label"])
    of_label = (int(label[1]), int(label[2])) if label else (None, None)
    outbound, inbound = SIZES.get(row["code"], of_label)
    return {
        "name_zh": row["name_zh"],
        "name_en": row["name_en"],
        "partner": row["partner"],
        "parent": PARENTS.get(row["code"]),
        "scheme_label": row["scheme_label"],
        "outbound_size": outbound,
        "inbound_size": inbound,
        "signed_on": full_date(row, "signed_on"),
        "in_force_on": full_date(row, "in_force_on"),
        "status_text": row["status"],
        "legal_reference": row["legal_reference"],
        "note": row["notes"],
    }


def entries_part(table: Table, report: Report, by: Actor) -> Part:
    """Names on the lists. None is tied to a product here: a person does that, the register only suggests."""
    agreements = {row.code: row for row in Agreement.objects.all()}
    wanted, lines = {}, {}
    for row, values in report.parse(table, lambda row: _entry(row, agreements)):
        key = row["agreement_code"], entry_key(row)
        wanted[key], lines[key] = values, row.line

    def enter(key: tuple[str, str], values: Any) -> AgreementEntry:
        agreement = agreements[key[0]]
        return agreement_registrar.enter_agreement_entry(agreement, by=by, key=key[1], source=ENTRY_FILE, **values)

    return Part(
        title="agreement entries", file=ENTRY_FILE, wanted=wanted, lines=lines,
        present={
            (row.agreement.code, row.key): row
            for row in AgreementEntry.objects.select_related("agreement", "product")
        },
        values_of=record_values.entry_values, identity=record_values.entry_subject, enter=enter,
        amend=lambda row, values: agreement_registrar.amend_agreement_entry(row, by=by, source=ENTRY_FILE, **values),
    )  # fmt: skip


def entry_key(row: Row) -> str:
    """What tells the names of one agreement apart, as the file writes it."""
    return " · ".join([row["batch"], row["direction"], row["name_native"], row["name_zh"]])


def _entry(row: Row, agreements: Mapping[str, Agreement]) -> dict[str, Any]:
    if row["agreement_code"] not in agreements:
        raise RowRefused(f"agreement '{row['agreement_code']}' is unknown")
    if not re.fullmatch("[0-9]{0,4}", row["seq"]):
        raise RowRefused(f"seq: '{row['seq']}' is no number")
    side = word(row, "direction", {"outbound": Side.OUTBOUND, "inbound": Side.INBOUND})
    outbound, inbound = ANNEXES.get(row["agreement_code"], ("", ""))
    return {
        "batch": row["batch"],
        "annex": outbound if side == Side.OUTBOUND else inbound,
        "side": side,
        "seq": int(row["seq"]) if row["seq"] else None,
        "name_native": row["name_native"],
        "name_transcription": row["name_transcription"],
        "name_zh": row["name_zh"],
        "name_en": row["name_en"],
        "country": row["country"],
        "product_category": row["product_category"],
        "status": entry_status(row["status"]),
        "status_text": row["status"],
        "protected_from": full_date(row, "protected_from"),
        "sources": row["source"],
    }


def entry_status(words: str) -> EntryStatus:
    """What is known of a name, from the words of the file. Raises `RowRefused` for words of no known kind."""
    status = entry_words.status_of(words)
    if status is None:
        raise RowRefused(f"status: unknown words '{words}'")
    return status
