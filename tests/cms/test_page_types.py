"""Every kind of page in both languages: what it shows, where it stands, and what it says where there is nothing."""

import re

import pytest
from django.utils import timezone
from wagtail.models import PageViewRestriction

from cms.models import (
    ArticlePage,
    ContactPage,
    EventPage,
    FaqPage,
    GuidePage,
    NewsCategory,
    NewsDivision,
    NewsPage,
    NewsProduct,
    PolicyPage,
    ProductPage,
    SectionPage,
)
from cms.policy_states import PolicyState, state_on
from tests.factories import make_hunan, make_product
from tests.page_world import (
    TODAY,
    add,
    day,
    home,
    make_picture,
    make_site,
    news_index,
    one_of_each,
    section,
    stand_in,
    text,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _site():
    make_site()


def page(client, address):
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.text


def kinds():
    """One page of each kind below the home page, by name."""
    below = section(slug="below", intro="一句话。")
    body = [text("<h2>甲</h2><p>一</p>")]
    return {
        "section": below,
        "article": add(home(), ArticlePage(title="关于", slug="about", intro="一句话。", body=body)),
        "guide": add(below, GuidePage(title="怎样看", slug="guide", body=body, checked_on=day(-3))),
        "news": add(news_index(), NewsPage(title="新闻", slug="one", body=body)),
        "faq": add(home(), FaqPage(title="常见问题", slug="faq")),
        "contact": add(home(), ContactPage(title="联系", slug="contact", office="登记簿办公室")),
        "event": add(below, EventPage(title="展会", slug="fair", starts_on=day(2), place="长沙")),
        "policy": add(below, PolicyPage(title="保护办法", slug="act", issuer="国家知识产权局")),
    }


@pytest.mark.parametrize("kind", ["section", "article", "guide", "news", "faq", "contact", "event", "policy"])
def test_each_kind_of_page_is_shown_in_both_languages(client, kind):
    made = kinds()[kind]
    html = page(client, made.url)
    assert f"<h1>{made.title}</h1>" in html
    copy = stand_in(made)
    assert copy.url == f"/en{made.url}"
    in_english = page(client, copy.url)
    assert f'<h1 lang="zh-Hans">{made.title}</h1>' in in_english, "words of another language say which"


@pytest.mark.parametrize("kind", ["section", "article", "guide", "news", "faq", "contact", "event", "policy"])
def test_each_kind_of_page_has_one_canonical_address_and_nothing_inline(client, kind):
    made = kinds()[kind]
    html = page(client, made.url)
    assert re.findall(r'<link rel="canonical" href="([^"]+)">', html) == [made.full_url]
    assert " style=" not in html
    assert not re.search(r"<script(?![^>]* src=)", html)
    assert not re.search(r"\son\w+=", html)


# --- articles and guides


def test_three_headings_make_a_list_of_contents_and_two_do_not(client):
    two = add(home(), ArticlePage(title="短", body=[text("<h2>甲</h2><p>一</p><h2>乙</h2><p>二</p>")]))
    pieces = [text("<h2>甲</h2><p>一</p><h2>乙</h2>"), text("<h2>丙 &amp; 丁</h2>")]
    three = add(home(), ArticlePage(title="长", body=pieces))
    assert 'class="contents"' not in page(client, two.url)
    html = page(client, three.url)
    links = re.findall(r'<li><a href="#(part-\d)">([^<]+)</a></li>', html)
    assert [words for _anchor, words in links] == ["甲", "乙", "丙 &amp; 丁"]
    assert all(html.count(f'id="{anchor}"') == 1 for anchor, _words in links)


def test_a_guide_says_when_it_was_compared_with_the_rules_or_that_it_was_not(client):
    below = section()
    checked = add(below, GuidePage(title="甲", checked_on=TODAY))
    other = add(below, GuidePage(title="乙"))
    assert "Last compared with the rules on" in page(client, stand_in(checked).url)
    assert "Not compared with the rules yet" in page(client, stand_in(other).url)


def test_an_article_holds_every_piece_without_a_fault(client):
    made = add(home(), ArticlePage(title="全部", body=one_of_each()))
    html = page(client, made.url)
    for words in ("引文", "一张表", "录像", "看仔细", "要钱吗？"):
        assert words in html


# --- sections


def test_a_section_lists_its_guides_in_the_order_of_the_editors(client):
    below = section()
    for title in ("丙", "甲", "乙"):
        add(below, GuidePage(title=title, intro=f"{title}的简介"))
    add(below, GuidePage(title="草稿"), publish=False)
    html = page(client, below.url)
    assert [html.index(f">{title}</a>") for title in ("丙", "甲", "乙")] == sorted(
        html.index(f">{title}</a>") for title in ("丙", "甲", "乙")
    )
    assert "草稿" not in html
    assert "丙的简介" in html


def test_a_page_that_is_kept_for_a_group_or_has_expired_is_not_listed(client):
    below = section()
    kept = add(below, GuidePage(title="内部"))
    PageViewRestriction.objects.create(page=kept, restriction_type="login")
    over = add(below, GuidePage(title="过期"))
    GuidePage.objects.filter(pk=over.pk).update(expire_at=timezone.now())
    html = page(client, below.url)
    assert "内部" not in html
    assert "过期" not in html


def test_an_empty_section_says_so(client):
    assert "Nothing is published here yet." in page(client, stand_in(section()).url)


def test_stories_of_a_section_lead_to_the_records_and_have_a_drawing_without_a_photo(client):
    below = section()
    tea, plum = make_product("安化黑茶"), make_product("桃江竹笋", category="vegetables")
    add(below, ProductPage(title="茶的故事", product=tea, picture=make_picture(), picture_alt="茶园"))
    add(below, ProductPage(title="笋的故事", product=plum))
    html = page(client, below.url)
    assert f'<a href="/products/{tea.number}/">茶的故事</a>' in html
    assert html.count('class="kind kind-card"') == 1
    assert "某某摄" in html


def test_other_pages_of_a_section_are_listed_too(client):
    below = section()
    add(below, SectionPage(title="小栏", intro="小栏简介"))
    add(below, ArticlePage(title="一文"))
    html = page(client, below.url)
    assert "小栏简介" in html
    assert "一文" in html


@pytest.mark.parametrize("rows", [1, 4])
def test_a_section_takes_the_same_queries_for_any_number_of_pages(client, rows, django_assert_max_num_queries):
    hunan, *_rest = make_hunan()
    below = section()
    for number in range(rows):
        add(below, ProductPage(title=f"故事{number}", product=make_product(f"第{number}茶", province=hunan)))
        add(below, PolicyPage(title=f"办法{number}", issuer="某局"))
        add(below, GuidePage(title=f"指南{number}"))
        add(below, EventPage(title=f"活动{number}", starts_on=day(1), place="长沙", division=hunan))
    page(client, below.url)
    with django_assert_max_num_queries(24):
        page(client, below.url)


# --- acts


@pytest.mark.parametrize(
    ("first_day", "ended_on", "replaced", "expected"),
    [
        (-10, None, False, PolicyState.IN_FORCE),
        (0, None, False, PolicyState.IN_FORCE),
        (1, None, False, PolicyState.NOT_YET),
        (None, None, False, PolicyState.UNTOLD),
        (-10, 0, False, PolicyState.ENDED),
        (-10, 1, False, PolicyState.IN_FORCE),
        (-10, 0, True, PolicyState.REPLACED),
        (-10, 1, True, PolicyState.IN_FORCE),
        (-10, None, True, PolicyState.REPLACED),
        (None, None, True, PolicyState.REPLACED),
        (None, 0, False, PolicyState.ENDED),
    ],
)
def test_the_state_of_an_act_follows_from_its_days(first_day, ended_on, replaced, expected):
    days = [None if number is None else day(number) for number in (first_day, ended_on)]
    assert state_on(TODAY, *days, replaced=replaced) == expected


def test_an_act_and_the_one_that_took_its_place_lead_to_each_other(client):
    below = section()
    new = add(below, PolicyPage(title="保护办法", issuer="知识产权局", in_force_from=day(-1), verified=True))
    old = add(below, PolicyPage(title="保护规定", issuer="质检总局", number="第78号", replaced_by=new))
    html = page(client, stand_in(new).url)
    assert f'href="{new.url}"' in page(client, old.url)
    assert "Takes the place of" in html
    assert "was not compared with the official text" not in html
    assert "was not compared with the official text" in page(client, stand_in(old).url)
    listed = page(client, "/en" + below.url)
    assert "Replaced" in listed
    assert "第78号" in listed


def test_an_act_that_took_the_place_but_is_not_published_is_not_named(client):
    below = section()
    draft = add(below, PolicyPage(title="未发布的办法", issuer="某局"), publish=False)
    old = add(below, PolicyPage(title="旧办法", issuer="某局", replaced_by=draft))
    assert "未发布的办法" not in page(client, old.url)


# --- news


def make_news(title, *, date=TODAY, category=None, products=(), divisions=(), publish=True):
    news = NewsPage(title=title, date=date, category=category)
    news.products = [NewsProduct(product=product) for product in products]
    news.divisions = [NewsDivision(division=division) for division in divisions]
    return add(news_index(), news, publish=publish)


@pytest.fixture
def categories():
    names = (("figures", "数字", "Figures"), ("rules", "规章", "Rules"), ("none", "空", "None"))
    return [NewsCategory.objects.create(slug=slug, name_zh=zh, name_en=en) for slug, zh, en in names]


def test_news_are_narrowed_to_a_category_and_a_year(client, categories):
    make_news("甲新闻", category=categories[0])
    make_news("乙新闻", category=categories[1])
    make_news("旧新闻", category=categories[0], date=day(-800))
    html = page(client, "/news/?category=figures")
    assert "甲新闻" in html
    assert "旧新闻" in html
    assert "乙新闻" not in html
    html = page(client, f"/news/?category=figures&year={day(-800).year}")
    assert "旧新闻" in html
    assert "甲新闻" not in html
    assert ">空<" not in html, "a category without news is no choice"


@pytest.mark.parametrize("query", ["category=nothing", "year=99999", "year=x", "category=%00", "page=x"])
def test_a_wrong_value_of_the_list_of_news_is_no_error(client, categories, query):
    make_news("甲新闻", category=categories[0])
    html = page(client, f"/en/news/?{query}")
    assert ("was ignored" in html) == (not query.startswith("page"))


def test_a_choice_without_news_offers_the_way_back(client, categories):
    make_news("甲新闻", category=categories[0])
    make_news("乙新闻", category=categories[1], date=day(-800))
    html = page(client, f"/news/?category=rules&year={TODAY.year}")
    assert 'href="/news/"' in html
    assert "甲新闻" not in html


def test_news_tell_their_category_office_products_and_regions(client, categories):
    hunan, *_rest = make_hunan()
    tea = make_product("安化黑茶", province=hunan)
    made = make_news("名单载入", category=categories[0], products=[tea], divisions=[hunan])
    html = page(client, stand_in(made).url)
    assert "Editors of the register" in html
    assert ">Figures</a>" in html
    assert f'<a href="/en/products/{tea.number}/">' in html
    assert '<a class="chip plain-chip" href="/en/regions/430000/">' in html


def test_a_draft_shows_the_products_that_were_chosen_and_not_saved_yet(rf):
    tea = make_product("安化黑茶")
    made = make_news("草稿", publish=False)
    made.products = [NewsProduct(product=tea)]
    answer = made.make_preview_request()
    assert f'href="/products/{tea.number}/"' in answer.render().content.decode()


# --- questions, contact, events


def test_questions_open_without_a_script_and_can_be_linked(client):
    faq = FaqPage(title="常见问题")
    faq.questions = [("question", {"question": "没有查到就是假的吗？", "answer": text("<p>不是。</p>")[1]})]
    html = page(client, add(home(), faq).url)
    anchor = re.search(r'<div class="answer-text" id="(q-[0-9a-f]{8})">', html)[1]
    assert f'href="#{anchor}"' in html
    assert "<summary>没有查到就是假的吗？</summary>" in html


def test_contact_names_an_office(client):
    office = ContactPage(title="联系", office="登记簿办公室", telephone="010 0000 0000", mail="office@example.org")
    made = add(home(), office)
    html = page(client, made.url)
    assert 'href="tel:01000000000"' in html
    assert 'href="mailto:office@example.org"' in html


@pytest.mark.parametrize(
    ("first", "last", "word"), [(1, 2, "Coming"), (-1, 1, "Running now"), (0, None, "Running now"), (-3, -1, "Past")]
)
def test_an_event_says_whether_it_is_coming_running_or_past(client, first, last, word):
    event = EventPage(title="展会", place="长沙", starts_on=day(first), ends_on=None if last is None else day(last))
    assert f"{word}</span>" in page(client, stand_in(add(section(), event)).url)


def test_coming_events_stand_above_the_news(client):
    make_news("甲新闻")
    add(news_index(), EventPage(title="将来的展会", place="长沙", starts_on=day(3)))
    add(news_index(), EventPage(title="过去的展会", place="长沙", starts_on=day(-3)))
    html = page(client, "/news/")
    assert html.index("将来的展会") < html.index("甲新闻")
    assert "过去的展会" not in html
