"""Public pages of demonstration zones: what is shown of which day, what is not, exports, completeness."""

import csv
import datetime
import html
import io
import json
import re

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from products import zones, zoning
from products.zone_states import ZoneLevel, ZoneState
from products.zone_values import StageEntry
from tests import factories as make
from tests.case_world import make_world
from tests.reference_files import write_files
from tests.zone_world import NAME, days_ago, long_built, make_historic, make_zone, take

pytestmark = pytest.mark.django_db
ACCEPTED = StageEntry(ZoneState.ACCEPTED, datetime.date(2025, 12, 4), "day", "国知发保函字〔2025〕173号")
BUILDING = StageEntry(ZoneState.BUILDING, datetime.date(2021, 9, 30), "month", "公告2021")


@pytest.fixture
def world():
    return make_world()


def words(response):
    text = html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode()))
    return re.sub(r"\s+", " ", text)


@pytest.mark.parametrize("state", ZoneState)
def test_only_what_was_chosen_is_public(client, world, state):
    zone = make_zone(world, state)
    public = state not in ("proposed", "recommended", "withdrawn")
    assert client.get(f"/en/zones/{zone.reference}/").status_code == (200 if public else 404)
    assert (zone.reference in client.get("/en/zones/").content.decode()) is public
    assert bool(zones.of_product(world.product)) is public
    assert bool(zones.of_region(world.county)) is public


def test_nothing_private_stands_on_the_page(client, world):
    zone = make_zone(world, ZoneState.BUILDING)
    zoning.file_summary(
        zone, by=world.actor("reviewer"), year=timezone.localdate().year, version=0, text="Inner words", producers=12,
        users=8, sector_output=3_000_000, users_output=0,
    )  # fmt: skip
    text = words(client.get(f"/en/zones/{zone.reference}/"))
    private = "It is so.", "No accident", "A fund", "Inner words", "Being prepared", "Recommended by the province"
    for secret in private:
        assert secret not in text, secret
    assert "3 000 000" in text
    assert "Per cent of the producers use the mark 60 60 met" in text
    assert "安化县人民政府" in text


def test_what_was_given_up_after_the_choice_stays_readable(client, world):
    zone = make_zone(world, ZoneState.BUILDING)
    take(world, zone, "give_up")
    text = words(client.get(f"/en/zones/{zone.reference}/"))
    assert "Given up before acceptance" in text


def test_a_page_answers_for_the_day_that_is_asked(client, world):
    zone = make_historic(world, BUILDING, ACCEPTED)
    address = f"/en/zones/{zone.reference}/"
    assert "Accepted: demonstration zone" in words(client.get(address))
    before = words(client.get(address, {"as_of": "2025-12-03"}))
    assert "At this stage since September 2021" in before
    assert "what came of it is not on record here" in before  # the time to build was over by then
    assert "173号" not in before
    assert "what came of it" not in words(client.get(address, {"as_of": "2024-09-30"}))
    assert client.get(address, {"as_of": "2021-09-29"}).status_code == 404
    assert "was ignored" in words(client.get(address, {"as_of": "yesterday"}))
    assert client.get("/en/zones/Z-NOWHERE/").status_code == 404


def test_the_list_answers_for_the_day_and_for_each_filter(client, world):
    make_historic(world, BUILDING, ACCEPTED)
    provincial = make.make_division("110101", "东城区", parent=world.elsewhere)
    make_historic(world, BUILDING, name_zh="东城示范区", division=provincial, level=ZoneLevel.PROVINCIAL, products=[])
    for query, found in (
        ({}, {NAME, "东城示范区"}), ({"q": "黑茶"}, {NAME}), ({"q": "anhua heicha"}, {NAME}), ({"q": "zzz"}, set()),
        ({"province": "110000"}, {"东城示范区"}), ({"level": "national"}, {NAME}), ({"state": "accepted"}, {NAME}),
        ({"state": "building", "as_of": "2025-12-03"}, {NAME, "东城示范区"}), ({"as_of": "2021-01-01"}, set()),
        ({"state": "magic", "province": "999999", "page": "x"}, {NAME, "东城示范区"}),
    ):  # fmt: skip
        page = client.get("/zones/", query).content.decode()
        listed = page[page.index('id="list"') :]
        assert {name for name in (NAME, "东城示范区") if name in listed} == found, query
    assert "was ignored" in words(client.get("/en/zones/", {"state": "magic"}))


