"""Protection cases at the desk: the queue, all of one case."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from enterprises import case_effects, case_facts, case_queue
from enterprises.case_forms import CasesForm
from enterprises.case_queue import Wanted
from enterprises.case_words import STEPS, steps_of
from enterprises.views.desk_access import at_desk
from enterprises.views.desk_batches import history
from gi_registry.journal import Actor
from gi_registry.query_values import read
from gi_registry.roles import Permission
from products.case_models import ProtectionCase
from products.case_states import EDITABLE_CASES, CaseKind, CaseState
from products.cases import lacking, level_needed

CASES_A_PAGE = 30


@require_safe
@at_desk()
def index(request: HttpRequest, actors: Sequence[Actor]) -> HttpResponse:
    """The cases that somebody may read, the most urgent first."""
    view, person = case_queue.default_view(actors), actors[0].person or 0
    form = CasesForm(request.GET, actors=actors, initial={"view": view})
    values, notices = read(form)
    texts = {name: values[name] or "" for name in ("kind", "law", "state", "q")}
    wanted = Wanted(view=values["view"], county=values["county"], late=bool(values["late"]), **texts)
    page = Paginator(case_queue.found(actors, wanted, person=person), CASES_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [(row, case_queue.face(row)) for row in page],
        "counts": case_queue.figures(actors, person),
        "form": CasesForm(None, actors=actors, initial=values),
        "wanted": wanted,
        "waits": view == "waiting",
        "prepares": any(actor.has(Permission.PREPARE_CASES) for actor in actors),
        "enters_past": any(actor.has(Permission.KEEP_REGISTER) for actor in actors),
        "notices": notices,
    }
    return render(request, "desk/cases.html", context)


# --- One case ---


def case_or_404(actors: Sequence[Actor], reference: str) -> ProtectionCase:
    """The case, if one of the roles may read it."""
    case = case_facts.by_reference(actors, reference)
    if case is None:
        raise Http404
    return case


def preparer_or_404(actors: Sequence[Actor], case: ProtectionCase) -> Actor:
    """The role in which somebody prepares the case; who only reads or decides finds nothing here."""
    by = case_facts.preparer(actors, case.division)
    if by is None:
        raise Http404
    return by


def crumbs(case: ProtectionCase | None, last: str = "") -> list[tuple[str, str]]:
    """The way from the queue to a case, or to a page behind it."""
    way = [(_("Protection cases"), reverse("enterprises:desk_cases"))]
    if case is not None:
        here = reverse("enterprises:desk_case", args=[case.reference]) if last else ""
        way.append((f"{case.name_zh} {case.reference}", here))
    return [*way, (last, "")] if last else way


def frame(actors: Sequence[Actor], case: ProtectionCase | None, title: str) -> dict[str, Any]:
    """What every page behind a case needs."""
    back = reverse("enterprises:desk_case", args=[case.reference]) if case else reverse("enterprises:desk_cases")
    return {
        "crumbs": crumbs(case, title), "title": title, "case": case, "back": back,
        "state": CaseState(case.state) if case else None,
    }  # fmt: skip


def steps_head(case: ProtectionCase, here: str) -> dict[str, Any]:
    """What the head of every step needs: where one is, and which steps still lack something."""
    gaps = lacking(case) if case.state in EDITABLE_CASES else []
    open_steps = {gap.step for gap in gaps}
    steps = steps_of(case.kind)
    return {
        "step": here, "number": steps.index(here) + 1, "last": len(steps), "all_gaps": gaps,
        "gaps": [gap for gap in gaps if gap.step == here], "editable": case.state in EDITABLE_CASES,
        "stations": [
            {"name": name, "label": STEPS[name], "here": name == here,
             "done": name != "check" and name not in open_steps}
            for name in steps
        ],
    }  # fmt: skip


def asked(case: ProtectionCase) -> dict[str, Any]:
    """What a case asks for: area, requirements, documents; the same on its page and before it is sent."""
    areas = list(case.areas.select_related("division__parent__parent"))
    return {
        "areas": areas,
        "level_needed": level_needed([area.division for area in areas]) if areas else None,
        "parts": case_facts.parts(case),
        "is_change": case.kind == CaseKind.CHANGE,
        "is_revocation": case.kind == CaseKind.REVOCATION,
        "papers": case_facts.papers_by_kind(case),
        "effect": case_effects.area_effect(case),
        "stops": case_effects.stops(case.right) if case.right and case.kind == CaseKind.REVOCATION else None,
    }


@require_safe
@at_desk()
def case_page(request: HttpRequest, actors: Sequence[Actor], reference: str) -> HttpResponse:
    """All of one case, and what can be done with it now."""
    case = case_or_404(actors, reference)
    writes = case_facts.preparer(actors, case.division) is not None
    examines = case_facts.examiner(actors, case.division) is not None
    context = asked(case) | {
        "crumbs": crumbs(case),
        "case": case,
        "state": CaseState(case.state),
        "face": case_queue.face(case),
        "choices": case_facts.choices(case, actors),
        "edits": writes and case.state in EDITABLE_CASES,
        "adds_papers": writes and case_facts.takes_papers(case),
        "onward": writes and case.right is not None and case_facts.is_over(case) and case_facts.in_force(case.right),
        "reviews_now": examines and case.state == CaseState.TECHNICAL,
        "gaps": lacking(case) if writes and case.state in EDITABLE_CASES else [],
        "way": case_facts.way(case),
        "notes": case_facts.notes(case),
        "public_notices": case_facts.notices(case),
        "objections": case_facts.objections(case),
        "reviews": list(case.reviews.all()),
        "history": history("case", case.reference),
    }  # fmt: skip
    return render(request, "desk/case.html", context)
