"""Who holds which role: assigned and ended here only, each with an entry in the journal.

WRITER. A role that works in the page editor brings membership of its Wagtail group, which opens the editor;
nobody else gets in. The journal names the person by an opaque reference.
"""

from __future__ import annotations

import datetime

from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from gi_registry import journal, sign_ins
from gi_registry.event_types import EventType
from gi_registry.journal import Actor, Event, Subject
from gi_registry.models import Division, RoleAssignment, User
from gi_registry.moves import MoveRefused
from gi_registry.roles import RULES, WAGTAIL_GROUPS, Permission, Role


def assign_role(
    *, user: User, role: Role, division: Division | None = None, by: Actor, on: datetime.date,
    until: datetime.date | None = None, proposed_by: str = "",
) -> RoleAssignment:  # fmt: skip
    """Give a role from a day on, in a division (territorial roles) or in the whole country (the others).

    `until`: the first day without it. `proposed_by`: reference of the other person without whom no person may do
    this; commands of the operator need none. Raises MoveRefused where the actor may not, the division is missing or
    out of place, or the person holds the role there already.
    """
    _check_actor(by, proposed_by)
    check_place(role, division)
    with transaction.atomic():
        held(user)
        if RoleAssignment.objects.on(on).filter(user=user, role=role, division=division).exists():
            raise MoveRefused("held_already", _("This person holds the role already."))
        assignment = RoleAssignment.objects.create(
            user=user, role=role, division=division, effective_from=on, effective_to=until
        )
        if name := WAGTAIL_GROUPS.get(role):
            group, _created = Group.objects.get_or_create(name=name)
            user.groups.add(group)
        _record(EventType.ROLE_ASSIGNED, assignment, on, by, proposed_by)
    return assignment


def end_role(*, assignment: RoleAssignment, by: Actor, on: datetime.date, proposed_by: str = "") -> None:
    """End a role on a day, which is the first without it, and all sessions of the person.

    Raises MoveRefused where it has ended already.
    """
    _check_actor(by, proposed_by)
    if on <= assignment.effective_from:
        raise MoveRefused("too_early", _("A role ends after the day it begins."))
    with transaction.atomic():
        held(assignment.user)
        rows = RoleAssignment.objects.filter(Q(effective_to=None) | Q(effective_to__gt=on), pk=assignment.pk)
        if rows.update(effective_to=on) != 1:
            raise MoveRefused("ended_already", _("This role has ended already."))
        assignment.effective_to = on
        role = Role(assignment.role)
        others = RoleAssignment.objects.filter(user=assignment.user, role=role, effective_to=None)
        if role in WAGTAIL_GROUPS and not others.exists():
            assignment.user.groups.remove(*Group.objects.filter(name=WAGTAIL_GROUPS[role]))
        _record(EventType.ROLE_ENDED, assignment, on, by, proposed_by)
        sign_ins.end_everywhere(assignment.user)


def check_place(role: Role, division: Division | None) -> None:
    """Refuse a territorial role without a division, and a national one with one."""
    if RULES[role].territorial == (division is None):
        raise MoveRefused("territory", _("This role needs a territory; or it has none and one was given."))


def held(user: User) -> User:
    """The person's row, held until the end of the transaction: the first that any change of roles holds."""
    return User.objects.select_for_update(no_key=True).get(pk=user.pk)


def _check_actor(by: Actor, proposed_by: str) -> None:
    """Commands of the operator may alone; of people two are needed."""
    if by.role == Role.SYSTEM:
        return
    if not by.has(Permission.ASSIGN_ROLES):
        raise MoveRefused("not_permitted", _("Your role or territory does not allow this step."))
    if not proposed_by or proposed_by == by.reference:
        raise MoveRefused("two_people", _("Two officers are needed: one proposes, another one agrees."))


def _record(event: EventType, assignment: RoleAssignment, on: datetime.date, by: Actor, proposed_by: str) -> None:
    code = assignment.division.code if assignment.division else None
    payload: dict[str, str | None] = {"role": str(assignment.role), "division": code}
    if assignment.effective_to and event == EventType.ROLE_ASSIGNED:
        payload["until"] = assignment.effective_to.isoformat()
    if proposed_by:
        payload["proposed_by"] = proposed_by
    journal.record(Event(event, subject_of(assignment.user), payload, on), by=by)


def subject_of(user: User) -> Subject:
    """The name of a person in the journal, which tells nobody who they are."""
    reference = f"user:{user.pk}"
    return Subject("user", reference, reference)
