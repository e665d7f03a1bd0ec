"""Portal pages of yearly reports: what is due, one year, writing it, and sending it."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from enterprises import use_checks, use_queue, use_reports, use_words
from enterprises.case_files import actor_of
from enterprises.models import Authorisation, Membership
from enterprises.use_forms import UseReportForm
from enterprises.use_models import UseReport
from enterprises.use_queue import OwnYear
from enterprises.use_states import EDITABLE
from enterprises.views.portal_access import acting, authorisation_or_404, crumbs
from gi_registry.moves import MoveRefused

REPORTS = "enterprises:portal_use_reports"
REPORT = "enterprises:portal_use_report"


@require_safe
@acting
def index(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Which reports are due, and where the others stand."""
    found = use_queue.own_years(membership.enterprise)
    context = {
        "crumbs": crumbs((_("Yearly reports"), "")),
        "waiting": [one for one in found if one.waits],
        "others": [one for one in found if not one.waits],
    }
    return render(request, "portal/use.html", context)


def _own_or_404(membership: Membership, reference: str, year: int) -> OwnYear:
    found = use_queue.own_year(authorisation_or_404(membership, reference), year)
    if found is None:
        raise Http404
    return found


def _crumbs(row: Authorisation, year: int, last: str = "") -> list[tuple[str, str]]:
    here = reverse(REPORT, args=[row.reference, year]) if last else ""
    way = [(_("Yearly reports"), reverse(REPORTS)), (f"{row.reference} · {year}", here)]
    return crumbs(*way, *([(last, "")] if last else []))


@require_http_methods(["GET", "HEAD", "POST"])
@acting
def report(request: HttpRequest, membership: Membership, reference: str, year: int) -> HttpResponse:
    """One year: what was sent and what the office said. POST begins a report, or a correction of the accepted one."""
    found = _own_or_404(membership, reference, year)
    if request.method == "POST":
        return _start(request, membership, found)
    latest = found.latest
    before = found.accepted if latest is not None and latest != found.accepted else None
    context = {
        "crumbs": _crumbs(found.row, year),
        "found": found,
        "row": found.row,
        "report": latest,
        "lines": use_words.lines(latest, before) if latest else [],
        "compares": before is not None,
        "editable": latest is not None and latest.state in EDITABLE,
        "nonce": uuid.uuid4(),
    }
    return render(request, "portal/use_report.html", context)


def _start(request: HttpRequest, membership: Membership, found: OwnYear) -> HttpResponse:
    try:
        nonce = uuid.UUID(request.POST.get("nonce", ""))
    except ValueError:
        nonce = uuid.uuid4()
    try:
        use_reports.start(found.row, year=found.year, by=actor_of(membership), nonce=nonce)
    except MoveRefused as refusal:
        if refusal.code == "not_permitted":
            raise Http404 from None
        messages.warning(request, str(refusal))
        return redirect(REPORT, found.row.reference, found.year)
    return redirect("enterprises:portal_use_edit", found.row.reference, found.year)


def _open_or_none(found: OwnYear) -> UseReport | None:
    """The version that the enterprise may write in."""
    report = found.latest
    if report is None or report.state not in EDITABLE:
        return None
    report.authorisation = found.row
    return report


# --- Writing ---


@require_http_methods(["GET", "HEAD", "POST"])
@acting
def edit(request: HttpRequest, membership: Membership, reference: str, year: int) -> HttpResponse:
    """The whole report on one page; whatever is there is saved. What was typed is never lost."""
    found = _own_or_404(membership, reference, year)
    report = _open_or_none(found)
    if request.method == "POST" and found.latest is not None:
        return _save(request, membership, found, report or found.latest)
    if report is None:
        messages.warning(request, _("There is no report of this year to write in at present."))
        return redirect(REPORT, reference, year)
    ledger = use_checks.ledger(found.row, year)
    checks = use_checks.checks(report, ledger) if report.edits else []
    return _show(request, found, report, UseReportForm(None, report=report, ledger=ledger, checks=checks))


