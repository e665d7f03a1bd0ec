"""Announcements: the list with its filters, and what each did."""

import datetime

import pytest

from products.models import Announcement, AnnouncementEntry
from products.states import AnnouncementKind, ProductStatus
from products.views import announcements
from tests import factories as make

pytestmark = pytest.mark.django_db


def paper(text, *, issuer="aqsiq", year=None, number=None, date=None, precision="day") -> Announcement:
    return Announcement.objects.create(
        text=text, issuer=issuer, year=year, number=number, published_on=date,
        published_precision=precision if date else "",
    )  # fmt: skip


@pytest.fixture
def three():
    return (
        paper(
            "质检总局公告2010年第153号",
            year=2010,
            number=153,
            date=datetime.date(2010, 12, 31),
            precision="year",
        ),
        paper(
            "国家知识产权局公告第三四四号",
            issuer="cnipa",
            number=344,
            date=datetime.date(2020, 1, 31),
            precision="month",
        ),
        paper("质检总局公告2012年第209号", year=2012, number=209),
    )


def rows(client, query: str = "") -> list[str]:
    return [found.text for found in client.get(f"/en/announcements/{query}").context["page"]]


def test_the_newest_comes_first_and_undated_ones_last(client, three):
    assert rows(client) == [three[1].text, three[0].text, three[2].text]


def test_dates_are_shown_as_exactly_as_they_are_known(client, three):
    html = client.get("/en/announcements/").content.decode()

    assert '<time datetime="2020-01">January 2020</time>' in html
    assert '<time datetime="2010">2010</time>' in html
    assert "2010-12-31" not in html


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?issuer=cnipa", [1]),
        ("?issuer=aqsiq", [0, 2]),
        ("?year=2012", [2]),
        ("?year=2020", [1]),
        ("?issuer=cnipa&year=2010", []),
    ],
)
def test_issuer_and_year_narrow_the_list(client, three, query, expected):
    assert rows(client, query) == [three[index].text for index in expected]


def test_an_empty_result_offers_the_way_back(client, three):
    html = client.get("/en/announcements/?issuer=cnipa&year=2010").content.decode()

    assert "No announcement fits" in html
    assert 'href="/en/announcements/">Clear all filters' in html


@pytest.mark.parametrize("query", ["?year=abc&issuer=x", "?year=1066", "?issuer=%00", "?year=" + "9" * 5000])
def test_wrong_filters_are_ignored_with_a_notice(client, three, query):
    response = client.get(f"/en/announcements/{query}")

    assert response.status_code == 200
    assert "was ignored" in response.content.decode()
    assert len(response.context["page"].object_list) == 3


def test_an_announcement_says_what_it_did_for_which_product(client, three):
    approved = make.make_product("安化黑茶", name_en="Anhua Dark Tea")
    reported = make.make_product("某米", status=ProductStatus.REPORTED)
    for product, kind in ((approved, AnnouncementKind.APPROVAL), (reported, AnnouncementKind.MARK_USE)):
        AnnouncementEntry.objects.create(announcement=three[0], right=product.rights.get(), kind=kind)
    make.make_authorisation(make.make_enterprise("甲公司"), approved, announcement=three[0])

    html = client.get(f"/en/announcements/{three[0].pk}/").content.decode()

    approval, mark_use = (
        html.index("<h2>Approval</h2>"),
        html.index("<h2>Approval of users of the special mark</h2>"),
    )
    assert approval < html.index("Anhua Dark Tea") < mark_use < html.index("某米")
    assert "甲公司" in html
    assert "text of this announcement is not loaded" in html
    assert '<time datetime="2010">2010</time>' in html


@pytest.mark.parametrize("path", ["0/", "999999999/", "abc/"])
def test_an_unknown_announcement_is_not_found(client, three, path):
    assert client.get(f"/announcements/{path}").status_code == 404


def test_a_long_list_has_pages_that_keep_the_filter(client):
    for number in range(announcements.PAGE_SIZE + 1):
        paper(f"公告{number}", year=2010, number=number + 1)

    html = client.get("/en/announcements/?year=2010").content.decode()

    assert "?year=2010&amp;page=2" in html
    assert len(rows(client, "?year=2010&page=2")) == 1


@pytest.mark.parametrize("number", [1, 3])
def test_the_number_of_queries_does_not_grow(client, number, django_assert_num_queries):
    first = paper("公告", number=1, date=datetime.date(2020, 1, 1))
    for index in range(number):
        paper(f"公告{index}", number=index + 2, date=datetime.date(2020, 1, 1))
        product = make.make_product(f"茶{index}")
        AnnouncementEntry.objects.create(announcement=first, right=product.rights.get(), kind="approval")
        make.make_authorisation(make.make_enterprise(f"公司{index}"), product, announcement=first)

    with django_assert_num_queries(7):
        client.get("/en/announcements/")
    with django_assert_num_queries(10):
        client.get(f"/en/announcements/{first.pk}/")
