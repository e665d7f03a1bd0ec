"""Pages of coverage: figures with their rule and the rows behind them, map, years, comparison, report, files."""

import datetime
import json
import re
from itertools import pairwise

import pytest
from django.utils import timezone

from enterprises.states import AuthorisationBasis
from gi_registry.models import Division
from products.map_grid import PROVINCES
from products.models import Right
from products.states import AreaBasis, Extent, ProductStatus, Track
from tests.factories import (
    LONG_AGO,
    make_area,
    make_authorisation,
    make_division,
    make_enterprise,
    make_hunan,
    make_listed_unit,
    make_poverty_list,
    make_product,
)

pytestmark = pytest.mark.django_db
LIST = "/en/coverage/national-832/"


@pytest.fixture
def hunan():
    return make_hunan()


@pytest.fixture
def listed(hunan):
    """A list of one unit, 安化县."""
    poverty_list = make_poverty_list()
    make_listed_unit(poverty_list, hunan[2])
    return poverty_list


@pytest.fixture
def two_provinces(listed, hunan):
    """The list with a second county of Hunan, and with 纳雍县 in Guizhou."""
    guizhou = make_division("520000", "贵州省", name_en="Guizhou")
    make_listed_unit(listed, make_division("520525", "纳雍县", parent=guizhou))
    make_listed_unit(listed, hunan[3])
    return listed


def make_reaching(division, *, extent=Extent.WHOLE, basis=AreaBasis.NAMED_IN_SOURCE, **more):
    product = make_product(**more)
    make_area(product.rights.get(), division, extent=extent, basis=basis)
    return product


def text_of(response):
    return " ".join(response.content.decode().split())


def total(client, address):
    return client.get(address).context["content"].total


# --- all lists


@pytest.mark.parametrize("number", [1, 3])
def test_pages_take_the_same_queries_for_any_length(client, hunan, number, django_assert_num_queries):
    for i in range(number):
        poverty_list = make_poverty_list(f"list-{i}")
        for j in range(number):
            county = make_division(f"43{i + 1}{j}24", parent=hunan[1])
            make_listed_unit(poverty_list, county)
            make_reaching(county, name_zh=f"某茶{i}{j}")
    with django_assert_num_queries(18):
        assert client.get("/en/coverage/").status_code == 200
    with django_assert_num_queries(37):
        assert client.get("/en/coverage/list-0/?compare_on=2015-01-01").status_code == 200
    with django_assert_num_queries(22):
        assert client.get("/en/coverage/list-0/report/").status_code == 200


def test_all_lists_carry_the_rule_and_lead_to_their_page_by_the_same_rule(client, listed, hunan):
    make_reaching(hunan[2], track=Track.AGRICULTURAL_GI)
    make_poverty_list("hunan-51", size=51)
    page = text_of(client.get("/en/coverage/?track=with_agricultural&whole=yes&as_of=2019-12-31"))
    assert "<strong>1 / 1</strong>" in page
    assert "GI products and agricultural GIs · whole county" in page
    assert 'href="/en/coverage/national-832/?track=with_agricultural&amp;whole=yes&amp;as_of=2019-12-31"' in page


def test_a_register_without_lists_says_so(client):
    assert "No list is loaded yet" in text_of(client.get("/en/coverage/"))


# --- the rule


def test_list_page_shows_its_figures_with_their_rule(client, listed, hunan):
    product = make_reaching(hunan[2], track=Track.AGRICULTURAL_GI)
    page = text_of(client.get(LIST))
    assert "GI products · whole county or any part of it · only areas named in a source" in page
    assert "0 % of those listed" in page
    wider = client.get(f"{LIST}?track=with_agricultural&as_of=2019-12-31")
    assert wider.context["content"].total.covered == 1
    assert 'counted where the whole is meant</strong> · <time datetime="2019-12-31">' in text_of(wider)
    assert f'href="/en/products/{product.number}/"' in text_of(wider)


def test_each_choice_of_the_rule_changes_the_count_and_the_words(client, two_provinces, hunan):
    make_reaching(hunan[2], extent=Extent.PART)
    make_reaching(hunan[3], basis=AreaBasis.INFERRED_FROM_NAME, name_zh="桃江竹笋")
    make_reaching(Division.objects.get(code="520000"), name_zh="贵州绿茶")
    assert total(client, LIST).covered == 2
    assert total(client, f"{LIST}?whole=yes").covered == 1
    assert total(client, f"{LIST}?inferred=yes").covered == 3
    assert total(client, f"{LIST}?own=yes").covered == 1
    page = text_of(client.get(f"{LIST}?whole=yes&inferred=yes&own=yes"))
    assert "GI products · whole county · areas inferred from names counted · the county's own only" in (
        page.replace("&#x27;", "'")
    )


