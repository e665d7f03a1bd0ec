"""The record page: what a reader may take from it, and what it must never claim."""

import datetime
import json
import re

import pytest
from django.test import Client
from django.utils import translation

from enterprises.states import AuthorisationBasis, AuthorisationState
from gi_registry import journal
from gi_registry.event_types import EventType
from gi_registry.journal import Actor
from products import case_pages, record_facts, region_facts
from products.case_models import ProtectionCase
from products.case_states import CaseKind, CaseState
from products.models import Announcement, AnnouncementEntry, FormerNumber, ProductName, Source
from products.states import (
    AreaBasis,
    Category,
    DateBasis,
    EntryStatus,
    Extent,
    MatchBasis,
    ProductStatus,
    Track,
)
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def hunan():
    return make.make_hunan()


def page(client: Client, number: int, query: str = "") -> str:
    return client.get(f"/en/products/{number}/{query}").content.decode()


def linked_data(html: str) -> dict:
    return json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', html, re.S)[1])


def properties(html: str) -> dict[str, str]:
    return {row["name"]: row["value"] for row in linked_data(html)["additionalProperty"]}


def announce(right, text, *, kind="approval", date=None, precision="day", issuer="aqsiq", number=None):
    paper, _new = Announcement.objects.get_or_create(
        text=text,
        defaults={"issuer": issuer, "number": number, "published_on": date, "published_precision": precision},
    )
    AnnouncementEntry.objects.create(announcement=paper, right=right, kind=kind)
    return paper


def test_the_first_screen_says_what_people_came_for(client, hunan):
    province, _prefecture, anhua, _taojiang = hunan
    product = make.make_product(
        "安化黑茶", province=province, name_en="Anhua Dark Tea", right=False, number=365
    )
    right = make.make_right(
        product, effective_from=datetime.date(2010, 12, 31), area_text="安化县现辖行政区域"
    )
    type(right).objects.filter(pk=right.pk).update(approved_on="2010-12-31", approved_precision="year")
    announce(
        right, "质检总局公告2010年第153号", date=datetime.date(2010, 12, 31), precision="year", number=153
    )
    make.make_area(right, anhua)

    html = page(client, 365)

    assert "<title>Anhua Dark Tea ·" in html
    assert '<span lang="zh-Hans">安化黑茶</span>' in html
    assert "pill-live" in html
    assert 'Protected since <time datetime="2010">2010</time>' in html
    assert "质检总局公告2010年第153号" in html
    assert '<p lang="zh-Hans">安化县现辖行政区域</p>' in html
    assert 'href="/en/regions/430923/"' in html
    missing = html.partition("Not loaded for this product:")[2].partition("</ul>")[0]
    assert "<li>protection requirements</li>" in missing
    assert "inferred" not in html


def test_chinese_is_the_default_language_and_comes_first(client, hunan):
    make.make_product("安化黑茶", province=hunan[0], name_en="Anhua Dark Tea", number=365)

    html = client.get("/products/365/").content.decode()

    assert '<html lang="zh-Hans">' in html
    assert html.index("安化黑茶</span>") < html.index('<span lang="en">Anhua Dark Tea</span>')


@pytest.mark.parametrize(
    "status", [ProductStatus.REPORTED, ProductStatus.IN_PROCEDURE, ProductStatus.AGREEMENT_LISTED]
)
def test_an_unconfirmed_product_never_looks_protected(client, hunan, status):
    product = make.make_product("某地米", status=status, right=False, number=7)
    right = make.make_right(product, status=status, effective_from=None)
    type(right).objects.filter(pk=right.pk).update(approved_on="2014-12-31", approved_precision="year")
    make.make_area(right, hunan[2])

    html = page(client, 7)

    assert "pill-live" not in html
    assert "is-live" not in html
    assert "does not count this product as protected" in html
    assert "Protected since" not in html
    assert "Protected area" not in html
    assert "Approved:" not in html
    assert set(properties(html)) == {"status"}
    assert properties(html)["status"] == status.label
    assert not re.search(r"<title>[^<]*rotected", html)


def test_a_revoked_product_says_when_it_ended(client):
    product = make.make_product("旧茶", status=ProductStatus.REVOKED, right=False, number=8)
    make.make_right(product, status=ProductStatus.REVOKED, effective_to=datetime.date(2020, 5, 1))

    html = page(client, 8)

    assert "pill-live" not in html
    assert "Its protection was ended." in html
    assert '<time datetime="2020-05-01">' in html


