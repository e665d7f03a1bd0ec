"""READER. The public register of objections: what was objected to, on which ground, and what came of it.

Nothing here tells who objected or what was written; only whether it was a unit or a person. Objections in
demonstration cases are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from gi_registry.exports import Table
from products.objection_models import Objection

COLUMNS = (
    "number", "case", "product", "agreement", "name", "ground", "objector_kind", "received_on", "state", "admitted_on",
    "answered_on", "decided_on", "published_reason",
)  # fmt: skip
# What a page or a file needs of a row; everything about the objector stays in the database.
SHOWN = (
    "reference", "ground", "objector_kind", "received_at", "state", "admitted_on", "answered_on", "decided_on",
    "published_reason",
)  # fmt: skip
ABOUT = (
    "notice__case__reference", "notice__case__name_zh", "notice__case__name_en", "notice__agreement__code",
    "notice__agreement__name_zh", "notice__agreement__name_en", "entry__name_native", "entry__name_zh",
    "entry__name_en",
)  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """What the register is narrowed to: state, ground, year in which it came, words of the name."""

    state: str = ""
    ground: str = ""
    year: str = ""
    q: str = ""


def public() -> QuerySet[Objection]:
    """Every objection in a real case or to a real list, the latest first, without what is private."""
    found = Objection.objects.filter(notice__demonstration=False)
    return found.select_related("notice__case", "notice__agreement", "entry").only(*SHOWN, *ABOUT)


def years() -> list[int]:
    """The years in which objections came, the latest first."""
    dates = Objection.objects.filter(notice__demonstration=False).datetimes("received_at", "year", order="DESC")
    return [date.year for date in dates]


def found(wanted: Wanted) -> QuerySet[Objection]:
    """The objections that answer."""
    rows = public()
    if wanted.state:
        rows = rows.filter(state=wanted.state)
    if wanted.ground:
        rows = rows.filter(ground=wanted.ground)
    if wanted.year:
        rows = rows.filter(received_at__year=wanted.year)
    if text := wanted.q.strip():
        rows = rows.filter(named(text))
    return rows


def named(text: str) -> Q:
    """Condition on objections: their number, or the name of what they are about."""
    columns = ("notice__case__name_zh", "notice__case__name_en", "notice__case__reference", "notice__agreement__code",
               "notice__agreement__name_zh", "notice__agreement__name_en", "entry__name_native", "entry__name_zh",
               "entry__name_en", "reference")  # fmt: skip
    wanted = Q()
    for column in columns:
        wanted |= Q(**{f"{column}__icontains": text})
    return wanted


def table(rows: QuerySet[Objection], asked: Mapping[str, Any]) -> Table:
    """The objections shown, as a file."""
    return Table("objections", COLUMNS, map(_row, rows), asked, rows.count())


def _row(objection: Objection) -> dict[str, Any]:
    case, agreement, entry = objection.notice.case, objection.notice.agreement, objection.entry
    return {
        "number": objection.reference,
        "case": case.reference if case else None,
        "product": case.name_zh if case else None,
        "agreement": agreement.code if agreement else None,
        "name": str(entry) if entry else None,
        "received_on": timezone.localdate(objection.received_at),
    } | {
        name: getattr(objection, name)
        for name in ("ground", "objector_kind", "state", "admitted_on", "answered_on", "decided_on", "published_reason")
    }
