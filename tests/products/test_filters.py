"""The one set of filters: what each parameter keeps, what is ignored and said, and that facets count the truth."""

import datetime

import pytest
from django.core.cache import cache
from django.http import QueryDict

from enterprises.states import AuthorisationBasis
from gi_registry import journal
from gi_registry.event_types import EventType
from gi_registry.journal import Actor, Event, Subject
from gi_registry.models import Division
from products import facets
from products.filters import ProductFilter
from products.models import PovertyList
from products.states import AreaBasis, Category, EntryStatus, Extent, ProductStatus, Side, Track
from tests.factories import (
    make_agreement,
    make_agreement_entry,
    make_area,
    make_authorisation,
    make_division,
    make_enterprise,
    make_hunan,
    make_listed_unit,
    make_poverty_list,
    make_product,
    make_right,
)

pytestmark = pytest.mark.django_db


def chosen(query):
    return ProductFilter(QueryDict(query))


def kept(query):
    return sorted(chosen(query).qs.values_list("number", flat=True))


def counted(query):
    of = chosen(query)
    slugs = list(PovertyList.objects.values_list("slug", flat=True))
    return facets.count(of.found.products, of.wanted, slugs)


def test_values_of_one_parameter_widen_and_parameters_narrow():
    hunan, *_rest = make_hunan()
    make_product("甲茶", number=1, category=Category.TEA, province=hunan)
    make_product("乙果", number=2, category=Category.FRUIT, province=hunan)
    make_product("丙米", number=3, category=Category.GRAIN, province=hunan)
    make_product("丁茶", number=4, category=Category.TEA)
    assert kept("category=tea&category=fruit") == [1, 2, 4]
    assert kept("category=tea&category=fruit&province=430000") == [1, 2]
    assert kept("q=茶&province=430000") == [1]


def test_a_county_keeps_products_with_an_area_there_and_a_prefecture_those_below_it():
    province, prefecture, anhua, taojiang = make_hunan()
    in_anhua = make_product("甲茶", number=1, province=province)
    make_area(in_anhua.rights.get(), anhua)
    in_taojiang = make_product("乙茶", number=2, province=province)
    make_area(in_taojiang.rights.get(), taojiang, basis=AreaBasis.INFERRED_FROM_NAME)
    make_product("丙茶", number=3, province=province)
    assert kept(f"province={anhua.code}") == [1]
    assert kept(f"province={prefecture.code}") == [1, 2]
    assert kept(f"province={province.code}") == [1, 2, 3]


def test_a_former_code_leads_to_the_division_of_today():
    _province, _prefecture, anhua, _taojiang = make_hunan()
    make_division("432321", "旧安化", level="county", status="historic", successor=anhua)
    product = make_product(number=1)
    make_area(product.rights.get(), anhua)
    assert kept("province=432321") == [1]


def test_protected_means_the_confirmed_statuses_and_no_other():
    for number, status in enumerate(ProductStatus, 1):
        if status != ProductStatus.REVOKED:
            make_product(f"产品{number}", number=number, status=status)
    assert kept("status=protected") == [1, 2]
    assert kept("status=protected&status=reported") == [1, 2, 5]


def test_with_a_track_the_status_is_that_of_the_right_on_it():
    product = make_product(number=1, track=Track.GI_PRODUCT)
    make_right(product, track=Track.AGRICULTURAL_GI, status=ProductStatus.REPORTED, effective_from=None)
    assert kept("track=agricultural_gi") == [1]
    assert kept("track=gi_product&status=protected") == [1]
    assert kept("track=agricultural_gi&status=protected") == []


def test_as_of_keeps_what_was_in_force_that_day_on_the_track_asked_for():
    product = make_product(number=1, effective_from=datetime.date(2010, 12, 30))
    make_right(product, track=Track.TRADEMARK, effective_from=datetime.date(2015, 1, 1))
    make_product("某茶", number=2, status=ProductStatus.REPORTED)
    assert kept("as_of=2010-12-29") == []
    assert kept("as_of=2010-12-30") == [1]
    assert kept("as_of=2012-01-01&track=trademark") == []
    assert kept("as_of=2016-01-01&track=trademark") == [1]


def test_year():
    make_product("甲茶", number=1, first_year=2010)
    make_product("乙茶", number=2, first_year=2014)
    make_product("丙茶", number=3, first_year=None)
    assert kept("year=2010&year=2014") == [1, 2]