def test_as_of_answers_for_a_past_day(client):
    product = make.make_product("旧茶", status=ProductStatus.REVOKED, right=False, number=8)
    make.make_right(
        product,
        status=ProductStatus.REVOKED,
        effective_from=datetime.date(2012, 1, 1),
        effective_to=datetime.date(2020, 5, 1),
    )

    assert "Protected on this date" in page(client, 8, "?as_of=2020-04-30")
    assert "does not count this product as protected" in page(client, 8, "?as_of=2020-05-01")
    assert "does not count this product as protected" in page(client, 8, "?as_of=2011-12-31")


def test_a_confirmed_product_is_not_shown_as_protected_before_its_first_day(client):
    make.make_product("安化黑茶", number=365)

    html = page(client, 365, "?as_of=2010-12-29")

    assert "pill-live" not in html.split("<h2>")[0]
    assert "Not protected on this date" in html
    assert properties(html)["status"] == "not protected on this date"


@pytest.mark.parametrize("value", ["2999-01-01", "yesterday", "2019-02-30", "2019", "%00", "x" * 5000])
def test_a_wrong_date_is_ignored_with_a_notice(client, value):
    make.make_product("安化黑茶", number=365)

    response = client.get(f"/en/products/365/?as_of={value}")

    assert response.status_code == 200
    html = response.content.decode()
    assert "was ignored" in html
    assert 'Protected since <time datetime="2010-12-30">' in html


def test_a_date_from_a_mark_use_announcement_claims_no_more_than_it_shows(client):
    product = make.make_product("安化黑茶", status=ProductStatus.MARK_USE_LISTED, right=False, number=365)
    right = make.make_right(
        product, status=ProductStatus.MARK_USE_LISTED, effective_from=datetime.date(2020, 1, 31)
    )
    type(right).objects.filter(pk=right.pk).update(
        effective_from_basis=DateBasis.MARK_USE, approved_on=None, approved_precision=""
    )
    announce(
        right, "国家知识产权局公告第三四四号", kind="mark_use", date=datetime.date(2020, 1, 31), precision="month",
        issuer="cnipa", number=344,
    )  # fmt: skip

    html = page(client, 365)

    assert 'Protected since <time datetime="2020-01">January 2020</time> at the latest' in html
    assert "the approval itself may be older" in html
    assert "Approved:" not in html
    assert properties(html) == {"status": str(ProductStatus.MARK_USE_LISTED.label)}


def test_an_inferred_area_says_so_and_stays_out_of_the_linked_data(client, hunan):
    product = make.make_product("安化黑茶", province=hunan[0], right=False, number=365)
    make.make_area(
        make.make_right(product), hunan[2], basis=AreaBasis.INFERRED_FROM_NAME, extent=Extent.NOT_STATED
    )

    html = page(client, 365)

    assert "Location inferred from the name, not the legal area." in html
    assert "<h2>Protected area</h2>" not in html
    assert "tile inferred" in html
    assert "tile here" not in html
    assert "protected area" not in properties(html)


def test_one_page_joins_all_tracks_of_a_name(client, hunan):
    product = make.make_product("安化黑茶", right=False, number=365)
    first = make.make_right(product, reference="GI00365")
    mark = make.make_right(
        product, track=Track.TRADEMARK, reference="GI00366", status=ProductStatus.REPORTED, effective_from=None,
        registration_no="17754772",
    )  # fmt: skip
    make.make_area(first, hunan[2])
    make.make_area(mark, hunan[2])
    make.make_area(mark, hunan[3], extent=Extent.PART)

    facts = record_facts.facts_of(365)
    html = page(client, 365)

    assert [(line.division.code, len(line.rights), line.extent) for line in facts.areas] == [
        ("430923", 2, "whole"),
        ("430922", 1, "part"),
    ]
    assert facts.marks == {"430923": "here"}
    assert "17754772" in html
    assert "GI00365" in html
    assert html.count("<article>") == 2


def test_the_area_of_an_unconfirmed_track_does_not_become_the_protected_area(client, hunan):
    product = make.make_product("安化黑茶", right=False, number=365)
    make.make_area(make.make_right(product), hunan[2], basis=AreaBasis.INFERRED_FROM_NAME)
    reported = make.make_right(
        product,
        track=Track.TRADEMARK,
        status=ProductStatus.REPORTED,
        effective_from=None,
        area_text="安化县全境",
    )
    make.make_area(reported, hunan[2])

    facts = record_facts.facts_of(365)
    html = page(client, 365)

    assert facts.area_kind == "inferred"
    assert facts.marks == {"430923": "inferred"}
    assert "<h2>Protected area</h2>" not in html
    assert "protected area" not in properties(html)
    assert "not confirmed or not in force" in html