@pytest.mark.parametrize(
    "query",
    [
        "track=magic", "as_of=2999-01-01", "as_of=2019-02-30", "province=999999", "status=%00", "format=pdf",
        "whole=perhaps", "compare_on=yesterday", "compare_province=430", "inferred=1",
    ],
)  # fmt: skip
def test_values_that_are_none_are_ignored_with_a_notice(client, listed, query):
    response = client.get(f"{LIST}?{query}")
    assert "was ignored" in text_of(response)
    assert response.context["page"].paginator.count == 1


def test_list_page_says_how_incomplete_the_data_are(client, listed, hunan):
    make_reaching(hunan[2], basis=AreaBasis.INFERRED_FROM_NAME)
    page = text_of(client.get(LIST))
    assert "of 1 products that count on this date, 0 have an area named in a source" in page
    assert "Location inferred from the name" in page


def test_the_form_offers_no_province_where_there_is_only_one(client, listed, two_provinces, hunan):
    assert 'name="province"' in text_of(client.get(LIST))
    hunan_only = make_poverty_list("hunan-51")
    make_listed_unit(hunan_only, hunan[2])
    assert 'name="province"' not in text_of(client.get("/en/coverage/hunan-51/"))


# --- figures and the rows behind them


def test_each_figure_leads_to_the_rows_behind_it(client, two_provinces, hunan):
    make_reaching(hunan[2])
    make_reaching(hunan[3], basis=AreaBasis.INFERRED_FROM_NAME, name_zh="甲")
    content = client.get(f"{LIST}?track=all").context["content"]
    for status in ("covered", "unproven", "in_procedure", "blank"):
        address, _anchor, section = content.links[status].partition("#")
        page = client.get(address)
        assert section == "units"
        assert page.context["page"].paginator.count == getattr(content.total, status)
        assert page.context["asked"].rule.counted == "all"
    assert client.get(content.links["listed"]).context["page"].paginator.count == content.total.listed == 3


def test_behind_the_number_of_products_stand_the_products_with_their_units(client, two_provinces, hunan):
    wide = make_reaching(hunan[0], name_zh="湖南茶油")
    own = make_reaching(hunan[2], name_zh="安化红茶")
    make_reaching(hunan[3], basis=AreaBasis.INFERRED_FROM_NAME, name_zh="桃江竹笋")
    content = client.get(LIST).context["content"]
    response = client.get(content.links["products"])
    assert list(response.context["page"]) == [(wide, 2, 0), (own, 1, 0)]
    assert len(content.total.products) == 2
    assert "桃江竹笋" not in text_of(response)


def test_units_can_be_narrowed_by_province_and_status(client, two_provinces, hunan):
    make_reaching(hunan[2])
    response = client.get(f"{LIST}?province=520000&status=blank")
    assert [row.unit.name_zh for row in response.context["page"]] == ["纳雍县"]
    assert response.context["content"].total.listed == 1
    assert client.get(f"{LIST}?status=covered").context["page"].paginator.count == 1


def test_what_is_in_procedure_is_shown_today_and_not_counted(client, listed, hunan):
    make_reaching(hunan[2], status=ProductStatus.IN_PROCEDURE, name_zh="安化红茶")
    response = client.get("/coverage/national-832/")
    assert response.context["content"].total.in_procedure == 1
    assert "安化红茶" in text_of(response)
    assert 'class="answer is-in_procedure"' in text_of(response)
    assert total(client, f"{LIST}?as_of=2015-01-01").in_procedure == 0


@pytest.mark.parametrize("page", ["0", "99", "x", "-1"])
def test_pages_that_are_none_show_one_that_is(client, listed, page):
    assert len(client.get(f"/coverage/national-832/?page={page}").context["page"].object_list) == 1


def test_units_come_fifty_a_page(client, listed, hunan):
    for number in range(60):
        make_listed_unit(listed, hunan[3], key=f"k{number}")
    assert len(client.get(LIST).context["page"].object_list) == 50
    assert len(client.get(f"{LIST}?page=2").context["page"].object_list) == 11


