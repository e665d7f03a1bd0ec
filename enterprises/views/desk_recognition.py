"""Recognition abroad at the desk: all agreements, one with its names, what is recorded of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from enterprises import recognition_facts
from enterprises.recognition_forms import AgreementForm, NamesForm
from enterprises.views.desk_access import at_desk
from enterprises.views.desk_lists import able
from enterprises.views.kept_forms import store
from gi_registry.journal import Actor
from gi_registry.query_values import read
from gi_registry.roles import Permission
from products import agreement_registrar
from products.agreement_words import country_name
from products.list_values import agreement_values, fingerprint
from products.models import Agreement
from products.states import EntryStatus

NAMES_A_PAGE, MOST_EVENTS, MOST_IMPORTS = 50, 12, 5


def agreement_or_404(code: str) -> Agreement:
    """Agreements are public: whoever is at the desk reads all of them."""
    return get_object_or_404(Agreement.objects.select_related("parent"), code=code)


def crumbs(agreement: Agreement | None = None, *more: tuple[str, str]) -> list[tuple[str, str]]:
    """The way from the agreements to one, or to a page behind it; the last part is where somebody is."""
    way = [(_("Recognition"), reverse("enterprises:desk_recognition"))]
    if agreement is not None:
        way.append((agreement.code, reverse("enterprises:desk_recognition_agreement", args=[agreement.code])))
    way += more
    return [*way[:-1], (way[-1][0], "")]


@require_safe
@at_desk()
def index(request: HttpRequest, actors: Sequence[Actor]) -> HttpResponse:
    """Every agreement with its counts; what is to be reviewed; which times to comment run."""
    lines = recognition_facts.agreements()
    context = {
        "lines": [(line, country_name(line.agreement.partner)) for line in lines],
        "suggested": sum(line.suggested for line in lines),
        "windows": [line for line in lines if line.window],
        "keeps": able(actors) is not None,
    }
    return render(request, "desk/recognition_index.html", context)


@require_safe
@at_desk()
def agreement_page(request: HttpRequest, actors: Sequence[Actor], code: str) -> HttpResponse:
    """One agreement: its names, its facts, the files that were sent, its history."""
    agreement = agreement_or_404(code)
    values, notices = read(NamesForm(request.GET))
    wanted = {name: values[name] or "" for name in ("q", "side", "status")}
    page = Paginator(recognition_facts.names(agreement, **wanted), NAMES_A_PAGE).get_page(request.GET.get("page"))
    history, entries = recognition_facts.history("agreement", code, MOST_EVENTS)
    imports = agreement.imports.defer("rows", "before")[:MOST_IMPORTS] if able(actors) else []
    context = {
        "crumbs": crumbs(agreement),
        "agreement": agreement,
        "partner": country_name(agreement.partner),
        "counted": next(one for one in recognition_facts.agreements() if one.agreement.pk == agreement.pk),
        "batches": agreement.batches.all(),
        "page": page,
        "rows": [(row, recognition_facts.writings(row), EntryStatus(row.status)) for row in page],
        "form": NamesForm(None, initial=values), "narrowed": any(wanted.values()), "notices": notices,
        "history": history, "entries": entries,
        "keeps": able(actors) is not None,
        "imports": imports,
    }  # fmt: skip
    return render(request, "desk/recognition_agreement.html", context)


# --- What is recorded of an agreement ---


@require_http_methods(["GET", "POST"])
@at_desk(Permission.KEEP_REGISTER)
def new(request: HttpRequest, actors: Sequence[Actor]) -> HttpResponse:
    """An agreement, or a batch of one, that the register does not have yet."""
    form = AgreementForm(sent(request), parent=request.GET.get("parent", ""))

    def write() -> Agreement:
        code = form.cleaned_data["code"]
        place = Agreement.objects.exclude(code=code).count()
        return agreement_registrar.enter_agreement(by=actors[0], code=code, order=place, **form.values())

    outcome = store(form, write)
    if outcome.row is not None:
        messages.success(request, _("The agreement is on record. Now its names can be imported."))
        return redirect("enterprises:desk_recognition_agreement", outcome.row.code)
    return show_form(request, actors, None, _("New agreement or batch"), form, outcome)


def sent(request: HttpRequest) -> Any:
    """What a form has sent; None where the page is only opened."""
    return request.POST if request.method == "POST" else None


def show_form(
    request: HttpRequest, actors: Sequence[Actor], agreement: Agreement | None, title: str, form: Any, outcome: Any,
    **more: Any,
) -> HttpResponse:  # fmt: skip
    """The page around a small form; `stands`: what somebody else has stored meanwhile."""
    back = reverse("enterprises:desk_recognition_agreement", args=[agreement.code]) if agreement else ""
    context = {"crumbs": crumbs(agreement, (title, "")), "back": back or reverse("enterprises:desk_recognition")} | more
    context |= {"title": title, "agreement": agreement, "form": form, "stands": outcome.stands}
    return render(request, "desk/recognition_form.html", context, status=outcome.status)


@require_http_methods(["GET", "POST"])
@at_desk(Permission.KEEP_REGISTER)
def edit(request: HttpRequest, actors: Sequence[Actor], code: str) -> HttpResponse:
    """Correct what is recorded of an agreement."""
    agreement = agreement_or_404(code)
    form = AgreementForm(sent(request), agreement=agreement)

    def write() -> bool:
        seen = form.cleaned_data["version"]
        agreement_registrar.amend_agreement(agreement, by=actors[0], seen=seen, **form.values())
        return True

    def current() -> Agreement:
        row = agreement_or_404(code)
        row.version = fingerprint(agreement_values(row))  # what the form sends back
        return row

    outcome = store(form, write, current)
    if outcome.row is not None:
        messages.success(request, _("Stored."))
        return redirect("enterprises:desk_recognition_agreement", code)
    return show_form(request, actors, agreement_or_404(code), _("Correct the agreement"), form, outcome)
