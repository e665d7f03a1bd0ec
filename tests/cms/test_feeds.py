"""Feeds: valid in both forms, in both languages, with real records only, and silent where nothing changed."""

import datetime
from email.utils import parsedate_to_datetime
from xml.etree import ElementTree

import pytest
from django.core.management import call_command
from django.db import transaction
from wagtail.models import Page, PageViewRestriction

from cms.models import NewsDivision, NewsIndexPage, NewsPage, NewsProduct
from gi_registry import journal
from gi_registry.event_types import EventType
from gi_registry.journal import Actor, Event, Subject
from products.models import Announcement, FormerNumber
from tests.factories import make_area, make_enterprise, make_hunan, make_product

pytestmark = pytest.mark.django_db
DAY = datetime.date(2026, 11, 2)
SITE = "http://127.0.0.1:8000"
ATOM = "{http://www.w3.org/2005/Atom}"
ADDRESSES = (
    "/news/feed", "/announcements/feed", "/products/feed", "/products/365/feed", "/regions/430000/feed", "/log/feed",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _site():
    call_command("create_site", verbosity=0)


def tell(kind, reference, label, event=EventType.PRODUCT_AMENDED, parent=("", "")):
    with transaction.atomic():
        subject = Subject(kind, str(reference), label, *parent)
        return journal.record(Event(event, subject, {}), by=Actor.system("test"))


def make_news(title, language="zh-hans", products=(), divisions=(), **more):
    index = NewsIndexPage.objects.get(locale__language_code=language)
    news = NewsPage(title=title, slug=f"n{NewsPage.objects.count()}", intro="摘要", date=more.pop("date", DAY), **more)
    news.products = [NewsProduct(product=product) for product in products]
    news.divisions = [NewsDivision(division=division) for division in divisions]
    return index.add_child(instance=news)


def world():
    hunan, _yiyang, anhua, _taojiang = make_hunan()
    tea = make_product("安化黑茶", number=365, province=hunan)
    make_area(tea.rights.get(), anhua)
    tell("product", 365, "安化黑茶", EventType.PRODUCT_ENTERED)
    Announcement.objects.create(issuer="cnipa", number=475, text="国家知识产权局公告第四七五号", published_on=DAY)
    make_news("安化来信", products=[tea], divisions=[anhua])
    return tea, anhua


def titles(client, address):
    response = client.get(address)
    assert response.status_code == 200, address
    return [entry.findtext(f"{ATOM}title") for entry in ElementTree.fromstring(response.content).iter(f"{ATOM}entry")]


def check_atom(content, address):
    """What RFC 4287 requires."""
    feed = ElementTree.fromstring(content)
    assert feed.tag == f"{ATOM}feed"
    for name in ("id", "title", "updated"):
        assert feed.findtext(f"{ATOM}{name}"), name
    assert feed.findtext(f"{ATOM}author/{ATOM}name")
    links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
    assert links["self"] == SITE + address
    assert links["alternate"].startswith(SITE + "/")
    entries = feed.findall(f"{ATOM}entry")
    assert entries
    for entry in entries:
        assert entry.findtext(f"{ATOM}title")
        assert entry.findtext(f"{ATOM}id").startswith("tag:127.0.0.1,2026:")
        assert entry.find(f"{ATOM}link").get("href").startswith(SITE + "/")
        published, updated = (
            datetime.datetime.fromisoformat(entry.findtext(f"{ATOM}{name}")) for name in ("published", "updated")
        )
        assert published.tzinfo
        assert updated >= published
    ids = [entry.findtext(f"{ATOM}id") for entry in entries]
    assert len(ids) == len(set(ids)) <= 50


def check_rss(content, address):
    """What RSS 2.0 requires."""
    channel = ElementTree.fromstring(content).find("channel")
    for name in ("title", "link", "description", "language", "lastBuildDate"):
        assert channel.findtext(name), name
    assert channel.find(f"{ATOM}link").get("href") == SITE + address
    items = channel.findall("item")
    assert items
    for item in items:
        assert item.findtext("title")
        assert item.findtext("link").startswith(SITE + "/")
        assert item.find("guid").get("isPermaLink") == "false"
        assert parsedate_to_datetime(item.findtext("pubDate")).tzinfo


def test_every_feed_is_valid_in_both_forms_and_languages(client):
    world()
    make_news("Letter from Anhua", "en")
    for prefix in ("", "/en"):
        for address in ADDRESSES:
            for kind, check, mime in (("atom", check_atom, "atom"), ("rss", check_rss, "rss")):
                asked = f"{prefix}{address}.{kind}"
                response = client.get(asked)
                assert response.status_code == 200, asked
                assert response.headers["Content-Type"].startswith(f"application/{mime}+xml")
                check(response.content, asked)


def test_the_feed_answers_before_the_pages_below_the_news(client):
    make_news("新")
    assert client.get("/news/feed.atom").headers["Content-Type"].startswith("application/atom+xml")
    assert client.get("/news/feed.json").status_code == 404


def test_news_newest_first_published_open_and_not_expired(client):
    make_news("旧", date=datetime.date(2025, 1, 1))
    make_news("新")
    make_news("草稿", live=False)
    closed = make_news("内部")
    PageViewRestriction.objects.create(page=closed, restriction_type=PageViewRestriction.LOGIN)
    over = make_news("过期")
    Page.objects.filter(pk=over.pk).update(expire_at=datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC))
    make_news("Other language", "en")
    assert titles(client, "/news/feed.atom") == ["新", "旧"]
    assert titles(client, "/en/news/feed.atom") == ["Other language"]


