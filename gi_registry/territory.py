"""Where things lie and who may act there."""

from __future__ import annotations

import datetime

from django.utils import timezone

from gi_registry.journal import Actor
from gi_registry.models import Division, RoleAssignment, User
from gi_registry.roles import RULES, Permission, Role


def resolve(code: str) -> Division | None:
    """Today's division for a code of today or of the past; None for an unknown code.

    A historic division without a successor on record stands for itself.
    """
    rows = list(Division.objects.filter(code=code).select_related("successor__parent__parent", "parent__parent"))
    for row in rows:
        if row.status == "current":
            return row
    for row in rows:
        if row.successor is not None:
            return row.successor
    return rows[0] if rows else None


def lies_in(division: Division | None, territory: Division | None) -> bool:
    """Whether a division is the territory or part of it. No territory (None) means the whole country."""
    if territory is None:
        return True
    return division is not None and any(part.pk == territory.pk for part in division.lineage())


def may(actor: Actor, permission: Permission, division: Division | None) -> bool:
    """Whether the actor's role carries the permission and its territory holds the division."""
    if not actor.has(permission):
        return False
    if not RULES[actor.role].territorial:
        return True
    return actor.division is not None and lies_in(division, actor.division)


def actors_of(user: User, on: datetime.date | None = None) -> list[Actor]:
    """The roles a person may act in on a date, each with its division."""
    assignments = RoleAssignment.objects.on(on or timezone.localdate()).filter(user=user)
    return [
        Actor.user(user, Role(row.role), row.division)
        for row in assignments.select_related("division__parent__parent")
    ]
