"""Pieces of a text: with data, without, and with a record that is gone; figures follow the register."""

import re

import pytest
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.db import transaction
from django.test import RequestFactory
from django.utils import translation
from django.utils.html import strip_tags

from cms.blocks import BodyBlock
from cms.models import ArticlePage, RegisterDocument
from enterprises.states import AuthorisationBasis, AuthorisationState
from gi_registry import journal
from gi_registry.event_types import EventType
from gi_registry.journal import Actor, Event, Subject
from products.models import Announcement
from products.states import Category, EntryStatus, ProductStatus, Side
from tests.factories import (
    make_agreement,
    make_agreement_entry,
    make_area,
    make_authorisation,
    make_enterprise,
    make_hunan,
    make_listed_unit,
    make_poverty_list,
    make_product,
)
from tests.page_world import TODAY, add, day, home, make_picture, make_site, stand_in, table

pytestmark = pytest.mark.django_db
BODY = BodyBlock()


@pytest.fixture(autouse=True)
def _nothing_kept():
    cache.clear()


def shown(kind, value, *, language="en", query=""):
    """A piece as it is shown on a page."""
    block = BODY.child_blocks[kind]
    request = RequestFactory().get(f"/{query}")
    with translation.override(language):
        return block.render(value if kind == "table" else block.normalize(value), {"request": request})


def words(html):
    return " ".join(strip_tags(html).split())


def cards(**value):
    return {"title": "", "products": [], "province": None, "category": "", "limit": 6, **value}


def the_journal_grows():
    with transaction.atomic():
        journal.record(Event(EventType.PRODUCT_ENTERED, Subject("product", "1", "甲"), {}), by=Actor.system("test"))


# --- products


def test_chosen_products_stand_in_the_order_of_the_editor(db):
    tea, plum = make_product("安化黑茶"), make_product("桃江竹笋", status=ProductStatus.REPORTED)
    html = shown("products", cards(products=[plum, tea], title="两种"))
    assert html.index("桃江竹笋") < html.index("安化黑茶")
    assert '<h2><span lang="zh-Hans">两种</span></h2>' in html
    assert f'href="/en/products/{tea.number}/"' in html
    assert "Reported only" in html, "what is not protected does not look protected"


def test_a_filter_finds_what_is_protected_today_and_leads_to_the_list():
    hunan, *_rest = make_hunan()
    make_product("安化黑茶", province=hunan)
    make_product("湘莲", province=hunan, category=Category.VEGETABLES)
    make_product("未批的茶", province=hunan, status=ProductStatus.REPORTED)
    make_product("明天的茶", province=hunan, effective_from=day(1))
    make_product("别处的茶")
    html = shown("products", cards(province=hunan, category="tea"))
    assert re.findall(r'class="name">(?:<span[^>]*>)?([^<]+)', html) == ["Anhua Heicha"]
    assert 'href="/en/products/?province=430000&amp;category=tea&amp;status=protected"' in html
    assert "1 product protected on" in words(html)
    make_product("后来的茶", province=hunan)
    assert "2 products protected on" in words(shown("products", cards(province=hunan, category="tea")))


def test_a_filter_on_a_county_asks_for_areas_named_inside_it():
    hunan, _yiyang, anhua, taojiang = make_hunan()
    tea, plum = make_product("安化黑茶", province=hunan), make_product("桃江竹笋", province=hunan)
    make_area(tea.rights.get(), anhua)
    make_area(plum.rights.get(), taojiang)
    html = shown("products", cards(province=anhua), language="zh-hans")
    assert "安化黑茶" in html
    assert "桃江竹笋" not in html
    assert 'href="/regions/430923/"' in html


def test_more_than_the_limit_is_counted_but_not_shown():
    for number in range(3):
        make_product(f"第{number}茶")
    html = shown("products", cards(limit=2))
    assert html.count("<h3>") == 2
    assert "3 products protected" in words(html)


def test_a_filter_without_products_and_a_vanished_choice_say_so(db):
    assert "No protected product answers this today." in shown("products", cards())
    html = shown("products", cards(products=[None, make_product()]))
    assert "1 product named here is not in the register any more." in words(html)


@pytest.mark.parametrize("rows", [1, 4])
def test_products_take_the_same_queries_for_any_number(rows, django_assert_max_num_queries):
    hunan, *_rest = make_hunan()
    products = [make_product(f"第{number}茶", province=hunan) for number in range(rows)]
    with django_assert_max_num_queries(5):
        shown("products", cards(products=products))
    with django_assert_max_num_queries(5):
        shown("products", cards())


# --- enterprises


def test_enterprises_of_a_product_without_demonstration_and_without_those_that_are_over():
    tea = make_product()
    make_authorisation(make_enterprise("甲公司"), tea)
    make_authorisation(make_enterprise("乙公司"), tea, basis=AuthorisationBasis.REPORTED)
    make_authorisation(make_enterprise("丙公司"), tea, state=AuthorisationState.ENDED, effective_to=TODAY)
    make_authorisation(make_enterprise("示例公司", uscc="91000000MA00000157"), tea)
    html = shown("enterprises", {"product": tea, "limit": 6})
    assert "甲公司" in html
    assert "丙公司" not in html
    assert "示例公司" not in html
    assert "1 enterprise authorised by an announcement or decision. 1 is only reported, not confirmed." in words(html)
    make_authorisation(make_enterprise("丁公司"), tea)
    assert "2 enterprises authorised" in words(shown("enterprises", {"product": tea, "limit": 6}))