def test_a_unit_without_division_carries_a_note(client, listed):
    listed.units.get().divisions.clear()
    page = text_of(client.get(LIST))
    assert "Tied to no division" in page
    assert "1 of them is tied to no division and cannot be told" in page


def test_a_list_without_units_has_a_page(client):
    make_poverty_list()
    response = client.get("/coverage/national-832/")
    assert response.context["content"].total.listed == 0
    assert client.get("/coverage/national-832/report/").status_code == 200


@pytest.mark.parametrize("address", ["/coverage/no-such-list/", "/coverage/no-such-list/report/"])
def test_unknown_list_is_not_found(client, address):
    assert client.get(address).status_code == 404


# --- blank counties


def test_blank_counties_stand_by_name_under_their_place(client, two_provinces, hunan):
    make_reaching(hunan[2])
    content = client.get("/coverage/national-832/").context["content"]
    assert [(group.place.division.name_zh, [name.name_zh for name in group.names]) for group in content.blank] == [
        ("湖南省", ["桃江县"]), ("贵州省", ["纳雍县"]),
    ]  # fmt: skip
    page = client.get("/coverage/national-832/?province=430000")
    (group,) = page.context["content"].blank
    assert group.place.division == hunan[1]
    assert '<a href="/regions/430922/">桃江县</a>' in page.content.decode().split('id="blank"')[1]


def test_a_full_list_says_that_nothing_is_blank(client, listed, hunan):
    make_reaching(hunan[2])
    assert "No unit of the list is blank by this rule." in text_of(client.get(LIST))


# --- maps


def test_map_of_a_list_shows_each_province_and_leads_to_its_part_by_the_same_rule(client, two_provinces, hunan):
    make_reaching(hunan[2])
    response = client.get(f"{LIST}?track=all")
    shapes = {shape.label: shape for shape in response.context["content"].map.shapes}
    assert (shapes["Hunan"].sub_label, shapes["Guizhou"].sub_label, shapes["Beijing"].sub_label) == ("1/2", "0/1", "")
    assert shapes["Hunan"].url == f"{LIST}?track=all&province=430000"
    assert (shapes["Beijing"].url, shapes["Beijing"].title) == ("", "Beijing: no unit on this list")
    assert total(client, shapes["Hunan"].url).listed == 2


def test_one_covered_unit_of_many_is_not_shaded_like_none(client, two_provinces, hunan):
    for number in range(120):
        make_listed_unit(two_provinces, hunan[3], key=f"k{number}")
    make_reaching(hunan[2])
    shapes = {shape.label: shape for shape in client.get(LIST).context["content"].map.shapes}
    assert shapes["Hunan"].css != shapes["Guizhou"].css == "tile level-0"


def test_map_of_a_province_marks_each_answer_and_leads_to_each_county(client, listed, hunan):
    for code, name in [("430924", "某县"), ("430925", "外县"), ("430926", "新县")]:
        make_division(code, name, parent=hunan[1])
    for code in ("430922", "430924", "430926"):
        make_listed_unit(listed, Division.objects.get(code=code))
    make_reaching(hunan[2])
    make_reaching(hunan[3], basis=AreaBasis.INFERRED_FROM_NAME, name_zh="甲")
    make_reaching(Division.objects.get(code="430926"), status=ProductStatus.IN_PROCEDURE, name_zh="乙")
    drawing = client.get("/coverage/national-832/").context["content"].map
    assert {shape.url: shape.css for shape in drawing.shapes if shape.kind == "tile"} == {
        "/regions/430923/": "tile level-5",
        "/regions/430922/": "tile unproven",
        "/regions/430924/": "tile blank",
        "/regions/430926/": "tile in_procedure",
        "": "tile level-0",  # 外县 is not on the list
    }
    assert len(drawing.legend) == 5


def test_a_county_of_two_units_carries_the_less_sure_answer(client, listed, hunan):
    both = make_listed_unit(listed, hunan[3], key="both")
    both.divisions.add(hunan[2])
    make_listed_unit(listed, hunan[3], key="alone", name_zh="某区")
    make_reaching(hunan[2], extent=Extent.WHOLE)
    drawing = client.get("/coverage/national-832/").context["content"].map
    css = {shape.url: shape.css for shape in drawing.shapes if shape.url}
    assert css == {"/regions/430923/": "tile level-5", "/regions/430922/": "tile blank"}


