"""Random inspections at the desk: what waits, the draws, a new draw with its lists, drawing and cancelling."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from enterprises import inspecting, inspection_facts, inspection_lists, inspection_queue
from enterprises.desk_queue import Option
from enterprises.inspection_forms import CancelForm, DrawForm, ListForm, PlainForm
from enterprises.inspection_lists import Lists
from enterprises.inspection_models import Inspection, InspectionDraw
from enterprises.inspection_states import DrawState, InspectionState
from enterprises.inspection_words import WHAT_HAPPENS
from enterprises.views.desk_access import at_desk
from enterprises.views.desk_batches import history
from enterprises.views.kept_forms import Outcome, store
from gi_registry import territory
from gi_registry.journal import Actor
from gi_registry.query_values import read
from gi_registry.roles import Permission

ROWS_A_PAGE = 50
OBJECTS_SHOWN = 200


@require_safe
@at_desk()
def index(request: HttpRequest, actors: Sequence[Actor]) -> HttpResponse:
    """What waits in the territory: lists to be drawn from, inspections to be made, published, followed up."""
    form = ListForm(request.GET, initial={"view": inspection_queue.WAITING})
    values, notices = read(form)
    view, q = values["view"], values["q"] or ""
    page = Paginator(inspection_queue.found(actors, view, q), ROWS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "sub": "work",
        "page": page,
        "rows": [(row, is_late(row)) for row in page],
        "counts": inspection_queue.counts(actors),
        "waiting": list(inspection_queue.waiting_draws(actors)[:ROWS_A_PAGE]),
        "form": ListForm(None, initial=values),
        "narrowed": view != inspection_queue.WAITING or bool(q),
        "keeps": inspection_queue.keeps(actors),
        "notices": notices,
    }
    return render(request, "desk/inspections.html", context)


def is_late(row: Inspection) -> bool:
    """Whether the result should be public by now, or the fault put right."""
    due = {InspectionState.RECORDED: row.publish_by, InspectionState.PUBLISHED: row.follow_up_by}.get(
        InspectionState(row.state)
    )
    return due is not None and due < timezone.localdate()


@require_safe
@at_desk()
def draws(request: HttpRequest, actors: Sequence[Actor]) -> HttpResponse:
    """All draws of the territory, the newest first."""
    page = Paginator(inspection_queue.draws(actors), ROWS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "sub": "draws", "page": page, "keeps": inspection_queue.keeps(actors),
    }  # fmt: skip
    return render(request, "desk/inspection_draws.html", context)


def crumbs(draw: InspectionDraw | None, last: str = "") -> list[tuple[str, str]]:
    """The way from the inspections to a draw, or to a page behind it."""
    way = [(_("Inspections"), reverse("enterprises:desk_inspections"))]
    if draw is not None:
        here = reverse("enterprises:desk_inspection_draw", args=[draw.reference]) if last else ""
        way.append((draw.reference, here))
    return [*way, (last, "")] if last else way


# --- A new draw ---


@require_http_methods(["GET", "POST"])
@at_desk(Permission.KEEP_INSPECTIONS)
def new(request: HttpRequest, actors: Sequence[Actor]) -> HttpResponse:
    """Ask for lists (GET shows them as they would be), then fix them (POST)."""
    sent = request.POST if request.method == "POST" else request.GET if "title" in request.GET else None
    form = DrawForm(sent, actors=actors)
    if request.method != "POST":
        return _show_lists(request, actors, form, Outcome())

    def write() -> InspectionDraw:
        by = _keeper(actors, form)
        values = {name: form.cleaned_data[name] for name in ("nonce", "seen", "title", "size")}
        return inspecting.fix_lists(by=by, **values, **form.asked)

    outcome = store(form, write)
    if outcome.row is None:
        return _show_lists(request, actors, form, outcome)
    messages.success(request, _("The lists are fixed. Now somebody else has to draw."))
    return redirect("enterprises:desk_inspection_draw", outcome.row.reference)


def _keeper(actors: Sequence[Actor], form: DrawForm) -> Actor:
    """The role that reaches the division asked for; who has none is refused by the writer."""
    place = form.cleaned_data["division"]
    able = (actor for actor in actors if territory.may(actor, Permission.KEEP_INSPECTIONS, place))
    return next(able, actors[0])


def _show_lists(request: HttpRequest, actors: Sequence[Actor], form: DrawForm, outcome: Outcome) -> HttpResponse:
    lists, seen = None, ""
    if form.is_bound and not {"division", "product", "size"} & form.errors.keys():
        asked = {name: form.cleaned_data[name] for name in ("division", "product")}
        lists = inspection_lists.gather(demonstration=form.cleaned_data["demonstration"], **asked)
        seen = inspection_lists.digest(lists.as_json(size=form.cleaned_data["size"], **asked))
        if form.is_valid() and form.cleaned_data["size"] > len(lists.objects):
            form.add_error("size", _("This list has {number}.").format(number=len(lists.objects)))
    title = _("Draw inspections")
    context = (preview(lists) if lists else {}) | {
        "crumbs": crumbs(None, title), "title": title, "form": form, "seen": seen,
        "nonce": form.data.get("nonce") or uuid.uuid4(),
        "ready": lists is not None and not form.errors and not lists.lacking,
    }  # fmt: skip
    return render(request, "desk/inspection_new.html", context, status=outcome.status)


def preview(lists: Lists) -> dict[str, Any]:
    """The lists as a page shows them; of very long ones the beginning."""
    objects = [(reference, lists.about[reference], lists.objects[reference]) for reference in lists.objects]
    lacking = [lists.about[one] | {"reference": one} for one in lists.lacking]
    return {
        "lists": lists, "grades": lists.grades, "total": sum(lists.objects.values()), "lacking": lacking,
        "objects": objects[:OBJECTS_SHOWN], "left_out": max(len(objects) - OBJECTS_SHOWN, 0),
        "conflicts": [(code, lists.about[reference]) for code, reference in lists.conflicts],
    }  # fmt: skip


# --- One draw ---


def draw_or_404(actors: Sequence[Actor], reference: str) -> InspectionDraw:
    """The draw, if it belongs to the territory of one of the roles."""
    found = inspection_queue.draw_of(actors, reference)
    if found is None:
        raise Http404
    return found


@require_safe
@at_desk()
def draw_page(request: HttpRequest, actors: Sequence[Actor], reference: str) -> HttpResponse:
    """One draw: its lists, what can be done, and who was drawn."""
    row = draw_or_404(actors, reference)
    pairs = [(code, row.lists["about"][one]) for code, one in row.lists["conflicts"]]
    context = {
        "crumbs": crumbs(row),
        "row": row,
        "is_drawn": row.state == DrawState.DRAWN,
        "rows": [(one, is_late(one)) for one in inspection_facts.drawn(row)],
        "options": inspection_queue.draw_options(row, actors),
        "grades": inspection_facts.weights(row),
        "objects": len(row.lists["objects"]),
        "inspectors": row.lists["inspectors"],
        "conflicts": pairs,
        "reason": inspection_facts.in_journal(row).reason,
        "history": history("inspection_draw", row.reference),
    }
    return render(request, "desk/inspection_draw.html", context)


@require_http_methods(["GET", "POST"])
@at_desk(Permission.KEEP_INSPECTIONS)
def draw_step(request: HttpRequest, actors: Sequence[Actor], reference: str, name: str) -> HttpResponse:
    """Draw or cancel: GET says what will happen, POST does it. A step that is not open any more leads back."""
    row = draw_or_404(actors, reference)
    found = inspection_queue.draw_option(row, actors, name)
    if found is None:
        raise Http404
    if request.method == "GET" and row.state not in found.move.sources:
        messages.warning(request, _("This step is not possible in the present state."))
        return redirect("enterprises:desk_inspection_draw", row.reference)
    form = (CancelForm if name == "cancel" else PlainForm)(request.POST if request.method == "POST" else None)
    outcome = store(form, lambda: _take(row, found, form.cleaned_data))
    if outcome.row is not None:
        messages.success(request, _("Done: {step}.").format(step=found.move.label))
        return redirect("enterprises:desk_inspection_draw", row.reference)
    row = draw_or_404(actors, reference)
    title = capfirst(str(found.move.label))
    back = reverse("enterprises:desk_inspection_draw", args=[row.reference])
    more = {"crumbs": crumbs(row, title), "about": f"{row.reference} · {row.title}", "state": row, "back": back}
    return show_step(request, actors, found, form, outcome, row.state in found.move.sources, more)


def _take(row: InspectionDraw, found: Option, values: dict[str, Any]) -> bool:
    if found.move.name == "draw":
        inspecting.draw(row, by=found.by)
    else:
        inspecting.cancel(row, by=found.by, reason=values["reason"])
    return True


def show_step(
    request: HttpRequest, actors: Sequence[Actor], found: Option, form: Any, outcome: Outcome, is_open: bool,
    more: dict[str, Any],
) -> HttpResponse:  # fmt: skip
    """The page of a step: what will happen, what stands against it, the form."""
    context = more | {
        "title": capfirst(str(found.move.label)), "what_happens": WHAT_HAPPENS[found.move.name], "form": form,
        "refusal": found.refusal, "possible": is_open and not found.refusal,
    }  # fmt: skip
    return render(request, "desk/inspection_step.html", context, status=outcome.status)
