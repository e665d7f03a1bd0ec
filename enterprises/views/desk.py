"""The desk: the queue, one file on one page, its steps, assignment and messages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enterprises import case_files, clocks, completeness, desk_queue, file_history, workflow
from enterprises.application_models import MarkApplication
from enterprises.desk_forms import DefectsForm, MessageForm, QueueForm, ReasonForm, StepForm
from enterprises.desk_queue import DESK_MOVES, Option, Wanted
from enterprises.states import OPEN, ApplicationKind, ApplicationState, NoteKind
from enterprises.views.desk_access import at_desk, file_or_404, status_of, tabs, worker_or_404
from gi_registry.journal import Actor
from gi_registry.moves import MoveRefused
from gi_registry.query_values import read
from gi_registry.roles import Permission
from gi_registry.state_tables import Move
from products.area_check import where_is

FILES_A_PAGE = 30
MOVES = {move.name: move for move in DESK_MOVES}
WRITERS: dict[str, Callable[..., object]] = {
    "notify_defects": workflow.notify_defects,
    "accept": workflow.accept,
    "not_accept": workflow.not_accept,
    "start_review": workflow.start_review,
    "pass_on": workflow.pass_on,
    "forward": workflow.forward,
    "approve": workflow.approve,
    "refuse": workflow.refuse,
    "approve_nationally": workflow.approve,
    "refuse_nationally": workflow.refuse,
}
DECISIONS = ("approve", "refuse", "approve_nationally", "refuse_nationally")


# --- The queue ---


@require_safe
@at_desk()
def queue(request: HttpRequest, actors: Sequence[Actor]) -> HttpResponse:
    """The files that somebody may read, what waits first and what is late before the rest."""
    view = desk_queue.default_view(actors)
    values, notices = read(QueueForm(request.GET, actors=actors, initial={"view": view}))
    wanted = Wanted(
        view=values["view"], state=values["state"] or "", kind=values["kind"] or "", late=bool(values["late"]),
        county=values["county"], q=values["q"] or "",
    )  # fmt: skip
    person = actors[0].person
    page = Paginator(desk_queue.files(actors, wanted, person=person), FILES_A_PAGE).get_page(request.GET.get("page"))
    context = tabs(actors, "files") | {
        "page": page,
        "rows": [(file, desk_queue.face(file), desk_queue.accepted_since(file)) for file in page],
        "counts": desk_queue.count(actors),
        "form": QueueForm(None, actors=actors, initial=values),
        "wanted": wanted,
        "narrowed": any([wanted.state, wanted.kind, wanted.late, wanted.county, wanted.q]),
        "waits": view == "waiting",
        "notices": notices,
        "person": person,
    }
    return render(request, "desk/queue.html", context)


# --- One file ---


@require_safe
@at_desk()
def file_page(request: HttpRequest, actors: Sequence[Actor], reference: str) -> HttpResponse:
    """Everything about one file, and what can be done with it now."""
    return show_file(request, actors, file_or_404(actors, reference), MessageForm())


def show_file(
    request: HttpRequest, actors: Sequence[Actor], file: MarkApplication, form: MessageForm
) -> HttpResponse:
    """The page of a file, with the message that is being written."""
    notes = list(file.notes.all())
    works = file.state in OPEN and any(case_files.handles(actor, file) for actor in actors)
    context = tabs(actors, "files") | {
        "crumbs": _crumbs(file),
        "file": file,
        "face": desk_queue.face(file),
        "accepted_since": desk_queue.accepted_since(file),
        "options": desk_queue.options(file, actors),
        "to_announce": file.state == ApplicationState.APPROVED,
        "facts": completeness.facts(file),
        "sites": [(site, where_is(file.product, site.division)) for site in file.all_sites],
        "documents": file.documents.all(),
        "terms": _terms(file),
        "notes": [note for note in notes if note.kind != NoteKind.MESSAGE],
        "thread": [note for note in notes if note.kind == NoteKind.MESSAGE],
        "history": file_history.sentences(file.reference),
        "works": works,
        "reviews": works and any(actor.has(Permission.REVIEW_MARK_USE) for actor in actors),
        "checks_sites": file.state == ApplicationState.FIRST_REVIEW,
        "person": actors[0].person,
        "form": form,
    }
    return render(request, "desk/file.html", context)


def _crumbs(file: MarkApplication, last: str = "") -> list[tuple[str, str]]:
    """The way from the desk to a file, or to a page behind it."""
    here = reverse("enterprises:desk_file", args=[file.reference]) if last else ""
    way = [(_("Desk"), reverse("enterprises:desk")), (file.reference, here)]
    return [*way, (last, "")] if last else way


def _terms(file: MarkApplication) -> Any:
    """For a change: the terms that hold until it is announced."""
    if file.kind != ApplicationKind.CHANGE or file.authorisation is None:
        return None
    return file.authorisation.terms.filter(effective_to=None).prefetch_related("sites").first()


# --- Steps ---


@require_http_methods(["GET", "POST"])
@at_desk()
def move(request: HttpRequest, actors: Sequence[Actor], reference: str, name: str) -> HttpResponse:
    """One step: GET says what will happen, POST does it."""
    file = file_or_404(actors, reference)
    step = MOVES.get(name)
    found = desk_queue.option(file, step, actors, file.division) if step else None
    if step is None or found is None:
        raise Http404
    if request.method == "GET":
        if file.state not in step.sources:
            messages.warning(request, _("This step is not possible in the present state."))
            return redirect("enterprises:desk_file", file.reference)
        return _show_step(request, actors, file, found, _form(step, None, initial={"state": file.state}))
    return _take(request, actors, file, found)


def _form(step: Move, data: Any, **kwargs: Any) -> StepForm:
    if not step.needs_reason:
        return StepForm(data, **kwargs)
    label = {"notify_defects": _("What has to be mended"), "pass_on": _("Opinion"), "forward": _("Opinion")}
    help_text = _("The enterprise reads it.") + " " + _("Name no person and nothing that the enterprise may not know.")
    form = DefectsForm if step.name == "notify_defects" else ReasonForm
    return form(data, label=label.get(step.name, _("Reason")), help_text=help_text, **kwargs)


def _take(request: HttpRequest, actors: Sequence[Actor], file: MarkApplication, found: Option) -> HttpResponse:
    """Take the step, or show the page again with what was typed and why not."""
    step, form = found.move, _form(found.move, request.POST)
    # What was typed stays, but the next try starts from the state that is shown now.
    form.data = form.data | {"state": file.state} if isinstance(form.data, dict) else _with_state(form.data, file.state)
    if request.POST.get("state") != file.state:
        form.add_error(None, _moved_on(file))
        return _show_step(request, actors, file, found, form, status=409)
    if not form.is_valid():
        return _show_step(request, actors, file, found, form)
    text = form.cleaned_data.get("notice", form.cleaned_data.get("text"))
    try:
        if file.state not in step.sources:
            raise MoveRefused("wrong_state", _("This step is not possible in the present state."))
        WRITERS[step.name](file, by=found.by, **({} if text is None else {"text": text}))
    except MoveRefused as refusal:
        if refusal.code == "not_permitted":
            raise Http404 from None
        form.add_error(None, str(refusal))
        fresh = file_or_404(actors, file.reference)
        return _show_step(request, actors, fresh, found, form, status=status_of(refusal.code))
    messages.success(request, _("Done: {step}. The file is now “{state}”.").format(
        step=step.label, state=file.get_state_display()))  # fmt: skip
    return redirect("enterprises:desk_file", file.reference)
