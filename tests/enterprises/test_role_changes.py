"""Two officers for every change of roles: one proposes, another agrees; nobody alone, nobody for themselves."""

import datetime
import uuid

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from gi_registry import journal, role_changes
from gi_registry.models import JournalEntry, RoleAssignment, RoleProposal, User
from gi_registry.moves import MoveRefused
from gi_registry.role_states import ProposalState, RoleChange
from gi_registry.roles import Role
from tests import races
from tests.case_world import make_world

pytestmark = pytest.mark.django_db(transaction=connection.vendor == "postgresql")
WHY = "王女士接替李先生。"
MANY = 12


@pytest.fixture
def world(race_database):
    return make_world()


def propose(world, by="officer", **values):
    wanted = {"nonce": uuid.uuid4(), "change": RoleChange.GIVE, "user": world.people["colleague"],
              "role": Role.APPROVER, "division": world.province, "reason": WHY}  # fmt: skip
    actor = world.actor(by) if isinstance(by, str) else by
    return role_changes.propose(by=actor, **(wanted | values))


def holds(world, name="colleague"):
    rows = RoleAssignment.objects.on(timezone.localdate()).filter(user=world.people[name])
    return [(row.role, row.division) for row in rows]


def refused(code, call, *args, **kwargs):
    with pytest.raises(MoveRefused) as caught:
        call(*args, **kwargs)
    assert caught.value.code == code, caught.value
    assert len(str(caught.value)) > 8


def test_the_second_officer_gives_the_role_and_the_journal_knows_both_without_names(world):
    row = propose(world)
    assert holds(world) == []
    role_changes.agree(row, by=world.another("officer"))
    assert holds(world) == [("approver", world.province)]
    given = JournalEntry.objects.get(event_type="role.assigned")
    assert given.actor == world.another("officer").reference
    assert given.payload["proposed_by"] == world.actor("officer").reference
    told = "".join(str(journal.as_json(one)) for one in JournalEntry.objects.all())
    assert "王女士" not in told
    assert "colleague" not in told


def test_a_role_is_taken_by_two_and_every_session_of_the_person_ends(world):
    user, client = world.people["approver"], Client()
    RoleAssignment.objects.update(effective_from="2020-01-01")
    client.force_login(user)
    row = propose(world, change=RoleChange.TAKE, user=user)
    assert client.get("/en/account/email/").status_code == 200
    role_changes.agree(row, by=world.another("officer"))
    assert holds(world, "approver") == []
    assert "/account/login/" in client.get("/en/account/email/").url


def test_nobody_agrees_to_what_they_proposed(world):
    row = propose(world)
    refused("guard", role_changes.agree, row, by=world.actor("officer"))
    refused("guard", role_changes.refuse, row, by=world.actor("officer"), reason="No.")
    assert holds(world) == []


def test_nobody_proposes_or_agrees_to_a_role_of_their_own(world):
    refused("own_role", propose, world, user=world.people["officer"])
    other = world.another("officer")
    row = propose(world, user=User.objects.get(pk=other.person))
    refused("guard", role_changes.agree, row, by=other)


@pytest.mark.parametrize("name", ["approver", "auditor", "editor", "owner"])
def test_only_officers_change_roles(world, name):
    refused("not_permitted", propose, world, by=name)
    row = propose(world)
    refused("not_permitted", role_changes.agree, row, by=world.actor(name))
    refused("not_permitted", role_changes.refuse, row, by=world.actor(name), reason="No.")


def test_one_officer_alone_cannot_go_around_the_proposal(world):
    from gi_registry import staff

    with pytest.raises(MoveRefused, match="Two officers"):
        staff.assign_role(
            user=world.people["colleague"], role=Role.AUDITOR, by=world.actor("officer"), on=timezone.localdate()
        )


def test_a_proposal_lapses_after_fourteen_days_and_can_be_made_anew(world):
    row = propose(world)
    RoleProposal.objects.update(proposed_at=timezone.now() - datetime.timedelta(days=14))
    refused("guard", role_changes.agree, row, by=world.another("officer"))
    role_changes.agree(propose(world), by=world.another("officer"))
    assert len(holds(world)) == 1


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"division": None}, "territory"),
        ({"role": Role.AUDITOR}, "territory"),
        ({"role": Role.ENTERPRISE_OWNER}, "wrong_role"),
        ({"reason": "  "}, "reason_missing"),
        ({"until": datetime.date(2020, 1, 1)}, "wrong_end"),
        ({"role": Role.EDITOR, "division": None, "until": datetime.date(2099, 1, 1)}, "wrong_end"),
        ({"change": RoleChange.TAKE}, "not_held"),
    ],
)
def test_what_cannot_be_is_refused_at_once(world, values, code):
    refused(code, propose, world, **values)
    assert not RoleProposal.objects.exists()


def test_the_same_role_is_proposed_once_and_the_same_form_counts_once(world):
    row = propose(world, nonce=uuid.UUID(int=1))
    assert propose(world, nonce=uuid.UUID(int=1)) == row
    refused("proposed_already", propose, world, by=world.another("officer"))


def test_a_deputy_has_the_role_until_the_day(world):
    until = timezone.localdate() + datetime.timedelta(days=30)
    role_changes.agree(propose(world, until=until), by=world.another("officer"))
    assert RoleAssignment.objects.get(user=world.people["colleague"]).effective_to == until


