"""Suspect reports at the desk: the queue of the own territory, one report with its pictures, taking up, closing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_safe

from enterprises import (
    label_codes,
    label_queue,
    label_states,
    report_facts,
    report_photos,
    scanning,
    signal_evidence,
    suspect_reports,
)
from enterprises.desk_queue import Option
from enterprises.label_states import ReportOutcome
from enterprises.report_facts import Wanted
from enterprises.report_forms import CloseForm, ReportsForm, TakeUpForm
from enterprises.report_words import STEPS
from enterprises.scan_models import SuspectReport
from enterprises.verdict_words import WORDS
from enterprises.verification import Label
from enterprises.views.desk_access import at_desk, status_of
from enterprises.views.desk_batches import history
from gi_registry.journal import Actor
from gi_registry.moves import MoveRefused
from gi_registry.query_values import read
from gi_registry.roles import Permission

REPORTS_A_PAGE = 50


@require_safe
@at_desk()
def index(request: HttpRequest, actors: Sequence[Actor]) -> HttpResponse:
    """The reports of the own territory; what is not closed first, the oldest of it on top."""
    form = ReportsForm(request.GET, initial={"view": report_facts.OPEN_VIEW})
    values, notices = read(form)
    wanted = Wanted(values["view"], values["kind"] or "", values["q"] or "")
    page = Paginator(report_facts.found(actors, wanted), REPORTS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [(row, report_facts.days_open(row)) for row in page],
        "form": ReportsForm(None, initial=values),
        "narrowed": wanted != Wanted(),
        "notices": notices,
    }
    return render(request, "desk/reports.html", context)


def _report_or_404(actors: Sequence[Actor], reference: str) -> SuspectReport:
    return get_object_or_404(report_facts.read_by(actors), reference=reference)


@require_safe
@at_desk()
def report_page(request: HttpRequest, actors: Sequence[Actor], reference: str) -> HttpResponse:
    """One report: what was written, its pictures, what the register knows of the label, and what can be done."""
    report = _report_or_404(actors, reference)
    batch, works = report.batch, report_facts.works_on(report, actors)
    others = signal_evidence.reports(batch, actors) if batch else []
    context = {
        "crumbs": _crumbs(report),
        "report": report,
        "days": report_facts.days_open(report),
        "works": works,
        "photos": list(report.photos.all()),
        "batch": batch,
        "authorisation": batch.season.authorisation if batch else None,
        "batch_readable": batch is not None and label_queue.batches(actors).filter(pk=batch.pk).exists(),
        "label": _label_facts(report_facts.label_of(report), works),
        "others": [(row, readable) for row, readable in others if row.pk != report.pk],
        "options": report_facts.steps(report, actors),
        "history": history("suspect_report", report.reference or ""),
    }
    return render(request, "desk/report.html", context)


def _label_facts(label: Label | None, works: bool) -> dict[str, Any] | None:
    """What the register tells of the label today. The code itself only for who works on the report."""
    if label is None:
        return None
    seen = scanning.look(label.key)
    verdict, _stops = label.answer(unusual=seen.unusual)
    return {
        "code": label_codes.grouped(label.code) if works else "",
        "index": label.index,
        "fate": label.fate.label,
        "happened": label.happened,
        "answer": WORDS[verdict].title,
        "scans": seen.count,
        "first": scanning.as_time(seen.first_minute) if seen.count else None,
    }


def _crumbs(report: SuspectReport, last: str = "") -> list[tuple[str, str]]:
    here = reverse("enterprises:desk_report", args=[report.reference]) if last else ""
    reports = pgettext("of suspect labels", "Reports")
    way = [(reports, reverse("enterprises:desk_reports")), (report.reference or "", here)]
    return [*way, (last, "")] if last else way


@require_safe
@at_desk()
def photo(request: HttpRequest, actors: Sequence[Actor], reference: str, pk: int) -> FileResponse:
    """A picture of a report, for who may read the report."""
    found = get_object_or_404(_report_or_404(actors, reference).photos, pk=pk)
    try:
        return report_photos.respond(found)
    except FileNotFoundError:
        raise Http404 from None


# --- Steps ---


@require_http_methods(["GET", "POST"])
@at_desk(Permission.WATCH_COPIES)
def step(request: HttpRequest, actors: Sequence[Actor], reference: str, name: str) -> HttpResponse:
    """One step: GET says what will happen, POST does it. A step that is not open any more leads back."""
    report = _report_or_404(actors, reference)
    found = report_facts.step(report, actors, name)
    if found is None:
        raise Http404
    form_class = CloseForm if found.move == label_states.CLOSE else TakeUpForm
    if request.method == "POST":
        return _take(request, actors, report, found, form_class(request.POST))
    if report.state not in found.move.sources:
        messages.warning(request, _("This step is not possible in the present state."))
        return redirect("enterprises:desk_report", report.reference)
    return _show(request, actors, report, found, form_class())


def _take(
    request: HttpRequest, actors: Sequence[Actor], report: SuspectReport, found: Option, form: CloseForm | TakeUpForm
) -> HttpResponse:
    if not form.is_valid():
        return _show(request, actors, report, found, form)
    try:
        if found.move == label_states.CLOSE:
            outcome = ReportOutcome(form.cleaned_data["outcome"])
            suspect_reports.close(report, by=found.by, outcome=outcome, answer=form.cleaned_data["answer"])
        else:
            suspect_reports.take_up(report, by=found.by)
    except MoveRefused as refusal:
        if refusal.code == "not_permitted":
            raise Http404 from None
        form.add_error(None, str(refusal))
        return _show(request, actors, report, found, form, status=status_of(refusal.code))
    messages.success(request, _("Done: {step}.").format(step=found.move.label))
    return redirect("enterprises:desk_report", report.reference)


def _show(
    request: HttpRequest, actors: Sequence[Actor], report: SuspectReport, found: Option,
    form: CloseForm | TakeUpForm, status: int = 200,
) -> HttpResponse:  # fmt: skip
    title = capfirst(str(found.move.label))
    context = {
        "crumbs": _crumbs(report, title),
        "title": title,
        "report": report,
        "what_happens": STEPS[found.move.name],
        "possible": report.state in found.move.sources,
        "form": form,
        "back": reverse("enterprises:desk_report", args=[report.reference]),
    }
    return render(request, "desk/report_step.html", context, status=status)
