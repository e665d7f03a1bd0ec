"""Lists as files: what a spreadsheet, a program and a person make of them."""

import csv
import datetime
import io
import json
from contextlib import closing

import pytest
from django.utils import timezone, translation
from openpyxl import load_workbook

from gi_registry import exports
from products.models import Announcement, AnnouncementEntry, Product, Source
from products.product_rows import COLUMNS, rows
from products.states import AreaBasis, EntryStatus, ProductStatus, Track
from tests.factories import (
    make_agreement,
    make_agreement_entry,
    make_area,
    make_hunan,
    make_product,
    make_right,
)

pytestmark = pytest.mark.django_db  # closing a response looks after the connection

DANGEROUS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1＋1", "|cmd"]


def table(**values):
    return exports.Table("list", tuple(values), [values], {"filter": "q=茶"}, 1)


def body(table_, kind):
    with closing(exports.respond(table_, kind)) as response:
        return b"".join(response)


def csv_rows(table_):
    return list(csv.DictReader(io.StringIO(body(table_, "csv").decode("utf-8-sig"))))


def test_csv_begins_with_the_mark_that_spreadsheets_need_and_holds_nothing_but_the_list():
    content = body(table(name="安化黑茶", number=7), "csv")
    assert content == "\ufeffname,number\r\n安化黑茶,7\r\n".encode()


@pytest.mark.parametrize("text", DANGEROUS)
def test_no_text_becomes_a_formula(text):
    assert csv_rows(table(name=text))[0]["name"].startswith("'")
    cell = load_workbook(io.BytesIO(body(table(name=text), "xlsx")))["data"]["A2"]
    assert cell.data_type == "s"


def test_harmless_text_and_numbers_stay_as_they_are():
    [row] = csv_rows(table(name="龙井 (西湖)", number=-7, quoted='甲"乙,丙\n丁'))
    assert row == {"name": "龙井 (西湖)", "number": "-7", "quoted": '甲"乙,丙\n丁'}


def test_lists_truth_dates_and_nothing_in_a_cell():
    [row] = csv_rows(
        table(a=["x", "", "y"], b=True, c=None, d=datetime.date(2014, 7, 3), e=[{"k": "1", "v": "甲"}])
    )
    assert row == {"a": "x; y", "b": "1", "c": "", "d": "2014-07-03", "e": "1 甲"}


def test_control_characters_do_not_break_a_workbook():
    workbook = load_workbook(io.BytesIO(body(table(name="甲\x00\x0b\ufffe乙", long="长" * 40_000), "xlsx")))
    assert workbook["data"]["A2"].value == "甲乙"
    assert len(workbook["data"]["B2"].value) == exports.CELL_LENGTH


def test_the_workbook_says_what_it_is_on_a_second_sheet():
    workbook = load_workbook(io.BytesIO(body(table(name="甲"), "xlsx")))
    assert [cell.value for cell in workbook["data"][1]] == ["name"]
    facts = {row[0].value: row[1].value for row in workbook["about"]}
    assert facts["filter"] == "q=茶"
    assert facts["total"] == 1
    assert "CC BY 4.0" in facts["attribution"]


def test_json_names_its_source_before_the_rows():
    content = json.loads(
        body(table(name="甲", areas=[{"code": "430923"}], on=datetime.date(2014, 7, 3)), "json")
    )
    assert content["rows"] == [{"name": "甲", "areas": [{"code": "430923"}], "on": "2014-07-03"}]
    assert content["about"]["filter"] == "q=茶"
    assert content["about"]["attribution"] == exports.ATTRIBUTION
    made = datetime.datetime.fromisoformat(content["about"]["generated_at"])
    assert made.date() == timezone.localdate()
    assert made.tzinfo is not None


def test_geojson_has_no_geometry_and_says_so():
    content = json.loads(body(table(name="甲"), "geojson"))
    assert content["type"] == "FeatureCollection"
    assert "null geometry" in content["geometry_note"]
    assert content["features"] == [{"type": "Feature", "geometry": None, "properties": {"name": "甲"}}]


@pytest.mark.parametrize("kind", exports.FORMATS)
def test_an_empty_list_is_a_valid_file(kind):
    empty = exports.Table("list", ("name",), [], {}, 0)
    content = body(empty, kind)
    if kind == "csv":
        assert content == "\ufeffname\r\n".encode()
    elif kind == "xlsx":
        assert load_workbook(io.BytesIO(content))["data"].max_row == 1
    else:
        assert json.loads(content)["about"]["total"] == 0


