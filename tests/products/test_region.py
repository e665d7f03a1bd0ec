"""Places: what may be used there and why, what lies below, and codes of the past."""

import datetime

import pytest

from enterprises.states import AuthorisationBasis
from gi_registry import territory
from products import region_facts
from products.states import AreaBasis, Extent, ProductStatus
from products.views import regions
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def hunan():
    return make.make_hunan()


def html_of(client, path: str) -> str:
    return client.get(f"/en/regions/{path}").content.decode()


def applies(division_code: str) -> list[tuple[str, str]]:
    division = territory.resolve(division_code)
    facts = region_facts.facts_of(division)
    lines = region_facts.applying(division, list(facts.products), facts.on)
    return [(line.product.name_zh, line.relation) for line in lines]


def placed(name, division, *, extent=Extent.WHOLE, basis=AreaBasis.NAMED_IN_SOURCE, **more):
    product = make.make_product(name, right=False, **more)
    right = make.make_right(
        product, status=product.status, effective_from=make.LONG_AGO if product.is_confirmed else None
    )
    make.make_area(right, division, extent=extent, basis=basis)
    return product


def test_products_come_from_the_division_its_parents_and_its_children(hunan):
    province, prefecture, anhua, taojiang = hunan
    placed("安化黑茶", anhua)
    placed("益阳松花皮蛋", prefecture)
    placed("湖南茶油", province)
    placed("桃江竹笋", taojiang)

    assert applies("430923") == [("安化黑茶", "here"), ("益阳松花皮蛋", "above"), ("湖南茶油", "above")]
    assert applies("430900") == [
        ("益阳松花皮蛋", "here"), ("湖南茶油", "above"), ("安化黑茶", "below"), ("桃江竹笋", "below"),
    ]  # fmt: skip
    assert [relation for _name, relation in applies("430000")] == ["here", "below", "below", "below"]


def test_the_page_says_how_each_applies(client, hunan):
    _province, prefecture, anhua, _taojiang = hunan
    placed("安化黑茶", anhua, extent=Extent.PART)
    placed("益阳松花皮蛋", prefecture)
    placed("安化竹笋", anhua, basis=AreaBasis.INFERRED_FROM_NAME, extent=Extent.NOT_STATED)

    county = html_of(client, "430923/")

    assert "Its area is a part of Anhua County." in county
    assert "Its area is the whole of Yiyang City." in county
    assert "Its name points to Anhua County." in county
    assert county.count("Location inferred from the name, not the legal area.") == 1
    assert 'Its area lies in: <a href="/en/regions/430923/">Anhua County</a> (part)' in html_of(
        client, "430900/"
    )


def test_the_area_of_an_unconfirmed_track_says_so(client, hunan):
    product = placed("安化黑茶", hunan[3])
    reported = make.make_right(product, status=ProductStatus.REPORTED, effective_from=None)
    make.make_area(reported, hunan[2])

    assert "legal track that is not confirmed" in html_of(client, "430923/")
    assert "legal track that is not confirmed" not in html_of(client, "430922/")


def test_protected_products_come_first_and_are_counted_apart(client, hunan):
    placed("某米", hunan[2], status=ProductStatus.REPORTED)
    placed("安化黑茶", hunan[2])

    html = html_of(client, "430923/")

    assert [name for name, _relation in applies("430923")] == ["安化黑茶", "某米"]
    assert "2 geographical indications on record for this place; 1 is protected." in html
    assert html.count("pill-live") == 1


def test_a_product_of_the_province_without_area_is_on_the_provinces_page_only(client, hunan):
    make.make_product("湘米", province=hunan[0])

    assert applies("430000") == [("湘米", "province")]
    assert applies("430900") == []
    assert "Known for the province; no area is loaded." in html_of(client, "430000/")


def test_as_of_does_not_show_protection_before_it_began(client, hunan):
    placed("安化黑茶", hunan[2])

    html = html_of(client, "430923/?as_of=2009-01-01")

    assert "pill-live" not in html
    assert "Not protected on this date" in html
    assert "0 are protected" in html


