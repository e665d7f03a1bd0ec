"""Demonstration zones at the desk: who sees what, forms that lose nothing, steps, summaries, zones of the past."""

import datetime
import re

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from enterprises import zone_facts
from gi_registry.models import JournalEntry
from products import zoning
from products.zone_models import DemonstrationZone, ZoneStage
from products.zone_states import ZoneState
from tests.case_world import make_world
from tests.page_words import words
from tests.zone_world import NAME, days_ago, long_built, make_historic, make_zone, take

pytestmark = pytest.mark.django_db
STRANGERS = ["reviewer_elsewhere", "approver_elsewhere", "owner", "editor"]


@pytest.fixture
def world():
    return make_world()


def signed_in(world, name):
    user, client = world.people[name], Client()
    Authenticator.objects.get_or_create(user=user, type=Authenticator.Type.TOTP, defaults={"data": {"secret": "x"}})
    client.force_login(user)
    return client


def address(name, *args):
    with translation.override("en"):
        return reverse(f"enterprises:desk_{name}", args=args)


def zone_form(world, **values):
    return {
        "level": "national", "name_zh": NAME, "division": world.county.code, "products": "365 安化黑茶",
        "carrier": "安化县人民政府", "producers": "1０", "users": "6", "sector_output": "2亿", "users_output": "1.2亿",
        "figures_on": days_ago(30).isoformat(), "conduct": "None.", "support": "A fund.",
        "nonce": "3f0e7a5e-0000-4000-8000-000000000009",
    } | values  # fmt: skip


def summary_form(**values):
    return {"producers": "12", "users": "8", "sector_output": "300万", "users_output": "0", "text": "Trainings.",
            "version": "0"} | values  # fmt: skip


# --- Who sees what ---


@pytest.mark.parametrize("name", ["reviewer", "approver", "officer", "auditor"])
def test_officials_of_the_territory_read(world, name):
    zone = make_zone(world)
    client = signed_in(world, name)
    assert zone.reference in words(client.get(address("zones")))
    assert "No accident was told of." in words(client.get(address("zone", zone.reference)))


@pytest.mark.parametrize("name", STRANGERS)
def test_others_find_nothing_and_can_do_nothing(world, name):
    zone, built = make_zone(world), make_zone(world, ZoneState.BUILDING)
    client, entries = signed_in(world, name), JournalEntry.objects.count()
    found = client.get(address("zones"))
    assert found.status_code == 404 or NAME not in words(found)
    year = timezone.localdate().year
    for page, args in (
        ("zone", [zone.reference]), ("zone_edit", [zone.reference]), ("zone_step", [zone.reference, "recommend"]),
        ("zone_summary", [built.reference, year]), ("zone_historic", []),
    ):  # fmt: skip
        url = address(page, *args)
        assert client.get(url).status_code == 404, url
        if page != "zone":
            assert client.post(url, zone_form(world) | summary_form()).status_code == 404, url
    assert JournalEntry.objects.count() == entries


def test_what_waits_stands_first_and_can_be_filtered(world):
    late = make_zone(world, ZoneState.BUILDING, name_zh="逾期示范区")
    long_built(late)
    make_zone(world, name_zh="新示范区")
    client = signed_in(world, "reviewer")
    text = words(client.get(address("zones")))
    assert text.index("逾期示范区") < text.index("新示范区")
    assert "Summary late 1" in text
    assert "time to build over" in text
    for query, found in (
        ({"due": "over"}, True), ({"due": "late"}, True), ({"state": "proposed"}, False), ({"q": "安化黑茶"}, True),
        ({"q": "nothing"}, False), ({"level": "provincial"}, False),
    ):  # fmt: skip
        assert ("逾期示范区" in words(client.get(address("zones"), query))) is found, query
    assert "was ignored" in words(client.get(address("zones"), {"state": "magic"}))


def test_owed_years_end_with_the_zone_reporting_and_have_no_summary(world):
    zone = make_zone(world, ZoneState.BUILDING)
    long_built(zone)
    ZoneStage.objects.filter(zone=zone).update(effective_from=datetime.date(2022, 12, 31))
    ZoneStage.objects.filter(zone=zone).exclude(effective_to=None).update(effective_to=datetime.date(2022, 12, 31))
    zone = DemonstrationZone.objects.get(pk=zone.pk)
    assert zone_facts.owed(zone, datetime.date(2025, 12, 31)) == [2022, 2023, 2024]
    assert zone_facts.owed(zone, datetime.date(2026, 1, 1)) == [2022, 2023, 2024, 2025]
    zoning.file_summary(
        zone, by=world.actor("reviewer"), year=2023, version=0, text="x", producers=1, users=1, sector_output=1,
        users_output=1,
    )  # fmt: skip
    assert zone_facts.owed(DemonstrationZone.objects.get(pk=zone.pk), datetime.date(2025, 6, 1)) == [2022, 2024]
    past = make_historic(world)
    assert zone_facts.owed(past, datetime.date(2026, 11, 1)) == [2025]
    take(world, zone, "give_up")
    assert zone_facts.owed(DemonstrationZone.objects.get(pk=zone.pk), datetime.date(2026, 1, 1)) == []


