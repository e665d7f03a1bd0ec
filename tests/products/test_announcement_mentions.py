"""Many mentions of one announcement make one record, with the best date and a remark where dates disagree."""

import datetime

import pytest

from gi_registry import partial_dates
from gi_registry.csv_files import RowRefused
from products.announcement_mentions import collect, mentions


def mention(cell, date="", where="GI00001"):
    return mentions(cell, where=where, date=partial_dates.parse(date))


def test_arabic_and_chinese_digits_are_one_announcement():
    values, remarks = collect(
        mention("国家知识产权局公告第四七五号 (2022-03-01)") + mention("国家知识产权局公告第475号")
    )
    assert remarks == []
    [announcement] = values.values()
    assert announcement == {
        "issuer": "cnipa", "issuer_text": "国家知识产权局", "year": None, "number": 475,
        "text": "国家知识产权局公告第四七五号", "published_on": datetime.date(2022, 3, 1), "published_precision": "day",
    }  # fmt: skip


def test_the_same_number_of_another_year_or_issuer_is_another_announcement():
    cells = ("质检总局公告2010年第31号", "质检总局公告2011年第31号", "国家知识产权局公告第三十一号",
             "安徽省市场监督管理局公告2010年第31号")  # fmt: skip
    values, _remarks = collect([found for cell in cells for found in mention(cell)])
    assert len(values) == 4


def test_without_a_number_the_whole_text_tells_announcements_apart():
    values, _remarks = collect(mention("announcement (2022-06)") + mention("announcement (2022-12)"))
    assert [row["text"] for row in values.values()] == ["announcement (2022-06)", "announcement (2022-12)"]


def test_the_year_of_the_number_is_a_date_where_no_better_one_is_known():
    values, _remarks = collect(mention("质检总局公告2005年第7号"))
    [announcement] = values.values()
    assert (announcement["published_on"], announcement["published_precision"]) == (datetime.date(2005, 12, 31), "year")


def test_the_most_precise_date_wins_and_what_contradicts_it_is_told():
    found = mention("农业农村部公告第290号", "2020-05", "GI00320") * 3
    found += mention("农业农村部公告第290号", "2020-04-30", "GI00999")
    found += mention("农业农村部公告第290号", "2020", "GI00998")
    values, remarks = collect(found)
    [announcement] = values.values()
    assert announcement["published_on"] == datetime.date(2020, 4, 30)
    assert remarks == ["农业农村部公告第290号: taken as 2020-04-30, but also 2020-05 (GI00320)"]


def test_the_date_of_a_row_is_that_of_its_first_announcement_only():
    first, second = mention("质检总局公告2012年第205号; 国家知识产权局公告第六四〇号", "2012-12-18")
    assert first.date.on == datetime.date(2012, 12, 18)
    assert second.date is None


def test_what_is_no_announcement_is_refused():
    with pytest.raises(RowRefused, match="'some text' is not an announcement number"):
        mention("some text")
