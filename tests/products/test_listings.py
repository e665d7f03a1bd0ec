"""What the lists know of a place: versions, the answer on the date, and places that changed their name."""

import datetime

import pytest

from products.coverage_rules import Cover
from products.listings import listings
from products.models import ListVersion
from products.states import AreaBasis, ProductStatus
from tests.factories import (
    make_area,
    make_division,
    make_hunan,
    make_listed_unit,
    make_poverty_list,
    make_product,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def hunan():
    return make_hunan()


def reach(division, **more):
    product = make_product(**{key: value for key, value in more.items() if key != "basis"})
    make_area(product.rights.get(), division, basis=more.get("basis", AreaBasis.NAMED_IN_SOURCE))
    return product


def test_a_covered_county_is_told_with_the_product_and_the_rule(hunan):
    make_listed_unit(make_poverty_list(), hunan[2], area="武陵山区", key_county=True)
    product = reach(hunan[2])
    (row,) = listings(hunan[2])
    assert (row.answer.cover, row.answer.named, row.kind) == (Cover.COVERED, (product,), "live")
    assert row.unit.area == "武陵山区"
    assert row.rule_words


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ({"basis": AreaBasis.INFERRED_FROM_NAME}, "look"),
        ({"status": ProductStatus.IN_PROCEDURE}, "info"),
        ({"status": ProductStatus.REPORTED}, "stopped"),
    ],
)
def test_what_does_not_cover_is_marked_so(hunan, more, kind):
    make_listed_unit(make_poverty_list(), hunan[2])
    reach(hunan[2], **more)
    assert listings(hunan[2])[0].kind == kind


def test_the_answer_is_that_of_the_date(hunan):
    make_listed_unit(make_poverty_list(), hunan[2])
    reach(hunan[2], effective_from=datetime.date(2014, 1, 1))
    assert listings(hunan[2], datetime.date(2013, 12, 31))[0].answer.cover == Cover.BLANK
    assert listings(hunan[2], datetime.date(2014, 1, 1))[0].answer.cover == Cover.COVERED


def test_a_county_that_was_taken_off_the_list_has_no_answer_from_then_on(hunan):
    poverty_list = make_poverty_list()
    unit = make_listed_unit(poverty_list, hunan[2])
    unit.dropped_in = ListVersion.objects.create(
        poverty_list=poverty_list, number=2, effective_from=datetime.date(2020, 1, 1), official_size=831
    )
    unit.save()
    assert listings(hunan[2], datetime.date(2019, 12, 31))[0].answer is not None
    (row,) = listings(hunan[2], datetime.date(2020, 1, 1))
    assert (row.answer, row.kind, row.unit.dropped_in.number) == (None, "", 2)


def test_a_county_listed_under_the_name_of_the_past_is_found_under_that_of_today(hunan):
    old = make_division("430999", "旧县", parent=hunan[1], status="historic", successor=hunan[2])
    make_listed_unit(make_poverty_list(), old)
    product = reach(hunan[2])
    (row,) = listings(hunan[2])
    assert (row.unit.name_zh, row.answer.named) == ("旧县", (product,))


def test_a_unit_of_two_divisions_stands_once_on_the_page_of_each(hunan):
    unit = make_listed_unit(make_poverty_list(), hunan[2])
    unit.divisions.add(hunan[3])
    assert [row.unit for row in listings(hunan[2])] == [row.unit for row in listings(hunan[3])] == [unit]


def test_a_place_on_no_list_asks_once(hunan, django_assert_num_queries):
    make_listed_unit(make_poverty_list(), hunan[2])
    with django_assert_num_queries(1):
        assert listings(hunan[3]) == []
