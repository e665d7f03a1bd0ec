"""The desk: the queue, one file on one page, its steps, assignment and messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from enterprises import case_files, completeness, dashboard, desk_queue, file_history, notifications, workflow
from enterprises.application_models import MarkApplication
from enterprises.desk_forms import MessageForm, QueueForm
from enterprises.desk_queue import Wanted
from enterprises.states import OPEN, ApplicationKind, ApplicationState, NoteKind
from enterprises.views.desk_access import at_desk, crumbs, file_or_404, worker_or_404
from gi_registry.journal import Actor
from gi_registry.query_values import read
from gi_registry.roles import Permission
from products.area_check import where_is

FILES_A_PAGE = 30


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
    context = {
        "page": page,
        "rows": [(file, desk_queue.face(file), desk_queue.accepted_since(file)) for file in page],
        "counts": desk_queue.count(actors),
        "form": QueueForm(None, actors=actors, initial=values),
        "wanted": wanted,
        "narrowed": any([wanted.state, wanted.kind, wanted.late, wanted.county, wanted.q]),
        "waits": view == "waiting",
        "notices": notices,
        "news": [(row, notifications.sentence(row.event)) for row in desk_queue.news(actors, person)],
        "person": person,
        "tiles": dashboard.tiles(actors),
    }
    return render(request, "desk/queue.html", context)


@require_POST
@at_desk(*case_files.HANDLING)
def notices_read(request: HttpRequest, actors: Sequence[Actor]) -> HttpResponse:
    """Everything that stood under the news is read."""
    notifications.mark_read(request.user)  # type: ignore[arg-type]
    return redirect("enterprises:desk")


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
    writes = any(case_files.handles(actor, file) for actor in actors)
    works = writes and file.state in OPEN
    context = _papers(file) | {
        "crumbs": crumbs(file),
        "file": file,
        "face": desk_queue.face(file),
        "accepted_since": desk_queue.accepted_since(file),
        "options": desk_queue.options(file, actors),
        "to_announce": file.state == ApplicationState.APPROVED,
        "announces": any(actor.has(Permission.ANNOUNCE_MARK_USE) for actor in actors),
        "works": works,
        "writes": writes,
        "reviews": works and any(actor.has(Permission.REVIEW_MARK_USE) for actor in actors),
        "checks_sites": file.state == ApplicationState.FIRST_REVIEW,
        "person": actors[0].person,
        "form": form,
    }
    return render(request, "desk/file.html", context)


def _papers(file: MarkApplication) -> dict[str, Any]:
    """What lies in the file, the same for everybody who may read it."""
    notes = [(note, file_history.role_words(note.role)) for note in file.notes.all()]
    return {
        "facts": completeness.facts(file),
        "sites": [(site, where_is(file.product, site.division)) for site in file.all_sites],
        "documents": file.documents.all(),
        "terms": _terms(file),
        "notes": [row for row in notes if row[0].kind != NoteKind.MESSAGE],
        "thread": [row for row in notes if row[0].kind == NoteKind.MESSAGE],
        "history": file_history.sentences(file.reference),
    }


def _terms(file: MarkApplication) -> Any:
    """For a change: the terms that hold until it is announced."""
    if file.kind != ApplicationKind.CHANGE or file.authorisation is None:
        return None
    return file.authorisation.terms.filter(effective_to=None).prefetch_related("sites").first()


# --- Beside the steps ---


@require_POST
@at_desk()
def assign(request: HttpRequest, actors: Sequence[Actor], reference: str) -> HttpResponse:
    """Take a file for the own desk."""
    file = file_or_404(actors, reference)
    worker = worker_or_404(actors, file)
    if file.state in OPEN:
        workflow.assign(file, by=worker)
        messages.success(request, _("The file is assigned to you."))
    else:
        messages.warning(request, _("This file is finished; nobody needs to take it."))
    return redirect("enterprises:desk_file", file.reference)


@require_POST
@at_desk()
def message(request: HttpRequest, actors: Sequence[Actor], reference: str) -> HttpResponse:
    """Write to the enterprise; what is refused stays in the page."""
    file = file_or_404(actors, reference)
    worker, form = worker_or_404(actors, file), MessageForm(request.POST)
    if not form.is_valid():
        return show_file(request, actors, file, form)
    text = form.cleaned_data["message"]
    if not _sent_already(file, worker, text):
        workflow.write_message(file, by=worker, text=text)
    messages.success(request, _("The message was sent to the enterprise."))
    return redirect(reverse("enterprises:desk_file", args=[file.reference]) + "#messages")


def _sent_already(file: MarkApplication, by: Actor, text: str) -> bool:
    """Whether the last note of the file is this very message: a button that was pressed twice."""
    last = file.notes.last()
    return last is not None and (last.kind, last.by_id, last.text) == (NoteKind.MESSAGE, by.person, text)
