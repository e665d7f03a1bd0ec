"""The portal's pages of yearly reports: what is due, writing, checking, sending, correcting, and who sees nothing."""

import datetime
import html
import re
import uuid

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from enterprises import use_queue, use_reports, use_words
from enterprises.models import Authorisation
from enterprises.use_forms import AmountField, MoneyField, PercentField, TypedNumber
from enterprises.use_models import UseReport
from enterprises.use_states import UseState
from tests.case_world import OFFICIALS, make_world
from tests.use_world import FIGURES, LAST_YEAR, SINCE, make_report, standing

pytestmark = pytest.mark.django_db
THIS_YEAR = LAST_YEAR + 1
TYPED = {"output": "120", "unit": "t", "output_value": "1,200万", "labels_used": "0", "households": "35"}


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def row(world):
    return standing(world)


def sign_in(world, name="owner"):
    client = Client()
    client.force_login(world.people[name])
    return client


def at(name, *args):
    with translation.override("en"):
        return reverse(f"enterprises:{name}", args=args)


def text_of(response):
    text = html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode())))
    return text.replace("\u202f", " ")


def begin(world, row, year=LAST_YEAR):
    return use_reports.start(row, year=year, by=world.actor("owner"), nonce=uuid.uuid4())


def edit(row, year=LAST_YEAR):
    return at("portal_use_edit", row.reference, year)


# --- Numbers as people write them ---


@pytest.mark.parametrize(
    ("text", "yuan"),
    [("1200000", 1_200_000), ("1,200,000", 1_200_000), ("120万", 1_200_000), ("120 万元", 1_200_000),
     ("1.25亿", 125_000_000), ("１２０万", 1_200_000), ("0", 0), ("", None), ("  ", None), ("0.3万元", 3000),
     ("99.50", 100), ("500元", 500)],
)  # fmt: skip
def test_money_is_read_as_people_write_it(text, yuan):
    assert MoneyField().clean(text) == yuan


@pytest.mark.parametrize("text", ["-5", "12k", "1,2万", "about 3", "1.2.3", "99999亿亿", "9" * 30, "万", "1,000.000,5"])
def test_money_that_may_mean_something_else_is_asked_again(text):
    with pytest.raises(ValidationError):
        MoneyField().clean(text)


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [(TypedNumber, "1,200", 1200), (TypedNumber, "０", 0), (AmountField, "0.5", 0.5), (PercentField, "-5 %", -5),
     (PercentField, "15", 15)],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them(field, text, value):
    assert field().clean(text) == value


@pytest.mark.parametrize(
    ("field", "text"),
    [(TypedNumber, "1.5"), (TypedNumber, "-1"), (TypedNumber, "9" * 12), (AmountField, "0.0005"), (AmountField, "x"),
     (PercentField, "1.5"), (PercentField, "99999")],
)  # fmt: skip
def test_numbers_that_cannot_be_are_asked_again(field, text):
    with pytest.raises(ValidationError):
        field().clean(text)


@pytest.mark.parametrize(
    ("yuan", "words"),
    [(0, "0 yuan"), (9_999, "9,999 yuan"), (1_200_000, "1,200,000 yuan (= 120 × 10,000 yuan)"),
     (12_345_678, "12,345,678 yuan (= 1,234.5678 × 10,000 yuan)"),
     (250_000_000, "250,000,000 yuan (= 2.5 × 100 million yuan)")],
)  # fmt: skip
def test_large_amounts_are_told_in_the_large_unit_too(yuan, words):
    with translation.override("en"):
        assert use_words.money_text(yuan) == words


# --- What is due ---


def test_last_years_report_waits(world, row):
    words = text_of(sign_in(world).get(at("portal_use_reports")))
    assert f"{LAST_YEAR} · Anhua Dark Tea" in words
    assert "To be sent" in words
    assert "You need not do anything today" not in words


@pytest.mark.parametrize("state", [UseState.SUBMITTED, UseState.ACCEPTED])
def test_what_was_sent_waits_no_more(world, row, state):
    make_report(world, row, state=state)
    page = text_of(sign_in(world).get(at("portal_use_reports")))
    assert "You need not do anything today" in page


def test_a_returned_report_waits_with_its_reason(world, row):
    make_report(world, row, state=UseState.RETURNED)
    words = text_of(sign_in(world).get(at("portal_use_reports")))
    assert "The unit seems to be wrong." in words
    assert "Correct the report" in words


@pytest.mark.parametrize(
    ("day", "waits", "late"),
    [("-01-02", True, False), ("-06-30", True, False), ("-07-01", True, True), ("-12-31", True, True)],
)
def test_a_report_is_late_after_the_last_day(row, day, waits, late):
    today = type(SINCE).fromisoformat(f"{THIS_YEAR}{day}")
    found = use_queue.own_year(row, LAST_YEAR, today)
    assert (found.waits, found.is_late) == (waits, late)
    assert found.return_day.isoformat() == f"{THIS_YEAR}-03-31"
    assert not use_queue.own_year(row, LAST_YEAR - 1, today).waits  # only last year's is asked for
    assert not use_queue.own_year(row, THIS_YEAR, today).waits


