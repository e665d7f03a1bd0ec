"""Poverty lists, agreements and the list of sources: entered and amended with their history."""

import datetime

import pytest

from gi_registry.journal import Actor
from gi_registry.models import JournalEntry
from gi_registry.moves import MoveRefused
from gi_registry.roles import Role
from products import agreement_registrar, list_registrar
from products.list_values import fingerprint, poverty_list_values, unit_values
from products.models import Agreement, ListedUnit, PovertyList, Source
from tests.factories import make_hunan

pytestmark = pytest.mark.django_db
OFFICER = Actor("user:1", Role.OFFICER)
FIRST, SECOND = datetime.date(2021, 8, 27), datetime.date(2024, 1, 1)
BEFORE, LONG_AGO = FIRST - datetime.timedelta(days=1), datetime.date(1999, 1, 1)


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


# --- Versions ---


def put(poverty_list, hunan, name, **more):
    return list_registrar.enter_listed_unit(
        poverty_list, by=OFFICER, name_zh=name, province=hunan[0], list_basis="sourced", **more
    )


def publish(poverty_list, day, size=2, basis="Document"):
    return list_registrar.publish_version(
        poverty_list, by=OFFICER, effective_from=day, official_size=size, basis=basis
    )


def names(on=None):
    return sorted(ListedUnit.objects.on(on).values_list("name_zh", flat=True))


def test_each_day_has_the_units_of_its_version(poverty_list, hunan):
    put(poverty_list, hunan, "stays")
    gone = put(poverty_list, hunan, "dropped")
    publish(poverty_list, FIRST)
    put(poverty_list, hunan, "added")
    list_registrar.drop_listed_unit(gone, by=OFFICER)
    publish(poverty_list, SECOND, 3)
    put(poverty_list, hunan, "dropped")
    assert names(LONG_AGO) == names(BEFORE) == ["dropped", "stays"]
    assert names(FIRST) == names(SECOND - datetime.timedelta(days=1)) == ["added", "stays"]
    assert names(SECOND) == names() == ["added", "dropped", "stays"]


def test_a_version_repeats_its_size_on_the_list_and_stands_in_the_journal(poverty_list):
    version = publish(poverty_list, FIRST, 160)
    poverty_list.refresh_from_db()
    assert (version.number, poverty_list.official_size, poverty_list.published_on) == (2, 160, FIRST)
    entry = JournalEntry.objects.first()
    assert (entry.event_type, entry.effective_on) == ("poverty_list.version_published", FIRST)
    assert entry.payload == {"version": 2, "official_size": 160, "basis": "Document"}


def test_the_same_publication_told_twice_is_one_version(poverty_list):
    assert publish(poverty_list, FIRST).pk == publish(poverty_list, FIRST).pk
    assert poverty_list.versions.count() == 2


@pytest.mark.parametrize("day", [FIRST, BEFORE])
def test_a_version_begins_after_the_one_before_it(poverty_list, day):
    publish(poverty_list, FIRST)
    with pytest.raises(MoveRefused) as refused:
        publish(poverty_list, day, basis="Another document")
    assert refused.value.code == "not_later"


def test_a_unit_is_dropped_once_by_a_version_later_than_its_own(poverty_list, hunan):
    unit = put(poverty_list, hunan, "安化县")
    with pytest.raises(MoveRefused) as refused:
        list_registrar.drop_listed_unit(unit, by=OFFICER)
    assert refused.value.code == "same_version"
    publish(poverty_list, FIRST)
    stale = ListedUnit.objects.get()
    list_registrar.drop_listed_unit(unit, by=OFFICER)
    with pytest.raises(MoveRefused) as refused:
        list_registrar.drop_listed_unit(stale, by=OFFICER)
    assert refused.value.code == "someone_was_faster"
    assert JournalEntry.objects.filter(event_type="listed_unit.dropped").count() == 1


# --- Twice, and two at once ---


def test_the_same_list_or_unit_entered_twice_is_one(poverty_list, hunan):
    values = {"slug": "hunan-51", "name_zh": "湖南省贫困县名录", "name_en": "Hunan", "official_size": 51}
    assert list_registrar.enter_poverty_list(by=OFFICER, **values).pk == poverty_list.pk
    assert put(poverty_list, hunan, "安化县").pk == put(poverty_list, hunan, "安化县").pk
    assert (PovertyList.objects.count(), ListedUnit.objects.count()) == (1, 1)
    with pytest.raises(MoveRefused) as refused:
        list_registrar.enter_poverty_list(by=OFFICER, **values | {"official_size": 52})
    assert refused.value.code == "duplicate"


