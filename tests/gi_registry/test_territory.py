"""Divisions: real parents, codes of the past, and who may act where."""

import pytest

from gi_registry.models import Division
from gi_registry.territory import lies_in, resolve
from tests.factories import make_division, make_hunan

pytestmark = pytest.mark.django_db


def codes(rows):
    return [row.code for row in rows]


def test_within_a_province_a_prefecture_and_a_county():
    make_hunan()
    make_division("440000", "广东省")
    assert codes(Division.objects.within("430000")) == ["430000", "430900", "430922", "430923"]
    assert codes(Division.objects.within("430900")) == ["430900", "430922", "430923"]
    assert codes(Division.objects.within("430923")) == ["430923"]


def test_a_county_directly_below_its_province_is_found_by_its_parent():
    hubei = make_division("420000", "湖北省")
    make_division("429004", "仙桃市", level="county", parent=hubei)
    assert codes(Division.objects.within("420000")) == ["420000", "429004"]
    assert codes(Division.objects.within("429000")) == []


def test_a_division_that_kept_its_code_under_a_new_parent_follows_the_parent():
    province = make_division("340000", "安徽省")
    luan = make_division("341500", "六安市", parent=province)
    huainan = make_division("340400", "淮南市", parent=province)
    shouxian = make_division("340422", "寿县", parent=huainan)
    assert lies_in(shouxian, huainan)
    assert not lies_in(shouxian, luan)


def test_an_old_code_leads_to_the_division_of_today():
    today = make_division("430112", "望城区")
    make_division("430122", "望城县", status="historic", successor=today)
    assert resolve("430122") == today
    assert resolve("430112") == today


def test_a_code_used_again_means_its_present_owner():
    other = make_division("430181", "浏阳市")
    make_division("430112", "旧区", status="historic", successor=other)
    today = make_division("430112", "望城区")
    assert resolve("430112") == today


def test_an_old_code_without_successor_stands_for_itself_and_an_unknown_one_for_nothing():
    gone = make_division("430102", "郊区", status="historic")
    assert resolve("430102") == gone
    assert resolve("999999") is None


def test_the_whole_country_holds_everything():
    assert lies_in(make_hunan()[2], None)
    assert not lies_in(None, make_division("110000", "北京市"))
