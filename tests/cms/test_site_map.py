"""Site map and rules for robots: every public page once a language, nothing else."""

import datetime
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree

import pytest
from django.core.management import call_command
from django.db import transaction
from wagtail.models import Locale

from cms import site_map
from cms.models import NewsIndexPage, NewsPage, ProductPage, SectionPage
from gi_registry import journal
from gi_registry.event_types import EventType
from gi_registry.journal import Actor, Event, Subject
from products.models import Announcement
from tests.factories import make_authorisation, make_enterprise, make_product
from tests.journeys.worlds import ADDRESSES, small_register

pytestmark = pytest.mark.django_db
SITE = "http://127.0.0.1:8000"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
LINK = "{http://www.w3.org/1999/xhtml}link"
# Reached from the page that they belong to; answers to what somebody typed.
BESIDE = ("/authorisations/", "/inspections/RI", "/search/")
PARTS = ("/report/", "/effect/", "/requirements/")


def parts(client):
    response = client.get("/sitemap.xml")
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("application/xml")
    return [loc.text for loc in ElementTree.fromstring(response.content).iter(f"{MAP}loc")]


def pages(client):
    """Address -> (languages, last change) over all parts."""
    found = {}
    for address in parts(client):
        response = client.get(address.removeprefix(SITE))
        assert response.status_code == 200, address
        for url in ElementTree.fromstring(response.content).iter(f"{MAP}url"):
            links = {link.get("hreflang"): link.get("href") for link in url.iter(LINK)}
            location = url.findtext(f"{MAP}loc")
            assert location not in found, location
            found[location] = (links, url.findtext(f"{MAP}lastmod"))
    return found


def make_page(model, parent, title, **more):
    return parent.add_child(instance=model(title=title, slug=f"p{model.objects.count()}", **more))


def test_every_public_page_is_named_once_in_each_language_and_answers(client):
    small_register()
    found = pages(client)
    for address in ADDRESSES:
        path = address.partition("?")[0]
        if path.startswith(BESIDE) or (path.endswith(PARTS) and path.count("/") > 2):
            continue
        assert SITE + path in found, path
        assert SITE + "/en" + path in found, path
    for location, (links, _changed) in found.items():
        assert links["x-default"] == links["zh-Hans"]
        assert location in links.values()
        assert links == found[links["en"]][0]
        assert client.get(location.removeprefix(SITE)).status_code == 200, location


def test_the_last_change_is_that_of_the_journal(client):
    make_product("安化黑茶", number=365)
    assert pages(client)[f"{SITE}/products/365/"][1] is None
    with transaction.atomic():
        subject = Subject("right", "GI00365", "安化黑茶", "product", "365")
        journal.record(Event(EventType.RIGHT_CONFIRMED, subject, {}), by=Actor.system("test"))
    changed = pages(client)[f"{SITE}/en/products/365/"][1]
    assert datetime.date.fromisoformat(changed)


def test_demonstration_and_what_nobody_may_read_are_not_named(client):
    call_command("create_site", verbosity=0)
    tea = make_product(number=365)
    demo = make_enterprise("示例公司", uscc="91000000MA00000157")
    make_authorisation(demo, tea)
    make_enterprise("申请中", uscc="91430900600037341F")
    paper = Announcement.objects.create(issuer="other", text="示例公告", demonstration=True)
    home = NewsIndexPage.objects.get(locale__language_code="zh-hans")
    draft = make_page(NewsPage, home, "草稿", live=False)
    found = pages(client)
    for path in (f"/enterprises/{demo.key}/", "/enterprises/91430900600037341F/", paper.get_absolute_url(), draft.url):
        assert SITE + str(path) not in found
    assert not [address for address in found if "/desk/" in address or "/portal/" in address or "/search/" in address]


def test_pages_of_editors_name_their_translation_and_no_stand_in(client):
    call_command("create_site", verbosity=0)
    english = Locale.objects.get(language_code="en")
    index = NewsIndexPage.objects.get(locale__language_code="zh-hans")
    alone, both = make_page(NewsPage, index, "单语"), make_page(NewsPage, index, "双语")
    alias = alone.copy_for_translation(english, alias=True)
    twin = both.copy_for_translation(english)
    twin.save_revision().publish()
    found = pages(client)
    assert found[SITE + alone.url][0] == {}
    assert SITE + alias.url not in found
    assert found[SITE + both.url][0]["en"] == SITE + twin.url
    section = make_page(SectionPage, index.get_parent(), "故事")
    story = section.add_child(
        instance=ProductPage(title="黑茶的故事", slug="dark-tea", product=make_product(number=365))
    )
    found = pages(client)
    assert f"{SITE}/products/365/" in found  # the record, with the story in it, stands once
    assert not [address for address in found if story.slug in address]


def test_a_new_page_is_named_at_once_and_an_unchanged_map_is_not_written_again(client, monkeypatch):
    call_command("create_site", verbosity=0)
    first = client.get("/sitemap-pages-1.xml")
    monkeypatch.setattr(site_map, "part", lambda name, number: pytest.fail("written again"))
    assert client.get("/sitemap-pages-1.xml").content == first.content
    asked = {"If-None-Match": first.headers["ETag"]}
    assert client.get("/sitemap-pages-1.xml", headers=asked).status_code == 304
    monkeypatch.undo()
    index = NewsIndexPage.objects.get(locale__language_code="zh-hans")
    news = make_page(NewsPage, index, "新闻")
    news.save_revision().publish()
    assert news.url in client.get("/sitemap-pages-1.xml", headers=asked).content.decode()


def test_a_large_part_is_cut_into_files(client, monkeypatch):
    for number in range(5):
        make_product(f"第{number}茶", number=number + 1)
    monkeypatch.setattr(site_map, "MOST", 2)
    files = [address for address in parts(client) if "products" in address]
    assert [address.rpartition("/")[2] for address in files] == [f"sitemap-products-{n}.xml" for n in (1, 2, 3)]
    assert len([address for address in pages(client) if "/products/" in address and address[-2].isdigit()]) == 10
    assert client.get("/sitemap-products-4.xml").status_code == 404


@pytest.mark.parametrize("name", ["sitemap-people-1.xml", "sitemap-products-0.xml", "sitemap-products-99999999999.xml"])
def test_parts_that_do_not_exist(client, name):
    assert client.get(f"/{name}").status_code == 404


def test_robots_read_what_is_public_and_nothing_else(client, settings):
    settings.SITE_URL = "https://register.example"
    response = client.get("/robots.txt")
    text = response.content.decode()
    assert response.headers["Content-Type"].startswith("text/plain")
    assert "Sitemap: https://register.example/sitemap.xml" in text.splitlines()
    rules = RobotFileParser()
    rules.parse(text.splitlines())
    public = "/", "/products/365/", "/en/verify/", "/news/", "/documents/1/a.pdf", "/static/css/base.css", "/report/"
    closed = "/desk/", "/en/portal/x/", "/account/login/", "/cms/", "/search/?q=x", "/en/find/", "/v/ABC/", "/V/ABC"
    for path in public:
        assert rules.can_fetch("*", path), path
    for path in closed:
        assert not rules.can_fetch("*", path), path
