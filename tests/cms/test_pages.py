"""Pages of editors: the home page shows the register, news appear when published, roles open the editor."""

import datetime
import re

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.core.cache import cache
from django.core.management import call_command
from django.utils.translation import override
from wagtail.rich_text import RichText

from cms.models import HomePage, NewsIndexPage, NewsPage, SecondPersonTask
from gi_registry import staff
from gi_registry.journal import Actor
from gi_registry.models import User
from gi_registry.roles import Role
from products.models import Announcement
from tests.factories import make_division, make_hunan, make_poverty_list, make_product

pytestmark = pytest.mark.django_db
MONDAY = datetime.date(2026, 11, 2)


@pytest.fixture(autouse=True)
def _site():
    cache.clear()
    call_command("create_site", verbosity=0)


def page(client, address):
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def make_news(title="新规发布", *, live=True, date=MONDAY, language="zh-hans", **more):
    index = NewsIndexPage.objects.get(locale__language_code=language)
    news = NewsPage(title=title, slug=more.pop("slug", f"n{NewsPage.objects.count()}"), date=date, live=live, **more)
    return index.add_child(instance=news)


def make_announcement(text, date=None):
    number = Announcement.objects.count() + 1
    return Announcement.objects.create(issuer="cnipa", number=number, text=text, published_on=date)


# --- home ---


def test_home_shows_figures_that_lead_to_their_lists(client):
    hunan, *_rest = make_hunan()
    make_product(province=hunan)
    make_poverty_list()
    html = page(client, "/en/")
    for address in ("/en/products/", "/en/products/?status=protected", "/en/recognition/", "/en/enterprises/"):
        assert f'<a href="{address}">' in html
    assert '<a href="/en/coverage/national-832/">' in html


def test_the_search_box_of_home_asks_everything(client):
    html = page(client, "/")
    assert html.count('role="search"') == 1
    assert '<form class="search search-big" action="/find/" method="get"' in html


def test_map_and_table_of_home_say_the_same(client):
    hunan, *_rest = make_hunan()
    make_product("甲茶", province=hunan)
    make_product("乙茶", province=hunan)
    make_division("110000", "北京市", name_en="Beijing Municipality")
    html = page(client, "/en/")
    address = "/en/products/?province=430000&amp;status=protected"
    assert f'<a href="{address}"><title>Hunan Province: 2 products</title>' in html
    rows = re.findall(r'<th scope="row"><a href="([^"]+)">([^<]+)</a></th><td class="num">(\d+)</td>', html)
    assert [(name, number) for _address, name, number in rows] == [
        ("Hunan Province", "2"), ("Beijing Municipality", "0"),
    ]  # fmt: skip
    assert rows[0][0] == address


def test_home_lists_dated_announcements_newest_first(client):
    make_announcement("旧公告", datetime.date(2010, 1, 1))
    make_announcement("新公告", datetime.date(2026, 1, 1))
    make_announcement("无日期公告")
    html = page(client, "/")
    assert html.index("新公告") < html.index("旧公告")
    assert "无日期公告" not in html


def test_editors_words_replace_the_standard_ones_in_their_language_only(client):
    home = HomePage.objects.get(locale__language_code="zh-hans")
    home.headline, home.body = "编辑的标题", [("text", RichText("<p>编辑的正文</p>"))]
    home.save_revision().publish()
    html = page(client, "/")
    assert "<h1>编辑的标题</h1>" in html
    assert "编辑的正文" in html
    assert "编辑的标题" not in page(client, "/en/")


def test_home_offers_the_other_language(client):
    assert re.search(r'hreflang="en" href="[^"]*/en/"', page(client, "/"))
    assert re.search(r'hreflang="zh-Hans" href="[^"]*/"', page(client, "/en/"))