def test_a_republished_piece_of_news_keeps_its_id_and_gets_a_new_date(client):
    news = make_news("新")

    def entry():
        feed = ElementTree.fromstring(client.get("/news/feed.atom").content)
        return feed.findtext(f"{ATOM}entry/{ATOM}id"), feed.findtext(f"{ATOM}entry/{ATOM}updated")

    before = entry()
    news.title = "改名"
    news.save_revision().publish()
    after = entry()
    assert after[0] == before[0]
    assert after[1] > before[1]


def test_a_product_has_its_own_entries_those_of_its_rights_and_its_news(client):
    tea, _anhua = world()
    tell("right", "GI00365", "安化黑茶 (GI00365)", EventType.RIGHT_CONFIRMED, ("product", "365"))
    tell("product", 366, "桃江竹笋")
    make_news("别的消息")
    found = titles(client, "/en/products/365/feed.atom")
    assert "Protection confirmed · 安化黑茶 (GI00365)" in found
    assert "Product entered in the register · 安化黑茶" in found
    assert not any("桃江" in title for title in found)
    assert "安化来信" in titles(client, "/products/365/feed.atom")
    assert "别的消息" not in titles(client, "/products/365/feed.atom")
    FormerNumber.objects.create(number=9365, product=tea)
    assert client.get("/en/products/9365/feed.rss").headers["Location"] == "/en/products/365/feed.rss"
    assert client.get("/products/999/feed.atom").status_code == 404


def test_a_region_has_what_applies_in_it_and_news_of_its_parts(client):
    world()
    make_product("北京鸭梨", number=400)
    tell("product", 400, "北京鸭梨")
    for code in ("430000", "430923"):
        found = titles(client, f"/regions/{code}/feed.atom")
        assert "安化来信" in found
        assert any("安化黑茶" in title for title in found)
        assert not any("鸭梨" in title for title in found)
    assert client.get("/regions/999999/feed.atom").status_code == 404


def test_a_search_has_the_products_of_its_filter_and_leads_back_to_it(client):
    world()
    make_product("北京鸭梨", number=400, category="fruit")
    tell("product", 400, "北京鸭梨")
    feed = client.get("/products/feed.atom?province=430000&utm_source=x&category=nonsense")
    assert "鸭梨" not in feed.content.decode()
    assert f"{SITE}/products/?province=430000" in feed.content.decode()
    assert "utm_source" not in feed.content.decode()
    assert [title for title in titles(client, "/products/feed.atom?category=fruit") if "鸭梨" in title]
    assert titles(client, "/products/feed.atom?q=zzzz") == []


