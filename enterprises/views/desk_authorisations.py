"""Supervision at the desk: authorisations of the own territory, orders to rectify, proposals to end them."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from enterprises import authorisation_facts, supervised, supervision
from enterprises.application_models import StopCase
from enterprises.desk_forms import AuthorisationForm, GroundForm, ReasonForm, SuspensionForm
from enterprises.desk_label_words import SUSPENSION
from enterprises.desk_queue import Option
from enterprises.desk_words import WHAT_HAPPENS
from enterprises.models import Authorisation
from enterprises.states import StopGround, SuspensionGround
from enterprises.views.desk_access import at_desk, status_of
from gi_registry.fresh_sign_in import asks_again
from gi_registry.journal import Actor
from gi_registry.moves import MoveRefused
from gi_registry.query_values import read

ROWS_A_PAGE = 30
ORDERS: dict[str, Callable[..., None]] = {
    "order_rectification": supervision.order_rectification,
    "confirm_rectification": supervision.confirm_rectification,
    "resume": supervision.resume,
}
FORMS: dict[str, type[ReasonForm]] = {"propose_stop": GroundForm, "suspend": SuspensionForm}
CLOSING: dict[str, Callable[..., None]] = {"decide": supervision.decide_stop, "drop": supervision.drop_stop}


@require_safe
@at_desk()
def index(request: HttpRequest, actors: Sequence[Actor]) -> HttpResponse:
    """The authorisations of the own territory; what waits for a decision stands first."""
    values, notices = read(AuthorisationForm(request.GET))
    rows = supervised.found(actors, values["q"] or "", values["state"] or "")
    page = Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [(row, supervised.unused_since(row)) for row in page],
        "form": AuthorisationForm(None, initial=values),
        "narrowed": bool(values["q"] or values["state"]),
        "notices": notices,
    }
    return render(request, "desk/authorisations.html", context)


def _found_or_404(actors: Sequence[Actor], reference: str) -> Authorisation:
    return get_object_or_404(supervised.watched_by(actors), reference=reference)


def _crumbs(row: Authorisation, last: str = "") -> list[tuple[str, str]]:
    here = reverse("enterprises:desk_authorisation", args=[row.reference]) if last else ""
    way = [(_("Authorisations"), reverse("enterprises:desk_authorisations")), (row.reference, here)]
    return [*way, (last, "")] if last else way


@require_safe
@at_desk()
def authorisation(request: HttpRequest, actors: Sequence[Actor], reference: str) -> HttpResponse:
    """One authorisation with its terms, its history, its proposals, and what can be done."""
    row = _found_or_404(actors, reference)
    case = supervised.open_case(row)
    context = {
        "crumbs": _crumbs(row),
        "row": row,
        "terms": authorisation_facts.terms_on(row, _last_day(row)),
        "history": authorisation_facts.sentences(row),
        "case": case,
        "cases": [one for one in row.stop_cases.select_related("announcement") if one != case],
        "options": supervised.steps(row, case, actors),
        "unused_since": supervised.unused_since(row),
        "suspension": supervised.suspension_of(row),
        "has_labels": row.seasons.exists(),
    }
    return render(request, "desk/authorisation.html", context)


def _last_day(row: Authorisation) -> datetime.date:
    """Today, or the last day on which an authorisation that is over had its terms."""
    today = timezone.localdate()
    return min(today, row.effective_to - datetime.timedelta(days=1)) if row.effective_to else today


# --- Steps ---


@asks_again()
@require_http_methods(["GET", "POST"])
@at_desk()
def step(request: HttpRequest, actors: Sequence[Actor], reference: str, name: str) -> HttpResponse:
    """One step: GET says what will happen, POST does it. A step that is not open any more leads back."""
    row = _found_or_404(actors, reference)
    case = supervised.open_case(row)
    found = supervised.step(row, case, actors, name)
    if found is None:
        raise Http404
    page = Page(row, case, found)
    form = FORMS.get(name, ReasonForm)
    if request.method == "POST":
        return _take(request, actors, page, form(request.POST))
    if not supervised.is_open(row, case, found.move):
        messages.warning(request, _("This step is not possible in the present state."))
        return redirect("enterprises:desk_authorisation", row.reference)
    return _show(request, actors, page, form())


@dataclass(frozen=True)
class Page:
    """What the page of a step is about."""

    row: Authorisation
    case: StopCase | None
    found: Option

    @property
    def seen(self) -> str:
        """What the person saw; when it differs on the way back, somebody was faster."""
        return f"{self.row.state}:{self.case.pk if self.case else ''}"


def _take(request: HttpRequest, actors: Sequence[Actor], page: Page, form: ReasonForm) -> HttpResponse:
    form.full_clean()
    if request.POST.get("state") != page.seen:
        form.add_error(None, _("Something has changed since you opened this page: perhaps somebody was faster, or your "
                               "first click did it already. What you wrote is kept here."))  # fmt: skip
        return _show(request, actors, page, form, status=409)
    if not form.is_valid():
        return _show(request, actors, page, form)
    try:
        _write(page, form.cleaned_data)
    except MoveRefused as refusal:
        if refusal.code == "not_permitted":
            raise Http404 from None
        form.add_error(None, str(refusal))
        return _show(request, actors, page, form, status=status_of(refusal.code))
    messages.success(request, _("Done: {step}.").format(step=page.found.move.label))
    return redirect("enterprises:desk_authorisation", page.row.reference)


def _write(page: Page, values: dict[str, Any]) -> None:
    """Call the writer of the step."""
    row, case, by, text = page.row, page.case, page.found.by, values["text"]
    name = page.found.move.name
    if name == "propose_stop":
        supervision.propose_stop(row, by=by, ground=StopGround(values["ground"]), text=text)
    elif name == "suspend":
        supervision.suspend(row, by=by, ground=SuspensionGround(values["ground"]), text=text)
    elif name in CLOSING:
        if case is None:
            raise MoveRefused("wrong_state", str(page.found.refusal))
        CLOSING[name](case, by=by, text=text)
    else:
        ORDERS[name](row, by=by, text=text)


def _show(
    request: HttpRequest, actors: Sequence[Actor], page: Page, form: ReasonForm, status: int = 200
) -> HttpResponse:
    title = capfirst(str(page.found.move.label))
    context = {
        "crumbs": _crumbs(page.row, title),
        "title": title,
        "row": page.row,
        "case": page.case,
        "shows_case": page.found.move.name in CLOSING and page.case is not None,
        "seen": page.seen,
        "what_happens": (WHAT_HAPPENS | SUSPENSION)[page.found.move.name],
        "possible": not page.found.refusal and supervised.is_open(page.row, page.case, page.found.move),
        "refusal": page.found.refusal,
        "form": form,
        "back": reverse("enterprises:desk_authorisation", args=[page.row.reference]),
    }
    return render(request, "desk/authorisation_step.html", context, status=status)