def test_a_map_of_many_counties_keeps_tooltips_for_the_few_that_matter(client, hunan):
    for index in range(40):
        make.make_division(f"4310{index:02}", f"县{index:02}", level="county", parent=hunan[1])
    product = make.make_product("安化黑茶", right=False, number=365)
    make.make_area(make.make_right(product), hunan[2])

    html = page(client, 365)

    assert "<title>Anhua County</title>" in html
    assert "县07" not in html
    assert html.count('<rect class="tile here" x=') == 1
    assert html.count('<path class="tile level-0" d="M') == 1


def test_areas_that_ended_are_left_out(hunan):
    product = make.make_product("安化黑茶", right=False, number=365)
    area = make.make_area(make.make_right(product), hunan[2])
    type(area).objects.filter(pk=area.pk).update(effective_to="2020-01-01")

    assert record_facts.facts_of(365).areas == []
    assert len(record_facts.facts_of(365, on=datetime.date(2019, 12, 31)).areas) == 1


def test_poverty_list_status_stands_beside_each_division(client, hunan):
    product = make.make_product("安化黑茶", right=False, number=365)
    right = make.make_right(product)
    make.make_area(right, hunan[2])
    make.make_area(right, hunan[3])
    make.make_listed_unit(
        make.make_poverty_list(), hunan[2], exited_on=datetime.date(2019, 12, 31), exited_precision="year"
    )

    html = page(client, 365)

    assert html.count('href="/en/coverage/national-832/"') == 1
    assert 'left <time datetime="2019">2019</time>' in html
    assert html.count("not listed") == 1


def test_reported_users_are_counted_apart(client):
    product = make.make_product("安化黑茶", number=365)
    make.make_authorisation(make.make_enterprise("甲公司"), product)
    make.make_authorisation(make.make_enterprise("乙公司"), product, basis=AuthorisationBasis.REPORTED)
    make.make_authorisation(make.make_enterprise("丙公司"), product, effective_to=datetime.date(2020, 1, 1))

    facts = record_facts.facts_of(365)
    html = page(client, 365)

    assert (facts.confirmed_users, facts.reported_users) == (1, 1)
    assert "丙公司" not in html
    assert "1 enterprise authorised by an announcement or decision; 1 only reported, not confirmed" in html


def test_many_users_are_cut_with_the_number_of_the_rest(client):
    product = make.make_product("安化黑茶", number=365)
    for index in range(record_facts.SHOWN_ENTERPRISES + 3):
        make.make_authorisation(make.make_enterprise(f"公司{index:02}"), product)

    html = page(client, 365)

    assert "3 more in the directory" in html
    assert 'href="/en/enterprises/?product=365"' in html


def test_recognition_tells_how_it_was_tied_to_the_record(client):
    product = make.make_product("安化黑茶", number=365)
    make.make_agreement_entry(
        make.make_agreement(), product=product, match_basis=MatchBasis.REVIEWED, name_transcription="Anhua Hei Cha",
        protected_from=datetime.date(2021, 3, 1),
    )  # fmt: skip
    make.make_agreement_entry(
        make.make_agreement("CN-TH"),
        product=product,
        match_basis=MatchBasis.REVIEWED,
        status=EntryStatus.PROPOSED,
    )

    html = page(client, 365)

    assert "Reviewed by the registry" in html
    assert "Protected abroad as Anhua Hei Cha" in html
    assert html.count("Protected abroad") == 1
    assert html.count("Proposed") == 1


def test_the_timeline_runs_from_old_to_new_with_undated_acts_last():
    product = make.make_product("安化黑茶", right=False, number=365)
    right = make.make_right(product)
    announce(right, "甲公告", date=None)
    announce(right, "乙公告", kind="mark_use", date=datetime.date(2022, 3, 1), number=475)
    announce(right, "丙公告", kind="mark_use", date=None, number=476)

    lines = record_facts.facts_of(365).timeline

    assert [(line.date, line.text) for line in lines] == [
        (make.LONG_AGO, "甲公告"),
        (datetime.date(2022, 3, 1), "乙公告"),
        (None, "丙公告"),
    ]


def test_sources_come_from_rights_and_from_keys_in_entries(client):
    product = make.make_product("安化黑茶", right=False, number=365)
    source = Source.objects.create(key="N-HUNAN", title="News of Hunan")
    Source.objects.create(
        key="DEFRA-GH", title="Register of another country", address="https://example.org/gi"
    )
    make.make_right(product).sources.add(source)
    make.make_agreement_entry(
        make.make_agreement(),
        product=product,
        match_basis=MatchBasis.REVIEWED,
        sources="DEFRA-GH PDO-CN-0628; X",
    )

    html = page(client, 365)

    assert "News of Hunan" in html
    assert 'href="https://example.org/gi"' in html


