"""The steps of a file at the desk: each on a page that says what will happen; POST does it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from enterprises import clocks, completeness, desk_queue, file_history, workflow
from enterprises.application_models import MarkApplication
from enterprises.desk_forms import DefectsForm, ReasonForm, StepForm
from enterprises.desk_queue import DESK_MOVES, Option
from enterprises.desk_words import WHAT_HAPPENS
from enterprises.states import NoteKind
from enterprises.views.desk_access import at_desk, crumbs, file_or_404, status_of
from gi_registry.fresh_sign_in import asks_again
from gi_registry.journal import Actor
from gi_registry.moves import MoveRefused
from gi_registry.state_tables import Move

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
    "set_aside": workflow.set_aside,
}
# Whoever takes these sees what the decision rests on beside the form.
DECISIONS = frozenset({"pass_on", "forward", "approve", "refuse", "approve_nationally", "refuse_nationally",
                       "set_aside"})  # fmt: skip
MOVED_ON = gettext_lazy(
    "The file has moved on since you opened this page: it is now “{state}”. Perhaps somebody was faster, or your first "
    "click did it already. What you wrote is kept here."
)


@asks_again(*DECISIONS, "notify_defects", "not_accept")
@require_http_methods(["GET", "POST"])
@at_desk()
def move(request: HttpRequest, actors: Sequence[Actor], reference: str, name: str) -> HttpResponse:
    """One step: GET says what will happen, POST does it."""
    file, step = file_or_404(actors, reference), MOVES.get(name)
    found = desk_queue.option(file, step, actors, file.division) if step else None
    if step is None or found is None:
        raise Http404
    if request.method == "POST":
        return _take(request, actors, file, found)
    if file.state not in step.sources:
        messages.warning(request, _("This step is not possible in the present state."))
        return redirect("enterprises:desk_file", file.reference)
    return _show(request, actors, file, found, _form(step, None))


def _form(step: Move, data: Any) -> StepForm:
    if not step.needs_reason:
        return StepForm(data)
    if step.name in ("pass_on", "forward"):
        return ReasonForm(data, label=_("Opinion"), help_text=_("For whoever decides on the file."))
    if step.name == "notify_defects":
        return DefectsForm(data, label=_("What has to be mended"), help_text=_("The enterprise reads it."))
    return ReasonForm(data, help_text=_("The enterprise reads it."))


def _take(request: HttpRequest, actors: Sequence[Actor], file: MarkApplication, found: Option) -> HttpResponse:
    """Take the step, or show the page again with what was typed and why not."""
    form = _form(found.move, request.POST)
    form.full_clean()
    if request.POST.get("state") != file.state:
        form.add_error(None, MOVED_ON.format(state=file.get_state_display()))
        return _show(request, actors, file, found, form, status=409)
    if not form.is_valid():
        return _show(request, actors, file, found, form)
    try:
        _write(file, found, form)
    except MoveRefused as refusal:
        if refusal.code == "not_permitted":
            raise Http404 from None
        form.add_error(None, str(refusal))
        return _show(request, actors, file_or_404(actors, reference=file.reference), found, form,
                     status=status_of(refusal.code))  # fmt: skip
    messages.success(request, _("Done: {step}. The file is now “{state}”.").format(
        step=found.move.label, state=file.get_state_display()))  # fmt: skip
    return redirect("enterprises:desk_file", file.reference)


def _write(file: MarkApplication, found: Option, form: StepForm) -> None:
    if file.state not in found.move.sources:
        raise MoveRefused("wrong_state", _("This step is not possible in the present state."))
    values = form.cleaned_data
    words = {"text": values.get("notice") or values["text"]} if found.move.needs_reason else {}
    WRITERS[found.move.name](file, by=found.by, **words)


def _opinions(file: MarkApplication) -> list[tuple[Any, str]]:
    return [(note, file_history.role_words(note.role)) for note in file.notes.filter(kind=NoteKind.OPINION)]


def _show(
    request: HttpRequest, actors: Sequence[Actor], file: MarkApplication, found: Option, form: StepForm,
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    step = found.move
    title = capfirst(str(step.label))
    decides = step.name in DECISIONS
    context = {
        "crumbs": crumbs(file, title),
        "title": title,
        "file": file,
        "face": desk_queue.face(file),
        "what_happens": WHAT_HAPPENS[step.name],
        "reply_until": clocks.REPLY.term(timezone.localdate()) if step.name == "notify_defects" else None,
        "accepted_since": desk_queue.accepted_since(file),
        "possible": file.state in step.sources and not found.refusal,
        "refusal": found.refusal,
        "facts": completeness.facts(file) if decides else [],
        "sites": file.all_sites if decides else [],
        "opinions": _opinions(file) if decides else [],
        "form": form,
        "back": reverse("enterprises:desk_file", args=[file.reference]),
    }
    return render(request, "desk/move.html", context, status=status)
