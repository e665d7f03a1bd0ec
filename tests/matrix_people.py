"""The rows of the permission matrix for official roles: officers propose and agree, auditors read."""

import uuid

from gi_registry import role_changes
from gi_registry.role_states import RoleChange
from gi_registry.roles import Role
from tests.matrix import Row

OFFICER = {"officer"}

ROWS: dict[str, Row] = {
    "desk_people": Row(OFFICER | {"auditor"}, None),
    "desk_role_give": Row(OFFICER, OFFICER),
    "desk_role_take": Row(OFFICER, OFFICER, "role"),
    "desk_role_step": Row(OFFICER, OFFICER, "role step"),
}


def keys(world):
    """A role that is held, and a proposal of another officer to give one."""
    held = world.people["editor"].role_assignments.get()
    proposal = role_changes.propose(
        by=world.another("officer"), nonce=uuid.uuid4(), change=RoleChange.GIVE, user=world.people["colleague"],
        role=Role.AUDITOR, reason="She watches over the year's reports.",
    )  # fmt: skip
    return {"role": [held.pk], "role step": [proposal.pk, "agree"]}
