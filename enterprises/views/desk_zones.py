"""Demonstration zones at the desk: those of the own territory, one zone, its steps, its yearly summaries."""

from __future__ import annotations

from collections.abc import Sequence
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

from enterprises import zone_facts
from enterprises.views.desk_access import at_desk
from enterprises.views.desk_batches import history
from enterprises.views.kept_forms import Outcome, store
from enterprises.zone_facts import Wanted
from enterprises.zone_forms import HistoricForm, StepForm, SummaryForm, ZoneForm, ZonesForm
from enterprises.zone_words import WHAT_HAPPENS
from gi_registry.journal import Actor
from gi_registry.query_values import read
from gi_registry.roles import Permission
from products import zones, zoning
from products.zone_models import DemonstrationZone
from products.zone_states import REPORTING
from products.zone_values import PAPERS

ROWS_A_PAGE = 50


@require_safe
@at_desk()
def index(request: HttpRequest, actors: Sequence[Actor]) -> HttpResponse:
    """The zones of the own territory; those for which something waits stand first."""
    values, notices = read(ZonesForm(request.GET))
    rows = zone_facts.rows_of(actors)
    wanted = Wanted(**{name: value or "" for name, value in values.items()})
    context = {
        "page": Paginator(zone_facts.matching(rows, wanted), ROWS_A_PAGE).get_page(request.GET.get("page")),
        "late": sum(bool(row.owed) for row in rows),
        "over": sum(row.over for row in rows),
        "form": ZonesForm(None, initial=values),
        "narrowed": wanted != Wanted(),
        "prepares": any(actor.has(one) for actor in actors for one in PAPERS),
        "keeps": zone_facts.keeper(actors) is not None,
        "notices": notices,
    }
    return render(request, "desk/zones.html", context)


def _found_or_404(actors: Sequence[Actor], reference: str) -> DemonstrationZone:
    return get_object_or_404(zone_facts.visible(actors), reference=reference)


def _crumbs(zone: DemonstrationZone | None, last: str = "") -> list[tuple[str, str]]:
    way = [(_("Demonstration zones"), reverse("enterprises:desk_zones"))]
    if zone is not None:
        way.append((zone.name_zh, reverse("enterprises:desk_zone", args=[zone.reference]) if last else ""))
    return [*way, (last, "")] if last else way


@require_safe
@at_desk()
def zone_page(request: HttpRequest, actors: Sequence[Actor], reference: str) -> HttpResponse:
    """One zone: its figures against the conditions, its stages and summaries, and what can be done."""
    zone = _found_or_404(actors, reference)
    files = zone_facts.filer(actors, zone.division) is not None and zone.state in REPORTING
    context = {
        "crumbs": _crumbs(zone),
        "row": zone_facts.row_of(zone),
        "zone": zone,
        "conditions": zone.conditions,
        "known": zones.known(zone, zone.figures_on or timezone.localdate()),
        "stages": zone_facts.stages(zone),
        "summaries": zones.latest(zone),
        "files": files,
        "year": timezone.localdate().year,
        "amends": zone_facts.amender(actors, zone) is not None,
        "options": zone_facts.steps(zone, actors),
        "history": history("zone", zone.reference),
    }
    return render(request, "desk/zone.html", context)


# --- Entering and amending ---


@require_http_methods(["GET", "POST"])
@at_desk(*PAPERS)
def new(request: HttpRequest, actors: Sequence[Actor]) -> HttpResponse:
    """Begin to prepare a zone."""
    form = ZoneForm(_sent(request), initial={}, actors=actors)

    def write() -> DemonstrationZone:
        by = zone_facts.filer(actors, form.cleaned_data["division"]) or actors[0]
        return zoning.enter(by=by, nonce=form.cleaned_data["nonce"], **form.values)

    return _entered(request, actors, form, store(form, write), _("Prepare a demonstration zone"))


@require_http_methods(["GET", "POST"])
@at_desk(Permission.KEEP_REGISTER)
def historic(request: HttpRequest, actors: Sequence[Actor]) -> HttpResponse:
    """Enter a zone that was chosen outside of this register, as a source tells of it."""
    form = HistoricForm(_sent(request), initial={}, actors=actors)

    def write() -> DemonstrationZone:
        return zoning.enter_historic(by=actors[0], nonce=form.cleaned_data["nonce"], stages=form.stages, **form.values)

    return _entered(request, actors, form, store(form, write), _("Enter a zone of the past"), historic=True)