def test_divisions_below_carry_their_counts(hunan):
    province, prefecture, anhua, taojiang = hunan
    both = placed("安化黑茶", anhua)
    make.make_area(both.rights.get(), taojiang)
    placed("某米", anhua, status=ProductStatus.REPORTED)
    placed("益阳松花皮蛋", prefecture)

    def below(division):
        return [
            (place.division.code, place.products, place.protected)
            for place in region_facts.facts_of(division).children
        ]

    assert below(province) == [("430900", 3, 2)]
    assert below(prefecture) == [("430922", 1, 1), ("430923", 2, 1)]
    assert below(anhua) == []


def test_enterprises_of_the_province_are_counted_once(client, hunan):
    product, other = placed("安化黑茶", hunan[2]), placed("安化竹笋", hunan[2])
    elsewhere = make.make_division("440000", "广东省")
    here = make.make_enterprise("甲公司", province=hunan[0])
    make.make_authorisation(here, product)
    make.make_authorisation(here, other)
    make.make_authorisation(make.make_enterprise("乙公司", province=elsewhere), product)
    make.make_authorisation(
        make.make_enterprise("丙公司", province=hunan[0]), product, basis=AuthorisationBasis.REPORTED
    )
    make.make_authorisation(
        make.make_enterprise("丁公司", province=hunan[0]), product, effective_to=datetime.date(2020, 1, 1)
    )

    facts = region_facts.facts_of(territory.resolve("430923"))

    assert (facts.confirmed_users, facts.reported_users) == (1, 1)
    assert 'href="/en/enterprises/?province=430000"' in html_of(client, "430923/")


def test_poverty_list_facts_of_a_county_and_counts_above(client, hunan):
    poverty = make.make_poverty_list()
    make.make_listed_unit(
        poverty, hunan[2], area="武陵山区", key_county=True, designated_on=datetime.date(2012, 3, 19),
        exited_on=datetime.date(2019, 12, 31), exited_precision="year", exit_basis="derived",
    )  # fmt: skip
    make.make_listed_unit(poverty, hunan[3])

    county = html_of(client, "430923/")

    assert "武陵山区" in county
    assert '<time datetime="2012-03-19">' in county
    assert '<time datetime="2019">2019</time>' in county
    assert "derived from the rest of a sourced list" in county
    assert "2 units here" in html_of(client, "430900/")
    assert "2 units here" in html_of(client, "430000/")
    assert "2 units here" not in county


def test_a_listed_unit_without_division_is_found_by_its_name(client, hunan):
    qinghai = make.make_division("630000", "青海省")
    committee = make.make_division("632857", "大柴旦行政委员会", status="statistical", parent=qinghai)
    make.make_listed_unit(make.make_poverty_list(), committee).divisions.clear()
    namesake = make.make_division("430999", "大柴旦行政委员会", parent=hunan[1])

    assert [row.unit.name_zh for row in region_facts.facts_of(committee).listings] == ["大柴旦行政委员会"]
    assert region_facts.facts_of(namesake).listings == []


def test_a_code_of_the_past_leads_to_todays_division_and_says_so(client, hunan):
    anhua = hunan[2]
    make.make_division(
        "432300", "益阳地区", level="prefecture", parent=hunan[0], status="historic", successor=hunan[1],
        change="1994 撤地设市→430900益阳市",
    )  # fmt: skip
    make.make_division(
        "432326", "安化县", status="historic", successor=anhua, change="1994 同名改码→430923安化县"
    )

    response = client.get("/en/regions/432326/")
    html = html_of(client, "430923/?former=432326")

    assert (response.status_code, response["Location"]) == (301, "/en/regions/430923/?former=432326")
    assert "The code 432326 is one of the past." in html
    assert '1994 <span lang="zh-Hans">同名改码</span>' in html
    assert "is one of the past" not in html_of(client, "430923/?former=432300")


def test_a_former_name_under_the_same_code_does_not_redirect(client, hunan):
    make.make_division("430923", "安化旧县", status="historic", successor=hunan[2])

    response = client.get("/en/regions/430923/")

    assert response.status_code == 200
    assert "Division 430923 <span" in response.content.decode()


