"""The head of every page: one address, languages that point to each other, a preview, nothing for closed pages."""

import html
import re

import pytest
from django.core.management import call_command
from wagtail.models import Locale

from cms.canonical import is_private, query_of
from cms.models import NewsIndexPage, NewsPage
from gi_registry.models import User
from tests.factories import make_hunan, make_product
from tests.journeys.worlds import ADDRESSES, small_register

pytestmark = pytest.mark.django_db
SITE = "http://127.0.0.1:8000"
BOTH = [prefix + address for address in ADDRESSES for prefix in ("", "/en")]
CLOSED = [one for one in BOTH if "q=" in one or "/search/" in one or ("coverage" in one and one.endswith("/report/"))]


@pytest.fixture
def register():
    return small_register()


def head_of(client, address, **more):
    response = client.get(address, **more)
    assert response.status_code == 200, address
    return response.content.decode().partition("</head>")[0]


def canonicals(head):
    return [html.unescape(found) for found in re.findall(r'<link rel="canonical" href="([^"]*)">', head)]


def alternates(head):
    found = re.findall(r'<link rel="alternate" hreflang="([^"]*)" href="([^"]*)">', head)
    return {code: html.unescape(address) for code, address in found}


def prop(head, name):
    found = re.findall(rf'<meta property="{name}" content="([^"]*)">', head)
    assert len(found) == 1, (name, found)
    return html.unescape(found[0])


def test_every_public_page_has_one_address_a_preview_and_twins_that_point_back(client, register):
    heads = {address: head_of(client, address) for address in BOTH if address not in CLOSED}
    known = {}
    for address, head in heads.items():
        assert len(canonicals(head)) == 1, address
        assert "noindex" not in head, address
        twins = alternates(head)
        assert set(twins) == {"zh-Hans", "en", "x-default"}, address
        assert twins["x-default"] == twins["zh-Hans"], address
        assert canonicals(head)[0] == twins["en" if address.startswith("/en/") else "zh-Hans"], address
        known[canonicals(head)[0]] = twins
        assert prop(head, "og:title").strip(), address
        assert len(prop(head, "og:description")) > 5, address
        assert prop(head, "og:url") == canonicals(head)[0], address
        assert prop(head, "og:locale") == ("en_US" if address.startswith("/en/") else "zh_CN"), address
        assert prop(head, "og:image").startswith(SITE + "/static/"), address
    for twins in known.values():
        assert {known[twin] == twins for twin in twins.values()} == {True}


def test_answers_to_what_somebody_typed_are_for_no_search_engine(client, register):
    for address in [*CLOSED, "/search/?q=anhua", "/en/search/", "/account/login/", "/enterprises/?q=x"]:
        head = head_of(client, address)
        assert head.count("noindex") == 1, address
        assert not canonicals(head), address
        assert not alternates(head), address
        assert "og:" not in head, address


def test_a_page_that_is_not_there_is_for_no_search_engine(client, register):
    page = client.get("/nowhere/").content.decode()
    assert page.count("noindex") == 1
    assert 'rel="canonical"' not in page


ASKED = {
    "?utm_source=x&fbclid=1": "",
    "?province=430000&utm_medium=mail": "?province=430000",
    "?province=430000&category=tea": "?category=tea&province=430000",
    "?category=tea&province=430000": "?category=tea&province=430000",
    "?page=1": "", "?page=0": "", "?page=-5": "", "?page=x%22%3E": "", "?page=99": "",
    "?view=table&sort=name": "", "?category=no-such-kind": "", "?former=430999": "",
}  # fmt: skip


def test_tracking_looks_and_nonsense_make_no_second_address(client):
    make_hunan()
    for asked, kept in ASKED.items():
        assert canonicals(head_of(client, "/en/products/" + asked)) == [f"{SITE}/en/products/{kept}"], asked


def test_the_number_of_a_page_stays(client):
    for number in range(25):
        make_product(f"第{number}茶")
    head = head_of(client, "/products/?page=2&utm_source=x")
    assert canonicals(head) == [f"{SITE}/products/?page=2"]
    assert alternates(head)["en"] == f"{SITE}/en/products/?page=2"


def test_values_without_end_are_left_out():
    assert query_of([("province", "4" * 500)]) == ""
    assert query_of([("year", str(year)) for year in range(1000, 1100)]).count("year=") <= 12
    assert query_of([], "9" * 50) == ""