def test_recognised_abroad_counts_protected_outbound_names_only():
    first, listed, inbound, none = (make_product(f"产品{n}", number=n) for n in (1, 2, 3, 4))
    agreement = make_agreement("CN-EU")
    batch = make_agreement("CN-EU-B1", parent=agreement)
    other = make_agreement("CN-TH", partner="TH")
    for product, of, more in (
        (first, batch, {}),
        (listed, batch, {"status": EntryStatus.LISTED}),
        (inbound, batch, {"side": Side.INBOUND}),
        (none, other, {}),
    ):
        make_agreement_entry(of, product=product, match_basis="reviewed", **more)
    assert kept("agreement=any") == [1, 4]
    assert kept("agreement=CN-EU") == kept("agreement=CN-EU-B1") == [1]


def test_recognised_abroad_on_a_date_needs_a_date_that_proves_it():
    dated, undated = make_product("甲", number=1), make_product("乙", number=2)
    agreement = make_agreement()
    since = datetime.date(2021, 3, 1)
    make_agreement_entry(agreement, product=dated, match_basis="reviewed", protected_from=since)
    make_agreement_entry(agreement, product=undated, match_basis="reviewed")
    assert kept("agreement=any") == [1, 2]
    assert kept("agreement=any&as_of=2021-03-01") == [1]
    assert kept("agreement=any&as_of=2021-02-28") == []


def test_a_poverty_list_is_touched_by_its_divisions_and_by_larger_areas_that_are_not_only_parts():
    _province, prefecture, anhua, taojiang = make_hunan()
    national = make_poverty_list()
    make_listed_unit(national, anhua)
    for number, division, extent in (
        (1, anhua, Extent.PART),
        (2, taojiang, Extent.WHOLE),
        (3, prefecture, Extent.WHOLE),
        (4, prefecture, Extent.PART),
    ):
        make_area(make_product(f"产品{number}", number=number).rights.get(), division, extent=extent)
    assert kept("list=national-832") == [1, 3]
    assert counted("").lists == {"national-832": 2}


def test_authorised_enterprises_are_confirmed_ones_in_force():
    first, reported, over = (make_product(f"产品{n}", number=n) for n in (1, 2, 3))
    enterprise = make_enterprise()
    make_authorisation(enterprise, first)
    make_authorisation(enterprise, reported, basis=AuthorisationBasis.REPORTED)
    make_authorisation(enterprise, over, effective_to=datetime.date(2015, 1, 1))
    assert kept("enterprises=1") == [1]
    assert kept("enterprises=1&as_of=2014-01-01") == [1, 3]


@pytest.mark.parametrize(
    ("order", "expected"),
    [("newest", [2, 1, 3]), ("oldest", [1, 2, 3]), ("name", [3, 2, 1]), ("relevance", [1, 2, 3])],
)
def test_order(order, expected):
    make_product("丙", number=1, name_pinyin="C", effective_from=datetime.date(2010, 1, 1))
    make_product("乙", number=2, name_pinyin="B", effective_from=datetime.date(2014, 1, 1))
    make_product("甲", number=3, name_pinyin="A", status=ProductStatus.REPORTED)
    assert [product.number for product in chosen(f"sort={order}").qs] == expected


@pytest.mark.parametrize(
    "wrong",
    [
        "province=999999", "province=4300", "province=湖南", "province=４３００００", "province=430000%00",
        "category=tee", "track=x", "status=confirmed", "year=20x4", "year=1812", "year=99999999999999999999",
        "agreement=CN-MARS", "agreement=%27%20OR%201=1", "list=nothing", "enterprises=2", "enterprises=yes",
        "as_of=2019-02-30", "as_of=2999-01-01", "as_of=yesterday", "as_of=0000-00-00", "sort=best",
    ],
)  # fmt: skip
def test_a_value_that_means_nothing_is_named_and_changes_nothing(wrong):
    make_hunan()
    make_product(number=1)
    of = chosen(wrong)
    assert [product.number for product in of.qs] == [1]
    assert len(of.ignored) == 1
    assert "\x00" not in str(of.ignored[0])
    assert not of.parameters


def test_one_bad_value_leaves_the_good_ones_beside_it():
    make_product("甲茶", number=1)
    make_product("乙果", number=2, category=Category.FRUIT)
    of = chosen("category=tea&category=tee")
    assert [product.number for product in of.qs] == [1]
    assert [one.value for one in of.ignored] == ["tee"]
    assert of.parameters.urlencode() == "category=tea"


def test_blank_values_are_no_mistake():
    make_product(number=1)
    of = chosen("q=&category=&as_of=&sort=&year=")
    assert of.qs.count() == 1
    assert of.ignored == []


def test_the_form_of_the_set_accepts_what_was_read():
    make_hunan()
    of = chosen("q=茶&province=430000&category=tea&year=2010&as_of=2019-12-31&status=protected&sort=name")
    assert of.is_valid()