def test_a_county_of_the_past_is_marked_where_it_lies_today(client, listed, hunan):
    old = make_division("430999", "旧县", parent=hunan[1], status="historic", successor=hunan[3])
    make_listed_unit(listed, old)
    drawing = client.get("/coverage/national-832/").context["content"].map
    assert {shape.url for shape in drawing.shapes if shape.url} == {"/regions/430922/", "/regions/430923/"}


# --- years


def test_the_trend_goes_by_the_ends_of_years_and_by_the_rule(client, listed, hunan):
    make_reaching(hunan[2], effective_from=datetime.date(2010, 12, 31))
    chart = client.get(f"{LIST}?as_of=2013-06-30").context["content"].trend
    covered = {label: values[1] for label, values in chart.rows}
    assert (covered["2000"], covered["2009"], covered["2010"], covered["2013-06-30"]) == (0, 0, 1, 1)
    assert chart.note == "Covered: 0 of 1 units at the end of 2000, 1 of 1 on 2013-06-30."
    assert client.get(f"{LIST}?as_of=2013-06-30&track=with_marks").context["content"].trend.rows[-1][1][1] == 1


def test_a_date_before_the_trend_has_no_chart_and_a_page(client, listed):
    response = client.get(f"{LIST}?as_of=1999-05-01")
    assert response.context["content"].trend is None
    assert "Units at the end of each year" not in text_of(response)


def test_exits_stand_beside_the_national_count(client, listed, hunan):
    make_listed_unit(listed, hunan[3], exited_on=datetime.date(2016, 12, 31), exited_precision="year")
    response = client.get(LIST)
    assert response.context["content"].exits_chart.rows[0] == ("2016", (1, 28))
    assert "1 unit without a year." in text_of(response)
    assert "Qinghai" not in text_of(response)


# --- comparison


def test_two_dates_tell_what_became_covered_and_what_was_lost_by_name(client, listed, hunan):
    make_listed_unit(listed, hunan[3])
    make_reaching(hunan[2], effective_from=datetime.date(2010, 1, 1), name_zh="甲")
    Right.objects.update(effective_to=datetime.date(2015, 1, 1))
    make_reaching(hunan[3], effective_from=datetime.date(2014, 1, 1), name_zh="乙")
    for query in ("as_of=2016-01-01&compare_on=2012-01-01", "as_of=2012-01-01&compare_on=2016-01-01"):
        (compared,) = client.get(f"{LIST}?{query}").context["content"].comparisons
        assert [name.name_zh for name in compared.gained] == ["桃江县"]
        assert [name.name_zh for name in compared.lost] == ["安化县"]
        assert [side.title for side in compared.sides] == ["2012-01-01", "2016-01-01"]
        assert ("Covered", [1, 1]) in compared.rows


def test_two_provinces_stand_side_by_side_with_their_blank_units(client, two_provinces, hunan):
    make_reaching(hunan[2])
    response = client.get(f"{LIST}?province=430000&compare_province=520000")
    (compared,) = response.context["content"].comparisons
    assert [side.total.listed for side in compared.sides] == [2, 1]
    assert [[name.name_zh for name in side.blank] for side in compared.sides] == [["桃江县"], ["纳雍县"]]
    page = text_of(response)
    assert "Two provinces" in page
    assert "Blank units, Guizhou: 1" in page
    assert "Became covered" not in page


def test_a_province_is_not_compared_with_itself_nor_a_date_with_itself(client, two_provinces):
    query = "province=430000&compare_province=430000&as_of=2012-01-01&compare_on=2012-01-01"
    assert client.get(f"{LIST}?{query}").context["content"].comparisons == []


# --- report and files


def test_the_report_says_list_rule_date_and_every_blank_county(client, two_provinces, hunan):
    make_reaching(hunan[2])
    page = text_of(client.get(f"{LIST}report/?track=all&as_of=2020-01-01"))
    assert page.count('<section class="report-page">') == 2
    assert "all tracks, trademarks included" in page.lower()
    assert '<time datetime="2020-01-01">' in page
    names = page.split('class="report-names')[1]
    assert "<b>Hunan 1</b> Taojiang" in names
    assert "<b>Guizhou 1</b> Division 520525" in names
    assert "Anhua" not in names
    assert 'href="/en/coverage/national-832/?track=all&amp;as_of=2020-01-01"' in page  # back to the same figures