def _save(request: HttpRequest, membership: Membership, found: OwnYear, report: UseReport) -> HttpResponse:
    form = UseReportForm(request.POST, report=report, ledger=use_checks.ledger(found.row, found.year))
    if not form.is_valid():
        return _show(request, found, report, form, seen=request.POST.get("edits", ""))
    seen, same = request.POST.get("edits", ""), form.is_stored() and report.state in EDITABLE
    edits = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else -1
    report.authorisation = found.row
    try:
        if not (same and edits != report.edits):  # the same form sent twice
            use_reports.save_draft(report, by=actor_of(membership), edits=edits, **form.cleaned_data)
    except MoveRefused as refusal:
        if refusal.code == "not_permitted":
            raise Http404 from None
        return _conflict(request, found, form, str(refusal))
    if request.POST.get("action") == "check":
        return redirect("enterprises:portal_use_submit", found.row.reference, found.year)
    messages.success(request, _("Saved. You can go on at any time."))
    if request.POST.get("action") == "stop":
        return redirect(REPORTS)
    return redirect("enterprises:portal_use_edit", found.row.reference, found.year)


def _conflict(request: HttpRequest, found: OwnYear, form: UseReportForm, refusal: str) -> HttpResponse:
    """What was typed, beside what another window has saved or sent meanwhile."""
    stored = UseReport.objects.get(pk=form.report.pk)
    more = {"conflict": refusal, "stored": use_words.lines(stored), "editable": stored.state in EDITABLE}
    return _show(request, found, stored, form, status=409, **more)


def _show(
    request: HttpRequest, found: OwnYear, report: UseReport, form: UseReportForm, *, seen: str = "",
    status: int = 200, **more: Any,
) -> HttpResponse:  # fmt: skip
    context = {
        "crumbs": _crumbs(found.row, found.year, _("Fill in")),
        "found": found,
        "row": found.row,
        "report": report,
        "form": form,
        "edits": seen if seen.isdigit() else report.edits,
        "conflict": "",
        "stored": [],
        "editable": True,
    }
    return render(request, "portal/use_edit.html", context | more, status=status)


# --- Sending ---


@require_http_methods(["GET", "HEAD", "POST"])
@acting
def submit(request: HttpRequest, membership: Membership, reference: str, year: int) -> HttpResponse:
    """The check before sending: everything once more, what is missing and what differs. POST sends it."""
    found = _own_or_404(membership, reference, year)
    report = _open_or_none(found)
    if report is None:
        messages.warning(request, _("There is no report of this year to send at present."))
        return redirect(REPORT, reference, year)
    if request.method != "POST":
        return _check(request, found, report)
    seen = request.POST.get("edits", "")
    edits = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else -1
    try:
        use_reports.submit(report, by=actor_of(membership), edits=edits)
    except MoveRefused as refusal:
        if refusal.code == "not_permitted":
            raise Http404 from None
        return _check(request, found, report, refusal=str(refusal), status=409)
    messages.success(request, _("Sent. The office looks at it and accepts it or asks you to correct it."))
    return redirect(REPORT, reference, year)


def _check(
    request: HttpRequest, found: OwnYear, report: UseReport, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    checks = use_checks.checks(report, use_checks.ledger(found.row, found.year))
    gaps = use_checks.missing(report)
    errors = [one for one in checks if one.is_error]
    unexplained = use_checks.open_questions(report, checks)
    context = {
        "crumbs": _crumbs(found.row, found.year, _("Check and send")),
        "found": found,
        "row": found.row,
        "report": report,
        "lines": use_words.lines(report),
        "checks": checks,
        "gaps": gaps,
        "unexplained": unexplained,
        "refusal": refusal,
        "ready": found.is_over and not (gaps or errors or unexplained),
    }
    return render(request, "portal/use_submit.html", context, status=status)
