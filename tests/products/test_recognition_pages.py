"""The pages on recognition: both sides beside one another, names on several lists, years, partners, names alike."""

import datetime

import pytest

from products import agreements, foreign_registrar, recognition_names, recognition_page, recognition_tables
from products.models import AgreementEntry
from products.recognition_models import EntryStage
from products.states import EntryStatus, MatchBasis, Side
from tests.factories import make_agreement, make_agreement_entry, make_product
from tests.products.test_recognition_foreign import OFFICER, foreign, text_of

pytestmark = pytest.mark.django_db
SINCE = datetime.date(2021, 3, 1)


@pytest.fixture
def lists():
    """An agreement with two batches and the pilot before it; tea and cheese on the first batch."""
    pilot = make_agreement("CN-EU-PILOT", name_en="Pilot", name_zh="试点", scheme_label="10+10", order=0)
    parent = make_agreement("CN-EU-2020", name_en="Agreement", name_zh="协定", order=1)
    first = make_agreement("CN-EU-B1", parent=parent, name_en="First lists", name_zh="第一批", order=2)
    second = make_agreement("CN-EU-B2", parent=parent, name_en="Second lists", name_zh="第二批", order=3)
    make_agreement("CN-JP", partner="JP", scheme_label="3+3", order=4)
    foreign(pilot, "Comté", protected_from=None, product_category="cheese")
    for name in ("Comté", "Roquefort"):
        foreign(first, name, product_category="cheese")
    make_agreement_entry(first, protected_from=SINCE, product_category="tea")
    make_agreement_entry(first, name_zh="普洱茶", protected_from=SINCE, product_category="tea")
    make_agreement_entry(
        second, name_zh="金华火腿", status=EntryStatus.LISTED, product_category="meat product"
    )
    foreign(second, "Guijuelo", "ES", status=EntryStatus.LISTED, product_category="meat product", protected_from=None)
    return {one.code: one for one in (pilot, parent, first, second)}


# --- side by side


def test_the_same_goods_stand_left_and_right(lists):
    lines = agreements.lines(agreements.entries(lists["CN-EU-2020"]))
    rows = recognition_page.pairs(lines)
    shown = [
        (row.kind.value, row.outbound and row.outbound.name, row.inbound and row.inbound.name) for row in rows
    ]
    assert shown == [
        ("meat", "金华火腿", "Guijuelo"),
        ("tea", "安化黑茶", None),
        ("tea", "普洱茶", None),
        ("cheese", None, "Comté"),
        ("cheese", None, "Roquefort"),
    ]
    meat = recognition_page.groups(rows)[0]
    assert ([line.name for line in meat.outbound], [line.name for line in meat.inbound]) == (["金华火腿"], ["Guijuelo"])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("category=tea", ["安化黑茶", "普洱茶"]),
        ("batch=CN-EU-B2", ["金华火腿", "Guijuelo"]),
        ("batch=CN-EU-B2&side=inbound", ["Guijuelo"]),
        ("status=listed&country=ES", ["Guijuelo"]),
        ("q=roque", ["Roquefort"]),
        ("as_of=2021-02-28&status=not_yet&category=cheese", ["Comté", "Roquefort"]),
    ],
)
def test_the_browser_narrows_by_every_filter(client, lists, query, expected):
    response = client.get(f"/en/recognition/CN-EU-2020/?{query}")
    assert [line.name for line in response.context["content"].shown] == expected


def test_a_list_without_batches_has_no_filter_for_them(client, lists):
    assert 'name="batch"' in text_of(client.get("/en/recognition/CN-EU-2020/"))
    assert 'id="id_batch"' not in text_of(client.get("/en/recognition/CN-EU-B1/"))


