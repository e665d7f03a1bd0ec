"""Protection cases in the hands of many at the same moment: one decides, the others are told."""

from functools import partial

import pytest
from django.db import connection

from enterprises import protection, supervision
from gi_registry import journal
from gi_registry.moves import MoveRefused
from products import drafting, protecting
from products.case_models import ProtectionCase
from products.case_states import CaseKind
from products.case_states import CaseState as S
from products.drafting import Place
from products.models import Announcement, Right
from products.objection_models import PublicNotice
from tests import races
from tests.case_world import make_world
from tests.protection_world import LAW_78, make_case, neighbour, paper

ON_POSTGRESQL = connection.vendor == "postgresql"
pytestmark = pytest.mark.django_db(transaction=ON_POSTGRESQL)
MANY = 10
LATE = races.TOO_LATE | {"guard", "duplicate", "number_taken"}


@pytest.fixture
def world(race_database):
    return make_world()


@pytest.fixture(autouse=True)
def _journal_holds(world):
    yield
    assert [fault for fault in journal.verify() if "triggers" not in fault] == []


def row(case):
    return ProtectionCase.objects.get(pk=case.pk)


def test_of_many_windows_one_saves_a_draft_and_its_area_stays_whole(world):
    case, by = make_case(world, S.DRAFT), world.actor("reviewer")
    places = [Place(world.county)], [Place(neighbour(world))]

    def save(number):
        own, area = row(case), places[number % 2]
        return lambda: drafting.save_draft(own, by=by, version=own.version, places=area, applicant=f"某协会{number}")

    outcome = races.at_once([save(number) for number in range(MANY)])
    assert outcome.faults() == []
    kept = row(case)
    assert list(kept.areas.values_list("division", flat=True)) == [
        places[int(kept.applicant.removeprefix("某协会")) % 2][0].division.pk
    ]  # fmt: skip


def test_of_many_officials_one_gives_the_opinion_or_sends_the_case_back(world):
    case, by = make_case(world, S.PROVINCIAL), world.actor("approver")
    steps = [protecting.give_opinion, protecting.send_back]
    outcome = races.at_once([
        partial(steps[number % 2], row(case), by=by, text="It is so.") for number in range(MANY)
    ])  # fmt: skip
    assert outcome.faults() == []
    assert (row(case).steps.count(), row(case).notes.count()) == (2, 1)


def test_of_many_officers_one_announces_a_case(world):
    case = make_case(world, S.FORMAL, law=LAW_78)
    by = [world.actor("officer"), world.another("officer")]
    outcome = races.at_once([
        partial(protection.publish, [row(case)], step="accept", by=by[number % 2], **paper()) for number in range(MANY)
    ])  # fmt: skip
    assert outcome.faults(codes=LATE) == []
    assert PublicNotice.objects.filter(case=case).count() == 1
    assert Announcement.objects.filter(text__startswith="示例保护公告").count() == 1


def test_of_many_officers_one_revokes_or_keeps_a_protection(world):
    authorisation = world.authorisation()
    case, by = make_case(world, S.REQUESTED, kind=CaseKind.REVOCATION), world.another("officer")

    half = range(MANY // 2)
    calls = [partial(supervision.decide_revocation, row(case), by=by, reason="It is so.", **paper()) for _one in half]
    calls += [partial(protecting.keep, row(case), by=by, text="It is so.") for _one in half]
    outcome = races.at_once(calls)
    assert outcome.faults(codes=LATE) == []
    authorisation.refresh_from_db()
    protected = Right.objects.in_force().filter(product=world.product).exists()
    assert (row(case).state, authorisation.state, protected) in [
        (S.REVOKED, "ended", False), (S.KEPT, "in_force", True)
    ]  # fmt: skip


def test_a_draft_that_many_throw_away_is_gone_once(world):
    case, by = make_case(world, S.DRAFT), world.actor("reviewer")

    def discard(own):
        try:
            drafting.discard(own, by=by)
        except ProtectionCase.DoesNotExist:  # what the page takes for done
            raise MoveRefused("wrong_state", "The draft is gone already.") from None

    outcome = races.at_once([partial(discard, row(case)) for _number in range(MANY)])
    assert outcome.faults() == []
    assert not ProtectionCase.objects.exists()