def test_the_list_takes_the_same_questions_however_many_authorisations_there_are(world, row):
    client, numbers = sign_in(world), []
    client.get(at("portal_use_reports"))
    for year in (LAST_YEAR, LAST_YEAR - 1):
        make_report(world, row, year)
        with CaptureQueriesContext(connection) as asked:
            client.get(at("portal_use_reports"))
        numbers.append(len(asked))
    assert numbers[0] == numbers[1]


# --- The whole way ---


def test_from_the_list_to_the_accepted_report(world, row):
    client, here = sign_in(world), at("portal_use_report", row.reference, LAST_YEAR)
    nonce = uuid.uuid4()
    assert "Begin the report" in text_of(client.get(here))
    for _twice in range(2):
        assert client.post(here, {"nonce": nonce}).url == edit(row)
    assert UseReport.objects.count() == 1
    saved = client.post(edit(row), TYPED | {"edits": 0, "action": "save"})
    assert saved.url == edit(row)
    report = UseReport.objects.get()
    assert (report.output, report.unit, report.output_value) == (120_000_000, "kg", 12_000_000)
    assert (report.labels_used, report.households, report.employees) == (0, 35, None)
    page = client.get(edit(row))
    assert 'value="120000"' in page.content.decode()
    assert "= 1,200 × 10,000 yuan" in text_of(page)
    checked = client.post(edit(row), TYPED | {"output": "120000", "unit": "kg", "edits": 1, "action": "check"})
    check = at("portal_use_submit", row.reference, LAST_YEAR)
    assert checked.url == check
    assert "12,000,000 yuan" in text_of(client.get(check))
    assert client.post(check, {"edits": 2}).url == here
    assert "The office looks at your report" in text_of(client.get(here))
    report.refresh_from_db()
    use_reports.accept(report, by=world.actor("reviewer"), edits=2)
    assert "The office has accepted your report" in text_of(client.get(here))


def test_a_correction_shows_what_it_changes(world, row):
    make_report(world, row, output_value=7_000)
    client, here = sign_in(world), at("portal_use_report", row.reference, LAST_YEAR)
    client.post(here, {"nonce": uuid.uuid4()})
    client.post(edit(row), TYPED | {"output_value": "8000", "edits": 0, "action": "stop"})
    words = text_of(client.get(here))
    assert "version 2" in words
    assert "8,000 yuan before: 7,000 yuan" in words
    assert "Version 1 counts until then." in text_of(client.get(at("portal_use_reports")))


def test_a_spoilt_nonce_begins_a_report_all_the_same(world, row):
    answer = sign_in(world).post(at("portal_use_report", row.reference, LAST_YEAR), {"nonce": "no uuid"})
    assert answer.url == edit(row)


def test_a_second_report_of_the_year_is_not_begun(world, row):
    begin(world, row)
    client, here = sign_in(world), at("portal_use_report", row.reference, LAST_YEAR)
    answer = client.post(here, {"nonce": uuid.uuid4()}, follow=True)
    assert "open already" in text_of(answer)
    assert UseReport.objects.count() == 1


# --- Nothing typed is lost ---


def test_what_cannot_be_read_is_shown_again_as_typed(world, row):
    begin(world, row)
    wrong = TYPED | {"output_value": "a lot", "tests": "two", "changes": "A new <b>site</b>", "edits": 0}
    answer = sign_in(world).post(edit(row), wrong)
    page = answer.content.decode()
    assert answer.status_code == 200
    for kept in ('value="a lot"', 'value="two"', "A new &lt;b&gt;site", 'value="120"', 'href="#id_output_value"'):
        assert kept in page
    assert UseReport.objects.get().edits == 0


def test_half_a_piece_is_asked_again_and_a_quantity_beyond_all_reason_too(world, row):
    begin(world, row)
    client = sign_in(world)
    assert "Pieces are counted" in text_of(client.post(edit(row), {"output": "0.5", "unit": "piece", "edits": 0}))
    huge = client.post(edit(row), {"output": "9" * 12, "unit": "t", "edits": 0})
    assert "more than the register can hold" in text_of(huge)


def test_two_windows_keep_both_texts(world, row):
    begin(world, row)
    client = sign_in(world)
    client.post(edit(row), TYPED | {"edits": 0, "action": "save"})
    answer = client.post(edit(row), {"output": "7", "unit": "kg", "changes": "From the other window", "edits": 0})
    assert answer.status_code == 409
    words = text_of(answer)
    assert "changed in another window" in words
    assert "From the other window" in words
    assert "120,000 kg" in words  # what is saved now
    assert UseReport.objects.get().output == 120_000_000
    again = client.post(edit(row), {"output": "7", "unit": "kg", "edits": 1, "action": "save"})
    assert again.status_code == 302
    assert UseReport.objects.get().output == 7000


def test_the_same_form_sent_twice_is_saved_once(world, row):
    begin(world, row)
    client = sign_in(world)
    for _twice in range(2):
        assert client.post(edit(row), TYPED | {"edits": 0, "action": "save"}).status_code == 302
    assert UseReport.objects.get().edits == 1


