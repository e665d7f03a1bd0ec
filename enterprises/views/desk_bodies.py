"""Testing bodies at the desk, and what each may test, for products of which place, from when to when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from enterprises.system_forms import BodiesFilter, BodyForm, NewScopeForm, ScopeForm
from enterprises.views.desk_access import at_desk
from enterprises.views.desk_batches import history
from enterprises.views.desk_systems import correct, listed, sent, show
from enterprises.views.kept_forms import Outcome, store
from gi_registry.journal import Actor
from gi_registry.roles import Permission
from products import system_facts, systems
from products.system_models import TestingBody, TestingScope
from products.system_values import keeper


@require_safe
@at_desk()
def index(request: HttpRequest, actors: Sequence[Actor]) -> HttpResponse:
    """All testing bodies, with what they may test today."""
    return listed(request, actors, "desk/system_bodies.html", BodiesFilter, system_facts.bodies)


def _crumbs(body: TestingBody | None, last: str = "") -> list[tuple[str, str]]:
    way = [(_("Testing bodies"), reverse("enterprises:desk_bodies"))]
    if body is not None:
        way.append((body.name_zh, reverse("enterprises:desk_body", args=[body.pk]) if last else ""))
    return [*way, (last, "")] if last else way


@require_http_methods(["GET", "POST"])
@at_desk(Permission.KEEP_SYSTEMS)
def body_new(request: HttpRequest, actors: Sequence[Actor]) -> HttpResponse:
    """Enter a testing body."""
    form = BodyForm(sent(request), actors=actors)
    outcome = store(form, lambda: systems.enter_body(by=_able(actors, form.values["division"]), **form.values))
    if outcome.row is not None:
        messages.success(request, _("The testing body is on record. Now enter what it may test."))
        return redirect("enterprises:desk_body", outcome.row.pk)
    return show(request, actors, "desk/system_form.html", _crumbs(None, _("Enter a testing body")), form, outcome)


def _able(actors: Sequence[Actor], place: Any) -> Actor:
    """The role that keeps what is in a place; the writer refuses the first one where none does."""
    return keeper(actors, place) or actors[0]


def _body_or_404(pk: int) -> TestingBody:
    return get_object_or_404(TestingBody.objects.select_related("division__parent__parent"), pk=pk)


@require_http_methods(["GET", "POST"])
@at_desk()
def body_page(request: HttpRequest, actors: Sequence[Actor], pk: int) -> HttpResponse:
    """One testing body, what it may test, its history, and for those who keep it the form."""
    row = _body_or_404(pk)
    by, form, outcome = keeper(actors, row.division), None, Outcome()
    if by is None and request.method == "POST":
        raise Http404
    if by is not None:
        form, outcome = correct(
            request, BodyForm, row, by, systems.amend_body, lambda: _body_or_404(pk), division=row.division
        )
        if outcome.row is not None:
            messages.success(request, _("Saved."))
            return redirect("enterprises:desk_body", pk)
    row, lines = _body_or_404(pk), system_facts.scopes_of(row)
    more = {
        "row": row, "history": history("testing_body", str(pk)), "keeps": by is not None,
        "lines": [(line, by is not None and _keeps_scope(by, line.scope)) for line in lines],
    }  # fmt: skip
    return show(request, actors, "desk/system_body.html", _crumbs(row), form, outcome, **more)


def _keeps_scope(by: Actor, scope: TestingScope) -> bool:
    return keeper([by], scope.body.division, scope.product.province, scope.division) is not None


def _kept_or_404(actors: Sequence[Actor], pk: int) -> tuple[TestingBody, Actor]:
    body = _body_or_404(pk)
    by = keeper(actors, body.division)
    if by is None:
        raise Http404
    return body, by


@require_http_methods(["GET", "POST"])
@at_desk(Permission.KEEP_SYSTEMS)
def scope_new(request: HttpRequest, actors: Sequence[Actor], pk: int) -> HttpResponse:
    """Enter what a testing body may test."""
    body, by = _kept_or_404(actors, pk)
    initial = {"effective_from": timezone.localdate(), "version": body.version}
    form = NewScopeForm(sent(request), initial=initial, actors=[by])
    if form.is_valid() and keeper([by], form.cleaned_data["product"].province) is None:
        form.add_error("product", _("That product belongs to another province."))

    def write() -> TestingScope:
        return systems.enter_scope(body, by=by, version=form.cleaned_data["version"] or 0, **form.values)

    outcome = store(form, write, lambda: _body_or_404(pk))
    if outcome.row is not None:
        messages.success(request, _("It is on record what the body may test."))
        return redirect("enterprises:desk_body", pk)
    return show(request, actors, "desk/system_form.html", _crumbs(body, _("Enter a scope")), form, outcome)


def _scope_or_404(body: TestingBody, pk: int) -> TestingScope:
    """The scope with the version of its body, in which its changes count."""
    rows = TestingScope.objects.select_related("body__division__parent__parent", "product__province", "division")
    row = get_object_or_404(rows.filter(body=body), pk=pk)
    row.version = row.body.version  # type: ignore[attr-defined]
    return row


@require_http_methods(["GET", "POST"])
@at_desk(Permission.KEEP_SYSTEMS)
def scope_page(request: HttpRequest, actors: Sequence[Actor], pk: int, scope: int) -> HttpResponse:
    """Correct what a testing body may test, or end it."""
    body, by = _kept_or_404(actors, pk)
    row = _scope_or_404(body, scope)
    if not _keeps_scope(by, row):
        raise Http404
    form, outcome = correct(request, ScopeForm, row, by, systems.amend_scope, lambda: _scope_or_404(body, scope))
    if outcome.row is not None:
        messages.success(request, _("Saved."))
        return redirect("enterprises:desk_body", pk)
    more = {"row": row, "lede": _("A scope is never deleted: write the day from which it no longer holds.")}
    return show(request, actors, "desk/system_form.html", _crumbs(body, _("Correct the scope")), form, outcome, **more)
