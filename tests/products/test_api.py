"""The API on what is protected: the answers of the pages, in pages of their own, and nothing by mistake."""

import datetime
import json
from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from products import coverage
from products.models import Announcement, FormerNumber, PovertyList, Product
from products.states import AreaBasis, ProductStatus
from tests import factories as make
from tests.api_world import LISTS, make_api_world
from tests.gi_registry.test_load_boundaries import china, feature, load, square  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(client):
    return make_api_world(client)


def problem(response, status=400):
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    assert response["Cache-Control"] == "no-store"
    return response.json()


# --- products


def test_a_product_says_what_is_known_of_it_and_how_well(world):
    tea, plum, egg = world.rows("products/")
    assert tea["status"] == {
        "code": "approved", "zh": "受保护：有批准记录", "en": "protected: approval on record",
    }  # fmt: skip
    assert (tea["number"], tea["protected"], tea["url"]) == (365, True, "http://127.0.0.1:8000/products/365/")
    assert tea["approved_on"] == "2010-12-30"
    assert tea["sources"] == ["S-1 某清单"]
    assert tea["recognised_abroad"] == ["CN-EU-B1"]
    assert (plum["protected"], plum["areas_inferred"], plum["approved_on"]) == (False, True, None)
    assert plum["areas"][0]["basis"]["code"] == "inferred_from_name"
    assert egg["status"]["code"] == "in_procedure"


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("q=anhua", [365]), ("status=protected", [365]), ("status=reported&status=in_procedure", [366, 367]),
        ("category=vegetables", [366]), ("province=430000", [365, 366, 367]), ("province=430923", [365]),
        ("track=trademark", [365]), ("year=2010", [365]), ("agreement=any", [365]), ("agreement=CN-EU-B1", [365]),
        ("list=hunan-51", [365, 366]), ("enterprises=1", [365]), ("as_of=2021-03-01", [365]),
        ("as_of=2009-01-01", []), ("sort=oldest", [365, 366, 367]), ("q=&status=", [365, 366, 367]),
    ],
)  # fmt: skip
def test_the_filters_are_those_of_the_search_page(world, client, query, numbers):
    assert [row["number"] for row in world.rows(f"products/?{query}")] == numbers
    page = client.get(f"/products/?{query}&format=json")
    assert sorted(row["number"] for row in json.loads(page.getvalue())["rows"]) == sorted(numbers)


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("status=approvd", ["status"]), ("year=abc&track=x", ["track", "year"]), ("province=999999", ["province"]),
        ("as_of=2999-01-01", ["as_of"]), ("as_of=yesterday", ["as_of"]), ("limit=201", ["limit"]),
        ("limit=0", ["limit"]), ("cursor=abc", ["cursor"]), ("cursor=%ff%00", ["cursor"]), ("page=2", ["page"]),
        ("format=csv", ["format"]), ("statuses=approved", ["statuses"]), ("list=%00", ["list"]),
    ],
)  # fmt: skip
def test_what_the_page_ignores_is_refused_by_name(world, query, named):
    told = problem(world.ask(f"products/?{query}"))
    assert sorted(told["errors"]) == named
    assert told["title"] == "A parameter cannot be used"
    assert told["type"].endswith("/api/v1/docs/#invalid-parameters")


def test_sentences_of_problems_follow_the_language_and_records_do_not(world):
    chinese = world.client.get("/api/v1/products/?foo=1", headers={"accept-language": "zh-CN"})
    assert problem(chinese)["errors"].keys() == {"foo"}
    assert chinese["Content-Language"] == "zh-hans"
    assert world.ask("products/").content == world.client.get("/api/v1/products/").content


def test_one_product_answers_for_a_date(world):
    now = world.ask("products/365/").json()
    then = world.ask("products/365/?as_of=2009-01-01").json()
    assert (now["protected_then"], then["protected_then"]) == (True, False)
    assert [right["protected"] for right in now["rights"]] == [True, False]
    assert now["enterprises"] == {"confirmed": 1, "reported": 1}
    assert now["rights"][0]["announcements"][0]["text"] == "国家知识产权局公告第四七五号"
    assert now["rights"][0]["sources"][0]["address"] == "https://example.org/list"


def test_a_number_that_was_merged_leads_on_and_an_unknown_one_is_told(world):
    FormerNumber.objects.create(number=9, product=world.tea)
    moved = world.ask("products/9/")
    assert (moved.status_code, moved["Location"]) == (301, "/api/v1/products/365/")
    assert problem(world.ask("products/7/"), 404)["title"] == "Nothing is here"
    assert world.ask("products/1234567890/").status_code == 404


def test_the_wording_of_an_area_is_told_of_no_day_before_the_area_was_changed(world):
    right = world.tea.rights.first()
    right.area_text = "安化县现辖行政区域"
    right.save()
    for row in right.areas.all():
        row.effective_from = datetime.date(2020, 1, 1)
        row.save()
    make.ProtectedArea.objects.create(
        right=right, division=make.Division.objects.get(code="430922"), extent="part", basis="named_in_source",
        effective_to=datetime.date(2020, 1, 1),
    )  # fmt: skip
    for query, told in (("", right.area_text), ("?as_of=2015-01-01", "")):
        assert world.ask(f"products/365/{query}").json()["rights"][0]["area_text"] == told
        assert world.rows(f"areas/{query}")[0]["properties"]["area_text"] == told


