"""Protection cases in the hands of many at the same moment: one decision, one product, one announcement."""

import uuid

import pytest
from django.db import connection

from enterprises import protection, supervision
from enterprises.models import Authorisation
from enterprises.states import SuspensionGround
from gi_registry import journal
from gi_registry.models import JournalEntry
from products import drafting, protecting
from products.case_models import ProtectionCase
from products.case_states import CaseKind
from products.case_states import CaseState as S
from products.models import Announcement, Product, Right
from tests import races
from tests.case_world import make_world
from tests.protection_world import end_notice, make_case, paper

ON_POSTGRESQL = connection.vendor == "postgresql"
pytestmark = pytest.mark.django_db(transaction=ON_POSTGRESQL)
MANY = 12


@pytest.fixture
def world(race_database):
    return make_world()


@pytest.fixture(autouse=True)
def _journal_holds(world):
    yield
    assert [fault for fault in journal.verify() if "triggers" not in fault] == []


def fresh(case):
    return ProtectionCase.objects.get(pk=case.pk)


def test_of_many_announcements_of_one_case_one_makes_the_product(world):
    case = make_case(world, S.PRELIMINARY)
    end_notice(case)
    by, before = world.another("officer"), Announcement.objects.count()

    def recognise():
        return protection.publish([fresh(case)], step="recognise", by=by, reason="Yes.", **paper())

    outcome = races.at_once([recognise] * MANY)
    assert outcome.faults() == []
    assert Product.objects.filter(name_zh=case.name_zh).count() == 1
    assert Right.objects.filter(product__name_zh=case.name_zh).count() == 1
    assert Announcement.objects.count() == before + 1


def test_of_two_cases_of_one_name_one_is_granted(world):
    found = [make_case(world, S.PRELIMINARY) for _number in range(2)]
    for case in found:
        end_notice(case)
    by = world.another("officer")

    def granting(case):
        return lambda: protection.publish([fresh(case)], step="recognise", by=by, reason="Yes.", **paper())

    outcome = races.at_once([granting(case) for case in found])
    assert outcome.faults(codes={"duplicate"}) == []
    assert Right.objects.filter(product__name_zh="安化擂茶").count() == 1


def test_products_of_cases_granted_together_get_numbers_of_their_own(world):
    names = [f"安化{letter}茶" for letter in "甲乙丙丁"]
    found = [make_case(world, S.PRELIMINARY, name_zh=name) for name in names]
    for case in found:
        end_notice(case)
    by = world.another("officer")

    def granting(case):
        return lambda: protection.publish([fresh(case)], step="recognise", by=by, reason="Yes.", **paper())

    outcome = races.at_once([granting(case) for case in found])
    assert outcome.faults(winners=4) == []
    assert len(set(Product.objects.filter(name_zh__in=names).values_list("number", flat=True))) == 4


def test_a_case_is_granted_or_withdrawn(world):
    case = make_case(world, S.PRELIMINARY)
    end_notice(case)
    by, reviewer = world.another("officer"), world.actor("reviewer")

    def recognise():
        return protection.publish([fresh(case)], step="recognise", by=by, reason="Yes.", **paper())

    def withdraw():
        return protecting.withdraw(fresh(case), by=reviewer, text="Not any more.")

    outcome = races.at_once([recognise, withdraw] * 4)
    assert outcome.faults() == []
    granted = Product.objects.filter(name_zh=case.name_zh).exists()
    assert fresh(case).state == (S.RECOGNISED if granted else S.WITHDRAWN)


def test_a_form_that_is_sent_many_times_makes_one_draft(world):
    by, nonce = world.actor("reviewer"), uuid.uuid4()

    def start():
        return drafting.start(
            by=by, nonce=nonce, kind=CaseKind.RECOGNITION, division=world.county, name_zh="安化擂茶"
        ).reference

    outcome = races.at_once([start] * MANY)
    assert outcome.faults(winners=MANY) == []
    assert len(set(outcome.results)) == 1


def test_one_of_two_changes_of_a_right_is_filed(world):
    drafts = [make_case(world, S.DRAFT, kind=CaseKind.CHANGE) for _number in range(2)]
    by = world.actor("reviewer")

    def filing(case):
        return lambda: protecting.submit(fresh(case), by=by)

    outcome = races.at_once([filing(case) for case in drafts])
    assert outcome.faults(codes={"open_already"}) == []
    assert ProtectionCase.objects.filter(state=S.PROVINCIAL).count() == 1


def test_a_revocation_meets_suspensions_without_a_deadlock(world):
    row = world.authorisation()
    case = make_case(world, S.REQUESTED, kind=CaseKind.REVOCATION)
    by, approver = world.another("officer"), world.actor("approver")

    def revoke():
        return supervision.decide_revocation(fresh(case), by=by, reason="Not used.", **paper())

    def suspend():
        own = Authorisation.objects.get(pk=row.pk)
        return supervision.suspend(own, by=approver, ground=SuspensionGround.OTHER, text="A look.")

    outcome = races.at_once([revoke, suspend] * 4)
    assert not outcome.errors
    assert outcome.codes <= races.TOO_LATE
    row.refresh_from_db()
    assert (fresh(case).state, row.state) == (S.REVOKED, "ended")
    assert JournalEntry.objects.filter(event_type="authorisation.deregistered").count() == 1
