"""Demonstration zones in the hands of many at the same moment: one wins, the others are told."""

import uuid

import pytest
from django.db import connection
from django.utils import timezone

from gi_registry import journal
from gi_registry.event_types import EventType
from gi_registry.models import JournalEntry
from products import zoning
from products.zone_models import DemonstrationZone
from products.zone_states import ZoneState
from tests import races
from tests.case_world import make_world
from tests.zone_world import FIGURES, MOVES, NAME, make_zone

ON_POSTGRESQL = connection.vendor == "postgresql"
pytestmark = pytest.mark.django_db(transaction=ON_POSTGRESQL)
MANY = 20


@pytest.fixture
def world(race_database):
    return make_world()


@pytest.fixture(autouse=True)
def _journal_holds(world):
    yield
    assert [fault for fault in journal.verify() if "triggers" not in fault] == []


def entries(event):
    return JournalEntry.objects.filter(event_type=event).count()


def copies(zone):
    return [DemonstrationZone.objects.select_related("division__parent__parent").get(pk=zone.pk) for _ in range(MANY)]


def test_of_many_one_chooses_a_zone_or_gives_it_up(world):
    zone, before = make_zone(world, ZoneState.RECOMMENDED), entries(EventType.ZONE_MOVED)

    def step(row, number):
        name, by = ("choose", "officer") if number % 2 else ("give_up", "approver")
        return lambda: zoning.take_step(row, MOVES[name], by=world.actor(by), reason="It is so.")

    outcome = races.at_once([step(row, number) for number, row in enumerate(copies(zone))])
    assert outcome.faults() == []
    assert entries(EventType.ZONE_MOVED) == before + 1
    zone.refresh_from_db()
    assert zone.stages.get(effective_to=None).state == zone.state


def test_a_zone_is_not_amended_while_it_is_recommended(world):
    """Either the figures were changed before, and nobody recommends what they did not see, or they stay."""
    zone = make_zone(world)

    def call(row, number):
        if number % 2:
            return lambda: zoning.amend(row, by=world.actor("reviewer"), version=1, users=7)
        return lambda: zoning.take_step(
            row, MOVES["recommend"], by=world.actor("approver"), reason="It is so.", version=1
        )

    outcome = races.at_once([call(row, number) for number, row in enumerate(copies(zone))])
    assert outcome.faults() == []
    zone.refresh_from_db()
    assert (zone.state, zone.users) in {("recommended", 6), ("proposed", 7)}


def test_of_many_summaries_of_a_year_one_is_filed(world):
    zone, year = make_zone(world, ZoneState.BUILDING), timezone.localdate().year

    def file(row, number):
        return lambda: zoning.file_summary(
            row, by=world.actor("reviewer"), year=year, version=0, text=f"Summary {number}", **FIGURES
        )

    outcome = races.at_once([file(row, number) for number, row in enumerate(copies(zone))])
    assert outcome.faults() == []
    assert zone.summaries.count() == 1


def test_the_same_form_sent_by_many_windows_makes_one_zone(world):
    nonce = uuid.uuid4()
    values = {"nonce": nonce, "division": world.county, "level": "national", "name_zh": NAME,
              "products": [world.product]}  # fmt: skip
    outcome = races.at_once([lambda: zoning.enter(by=world.actor("reviewer"), **values)] * MANY)
    assert outcome.faults(winners=MANY) == []
    assert DemonstrationZone.objects.count() == 1
    assert entries(EventType.ZONE_ENTERED) == 1
