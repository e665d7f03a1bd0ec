"""The search page as a reader meets it, and what it makes of bad input."""

import json
import re
from urllib.parse import quote

import pytest
from django.utils.html import escape

from products.states import Category, ProductStatus, Track
from tests.factories import make_area, make_hunan, make_product, make_right

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client):
    """Text of a page under /en/ that must be there."""

    def get(query="", path="/en/products/"):
        response = client.get(f"{path}?{query}" if query else path)
        assert response.status_code == 200
        return response.content.decode()

    return get


def names(html):
    found = re.findall(r'class="result-name"><a href="[^"]+">(.*?)</a>', html)
    return [re.sub(r"<[^>]+>", "", name).strip() for name in found]


def notices(html):
    return re.findall(r'<div class="notice notice-look">(.*?)</div>', html, re.DOTALL)


def test_a_product_is_found_and_leads_to_its_record(page):
    make_product("安化黑茶", number=12)
    html = page("q=ahhc", "/products/")
    assert 'href="/products/12/"' in html
    assert names(html) == ["安化黑茶 Anhua Heicha"]


def test_the_english_page_shows_the_latin_name_first(page):
    make_product("安化黑茶", number=12, name_en="Anhua Dark Tea")
    html = page("q=ahhc")
    assert names(html) == ["Anhua Dark Tea 安化黑茶"]
    assert '<span lang="zh-Hans">安化黑茶</span>' in html
    assert 'href="/en/products/12/"' in html


def test_the_count_stands_in_words(page):
    assert "0 products" in page()
    make_product("安化黑茶")
    assert "1 product<" in page()
    assert "1 product for “安化”" in page("q=安化")


def test_a_track_that_is_less_certain_than_the_product_says_so(page):
    product = make_product("安化黑茶")
    make_right(product, track=Track.AGRICULTURAL_GI, status=ProductStatus.REPORTED, effective_from=None)
    assert "Agricultural GI (reported only)" in page()


def test_a_filter_in_use_can_be_taken_off_alone(page):
    make_product("安化黑茶", category=Category.TEA)
    html = page("q=安化&category=tea&status=protected")
    assert f'href="/en/products/?q={quote("安化")}&amp;status=protected"' in html
    assert 'aria-label="Remove filter: Tea"' in html
    assert f'href="/en/products/?q={quote("安化")}"' in html


def test_facets_are_links_with_counts(page):
    make_product("甲茶", category=Category.TEA)
    make_product("乙果", category=Category.FRUIT)
    html = page("category=tea")
    fruit = re.search(
        r'<a href="([^"]+)"[^>]*><span>Fruit and nuts</span><span class="count">(\d+)</span>', html
    )
    assert fruit
    assert fruit[1] == "/en/products/?category=tea&amp;category=fruit"
    assert fruit[2] == "1"


def test_the_search_box_keeps_the_filters_and_the_filters_keep_the_text(page):
    make_product("安化黑茶")
    html = page("q=安化&category=tea")
    assert 'value="安化"' in html
    assert '<input type="hidden" name="category" value="tea">' in html


def test_table_view_and_order_stay_on_the_next_page(page):
    for place in range(21):
        make_product(f"产品{place}茶", name_pinyin=f"Chanpin {place:02}")
    html = page("view=table&sort=name")
    assert html.count('<th scope="row">') == 20
    assert 'href="?sort=name&amp;view=table&amp;page=2"' in html
    assert page("view=table&sort=name&page=2").count('<th scope="row">') == 1


def test_one_wrong_character_is_said_and_the_right_name_offered(page):
    make_product("安化黑茶")
    html = page("q=安花黑茶", "/products/")
    assert names(html) == ["安化黑茶 Anhua Heicha"]
    assert f'href="/products/?q={quote("安化黑茶")}"' in html


def test_an_empty_result_helps(page):
    make_product("安化黑茶")
    html = page("q=海参&category=tea")
    assert "No product answers this question" in html
    assert f'href="/en/products/?q={quote("海参")}"' in html  # without the filters
    assert 'href="/en/products/?category=aquatic"' in html


@pytest.mark.parametrize(
    "text", ["91430923000000000X", "9143 0923 0000 0000 0X", "ABCD-EFGH-JKMN-PQRS-TVWX-YZ23"]
)
def test_a_code_typed_here_leads_to_the_other_look_up(page, text):
    assert f'href="/en/find/?q={quote(text)}"' in page(f"q={quote(text)}")


@pytest.mark.parametrize(
    "text", ["anhua heicha", "AGI2017-03-2119", "第四七五号公告和另外一些字词一共十八字"]
)
def test_a_name_or_number_is_no_code(page, text):
    assert "/en/find/?q=" not in page(f"q={quote(text)}").split('id="main"')[1]


