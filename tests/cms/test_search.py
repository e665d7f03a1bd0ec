"""One search over everything: records, texts and files; what is not public is never found."""

import datetime
import re
import uuid

import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from wagtail.models import Locale, Page, PageViewRestriction
from wagtail.rich_text import RichText

from cms import excerpts
from cms.excerpts import excerpt, marked, needles
from cms.models import FileText, GuidePage, NewsIndexPage, NewsPage, PageText, RegisterDocument, SectionPage
from enterprises.models import EnterpriseSearchText
from gi_registry.search_text import parse_query, tokens_for
from products.models import Announcement
from tests.factories import (
    make_agreement,
    make_agreement_entry,
    make_authorisation,
    make_division,
    make_enterprise,
    make_hunan,
    make_product,
)

pytestmark = pytest.mark.django_db
DAY = datetime.date(2026, 11, 2)


@pytest.fixture(autouse=True)
def _site():
    call_command("create_site", verbosity=0)


def search(client, q, prefix="", **more):
    response = client.get(f"{prefix}/search/", {"q": q, **more})
    assert response.status_code == 200, q
    return response


def urls(client, q, kind, prefix=""):
    page = search(client, q, prefix, kind=kind).context["page"] if q else []
    return [hit.url for hit in page]


def make_news(title="新规发布", *, text="", language="zh-hans", **more):
    index = NewsIndexPage.objects.get(locale__language_code=language)
    body = [("text", RichText(f"<p>{text}</p>"))] if text else []
    news = NewsPage(title=title, slug=f"n{NewsPage.objects.count()}", date=DAY, body=body, **more)
    return index.add_child(instance=news)


def make_firm(name="安化某茶业有限公司", uscc="91430900600037341F", product=None):
    firm = make_enterprise(name, uscc=uscc)
    make_authorisation(firm, product)
    EnterpriseSearchText.objects.create(enterprise=firm, tokens=tokens_for([name]))
    return firm


# --- records


def test_each_kind_of_record_is_found_under_its_tab(client):
    make_hunan()
    tea = make_product("安化黑茶", number=365)
    make_firm(product=tea)
    agreement = make_agreement("CN-EU-B1")
    make_agreement_entry(agreement, name_zh="安化黑茶", name_en="Anhua Dark Tea")
    paper = Announcement.objects.create(issuer="cnipa", number=475, text="关于安化黑茶的公告", published_on=DAY)
    make_news("安化来信")
    response = search(client, "安化")
    counts = {kind.value: count for kind, count in response.context["found"].counts.items()}
    assert counts == {
        "product": 1, "enterprise": 1, "place": 1, "name": 1, "announcement": 1, "case": 0, "page": 1, "file": 0,
    }  # fmt: skip
    assert response.context["found"].total == 6
    page = response.content.decode()
    for address in ("/products/365/", "/enterprises/91430900600037341F/", "/regions/430923/", paper.get_absolute_url()):
        assert f'href="{address}"' in page
    assert "/recognition/CN-EU-B1/?q=" in page
    tabs = re.findall(r'<a href="([^"]+)"(?: aria-current="page")?>([^<]+) <span class="count">(\d+)</span>', page)
    assert len(tabs) == 7  # all, and the six kinds that have an answer


@pytest.mark.parametrize("typed", ["孔泰", "comte", "Comté", "COMTÉ"])
def test_a_foreign_name_is_found_in_any_writing(client, typed):
    make_agreement_entry(make_agreement("CN-EU-B1"), side="inbound", name_native="Comté", name_zh="孔泰", country="FR")
    assert [url.partition("?")[0] for url in urls(client, typed, "name")] == ["/recognition/CN-EU-B1/"]


def test_a_short_word_finds_names_from_the_beginning_of_a_word_only(client):
    make_agreement_entry(make_agreement("CN-EU-B1"), side="inbound", name_native="Champagne", country="FR")
    assert urls(client, "an", "name") == []
    assert len(urls(client, "cha", "name")) == 1


def test_places_exact_first_and_past_ones_last(client):
    hunan, *_rest = make_hunan()
    past = make_division("430999", "安化旧县", status="historic", parent=hunan)
    past.successor = hunan
    past.save()
    assert urls(client, "安化", "place") == ["/regions/430923/", "/regions/430999/"]
    assert urls(client, "anhua county", "place", "/en") == ["/en/regions/430923/"]
    assert urls(client, "hua", "place") == []