def test_a_chinese_name_leads_to_its_product_or_says_that_nobody_has_reviewed_it(client, lists):
    tea, puer = make_product(name_en="Anhua Dark Tea"), make_product("普洱茶", name_en="Pu'er Tea")
    AgreementEntry.objects.filter(name_zh="安化黑茶").update(product=tea, match_basis=MatchBasis.REVIEWED)
    AgreementEntry.objects.filter(name_zh="普洱茶").update(suggested=puer)
    page = text_of(client.get("/en/recognition/CN-EU-B1/"))
    reviewed, suggested = page.split(tea.get_absolute_url())[1], page.split(puer.get_absolute_url())
    assert reviewed.startswith('"><span class="name">Anhua Dark Tea</span></a> <span class="fine">in this register')
    assert suggested[0].rstrip('<a href="').endswith("Written the same as")
    assert "whether it is the same has not been reviewed." in suggested[1]


def test_a_foreign_name_leads_to_its_record(client, lists):
    foreign_registrar.enter_missing(by=OFFICER)
    assert 'href="/en/recognition/foreign/1/">Comté</a>' in text_of(client.get("/en/recognition/CN-EU-B1/"))


def test_stages_are_told_with_their_acts_up_to_the_date(client, lists):
    entry = AgreementEntry.objects.get(name_native="Guijuelo")
    EntryStage.objects.create(entry=entry, status="objected", effective_from=SINCE, act="Letter of the growers")
    assert "Letter of the growers" in text_of(client.get("/en/recognition/CN-EU-B2/"))
    assert "Letter of the growers" not in text_of(client.get("/en/recognition/CN-EU-B2/?as_of=2021-02-28"))


def test_long_lists_are_cut_into_pages(client, lists):
    for number in range(90):
        foreign(lists["CN-EU-B1"], f"Name {number}", product_category="wine")
    response = client.get("/en/recognition/CN-EU-B1/?page=2")
    assert response.context["page"].paginator.num_pages == 3
    assert "94" in text_of(response)


# --- names on several lists


def test_names_on_several_lists_are_explained_on_each_of_them(client, lists):
    for code in ("CN-EU-PILOT", "CN-EU-B1", "CN-EU-2020"):
        content = client.get(f"/en/recognition/{code}/").context["content"]
        assert [name.first.name for name, _words in content.overlaps] == ["Comté"], code
    assert client.get("/en/recognition/CN-EU-B2/").context["content"].overlaps == []


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        ((EntryStatus.PROTECTED, SINCE), (EntryStatus.PROTECTED, SINCE), "the earliest from 2021-03-01 on"),
        ((EntryStatus.PROTECTED, None), (EntryStatus.PROTECTED, SINCE), "not every first day is on record"),
        ((EntryStatus.PROTECTED, SINCE), (EntryStatus.WITHDRAWN, None), "which does not end the first"),
        ((EntryStatus.PROTECTED, SINCE), (EntryStatus.LISTED, None), "on the others its protection is not shown"),
        ((EntryStatus.PROPOSED, None), (EntryStatus.LISTED, None), "None of these lists"),
    ],
)
def test_what_two_lists_mean_together(first, second, words):
    for code, (status, since) in (("A", first), ("B", second)):
        foreign(make_agreement(code), "Comté", status=status, protected_from=since)
    [name] = recognition_names.names_on(agreements.every_line())
    assert words in recognition_names.explained(name)


def test_chinese_names_are_one_where_they_are_one_product(lists):
    tea = make_product()
    AgreementEntry.objects.filter(name_zh="安化黑茶").update(suggested=tea)
    make_agreement_entry(
        lists["CN-EU-PILOT"], name_zh="安化县黑茶", product=tea, match_basis=MatchBasis.REVIEWED
    )
    found = recognition_names.overlaps(agreements.every_line(), [lists["CN-EU-B1"]])
    assert {line.entry.name_zh for name in found for line in name.lines if line.is_outbound} == {
        "安化黑茶", "安化县黑茶",
    }  # fmt: skip


# --- by partner, country and year


def test_partners_and_countries_count_each_name_once(lists):
    lines = agreements.every_line()
    europe, japan = recognition_tables.by_partner(agreements.overviews(rows=lines), lines)
    assert (europe.outbound.loaded, europe.outbound.protected) == (3, 2)
    assert (europe.inbound.loaded, europe.inbound.protected) == (3, 2)
    assert (japan.partner, japan.inbound.loaded) == ("JP", 0)
    assert [(row.code, row.tally.loaded) for row in recognition_tables.by_country(lines)] == [("FR", 2), ("ES", 1)]