def test_no_feed_tells_of_demonstration_people_or_steps_within_offices(client):
    world()
    demo = make_enterprise("示例公司", uscc="91000000MA00000157", reference="DEMO-1")
    paper = Announcement.objects.create(issuer="other", text="示例公告", published_on=DAY, demonstration=True)
    for kind, reference, label in (
        ("enterprise", demo.reference, "示例公司"), ("announcement", paper.pk, "示例公告"),
        ("user", "user:3", "user:3"), ("membership", "user:4", "user:4"),
        ("application", "A2026000001", "A2026000001 · 示例"),
        ("suspect_report", "R1", "R1"), ("case", "PC1", "PC1 示例"), ("zone", "Z1", "Z1 示例"),
        ("inspection_draw", "RI1", "RI1 示例"), ("label_batch", "B1", "示例批次"),
    ):  # fmt: skip
        tell(kind, reference, label)
    for address in ADDRESSES:
        for kind in ("atom", "rss"):
            text = client.get(f"{address}.{kind}").content.decode()
            for word in ("示例", "user:", "A2026", "R1", "PC1", "DEMO"):
                assert word not in text, (address, word)


def test_the_journal_has_at_most_fifty_entries_the_latest_first(client):
    for number in range(60):
        tell("product", number, f"第{number}茶")
    found = titles(client, "/en/log/feed.atom")
    assert len(found) == 50
    assert found[0].endswith("第59茶")


def test_nothing_changed_is_said_in_one_word(client, django_assert_max_num_queries):
    world()
    first = client.get("/products/365/feed.atom")
    asked = {"If-None-Match": first.headers["ETag"]}
    with django_assert_max_num_queries(2):
        again = client.get("/products/365/feed.atom", headers=asked)
    assert (again.status_code, again.content) == (304, b"")
    since = {"If-Modified-Since": first.headers["Last-Modified"]}
    assert client.get("/products/365/feed.atom", headers=since).status_code == 304
    assert client.get("/en/products/365/feed.atom", headers=asked).status_code == 200
    assert client.get("/products/365/feed.rss", headers=asked).status_code == 200
    tell("product", 365, "安化黑茶")
    assert client.get("/products/365/feed.atom", headers=asked).status_code == 200


def test_news_that_were_taken_back_change_the_feed(client):
    news = make_news("新")
    asked = {"If-None-Match": client.get("/news/feed.atom").headers["ETag"]}
    news.unpublish()
    changed = client.get("/news/feed.atom", headers=asked)
    assert changed.status_code == 200
    assert "新</title>" not in changed.content.decode()


def test_an_empty_feed_is_valid_and_does_not_change_by_itself(client):
    first = client.get("/en/log/feed.atom")
    assert ElementTree.fromstring(first.content).findtext(f"{ATOM}updated")
    assert client.get("/en/log/feed.atom").content == first.content


def test_hostile_words_leave_a_feed_well_formed(client):
    make_product("安化黑茶", number=365)
    for text in ("\x01\x02", "a\0b", "<b>&\"'", "\u202e", "x" * 10_000, "]]>", "\ufffe", "💥"):
        response = client.get("/products/feed.atom", {"q": text, "province": text, "page": text})
        assert response.status_code == 200
        ElementTree.fromstring(response.content)
    tell("product", 365, "a\x0bb <i>&")
    assert titles(client, "/en/products/365/feed.atom") == ["Product record amended · ab <i>&"]
    assert client.get("/products/365/feed.rss?x=\x01").status_code == 200


@pytest.mark.parametrize("rows", [1, 3])
def test_the_number_of_queries_does_not_grow(client, rows, django_assert_max_num_queries):
    tea, anhua = world()
    for number in range(rows):
        tell("product", 365, "安化黑茶")
        make_news(f"新闻{number}", products=[tea], divisions=[anhua])
    for address in ADDRESSES:
        client.get(f"{address}.atom")
        with django_assert_max_num_queries(13):
            client.get(f"{address}.atom")


def test_feeds_are_only_read(client):
    assert client.post("/news/feed.atom").status_code == 405
