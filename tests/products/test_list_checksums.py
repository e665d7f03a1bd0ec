"""The shipped lists against the totals that the state published: whoever edits the files hears what is off."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from products.list_words import AREAS

REFERENCE = Path(__file__).resolve().parents[2] / "gi_registry" / "reference"
BY_PROVINCE = {
    "河北省": 45, "山西省": 36, "内蒙古自治区": 31, "吉林省": 8, "黑龙江省": 20, "安徽省": 20, "江西省": 24,
    "河南省": 38, "湖北省": 28, "湖南省": 40, "广西壮族自治区": 33, "海南省": 5, "重庆市": 14, "四川省": 66,
    "贵州省": 66, "云南省": 88, "西藏自治区": 74, "陕西省": 56, "甘肃省": 58, "青海省": 42,
    "宁夏回族自治区": 8, "新疆维吾尔自治区": 32,
}  # fmt: skip
BY_AREA = {
    "六盘山": 61, "秦巴山": 75, "武陵山": 64, "乌蒙山": 38, "滇桂黔石漠化": 80, "滇西边境": 56, "大兴安岭南麓山区": 19,
    "燕山-太行山": 33, "吕梁山": 20, "大别山": 36, "罗霄山": 23, "西藏": 74, "四省藏区": 77, "南疆三地州": 24,
}  # fmt: skip
SUPPORTED = {
    "内蒙古自治区": 10, "广西壮族自治区": 20, "重庆市": 4, "四川省": 25, "贵州省": 20, "云南省": 27, "陕西省": 11,
    "甘肃省": 23, "青海省": 15, "宁夏回族自治区": 5,
}  # fmt: skip


def rows_of(name):
    with (REFERENCE / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def listed():
    return rows_of("poverty_counties.csv")


@pytest.fixture(scope="module")
def national(listed):
    return [row for row in listed if row["level"] == "national"]


def test_the_national_list_has_832_units_in_22_provinces(national):
    assert len(national) == 832
    assert Counter(row["province"] for row in national) == BY_PROVINCE
    assert len(BY_PROVINCE) == 22


def test_key_counties_and_area_counties_overlap_by_440(national):
    key = {(row["province"], row["name_zh"]) for row in national if row["key_county"] == "1"}
    in_areas = {(row["province"], row["name_zh"]) for row in national if row["area"]}
    assert (len(key), len(in_areas), len(key & in_areas), len(key | in_areas)) == (592, 680, 440, 832)


def test_each_of_the_14_areas_has_its_number(national):
    assert Counter(row["area"] for row in national if row["area"]) == BY_AREA
    assert set(AREAS) == set(BY_AREA)


def test_exits_by_year_differ_from_the_national_count_by_three_of_qinghai(national):
    assert Counter(row["exited_year"] for row in national) == {
        "2016": 31, "2017": 125, "2018": 283, "2019": 341, "2020": 52,
    }  # fmt: skip
    moved = [row for row in national if "in 2019 in the national yearly totals" in row["note"]]
    assert {row["province"] for row in moved} == {"青海省"}
    assert len(moved) == 31 - 28 == 344 - 341


def test_hunan_has_51_units_40_national_and_11_provincial(listed):
    hunan = [row for row in listed if row["province"] == "湖南省"]
    assert Counter(row["level"] for row in hunan) == {"national": 40, "provincial": 11}
    assert Counter(row["exited_year"] for row in hunan) == {"2016": 2, "2017": 12, "2018": 17, "2019": 20}
    assert "冷水江市" not in {row["name_zh"] for row in hunan}


def test_nobody_stands_on_a_list_twice(listed):
    assert max(Counter((row["province"], row["name_zh"], row["level"]) for row in listed).values()) == 1
    assert max(Counter(row["code_2014"] for row in listed if row["code_2014"]).values()) == 1


def test_two_units_are_tied_to_no_division(listed):
    assert sorted(row["name_zh"] for row in listed if not row["code"]) == ["大柴旦行政委员会", "洪江区"]


def test_160_counties_of_ten_western_provinces_have_key_support():
    rows = rows_of("revitalisation_counties_160.csv")
    assert Counter(row["province"] for row in rows) == SUPPORTED
    assert sum(SUPPORTED.values()) == len({row["code"] for row in rows}) == 160
    assert {row["announced_on"] for row in rows} == {"2021-08-27"}
