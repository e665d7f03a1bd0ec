"""A label batch at the desk: what it is, where its labels are, and the steps of the office."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from enterprises import label_queue, labels, signal_evidence, signal_facts
from enterprises.authorisation_facts import Line
from enterprises.desk_label_forms import PlainForm, ReasonForm, RecallForm
from enterprises.desk_label_words import BATCH_STEPS, SHORT
from enterprises.desk_queue import Option
from enterprises.file_history import role_words
from enterprises.label_facts import batch_balance, quantity_text, season_balance
from enterprises.label_models import LabelBatch
from enterprises.label_states import WAITING_BATCHES, BatchState, RecallGround, SignalKind
from enterprises.scan_models import CopySignal
from enterprises.views.desk_access import at_desk, status_of
from enterprises.views.desk_labels import crumbs
from gi_registry.fresh_sign_in import asks_again
from gi_registry.journal import Actor
from gi_registry.models import JournalEntry
from gi_registry.moves import MoveRefused

MOST_EVENTS = 100
FORMS = {"issue": PlainForm, "propose": PlainForm, "agree": PlainForm, "refuse": ReasonForm, "recall": RecallForm}


def batch_or_404(actors: Sequence[Actor], reference: str) -> LabelBatch:
    """The batch, if it lies inside the territory of one of the roles."""
    return get_object_or_404(label_queue.batches(actors), reference=reference)


@require_safe
@at_desk()
def batch_page(request: HttpRequest, actors: Sequence[Actor], batch: str) -> HttpResponse:
    """One batch with its balance, what happened to its labels, its signals and its reports."""
    row = batch_or_404(actors, batch)
    balance = batch_balance(row)
    signals = signal_facts.watched_by(actors).filter(batch=row)
    context = facts(row) | {
        "crumbs": crumbs(row.season.authorisation, row.reference),
        "options": label_queue.steps(row, actors),
        "balance": balance,
        "events": balance.events[:-MOST_EVENTS - 1:-1],
        "left_out": max(len(balance.events) - MOST_EVENTS, 0),
        "signals": [signal_line(one) for one in signals.order_by("-noticed_at", "-pk")[:signal_facts.SHOWN]],
        "signal_count": signals.count(),
        "reports": signal_evidence.reports(row, actors),
        "history": history("label_batch", row.reference),
    }  # fmt: skip
    return render(request, "desk/labels_batch.html", context)


def facts(row: LabelBatch) -> dict[str, Any]:
    """What a batch stands for, and for one that is requested what would be left after it."""
    season, unit = season_balance(row.season), row.season.unit
    wanted = row.quantity
    available = season.remaining + (wanted if row.state == BatchState.PROPOSED else 0)
    terms = row.season.authorisation.terms.filter(effective_to=None).first()
    return {
        "batch": row,
        "authorisation": row.season.authorisation,
        "pack": quantity_text(row.pack, unit),
        "quantity": quantity_text(wanted, unit),
        "remaining": quantity_text(available, unit),
        "after": quantity_text(available - wanted, unit),
        "enough": available >= wanted,
        "mark_differs": bool(terms and row.mark_text != terms.standard),
        "waits": row.state in WAITING_BATCHES,
    }


def signal_line(signal: CopySignal) -> dict[str, Any]:
    """A signal as a line of a list."""
    kind = SignalKind(signal.kind)
    return {
        "signal": signal,
        "index": signal_evidence.index_of(signal),
        "kind": SHORT[kind],
        "is_public": kind == SignalKind.TWO_PROVINCES,
    }


def history(kind: str, reference: str) -> list[Line]:
    """What the journal tells of a subject, without what belongs to it; the oldest first."""
    entries = JournalEntry.objects.filter(subject_kind=kind, subject_id=reference).order_by("sequence")
    return [
        Line(entry.effective_on or entry.recorded_at.date(), entry.get_event_type_display(),
             role_words(entry.actor_role))
        for entry in entries
    ]  # fmt: skip


# --- Steps ---


@asks_again()
@require_http_methods(["GET", "POST"])
@at_desk()
def step(request: HttpRequest, actors: Sequence[Actor], batch: str, name: str) -> HttpResponse:
    """One step: GET says what will happen, POST does it. A step that is not open any more leads back."""
    row = batch_or_404(actors, batch)
    found = label_queue.step(row, actors, name)
    if found is None:
        raise Http404
    if request.method == "POST":
        return _take(request, actors, row, found)
    if row.state not in found.move.sources:
        messages.warning(request, _("This step is not possible in the present state."))
        return redirect("enterprises:desk_batch", row.reference)
    return _show(request, actors, row, found, FORMS[name]())


def _take(request: HttpRequest, actors: Sequence[Actor], row: LabelBatch, found: Option) -> HttpResponse:
    form = FORMS[found.move.name](request.POST)
    if not form.is_valid():
        return _show(request, actors, row, found, form)
    try:
        write(row, found, form.cleaned_data)
    except MoveRefused as refusal:
        if refusal.code == "not_permitted":
            raise Http404 from None
        form.add_error(None, str(refusal))
        return _show(request, actors, row, found, form, status=status_of(refusal.code))
    messages.success(request, _("Done: {step}.").format(step=found.move.label))
    return redirect("enterprises:desk_batch", row.reference)


def write(row: LabelBatch, found: Option, values: dict[str, Any]) -> None:
    """Call the writer of the step."""
    if plain := {"issue": labels.issue, "propose": labels.propose, "agree": labels.agree}.get(found.move.name):
        plain(row, by=found.by)
    elif found.move.name == "refuse":
        labels.refuse(row, by=found.by, text=values["text"])
    else:
        labels.recall(row, by=found.by, ground=RecallGround(values["ground"]), text=values["text"])


def _show(
    request: HttpRequest, actors: Sequence[Actor], row: LabelBatch, found: Option, form: Any, status: int = 200
) -> HttpResponse:
    title = capfirst(str(found.move.label))
    context = facts(row) | {
        "crumbs": [
            *crumbs(row.season.authorisation, row.reference)[:-1],
            (row.reference, reverse("enterprises:desk_batch", args=[row.reference])), (title, ""),
        ],
        "title": title,
        "what_happens": BATCH_STEPS[found.move.name],
        "balance": batch_balance(row),
        "recalls": found.move.name == "recall",
        "refusal": found.refusal,
        "possible": not found.refusal and row.state in found.move.sources,
        "form": form,
        "back": reverse("enterprises:desk_batch", args=[row.reference]),
    }  # fmt: skip
    return render(request, "desk/labels_step.html", context, status=status)
