"""Records of foreign GIs: how names become one, who may change them, and what their pages say."""

import csv
import datetime
import io
import json

import pytest

from gi_registry.journal import Actor
from gi_registry.models import JournalEntry
from gi_registry.moves import MoveRefused
from gi_registry.roles import Role
from products import foreign_records, foreign_registrar, foreign_values
from products.models import AgreementEntry, Source
from products.recognition_models import EntryStage, ForeignGI
from products.recognition_standing import Standing
from products.states import EntryStatus, HomeRight, Side
from tests.factories import make_agreement, make_agreement_entry

pytestmark = pytest.mark.django_db
OFFICER = Actor("user:1", Role.OFFICER)
SINCE = datetime.date(2021, 3, 1)


def foreign(agreement, name, country="FR", **more):
    more = {"name_zh": "", "protected_from": SINCE, **more}
    return make_agreement_entry(agreement, side=Side.INBOUND, name_native=name, country=country, **more)


def text_of(response):
    return " ".join(response.content.decode().split())


@pytest.fixture
def lists():
    """Comté on two lists, written in two ways; Stilton on one and left out of the other; one name of two countries."""
    pilot = make_agreement("CN-EU-PILOT", name_en="Pilot", name_zh="试点", scheme_label="10+10", order=0)
    first = make_agreement("CN-EU-B1", name_en="First lists", name_zh="第一批", order=1)
    foreign(pilot, "Comté", name_zh="孔泰", protected_from=None, product_category="cheese", sources="M1")
    foreign(pilot, "White Stilton / Blue Stilton", "GB", protected_from=None, product_category="cheese")
    foreign(first, "COMTE", name_zh="孔泰（奶酪）", product_category="cheese")
    foreign(first, "White Stilton / Blue Stilton", "GB", status=EntryStatus.WITHDRAWN, protected_from=None)
    foreign(first, "Ούζο", "GR;CY", name_transcription="Ouzo", product_category="spirit drink")
    foreign(first, "Ούζο", "CY", status=EntryStatus.LISTED, protected_from=None)
    make_agreement_entry(first)
    return pilot, first


@pytest.fixture
def records(lists):
    foreign_registrar.enter_missing(by=OFFICER)
    return {record.number: record for record in ForeignGI.objects.all()}


# --- one record for one name


def test_the_same_name_from_the_same_countries_is_one_record(records):
    assert [(number, str(record), record.country) for number, record in records.items()] == [
        (1, "Comté", "FR"), (2, "White Stilton / Blue Stilton", "GB"), (3, "Ούζο", "GR;CY"), (4, "Ούζο", "CY"),
    ]  # fmt: skip
    assert records[1].name_zh == "孔泰"
    assert records[1].entries.count() == records[2].entries.count() == 2
    assert not AgreementEntry.objects.filter(side=Side.OUTBOUND, foreign_gi__isnull=False).exists()


def test_doing_it_again_changes_nothing_and_leaves_no_trace(records):
    before = JournalEntry.objects.count()
    assert foreign_registrar.enter_missing(by=OFFICER) == 0
    assert JournalEntry.objects.count() == before


def test_a_later_list_joins_the_record_and_new_names_come_after(records, lists):
    foreign(make_agreement("CN-FR"), "comté")
    foreign(lists[1], "Asiago", "IT")
    assert foreign_registrar.enter_missing(by=OFFICER) == 1
    assert records[1].entries.count() == 3
    assert ForeignGI.objects.get(number=5).name_original == "Asiago"


def test_a_name_stays_with_its_record_when_that_is_written_otherwise(records):
    foreign_registrar.amend(records[1], by=OFFICER, name_original="Comté (fromage)")
    assert foreign_registrar.enter_missing(by=OFFICER) == 0
    assert records[1].entries.count() == 2


def test_entering_and_amending_stand_in_the_journal(records):
    foreign_registrar.amend(records[1], by=OFFICER, home_right=HomeRight.PDO, home_number="PDO-FR-0116")
    entered, amended = JournalEntry.objects.filter(subject_kind="foreign_gi", subject_id="1").order_by("sequence")
    assert (entered.event_type, amended.event_type) == ("foreign_gi.entered", "foreign_gi.amended")
    assert len(entered.payload["values"]["entries"]) == 2
    assert amended.payload["changes"]["home_number"] == {"before": "", "after": "PDO-FR-0116"}


def test_names_can_be_tied_and_untied(records):
    [other] = records[4].entries.all()
    foreign_registrar.tie(records[3], [other], by=OFFICER)
    assert (records[3].entries.count(), records[4].entries.count()) == (2, 0)
    foreign_registrar.amend(records[3], by=OFFICER, entries=frozenset(records[3].entries.exclude(pk=other.pk)))
    other.refresh_from_db()
    assert other.foreign_gi is None


def test_a_chinese_name_is_no_foreign_gi(records):
    with pytest.raises(MoveRefused) as refusal:
        foreign_registrar.tie(records[1], [AgreementEntry.objects.get(side=Side.OUTBOUND)], by=OFFICER)
    assert refusal.value.code == "not_foreign"
    assert JournalEntry.objects.filter(event_type="foreign_gi.amended").count() == 0


def test_the_same_name_and_country_twice_is_refused(records):
    with pytest.raises(MoveRefused) as refusal:
        foreign_registrar.enter(by=OFFICER, name_original="Comté", country="FR")
    assert refusal.value.code == "duplicate"


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.OFFICER, Role.SYSTEM)])
def test_only_the_registry_keeps_records(records, role):
    actor = Actor("user:2", role)
    before = foreign_values.foreign_values(records[1])
    for call in (
        lambda: foreign_registrar.enter(by=actor, name_original="Asiago", country="IT"),
        lambda: foreign_registrar.amend(records[1], by=actor, name_en="Comte"),
        lambda: foreign_registrar.tie(records[1], records[3].entries.all(), by=actor),
    ):
        with pytest.raises(MoveRefused) as refusal:
            call()
        assert refusal.value.code == "not_permitted"
    assert foreign_values.foreign_values(ForeignGI.objects.get(number=1)) == before
    assert ForeignGI.objects.count() == 4