def test_names_and_journal_are_shown_readings_are_not(client, db):
    product = make.make_product("安化黑茶", number=365)
    ProductName.objects.create(product=product, kind="alias", text="安化茯砖")
    ProductName.objects.create(product=product, kind="reading", language="zh-Latn", text="anhua heicha x")
    subject = journal.Subject("right", "GI00365", "安化黑茶 (GI00365)", "product", "365")
    journal.record(journal.Event(EventType.RIGHT_ENTERED, subject, {}), by=Actor.system("test"))

    html = page(client, 365)

    assert "安化茯砖" in html
    assert "anhua heicha x" not in html
    assert 'Legal track entered: <span lang="zh-Hans">安化黑茶</span> (GI00365)' in html
    assert 'href="/en/log/?subject=product:365"' in html


def test_linked_data_cannot_break_out_of_its_element(client):
    nasty = "</script><script>alert(1)</script><!--\u2028&"
    make.make_product("安化黑茶", name_en=nasty, number=365)

    html = page(client, 365)

    assert "<script>alert" not in html
    assert linked_data(html)["alternateName"][0] == nasty


def test_a_former_number_leads_to_the_record(client):
    product = make.make_product("安化黑茶", number=365)
    FormerNumber.objects.create(number=4711, product=product)

    response = client.get("/en/products/4711/")
    drawing = client.get("/products/4711/qr.svg")

    assert (response.status_code, response["Location"]) == (301, "/en/products/365/")
    assert (drawing.status_code, drawing["Location"]) == (301, "/products/365/qr.svg")


@pytest.mark.parametrize("path", ["0/", "999999999/", "1234567890/", "-1/", "3%0065/", "0/qr.svg"])
def test_an_unknown_number_is_not_found(client, path):
    make.make_product("安化黑茶", number=365)

    assert client.get(f"/products/{path}").status_code == 404


def test_the_qr_code_is_an_image_of_its_own(client, settings):
    settings.SITE_URL = "https://register.example.org"
    make.make_product("安化黑茶", number=365)

    response = client.get("/products/365/qr.svg")

    assert response["Content-Type"] == "image/svg+xml"
    assert response.content.startswith(b"<svg ")
    assert '<img src="/products/365/qr.svg"' in client.get("/products/365/").content.decode()


def test_the_page_has_no_inline_style_and_no_script_that_runs(client, hunan):
    product = make.make_product("安化黑茶", right=False, number=365)
    make.make_area(make.make_right(product), hunan[2])

    html = page(client, 365)

    assert " style=" not in html
    assert [tag for tag in re.findall(r"<script[^>]*>", html) if "src=" not in tag] == [
        '<script type="application/ld+json">'
    ]
    assert "http://" not in re.sub(r'href="[^"]*"', "", html).replace("http://127.0.0.1:8000", "")


@pytest.mark.parametrize("rows", [1, 3])
def test_the_number_of_queries_does_not_grow_with_the_record(client, hunan, rows, django_assert_num_queries):
    product = make.make_product("安化黑茶", province=hunan[0], right=False, number=365)
    poverty = make.make_poverty_list()
    for index in range(rows):
        right = make.make_right(product)
        announce(right, f"公告{index}", number=index, date=make.LONG_AGO)
        right.sources.add(Source.objects.create(key=f"S{index}", title="source"))
        county = make.make_division(f"43092{index}", f"县{index}", parent=hunan[1]) if index < 2 else hunan[3]
        make.make_area(right, county)
        make.make_listed_unit(poverty, county)
        make.make_authorisation(
            make.make_enterprise(f"公司{index}"), product, announcement=Announcement.objects.first()
        )
        make.make_agreement_entry(
            make.make_agreement(f"CN-{index}"),
            product=product,
            match_basis=MatchBasis.REVIEWED,
            sources=f"S{index}",
        )
        ProductName.objects.create(product=product, kind="alias", text=f"别名{index}")

    with translation.override("en"), django_assert_num_queries(22):
        client.get("/en/products/365/")