def test_map_and_table_show_the_same_numbers_whatever_the_province(client, world):
    make_historic(world)
    for query in ({}, {"province": "110000"}):
        page = client.get("/en/zones/", query)
        assert "Hunan Province: 1 zone" in page.content.decode()
        assert "Hunan Province 1 0 1" in words(page)
    assert "Hunan Province: 0 zones" in client.get("/en/zones/", {"level": "provincial"}).content.decode()


def test_the_list_says_how_incomplete_it_is(client, world):
    make_historic(world)
    make_historic(world, level=ZoneLevel.PROVINCIAL)
    assert "1 national zone is loaded; by one source there were 123 by April 2025" in words(client.get("/en/zones/"))


def test_demonstration_zones_have_a_page_that_says_so_and_stand_nowhere_else(client, world):
    zone = make_zone(world, ZoneState.BUILDING, demonstration=True)
    assert "there is no such zone" in words(client.get(f"/en/zones/{zone.reference}/"))
    assert zone.reference not in client.get("/en/zones/").content.decode()
    assert zone.reference not in client.get("/en/zones/?format=json").getvalue().decode()
    assert zones.of_product(world.product) == zones.of_region(world.province) == []
    assert zones.loaded() == 0


def test_conditions_are_those_of_the_day_of_the_figures(world):
    young = make.make_product("安化红茶", province=world.province, effective_from=days_ago(365 * 3 + 100))
    zone = make_zone(world, products=[young], figures_on=days_ago(300))
    assert zone.years_protected == 3  # today
    for name in ("recommend", "choose"):
        take(world, zone, name)
    years = zones.facts_of(zone.reference).conditions[0]
    assert (years.actual, years.met) == (2, False)


def test_what_the_register_knows_stands_beside_what_is_stated(client, world):
    zone = make_zone(world, ZoneState.BUILDING, figures_on=days_ago(10))
    real = make.make_enterprise("安化某茶业", uscc="91430900600037341F", province=world.province)
    make.make_authorisation(real, world.product, since=days_ago(20))
    later = make.make_enterprise("后来茶业", province=world.province)
    make.make_authorisation(later, world.product, since=days_ago(5))
    make.make_authorisation(world.enterprise, world.product, since=days_ago(20))  # demonstration: counts nowhere
    known = zones.facts_of(zone.reference).known
    assert (known.users, known.users_here, known.since) == (1, 0, [(world.product, make.LONG_AGO)])
    assert "30 December 2010" in words(client.get(f"/en/zones/{zone.reference}/"))


def test_exports_hold_what_the_filters_show(client, world):
    make_historic(world, BUILDING, ACCEPTED)
    make_historic(world, name_zh="另一示范区", level=ZoneLevel.PROVINCIAL)
    rows = list(csv.DictReader(io.StringIO(
        client.get("/zones/?format=csv&level=national").getvalue().decode("utf-8-sig")
    )))  # fmt: skip
    assert [(row["name_zh"], row["state"], row["since"], row["products"]) for row in rows] == [
        (NAME, "accepted", "2025-12-04", "365 安化黑茶")
    ]
    told = json.loads(client.get("/zones/?format=json&as_of=2025-12-03").getvalue())
    assert {row["state"] for row in told["rows"]} == {"building"}
    assert told["about"]["as_of"] == "2025-12-03"
    assert "conduct" not in told["rows"][0]
    assert client.get("/zones/?format=xlsx").getvalue()[:2] == b"PK"


@pytest.mark.parametrize("page", ["list", "zone"])
def test_the_number_of_queries_does_not_grow(client, world, page):
    first = make_historic(world)
    url = "/en/zones/" if page == "list" else f"/en/zones/{first.reference}/"
    client.get(url)

    def counted():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        return len(queries)

    before = counted()
    for number in range(5):
        make_historic(world, name_zh=f"示范区{number}")
    first.products.add(make.make_product("安化红茶", province=world.province))
    assert counted() == before


