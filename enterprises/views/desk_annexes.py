"""Annexes as files: the present names as a file, one that is sent, its differences, applied, undone."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from enterprises import recognition_facts
from enterprises.recognition_forms import AnnexForm, UndoForm
from enterprises.views.desk_access import at_desk, status_of
from enterprises.views.desk_recognition import agreement_or_404, crumbs, sent, show_form
from enterprises.views.kept_forms import store
from gi_registry import exports
from gi_registry.fresh_sign_in import asks_again
from gi_registry.journal import Actor
from gi_registry.moves import MoveRefused
from gi_registry.roles import Permission
from products import annex_differences, annexing
from products.annex_suspicions import shown
from products.annex_words import COLUMNS, REQUIRED
from products.list_files import Sheet
from products.models import Agreement
from products.recognition_models import AnnexImport

KINDS = ("csv", "xlsx")
MOST_SHOWN = 300  # lines of each kind; the longest annex has 175 names


@require_safe
@at_desk()
def names_file(request: HttpRequest, actors: Sequence[Actor], code: str, kind: str) -> HttpResponseBase:
    """The names that stand on the list in the columns of an import: sent back unchanged, they change nothing."""
    agreement = agreement_or_404(code)
    if kind not in KINDS:
        raise Http404
    rows = list(annex_differences.iter_cells(annex_differences.names_of(agreement)))
    return exports.respond(exports.Table(f"{code.lower()}-names", COLUMNS, rows, total=len(rows)), kind)


@require_http_methods(["GET", "POST"])
@at_desk(Permission.KEEP_REGISTER)
def send(request: HttpRequest, actors: Sequence[Actor], code: str) -> HttpResponse:
    """Send a file. Nothing changes by that: its differences are shown first."""
    agreement = agreement_or_404(code)
    form = AnnexForm(request.POST, request.FILES) if request.method == "POST" else AnnexForm()
    outcome = store(form, lambda: _keep(agreement, form, by=actors[0]))
    if outcome.row is not None:
        return redirect("enterprises:desk_annex", outcome.row.nonce)
    title = _("Import an annex")
    context = {
        "crumbs": crumbs(agreement, (title, "")), "title": title, "agreement": agreement, "form": form,
        "columns": [(name, name in REQUIRED) for name in COLUMNS],
    }  # fmt: skip
    return render(request, "desk/recognition_import.html", context, status=outcome.status)


def _keep(agreement: Agreement, form: AnnexForm, *, by: Actor) -> AnnexImport:
    values = form.cleaned_data
    sheet: Sheet = values["file"]
    return annexing.record_annex(
        agreement, by=by, nonce=values["nonce"], file_name=form.files["file"].name or "",
        sha256=hashlib.sha256(form.content).hexdigest(), rows=sheet.as_json(), basis=values["basis"], on=values["on"],
        whole=values["whole"],
    )  # fmt: skip


def _row_or_404(nonce: uuid.UUID) -> AnnexImport:
    return get_object_or_404(AnnexImport.objects.select_related("agreement__parent"), nonce=nonce)


@asks_again()
@require_http_methods(["GET", "POST"])
@at_desk(Permission.KEEP_REGISTER)
def preview(request: HttpRequest, actors: Sequence[Actor], nonce: uuid.UUID) -> HttpResponse:
    """What the file would change on the list as it is now; POST applies exactly what was shown."""
    row = _row_or_404(nonce)
    if request.method == "GET":
        return _show(request, actors, row)
    try:
        looked = bool(request.POST.get("looked"))
        annexing.apply_annex(row, by=actors[0], base=request.POST.get("base", ""), looked=looked)
    except MoveRefused as refusal:
        return _show(request, actors, row, str(refusal), status=status_of(refusal.code))
    messages.success(request, _("The file is applied."))
    return redirect("enterprises:desk_recognition_agreement", row.agreement.code)


def _show(
    request: HttpRequest, actors: Sequence[Actor], row: AnnexImport, refusal: str = "", status: int = 200
) -> HttpResponse:
    title = _("Differences")
    context = {
        "crumbs": crumbs(row.agreement, (title, "")), "title": title, "agreement": row.agreement, "row": row,
        "refusal": refusal, "back": reverse("enterprises:desk_annex_new", args=[row.agreement.code]),
        "ignored": [name for name in Sheet.of_json(row.rows).columns if name and name not in COLUMNS],
        "on": annex_differences.day_of(row), "whole": bool(row.rows.get("whole")),
    }  # fmt: skip
    if row.applied_at is None:
        context |= _found(row)
    return render(request, "desk/recognition_preview.html", context, status=status)


def _found(row: AnnexImport) -> dict[str, Any]:
    found = annex_differences.preview(row)
    leaving = found.missing if row.rows.get("whole") else []
    return {
        "found": found,
        "stale": found.base != row.base,
        "most": MOST_SHOWN,
        "added": [(line, shown(values), values) for line, values in found.added[:MOST_SHOWN]],
        "changed": [(one, recognition_facts.change_lines(one)) for one in found.changed[:MOST_SHOWN]],
        "missing": found.missing[:MOST_SHOWN],
        "nothing": not (found.added or found.changed or leaving),
    }


@asks_again()
@require_http_methods(["GET", "POST"])
@at_desk(Permission.KEEP_REGISTER)
def undo(request: HttpRequest, actors: Sequence[Actor], nonce: uuid.UUID) -> HttpResponse:
    """Put back what a file has changed, with a reason."""
    row = _row_or_404(nonce)
    if request.method == "GET" and (row.undone_at or not row.applied_at):
        messages.warning(request, _("This step is not possible in the present state."))
        return redirect("enterprises:desk_annex", nonce)
    form = UndoForm(sent(request))

    def write() -> bool:
        annexing.undo_annex(row, by=actors[0], reason=form.cleaned_data["reason"])
        return True

    outcome = store(form, write)
    if outcome.row is not None:
        messages.success(request, _("The load is undone."))
        return redirect("enterprises:desk_recognition_agreement", row.agreement.code)
    intro = _("What the file changed gets its values from before, as a new change in the public journal. Names that it "
              "brought stay on record, but count as never having stood on the list.")  # fmt: skip
    back = reverse("enterprises:desk_annex", args=[nonce])
    more = {"intro": intro, "button": _("Undo the load"), "back": back}
    return show_form(request, actors, row.agreement, _("Undo the load"), form, outcome, **more)
