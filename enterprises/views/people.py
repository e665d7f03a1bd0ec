"""Pages of the portal on who acts for an enterprise: colleagues, requests, invitations, leaving, hand-over.

What somebody may not do or see is not found; what a writer refuses is told as a sentence on the page.
"""

from __future__ import annotations

from collections.abc import Callable

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from enterprises import invitations, membership, notifications
from enterprises.account_forms import InviteForm
from enterprises.case_files import actor_of, membership_of
from enterprises.models import Invitation, Membership, MembershipRequest
from gi_registry.late_forms import keeps_text
from gi_registry.moves import MoveRefused
from gi_registry.roles import Role


def _own(request: HttpRequest) -> Membership:
    """The membership of whoever asks; nobody else learns that there is a page."""
    found = membership_of(request.user)
    if found is None:
        raise Http404
    return found


def _held(request: HttpRequest) -> Membership:
    """The membership of an owner."""
    found = _own(request)
    if found.role != Role.ENTERPRISE_OWNER:
        raise Http404
    return found


def _crumbs_to(last: str = "") -> list[tuple[str, str]]:
    """The way from the portal to the page on people, or to one behind it."""
    people = reverse("enterprises:portal_people") if last else ""
    way = [(_("Portal"), reverse("enterprises:portal")), (_("People"), people)]
    return [*way, (last, "")] if last else way


def _done(request: HttpRequest, step: Callable[[], object], success: str) -> bool:
    """Take a step and tell how it went."""
    try:
        step()
    except MoveRefused as refusal:
        messages.error(request, str(refusal))
        return False
    messages.success(request, success)
    return True


@require_http_methods(["GET", "POST"])
@keeps_text
def index(request: HttpRequest) -> HttpResponse:
    """Everybody who acts for the enterprise; the owner answers requests and invites."""
    own = membership_of(request.user)
    if own is None and request.method == "GET":
        return redirect("enterprises:portal_begin")
    own, form = _own(request), InviteForm()
    if request.method == "POST":
        own, form = _held(request), InviteForm(request.POST)
        if form.is_valid() and _invite(request, own, form):
            return redirect("enterprises:portal_people")
    owns = own.role == Role.ENTERPRISE_OWNER
    context = {
        "own": own, "owns": owns, "form": form, "crumbs": _crumbs_to(),
        "members": own.enterprise.memberships.current().select_related("user"),
        "requests": membership.waiting_requests(own.enterprise) if owns else [],
        "invitations": [
            (row, invitations.has_expired(row)) for row in (invitations.open_of(own.enterprise) if owns else [])
        ],
    }  # fmt: skip
    return render(request, "portal/people_index.html", context)


def _invite(request: HttpRequest, own: Membership, form: InviteForm) -> bool:
    """Send an invitation, or say at the field why not."""
    email = form.cleaned_data["email"]
    if refusal := invitations.why_not(own.enterprise, email):
        form.add_error("email", refusal)
        return False
    try:
        _send(own, email)
    except MoveRefused as refused:
        form.add_error("email", str(refused))
        return False
    messages.success(request, _("The invitation was sent to {email}.").format(email=email))
    return True


def _send(own: Membership, email: str) -> None:
    invitation = membership.invite(own.enterprise, by=actor_of(own), email=email)
    notifications.send_invitation(invitation, invitations.token_for(invitation))


@require_POST
@keeps_text
def invite_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Send an open invitation once more; links of earlier mails end."""
    own = _held(request)
    invitation = get_object_or_404(Invitation, pk=pk, enterprise=own.enterprise)
    if invitation.answered_at or invitation.withdrawn_at:
        messages.error(request, _("This invitation was answered or withdrawn already."))
    elif refusal := invitations.why_not(own.enterprise, invitation.email):
        messages.error(request, refusal)
    else:
        sent = _("The invitation was sent to {email}.").format(email=invitation.email)
        _done(request, lambda: _send(own, invitation.email), sent)
    return redirect("enterprises:portal_people")


@require_POST
@keeps_text
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an open invitation back."""
    own = _held(request)
    invitation = get_object_or_404(Invitation, pk=pk, enterprise=own.enterprise)
    success = _("The invitation was withdrawn; its link no longer works.")
    _done(request, lambda: membership.withdraw_invitation(invitation, by=actor_of(own)), success)
    return redirect("enterprises:portal_people")


@require_POST
@keeps_text
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Take in somebody who asks, or do not."""
    own = _held(request)
    rows = MembershipRequest.objects.filter(uscc=own.enterprise.uscc, confirmed_at__isnull=False)
    asked = get_object_or_404(rows.select_related("user"), pk=pk)
    if request.POST.get("accepted") not in ("yes", "no"):
        raise Http404  # no button of ours sends anything else
    accepted = request.POST["accepted"] == "yes"
    success = _("Taken in. The person gets a mail.") if accepted else _("Not accepted. The person gets a mail.")

    def step() -> None:
        membership.answer(asked, by=actor_of(own), enterprise=own.enterprise, accepted=accepted)
        notifications.tell_person(asked.user, "member_accepted" if accepted else "member_declined")

    _done(request, step, success)
    return redirect("enterprises:portal_people")


# --- Leaving and handing over ---


def _operator(own: Membership, pk: int) -> Membership:
    rows = own.enterprise.memberships.current().filter(role=Role.ENTERPRISE_OPERATOR).select_related("user")
    return get_object_or_404(rows, pk=pk)


@require_http_methods(["GET", "POST"])
@keeps_text
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """An operator no longer acts for the enterprise, by the owner's will."""
    own = _held(request)
    person = _operator(own, pk)
    if request.method == "GET":
        context = {"kind": "remove", "person": person, "crumbs": _crumbs_to(_("Remove"))}
        return render(request, "portal/people_confirm.html", context)

    def step() -> None:
        membership.leave(person, by=actor_of(own))
        notifications.tell_person(person.user, "member_removed")

    _done(request, step, _("Removed. The person gets a mail."))
    return redirect("enterprises:portal_people")


@require_http_methods(["GET", "POST"])
@keeps_text
def leave(request: HttpRequest) -> HttpResponse:
    """An operator leaves; an owner is told to hand over first."""
    own = _own(request)
    if request.method == "GET" or own.role == Role.ENTERPRISE_OWNER:
        kind = "owner_stays" if own.role == Role.ENTERPRISE_OWNER else "leave"
        context = {"kind": kind, "person": own, "crumbs": _crumbs_to(_("Leave"))}
        return render(request, "portal/people_confirm.html", context)
    success = _("You have left. You no longer act for this enterprise in the register.")
    if _done(request, lambda: membership.leave(own, by=actor_of(own)), success):
        return redirect("enterprises:portal_begin")
    return redirect("enterprises:portal_people")


@require_http_methods(["GET", "POST"])
@keeps_text
def hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    """An operator becomes the owner; the owner shows the password once more for that."""
    own = _held(request)
    person = _operator(own, pk)
    if request.method == "POST":
        return _hand_over_now(request, own, person)
    context = {"kind": "hand_over", "person": person, "crumbs": _crumbs_to(_("Hand over"))}
    return render(request, "portal/people_confirm.html", context)


@reauthentication_required
def _hand_over_now(request: HttpRequest, own: Membership, person: Membership) -> HttpResponse:
    def step() -> None:
        membership.hand_over(own.enterprise, by=actor_of(own), to=person)
        notifications.tell_person(person.user, "member_is_owner")

    _done(request, step, _("Handed over. You go on as an operator."))
    return redirect("enterprises:portal_people")
