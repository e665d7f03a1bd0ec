"""Writing a protection case: a new one, the steps of its form that save whatever is there."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from enterprises import case_choices, case_facts, case_papers
from enterprises.case_forms import FORMS, MORE_PLACES, AreaForm, CaseStepForm, NewCaseForm, suggested
from enterprises.case_words import STEPS, TEXT_HELP, TEXT_LABELS, TITLES, WHAT_HAPPENS, steps_of
from enterprises.desk_forms import ReasonForm
from enterprises.desk_forms import StepForm as PlainForm
from enterprises.views.desk_access import at_desk, status_of
from enterprises.views.desk_case_papers import papers
from enterprises.views.desk_cases import asked, case_or_404, frame, preparer_or_404, steps_head
from enterprises.views.kept_forms import Outcome, store
from gi_registry.journal import Actor
from gi_registry.moves import MoveRefused
from gi_registry.roles import Permission
from products import drafting
from products.case_models import ProtectionCase
from products.case_states import EDITABLE_CASES, CaseKind, CaseState

# --- A new case ---


@require_http_methods(["GET", "POST"])
@at_desk(Permission.PREPARE_CASES)
def new(request: HttpRequest, actors: Sequence[Actor]) -> HttpResponse:
    """What it is about; the button starts a draft, the same form sent twice only one."""
    initial = {"about": request.GET.get("right", "")[:200], "kind": request.GET.get("kind", CaseKind.RECOGNITION)}
    form = NewCaseForm(request.POST if request.method == "POST" else None, initial=initial, actors=actors)
    outcome = store(form, lambda: _start(actors, form.cleaned_data))
    if outcome.row is not None:
        case = outcome.row
        messages.success(request, _("The draft is entered as {number}.").format(number=case.reference))
        return redirect("enterprises:desk_case_step_form", case.reference, steps_of(case.kind)[0])
    context = frame(actors, None, _("New case")) | {"form": form}
    return render(request, "desk/case_new.html", context, status=outcome.status)


def _start(actors: Sequence[Actor], values: dict[str, Any]) -> ProtectionCase:
    by = case_facts.preparer(actors, values["division"]) or actors[0]
    case = drafting.start(
        by=by, nonce=values["nonce"], kind=CaseKind(values["kind"]), division=values["division"],
        name_zh=values["name_zh"], legal_basis=values["legal_basis"], right=values["about"],
    )  # fmt: skip
    if values["filed_on"] and case.state == CaseState.DRAFT and case.filed_on is None:
        drafting.save_draft(case, by=by, version=case.version, filed_on=values["filed_on"])
    return case


# --- The steps of the form ---


@require_http_methods(["GET", "POST"])
@at_desk(Permission.PREPARE_CASES)
def step_form(request: HttpRequest, actors: Sequence[Actor], reference: str, step: str) -> HttpResponse:
    """One step: GET shows it, POST stores whatever can be stored."""
    case = case_or_404(actors, reference)
    by = preparer_or_404(actors, case)
    if step not in steps_of(case.kind):
        raise Http404
    if step == "papers":
        return papers(request, actors, case, by)
    if request.method == "POST" and step in FORMS:
        return _save(request, actors, case, by, step)
    if case.state not in EDITABLE_CASES:
        messages.warning(request, _("This case was sent; what stands in it cannot be changed now."))
        return redirect("enterprises:desk_case", case.reference)
    if step == "check":
        return _check(request, actors, case)
    return _show(request, actors, case, FORMS[step](None, case=case))


def _save(
    request: HttpRequest, actors: Sequence[Actor], case: ProtectionCase, by: Actor, step: str
) -> HttpResponse:
    action = request.POST.get("action")
    if step == "area" and action in ("more", "suggest"):
        return _show(request, actors, case, _more_rows(request, case, suggest=action == "suggest"))
    form = FORMS[step](request.POST, case=case)
    if not form.is_valid():
        return _show(request, actors, case, form)
    try:
        _store(request, actors, by, form)
    except MoveRefused as refusal:
        if refusal.code == "not_permitted":
            raise Http404 from None
        form.add_error(None, str(refusal))
        return _show(request, actors, form.case, form, status=status_of(refusal.code))
    messages.success(request, _("Saved."))
    if action == "stop":
        return redirect("enterprises:desk_case", case.reference)
    steps = steps_of(case.kind)
    return redirect("enterprises:desk_case_step_form", case.reference, steps[steps.index(step) + 1])


def _store(request: HttpRequest, actors: Sequence[Actor], by: Actor, form: CaseStepForm) -> None:
    """Store the step. Something else of the case may have changed meanwhile; the same step may not."""
    typed = request.POST.get("version", "")
    version = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0
    try:
        drafting.save_draft(form.case, by=by, version=version, **form.to_store())
    except MoveRefused as refusal:
        form.rebase(case_or_404(actors, form.case.reference))
        if refusal.code != "someone_was_faster" or form.is_stored():
            if refusal.code != "someone_was_faster":
                raise
            return  # the same form sent twice
        if form.case.state not in EDITABLE_CASES or form.mark != request.POST.get("seen"):
            raise
        drafting.save_draft(form.case, by=by, version=form.case.version, **form.to_store())


def _more_rows(request: HttpRequest, case: ProtectionCase, *, suggest: bool) -> AreaForm:
    """The step of the area with more rows, or with those that the wording names; nothing is stored yet."""
    typed = {name: text for name, text in request.POST.items() if name not in ("csrfmiddlewaretoken", "action")}
    before = sum(1 for name in typed if name.startswith("place_"))
    if suggest:
        rows = suggested(typed, case)
        filled = sum(1 for name in typed if name.startswith("place_") and typed[name].strip())
        found = sum(1 for name in rows if name.startswith("place_")) - filled
        typed = {name: "" if name.startswith(("place_", "extent_", "note_")) else typed[name] for name in typed} | rows
        if found > 0:
            messages.info(request, _("Suggested from the wording. Look at each row, then save."))
        else:
            messages.info(request, _("The wording names no division that is not in the rows already."))
    return AreaForm(None, case=case, initial=typed, rows=before + (0 if suggest else MORE_PLACES))


def _show(
    request: HttpRequest, actors: Sequence[Actor], case: ProtectionCase, form: CaseStepForm, status: int = 200
) -> HttpResponse:
    """The page of a step; after a conflict with what is stored now where that differs from what was typed."""
    conflict = status == 409
    context = frame(actors, case, str(TITLES.get(form.step, STEPS[form.step]))) | steps_head(case, form.step) | {
        "form": form,
        "stands": form.stands if conflict else [],
        "seen": form.mark,
        "near": case_choices.divisions_near(case.division) if form.step == "area" else [],
    }
    template = "desk/case_step_area.html" if form.step == "area" else "desk/case_step_fields.html"
    return render(request, template, context, status=status)


def _check(request: HttpRequest, actors: Sequence[Actor], case: ProtectionCase) -> HttpResponse:
    """Everything on one page, with what is missing, and the button that sends it."""
    name = "reply" if case.state == CaseState.DEFECTS else "request" if case.kind == CaseKind.REVOCATION else "submit"
    move = case_facts.move_named(case, name)
    if move is None:
        raise Http404
    form = PlainForm() if name == "submit" else ReasonForm(label=TEXT_LABELS[name], help_text=TEXT_HELP)
    context = frame(actors, case, str(STEPS["check"])) | steps_head(case, "check") | asked(case) | {
        "move": move, "what_happens": WHAT_HAPPENS[name], "form": form,
        "defects": case.notes.filter(kind="defects").last() if name == "reply" else None,
    }  # fmt: skip
    return render(request, "desk/case_step_check.html", context)


@require_http_methods(["GET", "POST"])
@at_desk(Permission.PREPARE_CASES)
def discard(request: HttpRequest, actors: Sequence[Actor], reference: str) -> HttpResponse:
    """Throw a draft away that was never sent, with its documents."""
    case = case_or_404(actors, reference)
    by, names = preparer_or_404(actors, case), list(case.papers.values_list("name", flat=True))
    form = PlainForm(request.POST if request.method == "POST" else None)

    def write() -> bool:
        with suppress(ProtectionCase.DoesNotExist):  # thrown away meanwhile, perhaps by the first of two clicks
            drafting.discard(case, by=by)
        return True

    outcome: Outcome = store(form, write)
    if outcome.row is not None:
        case_papers.forget(names)
        messages.success(request, _("The draft is gone."))
        return redirect(reverse("enterprises:desk_cases"))
    possible = case.state == CaseState.DRAFT and not case_facts.was_filed(case)
    context = frame(actors, case, _("Throw the draft away")) | {"form": form, "possible": possible}
    return render(request, "desk/case_discard.html", context, status=outcome.status)