# --- pages


@pytest.mark.parametrize("address", sorted(LISTS))
def test_every_record_comes_once_forwards_and_backwards(world, address):
    make.make_area(make.make_product("某茶", number=400).rights.get(), make.Division.objects.get(code="430922"))
    Announcement.objects.create(issuer="other", text="某公告")
    whole = [row[LISTS[address]] for row in world.rows(address + "?limit=200")]
    assert len(whole) > 1
    forwards, url, last = [], address + "?limit=1", ""
    while url:
        last, body = url, world.ask(url).json()
        forwards += [row[LISTS[address]] for row in body.get("results", body.get("features"))]
        url = body["next"] and body["next"].removeprefix("http://127.0.0.1:8000/api/v1/")
    assert forwards == whole
    backwards, url = [], last
    while url:
        body = world.ask(url).json()
        backwards += [row[LISTS[address]] for row in body.get("results", body.get("features"))]
        url = body["previous"] and body["previous"].removeprefix("http://127.0.0.1:8000/api/v1/")
    assert backwards == whole[::-1]


def test_what_is_entered_meanwhile_neither_repeats_nor_hides_a_record(world):
    first = world.ask("products/?limit=1").json()
    make.make_product("新产品", number=1, status=ProductStatus.REPORTED)
    second = world.ask(first["next"].removeprefix("http://127.0.0.1:8000/api/v1/")).json()
    assert [row["number"] for row in second["results"]] == [366]


def test_a_page_keeps_its_filter_and_names_its_neighbours_in_a_header(world):
    response = world.ask("products/?limit=1&status=reported&status=in_procedure")
    assert 'status=reported&status=in_procedure&cursor=' in response.json()["next"]
    assert response["Link"] == f'<{response.json()["next"]}>; rel="next"'


@pytest.mark.parametrize("address", ["products/?cursor=PlgtMQ", "agreements/CN-EU-B1/entries/?cursor=PjE"])
def test_a_cursor_of_another_list_is_refused(world, address):
    assert "cursor" in problem(world.ask(address))["errors"]


@pytest.mark.parametrize("address", sorted(LISTS))
def test_the_number_of_queries_does_not_grow(world, address):
    def count():
        with CaptureQueriesContext(connection) as queries:
            assert world.ask(address).status_code == 200
        return len(queries)

    count()
    few = count()
    province = world.tea.province
    counties = [make.make_division(f"4309{n}", parent=province.children.first(), level="county") for n in range(50, 56)]
    listed = PovertyList.objects.get(slug="hunan-51")
    for number, county in enumerate(counties):
        product = make.make_product(f"某茶{number}", number=500 + number, province=province)
        make.make_area(product.rights.get(), county)
        make.make_listed_unit(listed, county)
        firm = make.make_enterprise(f"某企业{number}", province=province)
        make.make_authorisation(firm, product)
        make.make_agreement_entry(
            make.Agreement.objects.get(code="CN-EU-B1"), product=product, match_basis="reviewed", key=f"n{number}"
        )
    assert count() == few


# --- keeping an answer


