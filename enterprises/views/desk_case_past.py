"""Cases of the past: decided before this register ran, entered with the days and sources of their steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from enterprises.case_entry_forms import MOST_PAST_ROWS, PAST_ROWS, PastCaseForm
from enterprises.views.desk_access import at_desk
from enterprises.views.desk_cases import frame
from enterprises.views.kept_forms import Outcome, store
from gi_registry.journal import Actor
from gi_registry.roles import Permission
from products import drafting
from products.case_models import ProtectionCase
from products.case_states import CaseKind, LegalBasis


@require_http_methods(["GET", "POST"])
@at_desk(Permission.KEEP_REGISTER)
def past(request: HttpRequest, actors: Sequence[Actor]) -> HttpResponse:
    """Enter one; "more rows" shows the same form longer and stores nothing."""
    outcome = Outcome()
    if request.method == "POST" and request.POST.get("action") == "more":
        typed = {name: text for name, text in request.POST.items() if name not in ("csrfmiddlewaretoken", "action")}
        form = PastCaseForm(None, initial=typed, rows=_rows(request) + PAST_ROWS)
    elif request.method == "POST":
        form = PastCaseForm(request.POST, rows=_rows(request))
        outcome = store(form, lambda: _enter(actors[0], form.cleaned_data))
    else:
        form = PastCaseForm(None, initial={"about": request.GET.get("right", "")[:200]})
    if outcome.row is not None:
        messages.success(request, _("The case is entered as {number}.").format(number=outcome.row.reference))
        return redirect("enterprises:desk_case", outcome.row.reference)
    context = frame(actors, None, _("Enter a case of the past")) | {"form": form}
    return render(request, "desk/case_past.html", context, status=outcome.status)


def _rows(request: HttpRequest) -> int:
    """How many rows the page had."""
    return sum(1 for number in range(MOST_PAST_ROWS) if f"state_{number}" in request.POST)


def _enter(by: Actor, values: dict[str, Any]) -> ProtectionCase:
    return drafting.enter_past_case(
        by=by, nonce=values["nonce"], kind=CaseKind(values["kind"]), legal_basis=LegalBasis(values["legal_basis"]),
        right=values["about"], division=values["division"], steps=values["steps"], source=values["source"],
        applicant=values["applicant"], applicant_kind=values["applicant_kind"],
    )  # fmt: skip