@pytest.mark.parametrize("more", [{"note": "another one"}, {"name_zh": "他县"}])
def test_a_unit_stands_on_a_list_once_by_name_and_by_code(poverty_list, hunan, more):
    values = {"name_zh": "安化县", "code_then": "430923", "province": hunan[0], "list_basis": "sourced"}
    list_registrar.enter_listed_unit(poverty_list, by=OFFICER, **values)
    with pytest.raises(MoveRefused) as refused:
        list_registrar.enter_listed_unit(poverty_list, by=OFFICER, **values | more)
    assert refused.value.code == "duplicate"


def test_a_unit_cannot_take_the_name_of_another_one(poverty_list, hunan):
    put(poverty_list, hunan, "安化县")
    other = put(poverty_list, hunan, "桃江县")
    with pytest.raises(MoveRefused) as refused:
        list_registrar.amend_listed_unit(other, by=OFFICER, seen=fingerprint(unit_values(other)), name_zh="安化县")
    assert refused.value.code == "duplicate"


def test_a_new_unit_with_the_first_name_of_a_renamed_one_is_refused(poverty_list, hunan):
    list_registrar.amend_listed_unit(put(poverty_list, hunan, "旧县"), by=OFFICER, name_zh="新县")
    with pytest.raises(MoveRefused) as refused:
        put(poverty_list, hunan, "旧县")
    assert refused.value.code == "duplicate"


def test_of_two_who_correct_a_unit_the_second_is_told(poverty_list, hunan):
    unit = put(poverty_list, hunan, "安化县", note="first")
    seen, stale = fingerprint(unit_values(unit)), ListedUnit.objects.get()
    list_registrar.amend_listed_unit(unit, by=OFFICER, seen=seen, note="second")
    entries = JournalEntry.objects.count()
    list_registrar.amend_listed_unit(stale, by=OFFICER, seen=seen, note="second")
    with pytest.raises(MoveRefused) as refused:
        list_registrar.amend_listed_unit(stale, by=OFFICER, seen=seen, note="third")
    assert refused.value.code == "someone_was_faster"
    assert (ListedUnit.objects.get().note, JournalEntry.objects.count()) == ("second", entries)


def test_of_two_who_correct_a_list_the_second_is_told(poverty_list):
    seen = fingerprint(poverty_list_values(poverty_list))
    list_registrar.amend_poverty_list(poverty_list, by=OFFICER, seen=seen, note="first")
    with pytest.raises(MoveRefused) as refused:
        list_registrar.amend_poverty_list(poverty_list, by=OFFICER, seen=seen, note="second")
    assert refused.value.code == "someone_was_faster"


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.APPROVER, Role.AUDITOR, Role.EDITOR, Role.ENTERPRISE_OWNER])
def test_only_who_keeps_the_register_changes_lists(poverty_list, hunan, role):
    unit, other = put(poverty_list, hunan, "安化县"), Actor("user:2", role, hunan[0])
    publish(poverty_list, FIRST)
    entries = JournalEntry.objects.count()
    for change in (
        lambda: list_registrar.enter_poverty_list(by=other, slug="a", name_zh="a", name_en="a", official_size=1),
        lambda: list_registrar.amend_poverty_list(poverty_list, by=other, note="a"),
        lambda: list_registrar.amend_poverty_list(poverty_list, by=other, seen="", note="a"),
        lambda: list_registrar.publish_version(
            poverty_list, by=other, effective_from=SECOND, official_size=1, basis="a"
        ),
        lambda: list_registrar.enter_listed_unit(
            poverty_list, by=other, name_zh="a", province=hunan[0], list_basis="a"
        ),
        lambda: list_registrar.amend_listed_unit(unit, by=other, note="a"),
        lambda: list_registrar.amend_listed_unit(unit, by=other, seen="", note="a"),
        lambda: list_registrar.drop_listed_unit(unit, by=other),
    ):
        with pytest.raises(MoveRefused) as refused:
            change()
        assert refused.value.code == "not_permitted"
    assert JournalEntry.objects.count() == entries


# --- Agreements and sources ---


def test_an_agreement_and_its_batch(hunan):
    treaty = agreement_registrar.enter_agreement(by=OFFICER, code="T", name_zh="协定", name_en="Treaty", partner="EU")
    batch = agreement_registrar.enter_agreement(
        by=OFFICER, code="T1", name_zh="第一批", name_en="First", partner="EU", parent=treaty, inbound_size=96
    )
    agreement_registrar.amend_agreement(batch, by=OFFICER, status_text="in force")
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
