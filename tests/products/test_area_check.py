"""Whether a place lies in the protected area: inside and outside are said only where the sources say so."""

import datetime

import pytest
from django.utils import timezone

from products.area_check import Place, where_is
from products.states import AreaBasis, Extent, ProductStatus
from tests.factories import make_area, make_division, make_hunan, make_product, make_right

pytestmark = pytest.mark.django_db
INSIDE, OUTSIDE, UNKNOWN = Place.INSIDE, Place.OUTSIDE, Place.UNKNOWN
YESTERDAY = timezone.localdate() - datetime.timedelta(days=1)


@pytest.fixture
def hunan():
    """Province, prefecture, and two of its counties."""
    return make_hunan()


@pytest.fixture
def product():
    return make_product()


@pytest.fixture
def right(product):
    return product.rights.get()


def places(product, *divisions, on=None):
    return [where_is(product, division, on) for division in divisions]


def test_a_whole_county_is_inside_and_its_neighbour_outside(hunan, product, right):
    province, prefecture, anhua, taojiang = hunan
    make_area(right, anhua)
    elsewhere = make_division("110000", "北京市")
    assert places(product, anhua, taojiang, elsewhere) == [INSIDE, OUTSIDE, OUTSIDE]
    # Part of them lies inside, part does not.
    assert places(product, province, prefecture) == [UNKNOWN, UNKNOWN]


def test_everything_below_a_prefecture_that_is_the_area_is_inside(hunan, product, right):
    province, prefecture, anhua, taojiang = hunan
    make_area(right, prefecture)
    other = make_division("430100", "长沙市", parent=province)
    assert places(product, prefecture, anhua, taojiang) == [INSIDE] * 3
    assert places(product, other, province) == [OUTSIDE, UNKNOWN]


def test_parents_are_followed_and_not_pieces_of_codes(hunan, product, right):
    province, prefecture, _anhua, _taojiang = hunan
    make_area(right, prefecture)
    same_digits = make_division("430999", "省直管县", level="county", parent=province)
    other_digits = make_division("433199", "换了码的县", level="county", parent=prefecture)
    assert places(product, same_digits, other_digits) == [OUTSIDE, INSIDE]


@pytest.mark.parametrize("extent", [Extent.PART, Extent.NOT_STATED])
def test_of_a_part_or_an_unstated_extent_nothing_can_be_told(hunan, product, right, extent):
    _province, prefecture, anhua, taojiang = hunan
    make_area(right, anhua, extent=extent)
    assert places(product, anhua, prefecture, taojiang) == [UNKNOWN, UNKNOWN, OUTSIDE]


def test_a_part_of_a_prefecture_leaves_its_counties_open(hunan, product, right):
    province, prefecture, anhua, _taojiang = hunan
    make_area(right, prefecture, extent=Extent.PART)
    assert places(product, anhua, make_division("430100", "长沙市", parent=province)) == [UNKNOWN, OUTSIDE]


def test_an_area_inferred_from_the_name_proves_nothing(hunan, product, right):
    _province, _prefecture, anhua, taojiang = hunan
    make_area(right, anhua, basis=AreaBasis.INFERRED_FROM_NAME)
    assert places(product, anhua, taojiang) == [UNKNOWN, UNKNOWN]


def test_an_inferred_area_beside_a_named_one_leaves_its_place_open(hunan, product, right):
    _province, _prefecture, anhua, taojiang = hunan
    make_area(right, anhua)
    make_area(right, taojiang, basis=AreaBasis.INFERRED_FROM_NAME)
    assert places(product, anhua, taojiang, make_division("110000", "北京市")) == [INSIDE, UNKNOWN, OUTSIDE]


def test_without_an_area_or_a_product_nothing_can_be_told(hunan, product):
    assert places(product, hunan[2]) == [UNKNOWN]
    assert where_is(None, hunan[2]) == UNKNOWN


def test_several_divisions_make_one_area(hunan, product, right):
    province, prefecture, anhua, taojiang = hunan
    make_area(right, anhua)
    make_area(right, taojiang)
    assert places(product, anhua, taojiang) == [INSIDE, INSIDE]
    assert places(product, prefecture, make_division("430100", "长沙市", parent=province)) == [UNKNOWN, OUTSIDE]


def test_of_several_rights_one_is_enough_for_inside_and_all_are_needed_for_outside(hunan, product, right):
    _province, _prefecture, anhua, taojiang = hunan
    elsewhere = make_division("110000", "北京市")
    make_area(right, anhua)
    second = make_right(product, track="collective_mark")
    assert places(product, anhua, taojiang) == [INSIDE, UNKNOWN], "nobody knows the area of the second"
    make_area(second, taojiang)
    assert places(product, anhua, taojiang, elsewhere) == [INSIDE, INSIDE, OUTSIDE]


def test_a_right_that_is_over_or_not_confirmed_counts_for_nothing(hunan, product, right):
    _province, _prefecture, anhua, taojiang = hunan
    make_area(right, anhua)
    revoked = make_right(product, status=ProductStatus.REVOKED, effective_to=YESTERDAY)
    make_area(revoked, taojiang)
    make_area(make_right(product, status=ProductStatus.IN_PROCEDURE, effective_from=None), taojiang)
    assert places(product, anhua, taojiang) == [INSIDE, OUTSIDE]
    before = YESTERDAY - datetime.timedelta(days=1)
    assert where_is(product, taojiang, before) == INSIDE, "on a day before its end it counts"


def test_where_nothing_is_in_force_nothing_can_be_told(hunan, product, right):
    make_area(right, hunan[2])
    product.rights.update(status=ProductStatus.REVOKED, effective_to=YESTERDAY)
    assert places(product, hunan[2], hunan[3]) == [UNKNOWN, UNKNOWN]


def test_an_area_that_has_ended_no_longer_counts(hunan, product, right):
    _province, _prefecture, anhua, taojiang = hunan
    make_area(right, anhua)
    area = make_area(right, taojiang)
    area.effective_to = YESTERDAY
    area.save()
    assert places(product, anhua, taojiang) == [INSIDE, OUTSIDE]
    assert where_is(product, taojiang, YESTERDAY - datetime.timedelta(days=1)) == INSIDE
