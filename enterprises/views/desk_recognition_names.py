"""One name on an agreement list at the desk: what is known of it, its stages, its corrections."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from enterprises import recognition_facts
from enterprises.authorisation_facts import Line
from enterprises.recognition_forms import EntryForm, StageForm
from enterprises.views.desk_access import at_desk
from enterprises.views.desk_lists import able
from enterprises.views.desk_recognition import crumbs, sent, show_form
from enterprises.views.kept_forms import store
from gi_registry.journal import Actor
from gi_registry.roles import Permission
from products import agreement_registrar, entry_registrar
from products.agreement_words import goods
from products.entry_states import ENTRY_MOVES
from products.list_values import fingerprint
from products.models import AgreementEntry
from products.record_values import entry_values
from products.states import EntryStatus

MOST_EVENTS = 20


def entry_or_404(code: str, pk: int) -> AgreementEntry:
    """A name of that agreement."""
    rows = AgreementEntry.objects.select_related("agreement", "product", "suggested")
    return get_object_or_404(rows, agreement__code=code, pk=pk)


def _crumbs(entry: AgreementEntry, last: str = "") -> list[tuple[str, str]]:
    here = (str(entry), reverse("enterprises:desk_agreement_entry", args=[entry.agreement.code, entry.pk]))
    return crumbs(entry.agreement, here, (last, "")) if last else crumbs(entry.agreement, here)


@require_safe
@at_desk()
def entry_page(request: HttpRequest, actors: Sequence[Actor], code: str, pk: int) -> HttpResponse:
    """A name with its writings, its stages, what can be noted, and its history."""
    entry = entry_or_404(code, pk)
    history, entries = recognition_facts.history("agreement_entry", str(pk), MOST_EVENTS)
    context = {
        "crumbs": _crumbs(entry),
        "entry": entry,
        "status": EntryStatus(entry.status),
        "writings": recognition_facts.writings(entry)[1:],
        "country": recognition_facts.country_words(entry),
        "goods": goods(entry.product_category),
        "stages": _stages(entry),
        "moves": [move for move in ENTRY_MOVES if entry.status in move.sources] if able(actors) else [],
        "keeps": able(actors) is not None,
        "refused": entry.refused_products.all(),
        "history": history, "entries": entries,
    }  # fmt: skip
    return render(request, "desk/recognition_entry.html", context)


def _stages(entry: AgreementEntry) -> list[Line]:
    stages = list(entry.stages.all())
    last = stages[-1].pk if stages else None
    words = {status.value: capfirst(str(status.label)) for status in EntryStatus}
    return [
        Line(one.effective_from, words[one.status], one.act, kind="look" if one.pk == last else "") for one in stages
    ]


@require_http_methods(["GET", "POST"])
@at_desk(Permission.KEEP_REGISTER)
def edit(request: HttpRequest, actors: Sequence[Actor], code: str, pk: int) -> HttpResponse:
    """Correct how a name is written, and what is known of it."""
    entry = entry_or_404(code, pk)
    form = EntryForm(sent(request), entry=entry)

    def write() -> bool:
        seen = form.cleaned_data["version"]
        agreement_registrar.amend_agreement_entry(entry, by=actors[0], seen=seen, **form.values())
        return True

    def current() -> AgreementEntry:
        row = entry_or_404(code, pk)
        row.version = fingerprint(entry_values(row))  # what the form sends back
        return row

    outcome = store(form, write, current)
    if outcome.row is not None:
        messages.success(request, _("Stored."))
        return redirect("enterprises:desk_agreement_entry", code, pk)
    return _show(request, actors, entry_or_404(code, pk), _("Correct the name"), form, outcome)


def _show(
    request: HttpRequest, actors: Sequence[Actor], entry: AgreementEntry, title: str, form: Any, outcome: Any,
    **more: Any,
) -> HttpResponse:  # fmt: skip
    back = reverse("enterprises:desk_agreement_entry", args=[entry.agreement.code, entry.pk])
    context = {"crumbs": _crumbs(entry, title), "back": back, "entry": entry} | more
    return show_form(request, actors, entry.agreement, title, form, outcome, **context)


@require_http_methods(["GET", "POST"])
@at_desk(Permission.KEEP_REGISTER)
def move(request: HttpRequest, actors: Sequence[Actor], code: str, pk: int, name: str) -> HttpResponse:
    """One stage: GET says what will be noted, POST notes it. One that is not open any more leads back."""
    entry = entry_or_404(code, pk)
    found = next((one for one in ENTRY_MOVES if one.name == name), None)
    if found is None:
        raise Http404
    if request.method == "GET" and entry.status not in found.sources:
        messages.warning(request, _("This step is not possible in the present state."))
        return redirect("enterprises:desk_agreement_entry", code, pk)
    form = StageForm(sent(request))

    def write() -> bool:
        entry_registrar.move_entry(entry, found, by=actors[0], **form.cleaned_data)
        return True

    outcome = store(form, write)
    if outcome.row is not None:
        messages.success(request, _("Done: {step}.").format(step=found.label))
        return redirect("enterprises:desk_agreement_entry", code, pk)
    intro = _("From the day that you enter its status is: {status}. What was before stays on record.")
    more = {"intro": intro.format(status=EntryStatus(found.target).label), "button": capfirst(str(found.label))}
    return _show(request, actors, entry_or_404(code, pk), capfirst(str(found.label)), form, outcome, **more)
