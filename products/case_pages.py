"""READER. What the public reads of protection cases: the list, one case with its steps and days, those of a product.

Nothing here names a person, what somebody wrote into a case, or a case that its law has not made public yet. An
answer for a past date knows the steps up to that date only.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Prefetch, Q, QuerySet
from django.utils.text import capfirst

from products.case_models import CaseArea, CasePaper, CaseStep, ProtectionCase, TechnicalReview
from products.case_states import GRANTED, OPEN_CASES, CaseKind, CaseState, PaperKind, RequirementPart
from products.models import Product, Source
from products.objection_models import Objection, PublicNotice
from products.timeline import Line, named

RUNNING, GRANTED_WORD, ENDED = "running", "granted", "ended"
# How far a case has come, in three words; each is a set of states.
OUTCOMES = {
    RUNNING: OPEN_CASES,
    GRANTED_WORD: GRANTED,
    ENDED: frozenset(set(CaseState) - OPEN_CASES - GRANTED - {CaseState.DRAFT}),
}
# Steps before this one are nobody's business but the applicant's, also when the case is public later.
PRIVATE_STEPS = frozenset({CaseState.DRAFT, CaseState.DEFECTS})


@dataclass(frozen=True)
class Wanted:
    """What the list is narrowed to; empty means everything. `outcome`: a key of OUTCOMES."""

    q: str = ""
    kind: str = ""
    law: str = ""
    outcome: str = ""
    year: int | None = None


def listed(wanted: Wanted) -> QuerySet[ProtectionCase]:
    """The public cases that answer, the latest first; demonstration is left out."""
    rows = ProtectionCase.objects.public().real()
    if wanted.q.strip():
        text = wanted.q.strip()
        rows = rows.filter(Q(name_zh__icontains=text) | Q(name_en__icontains=text) | Q(reference__iexact=text))
    if wanted.kind:
        rows = rows.filter(kind=wanted.kind)
    if wanted.law:
        rows = rows.filter(legal_basis=wanted.law)
    if wanted.outcome:
        rows = rows.filter(state__in=sorted(OUTCOMES[wanted.outcome]))
    if wanted.year:
        rows = rows.filter(public_from__year=wanted.year)
    notices = PublicNotice.objects.order_by("first_day", "pk")
    return (
        rows.select_related("right__product", "division")
        .prefetch_related(Prefetch("notices", notices, to_attr="public_notices"))
        .order_by("-public_from", "-pk")
    )


def years() -> list[int]:
    """Years in which cases became public, the latest first."""
    days = ProtectionCase.objects.public().real().order_by().values_list("public_from", flat=True)
    return sorted({day.year for day in days if day is not None}, reverse=True)


def by_reference(reference: str) -> ProtectionCase | None:
    """A case that the public may read, demonstration too."""
    rows = ProtectionCase.objects.public().select_related("right__product", "division")
    return rows.filter(reference=reference).first()


@dataclass(frozen=True)
class CaseFacts:
    """All that a page shows of a case. `objections` hold nothing about who objected."""

    case: ProtectionCase
    map: CasePaper | None
    areas: list[CaseArea]
    steps: list[Line]
    notices: list[PublicNotice]
    objections: list[Objection]
    reviews: list[TechnicalReview]
    requirements: list[tuple[str, str]]
    sources: list[Source]

    @property
    def pill(self) -> str:
        """Which shape its state is shown with."""
        return pill_of(self.case.state)


def pill_of(state: str) -> str:
    """Shape of a state: running cases call for a look, what ended protection or failed has stopped."""
    if state in OPEN_CASES:
        return "look"
    return "live" if state in GRANTED - {CaseState.REVOKED} or state == CaseState.KEPT else "stopped"


def facts_of(case: ProtectionCase) -> CaseFacts:
    """What the public reads of a case. Eight queries."""
    columns = "reference", "ground", "state", "received_at", "decided_on", "published_reason"
    sources = list(Source.objects.filter(key__in={case.source, *case.steps.values_list("source", flat=True)}))
    return CaseFacts(
        case=case,
        map=map_of(case),
        areas=list(case.areas.select_related("division__parent__parent")),
        steps=_steps(case.steps.select_related("announcement"), {one.key: one.title for one in sources}),
        notices=list(case.notices.select_related("announcement").order_by("first_day", "pk")),
        objections=list(Objection.objects.filter(notice__case=case).only(*columns).order_by("received_at", "pk")),
        reviews=list(case.reviews.all()),
        requirements=_requirements(case),
        sources=sources,
    )


def map_of(case: ProtectionCase) -> CasePaper | None:
    """The latest map of the area; the only document that becomes public with a case."""
    return case.papers.filter(kind=PaperKind.AREA_MAP).order_by("pk").last()


def _requirements(case: ProtectionCase) -> list[tuple[str, str]]:
    if case.kind == CaseKind.REVOCATION:
        return []
    return [
        (capfirst(str(part.label)), case.requirements[part]) for part in RequirementPart if case.requirements.get(part)
    ]


def _steps(rows: Iterable[CaseStep], titles: Mapping[str, str]) -> list[Line]:
    """The public steps; a source of the register is named by its title, one only written down by its words."""
    found: list[CaseStep] = []
    for row in rows:  # what stood between twice the same is not public, and neither is that it came back
        if row.state not in PRIVATE_STEPS and not (found and found[-1].state == row.state):
            found.append(row)
    lines = []
    for row in found:
        words = [named(row.announcement) if row.announcement else "", titles.get(row.source, row.source)]
        lines.append(
            Line(
                title=capfirst(str(CaseState(row.state).label)), date=row.on, precision=row.precision,
                text=" · ".join(filter(None, words)),
                url=row.announcement.get_absolute_url() if row.announcement else "",
                kind={"live": "live", "stopped": "stopped"}.get(pill_of(row.state), ""),
            )
        )  # fmt: skip
    return lines


def of_product(product: Product, on: datetime.date | None = None) -> list[ProtectionCase]:
    """The public cases about the rights of a product, up to a date, the oldest first."""
    rows = ProtectionCase.objects.public(on).real().filter(right__product=product)
    return list(rows.order_by("public_from", "pk"))


def states_category(cases: Iterable[ProtectionCase], product: Product) -> bool:
    """Whether an application that was granted here named the kind of goods; else it was derived from the name."""
    return any(
        case.kind == CaseKind.RECOGNITION and case.state in GRANTED and case.category == product.category
        for case in cases
    )
