"""LEAF. How a role is given or taken at the desk: one officer proposes, another one agrees. Words and moves."""

from __future__ import annotations

import datetime
from typing import Any

from django.db.models import TextChoices
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gi_registry.event_types import EventType
from gi_registry.roles import Permission, Role
from gi_registry.state_tables import Move

LAPSES_AFTER = datetime.timedelta(days=14)
# Roles that officers give. Enterprises say themselves who acts for them.
OFFICIAL_ROLES = (Role.REVIEWER, Role.APPROVER, Role.OFFICER, Role.AUDITOR, Role.EDITOR, Role.PUBLISHER)


class RoleChange(TextChoices):
    """What is proposed."""

    GIVE = "give", _("give")
    TAKE = "take", _("take away")


class ProposalState(TextChoices):
    """Where a proposal stands."""

    WAITING = "waiting", _("waits for a second officer")
    AGREED = "agreed", _("agreed")
    REFUSED = "refused", _("refused")
    WITHDRAWN = "withdrawn", _("withdrawn")
    BY_COMMAND = "by_command", _("made by the operator's command")


def somebody_else(proposal: Any, by: Any) -> Any:
    """In time, not by who proposed it, and nobody gives a role to themselves."""
    if by.person == proposal.proposed_by_id:
        return _("You proposed this yourself; another officer has to agree.")
    if by.person == proposal.user_id and proposal.change == RoleChange.GIVE:
        return _("Nobody agrees to a role of their own; another officer has to.")
    if timezone.now() >= proposal.proposed_at + LAPSES_AFTER:
        return _("This proposal has lapsed after 14 days. Propose it anew.")
    return None


def not_the_proposer(proposal: Any, by: Any) -> Any:
    """Not by who proposed it, who may withdraw it."""
    return _("You proposed this yourself; you can withdraw it.") if by.person == proposal.proposed_by_id else None


def the_proposer(proposal: Any, by: Any) -> Any:
    """Only by who proposed it."""
    return None if by.person == proposal.proposed_by_id else _("Only who proposed this can withdraw it.")


ROLE_MOVES = (
    Move(
        name="agree",
        label=_("agree"),
        sources=frozenset({ProposalState.WAITING}),
        target=ProposalState.AGREED,
        permission=Permission.ASSIGN_ROLES,
        event=EventType.ROLE_AGREED,
        guard=somebody_else,
    ),
    Move(
        name="refuse",
        label=_("refuse"),
        sources=frozenset({ProposalState.WAITING}),
        target=ProposalState.REFUSED,
        permission=Permission.ASSIGN_ROLES,
        event=EventType.ROLE_REFUSED,
        needs_reason=True,
        guard=not_the_proposer,
    ),
    Move(
        name="withdraw",
        label=_("withdraw"),
        sources=frozenset({ProposalState.WAITING}),
        target=ProposalState.WITHDRAWN,
        permission=Permission.ASSIGN_ROLES,
        event=EventType.ROLE_WITHDRAWN,
        guard=the_proposer,
    ),
)
AGREE, REFUSE, WITHDRAW = ROLE_MOVES
