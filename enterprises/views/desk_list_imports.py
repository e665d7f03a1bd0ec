"""Files with many units of a poverty list: the present ones as a file, one that is sent, its differences, applied."""

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

from enterprises import list_facts
from enterprises.list_forms import ImportForm
from enterprises.views.desk_access import at_desk, status_of
from enterprises.views.desk_lists import crumbs, list_or_404
from gi_registry import exports
from gi_registry.fresh_sign_in import asks_again
from gi_registry.journal import Actor
from gi_registry.moves import MoveRefused
from gi_registry.roles import Permission
from products import list_cells, list_differences, list_registrar
from products.list_files import Sheet
from products.list_words import COLUMNS, REQUIRED
from products.models import ListImport, PovertyList

KINDS = ("csv", "xlsx")
MOST_SHOWN = 300  # lines of each kind; a list of the whole country has 832


@require_safe
@at_desk()
def units_file(request: HttpRequest, actors: Sequence[Actor], slug: str, kind: str) -> HttpResponseBase:
    """The units of the latest version in the columns that an import takes: sent back unchanged, it changes nothing."""
    poverty_list = list_or_404(slug)
    if kind not in KINDS:
        raise Http404
    units = list_differences.standing(poverty_list)
    rows = [list_cells.of_unit(unit) for unit in units]
    return exports.respond(exports.Table(f"{slug}-units", COLUMNS, rows, total=len(rows)), kind)


@require_http_methods(["GET", "POST"])
@at_desk(Permission.KEEP_REGISTER)
def send(request: HttpRequest, actors: Sequence[Actor], slug: str) -> HttpResponse:
    """Send a file. Nothing changes by that: its differences are shown first."""
    poverty_list = list_or_404(slug)
    form = ImportForm(request.POST, request.FILES) if request.method == "POST" else ImportForm()
    if request.method == "POST" and form.is_valid():
        nonce = _keep(poverty_list, form, by=actors[0]).nonce
        return redirect("enterprises:desk_list_import_preview", nonce)
    title = _("Import a file")
    context = {
        "crumbs": crumbs(poverty_list, title), "title": title, "list": poverty_list, "form": form,
        "columns": [(name, name in REQUIRED) for name in COLUMNS],
    }  # fmt: skip
    return render(request, "desk/lists_import.html", context)


def _keep(poverty_list: PovertyList, form: ImportForm, *, by: Actor) -> ListImport:
    values = form.cleaned_data
    sheet: Sheet = values["file"]
    return list_registrar.record_import(
        poverty_list, by=by, nonce=values["nonce"], file_name=form.files["file"].name or "",
        sha256=hashlib.sha256(form.content).hexdigest(), rows=sheet.as_json(), basis=values["basis"],
        version_from=values["version_from"], version_size=values["version_size"],
    )  # fmt: skip


@asks_again()
@require_http_methods(["GET", "POST"])
@at_desk(Permission.KEEP_REGISTER)
def preview(request: HttpRequest, actors: Sequence[Actor], nonce: uuid.UUID) -> HttpResponse:
    """What the file would change on the list as it is now; POST applies exactly what was shown."""
    row = get_object_or_404(ListImport.objects.select_related("poverty_list"), nonce=nonce)
    if request.method == "GET":
        return _show(request, actors, row)
    try:
        list_registrar.apply_import(row, by=actors[0], base=request.POST.get("base", ""))
    except MoveRefused as refusal:
        return _show(request, actors, row, str(refusal), status=status_of(refusal.code))
    messages.success(request, _("The file is applied."))
    return redirect("enterprises:desk_list", row.poverty_list.slug)


def _show(
    request: HttpRequest, actors: Sequence[Actor], row: ListImport, refusal: str = "", status: int = 200
) -> HttpResponse:
    title = _("Differences")
    context = {
        "crumbs": crumbs(row.poverty_list, title), "title": title, "list": row.poverty_list, "row": row,
        "refusal": refusal, "back": reverse("enterprises:desk_list_import", args=[row.poverty_list.slug]),
        "ignored": Sheet.of_json(row.rows).ignored,
    }  # fmt: skip
    if row.applied_at is None:
        context |= _found(row)
    return render(request, "desk/lists_preview.html", context, status=status)


def _found(row: ListImport) -> dict[str, Any]:
    found = list_differences.preview(row)
    return {
        "found": found,
        "stale": found.base != row.base,
        "most": MOST_SHOWN,
        "added": [_added(line, values) for line, values in found.added[:MOST_SHOWN]],
        "changed": [(one, list_facts.change_lines(one)) for one in found.changed[:MOST_SHOWN]],
        "missing": found.missing[:MOST_SHOWN],
        "nothing": not (found.added or found.changed or row.version_from),
    }


def _added(line: int, values: dict[str, Any]) -> dict[str, Any]:
    places = list_facts.in_words("divisions", values["divisions"])
    return {"line": line, "name": values["name_zh"], "code_then": values["code_then"],
            "province": values["province"], "places": places}  # fmt: skip
