"""Objections in the hands of many at the same moment: one wins, the others are told."""

import uuid

import pytest
from django.db import connection

from gi_registry import journal
from gi_registry.event_types import EventType
from gi_registry.journal import Actor
from gi_registry.models import JournalEntry, User
from gi_registry.roles import Role
from products import objecting
from products.case_models import ProtectionCase
from products.objection_models import Objection
from products.objection_states import ObjectionState
from tests import factories as make
from tests import races
from tests.case_world import make_world
from tests.objection_world import REASON, make_list, make_notice, make_objection, received, values

ON_POSTGRESQL = connection.vendor == "postgresql"
pytestmark = pytest.mark.django_db(transaction=ON_POSTGRESQL)
MANY = 16


@pytest.fixture
def world(race_database):
    return make_world()


@pytest.fixture(autouse=True)
def _journal_holds(world):
    yield
    assert [fault for fault in journal.verify() if "triggers" not in fault] == []


def entries(*events):
    return [JournalEntry.objects.filter(event_type=event).count() for event in events]


def copy(row):
    return Objection.objects.select_related("notice__case", "notice__agreement").get(pk=row.pk)


def test_of_two_officers_who_decide_one_wins(world):
    row = make_objection(world, ObjectionState.ANSWERED)
    make.make_person("officer", username="third officer")
    people = [world.another("officer"), Actor.user(User.objects.get(username="third officer"), Role.OFFICER)]

    def decision(number):
        own, step = copy(row), (objecting.uphold, objecting.dismiss)[number % 2]
        return lambda: step(own, by=people[number % 2], text="It is so.", published_reason=REASON)

    calls = [decision(number) for number in range(MANY)]
    outcome = races.at_once(calls)
    assert outcome.faults() == []
    row.refresh_from_db()
    told = entries(EventType.OBJECTION_UPHELD, EventType.OBJECTION_DISMISSED)
    assert told == ([1, 0] if row.state == "upheld" else [0, 1])
    assert row.notes.filter(kind="decision").count() == 1


def test_a_form_that_is_sent_many_times_at_once_is_one_objection(world):
    sent, notice = values(), make_notice(world)
    outcome = races.at_once([lambda: objecting.receive(notice, **sent)[1]] * MANY)
    assert outcome.faults(winners=MANY) == []
    assert len(set(outcome.results)) == 1
    assert (Objection.objects.count(), entries(EventType.OBJECTION_RECEIVED)) == (1, [1])


def test_a_comment_that_is_sent_many_times_at_once_is_one_comment(world):
    """No case is held here: only the database keeps the nonce single."""
    agreement, entry = make_list()
    sent, notice = values(entry=entry), make_notice(world, agreement=agreement)
    outcome = races.at_once([lambda: objecting.receive(notice, **sent)[1]] * MANY)
    assert outcome.faults(winners=MANY) == []
    assert (Objection.objects.count(), entries(EventType.OBJECTION_RECEIVED)) == (1, [1])


def test_of_many_objections_admitted_at_once_one_opposes_the_case(world):
    notice = make_notice(world)
    rows = [received(notice, nonce=uuid.uuid4()) for _ in range(MANY)]
    by = world.actor("officer")
    own = [copy(row) for row in rows]
    outcome = races.at_once([lambda row=row: objecting.admit(row, by=by, text="In time.") for row in own])
    assert outcome.faults(winners=MANY) == []
    assert entries(EventType.CASE_OPPOSED, EventType.OBJECTION_ADMITTED) == [1, MANY]
    case = ProtectionCase.objects.get()
    assert (case.state, case.steps.count()) == ("opposed", 1)
