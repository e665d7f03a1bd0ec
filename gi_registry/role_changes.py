"""WRITER. One officer proposes that somebody gets or loses a role, another one agrees: only then it changes.

The operator's command is for the first two officers and for the day when fewer than two are left; afterwards it needs
somebody who asked for it and a reason, which stand here beside the proposals.
"""

from __future__ import annotations

import datetime
import secrets
import uuid

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from gi_registry import amendments, journal, role_facts, role_states, staff
from gi_registry.event_types import EventType
from gi_registry.journal import Actor, Event
from gi_registry.models import Division, RoleAssignment, RoleProposal, User
from gi_registry.moves import MoveRefused, apply_move
from gi_registry.role_states import OFFICIAL_ROLES, ProposalState, RoleChange
from gi_registry.roles import RULES, Permission, Role
from gi_registry.seals import sealed
from gi_registry.state_tables import Move


@transaction.atomic
def propose(
    *, by: Actor, nonce: uuid.UUID, change: RoleChange, user: User, role: Role, division: Division | None = None,
    until: datetime.date | None = None, reason: str,
) -> RoleProposal:  # fmt: skip
    """Propose to give or to take a role. The same nonce gives the same proposal. Raises MoveRefused with a sentence."""
    amendments.require(by, Permission.ASSIGN_ROLES)
    staff.held(user)
    if found := RoleProposal.objects.filter(nonce=nonce).first():
        if (found.proposed_by_id, found.user_id, found.role, found.change) != (by.person, user.pk, role, change):
            raise MoveRefused("already_sent", _("This form was sent before with other words. Send it once more."))
        return found
    if not reason.strip():
        raise MoveRefused("reason_missing", _("Give the reason for this step."))
    _check(by, change, user, role, division, until)
    if RoleProposal.objects.open().filter(user=user, role=role, division=division).exists():
        raise MoveRefused("proposed_already", _("A proposal on this role of this person waits already."))
    row = RoleProposal(
        nonce=nonce, change=change, user=user, role=role, division=division, until=until, reason=reason.strip(),
        proposed_by_id=by.person,
    )  # fmt: skip
    amendments.insert(row)
    journal.record(Event(EventType.ROLE_PROPOSED, staff.subject_of(user), _told(row), timezone.localdate()), by=by)
    return row


def _check(
    by: Actor, change: RoleChange, user: User, role: Role, division: Division | None, until: datetime.date | None
) -> None:
    today = timezone.localdate()
    if role not in OFFICIAL_ROLES:
        raise MoveRefused("wrong_role", _("Enterprises say themselves who acts for them."))
    staff.check_place(role, division)
    holds = RoleAssignment.objects.on(today).filter(user=user, role=role, division=division).exists()
    if change == RoleChange.TAKE:
        if not holds:
            raise MoveRefused("not_held", _("This person does not hold this role there."))
        return
    if user.pk == by.person:
        raise MoveRefused("own_role", _("Nobody proposes a role for themselves; ask another officer."))
    if not user.is_active:
        raise MoveRefused("inactive", _("This account is closed."))
    if holds:
        raise MoveRefused("held_already", _("This person holds the role already."))
    if until and until <= today:
        raise MoveRefused("wrong_end", _("A role ends after the day it begins."))
    if until and RULES[role].uses_wagtail:
        raise MoveRefused("wrong_end", _("A role that opens the page editor has no end of its own; take it away then."))


@transaction.atomic
def account_for(email: str, *, by: Actor) -> User:
    """A new account for an official without one: it opens with "forgotten password", and may do nothing yet."""
    amendments.require(by, Permission.ASSIGN_ROLES)
    user = User(username=f"u{secrets.token_hex(6)}", email=email.lower())
    user.set_unusable_password()
    amendments.insert(user)
    return user


@transaction.atomic
def agree(proposal: RoleProposal, *, by: Actor) -> None:
    """The second officer agrees, and the role changes in the same moment."""
    user, today = staff.held(proposal.user), timezone.localdate()
    _move(proposal, role_states.AGREE, by=by)
    proposer = f"user:{proposal.proposed_by_id}"
    role, division = Role(proposal.role), proposal.division
    if proposal.change == RoleChange.GIVE:
        if proposal.until and proposal.until <= today:
            raise MoveRefused("wrong_end", _("The end that was proposed is over. Propose it anew."))
        staff.assign_role(
            user=user, role=role, division=division, by=by, on=today, until=proposal.until, proposed_by=proposer
        )
        return
    rows = RoleAssignment.objects.on(today).filter(user=user, role=role, division=division)
    if not rows:
        raise MoveRefused("not_held", _("This person does not hold this role there."))
    for assignment in rows:
        staff.end_role(assignment=assignment, by=by, on=today, proposed_by=proposer)


@transaction.atomic
def refuse(proposal: RoleProposal, *, by: Actor, reason: str) -> None:
    """Another officer refuses; the proposer reads why."""
    staff.held(proposal.user)
    _move(proposal, role_states.REFUSE, by=by, reason=reason)


@transaction.atomic
def withdraw(proposal: RoleProposal, *, by: Actor) -> None:
    """The proposer takes the proposal back."""
    staff.held(proposal.user)
    _move(proposal, role_states.WITHDRAW, by=by)


def _move(proposal: RoleProposal, move: Move, *, by: Actor, reason: str = "") -> None:
    proposal.refresh_from_db(fields=["state", "proposed_at"])
    apply_move(
        proposal, move, by=by, subject=staff.subject_of(proposal.user), division=None,
        effective_on=timezone.localdate(), reason=reason, reason_is_public=False, state_field="state",
        changes={"decided_by_id": by.person, "decided_at": timezone.now(), "decision": reason.strip()},
        payload=_told(proposal) | {"proposed_by": f"user:{proposal.proposed_by_id}"},
    )  # fmt: skip


def _told(row: RoleProposal) -> dict[str, str | None]:
    """What the public journal tells of a proposal: no name, and of the reason its seal only."""
    code = row.division.code if row.division else None
    told: dict[str, str | None] = {"change": str(row.change), "role": str(row.role), "division": code}
    return told | sealed({"reason": row.reason}, row.nonce)


@transaction.atomic
def by_command(
    *, change: RoleChange, user: User, role: Role, division: Division | None, asked_by: User | None, reason: str
) -> None:
    """What the operator's command does instead, kept beside the proposals for officers and auditors to see."""
    by, today = Actor.system("assign_role"), timezone.localdate()
    if role_facts.officers() > 1 and not (asked_by and reason.strip()):
        raise MoveRefused(
            "two_people", _("Two officers change roles at the desk. Name who asked for this, and the reason.")
        )
    asked = f"user:{asked_by.pk}" if asked_by else ""
    if change == RoleChange.GIVE:
        staff.assign_role(user=user, role=role, division=division, by=by, on=today, proposed_by=asked)
    else:
        rows = RoleAssignment.objects.on(today).filter(user=user, role=role, division=division)
        if not rows:
            raise MoveRefused("not_held", _("This person does not hold this role there."))
        for assignment in rows:
            staff.end_role(assignment=assignment, by=by, on=today, proposed_by=asked)
    row = RoleProposal(
        nonce=uuid.uuid4(), change=change, user=user, role=role, division=division, proposed_by=asked_by,
        reason=reason.strip() or "—", state=ProposalState.BY_COMMAND, decided_at=timezone.now(),
    )  # fmt: skip
    amendments.insert(row)