def test_an_answer_that_did_not_change_is_not_sent_again(world):
    first = world.ask("products/365/")
    assert first["Cache-Control"] == "public, max-age=60"
    again = world.ask("products/365/", **{"if-none-match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    since = world.ask("products/365/", **{"if-modified-since": first["Last-Modified"]})
    assert since.status_code == 304
    Product.objects.filter(pk=world.tea.pk).update(name_en="Another name")
    assert world.ask("products/365/", **{"if-none-match": first["ETag"]}).status_code == 200


# --- areas


def test_areas_are_geojson_of_what_is_in_force(world):
    response = world.ask("areas/")
    assert response["Content-Type"] == "application/geo+json"
    collection = response.json()
    assert collection["type"] == "FeatureCollection"
    [tea] = [one for one in collection["features"] if one["properties"]["product_number"] == 365]
    assert (tea["type"], tea["geometry"]) == ("Feature", None)
    assert [(one["code"], one["extent"]["code"]) for one in tea["properties"]["divisions"]] == [
        ("430900", "part"), ("430923", "whole"),
    ]  # fmt: skip
    assert 366 not in [one["properties"]["product_number"] for one in collection["features"]]  # only reported
    assert world.rows("areas/?as_of=2009-01-01") == []


def test_geometry_is_that_of_the_operators_file_and_only_whole(world, load, settings):  # noqa: F811
    other = make.make_product("桃江茶", number=400, province=world.tea.province)
    make.make_area(other.rights.get(), make.Division.objects.get(code="430922"), basis=AreaBasis.INFERRED_FROM_NAME)
    counties = china()
    counties["features"] = [
        feature({"gb": "156430923"}, "Polygon", [square(111, 28), square(111.4, 28.4, 0.2)]),
    ]
    load(counties, level="county", approval_number="GS(2024)0650")
    by_number = {one["properties"]["product_number"]: one for one in world.rows("areas/")}
    assert by_number[365]["geometry"] is None  # the prefecture that it names too has a county without outline
    assert by_number[400]["geometry"] is None
    world.tea.rights.first().areas.filter(division__code="430900").delete()
    body = world.ask("areas/?q=anhua").json()
    [polygon] = body["features"][0]["geometry"]["coordinates"]
    outer, hole = polygon
    assert outer[0] == outer[-1]
    assert turn(outer) > 0 > turn(hole)
    assert body["map_approval_numbers"] == ["GS(2024)0650"]
    settings.PRODUCTION = True
    load(counties, level="county")
    assert world.ask("areas/?q=anhua").json()["features"][0]["geometry"] is None


def turn(ring):
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise(ring))


# --- announcements, agreements, coverage, divisions


def test_announcements_say_what_they_do(world):
    [paper] = world.rows("announcements/?issuer=cnipa&year=2022")
    assert (paper["published_on"], paper["demonstration"]) == ("2022-03-01", False)
    assert paper["entries"][0]["product_number"] == 365
    assert world.rows("announcements/?year=1999") == []
    assert "issuer" in problem(world.ask("announcements/?issuer=x"))["errors"]
    Announcement.objects.create(issuer="other", text="演示公告", demonstration=True)
    assert [row["id"] for row in world.rows("announcements/")] == [paper["id"]]


def test_an_agreement_has_true_counts_beside_its_title(world):
    [agreement] = world.ask("agreements/").json()
    assert agreement["scheme_label"] == "100+100"
    assert [(side["size"], side["loaded"], side["protected"]) for side in agreement["sides"]] == [
        (100, 1, 1), (96, 1, 1),
    ]  # fmt: skip
    [before] = world.ask("agreements/?as_of=2020-01-01").json()
    assert before["sides"][0]["protected"] == 0


def test_names_of_an_agreement_are_narrowed_as_on_its_page(world):
    [name] = world.rows("agreements/CN-EU-B1/entries/?side=inbound")
    assert (name["name_native"], name["country"], name["status"]["code"]) == ("Comté", ["FR"], "protected")
    [tea] = world.rows("agreements/CN-EU-B1/entries/?q=anhua&as_of=2020-01-01")
    assert (tea["product_number"], tea["status"]["code"]) == (365, "not_yet")
    assert "country" in problem(world.ask("agreements/CN-EU-B1/entries/?country=XX"))["errors"]
    assert problem(world.ask("agreements/NONE/entries/"), 404)


@pytest.mark.parametrize(
    ("query", "rule"), [("", {}), ("?as_of=2009-01-01", {}), ("?whole=yes&track=all", {"whole": True})]
)
def test_coverage_has_the_figures_of_the_page_with_their_rule(world, query, rule):
    body = world.ask(f"coverage/{query}").json()
    assert {"whole": False, "own": False, "inferred": False} | rule == {
        name: value for name, value in body["rule"].items() if name != "track"
    }
    on = datetime.date.fromisoformat(body["as_of"])
    wanted = coverage.Rule(body["rule"]["track"]["code"], body["rule"]["whole"]) if rule else coverage.DEFAULT
    total = coverage.count(PovertyList.objects.get(slug="hunan-51"), on, wanted).total
    [figures] = body["results"]
    assert (figures["covered"], figures["unproven"], figures["listed"]) == (total.covered, total.unproven, total.listed)
    units = world.ask(f"coverage/hunan-51/{query}").json()
    assert units["list"] == figures
    assert [row["status"]["code"] for row in units["results"]].count("covered") == total.covered


@pytest.mark.parametrize("query", ["track=x", "whole=1", "status=products", "province=110000", "compare_on=2015-12-31"])
def test_a_rule_that_means_nothing_is_refused(world, query):
    assert query.partition("=")[0] in problem(world.ask(f"coverage/hunan-51/?{query}"))["errors"]


def test_a_division_knows_those_above_and_below_and_a_code_of_the_past_leads_to_it(world):
    anhua = make.Division.objects.get(code="430923")
    make.make_division("432300", "旧县", status="historic", successor=anhua, level="county")
    body = world.ask("divisions/430923/").json()
    assert [part["code"] for part in body["lineage"]] == ["430000", "430900", "430923"]
    assert [part["code"] for part in body["former"]] == ["432300"]
    moved = world.ask("divisions/432300/")
    assert (moved.status_code, moved["Location"]) == (301, "/api/v1/divisions/430923/")
    assert {row["code"] for row in world.rows("divisions/430900/children/")} == {"430922", "430923"}
    assert "432300" not in [row["code"] for row in world.rows("divisions/")]
    assert {row["level"]["code"] for row in world.rows("divisions/?level=county")} == {"county"}
    problem(world.ask("divisions/999999/"), 404)
