"""One inspection at the desk: what was found, what the public reads, what came of a fault."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from enterprises import inspecting, inspection_queue
from enterprises.desk_queue import Option
from enterprises.inspection_forms import FollowUpForm, PublishForm, RecordForm
from enterprises.inspection_models import Inspection
from enterprises.inspection_states import FOLLOW_UP_NEEDED
from enterprises.views.desk_access import at_desk
from enterprises.views.desk_batches import history
from enterprises.views.desk_inspections import is_late, show_step
from enterprises.views.kept_forms import store
from gi_registry.journal import Actor
from gi_registry.roles import Permission


def inspection_or_404(actors: Sequence[Actor], reference: str, place: int) -> Inspection:
    """The inspection, if it lies in the territory of one of the roles or was drawn for the person."""
    found = inspection_queue.inspection_of(actors, reference, place)
    if found is None:
        raise Http404
    return found


def _crumbs(row: Inspection, last: str = "") -> list[tuple[str, str]]:
    name = f"{row.draw.reference} · {row.place}"
    here = reverse("enterprises:desk_inspection", args=[row.draw.reference, row.place]) if last else ""
    way = [(_("Inspections"), reverse("enterprises:desk_inspections")), (name, here)]
    return [*way, (last, "")] if last else way


@require_safe
@at_desk()
def inspection_page(request: HttpRequest, actors: Sequence[Actor], reference: str, place: int) -> HttpResponse:
    """One inspection with its findings, which stay at the desk."""
    row = inspection_or_404(actors, reference, place)
    context = {
        "crumbs": _crumbs(row),
        "row": row,
        "enterprise": row.authorisation.enterprise,
        "inspectors": row.inspectors.all(),
        "late": is_late(row),
        "options": inspection_queue.inspection_options(row, actors),
        "needs_follow_up": row.result in FOLLOW_UP_NEEDED,
        "own_draw": inspection_queue.draws(actors).filter(pk=row.draw_id).exists(),
        "history": history("inspection", f"{row.draw.reference}-{row.place}"),
    }
    return render(request, "desk/inspection.html", context)


def _form(request: HttpRequest, row: Inspection, name: str) -> Any:
    sent = request.POST if request.method == "POST" else None
    if name == "follow_up":
        return FollowUpForm(sent)
    return (RecordForm if name == "record" else PublishForm)(sent, inspection=row)


@require_http_methods(["GET", "POST"])
@at_desk(Permission.KEEP_INSPECTIONS, Permission.RECORD_INSPECTIONS)
def step(request: HttpRequest, actors: Sequence[Actor], reference: str, place: int, name: str) -> HttpResponse:
    """One step: GET says what will happen, POST does it. A step that is not open any more leads back."""
    row = inspection_or_404(actors, reference, place)
    found = inspection_queue.inspection_option(row, actors, name)
    if found is None:
        raise Http404
    if request.method == "GET" and row.state not in found.move.sources:
        messages.warning(request, _("This step is not possible in the present state."))
        return redirect("enterprises:desk_inspection", reference, place)
    form = _form(request, row, name)
    outcome = store(form, lambda: _take(row, found, form))
    if outcome.row is not None:
        messages.success(request, _("Done: {step}.").format(step=found.move.label))
        return redirect("enterprises:desk_inspection", reference, place)
    row = inspection_or_404(actors, reference, place)
    more = {
        "crumbs": _crumbs(row, capfirst(str(found.move.label))), "about": row.authorisation.enterprise.name_zh,
        "state": row, "back": reverse("enterprises:desk_inspection", args=[reference, place]),
    }  # fmt: skip
    return show_step(request, actors, found, form, outcome, row.state in found.move.sources, more)


def _take(row: Inspection, found: Option, form: Any) -> bool:
    if found.move.name == "record":
        inspecting.record(row, by=found.by, **form.values)
    elif found.move.name == "publish":
        inspecting.publish(row, by=found.by, **form.values)
    else:
        inspecting.follow_up(row, by=found.by, text=form.cleaned_data["text"])
    return True