@pytest.mark.parametrize(
    ("state", "until", "on", "counted", "word"),
    [
        (AuthorisationState.IN_FORCE, None, None, 1, "Authorised"),
        (AuthorisationState.SUSPENDED, None, None, 0, "Suspended"),
        (AuthorisationState.ENDED, datetime.date(2025, 6, 1), None, 0, ""),
        (AuthorisationState.ENDED, datetime.date(2025, 6, 1), "2025-05-31", 1, "Authorised"),
        (AuthorisationState.REVOKED, datetime.date(2025, 6, 1), "2025-06-01", 0, ""),
    ],
)  # fmt: skip
def test_only_authorisations_that_stand_on_the_date_are_counted(client, state, until, on, counted, word):
    province = make.make_hunan()[0]
    product = make.make_product(province=province)
    make.make_authorisation(make.make_enterprise(province=province), product, state=state, effective_to=until)
    query = f"?as_of={on}" if on else ""
    response = client.get(f"/en/products/{product.number}/{query}")
    assert response.context["facts"].confirmed_users == counted
    users = response.content.decode().partition('id="users"')[2].partition("</section>")[0]
    assert re.findall(r"</svg>(\w+)", users) == ([word] if word else [])
    day = datetime.date.fromisoformat(on) if on else None
    assert region_facts.facts_of(province, day).confirmed_users == counted


# --- What a reader finds where ---


def test_a_name_protected_abroad_is_not_called_protected_at_home_after_its_revocation(client):
    product = make.make_product("旧茶", status=ProductStatus.REVOKED, right=False, number=8)
    make.make_right(product, status=ProductStatus.REVOKED, effective_to=datetime.date(2020, 5, 1))
    make.make_agreement_entry(make.make_agreement(), product=product, match_basis=MatchBasis.REVIEWED)

    abroad = page(client, 8).partition('id="abroad"')[2].partition("</section>")[0]

    assert "At home the register does not count it as protected" in abroad
    assert "At home it is protected" not in abroad
    assert "At home it is protected" in page(client, 8, "?as_of=2020-04-30")


@pytest.mark.parametrize("query", ["", "?as_of=2000-01-01"])
def test_every_line_of_the_contents_leads_to_its_part(client, hunan, query):
    product = make.make_product("安化黑茶", province=hunan[0], right=False, number=365)
    make.make_area(make.make_right(product), hunan[2])

    html = page(client, 365, query)
    contents = html.partition('<nav class="contents')[2].partition("</nav>")[0]

    wanted = re.findall(r'href="#([^"]+)"', contents)
    assert len(wanted) >= 7
    assert [part for part in wanted if html.count(f'id="{part}"') != 1] == []


def test_what_is_not_loaded_is_told_in_one_line(client):
    make.make_product("安化黑茶", number=365)

    html = page(client, 365)
    missing = html.partition("Not loaded for this product:")[2].partition("</ul>")[0]

    assert re.findall("<li>(.*?)</li>", missing) == [
        "protection requirements", "standards", "testing bodies", "what is checked",
    ]  # fmt: skip
    assert html.count("The text of the approving announcement is binding.") == 1


def test_a_division_of_two_tracks_tells_its_lists_once(client, hunan):
    product = make.make_product("安化黑茶", right=False, number=365)
    make.make_area(make.make_right(product), hunan[2])
    make.make_area(make.make_right(product, track=Track.TRADEMARK), hunan[2], extent=Extent.PART)
    make.make_listed_unit(make.make_poverty_list(), hunan[2])

    html = page(client, 365)

    assert html.count('href="/en/coverage/national-832/"') == 1
    assert html.count("as above") == 1


def test_notes_of_the_data_are_quoted_in_their_own_language(client, hunan):
    product = make.make_product("安化黑茶", right=False, number=365)
    make.make_right(product, note="improves GI00374")

    assert '<q lang="en">improves GI00374</q>' in client.get("/products/365/").content.decode()


@pytest.mark.parametrize(
    ("kind", "state", "category", "stated"),
    [
        (CaseKind.RECOGNITION, CaseState.RECOGNISED, Category.TEA, True),
        (CaseKind.RECOGNITION, CaseState.RECOGNISED, Category.FRUIT, False),
        (CaseKind.RECOGNITION, CaseState.RECOGNISED, "", False),
        (CaseKind.RECOGNITION, CaseState.REFUSED, Category.TEA, False),
        (CaseKind.CHANGE, CaseState.CHANGED, Category.TEA, False),
    ],
)
def test_a_category_counts_as_stated_only_where_a_granted_application_names_it(kind, state, category, stated):
    product = make.make_product("安化黑茶", category=Category.TEA)

    assert (
        case_pages.states_category([ProtectionCase(kind=kind, state=state, category=category)], product) is stated
    )