@pytest.mark.parametrize(
    ("kind", "content_type"),
    [
        ("csv", "text/csv; charset=utf-8"),
        ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("json", "application/json; charset=utf-8"),
        ("geojson", "application/geo+json; charset=utf-8"),
    ],
)
def test_headers(kind, content_type):
    response = exports.respond(table(name="甲"), kind)
    assert response["Content-Type"] == content_type
    assert response["Content-Disposition"] == f'attachment; filename="list-{timezone.localdate()}.{kind}"'
    assert "CC BY 4.0" in response["X-Attribution"]
    response.close()


def test_rows_are_read_while_they_are_sent_and_in_the_language_of_the_request():
    asked = []

    def lazy():
        for number in range(1_000):
            asked.append(number)
            yield {"language": translation.get_language()}

    with translation.override("en"):
        response = exports.respond(exports.Table("list", ("language",), lazy()), "csv")
    with translation.override("zh-hans"):
        first = next(iter(response))
    assert len(asked) < 1_000
    assert b"en\r\n" in first
    assert b"zh-hans" not in first


# --- the columns of a product


def test_a_product_in_all_its_columns(settings):
    settings.SITE_URL = "https://gi.example"
    province, _prefecture, anhua, taojiang = make_hunan()
    product = make_product("安化黑茶", number=12, province=province, name_en="Anhua Dark Tea", right=False)
    right = make_right(
        product, reference="GI00012", registration_no="AGI1", effective_from=datetime.date(2010, 12, 31)
    )
    right.approved_precision = "month"
    right.save()
    make_right(
        product,
        reference="GI00013",
        track=Track.TRADEMARK,
        status=ProductStatus.REPORTED,
        effective_from=None,
    )
    make_area(right, anhua)
    make_area(right, taojiang, basis=AreaBasis.INFERRED_FROM_NAME)
    act = Announcement.objects.create(issuer="aqsiq", year=2010, number=155, text="2010年第155号")
    AnnouncementEntry.objects.create(announcement=act, right=right, kind="approval")
    right.sources.add(Source.objects.create(key="S1", title="公告汇编"))
    make_agreement_entry(make_agreement("CN-EU-B1"), product=product, match_basis="reviewed")
    make_agreement_entry(
        make_agreement("CN-TH"), product=product, match_basis="reviewed", status=EntryStatus.LISTED
    )

    with translation.override("en"):
        [row] = rows(Product.objects.all())
    assert tuple(row) == COLUMNS
    assert row["status"] == "approved"
    assert row["status_text"] == "protected: approval on record"
    assert row["protected"] is True
    assert row["tracks"] == ["gi_product", "trademark"]
    assert [(r["reference"], r["status"], r["registration_no"]) for r in row["rights"]] == [
        ("GI00012", "approved", "AGI1"),
        ("GI00013", "reported", ""),
    ]
    assert (row["approved_on"], row["approved_precision"]) == ("2010-12", "month")
    assert row["announcements"] == ["2010年第155号"]
    assert [(a["code"], a["basis"]) for a in row["areas"]] == [
        ("430922", "inferred_from_name"),
        ("430923", "named_in_source"),
    ]
    assert row["areas_inferred"] is True
    assert row["recognised_abroad"] == ["CN-EU-B1"]
    assert row["same_name_abroad"] == []
    assert row["sources"] == ["S1 公告汇编"]
    assert row["url"] == "https://gi.example/en/products/12/"


def test_an_approval_that_is_only_reported_gives_no_date():
    product = make_product(number=1, right=False, status=ProductStatus.REPORTED)
    make_right(product, status=ProductStatus.REPORTED, effective_from=datetime.date(2010, 1, 1))
    [row] = rows(Product.objects.all())
    assert (row["approved_on"], row["approved_precision"]) == ("", "")
    assert row["protected"] is False


@pytest.mark.parametrize("number", [1, 3])
def test_queries_do_not_grow_with_the_rows(number, django_assert_num_queries):
    province, _prefecture, anhua, _taojiang = make_hunan()
    agreement = make_agreement()
    for place in range(number):
        product = make_product(f"产品{place}", province=province)
        make_area(product.rights.get(), anhua)
        make_agreement_entry(agreement, product=product, match_basis="reviewed")
    with django_assert_num_queries(7):
        assert len(list(rows(Product.objects.all()))) == number
