"""WRITER. Who acts for an enterprise: its first owner, operators, invitations, hand-over.

The journal tells that somebody began or ceased to act, by an opaque reference; names and addresses stay out of it.
An enterprise that only applies stands in no public list: its name enters the journal with its first authorisation.
"""

from __future__ import annotations

import secrets

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from enterprises import credit_codes
from enterprises.case_files import desk_actors, must_act_for, not_permitted
from enterprises.models import Enterprise, Invitation, Membership, MembershipRequest
from gi_registry import amendments, journal
from gi_registry.event_types import EventType
from gi_registry.journal import Actor, Event, Subject
from gi_registry.models import User
from gi_registry.moves import MoveRefused
from gi_registry.roles import Permission, Role
from products.states import Basis


@transaction.atomic
def ask(user: User, *, uscc: str, name_zh: str) -> MembershipRequest:
    """What somebody says at sign-up: for which enterprise they act. Nothing follows before the mail is confirmed."""
    code = credit_codes.check(uscc)
    if not code.ok:
        raise MoveRefused("credit_code", str(code.problem.label) if code.problem else "")
    MembershipRequest.objects.filter(user=user, confirmed_at=None).delete()  # nothing followed from it yet
    request = MembershipRequest(user=user, uscc=code.text, name_zh=name_zh.strip())
    try:
        with transaction.atomic():
            amendments.insert(request)
    except IntegrityError:  # confirmed before, or the same form sent twice
        raise MoveRefused(
            "asked_already", _("You have asked already. Whoever holds the enterprise account answers.")
        ) from None
    return request


@transaction.atomic
def confirm(user: User) -> Membership | None:
    """The mail is confirmed: the first for a credit code becomes the owner, everybody later waits for the owner.

    Returns the membership, or None where the owner has to answer (or nothing was asked).
    """
    request = MembershipRequest.objects.select_for_update().filter(user=user, answered_at=None).first()
    if request is None or Membership.objects.current().filter(user=user).exists():
        return None
    now = timezone.now()
    if request.confirmed_at is None:
        request.confirmed_at = now
        request.save(update_fields=["confirmed_at"])
    enterprise = _enterprise(request)
    if Membership.objects.current().filter(enterprise=enterprise, role=Role.ENTERPRISE_OWNER).exists():
        return None
    try:
        with transaction.atomic():
            membership = _join(user, enterprise, Role.ENTERPRISE_OWNER)
    except IntegrityError:  # somebody else was first by a moment
        return None
    request.answered_at, request.accepted = now, True
    request.save(update_fields=["answered_at", "accepted"])
    return membership


def _enterprise(request: MembershipRequest) -> Enterprise:
    found = Enterprise.objects.filter(uscc=request.uscc).first()
    if found is not None:
        return found
    enterprise = Enterprise(
        reference=f"N{secrets.token_hex(5)}", name_zh=request.name_zh, uscc=request.uscc,
        basis=Basis.GENERAL_KNOWLEDGE,
    )  # fmt: skip
    try:
        with transaction.atomic():
            amendments.insert(enterprise)
    except IntegrityError:
        return Enterprise.objects.get(uscc=request.uscc)
    enterprise.reference = f"N{enterprise.pk:05}"
    enterprise.save(update_fields=["reference"])
    return enterprise


def _join(user: User, enterprise: Enterprise, role: Role) -> Membership:
    if desk_actors(user):
        raise MoveRefused("official", _("Who reviews or decides acts for no enterprise."))
    membership = Membership.objects.create(user=user, enterprise=enterprise, role=role)
    _record(EventType.MEMBER_JOINED, membership, Actor.user(user, role))
    return membership


def _record(event: EventType, membership: Membership, by: Actor) -> None:
    enterprise = membership.enterprise
    subject = Subject("membership", f"user:{membership.user_id}", f"user:{membership.user_id}",
                      "enterprise", enterprise.reference)  # fmt: skip
    journal.record(Event(event, subject, {"role": str(membership.role)}, timezone.localdate()), by=by)


# --- The owner answers and invites ---


def _must_own(by: Actor, enterprise: Enterprise) -> None:
    if not by.has(Permission.MANAGE_MEMBERS):
        raise not_permitted()
    must_act_for(by, enterprise)


def waiting_requests(enterprise: Enterprise) -> list[MembershipRequest]:
    """Confirmed requests that the owner has not answered."""
    rows = MembershipRequest.objects.filter(uscc=enterprise.uscc, answered_at=None, confirmed_at__isnull=False)
    return list(rows.select_related("user").order_by("pk"))


