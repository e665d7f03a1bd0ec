"""Inspectors with their conflicts, and credit grades of enterprises, at the desk."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enterprises import grading, inspection_facts, inspection_queue, inspection_roll
from enterprises.inspection_forms import ConflictForm, GradeForm, GradesForm, InspectorForm
from enterprises.inspection_lists import DEMONSTRATION
from enterprises.inspection_models import Inspector
from enterprises.inspection_states import Grade
from enterprises.models import Enterprise
from enterprises.views.desk_access import at_desk
from enterprises.views.desk_batches import history
from enterprises.views.kept_forms import Outcome, store
from gi_registry import territory
from gi_registry.journal import Actor
from gi_registry.models import Division
from gi_registry.moves import MoveRefused
from gi_registry.query_values import read
from gi_registry.roles import Permission

ROWS_A_PAGE = 50


def _keeper(actors: Sequence[Actor], place: Division | None) -> Actor | None:
    return next((one for one in actors if territory.may(one, Permission.KEEP_INSPECTIONS, place)), None)


def _sent(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


# --- Inspectors ---


@require_safe
@at_desk()
def inspectors(request: HttpRequest, actors: Sequence[Actor]) -> HttpResponse:
    """Who may inspect for the offices of the territory."""
    rows = inspection_queue.inspectors(actors).prefetch_related("conflicts")
    page = Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    today = timezone.localdate()
    context = {
        "sub": "inspectors",
        "page": page,
        "rows": [
            (row, _is_active(row), sum(one.ended_on is None or one.ended_on > today for one in row.conflicts.all()))
            for row in page
        ],
        "keeps": inspection_queue.keeps(actors),
    }
    return render(request, "desk/inspection_people.html", context)


def _is_active(row: Inspector) -> bool:
    today = timezone.localdate()
    return row.active_from <= today and (row.active_to is None or row.active_to > today)


def _inspector_or_404(actors: Sequence[Actor], code: str) -> Inspector:
    return get_object_or_404(inspection_queue.inspectors(actors), code=code.upper())


def _kept_or_404(actors: Sequence[Actor], code: str) -> tuple[Inspector, Actor]:
    row = _inspector_or_404(actors, code)
    by = _keeper(actors, row.division)
    if by is None:
        raise Http404
    return row, by


@require_safe
@at_desk()
def inspector_page(request: HttpRequest, actors: Sequence[Actor], code: str) -> HttpResponse:
    """One inspector: office, days, enterprises that must not be visited."""
    row = _inspector_or_404(actors, code)
    context = {
        "crumbs": _crumbs(row),
        "row": row,
        "active": _is_active(row),
        "is_demo": row.code.startswith(DEMONSTRATION),
        "conflicts": row.conflicts.select_related("enterprise"),
        "keeps": _keeper(actors, row.division) is not None,
        "form": ConflictForm(initial={"version": row.version}),
        "history": history("inspector", row.code),
    }
    return render(request, "desk/inspection_person.html", context)


def _crumbs(row: Inspector | None, last: str = "") -> list[tuple[str, str]]:
    way = [(_("Inspectors"), reverse("enterprises:desk_inspectors"))]
    if row is not None:
        way.append((row.code, reverse("enterprises:desk_inspector", args=[row.code]) if last else ""))
    return [*way, (last, "")] if last else way


@require_http_methods(["GET", "POST"])
@at_desk(Permission.KEEP_INSPECTIONS)
def inspector_new(request: HttpRequest, actors: Sequence[Actor]) -> HttpResponse:
    """Enter an inspector; the register makes the code."""
    form = InspectorForm(_sent(request), initial={"active_from": timezone.localdate()}, actors=actors, is_new=True)

    def write() -> Inspector:
        by = _keeper(actors, form.cleaned_data["division"]) or actors[0]
        return inspection_roll.enter_inspector(by=by, nonce=form.cleaned_data["nonce"], **form.values)

    outcome = store(form, write)
    if outcome.row is not None:
        text = _("The inspector is known as {code}. Note for yourselves who that is: no name is kept here.")
        messages.success(request, text.format(code=outcome.row.code))
        return redirect("enterprises:desk_inspector", outcome.row.code)
    return _edit_page(request, actors, None, _("Enter an inspector"), form, outcome)


@require_http_methods(["GET", "POST"])
@at_desk(Permission.KEEP_INSPECTIONS)
def inspector_edit(request: HttpRequest, actors: Sequence[Actor], code: str) -> HttpResponse:
    """Change office, days or account of an inspector."""
    row, by = _kept_or_404(actors, code)
    initial = vars(row) | {"division": row.division, "account": row.account.username if row.account else ""}
    form = InspectorForm(_sent(request), initial=initial, actors=actors, is_new=False)

    def write() -> bool:
        version = form.cleaned_data["version"] or 0
        inspection_roll.amend_inspector(row, by=by, version=version, **form.values)
        return True

    outcome = store(form, write, lambda: _inspector_or_404(actors, code))
    if outcome.row is not None:
        messages.success(request, _("Saved."))
        return redirect("enterprises:desk_inspector", row.code)
    return _edit_page(request, actors, row, _("Change the inspector"), form, outcome)


def _edit_page(
    request: HttpRequest, actors: Sequence[Actor], row: Inspector | None, title: str, form: Any, outcome: Outcome
) -> HttpResponse:
    back = [row.code] if row else []
    context = {
        "crumbs": _crumbs(row, title), "title": title, "form": form, "stands": outcome.stands,
        "about": row.code if row else "",
        "back": reverse(f"enterprises:desk_inspector{'' if row else 's'}", args=back),
    }  # fmt: skip
    return render(request, "desk/inspection_edit.html", context, status=outcome.status)


@require_http_methods(["GET", "POST"])
@at_desk(Permission.KEEP_INSPECTIONS)
def conflict_new(request: HttpRequest, actors: Sequence[Actor], code: str) -> HttpResponse:
    """Note an enterprise that the inspector must not visit."""
    row, by = _kept_or_404(actors, code)
    form = ConflictForm(_sent(request), initial={"version": row.version})

    def write() -> object:
        values = {name: form.cleaned_data[name] for name in ("enterprise", "reason")}
        return inspection_roll.add_conflict(row, by=by, version=form.cleaned_data["version"] or 0, **values)

    outcome = store(form, write, lambda: _inspector_or_404(actors, code))
    if outcome.row is not None:
        messages.success(request, _("The inspector is no longer drawn for this enterprise."))
        return redirect("enterprises:desk_inspector", row.code)
    return _edit_page(request, actors, row, _("Note a conflict"), form, outcome)


@require_POST
@at_desk(Permission.KEEP_INSPECTIONS)
def conflict_end(request: HttpRequest, actors: Sequence[Actor], code: str, pk: int) -> HttpResponse:
    """The conflict no longer stands."""
    row, by = _kept_or_404(actors, code)
    conflict = get_object_or_404(row.conflicts.select_related("inspector"), pk=pk)
    try:
        inspection_roll.end_conflict(conflict, by=by)
    except MoveRefused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("Saved."))
    return redirect("enterprises:desk_inspector", row.code)


# --- Grades ---


@require_safe
@at_desk()
def grades(request: HttpRequest, actors: Sequence[Actor]) -> HttpResponse:
    """The enterprises of the territory with today's grade."""
    values, notices = read(GradesForm(request.GET))
    grade, q = values["grade"] or "", values["q"] or ""
    page = Paginator(inspection_queue.graded(actors, q, grade), ROWS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "sub": "grades",
        "page": page,
        "rows": [(row, Grade(row.grade_now) if row.grade_now else None) for row in page],
        "form": GradesForm(None, initial=values),
        "narrowed": bool(grade or q),
        "notices": notices,
    }
    return render(request, "desk/inspection_grades.html", context)


