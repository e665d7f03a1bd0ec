"""Pages on how somebody comes to act for an enterprise: the first steps after sign-up, and the link of an invitation.

They say no more than they must: not whether an enterprise has an account, nor who holds it.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from enterprises import invitations, membership, notifications
from enterprises.account_forms import EnterpriseForm
from enterprises.case_files import desk_actors, membership_of
from enterprises.models import Enterprise, MembershipRequest
from gi_registry.late_forms import keeps_text
from gi_registry.moves import MoveRefused


@require_http_methods(["GET", "POST"])
@keeps_text
def begin(request: HttpRequest) -> HttpResponse:
    """From a confirmed address to the portal: the first for a credit code begins, everybody later asks the owner."""
    if membership_of(request.user) is not None:
        return redirect("enterprises:portal")
    if desk_actors(request.user):
        return redirect("enterprises:desk")
    if not invitations.confirmed_addresses(request.user):
        return redirect("account_email")
    asked = MembershipRequest.objects.filter(user=request.user).first()
    form = None
    if asked is None or (asked.confirmed_at is None and "change" in request.GET):
        initial = {"uscc": asked.uscc, "name_zh": asked.name_zh} if asked else None
        form = EnterpriseForm(request.POST if "uscc" in request.POST else None, initial=initial)
    if request.method == "POST":
        answer = _ask(request, form) if form else _confirm(request, asked)
        if answer is not None:
            return answer
    open_ones = [(row, invitations.token_for(row)) for row in invitations.open_for(request.user)]
    context = {"asked": asked, "form": form, "invited": open_ones}
    return render(request, "portal/people_begin.html", context)


def _ask(request: HttpRequest, form: EnterpriseForm) -> HttpResponse | None:
    """Somebody says for whom they act; the form comes again where something is wrong."""
    if not form.is_valid():
        return None
    try:
        membership.ask(request.user, **form.cleaned_data)
    except MoveRefused as refusal:
        form.add_error(None, str(refusal))
        return None
    return redirect("enterprises:portal_begin")


def _confirm(request: HttpRequest, asked: MembershipRequest | None) -> HttpResponse:
    """Begin as the owner, or let the owner know, once, that somebody asks."""
    if membership.confirm(request.user) is not None:
        messages.success(request, welcome())
        return redirect("enterprises:portal")
    if asked is not None and asked.confirmed_at is None:
        for enterprise in Enterprise.objects.filter(uscc=asked.uscc):
            notifications.tell_of_request(enterprise)
    return redirect("enterprises:portal_begin")


@require_http_methods(["GET", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Where the link of an invitation leads."""
    found = invitations.by_token(token)
    if found is None:
        raise Http404
    invitation, own = found.invitation, membership_of(request.user)
    if own is not None and own.enterprise_id == invitation.enterprise_id:
        return redirect("enterprises:portal")
    context: dict[str, Any] = {
        "invitation": invitation, "fault": found.fault, "masked": invitations.masked(invitation.email),
        "official": bool(desk_actors(request.user)), "own": own,
        "fits": request.user.is_authenticated and invitations.is_for(invitation, request.user),
    }  # fmt: skip
    if found.fault:
        return render(request, "portal/people_join.html", context, status=410)
    if request.method == "POST" and context["fits"] and not context["official"]:
        try:
            membership.join(invitation, request.user)
        except MoveRefused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, welcome())
            return redirect("enterprises:portal")
    return render(request, "portal/people_join.html", context)


def welcome() -> str:
    """What somebody reads who has just begun to act for an enterprise."""
    return _("You now act for the enterprise. Here you apply to use the special mark.")
