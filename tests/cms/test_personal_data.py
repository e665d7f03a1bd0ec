"""What looks like personal data is found before a page is published, and nothing else."""

import json

import pytest

from cms.personal_data import Finding, Kind, find, found_in
from enterprises import credit_codes

# Made for these tests; the check digits are right, the people do not exist.
IDENTITY = "11010519491231002X"


def kinds(text):
    return [finding.kind for finding in find(text)]


@pytest.mark.parametrize(
    ("text", "kind", "quoted"),
    [
        ("请联系王先生13800138000。", Kind.MOBILE, "13800138000"),
        ("手机138 0013 8000", Kind.MOBILE, "138 0013 8000"),
        ("手机 138-0013-8000", Kind.MOBILE, "138-0013-8000"),
        ("+86 13800138000", Kind.MOBILE, "+86 13800138000"),
        ("手机：１３８００１３８０００", Kind.MOBILE, "13800138000"),
        ("138\u200b0013\u200b8000", Kind.MOBILE, "13800138000"),
        ("电话 0731-84511234", Kind.LANDLINE, "0731-84511234"),
        ("(010) 62083114", Kind.LANDLINE, "(010) 62083114"),
        ("010-62083114转6021", Kind.LANDLINE, "010-62083114转6021"),
        (f"身份证{IDENTITY}", Kind.IDENTITY, IDENTITY),
        (f"身份证{IDENTITY.lower()}号", Kind.IDENTITY, IDENTITY.lower()),
        ("write to wang.xiaoming@example.org", Kind.MAIL, "wang.xiaoming@example.org"),
        ("13800138000@example.com", Kind.MAIL, "13800138000@example.com"),
    ],
)
def test_is_found_and_quoted(text, kind, quoted):
    assert find(text) == [Finding(kind, quoted)]


def test_a_bank_card_is_found_by_its_last_digit():
    body = "622202000000000000"
    right = next(str(last) for last in range(10) if kinds(body + str(last)) == [Kind.CARD])
    assert [last for last in range(10) if kinds(body + str(last))] == [int(right)]
    assert kinds(f"{body[:4]} {body[4:8]} {body[8:12]} {body[12:16]} {body[16:]}{right}") == [Kind.CARD]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "国家知识产权局公告第五七七号，2023年12月29日，GB/T 17924-2008",
        "covers 832 counties from 2014-01-01 to 2020-12-31",
        "统一社会信用代码 91430900MA4L2X3C2D",
        "110105194912310021",  # the check digit is wrong
        "110105199913310024",  # there is no thirteenth month
        "12315",
        "标签 74X5-44TF-51XX-1AYX-1R2M-9SBW",
        "info@example.org",
        "service@cnipa.example",
        "公告编号2023123100001234567890",
        "产量 13,800,138 公斤",
    ],
)
def test_is_no_finding(text):
    assert find(text) == []


def test_a_credit_code_of_digits_only_is_no_identity_number():
    """Some codes have the form of an identity number by chance, digits and check digit too."""
    found = []
    for number in range(30_000):
        first = f"1143092319{number % 90 + 10}0{number % 9 + 1}{number // 90:03}"
        whole = first[:17].ljust(17, "0") + "0"
        for last in "0123456789":
            code = whole[:17] + last
            if credit_codes.check(code).ok and not credit_codes.check(code).warnings:
                found.append(code)
    assert found
    assert not [code for code in found if {Kind.IDENTITY, Kind.CARD} & set(kinds(code))]


def test_all_texts_of_a_page_are_read():
    text = '<p>138<b>0013</b>8002 <a href="tel:13800138003">call</a></p>'
    picture = {"image": 1, "alt": "电话13800138004", "caption": ""}
    body = json.dumps(
        [
            {"type": "text", "id": "13800138001", "value": text},
            {"type": "gallery", "value": [{"type": "item", "value": picture}]},
        ]
    )
    data = {
        "title": "新闻", "intro": "13800138005", "slug": "13800138006", "body": body,
        "personal_data_answer": "13800138007", "telephone": "0731-84511234", "products": [{"note": "13800138008"}],
        "translation_key": "13800138009",
    }  # fmt: skip
    found = {finding.text for finding in found_in(data, allowed={"telephone"})}
    assert found == {f"1380013800{number}" for number in (2, 3, 4, 5, 6, 8)}, "also the address, which everybody reads"
    assert "0731-84511234" in {finding.text for finding in found_in(data)}
