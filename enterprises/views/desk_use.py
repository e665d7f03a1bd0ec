"""Yearly reports at the desk: what waits and what is missing of a year, one report, its decision, the return."""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO, Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from enterprises import use_checks, use_queue, use_reports, use_states, use_words, yearly_return
from enterprises.desk_queue import Option
from enterprises.use_forms import AcceptForm, ReturnForm, YearForm
from enterprises.use_models import UseReport
from enterprises.use_queue import Line
from enterprises.use_states import UseState
from enterprises.views.desk_access import at_desk, status_of
from gi_registry.exports import CONTENT_TYPES, Table, respond
from gi_registry.journal import Actor
from gi_registry.models import Division
from gi_registry.moves import MoveRefused
from gi_registry.query_values import read
from gi_registry.roles import Permission

ROWS_A_PAGE, OK = 50, 200


@require_safe
@at_desk()
def index(request: HttpRequest, actors: Sequence[Actor]) -> HttpResponseBase:
    """What waits, of all years; then one year: how much of it is there, and whose report is missing."""
    form = YearForm(request.GET, years=use_queue.years())
    values, notices = read(form)
    year = int(values["year"])
    if values["format"]:
        return respond(_table(actors, year), values["format"])
    missing, expected = use_queue.missing(actors, year)
    waiting = use_queue.waiting(actors)
    context = {
        "form": YearForm(None, years=use_queue.years(), initial={"year": year}),
        "notices": notices,
        "year": year,
        "waiting": waiting[: use_queue.MOST_WAITING],
        "waiting_count": waiting.count(),
        "missing": missing,
        "expected": expected,
        "received": expected - missing,
        "percent": (expected - missing) * 100 // expected if expected else 0,
        "page": Paginator(use_queue.missing_rows(actors, year), ROWS_A_PAGE).get_page(request.GET.get("page")),
        "decided": use_queue.of_year(actors, year)[:ROWS_A_PAGE],
        "draws_up": bool(use_queue.return_territories(actors)),
    }
    return render(request, "desk/use.html", context)


# --- The list as a file ---

COLUMNS = (
    "authorisation", "enterprise", "uscc", "demonstration", "product", "county_code", "county", "year", "report",
    "version", "state", "submitted_on", "decided_on", "output", "unit", "output_value", "sales_value", "export_value",
    "related_value", "labels_printed", "labels_used", "batches", "tests", "tests_failed", "employees", "households",
    "premium", "may_be_shown", "explanation",
)  # fmt: skip


def _table(actors: Sequence[Actor], year: int) -> Table:
    places = use_queue.places_of(actors, year)
    rows = (_line(one, year, places) for one in use_queue.lines(actors, year))
    about = {"year": year, "rule": _("Authorisations of the own territory that stood in the year, with their report")}
    return Table(f"use-reports-{year}", COLUMNS, rows, about)


def _line(one: Line, year: int, places: dict[int, Division]) -> dict[str, Any]:
    row, report, place = one.row, one.report, places.get(one.row.watched_in)
    line: dict[str, Any] = {
        "authorisation": row.reference, "enterprise": row.enterprise.name_zh, "uscc": row.enterprise.uscc,
        "demonstration": row.enterprise.is_demo, "product": row.product.name_zh if row.product else row.product_text,
        "county_code": place.code if place else "", "county": place.name_zh if place else "", "year": year,
        "state": report.state if report else "missing",
    }  # fmt: skip
    if report is not None:
        line |= {"report": report.reference, "version": report.version, "submitted_on": report.submitted_on}
        if report.state != UseState.RETURNED:  # the enterprise is writing in it
            kept = [name for name in COLUMNS if name not in line and name != "output"]
            line |= {name: getattr(report, name) for name in kept}
            line["output"] = use_words.plain(report.output)
    return line


# --- One report ---


def _report_or_404(actors: Sequence[Actor], reference: str) -> UseReport:
    return get_object_or_404(use_queue.reports(actors), reference=reference)


def _crumbs(report: UseReport, last: str = "") -> list[tuple[str, str]]:
    here = reverse("enterprises:desk_use_report", args=[report.reference]) if last else ""
    way = [(_("Yearly reports"), reverse("enterprises:desk_use_reports")), (report.reference, here)]
    return [*way, (last, "")] if last else way


@require_safe
@at_desk()
def report_page(request: HttpRequest, actors: Sequence[Actor], reference: str) -> HttpResponse:
    """One report beside the version before, and what of it does not fit the label ledger."""
    report = _report_or_404(actors, reference)
    before = use_queue.version_before(report)
    readable = report.state != UseState.RETURNED
    context = {
        "crumbs": _crumbs(report),
        "report": report,
        "authorisation": report.authorisation,
        "readable": readable,
        "lines": use_words.lines(report, before) if readable else [],
        "before": before,
        "each": use_words.unit_value_text(report) if readable else "",
        "checks": _checks(report) if readable else [],
        "options": use_queue.steps(report, actors),
        "versions": use_queue.versions(report),
    }
    return render(request, "desk/use_report.html", context)


