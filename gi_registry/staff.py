"""Who holds which role: assigned and ended here only, each with an entry in the journal.

WRITER. A role that works in the page editor brings membership of its Wagtail group, which opens the editor;
nobody else gets in. The journal names the person by an opaque reference.
"""

from __future__ import annotations

import datetime

from django.contrib.auth.models import Group
from django.db import transaction
from django.utils.translation import gettext as _

from gi_registry import journal
from gi_registry.event_types import EventType
from gi_registry.journal import Actor, Event, Subject
from gi_registry.models import Division, RoleAssignment, User
from gi_registry.moves import MoveRefused
from gi_registry.roles import RULES, WAGTAIL_GROUPS, Permission, Role


def assign_role(
    *, user: User, role: Role, division: Division | None = None, by: Actor, on: datetime.date
) -> RoleAssignment:
    """Give a role from a day on, in a division (territorial roles) or in the whole country (the others).

    Raises MoveRefused where the actor may not, the division is missing or out of place, or the person holds
    the role there already.
    """
    _check_actor(by)
    if RULES[role].territorial == (division is None):
        raise MoveRefused("territory", _("This role needs a territory; or it has none and one was given."))
    if RoleAssignment.objects.on(on).filter(user=user, role=role, division=division).exists():
        raise MoveRefused("held_already", _("This person holds the role already."))
    with transaction.atomic():
        assignment = RoleAssignment.objects.create(user=user, role=role, division=division, effective_from=on)
        if name := WAGTAIL_GROUPS.get(role):
            group, _created = Group.objects.get_or_create(name=name)
            user.groups.add(group)
        _record(EventType.ROLE_ASSIGNED, assignment, on, by)
    return assignment


def end_role(*, assignment: RoleAssignment, by: Actor, on: datetime.date) -> None:
    """End a role on a day, which is the first without it. Raises MoveRefused where it has ended already."""
    _check_actor(by)
    if on <= assignment.effective_from:
        raise MoveRefused("too_early", _("A role ends after the day it begins."))
    with transaction.atomic():
        hit = RoleAssignment.objects.filter(pk=assignment.pk, effective_to=None).update(effective_to=on)
        if hit != 1:
            raise MoveRefused("ended_already", _("This role has ended already."))
        assignment.effective_to = on
        role = Role(assignment.role)
        others = RoleAssignment.objects.filter(user=assignment.user, role=role, effective_to=None)
        if role in WAGTAIL_GROUPS and not others.exists():
            assignment.user.groups.remove(*Group.objects.filter(name=WAGTAIL_GROUPS[role]))
        _record(EventType.ROLE_ENDED, assignment, on, by)


def _check_actor(by: Actor) -> None:
    if by.role != Role.SYSTEM and not by.has(Permission.ASSIGN_ROLES):
        raise MoveRefused("not_permitted", _("Your role or territory does not allow this step."))


def _record(event: EventType, assignment: RoleAssignment, on: datetime.date, by: Actor) -> None:
    reference = f"user:{assignment.user_id}"
    code = assignment.division.code if assignment.division else None
    subject = Subject("user", reference, reference)
    journal.record(Event(event, subject, {"role": str(assignment.role), "division": code}, on), by=by)