def test_a_role_that_somebody_got_meanwhile_leaves_the_proposal_as_it_was(world):
    row = propose(world)
    from gi_registry import staff

    staff.assign_role(user=row.user, role=Role.APPROVER, division=world.province,
                      by=journal.Actor.system("test"), on=timezone.localdate())  # fmt: skip
    refused("held_already", role_changes.agree, row, by=world.another("officer"))
    row.refresh_from_db()
    assert row.state == ProposalState.WAITING


# --- The command ---


def test_the_command_makes_the_first_officers_and_then_asks_who_wanted_it(world):
    def command(*args, **options):
        call_command("assign_role", "li", "auditor", *args, verbosity=0, **options)

    command()  # the world has one officer
    world.another("officer")
    with pytest.raises(CommandError, match="Two officers"):
        call_command("assign_role", "wang", "auditor", verbosity=0)
    assert not User.objects.filter(username="wang").exists()
    with pytest.raises(CommandError, match="no account"):
        call_command("assign_role", "wang", "auditor", by="nobody", reason="Both are ill.", verbosity=0)
    call_command("assign_role", "wang", "auditor", by="officer", reason="Both are ill.", verbosity=0)
    row = RoleProposal.objects.get(user__username="wang")
    assert (row.state, row.reason, row.proposed_by.username) == ("by_command", "Both are ill.", "officer")


# --- At the same moment ---


def test_of_many_who_agree_refuse_and_withdraw_one_wins(world):
    row, other = propose(world), world.another("officer")
    proposer = world.actor("officer")

    def call(number):
        mine = RoleProposal.objects.select_related("user", "division").get(pk=row.pk)
        return [lambda: role_changes.agree(mine, by=other),
                lambda: role_changes.refuse(mine, by=other, reason="Not yet."),
                lambda: role_changes.withdraw(mine, by=proposer)][number % 3]  # fmt: skip

    outcome = races.at_once([call(number) for number in range(MANY)])
    assert outcome.faults() == []
    row.refresh_from_db()
    assert len(holds(world)) == (row.state == ProposalState.AGREED)
    assert JournalEntry.objects.filter(event_type__in=["role.agreed", "role.refused", "role.withdrawn"]).count() == 1


def test_of_many_proposals_at_once_one_waits(world):
    calls = [lambda: propose(world) for _each in range(MANY)]
    outcome = races.at_once(calls)
    assert outcome.faults(codes={"proposed_already"}) == []


# --- The pages ---


def enter(world, name):
    from allauth.mfa.models import Authenticator

    user, client = world.people[name], Client()
    Authenticator.objects.get_or_create(user=user, type="totp", defaults={"data": {"secret": "x"}})
    client.force_login(user)
    return client


def address(name, *args):
    with translation.override("en"):
        return reverse(f"enterprises:{name}", args=args)


def test_a_role_is_proposed_and_agreed_to_in_the_pages(world):
    typed = {"person": "New.Official@office.example", "role": "reviewer", "division": "安化县", "reason": WHY}
    world.another("officer")
    response = enter(world, "officer").post(address("desk_role_give"), typed)
    assert response.status_code == 302, response.content.decode()
    row = RoleProposal.objects.get()
    assert (row.user.email, row.user.has_usable_password()) == ("new.official@office.example", False)
    second = enter(world, "another_officer")
    assert WHY in second.get(address("desk_people")).text
    assert second.post(address("desk_role_step", row.pk, "agree")).status_code == 302
    assert RoleAssignment.objects.get(user=row.user).division == world.county


def test_an_address_that_somebody_else_signed_up_with_gets_no_role(world):
    """Otherwise whoever signs up with an official's address before them would be given the role."""
    from allauth.account.models import EmailAddress

    thief = User.objects.create_user("thief", "official@office.example", "a password of the thief")
    EmailAddress.objects.create(user=thief, email=thief.email, verified=False, primary=True)
    typed = {"person": "Official@office.example", "role": "auditor", "reason": WHY}
    page = enter(world, "officer").post(address("desk_role_give"), typed)
    assert "has not confirmed it" in page.text
    assert WHY in page.text
    assert not RoleProposal.objects.exists()


def test_the_pages_say_why_a_step_is_not_open_and_keep_what_was_typed(world):
    row, client = propose(world), enter(world, "officer")
    assert "another officer has to agree" in client.get(address("desk_people")).text
    page = client.post(address("desk_role_step", row.pk, "refuse"), {"text": "I thought better of it."})
    assert "I thought better of it." in page.text
    assert "you can withdraw it" in page.text
    wrong = client.post(address("desk_role_give"), {"person": "nobody-here", "role": "auditor", "reason": WHY})
    assert "There is no such account." in wrong.text
    assert WHY in wrong.text
    gone = client.post(address("desk_role_step", row.pk, "withdraw"))
    assert gone.status_code == 302
    assert client.post(address("desk_role_step", row.pk, "withdraw")).status_code == 409


def test_the_auditor_reads_everything_and_finds_no_button(world):
    propose(world)
    page = enter(world, "auditor").get(address("desk_people")).text
    assert WHY in page
    assert address("desk_role_give") not in page


def test_who_may_not_read_of_roles_finds_no_way_to_them_and_no_empty_heading(world):
    page = enter(world, "approver").get(address("desk")).text
    assert address("desk_people") not in page
    assert ">Register<" not in page
