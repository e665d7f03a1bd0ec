"""READER. What must be true of divisions and of the roles that people hold."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib.auth.models import Group
from django.db.models import F, Q
from django.utils import timezone

from gi_registry.dated_rows import overlapping
from gi_registry.models import Division, DivisionLevel, DivisionStatus, RoleAssignment
from gi_registry.roles import RULES, WAGTAIL_GROUPS, Role


def divisions_stand_in_their_tree() -> Iterator[str]:
    """A division of today lies in one of today and of a higher level; a successor is of today."""
    rows = Division.objects.current().select_related("parent")
    for row in rows.filter(Q(parent=None) & ~Q(level=DivisionLevel.PROVINCE)):
        yield f"Division {row.code} {row.name_zh}: it lies in no other, and is no province."
    for row in rows.filter(
        Q(level=DivisionLevel.PROVINCE, parent__isnull=False) | Q(parent__level=F("level"))
    ):
        yield f"Division {row.code} {row.name_zh}: it lies in {row.parent}, which is not above it."
    for row in Division.objects.filter(successor=F("pk")):
        yield f"Division {row.code} {row.name_zh}: it is its own successor."
    gone = Division.objects.filter(successor__isnull=False, successor__status=DivisionStatus.HISTORIC)
    for row in gone.filter(successor__successor=None):
        yield f"Division {row.code} {row.name_zh}: its successor no longer exists."


def roles_fit_their_place() -> Iterator[str]:
    """Roles of a territory name one, others none; nobody holds a role twice in one place at one time."""
    territorial = [role for role, rule in RULES.items() if rule.territorial]
    rows = RoleAssignment.objects.select_related("user")
    for row in rows.filter(Q(role__in=territorial) ^ Q(division__isnull=False)):
        where = "without a territory" if row.division_id is None else "in a territory"
        yield f"Role assignment {row.pk}: {row.role} {where}."
    dated = [
        (
            (row.user_id, row.role, row.division_id),
            row.effective_from,
            row.effective_to,
            f"Role assignment {row.pk}",
        )
        for row in rows
    ]
    for name in overlapping(dated):
        yield f"{name}: the same person holds the same role twice at one time."


def editors_are_those_with_the_role() -> Iterator[str]:
    """Who is in a group of the page editor holds the role that brings it."""
    today = timezone.localdate()
    for role, name in WAGTAIL_GROUPS.items():
        holding = RoleAssignment.objects.on(today).filter(role=Role(role)).values("user")
        for group in Group.objects.filter(name=name):
            for user in group.user_set.filter(is_active=True, is_superuser=False).exclude(pk__in=holding):
                yield f"Account {user.pk}: in the group {name} without the role {role.value}."


INVARIANTS = (divisions_stand_in_their_tree, roles_fit_their_place, editors_are_those_with_the_role)
