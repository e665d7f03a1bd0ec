"""Set phrases of the tables: every part in the reader's language, or marked as English."""

import csv
from pathlib import Path

import pytest
from django.utils import translation

from gi_registry.data_words import in_words
from gi_registry.templatetags.register_tags import announcement_title, source_words

REFERENCE = Path(__file__).resolve().parents[2] / "gi_registry" / "reference"


def test_known_parts_are_translated_and_dates_kept():
    with translation.override("zh-hans"):
        words = source_words("review_passed; date in the source: 2018-12")
    assert words == "已通过专家评审，未见注册；来源中的日期：2018-12"
    with translation.override("en"):
        assert source_words("review_passed") == "expert review passed; registration not seen"


def test_an_unknown_part_stays_and_is_marked_and_escaped():
    with translation.override("zh-hans"):
        assert source_words("in force; <b>new</b>") == '生效；<span lang="en">&lt;b&gt;new&lt;/b&gt;</span>'


@pytest.mark.parametrize(
    ("file", "column"),
    [
        ("poverty_counties.csv", "list_basis"), ("poverty_counties.csv", "flags_basis"),
        ("gi_products.csv", "province_basis"), ("gi_products.csv", "name_en_basis"),
        ("mutual_recognition/agreements.csv", "status"),
    ],
)  # fmt: skip
def test_every_phrase_of_the_shipped_tables_is_known(file, column):
    with open(REFERENCE / file, encoding="utf-8", newline="") as stream:
        phrases = {row[column] for row in csv.DictReader(stream)} - {""}
    assert [text for text in sorted(phrases) if not all(known for _words, known in in_words(text))] == []


@pytest.mark.parametrize(
    ("text", "english", "chinese"),
    [
        ("announcement (2022-06)", "announcement without number, 2022-06", "公告（无编号，2022-06）"),
        (
            "announcement (2023-05, 19 enterprises)", "announcement without number, 2023-05 (19 enterprises)",
            "公告（无编号，2023-05），19家企业",
        ),
        ("announcement (before 2024-03)", "announcement without number, before 2024-03", "公告（无编号，早于2024-03）"),
        ("announcement (undated, 18 enterprises)", "announcement without number and date (18 enterprises)",
         "公告（无编号和日期），18家企业"),
    ],
)  # fmt: skip
def test_announcements_without_number_are_named_in_the_readers_language(text, english, chinese):
    with translation.override("en"):
        assert announcement_title(text) == english
    with translation.override("zh-hans"):
        assert announcement_title(text) == chinese


def test_a_numbered_announcement_keeps_its_chinese_number():
    title = '<span lang="zh-Hans">国家知识产权局公告第四七五号</span>'
    with translation.override("en"):
        assert announcement_title("国家知识产权局公告第四七五号") == title