@transaction.atomic
def answer(request: MembershipRequest, *, by: Actor, enterprise: Enterprise, accepted: bool) -> None:
    """The owner takes somebody in as an operator, or does not."""
    _must_own(by, enterprise)
    rows = MembershipRequest.objects.filter(pk=request.pk, uscc=enterprise.uscc, answered_at=None)
    if rows.update(answered_at=timezone.now(), accepted=accepted) != 1:
        raise MoveRefused("answered_already", _("This request was answered already."))
    if accepted:
        _join_once(request.user, enterprise)


def _join_once(user: User, enterprise: Enterprise) -> Membership:
    try:
        with transaction.atomic():
            return _join(user, enterprise, Role.ENTERPRISE_OPERATOR)
    except IntegrityError:
        raise MoveRefused("acts_already", _("This person acts for an enterprise already.")) from None


@transaction.atomic
def invite(enterprise: Enterprise, *, by: Actor, email: str) -> Invitation:
    """Ask somebody by mail to act for the enterprise as an operator; an open invitation is sent again."""
    _must_own(by, enterprise)
    rows = enterprise.invitations.filter(email__iexact=email, answered_at=None, withdrawn_at=None)
    if found := rows.first():
        Invitation.objects.filter(pk=found.pk).update(invited_at=timezone.now())
        found.refresh_from_db()
        return found
    invitation = Invitation(enterprise=enterprise, email=email, invited_by_id=by.person)
    amendments.insert(invitation)
    return invitation


@transaction.atomic
def withdraw_invitation(invitation: Invitation, *, by: Actor) -> None:
    """An invitation that nobody has answered no longer holds."""
    _must_own(by, invitation.enterprise)
    rows = Invitation.objects.filter(pk=invitation.pk, answered_at=None, withdrawn_at=None)
    if rows.update(withdrawn_at=timezone.now()) != 1:
        raise MoveRefused("answered_already", _("This invitation was answered or withdrawn already."))


@transaction.atomic
def join(invitation: Invitation, user: User) -> Membership:
    """Somebody with the invited, confirmed address takes the invitation."""
    rows = Invitation.objects.filter(pk=invitation.pk, answered_at=None, withdrawn_at=None)
    if rows.update(answered_at=timezone.now()) != 1:
        raise MoveRefused("answered_already", _("This invitation was answered or withdrawn already."))
    membership = _join_once(user, invitation.enterprise)
    MembershipRequest.objects.filter(user=user, answered_at=None).update(answered_at=timezone.now(), accepted=True)
    return membership


# --- Leaving and handing over ---


@transaction.atomic
def leave(membership: Membership, *, by: Actor) -> None:
    """Somebody ceases to act: by their own will, or by the owner's. An owner hands over first."""
    if membership.user_id != by.person:
        _must_own(by, membership.enterprise)
    if membership.role == Role.ENTERPRISE_OWNER:
        raise MoveRefused("owner", _("Hand the enterprise account over to somebody else first."))
    if Membership.objects.filter(pk=membership.pk, ended_at=None).update(ended_at=timezone.now()) != 1:
        raise MoveRefused("left_already", _("This person has left already."))
    _record(EventType.MEMBER_LEFT, membership, by)


@transaction.atomic
def hand_over(enterprise: Enterprise, *, by: Actor, to: Membership) -> None:
    """An operator becomes the owner, the owner an operator."""
    _must_own(by, enterprise)
    if to.enterprise_id != enterprise.pk or to.ended_at is not None or to.role != Role.ENTERPRISE_OPERATOR:
        raise MoveRefused("no_operator", _("Only an operator of the enterprise can become its owner."))
    now, current = timezone.now(), Membership.objects.filter(enterprise=enterprise, ended_at=None)
    own = current.filter(user_id=by.person, role=Role.ENTERPRISE_OWNER)
    if own.update(ended_at=now) != 1 or current.filter(pk=to.pk).update(ended_at=now) != 1:
        raise MoveRefused("someone_was_faster", _("Somebody else has just decided this. Look at it again."))
    old = Membership.objects.create(user_id=by.person, enterprise=enterprise, role=Role.ENTERPRISE_OPERATOR)
    new = Membership.objects.create(user=to.user, enterprise=enterprise, role=Role.ENTERPRISE_OWNER)
    for membership in (old, new):
        _record(EventType.OWNER_CHANGED, membership, by)


@transaction.atomic
def release(enterprise: Enterprise, *, by: Actor) -> int:
    """Nobody acts for the enterprise any more: for the operator, when the wrong person was first with its code.

    Whoever confirms a request for the code next becomes the owner. Returns how many people ceased to act.
    """
    if by.role != Role.SYSTEM:
        raise not_permitted()
    current = list(Membership.objects.select_for_update().filter(enterprise=enterprise, ended_at=None))
    for membership in current:
        Membership.objects.filter(pk=membership.pk).update(ended_at=timezone.now())
        _record(EventType.MEMBER_LEFT, membership, by)
    return len(current)