@require_http_methods(["GET", "POST"])
@at_desk()
def grade(request: HttpRequest, actors: Sequence[Actor], key: str) -> HttpResponse:
    """The grades of one enterprise; who keeps inspections of its province sets a new one."""
    row = _enterprise_or_404(actors, key)
    by = _keeper(actors, row.province)
    if request.method == "POST" and by is None:
        raise Http404
    every = inspection_facts.every_grade(row)
    form = GradeForm(_sent(request), initial={"since": timezone.localdate(), "seen": every[0].pk if every else 0})
    outcome = store(form, lambda: grading.set_grade(row, by=by, **form.cleaned_data)) if by else Outcome()
    if outcome.row is not None:
        messages.success(request, _("Saved."))
        return redirect("enterprises:desk_grade", row.key)
    every = inspection_facts.every_grade(row)
    if outcome.status == HTTPStatus.CONFLICT:  # ready to be sent once more, now that the newer grade is shown
        form.data["seen"] = str(every[0].pk)
    context = {
        "crumbs": [(_("Credit grades"), reverse("enterprises:desk_grades")), (row.name_zh, "")],
        "enterprise": row,
        "supervision": inspection_facts.of_enterprise(row),
        "every": every,
        "form": form if by else None,
    }
    return render(request, "desk/inspection_grade.html", context, status=outcome.status)


def _enterprise_or_404(actors: Sequence[Actor], key: str) -> Enterprise:
    found = inspection_queue.graded(actors).filter(uscc=key).first()
    return found or get_object_or_404(inspection_queue.graded(actors), uscc=None, reference=key)
