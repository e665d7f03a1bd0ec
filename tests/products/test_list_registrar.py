"""Poverty lists, agreements and the list of sources: entered and amended with their history."""

import pytest

from gi_registry.journal import Actor
from gi_registry.models import JournalEntry
from gi_registry.roles import Role
from products import list_registrar
from products.models import Agreement, ListedUnit, Source
from tests.factories import make_hunan

pytestmark = pytest.mark.django_db
OFFICER = Actor("user:1", Role.OFFICER)


@pytest.fixture
def hunan():
    return make_hunan()


@pytest.fixture
def poverty_list():
    return list_registrar.enter_poverty_list(
        by=OFFICER, slug="hunan-51", name_zh="湖南省贫困县名录", name_en="Hunan", official_size=51
    )


def test_a_unit_may_touch_no_division_or_several(poverty_list, hunan):
    values = {"province": hunan[0], "list_basis": "sourced"}
    none = list_registrar.enter_listed_unit(poverty_list, by=OFFICER, key="洪江区", name_zh="洪江区", **values)
    several = list_registrar.enter_listed_unit(
        poverty_list, by=OFFICER, key="甲", name_zh="甲", divisions=frozenset(hunan[2:]), **values
    )
    assert none.divisions.count() == 0
    assert several.divisions.count() == 2
    entry = JournalEntry.objects.first()
    assert (entry.event_type, entry.parent_id) == ("listed_unit.entered", "hunan-51")
    assert entry.payload["values"]["divisions"] == ["安化县 430923", "桃江县 430922"]


def test_an_amended_unit_tells_what_differs(poverty_list, hunan):
    unit = list_registrar.enter_listed_unit(
        poverty_list, by=OFFICER, key="安化县", name_zh="安化县", province=hunan[0], list_basis="sourced"
    )
    list_registrar.amend_listed_unit(unit, by=OFFICER, divisions=frozenset([hunan[2]]), key_county=True, area="")
    assert list(ListedUnit.objects.get().divisions.all()) == [hunan[2]]
    assert JournalEntry.objects.first().payload == {"changes": {
        "key_county": {"before": False, "after": True},
        "divisions": {"before": [], "after": ["安化县 430923"]},
    }}  # fmt: skip


def test_an_amendment_without_difference_leaves_no_trace(poverty_list):
    list_registrar.amend_poverty_list(poverty_list, by=OFFICER, official_size=51)
    assert JournalEntry.objects.count() == 1
    list_registrar.amend_poverty_list(poverty_list, by=OFFICER, official_size=52)
    assert JournalEntry.objects.first().event_type == "poverty_list.amended"


def test_an_agreement_and_its_batch(hunan):
    treaty = list_registrar.enter_agreement(by=OFFICER, code="T", name_zh="协定", name_en="Treaty", partner="EU")
    batch = list_registrar.enter_agreement(
        by=OFFICER, code="T1", name_zh="第一批", name_en="First", partner="EU", parent=treaty, inbound_size=96
    )
    list_registrar.amend_agreement(batch, by=OFFICER, status_text="in force")
    assert Agreement.objects.get(code="T1").status_text == "in force"
    assert [entry.event_type for entry in JournalEntry.objects.all()] == [
        "agreement.amended", "agreement.entered", "agreement.entered",
    ]  # fmt: skip


def test_sources_change_as_one_list_with_one_entry():
    values = {"kind": "news", "title": "a", "date_text": "", "note": "", "address": ""}
    list_registrar.save_sources(by=OFFICER, added={"S1": values, "S2": values}, changed={}, source="sources.csv")
    list_registrar.save_sources(by=OFFICER, added={}, changed={"S2": {"title": "b"}}, source="sources.csv")
    list_registrar.save_sources(by=OFFICER, added={}, changed={}, source="sources.csv")
    assert list(Source.objects.values_list("key", "title")) == [("S1", "a"), ("S2", "b")]
    assert [entry.payload for entry in JournalEntry.objects.order_by("sequence")] == [
        {"added": 2, "changed": 0}, {"added": 0, "changed": 1},
    ]  # fmt: skip
