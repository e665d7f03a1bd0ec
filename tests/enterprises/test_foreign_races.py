"""Records of foreign GIs in the hands of several officers at the same moment."""

import pytest
from django.db import connection

from gi_registry import journal
from gi_registry.models import JournalEntry
from products import foreign_registrar
from products.recognition_models import ForeignGI
from products.states import Side
from tests import races
from tests.case_world import make_world
from tests.factories import make_agreement, make_agreement_entry

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


def test_of_many_officers_one_enters_a_name(world):
    officers = [world.actor("officer"), world.another("officer")]

    def enter(by):
        return foreign_registrar.enter(by=by, name_original="Comté", country="FR")

    outcome = races.at_once([lambda by=officers[place % 2]: enter(by) for place in range(MANY)])
    assert outcome.faults(codes={"duplicate", "someone_was_faster"}) == []
    assert ForeignGI.objects.get().number == 1
    assert JournalEntry.objects.filter(event_type="foreign_gi.entered").count() == 1


def test_names_tied_at_the_same_moment_are_all_kept(world):
    record = foreign_registrar.enter(by=world.actor("officer"), name_original="Comté", country="FR")
    names = [
        make_agreement_entry(make_agreement(f"A-{place}"), side=Side.INBOUND, name_native="Comté", country="FR")
        for place in range(4)
    ]

    def tie(name):
        foreign_registrar.tie(ForeignGI.objects.get(pk=record.pk), [name], by=world.actor("officer"))

    outcome = races.at_once([lambda name=name: tie(name) for name in names])
    assert outcome.faults(winners=4) == []
    assert set(record.entries.all()) == set(names)