# --- what is read


def test_a_record_has_the_strongest_standing_and_the_earliest_day(records):
    by_number = {row.record.number: row for row in foreign_records.every_row()}
    assert {number: row.standing for number, row in by_number.items()} == {
        1: Standing.PROTECTED, 2: Standing.PROTECTED, 3: Standing.PROTECTED, 4: Standing.LISTED,
    }  # fmt: skip
    assert (by_number[1].since, by_number[2].since) == (SINCE, None)
    past = {row.record.number: row.standing for row in foreign_records.every_row(SINCE - datetime.timedelta(1))}
    assert past[1] == past[2] == Standing.NOT_YET


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"q": "comte"}, [1]),
        ({"q": "孔泰（奶酪）"}, [1]),
        ({"q": "ouzo"}, [3]),
        ({"country": "CY"}, [3, 4]),
        ({"category": "cheese"}, [1, 2]),
        ({"status": "listed"}, [4]),
        ({"q": "ουζο", "country": "GR"}, [3]),
        ({"q": "nothing"}, []),
    ],
)
def test_filters_narrow_together(records, asked, expected):
    rows = foreign_records.matching(foreign_records.every_row(), **asked)
    assert [row.record.number for row in rows] == expected


# --- pages


def test_list_and_record_are_public_and_say_where_a_name_stands(client, records):
    Source.objects.create(key="M1", title="A list in print")
    page = text_of(client.get("/en/recognition/foreign/"))
    assert 'href="/en/recognition/foreign/1/"' in page
    assert '<span lang="el">Ούζο</span>' in page
    page = text_of(client.get("/en/recognition/foreign/1/"))
    assert "“Comté” stands on 2 lists: Pilot; First lists." in page
    assert "Each of these lists protects it; not every first day is on record." in page
    assert '<span class="name" lang="fr">Comté</span>' in page
    assert '<span lang="zh-Hans">孔泰（奶酪）</span>' in page
    assert "credit code of the distributor stands beside it" in page
    assert "A list in print" in page


def test_a_name_left_out_of_one_list_keeps_what_the_other_gives(client, records):
    page = text_of(client.get("/en/recognition/foreign/2/"))
    assert "One list protects it; another left it out before that list was final" in page


def test_a_name_that_is_not_protected_gives_no_right_to_the_mark(client, records):
    page = text_of(client.get("/en/recognition/foreign/4/"))
    assert "not shown to be protected here" in page
    assert "stands on 2 lists" not in page


def test_dated_stages_and_home_rights_are_shown(client, records):
    entry = records[4].entries.get()
    EntryStage.objects.create(entry=entry, status="objected", effective_from=SINCE, act="Letter of the growers")
    foreign_registrar.amend(records[4], by=OFFICER, home_right=HomeRight.SPIRIT_GI, home_number="PGI-1")
    page = text_of(client.get("/en/recognition/foreign/4/"))
    assert "Letter of the growers" in page
    assert "PGI-1" in page
    assert "Letter of the growers" not in text_of(client.get("/en/recognition/foreign/4/?as_of=2021-02-28"))


def test_a_record_on_no_list_says_so(client, records):
    AgreementEntry.objects.filter(foreign_gi=records[4]).update(left_out_on=SINCE)
    assert "It stands on no list." in text_of(client.get("/en/recognition/foreign/4/"))
    assert "on no list" in text_of(client.get("/en/recognition/foreign/"))


@pytest.mark.parametrize("address", ["999/", "0/", "1234567890/", "x/"])
def test_an_unknown_number_is_not_found(client, records, address):
    assert client.get(f"/recognition/foreign/{address}").status_code == 404


@pytest.mark.parametrize("query", ["country=XX", "status=gold", "category=%00", "as_of=2999-01-01", "format=pdf"])
def test_values_that_are_none_are_ignored_with_a_notice(client, records, query):
    response = client.get(f"/en/recognition/foreign/?{query}")
    assert "was ignored" in text_of(response)
    assert response.context["page"].paginator.count == 4


def test_the_file_holds_what_the_page_shows(client, records):
    response = client.get("/recognition/foreign/?category=cheese&format=csv")
    content = b"".join(response.streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(content)))
    assert [(row["number"], row["name_original"], row["status"], row["agreements"]) for row in rows] == [
        ("1", "Comté", "protected", "CN-EU-PILOT; CN-EU-B1"),
        ("2", "White Stilton / Blue Stilton", "protected", "CN-EU-PILOT; CN-EU-B1"),
    ]
    answer = json.loads(b"".join(client.get("/recognition/foreign/?q=ouzo&format=json").streaming_content))
    assert [row["country"] for row in answer["rows"]] == [["GR", "CY"]]
    assert answer["about"]["q"] == "ouzo"


@pytest.mark.parametrize("number", [1, 3])
def test_pages_take_the_same_queries_for_any_number_of_names(client, number, django_assert_num_queries):
    for place in range(number):
        agreement = make_agreement(f"A-{place}")
        foreign(agreement, "Comté", sources="M1")
        foreign(agreement, f"Name {place}")
    foreign_registrar.enter_missing(by=OFFICER)
    with django_assert_num_queries(3):
        client.get("/en/recognition/foreign/")
    with django_assert_num_queries(5):
        client.get("/en/recognition/foreign/1/")
    with django_assert_num_queries(2):
        client.get("/en/recognition/sounds-like/?q=comte")
