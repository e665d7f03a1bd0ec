"""Announcement numbers in every form that the sources use."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from products.announcement_numbers import Issuer, KindHint, chinese_number, parse, parse_list

MARK = KindHint.MARK_USE

# text, issuer, year, number, kind hint, date, note: one row for each form of the reference files
FORMS = [
    ("农业部公告第2179号", Issuer.MOA, None, 2179, None, "", ""),
    ("农业农村部公告第290号", Issuer.MARA, None, 290, None, "", ""),
    ("国家知识产权局公告第六二五号", Issuer.CNIPA, None, 625, None, "", ""),
    ("国家知识产权局公告第六〇〇号", Issuer.CNIPA, None, 600, None, "", ""),
    ("国家知识产权局公告第五〇八号 (2022-12-07)", Issuer.CNIPA, None, 508, None, "2022-12-07", ""),
    ("国家知识产权局公告第三四四号 (2020-01)", Issuer.CNIPA, None, 344, None, "2020-01", ""),
    ("国家知识产权局公告 (2018, 88家)", Issuer.CNIPA, None, None, None, "2018", "88家"),
    ("国家知识产权局公告(专用标志,43家)", Issuer.CNIPA, None, None, MARK, "", "43家"),
    ("质检总局公告2014年第39号", Issuer.AQSIQ, 2014, 39, None, "", ""),
    ("质检总局公告2014年第139号(变更)", Issuer.AQSIQ, 2014, 139, None, "", "变更"),
    ("质检总局公告(专用标志) (2018-01-04)", Issuer.AQSIQ, None, None, MARK, "2018-01-04", ""),
    ("质检总局公告2017年第21号(专用标志) (2017-02-28)", Issuer.AQSIQ, 2017, 21, MARK, "2017-02-28", ""),
    ("质检总局公告第108号(专用标志)", Issuer.AQSIQ, None, 108, MARK, "", ""),
    (
        "质检总局公告第108号(专用标志) (year not readable)",
        Issuer.AQSIQ,
        None,
        108,
        MARK,
        "",
        "year not readable",
    ),
    ("黑龙江省知识产权局公告第四十二号", Issuer.PROVINCIAL, None, 42, None, "", ""),
    ("黑龙江省知识产权局公告第四十二号 (2023-11-13)", Issuer.PROVINCIAL, None, 42, None, "2023-11-13", ""),
    ("安徽省市场监督管理局公告2020年第3号 (2020-07-14)", Issuer.PROVINCIAL, 2020, 3, None, "2020-07-14", ""),
    ("安徽省市场监督管理局公告 (2022-10)", Issuer.PROVINCIAL, None, None, None, "2022-10", ""),
    ("湖北省知识产权局公告", Issuer.PROVINCIAL, None, None, None, "", ""),
    ("announcement (2022-06)", Issuer.OTHER, None, None, None, "2022-06", ""),
    ("announcement (2023-05, 19 enterprises)", Issuer.OTHER, None, None, None, "2023-05", "19 enterprises"),
    ("announcement (undated, 18 enterprises)", Issuer.OTHER, None, None, None, "", "undated, 18 enterprises"),
    (
        "announcement (undated, Hubei, 6 enterprises)",
        Issuer.OTHER,
        None,
        None,
        None,
        "",
        "undated, Hubei, 6 enterprises",
    ),
    ("announcement (before 2024-03)", Issuer.OTHER, None, None, None, "", "before 2024-03"),
    # and of other publications
    ("国家质量监督检验检疫总局公告2005年第7号", Issuer.AQSIQ, 2005, 7, None, "", ""),
    ("国家质量监督检验检疫总局公告[2006]年第109号", Issuer.AQSIQ, 2006, 109, None, "", ""),
    ("国家质量监督检验检疫总局公告〔2006〕第109号", Issuer.AQSIQ, 2006, 109, None, "", ""),
    ("国家质检总局2012年第111号公告", Issuer.AQSIQ, 2012, 111, None, "", ""),
    ("国家质检总局公告 二〇一一年第一百七十八号", Issuer.AQSIQ, 2011, 178, None, "", ""),
    ("[2006]年第109号", Issuer.OTHER, 2006, 109, None, "", ""),
    ("(2006)年第109号", Issuer.OTHER, 2006, 109, None, "", ""),
    ("第四九八号", Issuer.OTHER, None, 498, None, "", ""),
    ("第五○八号", Issuer.OTHER, None, 508, None, "", ""),
    ("国家知识产权局公告第４７５号（２０２２－０３－０１）", Issuer.CNIPA, None, 475, None, "2022-03-01", ""),
    ("国家知识产权局公告 12345 号", Issuer.CNIPA, None, 12345, None, "", ""),
    ("国家市场监督管理总局公告2020年第5号", Issuer.OTHER, 2020, 5, None, "", ""),
    ("重庆市知识产权局公告第一百零八号", Issuer.PROVINCIAL, None, 108, None, "", ""),
    ("广西壮族自治区市场监督管理局公告2021年第2号", Issuer.PROVINCIAL, 2021, 2, None, "", ""),
    ("质检总局公告2014年第39号 (2014-13)", Issuer.AQSIQ, 2014, 39, None, "", "2014-13"),
]


@pytest.mark.parametrize(
    ("text", "issuer", "year", "number", "kind_hint", "date_text", "note"),
    FORMS,
    ids=[row[0] for row in FORMS],
)
def test_a_form_is_read(
    text: str,
    issuer: Issuer,
    year: int | None,
    number: int | None,
    kind_hint: KindHint | None,
    date_text: str,
    note: str,
) -> None:
    read = parse(f" {text} ")
    assert read.issuer == issuer
    assert (read.year, read.number, read.kind_hint) == (year, number, kind_hint)
    assert (read.date_text, read.note) == (date_text, note)
    assert read.text == text


def test_a_year_added_to_a_running_series_is_only_a_date() -> None:
    quoted, plain = (
        parse("国家知识产权局公告2020年第393号"),
        parse("国家知识产权局公告第三九三号 (2020-12-21)"),
    )
    assert quoted.key == plain.key == ("cnipa", "", None, 393)
    assert (quoted.date_text, plain.date_text) == ("2020", "2020-12-21")


def test_equal_numbers_of_different_years_or_provinces_are_different_announcements() -> None:
    texts = [
        "质检总局公告2014年第39号",
        "质检总局公告2015年第39号",
        "黑龙江省知识产权局公告第39号",
        "湖北省知识产权局公告第39号",
        "农业部公告第39号",
        "农业农村部公告第39号",
    ]
    assert len({parse(text).key for text in texts}) == len(texts)


def test_the_short_and_the_full_name_of_an_issuer_give_one_key() -> None:
    assert parse("质检总局公告2006年第109号").key == parse("国家质量监督检验检疫总局公告[2006]年第109号").key


def test_without_a_number_there_is_no_key() -> None:
    assert parse("湖北省知识产权局公告").key is None


def test_a_cell_may_hold_several() -> None:
    cell = "国家知识产权局公告第四九八号 (2022-08-30); announcement (2023-05)；质检总局公告2003年第24号;"
    assert [read.number for read in parse_list(cell)] == [498, None, 24]
    assert parse_list("") == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "安化黑茶",
        "2014",
        "2014年",
        "国家知识产权局",
        "质检总局公告2014年第39号(变更)及第40号",
        "公告第39号(变更",
        "公告第号",
    ],
)
def test_what_is_no_number_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match="is not an announcement number") as refused:
        parse(text)
    assert repr(text) in str(refused.value)


def test_one_bad_part_refuses_the_cell() -> None:
    with pytest.raises(ValueError, match="安化黑茶"):
        parse_list("第四九八号; 安化黑茶")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("475", 475),
        ("４７５", 475),
        ("四七五", 475),
        ("五○八", 508),
        ("五〇八", 508),
        ("五零八", 508),
        ("十", 10),
        ("十二", 12),
        ("四十", 40),
        ("四十二", 42),
        ("一百零八", 108),
        ("三千二百一十", 3210),
    ],
)
def test_numbers_are_read_in_all_digits(text: str, value: int) -> None:
    assert chinese_number(text) == value


@pytest.mark.parametrize("text", ["", "第", "4七", "abc", "-5"])
def test_other_numbers_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a number"):
        chinese_number(text)


@given(number=st.integers(min_value=0, max_value=99999))
def test_positional_digits_give_the_number_back(number: int) -> None:
    assert (
        chinese_number(str(number).translate(str.maketrans("0123456789", "〇一二三四五六七八九"))) == number
    )


@given(
    text=st.text(alphabet="公告第号年[]()〔〕0129四十〇○零 ;家国announcement", max_size=30)
    | st.text(max_size=30)
)
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        reading = parse(text)
    except ValueError:
        return
    assert reading.text == text.strip()