def test_the_page_leads_to_the_report_of_the_same_figures(client, two_provinces):
    response = client.get(f"{LIST}?province=430000&own=yes&status=blank")
    address = response.context["content"].report_url
    assert address == f"{LIST}report/?own=yes&province=430000"
    assert client.get(address).context["content"].total.listed == 2


def test_file_carries_its_rule(client, listed, hunan):
    product = make_reaching(hunan[2])
    response = client.get("/coverage/national-832/?format=json&as_of=2019-12-31&status=covered&own=yes")
    content = json.loads(response.getvalue())
    assert content["about"]["as_of"] == "2019-12-31"
    assert content["about"]["counted"] == ["gi_product"]
    assert (content["about"]["own"], content["about"]["whole"]) == (True, False)
    (row,) = content["rows"]
    assert (row["name_zh"], row["status"], row["product_numbers"]) == ("安化县", "covered", [product.number])


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
def test_files_hold_the_units_of_the_filter(client, two_provinces, kind):
    content = client.get(f"{LIST}?province=520000&format={kind}").getvalue()
    assert content
    if kind != "xlsx":
        assert ("纳雍县" in content.decode(), "安化县" in content.decode()) == (True, False)


# --- for those who do not see, and for slow networks


@pytest.mark.parametrize("address", ["/en/coverage/", LIST, f"{LIST}?province=430000", f"{LIST}report/"])
def test_headings_step_down_by_one_and_tables_have_captions(client, two_provinces, address):
    page = client.get(address).content.decode().split("<main")[1].split("</main>")[0]
    levels = [int(level) for level in re.findall(r"<h([1-6])", page)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert page.count("<table") == page.count("<caption")


def test_ids_stand_once_on_a_page(client, two_provinces, hunan):
    make_reaching(hunan[2], basis=AreaBasis.INFERRED_FROM_NAME)
    for address in (LIST, f"{LIST}?province=430000&compare_province=520000"):
        ids = re.findall(r' id="([^"]+)"', client.get(address).content.decode())
        assert len(ids) == len(set(ids))


def test_first_page_of_the_longest_list_stays_small_beside_its_map(client, listed):
    """As many units and provinces as the national list of 832 has, all of them blank."""
    for code in [code for code in PROVINCES if code != "430000"][:21]:
        county = make_division(f"{code[:2]}0121", "某某县", parent=make_division(code, "某某省"))
        for number in range(40):
            make_listed_unit(listed, county, key=f"{code} {number}", exited_on=timezone.localdate())
    page = client.get("/coverage/national-832/").content.decode()
    without_map = re.sub(r'<figure class="map.*?</figure>', "", page, flags=re.DOTALL)
    assert len(without_map.encode()) < 64_000  # 4 of them are the frame of every page


def test_enterprises_are_counted_once_and_only_those_that_may_use_the_mark_on_the_date(client, listed, hunan):
    first, second = make_reaching(hunan[2]), make_reaching(hunan[2], name_zh="安化茶叶")
    elsewhere = make_reaching(hunan[3], name_zh="桃江竹笋")
    firm, other, late = (make_enterprise(name) for name in ("甲", "乙", "丙"))
    for enterprise, product, since in (
        (firm, first, LONG_AGO), (firm, second, LONG_AGO), (other, elsewhere, LONG_AGO),
        (late, first, datetime.date(2022, 1, 1)),
    ):  # fmt: skip
        make_authorisation(enterprise, product, since=since)
    make_authorisation(make_enterprise("丁"), first, basis=AuthorisationBasis.REPORTED)
    make_authorisation(make_enterprise("戊", uscc="91000000MA00000157"), first)
    for on, number in (("2021-12-31", 1), ("2024-06-01", 2)):
        content = client.get(f"/en/coverage/national-832/?as_of={on}").context["content"]
        assert content.enterprises == number
    response = client.get("/coverage/national-832/?format=json&as_of=2024-06-01")
    (row,) = json.loads(b"".join(response.streaming_content))["rows"]
    assert row["enterprises"] == 2
    page = text_of(client.get("/en/coverage/national-832/?status=products&as_of=2024-06-01"))
    assert '<td class="num" data-label="Enterprises">2</td>' in page