# --- facets


def test_each_facet_counts_under_all_other_filters():
    hunan, *_rest = make_hunan()
    yunnan = make_division("530000", "云南省")
    for number, (category, province) in enumerate(
        [(Category.TEA, hunan), (Category.TEA, yunnan), (Category.FRUIT, hunan), (Category.FRUIT, hunan)], 1
    ):
        make_product(f"产品{number}", number=number, category=category, province=province)
    counts = counted("category=tea&province=430000")
    assert counts.once["total"] == 1
    assert counts.category == {"tea": 1, "fruit": 2}
    assert counts.province == {hunan.pk: 1, yunnan.pk: 1}
    assert counts.status == {"approved": 1}
    assert counts.track == {"gi_product": 1}
    assert counts.year == {2010: 1}


@pytest.fixture
def register():
    """A small register in which every facet has something to tell apart."""
    province, prefecture, anhua, taojiang = make_hunan()
    yunnan = make_division("530000", "云南省")
    make_listed_unit(make_poverty_list(), anhua)
    agreement, enterprise = make_agreement(), make_enterprise()
    statuses = [s for s in ProductStatus if s != ProductStatus.REVOKED]
    for number in range(1, 13):
        product = make_product(
            f"产品{number}茶", number=number, status=statuses[number % 5], track=list(Track)[number % 3],
            category=list(Category)[number % 2], province=[province, yunnan, None][number % 3],
            first_year=2010 + number % 3,
        )  # fmt: skip
        if number % 4 == 0:
            make_right(product, track=Track.TRADEMARK, status=ProductStatus.REPORTED, effective_from=None)
            make_area(product.rights.first(), [anhua, taojiang, prefecture][number // 4 - 1])
        if number % 3 == 0:
            make_agreement_entry(agreement, product=product, match_basis="reviewed")
        if number % 5 == 0:
            make_authorisation(enterprise, product)


@pytest.mark.parametrize(
    "query",
    [
        "", "q=茶", "category=tea", "category=tea&year=2011", "status=protected", "track=trademark",
        "track=trademark&status=reported", "track=gi_product&track=trademark&status=protected",
        "province=430000&agreement=any", "list=national-832", "enterprises=1&category=fruit", "as_of=2012-01-01",
        "as_of=2012-01-01&track=collective_mark&category=tea", "province=430923",
    ],
)  # fmt: skip
def test_every_count_is_what_one_gets_by_choosing_it(query, register):
    """The promise of the facets, by trying each offer: chosen alone in its facet, it leaves as many as it said."""
    counts = counted(query)
    codes = dict(Division.objects.values_list("pk", "code"))
    offers = [("category", c, n) for c, n in counts.category.items()]
    offers += [("province", codes[pk], n) for pk, n in counts.province.items()]
    offers += [("status", s, n) for s, n in counts.status.items()]
    offers += [("track", t, n) for t, n in counts.track.items()]
    offers += [("year", str(y), n) for y, n in counts.year.items()]
    offers += [("list", slug, n) for slug, n in counts.lists.items()]
    offers += [("agreement", "any", counts.once["abroad"]), ("enterprises", "1", counts.once["enterprises"])]
    for name, value, number in offers:
        parameters = QueryDict(query, mutable=True)
        parameters.setlist(name, [value])
        assert len(kept(parameters.urlencode())) == number, (name, value)
    assert counts.once["total"] == len(kept(query))


@pytest.mark.parametrize("number", [1, 3])
def test_facets_take_one_statement(number, django_assert_num_queries):
    for place in range(number):
        make_product(f"产品{place}", category=list(Category)[place])
    of = chosen("category=tea&status=protected&track=gi_product&agreement=any&enterprises=1&year=2010")
    with django_assert_num_queries(1):
        facets.count(of.found.products, of.wanted, ["national-832", "hunan-51", "key-160"])


@pytest.fixture
def empty_cache():
    cache.clear()
    yield
    cache.clear()


def test_large_counts_are_remembered_until_the_journal_grows(
    monkeypatch, empty_cache, django_assert_num_queries
):
    monkeypatch.setattr(facets, "REMEMBER_FROM", 1)
    product = make_product(number=1)
    of = chosen("")
    facets.count_found(of.found, of.wanted, [])
    with django_assert_num_queries(1):
        facets.count_found(of.found, of.wanted, [])
    make_product("某茶", number=2)
    event = next(iter(EventType))
    journal.record(
        Event(event, Subject("product", str(product.number), "x"), payload={}), by=Actor.system("test")
    )
    assert facets.count_found(of.found, of.wanted, []).once["total"] == 2
