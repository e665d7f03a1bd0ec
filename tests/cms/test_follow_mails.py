"""Letters to followers: what they tell, in whose words, when, and that each comes once."""

import datetime
import re

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone, translation

from cms import follow_facts, follow_news, following
from cms.follow_words import Window, new_name
from cms.models import (
    EventPage,
    Follow,
    HomePage,
    NewsDivision,
    NewsIndexPage,
    NewsPage,
    NewsProduct,
    ProductPage,
    SectionPage,
)
from enterprises.states import AuthorisationState
from gi_registry import journal
from gi_registry.event_types import EventType
from gi_registry.journal import Actor, Event, Subject
from gi_registry.models import Division, JournalHead
from products.case_models import ProtectionCase
from products.models import Announcement, AnnouncementEntry
from products.zone_models import DemonstrationZone
from tests import factories as make

pytestmark = pytest.mark.django_db
BY = Actor.system("tests")
ADDRESS = "reader@example.org"
MONDAY = datetime.datetime(2026, 11, 22, 23, 5, tzinfo=datetime.UTC)  # 7:05 in China, on Monday
DAY = datetime.timedelta(days=1)


@pytest.fixture(autouse=True)
def _outbox():
    mail.outbox = []


@pytest.fixture
def tea():
    province, _prefecture, county, _other = make.make_hunan()
    tea = make.make_product(number=365, province=province, name_en="Anhua Dark Tea")
    make.make_area(tea.rights.get(), county)
    return tea


def follower(kind="product", key="365", *, email=ADDRESS, rhythm="daily", language="en", since=MONDAY - DAY, **more):
    """Somebody who has been told everything up to now."""
    head = JournalHead.objects.first()
    return Follow.objects.create(
        email=email, kind=kind, key=key, rhythm=rhythm, language=language, token=new_name(), confirmed_at=since,
        told_at=since, told_until=head.sequence if head else 0, **more,
    )  # fmt: skip


def happens(
    event=EventType.PRODUCT_AMENDED, kind="product", reference="365", label="安化黑茶", parent=("", ""), on=None
):
    with transaction.atomic():
        return journal.record(Event(event, Subject(kind, reference, label, *parent), {}, on), by=BY)


def letters(now=MONDAY):
    """What is sent when the worker looks at a moment."""
    following.queue_letters(now)
    call_command("work", "--once", "--as-of", "2000-01-01")  # nothing is due then: only what is queued goes out
    sent, mail.outbox[:] = list(mail.outbox), []
    return sent


def titles(message):
    return re.findall(r"^== (.+) ==$", message.body, re.MULTILINE)


# --- What is told


def test_a_letter_tells_in_the_words_of_the_journal_with_links(tea):
    follower()
    day = datetime.date(2026, 11, 1)
    happens(EventType.AREA_CHANGED, "right", "GI00365", "安化黑茶 (GI00365)", ("product", "365"), day)
    (message,) = letters()
    assert message.to == [ADDRESS]
    assert message.subject == "News on Anhua Dark Tea"
    assert titles(message) == ["Anhua Dark Tea"]
    assert "Area of a protected product changed" in message.body
    assert "安化黑茶 (GI00365) · in effect from 1 November 2026" in message.body
    assert "http://127.0.0.1:8000/en/products/365/" in message.body
    assert "<" not in message.body
    assert all(len(line) < 200 for line in message.body.splitlines())


def test_a_letter_speaks_chinese_to_who_asked_on_a_chinese_page(tea):
    follower(language="zh-hans")
    happens()
    (message,) = letters()
    assert titles(message) == ["安化黑茶"]
    assert str(EventType.PRODUCT_AMENDED.label) not in message.body
    assert "http://127.0.0.1:8000/products/365/" in message.body
    assert "/en/" not in message.body


