"""Rows of gi_products.csv: what each word, date and name of the table becomes."""

import datetime

import pytest

from gi_registry.csv_files import Row, Table
from products.importing import DATA_DATE, Divisions, Report
from products.models import Source
from products.reference_rows import COLUMNS, read_rows
from products.states import AnnouncementKind, AreaBasis, Extent
from tests.factories import make_hunan
from tests.reference_files import PRODUCT

pytestmark = pytest.mark.django_db


@pytest.fixture
def divisions():
    make_hunan()
    Source.objects.create(key="S1", title="a report")
    return Divisions()


@pytest.fixture
def reading(divisions):
    """Reads one row made of the usual one and some cells."""

    def read(**cells):
        report = Report()
        values = {**dict.fromkeys(COLUMNS, ""), **PRODUCT, "id": "GI00001", **cells}
        rows = read_rows(Table("gi_products.csv", "", (Row(2, values),)), divisions, report)
        assert report.refused == []
        return rows[0]

    return read


@pytest.mark.parametrize(
    ("word", "status", "note"),
    [
        ("approved", "approved", ""),
        ("amended", "approved", "amended"),
        ("mark_use_listed", "mark_use_listed", ""),
        ("eu_registered", "agreement_listed", "eu_registered; date in the source: 2011-05"),
        ("eu_agreement_listed", "agreement_listed", "eu_agreement_listed; date in the source: 2011-05"),
        ("reported", "reported", "date in the source: 2011-05"),
        ("general_knowledge", "reported", "general_knowledge; date in the source: 2011-05"),
        ("review_passed", "in_procedure", "review_passed; date in the source: 2011-05"),
        ("public_notice", "in_procedure", "public_notice; date in the source: 2011-05"),
        ("pending", "in_procedure", "pending; date in the source: 2011-05"),
    ],
)
def test_only_an_approval_gives_a_date_of_approval(reading, word, status, note):
    right = reading(status=word, announcement_date="2011-05", year="2011").right
    assert (right["status"], right["status_note"]) == (status, note)
    confirmed = status in ("approved", "mark_use_listed")
    assert right["approved_on"] == (datetime.date(2011, 5, 31) if confirmed else None)
    assert right["effective_from"] == right["approved_on"]


@pytest.mark.parametrize(
    ("cells", "first_day", "basis", "approved"),
    [
        ({"announcement_date": "2010-02-23"}, "2010-02-23", "approval", "2010-02-23"),
        ({"year": "2010"}, "2010-12-31", "approval", "2010-12-31"),
        ({"mark_use_announcements": "国家知识产权局公告第四七五号 (2022-03-01);质检总局公告(专用标志) (2018-01-04)"},
         "2018-01-04", "mark_use", None),
        ({"year": "2018", "mark_use_announcements": "质检总局公告(专用标志) (2018-01-04)"},
         "2018-01-04", "mark_use", "2018-12-31"),
        ({"mark_use_announcements": "质检总局公告第108号(专用标志) (year not readable)"},
         "2026-09-30", "data_date", None),
        ({}, "2026-09-30", "data_date", None),
        # The date of an amendment is not that of the approval.
        ({"announcement_no": "质检总局公告2014年第139号(变更)", "announcement_date": "2014"},
         "2026-09-30", "data_date", None),
        # A year that is not over on the day of the data claims nothing beyond that day.
        ({"year": "2026"}, "2026-09-30", "approval", "2026-12-31"),
    ],
)  # fmt: skip
def test_the_first_day_is_the_earliest_that_is_proved(reading, cells, first_day, basis, approved):
    right = reading(status="mark_use_listed", **cells).right
    assert right["effective_from"].isoformat() == first_day
    assert right["effective_from_basis"] == basis
    assert right["approved_on"] == (datetime.date.fromisoformat(approved) if approved else None)


def test_the_day_of_the_data_does_not_move_with_the_calendar():
    assert datetime.date(2026, 9, 30) == DATA_DATE


@pytest.mark.parametrize(
    ("basis", "expected", "note"),
    [
        ("named in the source", AreaBasis.NAMED_IN_SOURCE, ""),
        ("name prefix", AreaBasis.INFERRED_FROM_NAME, "name prefix"),
        ("", AreaBasis.INFERRED_FROM_NAME, ""),
    ],
)
def test_an_area_is_legal_only_where_the_source_names_it(reading, basis, expected, note):
    areas = reading(division_codes="430923;430922", area_text="安化县现辖行政区域", area_basis=basis).right["areas"]
    assert {(area.division.code, area.extent, area.basis, area.basis_note) for area in areas} == {
        ("430923", Extent.WHOLE, expected, note), ("430922", Extent.WHOLE, expected, note),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "aliases"),
    [
        ("黟山石墨茶(黟县石墨茶)", ["黟县石墨茶"]),
        ("天津板栗(天津产区)", []),
        ("洞庭(山)碧螺春茶", []),
        ("凤凰单丛（枞）茶", []),
        ("安化黑茶", []),
    ],
)
def test_only_a_second_full_name_in_brackets_is_an_alias(reading, name, aliases):
    product = reading(name_zh=name).product
    assert product["name_zh"] == name
    assert [alias.text for alias in product["names"]] == aliases


def test_announcements_keep_what_they_did_for_the_row(reading):
    acts = reading(
        announcement_no="质检总局公告2012年第205号", announcement_date="2012-12-18",
        mark_use_announcements="国家知识产权局公告第四七五号 (2022-03-01)",
    ).acts  # fmt: skip
    assert [(mention.parsed.number, mention.date.on.isoformat(), kind) for mention, kind in acts] == [
        (205, "2012-12-18", AnnouncementKind.APPROVAL), (475, "2022-03-01", AnnouncementKind.MARK_USE),
    ]  # fmt: skip
