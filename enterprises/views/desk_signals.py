"""Copy signals at the desk: the queue, pooled by batch; the evidence behind one; what officials make of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from enterprises import copy_signals, label_queue, label_states, labels, signal_evidence, signal_facts
from enterprises.case_files import division_of
from enterprises.desk_label_forms import SignalReasonForm, SignalsForm
from enterprises.desk_label_words import INNOCENT, MEANING, SHORT, SIGNAL_STEPS
from enterprises.desk_queue import Option, option
from enterprises.label_states import RecallGround, SignalKind
from enterprises.scan_models import CopySignal
from enterprises.signal_facts import Pool, Wanted
from enterprises.views.desk_access import at_desk, status_of
from enterprises.views.desk_batches import history, signal_line
from gi_registry.journal import Actor
from gi_registry.moves import MoveRefused
from gi_registry.query_values import read
from gi_registry.roles import Permission

BATCHES_A_PAGE, SIGNALS_A_PAGE, MOST_OTHERS = 20, 50, 20
WRITERS: dict[str, Callable[..., None]] = {
    "dismiss": copy_signals.dismiss,
    "watch": copy_signals.watch,
    "open_case": copy_signals.open_case,
}


@require_safe
@at_desk()
def index(request: HttpRequest, actors: Sequence[Actor]) -> HttpResponse:
    """The signals of the own territory, pooled by batch; with ?batch=… each signal of that batch."""
    form = SignalsForm(request.GET, initial={"view": signal_facts.UNDECIDED_VIEW})
    values, notices = read(form)
    wanted = Wanted(values["view"], values["kind"] or "", values["q"] or "")
    rows = signal_facts.found(actors, wanted)
    batch = request.GET.get("batch", "").replace("\0", "")
    of_batch = label_queue.batches(actors).filter(reference=batch).first() if batch else None
    if of_batch is not None:
        listed: Any = rows.filter(batch=of_batch).order_by("-noticed_at", "-pk")
        page = Paginator(listed, SIGNALS_A_PAGE).get_page(request.GET.get("page"))
    else:
        page = Paginator(signal_facts.by_batch(rows), BATCHES_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "of_batch": of_batch,
        "pools": [] if of_batch else [_pool(one) for one in signal_facts.pools(page, rows)],
        "lines": [signal_line(one) for one in page] if of_batch else [],
        "form": SignalsForm(None, initial=values),
        "narrowed": wanted != Wanted() or of_batch is not None,
        "notices": notices,
    }
    return render(request, "desk/signals.html", context)


def _pool(pool: Pool) -> dict[str, Any]:
    kinds = [(SHORT[kind], number, kind == SignalKind.TWO_PROVINCES) for kind, number in pool.kinds]
    return {"pool": pool, "kinds": kinds, "lines": [signal_line(one) for one in pool.latest]}


def _signal_or_404(actors: Sequence[Actor], pk: int) -> CopySignal:
    return get_object_or_404(signal_facts.watched_by(actors), pk=pk)


@require_safe
@at_desk()
def signal_page(request: HttpRequest, actors: Sequence[Actor], pk: int) -> HttpResponse:
    """One signal: what it says and does not say, its evidence, and what can be done."""
    signal = _signal_or_404(actors, pk)
    fate, event = signal_evidence.fate_of(signal)
    found = signal_evidence.evidence(signal)
    others = signal_evidence.other_signals(signal)
    place = division_of(signal.batch.season.authorisation)
    context = about(signal) | {
        "crumbs": _crumbs(signal),
        "fate": fate,
        "event": event,
        "evidence": found,
        "map": signal_evidence.drawing(found.places),
        "timeline": signal_evidence.timeline(found.days, timezone.localdate()),
        "others": [signal_line(one) for one in others[:MOST_OTHERS]],
        "other_count": others.count(),
        "reports": signal_evidence.reports(signal.batch, actors),
        "options": steps(signal, actors),
        "code": signal_evidence.code_of(signal) if option(signal, label_states.WATCH, actors, place) else "",
        "history": history("copy_signal", signal.reference) if signal.reference else [],
        "file": signal.batch.season.authorisation.terms.values_list("application__reference", flat=True).last(),
    }  # fmt: skip
    return render(request, "desk/signal.html", context)


def about(signal: CopySignal) -> dict[str, Any]:
    """What every page about a signal tells of it."""
    kind = SignalKind(signal.kind)
    return {
        "signal": signal,
        "batch": signal.batch,
        "authorisation": signal.batch.season.authorisation,
        "index": signal_evidence.index_of(signal),
        "meaning": MEANING[kind],
        "innocent": INNOCENT[kind],
        "kind": SHORT[kind],
        "is_public": kind == SignalKind.TWO_PROVINCES,
    }


def _crumbs(signal: CopySignal, last: str = "") -> list[tuple[str, str]]:
    name = _("{batch}, label {number}").format(batch=signal.batch.reference, number=signal_evidence.index_of(signal))
    here = reverse("enterprises:desk_signal", args=[signal.pk]) if last else ""
    way = [(_("Copies"), reverse("enterprises:desk_signals")), (name, here)]
    return [*way, (last, "")] if last else way


# --- Steps ---


def steps(signal: CopySignal, actors: Sequence[Actor]) -> list[Option]:
    """What somebody could do with a signal now; recalling is a step of its batch."""
    names = [move.name for move in label_states.SIGNAL_MOVES if signal.state in move.sources]
    if signal.state in label_states.UNDECIDED or signal.state == label_states.SignalState.CASE:
        names += [label_states.RECALL.name] if signal.batch.state in label_states.RECALL.sources else []
    return [found for name in names if (found := _step(signal, actors, name)) is not None]


def _step(signal: CopySignal, actors: Sequence[Actor], name: str) -> Option | None:
    """One step by its name, whatever the state; None where no role of the person reaches so far."""
    if name == label_states.RECALL.name:
        return label_queue.step(signal.batch, actors, name)
    move = next((one for one in label_states.SIGNAL_MOVES if one.name == name), None)
    return option(signal, move, actors, division_of(signal.batch.season.authorisation)) if move else None


def _is_open(signal: CopySignal, found: Option) -> bool:
    recalls = found.move == label_states.RECALL
    return (signal.batch.state if recalls else signal.state) in found.move.sources


@require_http_methods(["GET", "POST"])
@at_desk(Permission.WATCH_COPIES)
def step(request: HttpRequest, actors: Sequence[Actor], pk: int, name: str) -> HttpResponse:
    """One step: GET says what will happen, POST does it. A step that is not open any more leads back."""
    signal = _signal_or_404(actors, pk)
    found = _step(signal, actors, name)
    if found is None:
        raise Http404
    form = SignalReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        return _take(request, actors, signal, found, form)
    if not _is_open(signal, found):
        messages.warning(request, _("This step is not possible in the present state."))
        return redirect("enterprises:desk_signal", signal.pk)
    return _show(request, actors, signal, found, form)


def _take(
    request: HttpRequest, actors: Sequence[Actor], signal: CopySignal, found: Option, form: SignalReasonForm
) -> HttpResponse:
    if not form.is_valid():
        return _show(request, actors, signal, found, form)
    text, name = form.cleaned_data["text"], found.move.name
    try:
        if name == label_states.RECALL.name:
            labels.recall(signal.batch, by=found.by, ground=RecallGround.COPIED, text=text)
        else:
            WRITERS[name](signal, by=found.by, text=text)
    except MoveRefused as refusal:
        if refusal.code == "not_permitted":
            raise Http404 from None
        form.add_error(None, str(refusal))
        return _show(request, actors, signal, found, form, status=status_of(refusal.code))
    messages.success(request, _("Done: {step}.").format(step=found.move.label))
    return redirect("enterprises:desk_signal", signal.pk)


def _show(
    request: HttpRequest, actors: Sequence[Actor], signal: CopySignal, found: Option, form: SignalReasonForm,
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    title = capfirst(str(found.move.label))
    context = about(signal) | {
        "crumbs": _crumbs(signal, title),
        "title": title,
        "what_happens": SIGNAL_STEPS[found.move.name],
        "recalls": found.move == label_states.RECALL,
        "shared": found.move == label_states.DISMISS and signal_evidence.still_weighed(signal),
        "possible": not found.refusal and _is_open(signal, found),
        "refusal": found.refusal,
        "form": form,
        "back": reverse("enterprises:desk_signal", args=[signal.pk]),
    }  # fmt: skip
    return render(request, "desk/signal_step.html", context, status=status)
