"""Official roles at the desk: who holds one, what is proposed, and what a second officer makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from enterprises.desk_label_forms import PlainForm
from enterprises.role_forms import GiveForm, RefuseForm, WhyForm
from enterprises.views.desk_access import at_desk
from enterprises.views.kept_forms import Outcome, store
from gi_registry import role_changes, role_facts
from gi_registry.fresh_sign_in import asks_again
from gi_registry.journal import Actor
from gi_registry.models import RoleAssignment, RoleProposal
from gi_registry.role_states import ROLE_MOVES, ProposalState, RoleChange
from gi_registry.roles import Permission, Role

ROWS_A_PAGE = 30
MOVES = {move.name: move for move in ROLE_MOVES}


@require_safe
@at_desk(Permission.ASSIGN_ROLES, Permission.READ_JOURNAL)
def index(request: HttpRequest, actors: Sequence[Actor]) -> HttpResponse:
    """Who holds a role, what waits for a second officer, and what was decided."""
    by = actors[0]
    context = {
        "crumbs": [],
        "holders": role_facts.holders(),
        "waiting": [(row, role_facts.steps(row, by)) for row in role_facts.waiting()],
        "page": Paginator(role_facts.decided(), ROWS_A_PAGE).get_page(request.GET.get("page")),
        "proposes": by.has(Permission.ASSIGN_ROLES),
        "too_few": role_facts.officers() < 2,
    }
    return render(request, "desk/people.html", context)


@asks_again()
@require_http_methods(["GET", "POST"])
@at_desk(Permission.ASSIGN_ROLES)
def give(request: HttpRequest, actors: Sequence[Actor]) -> HttpResponse:
    """Propose a role for somebody."""
    form = GiveForm(request.POST if request.method == "POST" else None)

    def write() -> RoleProposal:
        values = form.cleaned_data
        person = values.pop("person")
        user = role_changes.account_for(person, by=actors[0]) if isinstance(person, str) else person
        return role_changes.propose(by=actors[0], change=RoleChange.GIVE, user=user, **values)

    return _proposed(request, form, store(form, write), _("Propose a role"))


@asks_again()
@require_http_methods(["GET", "POST"])
@at_desk(Permission.ASSIGN_ROLES)
def take(request: HttpRequest, actors: Sequence[Actor], pk: int) -> HttpResponse:
    """Propose to take a role away."""
    held: RoleAssignment = get_object_or_404(role_facts.holders(), pk=pk)
    form = WhyForm(request.POST if request.method == "POST" else None)

    def write() -> RoleProposal:
        return role_changes.propose(
            by=actors[0], change=RoleChange.TAKE, user=held.user, role=Role(held.role), division=held.division,
            **form.cleaned_data,
        )  # fmt: skip

    return _proposed(request, form, store(form, write), _("Propose to take a role away"), held)


def _proposed(
    request: HttpRequest, form: Any, outcome: Outcome, title: str, held: RoleAssignment | None = None
) -> HttpResponse:
    if outcome.row is not None:
        messages.success(request, _("Proposed. It happens as soon as another officer agrees, within 14 days."))
        return redirect("enterprises:desk_people")
    context = {"crumbs": _crumbs(title), "title": title, "form": form, "held": held}
    return render(request, "desk/people_propose.html", context, status=outcome.status)


@asks_again()
@require_http_methods(["GET", "POST"])
@at_desk(Permission.ASSIGN_ROLES)
def step(request: HttpRequest, actors: Sequence[Actor], pk: int, name: str) -> HttpResponse:
    """Agree, refuse or withdraw: GET says what will happen, POST does it."""
    row, move, by = get_object_or_404(role_facts.proposals(), pk=pk), MOVES.get(name), actors[0]
    if move is None:
        raise Http404
    if request.method == "GET" and row.state != ProposalState.WAITING:
        messages.warning(request, _("This step is not possible in the present state."))
        return redirect("enterprises:desk_people")
    form = (RefuseForm if move.needs_reason else PlainForm)(request.POST if request.method == "POST" else None)
    outcome = store(form, lambda: _write(row, name, by, form.cleaned_data))
    if outcome.row is not None:
        messages.success(request, _("Done: {step}.").format(step=move.label))
        return redirect("enterprises:desk_people")
    row = get_object_or_404(role_facts.proposals(), pk=pk)
    title = capfirst(str(move.label))
    context = {
        "crumbs": _crumbs(title), "title": title, "row": row, "form": form, "name": name,
        "refusal": "" if form.errors else str(move.guard(row, by) or ""), "possible": row.state in move.sources,
    }  # fmt: skip
    return render(request, "desk/people_step.html", context, status=outcome.status)


def _write(row: RoleProposal, name: str, by: Actor, values: dict[str, Any]) -> bool:
    if name == "agree":
        role_changes.agree(row, by=by)
    elif name == "refuse":
        role_changes.refuse(row, by=by, reason=values["text"])
    else:
        role_changes.withdraw(row, by=by)
    return True


def _crumbs(last: str) -> list[tuple[str, str]]:
    return [(_("People and roles"), reverse("enterprises:desk_people")), (last, "")]