def test_records_and_regions_name_their_zones(world):
    zone = make_historic(world)
    found = zones.of_region(world.county)
    assert [one.zone for one in found] == [zone]
    assert zones.of_region(world.prefecture) == found  # below
    town = make.make_division("430903", "赫山区", parent=world.prefecture)
    assert zones.of_region(town) == []
    for template in ("_record_zones", "_region_zones"):
        text = render_to_string(f"products/{template}.html", {"zones": found, "division": world.prefecture})
        assert zone.get_absolute_url() in text
        assert render_to_string(f"products/{template}.html", {"zones": [], "division": town}).strip() == ""


def test_a_build_without_a_last_day_is_taken_for_over_after_its_years(world):
    zone = make_historic(world, StageEntry(ZoneState.BUILDING, datetime.date(2015, 12, 31), "year"), build_from=None,
                         build_to=None)  # fmt: skip
    assert zones.facts_of(zone.reference, datetime.date(2018, 12, 31)).shown.outcome_unknown is False
    assert zones.facts_of(zone.reference, datetime.date(2019, 1, 3)).shown.outcome_unknown is True
    running = make_zone(world, ZoneState.BUILDING)
    assert not zones.facts_of(running.reference).shown.outcome_unknown
    long_built(running)
    assert zones.facts_of(running.reference).shown.outcome_unknown


# --- Reference data ---


ROW = {
    "reference": "Z-2021-430923", "level": "national", "name_zh": NAME, "division_code": "430923", "gi_ids": "GI00365",
    "batch": "2021", "build_from": "2021-09", "build_to": "2024-09", "stages": "building=2021-09", "source": "a report",
}  # fmt: skip


def load(folder):
    from tests.gi_registry.test_load_reference import load as load_files

    return load_files(folder)


def test_zones_of_the_past_are_loaded_once_and_gain_stages(tmp_path):
    _output, errors = load(write_files(tmp_path, {"zones.csv": [ROW]}))
    assert errors == ""
    (shown,) = zones.public()
    assert (shown.state, shown.stage.effective_precision) == (ZoneState.BUILDING, "month")
    assert shown.zone.build_to == datetime.date(2024, 9, 30)
    output, errors = load(write_files(tmp_path, {"zones.csv": [ROW]}))
    assert "demonstration zones: 1 rows, 0 added, 0 changed, 1 unchanged" in output
    more = ROW | {"stages": "building=2021-09; accepted=2025-12-04=国知发保函字〔2025〕173号", "batch": "2021年"}
    _output, errors = load(write_files(tmp_path, {"zones.csv": [more]}))
    assert errors == ""
    (shown,) = zones.public()
    assert (shown.state, shown.stage.paper, shown.zone.batch) == ("accepted", "国知发保函字〔2025〕173号", "2021年")


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ({"stages": "building=soon"}, "stages"), ({"stages": "proposed=2021"}, "unknown word"),
        ({"stages": "building"}, "has no day"), ({"stages": ""}, "stage"), ({"gi_ids": "GI99999"}, "is unknown"),
        ({"division_code": "999999"}, "is unknown"), ({"level": "municipal"}, "unknown word"), ({"source": ""}, "read"),
    ],
)  # fmt: skip
def test_rows_that_cannot_be_are_refused_and_the_rest_is_loaded(tmp_path, cells, why):
    other = ROW | {"reference": "Z-2021-OTHER"}
    _output, errors = load(write_files(tmp_path, {"zones.csv": [ROW | cells, other]}))
    assert "zones.csv:2:" in errors
    assert why in errors
    assert [one.zone.reference for one in zones.public()] == ["Z-2021-OTHER"]


def test_a_stage_on_record_is_not_rewritten_by_a_load(tmp_path):
    load(write_files(tmp_path, {"zones.csv": [ROW]}))
    _output, errors = load(write_files(tmp_path, {"zones.csv": [ROW | {"stages": "building=2021-08"}]}))
    assert "a stage on record differs" in errors