def test_a_product_without_enterprises_and_a_vanished_product_say_so():
    assert "That is no proof that there is none." in shown("enterprises", {"product": make_product(), "limit": 6})
    assert "What stood here is not public any more." in shown("enterprises", {"product": None, "limit": 6})


@pytest.mark.parametrize("rows", [1, 4])
def test_enterprises_take_two_queries(rows, django_assert_num_queries):
    tea = make_product()
    for number in range(rows):
        make_authorisation(make_enterprise(f"第{number}公司"), tea)
    with django_assert_num_queries(2):
        shown("enterprises", {"product": tea, "limit": 6})


# --- agreements


def test_the_counts_of_an_agreement_stand_beside_its_title():
    agreement = make_agreement(outbound_size=100)
    make_agreement_entry(agreement)
    make_agreement_entry(agreement, name_zh="贺兰山", status=EntryStatus.LISTED)
    batch = make_agreement("CN-EU-B2", parent=agreement, scheme_label="175+175", name_en="Second list")
    make_agreement_entry(batch, side=Side.INBOUND, country="FR", name_zh="干邑")
    html = shown("recognition", {"agreement": agreement})
    text = words(html)
    assert "The title of the scheme is 100+100." in text
    assert re.findall(r'<td class="num"[^>]*>(?:<span[^>]*>)?([^<]+)', html) == ["100", "2", "1", "not known", "1", "1"]
    assert "Second list" in text
    make_agreement_entry(agreement, name_zh="后来的")
    assert '>3</td>' in shown("recognition", {"agreement": agreement})


def test_an_agreement_without_names_and_a_vanished_one_say_so():
    assert "No names are loaded" in shown("recognition", {"agreement": make_agreement()})
    assert "What stood here is not public any more." in shown("recognition", {"agreement": None})


@pytest.mark.parametrize("rows", [1, 4])
def test_an_agreement_takes_three_queries(rows, django_assert_num_queries):
    agreement = make_agreement()
    for number in range(rows):
        make_agreement_entry(agreement, name_zh=f"第{number}茶")
    with django_assert_num_queries(3):
        shown("recognition", {"agreement": agreement})


# --- coverage


@pytest.fixture
def listed():
    """A list of two counties of Hunan, one of them covered."""
    hunan, _yiyang, anhua, taojiang = make_hunan()
    make_area(make_product(province=hunan).rights.get(), anhua)
    national = make_poverty_list()
    for county in (anhua, taojiang):
        make_listed_unit(national, county)
    return national, hunan, taojiang


def coverage(national, province=None, *, with_map=False):
    return {"poverty_list": national, "province": province, "with_map": with_map}


def test_coverage_shows_its_rule_and_date_and_follows_the_register(listed):
    national, hunan, taojiang = listed
    html = shown("coverage", coverage(national))
    assert re.findall(r'figure-number">(\d+)', html) == ["2", "1", "0", "0", "1"]
    assert "by the rule: GI products · whole county or any part of it" in words(html)
    make_area(make_product("桃江竹笋", province=hunan).rights.get(), taojiang)
    the_journal_grows()
    assert re.findall(r'figure-number">(\d+)', shown("coverage", coverage(national))) == ["2", "2", "0", "0", "0"]


def test_coverage_is_drawn_for_the_country_and_for_a_province(listed):
    national, hunan, _taojiang = listed
    country = shown("coverage", coverage(national, with_map=True))
    assert "Hunan Province: 1 of 2 units covered" in country
    assert 'href="/en/coverage/national-832/?province=430000"' in country
    province = shown("coverage", coverage(national, hunan, with_map=True))
    assert "Taojiang County: blank" in province
    assert "<svg viewBox" not in shown("coverage", coverage(national))


def test_a_list_without_units_and_a_vanished_one_say_so(listed):
    empty = make_poverty_list("another")
    assert "This list has no unit here." in shown("coverage", coverage(empty, with_map=False))
    assert "What stood here is not public any more." in shown("coverage", coverage(None))


def test_coverage_is_counted_once_for_many_readers(listed, django_assert_num_queries):
    national, _hunan, _taojiang = listed
    shown("coverage", coverage(national))
    with django_assert_num_queries(1):
        shown("coverage", coverage(national))


# --- announcements and the label check


def announce(number, on, *, demonstration=False):
    text = f"国家知识产权局公告第{number}号"
    return Announcement.objects.create(
        issuer="cnipa", number=number, text=text, published_on=on, demonstration=demonstration
    )