@pytest.mark.parametrize("rows", [1, 3])
def test_home_takes_the_same_queries_for_any_number_of_rows(client, django_assert_num_queries, rows):
    make_poverty_list()
    for number in range(rows):
        make_product(f"第{number}茶", province=make_division(f"4{number}0000"))
        make_announcement(f"公告{number}", MONDAY)
        make_news(f"新闻{number}")
    page(client, "/")  # figures and Wagtail's site addresses are kept from here on
    with django_assert_num_queries(20):
        page(client, "/")


def test_home_has_no_inline_style_or_script(client):
    html = page(client, "/")
    assert " style=" not in html
    assert not re.search(r"<script(?![^>]* src=)", html)


# --- news ---


def test_news_appear_when_published_newest_first(client):
    make_news("旧闻", date=datetime.date(2025, 1, 1))
    make_news("新闻稿")
    make_news("草稿", live=False)
    for address in ("/", "/news/"):
        html = page(client, address)
        assert html.index("新闻稿") < html.index("旧闻")
        assert "草稿" not in html


def test_news_without_a_translation_lead_to_the_other_list(client):
    news = make_news("新规发布", intro="摘要", body=[("text", RichText("<p>正文</p>"))])
    html = page(client, news.url)
    assert "正文" in html
    assert 'href="/en/news/" hreflang="en"' in html  # the switch of the header; search engines are told of no twin
    assert 'hreflang="en"' not in html.partition("</head>")[0]
    assert "新规发布" not in page(client, "/en/news/")


def test_long_news_lists_have_pages(client):
    for number in range(21):
        make_news(f"新闻{number:02}", date=MONDAY - datetime.timedelta(days=number))
    assert "新闻20" not in page(client, "/news/")
    assert "新闻20" in page(client, "/news/?page=2")
    assert "新闻20" in page(client, "/news/?page=999")
    assert "新闻00" in page(client, "/news/?page=x")


# --- the page editor ---


def sign_in(client, role, division=None):
    user = User.objects.create_user("somebody", password="long enough to sign in")
    staff.assign_role(user=user, role=role, division=division, by=Actor.system("test"), on=MONDAY)
    TOTP.activate(user, "JBSWY3DPEHPK3PXP")  # without a second factor nobody gets near the editor
    client.force_login(user)
    return user


def test_the_sign_in_page_is_the_registers_own_and_leads_back(client):
    answer = client.get("/cms/login/?next=/cms/", follow=True)
    assert answer.redirect_chain == [("/account/login/?next=/cms/", 302)]
    assert "密码" in answer.text
    assert 'name="next" value="/cms/"' in answer.text
    assert "Wagtail" not in answer.text


@pytest.mark.parametrize("role", [Role.EDITOR, Role.PUBLISHER, Role.OFFICER])
def test_who_works_on_pages_gets_in(client, role):
    sign_in(client, role)
    assert client.get("/cms/").status_code == 200


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.REVIEWER, Role.APPROVER])
def test_nobody_else_gets_in(client, role):
    territorial = role in (Role.REVIEWER, Role.APPROVER)
    sign_in(client, role, make_hunan()[0] if territorial else None)
    answer = client.get("/cms/", follow=True)  # a redirect in a circle would raise
    assert answer.status_code == 403
    assert "此页面不对您开放" in answer.text


def test_editors_write_and_publishers_publish(client):
    index = NewsIndexPage.objects.get(locale__language_code="zh-hans")
    with override("zh-hans"):
        editor = sign_in(client, Role.EDITOR)
    permissions = index.permissions_for_user(editor)
    assert permissions.can_add_subpage()
    assert not permissions.can_publish_subpage()
    publisher = User.objects.create_user("publisher")
    staff.assign_role(user=publisher, role=Role.PUBLISHER, by=Actor.system("test"), on=MONDAY)
    assert index.permissions_for_user(publisher).can_publish_subpage()


def test_what_editors_submit_waits_for_a_publisher():
    news = make_news()
    task = SecondPersonTask.objects.get(workflow_tasks__workflow=news.get_workflow())
    assert [group.name for group in task.groups.all()] == ["Moderators"]
