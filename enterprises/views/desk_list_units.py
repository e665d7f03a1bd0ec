"""The units of a poverty list at the desk: read by everybody there, entered, corrected and dropped by officers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from enterprises import list_facts
from enterprises.list_forms import PlainForm, UnitForm
from enterprises.views.desk_access import at_desk, status_of
from enterprises.views.desk_lists import FASTER, MOST_EVENTS, able, crumbs, list_or_404, stored_besides
from gi_registry.journal import Actor
from gi_registry.models import Division, DivisionLevel
from gi_registry.moves import MoveRefused
from gi_registry.roles import Permission
from products import list_registrar
from products.list_values import fingerprint, unit_values
from products.models import ListedUnit, PovertyList


def _provinces() -> list[Division]:
    return list(Division.objects.current().filter(level=DivisionLevel.PROVINCE).order_by("code"))


def unit_or_404(slug: str, pk: int) -> ListedUnit:
    """A unit of the list with this address."""
    rows = ListedUnit.objects.select_related("poverty_list", "province", "added_in", "dropped_in")
    return get_object_or_404(rows.prefetch_related("divisions__successor"), poverty_list__slug=slug, pk=pk)


# --- Enter ---


@require_http_methods(["GET", "POST"])
@at_desk(Permission.KEEP_REGISTER)
def new(request: HttpRequest, actors: Sequence[Actor], slug: str) -> HttpResponse:
    """A unit that the latest version of the list has."""
    poverty_list, status = list_or_404(slug), 200
    form = UnitForm(request.POST if request.method == "POST" else None, provinces=_provinces())
    if request.method == "POST" and form.is_valid():
        try:
            unit = list_registrar.enter_listed_unit(poverty_list, by=actors[0], **form.values)
        except MoveRefused as refusal:
            form.add_error("name_zh" if refusal.code == "duplicate" else None, str(refusal))
            status = status_of(refusal.code)
        else:
            messages.success(request, _("{unit} is on the list.").format(unit=unit.name_zh))
            return redirect("enterprises:desk_unit_edit", slug, unit.pk)
    title = _("Add a unit")
    intro = _("It stands on the list from the first day of version {number}.")
    last = poverty_list.versions.last()
    context = {
        "crumbs": crumbs(poverty_list, title), "title": title, "form": form, "list": poverty_list, "stored": [],
        "intro": intro.format(number=last.number) if last else "", "back": _of_list(poverty_list),
    }  # fmt: skip
    return render(request, "desk/lists_form.html", context, status=status)


def _of_list(poverty_list: PovertyList) -> str:
    return reverse("enterprises:desk_list", args=[poverty_list.slug])


# --- Read and correct ---


@require_http_methods(["GET", "POST"])
@at_desk()
def unit_page(request: HttpRequest, actors: Sequence[Actor], slug: str, pk: int) -> HttpResponse:
    """What is recorded of a unit, with its history; an officer corrects it here."""
    unit, by = unit_or_404(slug, pk), able(actors)
    if request.method == "GET":
        return _show(request, actors, unit, UnitForm(provinces=_provinces(), unit=unit) if by else None)
    if by is None:
        raise Http404
    form = UnitForm(request.POST, provinces=_provinces(), unit=unit)
    if not form.is_valid():
        return _show(request, actors, unit, form)
    try:
        list_registrar.amend_listed_unit(unit, by=by, seen=form.cleaned_data["seen"], **form.values)
    except MoveRefused as refusal:
        return _refused(request, actors, unit, form, refusal)
    messages.success(request, _("Stored."))
    return redirect("enterprises:desk_unit_edit", slug, pk)


def _refused(
    request: HttpRequest, actors: Sequence[Actor], unit: ListedUnit, form: UnitForm, refusal: MoveRefused
) -> HttpResponse:
    """The form as typed; where somebody was faster, ready to be sent over what was stored, and what that is."""
    stored: list[tuple[str, str]] = []
    if refusal.code == FASTER:
        unit = unit_or_404(unit.poverty_list.slug, unit.pk)
        data = request.POST.copy()
        data["seen"] = fingerprint(unit_values(unit))
        form = UnitForm(data, provinces=_provinces(), unit=unit)
        stored = stored_besides(form)
    form.add_error("name_zh" if refusal.code == "duplicate" else None, str(refusal))
    return _show(request, actors, unit, form, stored, status=status_of(refusal.code))


def _show(
    request: HttpRequest, actors: Sequence[Actor], unit: ListedUnit, form: UnitForm | None,
    stored: Sequence[tuple[str, str]] = (), status: int = 200,
) -> HttpResponse:  # fmt: skip
    history, entries = list_facts.history("listed_unit", str(unit.pk), MOST_EVENTS)
    context = about(unit) | {
        "crumbs": crumbs(unit.poverty_list, unit.name_zh),
        "form": form,
        "stored": stored,
        "history": history,
        "entries": entries,
        "drops": form is not None and _can_be_dropped(unit),
    }  # fmt: skip
    return render(request, "desk/lists_unit.html", context, status=status)


def about(unit: ListedUnit) -> dict[str, Any]:
    """What every page about a unit shows of it."""
    places = sorted(unit.divisions.all(), key=lambda row: row.code)
    return {"unit": unit, "list": unit.poverty_list, "places": places}


def _can_be_dropped(unit: ListedUnit) -> bool:
    last = unit.poverty_list.versions.last()
    return unit.dropped_in_id is None and last is not None and last.pk != unit.added_in_id


# --- Drop ---


@require_http_methods(["GET", "POST"])
@at_desk(Permission.KEEP_REGISTER)
def drop(request: HttpRequest, actors: Sequence[Actor], slug: str, pk: int) -> HttpResponse:
    """The latest version has the unit no longer: GET says what that means, POST does it."""
    unit, form, status = unit_or_404(slug, pk), PlainForm(request.POST if request.method == "POST" else None), 200
    if request.method == "POST" and form.is_valid():
        try:
            list_registrar.drop_listed_unit(unit, by=actors[0])
        except MoveRefused as refusal:
            form.add_error(None, str(refusal))
            status = status_of(refusal.code)
        else:
            messages.success(request, _("{unit} is dropped from the list.").format(unit=unit.name_zh))
            return redirect("enterprises:desk_list", slug)
    elif not _can_be_dropped(unit):
        messages.warning(request, _("This unit cannot be dropped: it belongs to the latest version itself, or is "
                                    "dropped already."))  # fmt: skip
        return redirect("enterprises:desk_unit_edit", slug, pk)
    title = _("Drop {unit}").format(unit=unit.name_zh)
    context = about(unit) | {
        "crumbs": crumbs(unit.poverty_list, title), "title": title, "form": form,
        "version": unit.poverty_list.versions.last(),
    }  # fmt: skip
    return render(request, "desk/lists_drop.html", context, status=status)