def test_the_latest_dated_announcements_without_demonstration():
    tea = make_product()
    about = announce(600, day(-9))
    about.entries.create(right=tea.rights.get(), kind="approval")
    announce(601, day(-1))
    announce(602, None)
    announce(603, day(0), demonstration=True)
    html = shown("announcements", {"product": None, "limit": 5})
    assert html.index("601") < html.index("600")
    assert "602" not in html
    assert "603" not in html
    narrowed = shown("announcements", {"product": tea, "limit": 5})
    assert "600" in narrowed
    assert "601" not in narrowed
    assert "No dated announcement is loaded." in shown("announcements", {"product": make_product("乙"), "limit": 5})


def test_the_label_check_asks_the_page_that_answers(db):
    html = shown("label_check", {"title": ""}, language="zh-hans")
    assert 'action="/verify/"' in html
    assert 'name="q"' in html


# --- words, tables, files, videos


def test_a_table_names_its_rows_and_columns_and_writes_numbers_as_the_register_does(db):
    kind, value = table(
        [("text", "项目"), ("number", "数量")], [["甲", "12345.50"], ["乙", "-0.5"], ["丙", None]], "标题"
    )
    html = shown(kind, value, language="zh-hans")
    assert '<caption>标题</caption>' in html
    assert '<th scope="col" class="num">数量</th>' in html
    assert '<th scope="row">甲</th><td data-label="数量" class="num">12\u202f345.5</td>' in html
    assert ">-0.5</td>" in html
    assert '<td data-label="数量" class="num"></td>' in html


def test_names_in_the_other_language_are_marked_although_the_editor_keeps_no_marks(db):
    make_site()
    page = add(home(), ArticlePage(title="Tea", slug="tea", body=[("text", "<p>Dark tea (黑茶), <b>茯砖</b></p>")]))
    marked = '<p>Dark tea (<span lang="zh-Hans">黑茶</span>), <b><span lang="zh-Hans">茯砖</span></b></p>'
    with translation.override("en"):
        assert marked in page.body.render_as_block({}), "the language of the page around it"
        said = page.body.render_as_block({"page": page})
    assert "<p>Dark tea (黑茶), <b>茯砖</b></p>" in said, "a Chinese text in an English page is Chinese all through"


def test_a_file_says_how_large_it_is_and_one_that_was_deleted_says_so():
    document = RegisterDocument(title="清单")
    document.file.save("list.csv", ContentFile(b"a,b\n" * 600))
    document.file_size = 2400
    document.save()
    html = shown("files", [{"document": document, "note": "一页"}, {"document": None, "note": ""}])
    assert "CSV, 2.3" in html
    assert f'href="{document.url}"' in html
    assert html.count("What stood here is not public any more.") == 1


VIDEO = {"address": "https://video.example/one", "title": "录像", "text": "画面。"}


def test_a_video_is_a_link_with_a_warning(db):
    html = shown("video", VIDEO)
    assert 'href="https://video.example/one"' in html
    assert "outside of this register" in html
    assert "画面。" in html
    assert "<iframe" not in html
    assert "?play=" not in html


def test_a_video_plays_only_where_the_operator_allows_it_and_only_after_a_click(settings):
    settings.VIDEO_HOSTS = ["video.example"]
    html = shown("video", VIDEO)
    assert "<iframe" not in html
    link = re.search(r'href="(\?play=[0-9a-f]{8})#video-', html)[1]
    playing = shown("video", VIDEO, query=link)
    assert '<iframe src="https://video.example/one"' in playing
    settings.VIDEO_HOSTS = ["elsewhere.example"]
    assert "<iframe" not in shown("video", VIDEO, query=link)
    settings.VIDEO_HOSTS = ["video.example"]
    assert "<iframe" not in shown("video", {**VIDEO, "address": "http://video.example/one"}, query=link)


@pytest.mark.parametrize("host", ["https://video.example@evil.example/x", "https://video.example.evil.example/x"])
def test_an_address_that_only_looks_like_an_allowed_host_does_not_play(settings, host):
    settings.VIDEO_HOSTS = ["video.example"]
    assert "?play=" not in shown("video", {**VIDEO, "address": host})


@pytest.mark.parametrize(("kind", "css"), [("info", "notice"), ("look", "notice-look"), ("stop", "notice-stop")])
def test_a_box_has_a_shape_beside_its_colour(db, kind, css):
    html = shown("callout", {"kind": kind, "title": "题", "text": "<p>文</p>"})
    assert css in html
    assert "<svg" in html


def test_a_piece_that_names_a_deleted_picture_is_shown_without_it(client):
    make_site()
    picture = make_picture(width=40, height=30)
    made = add(home(), ArticlePage(title="有图", body=[("picture", {"image": picture, "alt": "园", "caption": ""})]))
    assert "<picture>" in client.get(made.url).text
    picture.delete()
    html = client.get(made.url).text
    assert "<picture>" not in html
    assert "不" in html


def test_what_a_piece_says_of_the_register_is_in_the_language_of_the_page(client):
    make_site()
    tea = make_product("安化黑茶", name_en="Anhua Dark Tea")
    made = add(home(), ArticlePage(title="文", body=[("enterprises", {"product": tea, "limit": 3})]))
    html = client.get(stand_in(made).url).text
    assert '<div class="text" lang="zh-Hans">' in html
    assert '<section class="piece" lang="en"><h2' in html
    assert "Anhua Dark Tea" in html
