"""READER. What the public learns of random inspections and credit grades, on any day.

Before a draw only its day, its size and two fingerprints are public; from the draw on everything but what inspectors
found, and of that a summary once it is published. Demonstration draws stand in no list.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import ExtractYear
from django.utils import timezone

from enterprises.inspection_models import CreditGrade, Inspection, InspectionDraw
from enterprises.inspection_states import DrawState, InspectionState
from enterprises.models import Enterprise
from gi_registry.event_types import EventType
from gi_registry.models import Division, JournalEntry

RESULT_KNOWN = (InspectionState.PUBLISHED, InspectionState.FOLLOWED_UP)
IN_JOURNAL = (EventType.INSPECTION_FIXED, EventType.INSPECTION_DRAWN, EventType.INSPECTION_CANCELLED)
COLUMNS = (
    "reference", "state", "fixed_on", "drawn_on", "title", "division_code", "product_number", "size", "published",
    "lists_sha256", "commitment", "seed",
)  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """What the list of draws is narrowed to; empty means everything."""

    province: Division | None = None
    status: str = ""
    year: int | None = None


def draws(wanted: Wanted) -> QuerySet[InspectionDraw]:
    """The draws of real enterprises, the newest first, each with the number of its published results.

    The place of a draw is public from the draw on: a province finds only draws that were made.
    """
    rows = InspectionDraw.objects.filter(demonstration=False).defer("lists").select_related("division", "product")
    if wanted.province:
        inside = Division.objects.within(wanted.province.code).values("pk")
        rows = rows.filter(state=DrawState.DRAWN, division__in=inside)
    if wanted.status:
        rows = rows.filter(state=wanted.status)
    if wanted.year:
        rows = rows.filter(fixed_at__year=wanted.year)
    known = Count("inspections", filter=Q(inspections__state__in=RESULT_KNOWN))
    return rows.annotate(published=known).order_by("-pk")


def years() -> list[int]:
    """The years in which lists were fixed, the latest first."""
    rows = InspectionDraw.objects.filter(demonstration=False).annotate(year=ExtractYear("fixed_at"))
    return list(rows.order_by("-year").values_list("year", flat=True).distinct())


def lines(rows: Iterable[Any]) -> Iterator[dict[str, Any]]:
    """Draws as lines of a file."""
    for row in rows:
        drawn = row.state == DrawState.DRAWN
        yield {
            "reference": row.reference,
            "state": row.state,
            "fixed_on": timezone.localdate(row.fixed_at),
            "drawn_on": timezone.localdate(row.drawn_at) if drawn else None,
            "title": row.title if drawn else None,
            "division_code": row.division.code if drawn and row.division else None,
            "product_number": row.product.number if drawn and row.product else None,
            "size": row.size,
            "published": row.published,
            "lists_sha256": row.lists_sha256,
            "commitment": row.commitment,
            "seed": row.seed if drawn else None,
        }


# --- One draw ---


def by_reference(reference: str) -> InspectionDraw | None:
    """A draw, also one of the demonstration."""
    rows = InspectionDraw.objects.select_related("division__parent__parent", "product")
    return rows.filter(reference=reference.upper()).first()


@dataclass(frozen=True)
class Places:
    """Where the journal tells of a draw: numbers of entries, None where there is none. `reason`: of a cancellation."""

    fixed: int | None = None
    drawn: int | None = None
    cancelled: int | None = None
    reason: str = ""


def in_journal(draw: InspectionDraw) -> Places:
    """The journal's entries on a draw."""
    entries = JournalEntry.objects.filter(subject_kind="inspection_draw", subject_id=draw.reference)
    found = {entry.event_type: entry for entry in entries}
    cancelled = found.get(EventType.INSPECTION_CANCELLED)
    fixed, drawn_in, over = (found[event].sequence if event in found else None for event in IN_JOURNAL)
    return Places(fixed, drawn_in, over, str(cancelled.payload.get("reason", "")) if cancelled else "")


def drawn(draw: InspectionDraw) -> list[Inspection]:
    """The inspections of a draw in the order in which they were drawn."""
    rows = Inspection.objects.filter(draw=draw).select_related("authorisation__enterprise", "authorisation__product")
    return list(rows.prefetch_related("inspectors").order_by("place"))


def weights(draw: InspectionDraw) -> list[tuple[str, int, int]]:
    """Grade ("" for none), weight and number of the objects of a draw, the smallest weight first."""
    found = Counter((draw.lists["about"][one]["grade"], weight) for one, weight in draw.lists["objects"].items())
    rows = [(grade, weight, number) for (grade, weight), number in found.items()]
    return sorted(rows, key=lambda row: (row[1], row[0]))


def repeatable(draw: InspectionDraw, places: Places) -> dict[str, Any]:
    """Everything that is needed to repeat a draw that was made."""
    pairs = [
        [one.authorisation.reference, *sorted(person.code for person in one.inspectors.all())] for one in drawn(draw)
    ]
    return {
        "reference": draw.reference,
        "title": draw.title,
        "demonstration": draw.demonstration,
        "fixed_at": draw.fixed_at.isoformat(),
        "drawn_at": draw.drawn_at.isoformat() if draw.drawn_at else None,
        "lists": draw.lists,
        "lists_sha256": draw.lists_sha256,
        "secret": draw.secret,
        "commitment": draw.commitment,
        "journal_entry_fixed": places.fixed,
        "journal_entry_drawn": places.drawn,
        "journal_hash": draw.journal_hash,
        "seed": draw.seed,
        "pairs": pairs,
    }


# --- One enterprise ---


@dataclass(frozen=True)
class Supervision:
    """What the public knows of the supervision of an enterprise on a day.

    `grade`: the one that held then. `history`: all that had begun by then, the latest first. `results`: published by
    then, the latest first, each with `closed_then`.
    """

    on: datetime.date
    grade: CreditGrade | None
    history: list[CreditGrade]
    results: list[Inspection]


def of_enterprise(enterprise: Enterprise, on: datetime.date | None = None) -> Supervision:
    """Grades and published results of inspections, as of a day (default today). Two queries."""
    on = on or timezone.localdate()
    begun = CreditGrade.objects.filter(enterprise=enterprise, effective_from__lte=on)
    history = list(begun.order_by("-effective_from", "-pk"))
    holds = [one for one in history if one.effective_to is None or one.effective_to > on]
    rows = Inspection.objects.filter(authorisation__enterprise=enterprise, published_on__lte=on)
    results = list(
        rows.filter(state__in=RESULT_KNOWN).select_related("draw", "authorisation__product").defer("draw__lists")
        .order_by("-inspected_on", "-pk")
    )  # fmt: skip
    for one in results:
        one.closed_then = one.closed_on is not None and one.closed_on <= on  # type: ignore[attr-defined]
    return Supervision(on, holds[0] if holds else None, history, results)


def every_grade(enterprise: Enterprise) -> list[CreditGrade]:
    """All grades of an enterprise, also one that begins on a day to come; the latest first."""
    return list(CreditGrade.objects.filter(enterprise=enterprise).order_by("-effective_from", "-pk"))