def test_what_was_sent_meanwhile_can_be_copied_but_not_saved(world, row):
    report = make_report(world, row, state=UseState.SUBMITTED)
    answer = sign_in(world).post(edit(row), {"changes": "Typed too late", "edits": report.edits})
    assert answer.status_code == 409
    assert "Typed too late" in text_of(answer)
    assert "it can no longer be saved" in text_of(answer)
    assert "Save and check" not in text_of(answer)
    assert UseReport.objects.get().changes == ""


@pytest.mark.parametrize("edits", ["", "-1", "x", "9" * 40])
def test_a_spoilt_mark_of_the_version_overwrites_nothing(world, row, edits):
    begin(world, row)
    client = sign_in(world)
    assert client.post(edit(row), TYPED | {"edits": edits}).status_code == 409
    assert client.post(at("portal_use_submit", row.reference, LAST_YEAR), {"edits": edits}).status_code == 409
    assert UseReport.objects.get().output is None


# --- The check ---


def test_what_is_missing_or_differs_is_told_before_sending(world, row):
    begin(world, row)
    client, check = sign_in(world), at("portal_use_submit", row.reference, LAST_YEAR)
    words = text_of(client.get(check))
    assert "Still missing Output under the mark Unit Direct output value Labels used" in words
    assert "Send the yearly report" not in words
    client.post(edit(row), TYPED | {"labels_used": "12", "edits": 0})
    told = "You write 12 labels used; up to the end of"
    assert told in text_of(client.get(edit(row)))
    words = text_of(client.get(check))
    assert told in words
    assert "Send the yearly report" not in words
    refused = client.post(check, {"edits": 1})
    assert "Explain in a sentence why" in text_of(refused)
    client.post(edit(row), TYPED | {"labels_used": "12", "explanation": "Old stock", "edits": 1})
    assert "You explain: Old stock" in text_of(client.get(check))
    assert client.post(check, {"edits": 2}).status_code == 302


def test_a_running_year_is_kept_until_january(world, row):
    report = begin(world, row, THIS_YEAR)
    use_reports.save_draft(report, by=world.actor("owner"), edits=0, **FIGURES)
    client, check = sign_in(world), at("portal_use_submit", row.reference, THIS_YEAR)
    assert "The year is not over" in text_of(client.get(check))
    assert "Send the yearly report" not in text_of(client.get(check))
    assert client.post(check, {"edits": 1}).status_code == 409


def test_nothing_to_write_or_send_leads_to_the_report(world, row):
    here = at("portal_use_report", row.reference, LAST_YEAR)
    for name in ("portal_use_edit", "portal_use_submit"):
        assert sign_in(world).get(at(name, row.reference, LAST_YEAR)).url.endswith(here.removeprefix("/en"))


# --- Others ---


@pytest.mark.parametrize("name", ["outsider", *OFFICIALS])
@pytest.mark.parametrize("page", ["portal_use_report", "portal_use_edit", "portal_use_submit"])
def test_nobody_else_finds_a_report(world, row, name, page):
    begin(world, row)
    client, here = sign_in(world, name), at(page, row.reference, LAST_YEAR)
    assert client.get(here).status_code == 404
    assert client.post(here, {"edits": 0}).status_code == 404
    assert client.get(here.replace(row.reference, "A99999")).status_code == 404


@pytest.mark.parametrize("year", [0, 1999, 2014, THIS_YEAR + 1, 10**30])
def test_a_year_of_which_nothing_is_to_be_told_is_not_found(world, row, year):
    for page in ("portal_use_report", "portal_use_edit", "portal_use_submit"):
        assert sign_in(world).get(at(page, row.reference, year)).status_code == 404


def test_a_colleague_writes_as_well(world, row):
    begin(world, row)
    assert sign_in(world, "colleague").post(edit(row), TYPED | {"edits": 0, "action": "stop"}).status_code == 302
    assert UseReport.objects.get().households == 35


def test_a_report_of_an_ended_authorisation_can_still_be_sent(world, row):
    Authorisation.objects.update(state="ended", effective_to=f"{LAST_YEAR}-07-01")
    report = begin(world, row)
    client = sign_in(world)
    client.post(edit(row), TYPED | {"edits": report.edits})
    assert client.post(at("portal_use_submit", row.reference, LAST_YEAR), {"edits": 1}).status_code == 302


@pytest.mark.parametrize(
    ("today", "says"),
    [
        ((1, 10), "so that it can enter the return of the province"),
        ((4, 1), "the last day."),
        ((7, 1), "Please send it all the same"),
    ],
)
def test_the_page_of_a_year_asks_for_it_by_a_day_that_is_still_to_come(world, row, monkeypatch, today, says):
    client, day = sign_in(world), datetime.date(LAST_YEAR + 1, *today)
    found = use_queue.own_year(row, LAST_YEAR, day)
    assert (found.makes_return, found.is_late) == (today == (1, 10), today == (7, 1))
    monkeypatch.setattr("enterprises.use_queue.timezone.localdate", lambda *_when: day)
    page = client.get(at("portal_use_report", row.reference, LAST_YEAR)).content.decode()
    assert says in " ".join(page.split())