@pytest.mark.parametrize("page", ["zones", "zone"])
def test_the_number_of_queries_does_not_grow(world, page):
    first = make_zone(world, ZoneState.BUILDING)
    client = signed_in(world, "reviewer")
    url = address(page, *([first.reference] if page == "zone" else []))

    def counted():
        client.get(url)  # what waits beside the page is counted anew after a decision, then kept
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        return len(queries)

    before = counted()
    for _number in range(4):
        make_zone(world, ZoneState.BUILDING)
        make_zone(world)
    assert counted() == before


# --- Entering and amending ---


def test_a_zone_is_entered_with_numbers_as_people_write_them(world):
    page = signed_in(world, "reviewer").post(address("zone_new"), zone_form(world))
    zone = DemonstrationZone.objects.get()
    assert page.headers["Location"].endswith(f"/desk/zones/{zone.reference}/")
    assert (zone.producers, zone.sector_output, zone.users_output) == (10, 200_000_000, 120_000_000)
    assert list(zone.products.all()) == [world.product]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"users": "11"}, "cannot be the larger one"), ({"figures_on": ""}, "Write the day that the figures are of."),
        ({"products": "火星茶"}, "“火星茶” is no product of the register."), ({"products": ""}, "is required"),
        ({"division": "110000"}, "choice"), ({"sector_output": "much"}, "whole yuan"), ({"name_zh": ""}, "required"),
    ],
)  # fmt: skip
def test_what_was_typed_stays_with_the_fault_beside_its_field(world, values, told):
    page = signed_in(world, "reviewer").post(address("zone_new"), zone_form(world, **values))
    text = page.content.decode()
    assert told in words(page)
    assert 'value="安化县人民政府"' in text
    assert "A fund." in text
    assert 'role="alert"' in text
    assert not DemonstrationZone.objects.exists()


def test_the_page_tells_which_conditions_are_met(world):
    zone = make_zone(world, users=5)
    text = words(signed_in(world, "approver").get(address("zone", zone.reference)))
    assert "Per cent of the producers use the mark 60 50 not met" in text
    assert "Per cent of the output is theirs 60 60 met" in text
    assert "Not met: per cent of the producers use the mark." in text


def test_of_two_who_amend_the_second_sees_what_stands_there_now(world):
    zone = make_zone(world)
    client = signed_in(world, "reviewer")
    form = zone_form(world, version="1", carrier="我的写法")
    del form["nonce"]
    zoning.amend(zone, by=world.actor("approver"), version=1, carrier="益阳市人民政府")
    page = client.post(address("zone_edit", zone.reference), form)
    assert page.status_code == 409
    assert "益阳市人民政府" in words(page)
    assert 'value="我的写法"' in page.content.decode()
    again = form | {"version": re.search(r'name="version" value="(\d+)"', page.content.decode())[1]}
    assert client.post(address("zone_edit", zone.reference), again).status_code == 302
    zone.refresh_from_db()
    assert zone.carrier == "我的写法"


def test_who_writes_while_the_province_recommends_is_told_and_keeps_the_words(world):
    zone = make_zone(world)
    form = zone_form(world, version="1", carrier="我的写法")
    take(world, zone, "recommend")
    page = signed_in(world, "reviewer").post(address("zone_edit", zone.reference), form)
    assert page.status_code == 409
    assert "我的写法" in page.content.decode()


def test_the_officer_corrects_what_is_public_and_the_territory_does_not(world):
    zone = make_historic(world)
    url = address("zone_edit", zone.reference)
    assert signed_in(world, "reviewer").get(url).status_code == 404
    client = signed_in(world, "officer")
    assert 'name="conduct"' not in client.get(url).content.decode()
    form = zone_form(world, version="1", batch="2021年", source="another paper", build_from="2021-09-30",
                     build_to="2024-09-30")  # fmt: skip
    assert client.post(url, form).status_code == 302
    zone.refresh_from_db()
    assert (zone.batch, zone.source, zone.build_to) == ("2021年", "another paper", datetime.date(2024, 9, 30))


# --- Zones of the past ---


