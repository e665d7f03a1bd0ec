"""The command that gives officials their roles: by the same writer, all or nothing."""

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from gi_registry.models import JournalEntry, RoleAssignment, User
from tests.factories import make_hunan

pytestmark = pytest.mark.django_db


def test_a_new_official_gets_an_account_and_a_role_in_the_own_territory():
    make_hunan()
    call_command("assign_role", "li", "reviewer", division="430923", email="Li@office.example", verbosity=0)
    user = User.objects.get(username="li")
    row = RoleAssignment.objects.get(user=user)
    assert (row.role, row.division.name_zh, user.email) == ("reviewer", "安化县", "li@office.example")
    assert not user.has_usable_password()
    assert JournalEntry.objects.filter(event_type="role.assigned").count() == 1


def test_a_role_ends_and_is_not_ended_twice():
    make_hunan()
    call_command("assign_role", "li", "reviewer", division="430923", verbosity=0)
    RoleAssignment.objects.update(effective_from="2020-01-01")
    call_command("assign_role", "li", "reviewer", division="430923", end=True, verbosity=0)
    assert RoleAssignment.objects.get().effective_to is not None
    with pytest.raises(CommandError, match="does not hold this role"):
        call_command("assign_role", "li", "reviewer", division="430923", end=True, verbosity=0)


@pytest.mark.parametrize(
    ("role", "division", "words"),
    [("reviewer", "", "territory"), ("officer", "430000", "territory"), ("reviewer", "999999", "no division of today")],
)
def test_a_role_in_the_wrong_place_is_refused_and_leaves_no_account(role, division, words):
    make_hunan()
    with pytest.raises(CommandError, match=words):
        call_command("assign_role", "li", role, division=division, verbosity=0)
    assert not User.objects.exists()


def test_enterprises_get_no_role_from_here():
    with pytest.raises(CommandError):
        call_command("assign_role", "li", "enterprise_owner", verbosity=0)