@pytest.mark.parametrize("typed", ["475", "第四七五号", "公告第四七五号"])
def test_an_announcement_is_found_by_its_number_in_both_digits(client, typed):
    Announcement.objects.create(issuer="cnipa", number=475, text="国家知识产权局公告第四七五号", published_on=DAY)
    Announcement.objects.create(issuer="cnipa", number=14750, text="国家知识产权局公告第一四七五〇号", published_on=DAY)
    assert len(urls(client, typed, "announcement")) == 1


def test_demonstration_is_never_found(client):
    tea = make_product("安化黑茶")
    make_firm("示例茶业有限公司", "91000000MA00000157", tea)
    Announcement.objects.create(issuer="other", text="示例公告", published_on=DAY, demonstration=True)
    found = search(client, "示例").context["found"]
    assert found.total == 0


def test_enterprises_whose_own_name_answers_stand_before_those_of_a_product(client):
    tea = make_product("安化黑茶")
    make_firm("桃江合作社", "91310115MA1G4L1W7K", tea)
    make_firm("安化黑茶有限公司", "91430900600037341F", tea)
    page = search(client, "安化黑茶", "/en", kind="enterprise").context["page"]
    assert [hit.url[-19:-1] for hit in page] == ["91430900600037341F", "91310115MA1G4L1W7K"]
    assert ("found by its product", "") in page[1].facts


def test_what_was_probably_meant(client):
    make_product("安化黑茶", number=365)
    response = search(client, "安化黒荼")
    assert response.context["found"].total == 0
    assert response.context["meant"] == [("安化黑茶", "zh-Hans", "/products/365/")]
    assert 'href="/products/365/"' in response.content.decode()


def test_nothing_found_says_what_to_try(client):
    page = search(client, "zzzz", "/en").content.decode()
    assert "Nothing was found for “zzzz”" in page
    assert "Try fewer words" in page


def test_nothing_asked_says_what_can_be_found(client):
    page = client.get("/en/search/").content.decode()
    assert "What can be found" in page
    assert 'class="tabs"' not in page


def test_one_kind_has_pages_and_leads_to_its_own_list(client):
    for number in range(21):
        make_product(f"第{number}茶")
    response = search(client, "茶", kind="product")
    assert (len(response.context["page"]), response.context["page"].paginator.count) == (20, 21)
    assert '/products/?q=%E8%8C%B6"' in response.content.decode()
    assert len(search(client, "茶", kind="product", page="2").context["page"]) == 1
    best = search(client, "茶").context["best"]
    assert [len(part["hits"]) for part in best] == [4]
    assert best[0]["url"] == "/search/?q=%E8%8C%B6&kind=product"


def test_an_unknown_kind_is_ignored_with_a_notice(client):
    page = search(client, "茶", "/en", kind="people").content.decode()
    assert "“people” is not a value of “Kind” and was ignored." in page


# --- texts


def item(value):
    """One piece of a list of pieces, as it is stored."""
    return {"type": "item", "id": str(uuid.uuid4()), "value": value}


def test_a_page_is_found_by_title_reading_and_words_of_its_text(client):
    news = make_news("安化黑茶获保护", text="今年茯砖茶产量上升，Golden Flower 很多。")
    for typed in ("安化黑茶", "anhua", "ahhc", "茯砖", "golden flower", "产量上升"):
        assert urls(client, typed, "page") == [news.url], typed
    for typed in ("fuzhuan", "上升产量", "olden"):
        assert urls(client, typed, "page") == [], typed


def test_pages_with_the_words_in_the_title_stand_first(client):
    in_text = make_news("年度回顾", text="说到茯砖茶")
    in_title = make_news("茯砖茶")
    assert urls(client, "茯砖", "page") == [in_title.url, in_text.url]


