"""Protection cases of the past, as a part of a load: steps that sources tell of, none of them made here."""

from __future__ import annotations

import contextlib
import uuid
from typing import Any

from gi_registry.csv_files import Row, RowRefused, Table
from gi_registry.journal import Actor
from products import announcement_mentions, drafting
from products.announcement_mentions import Mention
from products.case_models import ProtectionCase
from products.case_states import CaseKind, CaseState, LegalBasis
from products.cases import case_subject
from products.drafting import PastStep
from products.importing import Part, Report, full_date, partial_date, word
from products.models import Announcement, Right

FILE = "protection_cases.csv"
COLUMNS = [
    "gi_id", "name_zh", "kind", "legal_basis", "state", "on", "announcement_no", "announcement_date", "source",
]  # fmt: skip
KEYS = (("gi_id", "kind", "state", "on"),)
# Stable keys of cases: the same right and kind give the same case whenever the file is loaded.
_SPACE = uuid.UUID("5d4c3a86-5c0e-4b6f-9d6a-64c7b5a1c577")


def mentions(table: Table) -> list[Mention]:
    """The announcements that the file mentions, before its rows are read as a whole."""
    found = []
    for row in table.rows:
        with contextlib.suppress(RowRefused):  # `cases_part` says why
            found += announcement_mentions.mentions(
                row["announcement_no"], where=row["gi_id"], date=partial_date(row, "announcement_date")
            )
    return found


def cases_part(table: Table, report: Report, by: Actor) -> Part:
    """The cases with their steps in the order of the file; a case that is loaded stays as it is."""
    rights = {row.reference: row for row in Right.objects.select_related("product__province")}
    papers = {announcement_mentions.key_of(row): row for row in Announcement.objects.all()}
    wanted: dict[uuid.UUID, dict[str, Any]] = {}
    lines: dict[uuid.UUID, int] = {}
    for row, (right, step) in report.parse(table, lambda row: _step(row, rights, papers)):
        key = uuid.uuid5(_SPACE, f"{row['gi_id']}/{row['kind']}")
        first = {
            "right": right, "kind": CaseKind(row["kind"]), "legal_basis": LegalBasis(row["legal_basis"]),
            "division": right.product.province, "source": row["source"], "steps": (),
        }  # fmt: skip
        case = wanted.setdefault(key, first)
        case["steps"] = (*case["steps"], step)
        lines.setdefault(key, row.line)

    def enter(key: uuid.UUID, values: Any) -> object:
        return drafting.enter_past_case(by=by, nonce=key, **{**values, "steps": list(values["steps"])})

    def amend(case: ProtectionCase, changes: Any) -> None:
        raise RowRefused("the case is on record and differs; its steps are not rewritten")

    present = ProtectionCase.objects.filter(historic=True, nonce__in=wanted)
    rows = present.select_related("right__product__province", "division").prefetch_related("steps__announcement")
    return Part(
        title="protection cases of the past", file=FILE, wanted=wanted, lines=lines,
        present={row.nonce: row for row in rows}, values_of=_values_of, identity=case_subject, enter=enter, amend=amend,
    )  # fmt: skip


def _values_of(case: ProtectionCase) -> dict[str, Any]:
    steps = [
        PastStep(CaseState(row.state), row.on, row.source, row.precision, row.announcement)
        for row in case.steps.all()
    ]
    kept = ("right", "kind", "legal_basis", "division", "source")
    return {name: getattr(case, name) for name in kept} | {"steps": tuple(steps)}


def _step(row: Row, rights: dict[str, Right], papers: dict[Any, Announcement]) -> tuple[Right, PastStep]:
    right = rights.get(row["gi_id"])
    if right is None:
        raise RowRefused(f"gi_id '{row['gi_id']}' is unknown")
    if right.product.name_zh != row["name_zh"]:
        raise RowRefused(f"{row['gi_id']} is {right.product.name_zh}, not {row['name_zh']}")
    if right.product.province is None:
        raise RowRefused("the product lies in no one province")
    word(row, "kind", {kind.value: kind for kind in CaseKind})
    word(row, "legal_basis", {law.value: law for law in LegalBasis})
    state = word(row, "state", {one.value: one for one in CaseState})
    on = full_date(row, "on")
    if on is None:
        raise RowRefused("on: a step needs its day")
    return right, PastStep(state, on, row["source"], announcement=_announcement(row, papers))


def _announcement(row: Row, papers: dict[Any, Announcement]) -> Announcement | None:
    found = announcement_mentions.mentions(
        row["announcement_no"], where=row["gi_id"], date=partial_date(row, "announcement_date")
    )
    return papers.get(found[0].key) if found else None