def _checks(report: UseReport) -> list[use_checks.Check]:
    return use_checks.checks(report, use_checks.ledger(report.authorisation, report.year))


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk(Permission.REVIEW_USE_REPORTS)
def step(request: HttpRequest, actors: Sequence[Actor], reference: str, name: str) -> HttpResponse:
    """Accept a report or return it: GET says what will happen, POST does it."""
    report = _report_or_404(actors, reference)
    found = use_queue.step(report, actors, name)
    if found is None:
        raise Http404
    form_class = ReturnForm if found.move == use_states.RETURN else AcceptForm
    if request.method == "POST":
        return _take(request, actors, report, found, form_class(request.POST))
    if report.state not in found.move.sources:
        messages.warning(request, _("This step is not possible in the present state."))
        return redirect("enterprises:desk_use_report", report.reference)
    return _show(request, actors, report, found, form_class(), edits=str(report.edits))


def _take(
    request: HttpRequest, actors: Sequence[Actor], report: UseReport, found: Option, form: AcceptForm | ReturnForm
) -> HttpResponse:
    seen = request.POST.get("edits", "")
    edits = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else -1
    if not form.is_valid():
        return _show(request, actors, report, found, form, edits=seen)
    try:
        if found.move == use_states.RETURN:
            use_reports.return_(report, by=found.by, edits=edits, text=form.cleaned_data["text"])
        else:
            use_reports.accept(report, by=found.by, edits=edits)
    except MoveRefused as refusal:
        if refusal.code == "not_permitted":
            raise Http404 from None
        form.add_error(None, str(refusal))
        return _show(request, actors, report, found, form, edits=seen, status=status_of(refusal.code))
    messages.success(request, _("Done: {step}.").format(step=found.move.label))
    return redirect("enterprises:desk_use_reports")


def _show(
    request: HttpRequest, actors: Sequence[Actor], report: UseReport, found: Option, form: AcceptForm | ReturnForm,
    *, edits: str, status: int = OK,
) -> HttpResponse:  # fmt: skip
    title = capfirst(str(found.move.label))
    context = {
        "crumbs": _crumbs(report, title),
        "title": title,
        "report": report,
        "authorisation": report.authorisation,
        "returns": found.move == use_states.RETURN,
        "before": use_queue.version_before(report),
        "checks": _checks(report) if report.state == UseState.SUBMITTED else [],
        "possible": report.state in found.move.sources and status == OK,
        "form": form,
        "edits": edits,
        "back": reverse("enterprises:desk_use_report", args=[report.reference]),
    }
    return render(request, "desk/use_step.html", context, status=status)


# --- The yearly return of the province ---


@require_safe
@at_desk(Permission.APPROVE_MARK_USE, Permission.READ_JOURNAL)
def yearly(request: HttpRequest, actors: Sequence[Actor]) -> HttpResponseBase:
    """The return of a year, block by block: what stands in it and what is missing; `?format=xlsx` is the workbook."""
    places = use_queue.return_territories(actors)
    if not places:
        raise Http404
    values, notices = read(YearForm(request.GET, years=use_queue.years()))
    year, place = int(values["year"]), _chosen(places, request.GET.get("territory", ""))
    blocks = yearly_return.blocks(actors, place, year)
    facts = yearly_return.about(actors, place, year, blocks)
    if values["format"] == "xlsx":
        return _workbook(place, year, yearly_return.workbook(blocks, facts))
    context = {
        "crumbs": [(_("Yearly reports"), reverse("enterprises:desk_use_reports")), (_("Yearly return"), "")],
        "form": YearForm(None, years=use_queue.years(), initial={"year": year}),
        "notices": notices,
        "year": year,
        "place": place,
        "places": places,
        "blocks": blocks,
        "facts": facts[:5],
    }
    return render(request, "desk/use_return.html", context)


def _chosen(places: Sequence[Division | None], code: str) -> Division | None:
    """The territory that was asked for, else the first one of the person."""
    return next((one for one in places if one is not None and one.code == code), places[0])


def _workbook(place: Division | None, year: int, file: IO[bytes]) -> FileResponse:
    name = f"gi-return-{place.code if place else 'cn'}-{year}-{timezone.localdate():%Y-%m-%d}.xlsx"
    return FileResponse(file, as_attachment=True, filename=name, content_type=CONTENT_TYPES["xlsx"])
