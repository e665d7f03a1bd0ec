"""Roles: given and ended by those who may, with a trace, and with the door to the page editor."""

import datetime

import pytest

from gi_registry import staff
from gi_registry.journal import Actor
from gi_registry.models import JournalEntry, User
from gi_registry.moves import MoveRefused
from gi_registry.roles import Role
from gi_registry.territory import actors_of
from tests.factories import make_hunan

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test")
MONDAY, TUESDAY = datetime.date(2026, 11, 2), datetime.date(2026, 11, 3)


@pytest.fixture
def user():
    return User.objects.create_user("somebody")


def test_a_role_is_assigned_and_written_down_without_the_name(user):
    _hunan, yiyang, *_counties = make_hunan()
    staff.assign_role(user=user, role=Role.REVIEWER, division=yiyang, by=SYSTEM, on=MONDAY)
    assert [(actor.role, actor.division) for actor in actors_of(user, MONDAY)] == [(Role.REVIEWER, yiyang)]
    entry = JournalEntry.objects.get()
    assert entry.event_type == "role.assigned"
    assert entry.payload == {"role": "reviewer", "division": "430900"}
    assert "somebody" not in f"{entry.subject_label}{entry.subject_id}{entry.payload}"


def test_ending_a_role_ends_it_on_that_day(user):
    assignment = staff.assign_role(user=user, role=Role.AUDITOR, by=SYSTEM, on=MONDAY)
    staff.end_role(assignment=assignment, by=SYSTEM, on=TUESDAY)
    assert len(actors_of(user, MONDAY)) == 1
    assert actors_of(user, TUESDAY) == []
    assert JournalEntry.objects.filter(event_type="role.ended").count() == 1
    with pytest.raises(MoveRefused, match="ended already"):
        staff.end_role(assignment=assignment, by=SYSTEM, on=TUESDAY)


@pytest.mark.parametrize("role", [Role.EDITOR, Role.PUBLISHER, Role.OFFICER])
def test_roles_of_the_page_editor_open_and_close_it(user, role):
    assignment = staff.assign_role(user=user, role=role, by=SYSTEM, on=MONDAY)
    assert user.groups.count() == 1
    staff.end_role(assignment=assignment, by=SYSTEM, on=TUESDAY)
    assert user.groups.count() == 0


def test_other_roles_have_no_page_editor(user):
    staff.assign_role(user=user, role=Role.AUDITOR, by=SYSTEM, on=MONDAY)
    assert user.groups.count() == 0


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.APPROVER])
def test_territorial_roles_need_a_division(user, role):
    with pytest.raises(MoveRefused, match="territory"):
        staff.assign_role(user=user, role=role, by=SYSTEM, on=MONDAY)


def test_national_roles_take_no_division(user):
    province, *_rest = make_hunan()
    with pytest.raises(MoveRefused, match="territory"):
        staff.assign_role(user=user, role=Role.OFFICER, division=province, by=SYSTEM, on=MONDAY)


def test_a_role_is_not_held_twice(user):
    staff.assign_role(user=user, role=Role.AUDITOR, by=SYSTEM, on=MONDAY)
    with pytest.raises(MoveRefused, match="already"):
        staff.assign_role(user=user, role=Role.AUDITOR, by=SYSTEM, on=TUESDAY)


@pytest.mark.parametrize("role", [Role.EDITOR, Role.APPROVER, Role.AUDITOR])
def test_without_the_permission_nobody_assigns_roles(user, role):
    with pytest.raises(MoveRefused, match="does not allow"):
        staff.assign_role(user=user, role=Role.AUDITOR, by=Actor.user(user, role), on=MONDAY)
    assert not JournalEntry.objects.exists()
