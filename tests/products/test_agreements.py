"""Agreements: true counts beside the title of a scheme, two-sided lists, and what a past date allows to say."""

import csv
import datetime
import io

import pytest

from products import agreements
from products.agreements import Standing
from products.models import AgreementEntry, Source
from products.states import EntryStatus, MatchBasis, Side
from tests.factories import make_agreement, make_agreement_entry, make_product

pytestmark = pytest.mark.django_db
SINCE = datetime.date(2021, 3, 1)


@pytest.fixture
def parent():
    return make_agreement("CN-EU-2020", name_en="Agreement")


@pytest.fixture
def batch(parent):
    """First lists: 100 Chinese names, of which two are loaded; 96 foreign ones, of which one, and one that left."""
    batch = make_agreement(
        "CN-EU-B1", parent=parent, name_en="First lists", outbound_size=100, inbound_size=96
    )
    make_agreement_entry(batch, protected_from=SINCE)
    make_agreement_entry(
        batch, name_zh="普洱茶", status=EntryStatus.LISTED, status_text="reported, annex not seen"
    )
    make_agreement_entry(
        batch, side=Side.INBOUND, country="FR", name_native="Comté", name_zh="孔泰", protected_from=SINCE
    )
    make_agreement_entry(
        batch,
        side=Side.INBOUND,
        country="GB",
        name_native="Scotch Whisky",
        name_zh="",
        status=EntryStatus.WITHDRAWN,
    )
    return batch


def names(lines):
    return [line.name for line in lines]


def text_of(response):
    return " ".join(response.content.decode().split())


def test_counts_are_of_loaded_names_and_not_of_the_title(batch):
    (overview,) = agreements.overviews()
    (first,) = overview.batches
    outbound, _inbound = first.sides
    assert (outbound.loaded, outbound.size, outbound.protected, outbound.is_complete) == (2, 100, 1, False)
    assert outbound.by_standing == [(Standing.PROTECTED, 1), (Standing.LISTED, 1)]
    assert overview.loaded == 0


def test_names_that_left_the_list_do_not_fill_it(batch):
    inbound = agreements.overviews()[0].batches[0].sides[1]
    assert inbound.loaded == 1
    assert inbound.counts[Standing.WITHDRAWN] == 1


@pytest.mark.parametrize(
    ("status", "since", "on", "expected"),
    [
        (EntryStatus.PROTECTED, SINCE, SINCE, Standing.PROTECTED),
        (EntryStatus.PROTECTED, SINCE, SINCE - datetime.timedelta(1), Standing.NOT_YET),
        (EntryStatus.PROTECTED, None, datetime.date(2024, 1, 1), Standing.PROTECTED),
        (EntryStatus.PROTECTED, None, datetime.date(2023, 12, 31), Standing.NOT_YET),
        (EntryStatus.LISTED, SINCE, SINCE, Standing.LISTED),
    ],
)
def test_a_past_day_gets_no_yes_that_the_source_does_not_support(status, since, on, expected):
    assert agreements.standing(status, since, on, today=datetime.date(2024, 1, 1)) == expected


def test_a_list_holds_the_names_of_its_batches_by_side(parent, batch):
    make_agreement_entry(parent, name_zh="浏阳花炮")
    own = ["安化黑茶", "普洱茶", "Comté", "Scotch Whisky"]
    assert names(agreements.lines(agreements.entries(batch))) == own
    assert names(agreements.lines(agreements.entries(parent))) == ["浏阳花炮", *own]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"side": "inbound"}, ["Comté", "Scotch Whisky"]),
        ({"country": "FR"}, ["Comté"]),
        ({"status": "listed"}, ["普洱茶"]),
        ({"q": "comte"}, ["Comté"]),
        ({"q": "孔泰"}, ["Comté"]),
        ({"q": "SCOTCH"}, ["Scotch Whisky"]),
        ({"q": "安化黑茶".replace("黑", "黒")}, ["安化黑茶"]),
        ({"q": "comte", "side": "outbound"}, []),
    ],
)
def test_filters_narrow_together(batch, asked, expected):
    assert names(agreements.matching(agreements.lines(agreements.entries(batch)), **asked)) == expected