def test_a_county_of_the_past_or_a_county_with_areas(page):
    _province, _prefecture, anhua, _taojiang = make_hunan()
    make_area(make_product("安化黑茶").rights.get(), anhua)
    html = page("province=430923")
    assert names(html) == ["Anhua Heicha 安化黑茶"]
    assert 'aria-label="Remove filter: Anhua County"' in html


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("category=tee", "tee"), ("province=999999", "999999"), ("year=20x4", "20x4"), ("sort=best", "best"),
        ("as_of=2999-01-01", "2999-01-01"), ("as_of=31.12.2019", "31.12.2019"),
        ("page=x", "x"), ("page=99", "99"), ("page=-1", "-1"),
        ("format=pdf", "pdf"), ("view=map", "map"), ("status=<script>", "<script>"), ("list=%00", "\ufffd"),
    ],
)  # fmt: skip
def test_a_value_that_means_nothing_is_named(page, query, value):
    make_product("安化黑茶")
    html = page(query)
    assert names(html) == ["Anhua Heicha 安化黑茶"] or "sort" not in query
    [notice] = notices(html)
    assert f"“{escape(value)}”" in notice


def test_many_bad_values_make_few_notices(page):
    html = page("&".join(f"category=bad{place}" for place in range(100)))
    assert len(notices(html)) == 6
    assert "95 further values" in html


HOSTILE = [
    "%00", "%00%E8%8C%B6", "%01%02%1f", "%", "%25", "_", "%22", "%27", "%27%20OR%201=1--", "*", "%E8%8C%B6*",
    "%28%28", "AND", "OR", "NOT", "NEAR(a%20b)", "tokens:%E8%8C%B6", "%5E%E8%8C%B6", "-%E8%8C%B6", "%E8%8C",
    "%FF%FE", "%zz", "%u8336", "a:*&|!()", "<script>alert(1)</script>", "{{7*7}}", "%F0%A0%AE%B7", "%ED%A0%80",
    "%E2%80%AE%E8%8C%B6", "+", "%20%20",
    quote("茶" * 10_000), "a" * 10_000, quote("安化黑茶 ") * 2_000, "1" * 10_000, quote("%_") * 3_000,
]  # fmt: skip


@pytest.mark.parametrize("query", HOSTILE, ids=lambda query: query[:20])
def test_any_query_gets_an_ordinary_page(page, query):
    make_product("安化黑茶")
    html = page(f"q={query}")
    assert "<script>alert" not in html
    assert "\x00" not in html
    assert set(names(html)) <= {"Anhua Heicha 安化黑茶"}
    assert len(html) < 60_000 + 2 * len(query)  # the link to the other language repeats it


@pytest.mark.parametrize(
    "name", ["province", "category", "track", "status", "year", "agreement", "list", "as_of", "page", "sort"]
)
@pytest.mark.parametrize(
    "value",
    ["%00", "%FF", quote("茶" * 10_000), "%27%22", "%ED%A0%80"],
    ids=["nul", "ff", "long", "quotes", "surrogate"],
)
def test_any_value_of_any_parameter_gets_a_page_with_a_notice(page, name, value):
    make_product("安化黑茶")
    html = page(f"{name}={value}")
    assert names(html) == ["Anhua Heicha 安化黑茶"]
    assert len(notices(html)) == 1


def test_a_long_text_is_cut_and_said(page):
    make_product("安化黑茶")
    assert "first 200 characters" in page(f"q={quote('茶' * 201)}")
    assert "first 200 characters" not in page(f"q={quote('茶' * 200)}")


@pytest.mark.parametrize(
    ("kind", "first"),
    [("csv", b"\xef\xbb\xbfnumber,"), ("xlsx", b"PK"), ("json", b'{"about"'), ("geojson", b'{"type"')],
)
def test_the_current_filter_is_exported(client, kind, first):
    make_product("甲茶", number=1, category=Category.TEA)
    make_product("乙果", number=2, category=Category.FRUIT)
    response = client.get(f"/products/?category=tea&category=tee&format={kind}")
    content = b"".join(response)
    assert response.status_code == 200
    assert content.startswith(first)
    assert response["Content-Disposition"].startswith('attachment; filename="gi-products-')
    if kind in ("json", "geojson"):
        data = json.loads(content)
        assert data["about"]["filter"] == "category=tea"
        assert "tee" in data["about"]["ignored"]
        assert data["about"]["total"] == len(data.get("rows", data.get("features"))) == 1


def test_the_page_offers_the_current_filter_as_a_file(page):
    make_product("甲茶", category=Category.TEA)
    for kind in ("csv", "xlsx", "json", "geojson"):
        assert f'href="/en/products/?category=tea&amp;format={kind}"' in page(
            "category=tea&view=table&page=1"
        )


@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.parametrize("query", ["", "q=茶&category=tea&status=protected&province=430000"])
def test_queries_do_not_grow_with_the_list(client, number, query, django_assert_num_queries):
    province, _prefecture, anhua, _taojiang = make_hunan()
    for place in range(number):
        make_area(make_product(f"产品{place}茶", province=province).rights.get(), anhua)
    with django_assert_num_queries(8 if query else 6):
        client.get(f"/products/?{query}")


def test_only_reading_is_allowed(client):
    assert client.post("/products/").status_code == 405
