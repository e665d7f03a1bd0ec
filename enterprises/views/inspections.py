"""Public pages on random inspections: all draws, one draw with everything that is needed to repeat it."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from enterprises import inspection_facts
from enterprises.inspection_facts import Wanted
from enterprises.inspection_forms import PublicForm
from enterprises.inspection_models import InspectionDraw
from enterprises.inspection_states import DrawState
from gi_registry.exports import Table, respond
from gi_registry.query_values import read

DRAWS_A_PAGE = 30


@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """The draws, the newest first, or the same list as a file."""
    values, notices = read(PublicForm(request.GET))
    wanted = Wanted(values["province"], values["status"] or "", values["year"])
    rows = inspection_facts.draws(wanted)
    if values["format"]:
        about = {name: str(value) for name, value in values.items() if value and name != "format"}
        table = Table("inspections", inspection_facts.COLUMNS, inspection_facts.lines(rows), about, rows.count())
        return respond(table, values["format"])
    shown = {name: values[name] for name in ("province", "status", "year")}
    context = {
        "crumbs": [(_("Enterprises"), reverse("enterprises:directory")), (_("Random inspections"), "")],
        "form": PublicForm(None, initial=shown),
        "notices": notices,
        "narrowed": wanted != Wanted(),
        "page": Paginator(rows, DRAWS_A_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "enterprises/inspections.html", context)


def _draw_or_404(reference: str) -> InspectionDraw:
    found = inspection_facts.by_reference(reference)
    if found is None:
        raise Http404
    return found


@require_safe
def draw_page(request: HttpRequest, reference: str) -> HttpResponse:
    """One draw: what was fixed when, who was drawn, how to repeat it; before the draw only day, size, fingerprints."""
    row = _draw_or_404(reference)
    is_drawn = row.state == DrawState.DRAWN
    context: dict[str, Any] = {
        "crumbs": [
            (_("Enterprises"), reverse("enterprises:directory")),
            (_("Random inspections"), reverse("enterprises:inspections")), (row.reference, ""),
        ],
        "row": row,
        "is_drawn": is_drawn,
        "places": inspection_facts.in_journal(row),
        "rows": inspection_facts.drawn(row) if is_drawn else [],
        "known": inspection_facts.RESULT_KNOWN,
        "weights": inspection_facts.weights(row) if is_drawn else [],
    }  # fmt: skip
    return render(request, "enterprises/inspection.html", context)


@require_safe
def draw_json(request: HttpRequest, reference: str) -> HttpResponse:
    """Everything that the script in docs/inspection-draw.md needs; not there before the draw."""
    row = _draw_or_404(reference)
    if row.state != DrawState.DRAWN:
        raise Http404
    content = inspection_facts.repeatable(row, inspection_facts.in_journal(row))
    return JsonResponse(content, json_dumps_params={"ensure_ascii": False, "indent": 1})
