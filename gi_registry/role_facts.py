"""READER. Who holds an official role today, what waits for a second officer, and what was decided on roles.

For officers and auditors only: it names people, which the public journal never does.
"""

from __future__ import annotations

from allauth.account.models import EmailAddress  # type: ignore[import-untyped]
from django.db.models import QuerySet
from django.utils import timezone

from gi_registry.journal import Actor
from gi_registry.models import RoleAssignment, RoleAssignmentQuerySet, RoleProposal, User
from gi_registry.role_states import OFFICIAL_ROLES, ROLE_MOVES, ProposalState
from gi_registry.roles import Permission, Role
from gi_registry.state_tables import Move


def holders() -> RoleAssignmentQuerySet:
    """Official roles that are held today, by role and person."""
    rows = RoleAssignment.objects.on(timezone.localdate()).filter(role__in=OFFICIAL_ROLES)
    return rows.select_related("user", "division").order_by("role", "user__username", "pk")


def officers() -> int:
    """How many people may propose and agree today."""
    return holders().filter(role=Role.OFFICER).values("user").distinct().count()


def proposals() -> QuerySet[RoleProposal]:
    """All proposals with the people in them, the newest first."""
    return RoleProposal.objects.select_related("user", "division", "proposed_by", "decided_by")


def waiting() -> QuerySet[RoleProposal]:
    """What somebody can still decide on, the oldest first."""
    rows = proposals().filter(pk__in=RoleProposal.objects.open())
    return rows.order_by("proposed_at", "pk")


def decided() -> QuerySet[RoleProposal]:
    """What was decided or has lapsed, the newest first."""
    return proposals().exclude(pk__in=RoleProposal.objects.open())


def to_decide(person: int) -> QuerySet[RoleProposal]:
    """What waits for this officer: proposals of others."""
    return RoleProposal.objects.open().exclude(proposed_by=person)


def steps(row: RoleProposal, by: Actor) -> list[tuple[Move, str]]:
    """What an officer could do with a proposal, each with what stands against it; nothing where it is decided."""
    if row.state != ProposalState.WAITING or not by.has(Permission.ASSIGN_ROLES):
        return []
    found = [(move, str(move.guard(row, by) or "")) for move in ROLE_MOVES]
    return [(move, refusal) for move, refusal in found if move.name == "agree" or not refusal]


class Unconfirmed(Exception):
    """Somebody signed up with this address, and nobody has shown that it is theirs."""


def person_named(text: str) -> User | None:
    """An account by its user name or its confirmed address. Raises Unconfirmed where the address is nobody's yet.

    Whoever signs up with somebody else's address must not be given that person's role.
    """
    text = text.strip()
    if "@" not in text:
        return User.objects.filter(username=text, is_active=True).first()
    confirmed = EmailAddress.objects.filter(email__iexact=text, verified=True).select_related("user").first()
    if confirmed:
        return confirmed.user if confirmed.user.is_active else None
    made_here = User.objects.filter(email__iexact=text, emailaddress=None)
    if found := made_here.filter(is_active=True).first():
        return found
    if made_here.exists() or User.objects.filter(email__iexact=text).exists():
        raise Unconfirmed
    return None