def test_words_within_nested_pieces_are_found(client):
    body = [
        {"type": "steps", "value": [
            item({"title": "第一步", "text": "<p>查看二维码</p>"}),
            item({"title": "第二步", "text": "<p>核对域名</p>"}),
        ]},
        {"type": "quote", "value": {"text": "引文内容", "source": "某茶书"}},
        {"type": "questions", "value": [item({"question": "能否退货", "answer": "<p>可以</p>"})]},
        {"type": "video", "value": {"address": "https://videos.example/zhibo", "title": "录像", "text": "讲解"}},
        {"type": "table", "value": {"columns": [{"type": "text", "heading": "年份栏"}],
                                    "rows": [{"values": ["表中文字"]}], "caption": "产量表"}},
    ]  # fmt: skip
    news = make_news("指南")
    news.body = news.body.stream_block.to_python(body)
    news.save_revision().publish()
    for typed in ("二维码", "域名", "某茶书", "退货", "录像", "表中文字", "年份栏", "产量表"):
        assert urls(client, typed, "page") == [news.url], typed
    assert urls(client, "videos.example", "page") == []


def test_drafts_and_what_was_taken_back_are_not_found(client):
    news = make_news("茯砖茶")
    news.title = "紫砂壶"
    news.save_revision()
    assert urls(client, "紫砂", "page") == []
    assert len(urls(client, "茯砖", "page")) == 1
    news.get_latest_revision().publish()
    assert len(urls(client, "紫砂", "page")) == 1
    assert urls(client, "茯砖", "page") == []
    NewsPage.objects.get(pk=news.pk).unpublish()
    assert urls(client, "紫砂", "page") == []
    assert not PageText.objects.filter(page=news.pk).exists()


def test_a_deleted_page_is_forgotten(client):
    news = make_news("茯砖茶")
    key = news.pk
    news.delete()
    assert not PageText.objects.filter(page_id=key).exists()
    assert urls(client, "茯砖", "page") == []


def test_closed_and_expired_pages_are_not_found(client):
    closed, over = make_news("茯砖一"), make_news("茯砖二")
    make_news("茯砖三", live=False)
    PageViewRestriction.objects.create(page=closed, restriction_type=PageViewRestriction.LOGIN)
    Page.objects.filter(pk=over.pk).update(expire_at=timezone.now() - datetime.timedelta(minutes=1))
    assert urls(client, "茯砖", "page") == []


def test_each_language_finds_its_own_pages_and_what_stands_in_for_them(client):
    news = make_news("茯砖茶")
    assert urls(client, "茯砖", "page", "/en") == []
    alias = news.copy_for_translation(Locale.objects.get(language_code="en"), alias=True)
    assert urls(client, "茯砖", "page", "/en") == [alias.url]
    page = search(client, "茯砖", "/en", kind="page").content.decode()
    assert '<span class="name" lang="zh-Hans"><mark>茯砖</mark>茶</span>' in page
    news.title = "紫砂壶"
    news.save_revision().publish()
    assert urls(client, "紫砂", "page", "/en") == [alias.url]
    NewsPage.objects.get(pk=news.pk).unpublish()
    assert urls(client, "紫砂", "page", "/en") == []


def test_the_command_makes_all_tokens_anew(client, capsys):
    news = make_news("茯砖茶")
    PageText.objects.all().delete()
    stale = make_news("紫砂壶")
    Page.objects.filter(pk=stale.pk).update(live=False)
    call_command("index_pages")
    assert urls(client, "茯砖", "page") == [news.url]
    assert not PageText.objects.filter(page=stale.pk).exists()
    assert "Pages: 5. Files: 0." in capsys.readouterr().out


# --- files


def make_file(title="申请表", name="form.pdf"):
    return RegisterDocument.objects.create(title=title, file=ContentFile(b"%PDF-1.4", name=name))


@pytest.fixture
def make_page_with(django_capture_on_commit_callbacks):
    """A page that offers a file. Wagtail notes which page names what once the change is stored for good."""

    def make(document, *, live=True):
        news = make_news("资料")
        news.body = news.body.stream_block.to_python(
            [{"type": "files", "value": [item({"document": document.pk, "note": ""})]}]
        )
        with django_capture_on_commit_callbacks(execute=True):
            revision = news.save_revision()
            if live:
                revision.publish()
        return news

    return make


def test_a_file_is_found_once_a_published_page_offers_it(client, make_page_with, django_capture_on_commit_callbacks):
    document = make_file("用标申请表", "yongbiao-shenqing.pdf")
    assert FileText.objects.filter(document=document).exists()
    assert urls(client, "申请表", "file") == []
    news = make_page_with(document, live=False)
    assert urls(client, "申请表", "file") == []
    with django_capture_on_commit_callbacks(execute=True):
        news.get_latest_revision().publish()
    assert urls(client, "申请表", "file") == [document.url]
    assert urls(client, "shenqing", "file") == [document.url]
    NewsPage.objects.get(pk=news.pk).unpublish()
    assert urls(client, "申请表", "file") == []