def test_the_officer_enters_a_zone_of_the_past_with_half_known_days(world):
    form = {
        "level": "national", "name_zh": "国家地理标志产品保护示范区（新晃）", "division": world.county.code,
        "source": "a report", "on_building": "2015", "on_accepted": "２０１９-03", "paper_accepted": "公告",
        "nonce": "3f0e7a5e-0000-4000-8000-000000000010",
    }  # fmt: skip
    client = signed_in(world, "officer")
    assert client.post(address("zone_historic"), form).status_code == 302
    zone = DemonstrationZone.objects.get()
    rows = zone.stages.values_list("state", "effective_from", "effective_precision")
    assert list(rows) == [
        ("building", datetime.date(2015, 12, 31), "year"), ("accepted", datetime.date(2019, 3, 31), "month"),
    ]  # fmt: skip
    client.post(address("zone_historic"), form)
    assert DemonstrationZone.objects.count() == 1


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"on_building": "spring"}, "Write a year, month or day"), ({"on_building": ""}, "Write at least one stage"),
        ({"on_accepted": "2014"}, "cannot follow"), ({"source": ""}, "required"),
        ({"on_building": "2099"}, "lies in the future"),
    ],
)
def test_a_past_that_cannot_be_is_refused(world, values, told):
    form = {"level": "national", "name_zh": "某示范区", "division": world.county.code, "source": "x",
            "on_building": "2015"} | values  # fmt: skip
    page = signed_in(world, "officer").post(address("zone_historic"), form)
    assert told in words(page)
    assert "某示范区" in page.content.decode()
    assert not DemonstrationZone.objects.exists()


# --- Steps and summaries ---


def step_form(zone, **values):
    return {"version": zone.version, "on": timezone.localdate().isoformat(), "paper": "文〔2026〕1号",
            "reason": "It is so."} | values  # fmt: skip


def test_a_zone_goes_through_the_desk_from_proposal_to_building(world):
    zone = make_zone(world)
    for name, person, state in (
        ("recommend", "approver", "recommended"), ("choose", "officer", "public_notice"),
        ("begin", "officer", "building"),
    ):  # fmt: skip
        client, url = signed_in(world, person), address("zone_step", zone.reference, name)
        assert client.get(url).status_code == 200
        assert client.post(url, step_form(zone)).status_code == 302, name
        zone.refresh_from_db()
        assert zone.state == state
        assert client.get(url).headers["Location"].endswith(f"/desk/zones/{zone.reference}/")  # it is over
    text = words(signed_in(world, "reviewer").get(address("zone", zone.reference)))
    assert "It is so." in text
    assert "The time to build is not over." in text


def test_a_step_that_is_refused_keeps_what_was_typed(world):
    zone = make_zone(world, users=5)
    url = address("zone_step", zone.reference, "recommend")
    client = signed_in(world, "approver")
    assert "Not met" in words(client.get(url))
    page = client.post(url, step_form(zone, reason="A long thought"))
    assert page.status_code == 409
    assert "A long thought" in page.content.decode()
    page = client.post(url, step_form(zone, reason="", on="2099-01-01"))
    assert "The day lies in the future." in words(page)
    zone.refresh_from_db()
    assert zone.state == "proposed"


def test_extending_asks_for_the_new_last_day(world):
    zone = make_zone(world, ZoneState.SELF_CHECKED)
    client, url = signed_in(world, "officer"), address("zone_step", zone.reference, "extend")
    page = client.post(url, step_form(zone, ends_on=zone.build_to.isoformat()))
    assert "later than the present one" in words(page)
    assert client.post(url, step_form(zone, ends_on=days_ago(-200).isoformat())).status_code == 302


def test_a_summary_is_filed_and_replaced(world):
    zone, year = make_zone(world, ZoneState.BUILDING), timezone.localdate().year
    client, url = signed_in(world, "reviewer"), address("zone_summary", zone.reference, year)
    assert client.post(url, summary_form()).status_code == 302
    page = client.post(url, summary_form(users="9"))  # a second window that has not seen the first
    assert page.status_code == 409
    assert "What stands there now" in words(page)
    assert client.post(url, summary_form(users="9", version="1")).status_code == 302
    assert [(row.version, row.users) for row in zone.summaries.all()] == [(2, 9), (1, 8)]
    assert "Trainings." in words(client.get(address("zone", zone.reference)))


def test_a_summary_with_a_fault_keeps_its_words(world):
    zone, year = make_zone(world, ZoneState.BUILDING), timezone.localdate().year
    client, url = signed_in(world, "reviewer"), address("zone_summary", zone.reference, year)
    page = client.post(url, summary_form(users="13", text="Kept words"))
    assert "cannot be the larger one" in words(page)
    assert "Kept words" in page.content.decode()
    for other in (year + 1, 1800):
        assert client.get(address("zone_summary", zone.reference, other)).status_code == 404
