"""Key figures: each follows its rule, and they change with the register."""

import datetime

import pytest
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from cms.figures import count, key_figures
from enterprises.states import AuthorisationBasis, AuthorisationState
from gi_registry import journal
from gi_registry.event_types import EventType
from gi_registry.journal import Actor, Event, Subject
from products.states import AreaBasis, EntryStatus, ProductStatus, Side
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
)

pytestmark = pytest.mark.django_db
TODAY = datetime.date(2026, 11, 1)


@pytest.fixture(autouse=True)
def _nothing_kept():
    cache.clear()


def test_only_confirmed_products_count_as_protected():
    hunan, *_rest = make_hunan()
    make_product("甲茶", province=hunan)
    make_product("乙茶", province=hunan, status=ProductStatus.MARK_USE_LISTED)
    make_product("丙茶", province=hunan, status=ProductStatus.REPORTED)
    make_product("丁茶", status=ProductStatus.IN_PROCEDURE)
    make_product("戊茶")
    figures = count(TODAY)
    assert (figures.products, figures.protected) == (5, 3)
    assert figures.protected_by_province == {"430000": 2}


def test_a_product_is_not_protected_before_its_first_day():
    make_product(effective_from=datetime.date(2026, 11, 2))
    assert count(TODAY).protected == 0
    assert count(datetime.date(2026, 11, 2)).protected == 1


def test_names_abroad_count_once_and_only_when_protected():
    product = make_product()
    pilot, first = make_agreement("CN-EU-PILOT"), make_agreement("CN-EU-B1")
    make_agreement_entry(pilot, product=product, match_basis="reviewed")
    make_agreement_entry(first, product=product, match_basis="reviewed")
    make_agreement_entry(first, name_zh="龙井茶")
    make_agreement_entry(first, name_zh="贺兰山", status=EntryStatus.LISTED)
    make_agreement_entry(first, name_zh="干邑", side=Side.INBOUND)
    today = timezone.localdate()
    make_agreement_entry(first, name_zh="后来", protected_from=today + datetime.timedelta(days=1))
    assert count(today).abroad == 2


def test_reported_suspended_and_demonstration_enterprises_stay_apart():
    product = make_product()
    both = make_enterprise("甲公司")
    make_authorisation(both, product)
    make_authorisation(both, product, basis=AuthorisationBasis.REPORTED)
    make_authorisation(make_enterprise("乙公司"), product, basis=AuthorisationBasis.REPORTED)
    make_authorisation(make_enterprise("丙公司"), product, state=AuthorisationState.SUSPENDED)
    make_authorisation(make_enterprise("丁公司", uscc="91350100M000100Y43"), product)
    demo = make_enterprise("示例公司", uscc="91000000MA00000157")
    make_authorisation(demo, product, basis=AuthorisationBasis.DECIDED)
    figures = count(TODAY)
    assert (figures.authorised, figures.reported) == (2, 1)


def test_coverage_counts_units_with_a_named_area():
    _hunan, _yiyang, anhua, taojiang = make_hunan()
    right = make_product().rights.get()
    make_area(right, anhua)
    make_area(right, taojiang, basis=AreaBasis.INFERRED_FROM_NAME)
    national = make_poverty_list()
    for division in (anhua, taojiang):
        make_listed_unit(national, division)
    figures = count(TODAY)
    assert (figures.covered, figures.listed) == (1, 2)


def test_an_empty_register_has_no_coverage_to_show():
    figures = count(TODAY)
    assert (figures.products, figures.poverty_list, figures.covered) == (0, None, None)


def test_figures_are_kept_until_the_journal_grows(django_assert_num_queries):
    make_product("甲茶")
    assert key_figures(TODAY).products == 1
    make_product("乙茶")
    with django_assert_num_queries(1):
        assert key_figures(TODAY).products == 1
    with transaction.atomic():
        entered = Event(EventType.PRODUCT_ENTERED, Subject("product", "2", "乙茶"), {})
        journal.record(entered, by=Actor.system("test"))
    assert key_figures(TODAY).products == 2


@pytest.mark.parametrize("rows", [1, 3])
def test_counting_takes_the_same_queries_for_any_number_of_rows(rows, django_assert_num_queries):
    national, agreement = make_poverty_list(), make_agreement()
    for number in range(rows):
        province = make_division(f"4{number}0000")
        county = make_division(f"4{number}0121", parent=province)
        make_area(make_product(f"第{number}茶", province=province).rights.get(), county)
        make_listed_unit(national, county)
        make_agreement_entry(agreement)
        make_authorisation(make_enterprise(f"第{number}公司"), None)
    with django_assert_num_queries(12):
        count(TODAY)