def test_the_chart_counts_first_years_and_says_what_has_none(lists):
    foreign(lists["CN-EU-PILOT"], "Feta", "GR", protected_from=None)
    found, undated = recognition_tables.years(agreements.every_line())
    assert found == {2021: {Side.OUTBOUND: 2, Side.INBOUND: 2}}
    assert undated == 1
    chart = recognition_tables.years_chart(agreements.every_line())
    assert chart.rows == (("2021", (2, 2)),)
    assert recognition_tables.years_chart([]) is None


def test_the_index_shows_partners_years_and_the_ways_on(client, lists):
    page = text_of(client.get("/en/recognition/"))
    assert "Foreign names by country" in page
    assert "Names by the year in which protection began" in page
    assert 'href="/en/recognition/foreign/?country=FR"' in page
    assert 'href="/en/recognition/sounds-like/"' in page


def test_an_empty_register_has_pages_too(client):
    for address in ("", "foreign/", "sounds-like/", "sounds-like/?q=comte"):
        assert client.get(f"/en/recognition/{address}").status_code == 200


# --- names alike


def test_names_alike_are_shown_with_the_reason_and_the_caution(client, lists):
    page = text_of(client.get("/en/recognition/sounds-like/?q=roqefor"))
    assert "no legal opinion" in page
    assert "Roquefort" in page
    assert "1 name is like “roqefor”" in page
    page = text_of(client.get("/en/recognition/sounds-like/?q=Emmental"))
    assert "Nothing on the lists loaded is like this name." in page


def test_a_name_on_two_lists_is_found_once(client, lists):
    found = client.get("/en/recognition/sounds-like/?q=comte").context["found"]
    assert [(one.name.first.name, len(one.name.agreements)) for one in found] == [("Comté", 2)]


@pytest.mark.parametrize("query", ["q=" + "a" * 81, "q=%00", "as_of=2999-01-01"])
def test_malformed_questions_are_no_errors(client, lists, query):
    assert client.get(f"/en/recognition/sounds-like/?{query}").status_code == 200


def test_what_is_typed_is_shown_as_text(client, lists):
    page = text_of(client.get("/en/recognition/sounds-like/?q=<b>comte</b>"))
    assert "<b>comte" not in page


# --- on the product


def test_a_product_tells_reviewed_names_and_below_those_only_written_the_same(client, lists):
    tea = make_product(number=365)
    AgreementEntry.objects.filter(name_zh="安化黑茶").update(suggested=tea)
    page = text_of(client.get("/en/products/365/"))
    assert "Nobody has reviewed yet whether it is this product." in page
    assert "Reviewed by the registry" not in page
    assert "Protected abroad" not in page  # in the history: it may be another product
    AgreementEntry.objects.filter(name_zh="安化黑茶").update(
        suggested=None, product=tea, match_basis=MatchBasis.REVIEWED
    )
    page = text_of(client.get("/en/products/365/"))
    assert "Nobody has reviewed yet" not in page
    assert "Reviewed by the registry" in page
    assert page.count("Protected abroad") == 1


def test_the_history_of_a_product_tells_the_stages_of_its_name(client, lists):
    tea = make_product(number=365)
    entry = AgreementEntry.objects.get(name_zh="安化黑茶")
    AgreementEntry.objects.filter(pk=entry.pk).update(
        product=tea, match_basis=MatchBasis.REVIEWED, status="lapsed"
    )
    EntryStage.objects.create(
        entry=entry, status="lapsed", effective_from=datetime.date(2025, 5, 1), act="Notice 7"
    )
    page = text_of(client.get("/en/products/365/"))
    assert "Name abroad: protection ended" in page
    assert "Notice 7" in page
    assert page.count("Protected abroad") == 1
    past = text_of(client.get("/en/products/365/?as_of=2025-04-30")).partition('id="abroad"')[2].partition("</section>")
    assert "Lapsed" not in past[0]
    assert "Protected" in past[0]