def _entered(
    request: HttpRequest, actors: Sequence[Actor], form: Any, outcome: Outcome, title: str, **more: Any
) -> HttpResponse:
    if outcome.row is not None:
        messages.success(request, _("The zone is entered as {number}.").format(number=outcome.row.reference))
        return redirect("enterprises:desk_zone", outcome.row.reference)
    return _show(request, actors, "desk/zone_edit.html", None, title, form, outcome, **more)


def _sent(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


@require_http_methods(["GET", "POST"])
@at_desk(*PAPERS, Permission.KEEP_REGISTER)
def edit(request: HttpRequest, actors: Sequence[Actor], reference: str) -> HttpResponse:
    """Change what is written of a zone: while it is prepared, or to correct what is public."""
    zone = _found_or_404(actors, reference)
    by = zone_facts.amender(actors, zone, sent=request.method == "POST")
    if by is None:
        raise Http404
    initial = vars(zone) | {"division": zone.division, "products": list(zone.products.all())}
    form = ZoneForm(_sent(request), initial=initial, actors=actors, record=by.has(Permission.KEEP_REGISTER))

    def write() -> bool:
        zoning.amend(zone, by=by, version=form.cleaned_data["version"] or 0, **form.values)
        return True

    outcome = store(form, write, lambda: _found_or_404(actors, reference))
    if outcome.row is not None:
        messages.success(request, _("Saved."))
        return redirect("enterprises:desk_zone", reference)
    return _show(request, actors, "desk/zone_edit.html", zone, _("Change the zone"), form, outcome)


def _show(
    request: HttpRequest, actors: Sequence[Actor], template: str, zone: DemonstrationZone | None, title: str,
    form: Any, outcome: Outcome, **more: Any,
) -> HttpResponse:  # fmt: skip
    """A page with a form; the zone as it is now, whatever a writer tried with it."""
    zone = _found_or_404(actors, zone.reference) if zone is not None else None
    context = more | {
        "crumbs": _crumbs(zone, title), "title": title, "zone": zone, "form": form, "stands": outcome.stands,
        "row": zone_facts.row_of(zone) if zone else None,
    }  # fmt: skip
    return render(request, template, context, status=outcome.status)


# --- Steps and summaries ---


@require_http_methods(["GET", "POST"])
@at_desk(*PAPERS, Permission.DECIDE_ZONES)
def step(request: HttpRequest, actors: Sequence[Actor], reference: str, name: str) -> HttpResponse:
    """One step: GET says what will happen, POST does it. A step that is not open any more leads back."""
    zone = _found_or_404(actors, reference)
    found = zone_facts.step(zone, name, actors)
    if found is None:
        raise Http404
    if request.method == "GET" and zone.state not in found.move.sources:
        messages.warning(request, _("This step is not possible in the present state."))
        return redirect("enterprises:desk_zone", reference)
    form = StepForm(_sent(request), move=found.move, zone=zone)

    def write() -> bool:
        zoning.take_step(zone, found.move, by=found.by, **form.values)
        return True

    outcome = store(form, write, lambda: _found_or_404(actors, reference))
    if outcome.row is not None:
        messages.success(request, _("Done: {step}.").format(step=found.move.label))
        return redirect("enterprises:desk_zone", reference)
    more = {"what_happens": WHAT_HAPPENS[name], "refusal": found.refusal, "sources": found.move.sources}
    title = capfirst(str(found.move.label))
    return _show(request, actors, "desk/zone_step.html", zone, title, form, outcome, **more)


@require_http_methods(["GET", "POST"])
@at_desk(*PAPERS)
def summary(request: HttpRequest, actors: Sequence[Actor], reference: str, year: int) -> HttpResponse:
    """The summary of a year; a later one replaces it."""
    zone = _found_or_404(actors, reference)
    by = zone_facts.filer(actors, zone.division)
    if by is None or (request.method == "GET" and zone.state not in REPORTING) or not zone_facts.is_year(year):
        raise Http404
    present = zone_facts.summary_of(zone, year)
    form = SummaryForm(_sent(request), initial=vars(present))

    def write() -> Any:
        return zoning.file_summary(zone, by=by, year=year, **form.cleaned_data)

    outcome = store(form, write, lambda: zone_facts.summary_of(zone, year))
    if outcome.row is not None:
        messages.success(request, _("The summary of {year} is filed.").format(year=year))
        return redirect("enterprises:desk_zone", reference)
    title = zone_facts.summary_title(zone, year)
    return _show(request, actors, "desk/zone_summary.html", zone, title, form, outcome, present=present)
