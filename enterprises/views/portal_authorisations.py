"""Portal pages on one authorisation: its terms, a change, giving it up, its last use."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from enterprises import authorisation_facts, portal_facts, supervision
from enterprises.case_files import actor_of
from enterprises.models import Authorisation, Membership
from enterprises.portal_forms import GiveUpForm, UseForm
from enterprises.states import USABLE, StopGround
from enterprises.views.portal_access import acting, authorisation_or_404, crumbs
from gi_registry.moves import MoveRefused
from gi_registry.roles import Role


@require_safe
@acting
def authorisation(request: HttpRequest, membership: Membership, reference: str) -> HttpResponse:
    """What an authorisation covers, and what can be done about it."""
    return _show(request, membership, authorisation_or_404(membership, reference))


def _show(request: HttpRequest, membership: Membership, row: Authorisation, **forms: Any) -> HttpResponse:
    found = authorisation_facts.answer(row)
    context = {
        "crumbs": crumbs((row.reference, "")),
        "row": row,
        "found": found,
        "held": portal_facts.held(row, timezone.localdate()),
        "owns": membership.role == Role.ENTERPRISE_OWNER,
        "certified": authorisation_facts.can_be_certified(found),
        "nonce": uuid.uuid4(),
        "give_up_form": forms.get("give_up_form", GiveUpForm()),
        "use_form": forms.get("use_form", UseForm(initial={"used_on": row.last_used_on})),
    }
    return render(request, "portal/authorisation.html", context)


@require_POST
@acting
def give_up(request: HttpRequest, membership: Membership, reference: str) -> HttpResponse:
    """The owner gives the authorisation up; the province still has to end it."""
    row, form = authorisation_or_404(membership, reference), GiveUpForm(request.POST)
    if membership.role != Role.ENTERPRISE_OWNER:
        raise Http404
    if form.is_valid():
        text = form.cleaned_data["text"]
        try:
            supervision.propose_stop(row, by=actor_of(membership), ground=StopGround.GIVEN_UP, text=text)
        except MoveRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The office was told. The authorisation ends with its decision."))
            return redirect("enterprises:portal_authorisation", row.reference)
    return _show(request, membership, row, give_up_form=form)


@require_POST
@acting
def use(request: HttpRequest, membership: Membership, reference: str) -> HttpResponse:
    """Note a day on which the mark was used."""
    row, form = authorisation_or_404(membership, reference), UseForm(request.POST)
    if form.is_valid():
        used_on = form.cleaned_data["used_on"]
        try:
            if row.state not in USABLE:
                raise MoveRefused("wrong_state", _("This authorisation has ended."))
            supervision.note_use(row, by=actor_of(membership), used_on=used_on)
        except MoveRefused as refusal:
            form.add_error("used_on", str(refusal))
        else:
            messages.success(request, _("Noted. Of several days the latest counts."))
            return redirect("enterprises:portal_authorisation", row.reference)
    return _show(request, membership, row, use_form=form)