def test_a_renamed_file_is_found_by_its_new_title(client, make_page_with):
    document = make_file()
    make_page_with(document)
    document.title = "说明书"
    document.save()
    assert urls(client, "说明书", "file") == [document.url]
    assert urls(client, "申请表", "file") == []


# --- queries, hostile text, excerpts


@pytest.mark.parametrize("rows", [1, 3])
def test_the_number_of_queries_does_not_grow_with_what_is_found(
    client, django_assert_max_num_queries, make_page_with, rows
):
    section = SectionPage(title="茶的栏目", slug="guides")
    NewsIndexPage.objects.get(locale__language_code="zh-hans").get_parent().add_child(instance=section)
    for number in range(rows):
        tea = make_product(f"第{number}茶", province=make_division(f"4{number}0000", f"第{number}茶省"))
        make_firm(f"第{number}茶公司", f"9143090060003734{number}F", tea)
        make_agreement_entry(make_agreement(f"A{number}"), name_zh=f"第{number}茶")
        Announcement.objects.create(issuer="cnipa", number=number, text=f"茶公告{number}", published_on=DAY)
        make_news(f"茶闻{number}", text="茶")
        section.add_child(instance=GuidePage(title=f"茶指南{number}", slug=f"g{number}"))
        make_page_with(make_file(f"茶表{number}"))
    search(client, "茶")
    with django_assert_max_num_queries(36):
        search(client, "茶")
    with django_assert_max_num_queries(30):
        search(client, "茶", kind="page")


HOSTILE = [
    "x" * 10_000, "安" * 10_000, "a\0b", "\x01\x02", '" OR 1=1 --', "%_*", "NEAR(a b)", "a AND", "(", "col:val", "^a",
    "a & !b | c", "<script>alert(1)</script>", "\u202e", "𠮷野家", "{{ 7*7 }}", "💥",
    "٤٣٠٩٢٣", "'", "\\", "第第第", "٪",
]  # fmt: skip


def test_hostile_text_gets_an_ordinary_answer(client):
    make_news("茯砖茶", text="<b>x</b>")
    for text in HOSTILE:
        for kind in ("", "product", "place", "name", "announcement", "case", "page", "file"):
            answer = client.get("/en/search/", {"q": text, "kind": kind})
            assert answer.status_code == 200, (text[:20], kind)
            assert b"<script>alert(1)" not in answer.content
    assert client.get("/search/?q=%E5%AE%ZZ%FF&kind=%00&page=x").status_code == 200


def test_long_text_is_cut_with_a_notice(client):
    page = search(client, "安" * 300, "/en").content.decode()
    assert "Only the first 200 characters were searched for." in page


def words(text):
    return needles(parse_query(text))


def test_matching_words_are_marked_without_regard_to_accents_width_and_traditional_forms():
    assert marked("Café à Comté", words("comte")) == [("Café à ", False), ("Comté", True)]
    assert marked("安化黑茶和黑茶", words("黑茶")) == [("安化", False), ("黑茶", True), ("和", False), ("黑茶", True)]
    assert marked("安化黑茶與綠茶", words("绿茶")) == [("安化黑茶與", False), ("綠茶", True)]
    assert marked("ＡＢＣ", words("abc")) == [("ＡＢＣ", True)]
    assert marked("beat tea", words("tea")) == [("beat ", False), ("tea", True)]


def test_an_excerpt_surrounds_the_first_match():
    text = "甲" * 200 + "茯砖茶" + "乙" * 200
    pieces = excerpt(text, words("茯砖"))
    assert ("茯砖", True) in pieces
    assert pieces[0] == ("… ", False)
    assert pieces[-1] == (" …", False)
    assert sum(len(piece) for piece, _mark in pieces) <= excerpts.LENGTH + 4
    assert excerpt("短文", words("茶")) == [("短文", False)]


@given(st.text(max_size=300), st.text(max_size=40))
def test_marking_loses_no_sign_and_an_excerpt_is_part_of_its_text(text, query):
    found = words(query)
    assert "".join(piece for piece, _mark in marked(text, found)) == text
    inner = "".join(piece for piece, _mark in excerpt(text, found) if piece not in ("… ", " …"))
    assert inner in text