def test_a_name_that_spans_countries_belongs_to_each(batch):
    AgreementEntry.objects.filter(name_native="Comté").update(country="BE;DE; fr")
    assert agreements.countries("BE;DE; fr") == ("BE", "DE", "FR")
    assert names(agreements.matching(agreements.lines(agreements.entries(batch)), country="DE")) == ["Comté"]


def test_sources_are_those_that_the_names_quote(batch):
    Source.objects.create(key="MOFCOM-IDX", title="List")
    Source.objects.create(key="OTHER", title="Other")
    AgreementEntry.objects.filter(name_native="Comté").update(sources="MOFCOM-IDX (beginning); X")
    texts = [entry.sources for entry in agreements.entries(batch)]
    assert [source.key for source in agreements.sources(texts)] == ["MOFCOM-IDX"]


# --- pages


@pytest.mark.parametrize("number", [1, 3])
def test_index_takes_the_same_queries_for_any_length(client, number, django_assert_num_queries):
    for i in range(number):
        make_agreement_entry(make_agreement(f"A-{i}"), key=str(i))
    with django_assert_num_queries(3):
        response = client.get("/en/recognition/")
    assert response.status_code == 200


@pytest.mark.parametrize("number", [1, 3])
def test_list_takes_the_same_queries_for_any_length(client, parent, number, django_assert_num_queries):
    for i in range(number):
        batch = make_agreement(f"A-{i}", parent=parent)
        product = make_product(f"某茶{i}")
        make_agreement_entry(batch, product=product, match_basis=MatchBasis.REVIEWED, sources="MOFCOM-IDX")
    with django_assert_num_queries(6):
        response = client.get("/en/recognition/CN-EU-2020/")
    assert response.status_code == 200


def test_index_shows_title_and_completeness_side_by_side(client, batch):
    page = text_of(client.get("/en/recognition/"))
    assert "100+100" in page
    assert "2 of 100 names loaded" in page
    assert "1 of 96 names loaded" in page


def test_an_agreement_without_names_says_so(client):
    make_agreement("CN-JP", partner="JP", scheme_label="10+10")
    assert "No names are loaded" in text_of(client.get("/en/recognition/"))
    page = text_of(client.get("/en/recognition/CN-JP/"))
    assert "No names are loaded for this agreement" in page
    assert "Japan" in page


def test_list_shows_the_words_of_the_source_and_how_a_product_was_matched(client, batch):
    product = make_product("普洱茶", name_en="Pu'er Tea")
    AgreementEntry.objects.filter(name_zh="普洱茶").update(product=product, match_basis=MatchBasis.REVIEWED)
    page = text_of(client.get("/en/recognition/CN-EU-B1/"))
    assert "reported, annex not seen" in page
    assert product.get_absolute_url() in page
    assert "the link was reviewed" in page
    assert "France" in page


@pytest.mark.parametrize(
    "query",
    ["side=sideways", "country=XX", "status=%00", "category=gold", "batch=CN-XX", "as_of=2999-01-01",
     "as_of=yesterday", "format=pdf"],
)
def test_values_that_are_none_are_ignored_with_a_notice(client, batch, query):
    response = client.get(f"/en/recognition/CN-EU-B1/?{query}")
    assert "was ignored" in text_of(response)
    assert len(response.context["content"].shown) == 4


def test_a_query_that_nothing_answers_offers_the_way_back(client, batch):
    page = text_of(client.get("/en/recognition/CN-EU-B1/?q=nothing"))
    assert "No loaded name answers these filters" in page
    assert 'href="/en/recognition/CN-EU-B1/"' in page


def test_unknown_agreement_is_not_found(client):
    assert client.get("/recognition/CN-XX/").status_code == 404


def test_file_holds_what_the_page_shows(client, batch):
    response = client.get("/recognition/CN-EU-B1/?side=inbound&format=csv")
    content = b"".join(response.streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(content)))
    assert [(row["name_native"], row["status"], row["protected_from"]) for row in rows] == [
        ("Comté", "protected", "2021-03-01"),
        ("Scotch Whisky", "withdrawn", ""),
    ]