def test_a_historic_code_without_successor_has_a_page_of_its_own(client):
    make.make_division("140202", "大同城区", status="historic")

    html = html_of(client, "140202/")

    assert "This division no longer exists. No successor is on record" in html


def test_a_statistical_unit_says_what_it_is(client):
    make.make_division("632857", "大柴旦行政委员会", status="statistical")

    assert "used in statistics only" in html_of(client, "632857/")


@pytest.mark.parametrize("path", ["000000/", "99/", "abcdef/", "4309231/", "43092%00/"])
def test_an_unknown_code_is_not_found(client, hunan, path):
    assert client.get(f"/regions/{path}").status_code == 404


@pytest.mark.parametrize("query", ["page=abc", "page=-1", "page=9999", "former=%00", "former=" + "9" * 5000])
def test_wrong_values_of_the_query_string_do_no_harm(client, hunan, query):
    placed("安化黑茶", hunan[2])

    response = client.get(f"/en/regions/430923/?{query}")

    assert response.status_code == 200
    assert 'href="/en/products/' in response.content.decode()


def test_a_wrong_date_is_ignored_with_a_notice(client, hunan):
    assert "was ignored" in html_of(client, "430923/?as_of=2999-01-01")
    assert "was ignored" in html_of(client, "?as_of=tomorrow")


def test_a_long_list_has_pages(client, hunan):
    for index in range(regions.PAGE_SIZE + 2):
        placed(f"茶{index:02}", hunan[2])

    first, second = html_of(client, "430923/"), html_of(client, "430923/?page=2")

    assert first.count('class="result"') == regions.PAGE_SIZE
    assert second.count('class="result"') == 2
    assert "?page=2" in first


def test_the_country_lists_every_province_with_its_counts(client, hunan):
    make.make_division("440000", "广东省", name_en="Guangdong Province")
    make.make_product("安化黑茶", province=hunan[0])
    make.make_product("某米", province=hunan[0], status=ProductStatus.REPORTED)

    places = region_facts.provinces()
    html = html_of(client, "")

    assert [(place.division.code, place.products, place.protected) for place in places] == [
        ("430000", 2, 1),
        ("440000", 0, 0),
    ]
    assert "2 products with a known province; 1 of them are protected" in html
    assert 'href="/en/regions/430000/"' in html


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2010 撤销→110101东城区", [("2010", "撤销", "110101", "东城区")]),
        (
            "2002 同名改码→620824华亭县; 2018 撤县设市→620881华亭市",
            [("2002", "同名改码", "620824", "华亭县"), ("2018", "撤县设市", "620881", "华亭市")],
        ),
        ("renamed", [("", "renamed", "", "")]),
        ("", []),
    ],
)
def test_changes_are_read_step_by_step(text, expected):
    found = region_facts.changes(text)

    assert [(step.year, step.act, step.code, step.name) for step in found] == expected


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("code", "queries"), [("430000", 16), ("430900", 16), ("430923", 27)])
def test_the_number_of_queries_does_not_grow(client, hunan, rows, code, queries, django_assert_num_queries):
    poverty = make.make_poverty_list()
    for index in range(rows):
        product = placed(f"茶{index}", hunan[2], province=hunan[0])
        make.make_area(product.rights.get(), hunan[3])
        make.make_authorisation(make.make_enterprise(f"公司{index}", province=hunan[0]), product)
        make.make_listed_unit(poverty, hunan[2], key=str(index))
        make.make_division(f"43230{index}", f"旧{index}", status="historic", successor=hunan[2])

    with django_assert_num_queries(queries):
        client.get(f"/en/regions/{code}/")


def test_the_lists_tell_since_when_and_whether_the_county_is_covered(client, hunan):
    make.make_listed_unit(make.make_poverty_list(), hunan[2], area="武陵山区")
    product = placed("安化黑茶", hunan[2], province=hunan[0])
    page = " ".join(client.get("/en/regions/430923/").content.decode().split()).split('id="lists"')[1]
    assert "since its first publication" in page
    assert "Covered</span>" in page
    assert f'href="/en/products/{product.number}/"' in page
    assert "whole county or any part of it" in page
    assert 'href="/en/coverage/national-832/?province=430000"' in page
