"""Candidates at the desk: the pipeline of the own territory, one candidate, its steps, its release."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from enterprises.authorisation_facts import Line
from enterprises.cultivation_forms import CandidateForm, CandidatesForm, StepForm, VersionForm
from enterprises.cultivation_words import WHAT_HAPPENS
from enterprises.desk_queue import Option, option
from enterprises.views.desk_access import at_desk
from enterprises.views.desk_batches import history
from enterprises.views.kept_forms import Outcome, store
from gi_registry import exports
from gi_registry.journal import Actor
from gi_registry.query_values import read
from gi_registry.roles import Permission
from products import cultivation, cultivation_exports, pipeline
from products.cultivation_models import Candidate
from products.cultivation_states import AT_REST, CANDIDATE_MOVES, ReadyItem, Stage
from products.pipeline import Wanted

ROWS_A_PAGE = 50
FORMATS = ("csv", "xlsx")


@require_safe
@at_desk()
def index(request: HttpRequest, actors: Sequence[Actor]) -> HttpResponseBase:
    """The pipeline at a glance, and the candidates that answer; what is overdue stands first."""
    form = CandidatesForm(request.GET, actors=actors)
    values, notices = read(form)
    texts = {name: values[name] or "" for name in ("stage", "category", "due", "q")}
    wanted = Wanted(county=values["county"], **texts)
    rows = pipeline.found(actors, wanted)
    if (kind := request.GET.get("format")) in FORMATS:
        about = {name: str(value) for name, value in values.items() if value}
        return exports.respond(cultivation_exports.candidates(rows.prefetch_related("stages"), about), kind)
    page = Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [(row, Stage(row.stage), is_late(row)) for row in page],
        "glance": pipeline.at_a_glance(actors, wanted),
        "wanted": wanted,
        "form": CandidatesForm(None, actors=actors, initial=values),
        "narrowed": wanted != Wanted(),
        "keeps": keeps(actors),
        "notices": notices,
        "formats": FORMATS,
    }
    return render(request, "desk/candidates.html", context)


def keeps(actors: Sequence[Actor]) -> bool:
    """Whether somebody keeps cultivation anywhere, and does not only read."""
    return any(actor.has(Permission.KEEP_CULTIVATION) for actor in actors)


def is_late(row: Candidate) -> bool:
    """Whether the next step should have been taken before today."""
    return row.next_step_due is not None and row.next_step_due < timezone.localdate() and row.stage not in AT_REST


def _found_or_404(actors: Sequence[Actor], reference: str) -> Candidate:
    return get_object_or_404(pipeline.visible(actors), reference=reference)


def _keeper_or_404(actors: Sequence[Actor], row: Candidate) -> Actor:
    by = pipeline.keeper(actors, row.division)
    if by is None:
        raise Http404
    return by


def _crumbs(row: Candidate | None, last: str = "") -> list[tuple[str, str]]:
    way = [(_("Candidates"), reverse("enterprises:desk_candidates"))]
    if row is not None:
        way.append((row.name_zh, reverse("enterprises:desk_candidate", args=[row.reference]) if last else ""))
    return [*way, (last, "")] if last else way


@require_safe
@at_desk()
def candidate_page(request: HttpRequest, actors: Sequence[Actor], reference: str) -> HttpResponse:
    """One candidate: what is known, what is missing, how it got here, and what can be done."""
    row = _found_or_404(actors, reference)
    context = {
        "crumbs": _crumbs(row),
        "row": row,
        "stage": Stage(row.stage),
        "late": is_late(row),
        "checklist": [(item.label, item in row.checklist) for item in ReadyItem],
        "there": len(set(row.checklist) & set(ReadyItem.values)),
        "stages": _stages(row),
        "projects": pipeline.projects(actors).filter(candidates=row, struck_on=None),
        "keeps": pipeline.keeper(actors, row.division) is not None,
        "options": [
            found for move in CANDIDATE_MOVES
            if row.stage in move.sources and (found := _option(row, move.name, actors)) is not None
        ],
        "history": history("candidate", row.reference),
    }  # fmt: skip
    return render(request, "desk/candidate.html", context)


def _stages(row: Candidate) -> list[Line]:
    lines = []
    for one in row.stages.all():  # type: ignore[attr-defined]
        until = _("until {date}").format(date=one.effective_to.isoformat()) if one.effective_to else ""
        text = " · ".join(filter(None, [until, one.reason]))
        kind = "" if one.effective_to else "look"
        lines.append(Line(one.effective_from, capfirst(str(Stage(one.stage).label)), text, kind=kind))
    return lines


# --- Entering and amending ---


@require_http_methods(["GET", "POST"])
@at_desk(Permission.KEEP_CULTIVATION)
def new(request: HttpRequest, actors: Sequence[Actor]) -> HttpResponse:
    """Enter a candidate."""
    initial = {"since": timezone.localdate(), "division": request.GET.get("county", "")}
    form = CandidateForm(_sent(request), initial=initial, actors=actors, is_new=True)

    def write() -> Candidate:
        by = pipeline.keeper(actors, form.cleaned_data["division"]) or actors[0]
        return cultivation.enter_candidate(by=by, nonce=form.cleaned_data["nonce"], **form.values)

    outcome = store(form, write)
    if outcome.row is not None:
        messages.success(request, _("The candidate is entered as {number}.").format(number=outcome.row.reference))
        return redirect("enterprises:desk_candidate", outcome.row.reference)
    return _show(request, actors, "desk/candidate_edit.html", None, _("Enter a candidate"), form, outcome)


def _sent(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


@require_http_methods(["GET", "POST"])
@at_desk(Permission.KEEP_CULTIVATION)
def edit(request: HttpRequest, actors: Sequence[Actor], reference: str) -> HttpResponse:
    """Change what is written of a candidate."""
    row = _found_or_404(actors, reference)
    by = _keeper_or_404(actors, row)
    initial = vars(row) | {"division": row.division}
    form = CandidateForm(_sent(request), initial=initial, actors=actors, is_new=False)

    def write() -> bool:
        return cultivation.amend_candidate(row, by=by, version=form.cleaned_data["version"] or 0, **form.values)

    outcome = store(form, write, lambda: _found_or_404(actors, reference))
    if outcome.row is not None:
        messages.success(request, _("Saved."))
        return redirect("enterprises:desk_candidate", reference)
    return _show(request, actors, "desk/candidate_edit.html", row, _("Change the candidate"), form, outcome)


def _show(
    request: HttpRequest, actors: Sequence[Actor], template: str, row: Candidate | None, title: str, form: Any,
    outcome: Outcome, **more: Any,
) -> HttpResponse:  # fmt: skip
    """A page with a form; the row as it is now, whatever a writer tried with it."""
    row = _found_or_404(actors, row.reference) if row is not None else None
    context = more | {
        "crumbs": _crumbs(row, title), "title": title, "row": row, "stage": Stage(row.stage) if row else None,
        "form": form, "stands": outcome.stands,
    }  # fmt: skip
    return render(request, template, context, status=outcome.status)


# --- Steps ---


def _option(row: Candidate, name: str, actors: Sequence[Actor]) -> Option | None:
    """One step by its name, whatever the stage. What it has become is asked on the page of the step itself."""
    move = next((one for one in CANDIDATE_MOVES if one.name == name), None)
    found = option(row, move, actors, row.division) if move else None
    return Option(found.move, found.by) if found and found.move.name == "protect" else found


@require_http_methods(["GET", "POST"])
@at_desk(Permission.KEEP_CULTIVATION)
def step(request: HttpRequest, actors: Sequence[Actor], reference: str, name: str) -> HttpResponse:
    """One step: GET says what will happen, POST does it. A step that is not open any more leads back."""
    row = _found_or_404(actors, reference)
    found = _option(row, name, actors)
    if found is None:
        raise Http404
    if request.method == "GET" and row.stage not in found.move.sources:
        messages.warning(request, _("This step is not possible in the present state."))
        return redirect("enterprises:desk_candidate", row.reference)
    form = StepForm(_sent(request), move=found.move, candidate=row)

    def write() -> bool:
        cultivation.move_candidate(row, found.move, by=found.by, **form.cleaned_data)
        return True

    outcome = store(form, write)
    if outcome.row is not None:
        messages.success(request, _("Done: {step}.").format(step=found.move.label))
        return redirect("enterprises:desk_candidate", reference)
    more = {"what_happens": WHAT_HAPPENS[name], "refusal": found.refusal, "sources": found.move.sources}
    title = capfirst(str(found.move.label))
    return _show(request, actors, "desk/candidate_step.html", row, title, form, outcome, **more)


@require_http_methods(["GET", "POST"])
@at_desk(Permission.KEEP_CULTIVATION)
def release(request: HttpRequest, actors: Sequence[Actor], reference: str) -> HttpResponse:
    """GET tells exactly what becomes public, POST makes it so."""
    row = _found_or_404(actors, reference)
    by = _keeper_or_404(actors, row)
    form = VersionForm(_sent(request), initial={"version": row.version})

    def write() -> bool:
        cultivation.release(row, by=by, version=form.cleaned_data["version"])
        return True

    outcome = store(form, write, lambda: _found_or_404(actors, reference))
    if outcome.row is not None:
        messages.success(request, _("It is public from now on."))
        return redirect("enterprises:desk_candidate", reference)
    return _show(request, actors, "desk/candidate_release.html", row, _("Make the candidate public"), form, outcome)
