"""Portal pages on the labels of an authorisation: the balance, output and requests."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enterprises import label_facts, labels, output
from enterprises.authorisation_facts import terms_on
from enterprises.case_files import actor_of
from enterprises.insights import (
    EXPORT_COLUMNS,
    FEWEST,
    UNUSUAL_MAIN,
    UNUSUAL_SCANS,
    UNUSUAL_SHARE,
    export_rows,
    insights_of,
)
from enterprises.label_forms import OutputForm, RequestForm, known_packs
from enterprises.label_models import LabelBatch, OutputStatement
from enterprises.label_states import WAITING_BATCHES, BatchState, StatementState, Unit
from enterprises.models import Authorisation, Membership
from enterprises.views.portal_access import acting, authorisation_or_404, crumbs
from gi_registry.exports import Table, respond
from gi_registry.moves import MoveRefused

BATCHES_A_PAGE = 20

# Beside which field the refusal of a writer stands; all others stand above the form.
BESIDE = {"other_unit": "unit", "nothing_stated": "quantity", "wrong_count": "count", "over_allowance": "count",
          "other_variety": "variety"}  # fmt: skip


def label_crumbs(row: Authorisation, *steps: tuple[str, str]) -> list[tuple[str, str]]:
    """The way to the labels of an authorisation, or to a page behind them."""
    return crumbs(
        (row.reference, reverse("enterprises:portal_authorisation", args=[row.reference])),
        (_("Labels"), reverse("enterprises:portal_labels", args=[row.reference]) if steps else ""),
        *steps,
    )


def refused(form: forms.Form, refusal: MoveRefused) -> None:
    """Say why a writer refused, beside its field; who may not is told that nothing is there."""
    if refusal.code == "not_permitted":
        raise Http404
    field = BESIDE.get(refusal.code)
    form.add_error(field if field in form.fields else None, str(refusal))


@require_safe
@acting
def index(request: HttpRequest, membership: Membership, reference: str) -> HttpResponse:
    """The labels of an authorisation: what comes next, and the balance of each season."""
    row = authorisation_or_404(membership, reference)
    balances = label_facts.season_balances(row)
    batches = [one for season in balances for one in season.batches]
    context = {
        "crumbs": label_crumbs(row),
        "row": row,
        "balances": balances,
        "usable": row.may_be_used,
        "left": [one for one in balances if one.remaining > 0],
        "stated": [one for season in balances for one in season.statements if one.state == StatementState.STATED],
        "asked": [one.batch for one in batches if one.batch.state in WAITING_BATCHES],
        "waiting": [one for one in batches if one.batch.state == BatchState.ISSUED and one.waiting],
        "scanned": any(one.batch.has_codes for one in batches),
    }
    return render(request, "portal/labels.html", context)


# --- Output ---


@require_http_methods(["GET", "HEAD", "POST"])
@acting
def state_output(request: HttpRequest, membership: Membership, reference: str) -> HttpResponse:
    """State what a season yielded."""
    row = authorisation_or_404(membership, reference)
    form = OutputForm(request.POST if request.method == "POST" else None, authorisation=row)
    if form.is_valid():
        values = form.cleaned_data | {"unit": Unit(form.cleaned_data["unit"])}
        try:
            output.state_output(row, by=actor_of(membership), **values)
        except MoveRefused as refusal:
            refused(form, refusal)
        else:
            messages.success(request, _("Stated. The office certifies it; then you can request labels for it."))
            return redirect("enterprises:portal_labels", row.reference)
    context = {"crumbs": label_crumbs(row, (_("State output"), "")), "row": row, "form": form,
               "usable": row.may_be_used}  # fmt: skip
    return render(request, "portal/labels_output.html", context)


@require_POST
@acting
def withdraw_statement(request: HttpRequest, membership: Membership, reference: str, pk: int) -> HttpResponse:
    """Take a statement back that nobody has decided on."""
    row = authorisation_or_404(membership, reference)
    rows = OutputStatement.objects.filter(season__authorisation=row).select_related("season__authorisation")
    statement = rows.filter(pk=pk).first()
    if statement is None:
        raise Http404
    try:
        output.withdraw(statement, by=actor_of(membership))
    except MoveRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Withdrawn. You can state the output anew."))
    return redirect("enterprises:portal_labels", row.reference)


# --- Request ---


@require_http_methods(["GET", "HEAD", "POST"])
@acting
def request_batch(request: HttpRequest, membership: Membership, reference: str) -> HttpResponse:
    """Ask for labels; a first button only works out how many there may be."""
    row = authorisation_or_404(membership, reference)
    balances, terms = label_facts.season_balances(row), terms_on(row, timezone.localdate())
    data = request.POST if request.method == "POST" else None
    form = RequestForm(data, balances=balances, terms=terms, row=row)
    if form.is_valid() and request.POST.get("action") != "check" and (batch := _request(membership, form)):
        if batch.state == BatchState.ISSUED:
            messages.success(request, _("The labels are issued. You can print them now."))
        else:
            messages.success(request, _("Requested. The office looks at it and issues the labels."))
        return redirect("enterprises:portal_batch", batch.reference)
    context = {
        "crumbs": label_crumbs(row, (_("Request labels"), "")),
        "row": row,
        "form": form,
        "usable": row.may_be_used,
        "left": [one for one in balances if one.remaining > 0],
        "packs": known_packs(balances, terms),
        "automatic": label_facts.automatic_up_to(row),
    }
    return render(request, "portal/labels_request.html", context)


def _request(membership: Membership, form: RequestForm) -> LabelBatch | None:
    values = form.cleaned_data.copy()
    season = form.balances[values.pop("season")].season
    try:
        return labels.request(season, by=actor_of(membership), **values)
    except MoveRefused as refusal:
        refused(form, refusal)
        return None


# --- Scans ---


@require_safe
@acting
def insights(request: HttpRequest, membership: Membership, reference: str) -> HttpResponseBase:
    """Where and when the labels were scanned; `?format=csv` gives the figures as a file."""
    row = authorisation_or_404(membership, reference)
    found = insights_of(row)
    if request.GET.get("format") == "csv":
        return respond(Table(f"scans-{row.reference}", EXPORT_COLUMNS, export_rows(found)), "csv")
    together = found.together
    context = {
        "crumbs": label_crumbs(row, (_("Scans"), "")),
        "row": row,
        "found": found,
        "total": together.total,
        "places": together.places,
        "months": together.months,
        "most": max((one.scans for one in together.places if not one.small), default=1),
        "page": Paginator(found.batches, BATCHES_A_PAGE).get_page(request.GET.get("page")),
        "fewest": FEWEST,
        "rule": {"scans": UNUSUAL_SCANS, "main": UNUSUAL_MAIN, "share": UNUSUAL_SHARE},
    }
    return render(request, "portal/labels_insights.html", context)