@pytest.mark.parametrize(
    ("path", "private"),
    [
        ("/desk/", True), ("/en/portal/labels/", True), ("/v/ABC/", True), ("/V/ABC", True), ("/report/secret/", True),
        ("/report/", False), ("/objections/", False), ("/objections/status/secret/", True), ("/products/365/", False),
        ("/en/search/", True), ("/verify/", False), ("/", False),
    ],
)  # fmt: skip
def test_which_paths_are_private(path, private):
    assert is_private(path) is private


# --- pages of editors


def make_news(title="新规发布", language="zh-hans", **more):
    index = NewsIndexPage.objects.get(locale__language_code=language)
    return index.add_child(instance=NewsPage(title=title, slug=f"n{NewsPage.objects.count()}", **more))


@pytest.fixture
def _site():
    call_command("create_site", verbosity=0)


@pytest.mark.usefixtures("_site")
def test_news_without_a_translation_name_no_other_language(client):
    news = make_news(intro="摘要")
    head = head_of(client, news.url)
    assert canonicals(head) == [SITE + news.url]
    assert alternates(head) == {}
    assert prop(head, "og:type") == "article"
    assert prop(head, "og:title") == "新规发布"


@pytest.mark.usefixtures("_site")
def test_what_only_stands_in_for_a_translation_names_its_original(client):
    news = make_news()
    alias = news.copy_for_translation(Locale.objects.get(language_code="en"), alias=True)
    head = head_of(client, alias.url)
    assert canonicals(head) == [SITE + news.url]
    assert alternates(head) == {}
    assert alternates(head_of(client, news.url)) == {}


@pytest.mark.usefixtures("_site")
def test_a_translation_and_its_original_point_to_each_other(client):
    news = make_news()
    twin = news.copy_for_translation(Locale.objects.get(language_code="en"))
    twin.title = "New rules"
    assert alternates(head_of(client, news.url)) == {}  # not published yet
    twin.save_revision().publish()
    expected = {"zh-Hans": SITE + news.url, "en": SITE + twin.url, "x-default": SITE + news.url}
    assert alternates(head_of(client, news.url)) == expected
    assert alternates(head_of(client, twin.url)) == expected


@pytest.mark.usefixtures("_site")
def test_a_title_with_signs_of_html_stays_text(client):
    news = make_news('A "b" <script>alert(1)</script>')
    head = head_of(client, news.url)
    assert "<script>alert" not in head
    assert prop(head, "og:title") == 'A "b" <script>alert(1)</script>'


# --- feeds in the head


FEEDS = {
    "/products/365/": "/products/365/feed.atom",
    "/en/regions/430000/": "/en/regions/430000/feed.atom",
    "/announcements/": "/announcements/feed.atom",
    "/en/log/": "/en/log/feed.atom",
    "/news/": "/news/feed.atom",
    "/en/products/?category=tea&page=1": "/en/products/feed.atom?category=tea",
}


def test_pages_with_a_feed_name_it_in_the_head_and_show_it(client, register):
    for address, feed in FEEDS.items():
        page = html.unescape(client.get(address).content.decode())
        head, _closed, body = page.partition("</head>")
        for kind, mime in (("atom", "application/atom+xml"), ("rss", "application/rss+xml")):
            where = feed.replace("feed.atom", f"feed.{kind}")
            link = rf'<link rel="alternate" type="{re.escape(mime)}" title="[^"]+" href="{re.escape(where)}">'
            assert re.search(link, head), address
            assert f'<a href="{where}" type="{mime}">' in body, address
            assert client.get(where).status_code == 200


def test_home_names_the_news_feed_without_showing_it(client, register):
    page = client.get("/").content.decode()
    assert 'href="/news/feed.atom"' in page.partition("</head>")[0]
    assert 'class="feed-links' not in page


def test_other_pages_name_no_feed(client, register):
    page = client.get("/coverage/").content.decode()
    assert "application/atom+xml" not in page.partition("</head>")[0]
    assert 'class="feed-links' not in page


def test_pages_behind_a_sign_in_say_nothing_of_themselves(client):
    make_hunan()
    client.force_login(User.objects.create_user("somebody", password="long enough to sign in"))
    response = client.get("/account/", follow=True)
    head = response.content.decode().partition("</head>")[0]
    assert head.count("noindex") == 1
    assert "og:" not in head