def test_every_letter_has_the_headers_that_end_it_at_one_press(client, tea):
    row = follower()
    happens()
    (message,) = letters()
    headers = message.message()
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = headers["List-Unsubscribe"].replace("\n", "").strip("<> ")
    assert address.startswith("http://127.0.0.1:8000/en/follow/stop/")
    assert headers["Auto-Submitted"] == "auto-generated"
    answer = client.post(address.removeprefix("http://127.0.0.1:8000"), {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert not Follow.objects.filter(pk=row.pk).exists()


def test_without_news_no_letter_comes(tea):
    row = follower()
    assert letters() == []
    happens(reference="366", label="桃江竹笋")
    assert letters(MONDAY + DAY) == []
    row.refresh_from_db()
    assert row.told_until == 1


def test_news_are_told_once(tea):
    follower()
    happens()
    assert len(letters()) == 1
    assert letters(MONDAY + DAY) == []
    happens()
    assert len(letters(MONDAY + 2 * DAY)) == 1


def test_what_an_address_follows_stands_in_one_letter_each_news_once(tea):
    follower("region", "430923")
    follower("product", "365")
    follower("product", "365", email="other@example.org")
    happens(EventType.RIGHT_AMENDED, "right", "T1", "安化黑茶 (T1)", ("product", "365"))
    sent = {message.to[0]: message for message in letters()}
    assert set(sent) == {ADDRESS, "other@example.org"}
    assert titles(sent[ADDRESS]) == ["Anhua County"]
    assert sent[ADDRESS].body.count("Legal track amended") == 1
    happens(EventType.ISSUE_RULE_SET, "division", "430923", "安化县")
    happens()
    sent = {message.to[0]: message for message in letters(MONDAY + DAY)}
    assert sent[ADDRESS].subject == "News on Anhua County"
    assert titles(sent["other@example.org"]) == ["Anhua Dark Tea"]


def test_daily_and_weekly_come_when_due_and_a_missed_hour_is_caught_up(tea):
    tuesday = MONDAY + DAY
    follower(since=tuesday - datetime.timedelta(hours=2))
    follower(rhythm="weekly", email="weekly@example.org", since=tuesday - datetime.timedelta(hours=2))
    happens()
    assert letters(tuesday - datetime.timedelta(minutes=10)) == []  # before seven
    assert [one.to for one in letters(tuesday + datetime.timedelta(hours=9))] == [[ADDRESS]]
    assert letters(MONDAY + datetime.timedelta(days=6, hours=23)) == []
    assert [one.to for one in letters(MONDAY + datetime.timedelta(days=9))] == [["weekly@example.org"]]  # a Wednesday


def test_who_confirmed_after_seven_is_not_told_before_the_next_morning(tea):
    follower(since=MONDAY + datetime.timedelta(hours=1))
    happens()
    assert letters(MONDAY + datetime.timedelta(hours=5)) == []
    assert len(letters(MONDAY + DAY)) == 1


def test_who_ends_it_after_the_letter_was_queued_gets_none(tea):
    row = follower()
    happens()
    assert following.queue_letters(MONDAY) == 1
    following.stop(row)
    assert letters() == []


def test_a_long_list_names_the_latest_and_counts_the_rest(tea):
    follower()
    for number in range(23):
        happens(label=f"安化黑茶{number}")
    (message,) = letters()
    assert "安化黑茶22\n" in message.body
    assert "安化黑茶2\n" not in message.body
    assert "… and 3 more" in message.body


# --- What belongs to what


def section(kind, key):
    """The sentences about something, of all that ever happened."""
    row = Follow(email=ADDRESS, kind=kind, key=key, token="t")
    window = Window(0, 10_000, MONDAY - 3000 * DAY, timezone.now() + DAY)
    found = follow_news.sections([(row, window)])
    return [(item.sentence, item.about) for one in found for item in one.items]


def test_a_product_is_told_of_with_who_may_use_it_and_its_announcements(tea):
    firm = make.make_enterprise("某茶业", uscc="91430900600037341F")
    demo = make.make_enterprise("示例茶业", uscc="91000000MA00000157")
    real = make.make_authorisation(firm, tea)
    for row in (real, make.make_authorisation(demo, tea)):
        happens(EventType.AUTHORISATION_GRANTED, "authorisation", row.reference, row.reference, ("enterprise", "x"))
    for number, made_up in ((1, False), (2, True)):
        act = Announcement.objects.create(issuer="cnipa", number=number, text=f"{number}号", demonstration=made_up)
        AnnouncementEntry.objects.create(announcement=act, right=tea.rights.get(), kind="mark_use")
        happens(EventType.ANNOUNCEMENT_ENTERED, "announcement", str(act.pk), act.text)
    assert [about for _sentence, about in section("product", "365")] == ["1号", real.reference]


def test_of_a_case_only_what_its_public_page_shows_is_told(tea):
    right = tea.rights.get()
    more = {"kind": "change", "legal_basis": "order_80", "right": right, "name_zh": "安化黑茶",
            "division": Division.objects.get(code="430923"), "state": "announced",
            "filed_on": datetime.date(2025, 12, 1)}  # fmt: skip
    for reference, public, made_up in (("C1", True, False), ("C2", True, True), ("C3", False, False)):
        ProtectionCase.objects.create(
            reference=reference, nonce=f"00000000-0000-0000-0000-0000000000{reference[1]}0", demonstration=made_up,
            public_from=datetime.date(2026, 1, 1) if public else None, **more,
        )  # fmt: skip
        happens(EventType.CASE_SUBMITTED, "case", reference, reference)  # not public yet
        happens(EventType.CASE_RETURNED, "case", reference, f"{reference} 安化黑茶")
        happens(EventType.CASE_ANNOUNCED, "case", reference, f"{reference} 安化黑茶")
    assert section("product", "365") == [("Protection case preliminarily announced", "C1 安化黑茶")]


def test_an_enterprise_is_told_of_without_who_acts_for_it(tea):
    firm = make.make_enterprise("某茶业", uscc="91430900600037341F", reference="N1")
    make.make_authorisation(firm, tea)
    happens(EventType.ENTERPRISE_AMENDED, "enterprise", "N1", "某茶业")
    happens(EventType.AUTHORISATION_SUSPENDED, "authorisation", "A1", "某茶业 · 安化黑茶", ("enterprise", "N1"))
    happens(EventType.MEMBER_JOINED, "membership", "user:7", "user:7", ("enterprise", "N1"))
    happens(EventType.ENTERPRISE_AMENDED, "enterprise", "N2", "别家")
    assert [about for _sentence, about in section("enterprise", firm.uscc)] == ["某茶业 · 安化黑茶", "某茶业"]


def test_an_agreement_is_told_of_with_the_lists_below_it(tea):
    whole = make.make_agreement("CN-EU", partner="EU")
    make.make_agreement("CN-EU-B1", parent=whole)
    make.make_agreement("CN-TH", partner="TH")
    for code in ("CN-EU-B1", "CN-TH"):
        happens(EventType.ENTRY_MOVED, "agreement_entry", "7", f"{code} 安化黑茶", ("agreement", code))
    assert [about for _sentence, about in section("agreement", "CN-EU")] == ["CN-EU-B1 安化黑茶"]


def test_a_region_is_told_of_its_products_enterprises_and_itself(tea):
    province = Division.objects.get(code="430000")
    make.make_product("桃江竹笋", number=366, province=province)
    firm = make.make_enterprise("某茶业", uscc="91430900600037341F", reference="N1", province=province)
    make.make_authorisation(firm, tea, state=AuthorisationState.IN_FORCE)
    demo = make.make_enterprise("示例", uscc="91000000MA00000157", reference="N2", province=province)
    make.make_authorisation(demo, tea)
    happens()
    happens(reference="366", label="桃江竹笋")
    happens(EventType.ENTERPRISE_AMENDED, "enterprise", "N1", "某茶业")
    happens(EventType.ENTERPRISE_AMENDED, "enterprise", "N2", "示例")
    happens(EventType.DECISION_AUTHORITY_ENTERED, "decision_authority", "x", "湖南省", ("division", "430000"))
    assert [about for _sentence, about in section("region", "430923")] == ["安化黑茶"]
    assert {about for _sentence, about in section("region", "430000")} == {"安化黑茶", "桃江竹笋", "某茶业", "湖南省"}


def test_what_has_no_page_of_its_own_leads_to_an_address_without_blanks(tea):
    follower("region", "430000")
    kind, key = "decision_authority", "430000 2026-01-01"
    happens(EventType.DECISION_AUTHORITY_ENTERED, kind, key, "湖南省", ("division", "430000"))
    zone = DemonstrationZone.objects.create(
        reference="DZ1", nonce="00000000-0000-0000-0000-000000000001", level="national", name_zh="示范区",
        division=Division.objects.get(code="430923"), state="building",
    )  # fmt: skip
    happens(EventType.ZONE_MOVED, "zone", zone.reference, zone.name_zh)
    (message,) = letters()
    addresses = re.findall(r"http://127.0.0.1:8000(/en/\S+)$", message.body, re.MULTILINE)
    assert addresses[:3] == ["/en/regions/430000/", "/en/zones/DZ1/", "/en/log/?subject=division:430000"]


def test_a_search_tells_what_is_new_to_it(tea):
    make.make_product("西湖龙井", number=367, name_pinyin="Xihu Longjing", category="tea")
    happens(EventType.PRODUCT_AMENDED)
    happens(EventType.RIGHT_CONFIRMED, "right", "T1", "安化黑茶 (T1)", ("product", "365"))
    happens(EventType.RIGHT_CONFIRMED, "right", "T2", "西湖龙井 (T2)", ("product", "367"))
    key = follow_facts.find("search", "q=安化&category=tea").key
    assert section("search", key) == [("Protection confirmed", "安化黑茶 (T1)")]
    assert len(section("search", "category=tea")) == 2


# --- Pages of editors


@pytest.fixture
def site(db):
    call_command("create_site", verbosity=0)


def news(title, *, language="zh-hans", at=MONDAY - datetime.timedelta(hours=3), live=True, **more):
    index = NewsIndexPage.objects.get(locale__language_code=language)
    page = NewsPage(title=title, slug=f"n{NewsPage.objects.count()}", live=live, first_published_at=at, **more)
    return index.add_child(instance=page)


def test_news_about_a_product_or_region_are_told_once_published(tea, site):
    for kind, key in (("product", "365"), ("region", "430900"), ("news", "")):
        follower(kind, key, email=f"{kind}@example.org", language="zh-hans")
    page = news("黑茶新规")
    NewsProduct.objects.create(page=page, product=tea)
    place = news("益阳市展会")
    NewsDivision.objects.create(page=place, division=Division.objects.get(code="430923"))
    news("草稿", live=False)
    sent = {message.to[0].split("@")[0]: message.body for message in letters()}
    told = {kind: set(re.findall("黑茶新规|益阳市展会|草稿", body)) for kind, body in sent.items()}
    both = {"黑茶新规", "益阳市展会"}
    assert told == {"product": {"黑茶新规"}, "region": both, "news": both}
    assert "http://127.0.0.1:8000/news/" in sent["news"]
    assert letters(MONDAY + DAY) == []


def test_what_was_published_while_the_last_letter_was_written_is_told_in_the_next(tea, site):
    follower("news", "", language="zh-hans")
    news("早", at=MONDAY - datetime.timedelta(hours=1))
    news("刚刚", at=MONDAY - datetime.timedelta(minutes=1))
    (first,) = letters()
    (second,) = letters(MONDAY + DAY)
    assert ("早" in first.body, "刚刚" in first.body) == (True, False)
    assert ("早" in second.body, "刚刚" in second.body) == (False, True)


def test_a_page_is_told_in_the_readers_language_or_in_the_one_there_is(tea, site):
    follower("news", "")
    page = news("黑茶新规")
    twin = page.copy_for_translation(locale("en"))
    twin.title, twin.live, twin.first_published_at = "New rules", True, page.first_published_at
    twin.save()
    news("只有中文")
    (message,) = letters()
    assert "New rules" in message.body
    assert "黑茶新规" not in message.body
    assert "只有中文" in message.body
    assert "Piece of news" in message.body


def locale(code):
    from wagtail.models import Locale

    return Locale.objects.get(language_code=code)


def test_a_translation_is_told_though_the_worker_speaks_the_language_of_the_original(tea, site):
    follower("news", "", since=MONDAY)
    page = news("黑茶新规", at=MONDAY - DAY)
    twin = page.copy_for_translation(locale("en"))
    twin.title, twin.live, twin.first_published_at = "New rules", True, MONDAY + DAY / 2
    twin.save()
    with translation.override("zh-hans"):
        (message,) = letters(MONDAY + DAY)
    assert "New rules" in message.body


@pytest.mark.parametrize("stories", [1, 4])
def test_stories_of_a_region_take_the_same_queries_for_any_number(tea, site, stories, django_assert_num_queries):
    county = Division.objects.get(code="430923")
    home = HomePage.objects.get(locale__language_code="en")
    section = home.add_child(instance=SectionPage(title="Stories", slug="stories", locale=home.locale))
    for number in range(stories):
        product = make.make_product(number=number + 1)
        make.make_area(product.rights.get(), county)
        story = ProductPage(title=f"Story {number}", slug=f"s{number}", product=product, locale=home.locale)
        story.first_published_at = MONDAY - DAY / 2
        section.add_child(instance=story)
    rows = [(follower("region", "430923"), Window(0, 0, MONDAY - DAY, MONDAY))]
    follow_news.sections(rows)
    with django_assert_num_queries(14):
        (found,) = follow_news.sections(rows)
    assert len(found.items) == stories


def test_an_event_in_a_region_is_told(tea, site):
    follower("region", "430000", language="zh-hans")
    home = NewsIndexPage.objects.get(locale__language_code="zh-hans")
    event = EventPage(
        title="茶博会", slug="fair", starts_on=datetime.date(2026, 12, 1), place="益阳",
        division=Division.objects.get(code="430900"), first_published_at=MONDAY - datetime.timedelta(hours=1),
    )  # fmt: skip
    home.add_child(instance=event)
    (message,) = letters()
    assert "茶博会" in message.body


def test_a_page_for_members_only_is_told_to_nobody(tea, site):
    from wagtail.models import PageViewRestriction

    follower("news", "", language="zh-hans")
    PageViewRestriction.objects.create(page=news("内部"), restriction_type="login")
    assert letters() == []


# --- Once


def test_what_has_been_told_and_the_letter_are_stored_together(tea, monkeypatch):
    row = follower()
    happens()

    def broken(*_args):
        raise RuntimeError("killed")

    monkeypatch.setattr("cms.tasks.send_letter.__class__.enqueue", broken)
    with pytest.raises(RuntimeError):
        following.queue_letters(MONDAY)
    row.refresh_from_db()
    assert (row.told_until, row.told_at) == (0, MONDAY - DAY)
    monkeypatch.undo()
    assert len(letters()) == 1


def test_the_number_of_queries_does_not_grow_with_the_news(tea, django_assert_max_num_queries):
    for key in ("430000", "430900", "430923"):
        follower("region", key)
    for _time in range(30):
        happens()
    with django_assert_max_num_queries(12):
        following.queue_letters(MONDAY)
    rows = [(row, Window(0, 100, row.told_at, MONDAY)) for row in Follow.objects.all()]
    with django_assert_max_num_queries(3 * 15):
        assert follow_news.sections(rows)
