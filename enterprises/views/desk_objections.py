"""Objections at the desk: the queue, one objection with its evidence and history, its steps."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from enterprises import objection_facts, objection_files
from enterprises.desk_queue import Option
from enterprises.objection_facts import Wanted
from enterprises.objection_forms import ObjectionsForm, ObjectionStepForm
from enterprises.objection_words import STEPS
from enterprises.views.desk_access import at_desk, status_of
from enterprises.views.desk_batches import history
from gi_registry.fresh_sign_in import asks_again
from gi_registry.journal import Actor
from gi_registry.moves import MoveRefused
from gi_registry.query_values import read
from gi_registry.roles import Permission
from products import notices, objecting
from products.objection_models import Objection

ROWS_A_PAGE = 50
WRITERS = {
    "admit": objecting.admit,
    "not_admit": objecting.not_admit,
    "answer": objecting.answer,
    "negotiate": objecting.negotiate,
    "uphold": objecting.uphold,
    "dismiss": objecting.dismiss,
    "take_back": objecting.take_back,
}
BESIDE = {"published_reason_missing": "published_reason", "names_objector": "published_reason"}


@require_safe
@at_desk()
def index(request: HttpRequest, actors: Sequence[Actor]) -> HttpResponse:
    """The objections that somebody may read; what is not decided first, what has waited longest on top."""
    form = ObjectionsForm(request.GET, initial={"view": objection_facts.UNDECIDED_VIEW})
    values, ignored = read(form)
    wanted = Wanted(values["view"], values["ground"] or "", values["q"] or "")
    page = Paginator(objection_facts.found(actors, wanted), ROWS_A_PAGE).get_page(request.GET.get("page"))
    able = {Permission.EXAMINE_CASES, Permission.PREPARE_CASES, Permission.READ_JOURNAL}
    context = {
        "page": page,
        "rows": [objection_facts.waiting(row) for row in page],
        "form": ObjectionsForm(None, initial=values),
        "narrowed": wanted != Wanted(),
        "reads": any(actor.has(one) for actor in actors for one in able),
        "notices": ignored,
    }
    return render(request, "desk/objections.html", context)


def _objection_or_404(actors: Sequence[Actor], reference: str) -> Objection:
    return get_object_or_404(objection_facts.visible(actors), reference=reference)


def _crumbs(objection: Objection, last: str = "") -> list[tuple[str, str]]:
    here = reverse("enterprises:desk_objection", args=[objection.reference]) if last else ""
    way = [(_("Objections"), reverse("enterprises:desk_objections")), (objection.reference, here)]
    return [*way, (last, "")] if last else way


@require_safe
@at_desk()
def objection_page(request: HttpRequest, actors: Sequence[Actor], reference: str) -> HttpResponse:
    """One objection: what was written on all sides, its evidence, its history, and what can be done."""
    objection = _objection_or_404(actors, reference)
    context = {
        "crumbs": _crumbs(objection),
        "objection": objection,
        "waiting": objection_facts.waiting(objection),
        "standing": notices.standing(objection.notice),
        "works": objection_facts.works_on(objection, actors),
        "reads_name": objection_facts.reads_name(objection, actors),
        "files": list(objection.files.all()),
        "written": objection_facts.written(objection),
        "options": objection_facts.steps(objection, actors),
        "history": history("objection", objection.reference),
    }
    return render(request, "desk/objection.html", context)


@require_safe
@at_desk()
def file(request: HttpRequest, actors: Sequence[Actor], reference: str, pk: int) -> FileResponse:
    """A file of evidence, for who may read the objection."""
    found = get_object_or_404(_objection_or_404(actors, reference).files, pk=pk)
    try:
        return objection_files.respond(found)
    except FileNotFoundError:
        raise Http404 from None


# --- Steps ---


@asks_again()
@require_http_methods(["GET", "POST"])
@at_desk(Permission.EXAMINE_CASES, Permission.PREPARE_CASES)
def step(request: HttpRequest, actors: Sequence[Actor], reference: str, name: str) -> HttpResponse:
    """One step: GET says what will happen, POST does it. A step that is not open any more leads back."""
    objection = _objection_or_404(actors, reference)
    found = objection_facts.step(objection, actors, name)
    if found is None:
        raise Http404
    if request.method == "POST":
        form = ObjectionStepForm(request.POST, move=found.move)
        return _take(request, actors, objection, found, form)
    if objection.state not in found.move.sources:
        messages.warning(request, _("This step is not possible in the present state."))
        return redirect("enterprises:desk_objection", objection.reference)
    form = ObjectionStepForm(None, move=found.move, initial={"seen": objection.state})
    return _show(request, actors, objection, found, form)


def _take(
    request: HttpRequest, actors: Sequence[Actor], objection: Objection, found: Option, form: ObjectionStepForm
) -> HttpResponse:
    if not form.is_valid():
        return _show(request, actors, objection, found, form)
    try:
        WRITERS[found.move.name](objection, by=found.by, **form.cleaned_data)  # type: ignore[operator]
    except MoveRefused as refusal:
        if refusal.code == "not_permitted":
            raise Http404 from None
        form.add_error(BESIDE.get(refusal.code), str(refusal))
        form.data = form.data.copy()  # type: ignore[attr-defined]
        form.data["seen"] = objection.state  # whoever sends again has seen this page
        return _show(request, actors, objection, found, form, status=status_of(refusal.code))
    messages.success(request, _("Done: {step}.").format(step=found.move.label))
    return redirect("enterprises:desk_objection", objection.reference)


def _show(
    request: HttpRequest, actors: Sequence[Actor], objection: Objection, found: Option, form: ObjectionStepForm,
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    title = capfirst(str(found.move.label))
    possible = objection.state in found.move.sources
    context = {
        "crumbs": _crumbs(objection, title),
        "title": title,
        "objection": objection,
        "what_happens": STEPS[found.move.name],
        "refusal": found.refusal if possible else "",
        "possible": possible and not found.refusal,
        "form": form,
    }
    return render(request, "desk/objection_step.html", context, status=status)
