"""Yearly reports at the desk: what waits and is missing, the versions side by side, decisions, the yearly return."""

import csv
import datetime
import html
import io
import re
import uuid

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from openpyxl import load_workbook

from enterprises import suspect_reports, use_queue, use_reports
from enterprises.label_states import Suspicion
from enterprises.models import Enterprise, Suspension
from enterprises.scan_models import SuspectReport
from enterprises.use_models import UseReport
from enterprises.use_states import UseState
from products import system_models
from products.cultivation_models import Training
from tests import factories as make
from tests.case_world import make_world
from tests.use_world import LAST_YEAR, accepted, make_firm, make_place, make_report, standing

pytestmark = pytest.mark.django_db
HERE = ["reviewer", "approver", "officer", "auditor"]
ELSEWHERE = ["reviewer_elsewhere", "approver_elsewhere"]


@pytest.fixture
def world():
    world = make_world()
    for name in (*HERE, *ELSEWHERE, "editor"):
        TOTP.activate(world.people[name], "JBSWY3DPEHPK3PXP")
    return world


@pytest.fixture
def row(world):
    return standing(world)


def sign_in(world, name="reviewer"):
    client = Client()
    client.force_login(world.people[name])
    return client


def at(name, *args):
    with translation.override("en"):
        return reverse(f"enterprises:{name}", args=args)


def text_of(response):
    text = html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode())))
    return text.replace("\u202f", " ")


def index(world, name="reviewer", **query):
    return sign_in(world, name).get(at("desk_use_reports"), {"year": LAST_YEAR} | query)


def decide(world, report, name, by="reviewer", **data):
    return sign_in(world, by).post(at("desk_use_step", report.reference, name), {"edits": report.edits} | data)


# --- The list ---


def test_what_is_missing_is_told_by_name(world, row):
    words = text_of(index(world))
    assert "0 of 1 reports received" in words
    assert "Missing reports 1 示例茶业有限公司" in words
    make_report(world, row, state=UseState.SUBMITTED)
    words = text_of(index(world))
    assert "1 of 1 reports received" in words
    assert "every report of the year is there" in words


@pytest.mark.parametrize(
    ("state", "missing"),
    [(UseState.DRAFT, 1), (UseState.RETURNED, 1), (UseState.SUBMITTED, 0), (UseState.ACCEPTED, 0)],
)
def test_a_report_is_missing_until_it_is_with_the_office(world, row, state, missing):
    make_report(world, row, state=state)
    assert use_queue.missing([world.actor("reviewer")], LAST_YEAR) == (missing, 1)


def test_the_share_counts_what_stood_in_the_year(world, row):
    make_place(make_firm(), world.product, world.county)
    make_place(make_firm(), world.product, world.county, since=datetime.date(LAST_YEAR + 1, 1, 1))
    make_place(make_firm(), world.product, world.county, basis="reported")
    ended = make_place(make_firm(), world.product, world.county)
    type(ended).objects.filter(pk=ended.pk).update(effective_to=f"{LAST_YEAR}-01-01", state="ended")
    make_place(make_firm(), world.product, world.elsewhere)
    make_report(world, row)
    for name, figures in (("reviewer", (1, 2)), ("approver", (1, 2)), ("auditor", (2, 3)),
                          ("reviewer_elsewhere", (1, 1))):  # fmt: skip
        assert use_queue.missing([world.actor(name)], LAST_YEAR) == figures, name


def test_a_correction_in_writing_does_not_make_a_report_missing(world, row):
    make_report(world, row)
    make_report(world, row, state=UseState.DRAFT)
    assert use_queue.missing([world.actor("reviewer")], LAST_YEAR) == (0, 1)


def test_what_waits_stands_first_whatever_its_year_the_oldest_on_top(world, row):
    young = make_report(world, row, state=UseState.SUBMITTED)
    old = make_report(world, row, LAST_YEAR - 3, state=UseState.SUBMITTED)
    UseReport.objects.filter(pk=old.pk).update(submitted_on=timezone.localdate() - datetime.timedelta(days=9))
    assert list(use_queue.waiting([world.actor("reviewer")])) == [old, young]
    page = index(world).content.decode()
    assert page.index(old.reference) < page.index(young.reference) < page.index('id="missing"')


def test_demonstration_enterprises_are_marked(world, row):
    assert "demonstration" in text_of(index(world))


@pytest.mark.parametrize("name", ELSEWHERE)
def test_another_province_sees_nothing_of_it(world, row, name):
    report = make_report(world, row, state=UseState.SUBMITTED)
    page = index(world, name)
    assert report.reference not in page.content.decode()
    assert "示例茶业" not in page.content.decode()
    assert "No authorisation in your territory stood in this year" in text_of(page)
    assert len(index(world, name, format="csv").getvalue().splitlines()) == 1
    for path in (at("desk_use_report", report.reference), at("desk_use_step", report.reference, "accept")):
        assert sign_in(world, name).get(path).status_code == 404


@pytest.mark.parametrize("year", ["nonsense", "1999", str(LAST_YEAR + 1), "9" * 30])
def test_a_malformed_year_is_ignored_with_a_notice(world, row, year):
    answer = index(world, year=year)
    assert answer.status_code == 200
    assert "was ignored" in text_of(answer)
    assert f"The year {LAST_YEAR}" in text_of(answer)


def test_the_list_as_a_file_has_every_authorisation_once(world, row):
    make_report(world, row, households=35, output=1500)
    firm = make_firm("某茶厂")
    make_place(firm, world.product, world.county)
    text = index(world, format="csv").getvalue().decode("utf-8-sig")
    lines = {line["enterprise"]: line for line in csv.DictReader(io.StringIO(text))}
    mine, other = lines["示例茶业有限公司"], lines["某茶厂"]
    assert (mine["state"], mine["households"], mine["output"], mine["county_code"], mine["demonstration"]) == (
        "accepted", "35", "1.5", "430923", "1"
    )  # fmt: skip
    assert (other["state"], other["output"], other["demonstration"]) == ("missing", "", "0")


def test_figures_that_the_enterprise_is_correcting_are_in_no_file(world, row):
    make_report(world, row, state=UseState.RETURNED, households=77665)
    text = index(world, format="csv").getvalue().decode("utf-8-sig")
    assert "returned" in text
    assert "77665" not in text


def test_the_list_takes_the_same_questions_however_long_it_is(world, row):
    client, numbers = sign_in(world), []
    client.get(at("desk_use_reports"))
    for count in (2, 8):
        for _each in range(count):
            place = make_place(make_firm(), world.product, world.county)
            accepted(place, person=world.people["owner"], decided_on=timezone.localdate())
            waits = make_place(make_firm(), world.product, world.county)
            day = timezone.localdate()
            accepted(waits, person=world.people["owner"], submitted_on=day, state=UseState.SUBMITTED)
            make_place(make_firm(), world.product, world.county)
        for query in ({}, {"format": "csv"}):
            with CaptureQueriesContext(connection) as asked:
                answer = client.get(at("desk_use_reports"), {"year": LAST_YEAR} | query)
                assert answer.getvalue() if answer.streaming else answer.content
            numbers.append(len(asked))
    assert numbers[:2] == numbers[2:]


# --- One report ---


def test_a_report_is_shown_with_what_does_not_fit_and_why(world, row):
    report = make_report(world, row, state=UseState.SUBMITTED, labels_used=12, households=35)
    words = text_of(sign_in(world).get(at("desk_use_report", report.reference)))
    assert "You write 12 labels used; up to the end of" in words
    assert "The enterprise explains: Labels of another printer." in words
    assert "12,000,000 yuan (= 1,200 × 10,000 yuan)" in words
    assert "100.00 yuan for 1 kg" in words
    assert "Accept" in words


def test_a_correction_stands_beside_the_version_before(world, row):
    first = make_report(world, row, output_value=7_000_000)
    second = make_report(world, row, state=UseState.SUBMITTED, output_value=8_000_000)
    words = text_of(sign_in(world).get(at("desk_use_report", second.reference)))
    assert re.search(r"8,000,000 yuan \([^)]*\) Changed here 7,000,000 yuan", words, re.IGNORECASE)
    assert "Version 1" in words
    decide(world, second, "accept")
    first.refresh_from_db()
    assert first.state == UseState.REPLACED
    page = sign_in(world).get(at("desk_use_report", first.reference)).content.decode()
    assert at("desk_use_step", first.reference, "accept") not in page


@pytest.mark.parametrize("name", HERE)
def test_a_draft_is_nobodys_business(world, row, name):
    report = make_report(world, row, state=UseState.DRAFT)
    assert sign_in(world, name).get(at("desk_use_report", report.reference)).status_code == 404
    assert report.reference not in index(world, name).content.decode()


def test_what_the_enterprise_is_correcting_is_not_shown_meanwhile(world, row):
    report = make_report(world, row, state=UseState.RETURNED, households=77_665)
    words = text_of(sign_in(world).get(at("desk_use_report", report.reference)))
    assert "The unit seems to be wrong." in words
    assert "77,665" not in words


# --- Decisions ---


def test_a_report_is_accepted(world, row):
    report = make_report(world, row, state=UseState.SUBMITTED)
    page = sign_in(world).get(at("desk_use_step", report.reference, "accept"))
    assert "its figures stand in the sums" in text_of(page)
    assert decide(world, report, "accept").status_code == 302
    report.refresh_from_db()
    assert report.state == UseState.ACCEPTED


def test_a_report_is_returned_with_its_reason(world, row):
    report = make_report(world, row, state=UseState.SUBMITTED)
    refused = decide(world, report, "return", text=" ")
    assert refused.status_code == 200
    assert 'href="#id_text"' in refused.content.decode()
    assert decide(world, report, "return", text="Sales are missing.").status_code == 302
    report.refresh_from_db()
    assert (report.state, report.decision) == (UseState.RETURNED, "Sales are missing.")


def test_a_page_that_is_out_of_date_decides_nothing_and_keeps_the_text(world, row):
    report = make_report(world, row, state=UseState.SUBMITTED)
    seen = report.edits
    use_reports.return_(report, by=world.actor("reviewer"), edits=seen, text="Look again")
    use_reports.save_draft(report, by=world.actor("owner"), edits=seen, output=1)
    use_reports.submit(report, by=world.actor("owner"), edits=report.edits)
    for name in ("accept", "return"):
        answer = decide(world, report, name, edits=seen, text="What I typed")
        assert answer.status_code == 409
        assert "Look at it again" in text_of(answer)
    assert "What I typed" in text_of(answer)
    report.refresh_from_db()
    assert report.state == UseState.SUBMITTED


@pytest.mark.parametrize("edits", ["", "x", "9" * 40])
def test_a_spoilt_mark_of_the_version_decides_nothing(world, row, edits):
    report = make_report(world, row, state=UseState.SUBMITTED)
    assert decide(world, report, "accept", edits=edits).status_code == 409
    report.refresh_from_db()
    assert report.state == UseState.SUBMITTED


def test_a_step_that_is_not_open_leads_back(world, row):
    report = make_report(world, row)
    answer = sign_in(world).get(at("desk_use_step", report.reference, "accept"))
    assert answer.url == at("desk_use_report", report.reference)


@pytest.mark.parametrize("by", ["auditor", *ELSEWHERE, "editor", "owner", "outsider"])
@pytest.mark.parametrize("name", ["accept", "return"])
def test_only_officials_of_the_territory_decide(world, row, by, name):
    report = make_report(world, row, state=UseState.SUBMITTED)
    assert decide(world, report, name, by=by, text="Why").status_code == 404
    assert sign_in(world, by).get(at("desk_use_step", report.reference, name)).status_code == 404
    report.refresh_from_db()
    assert report.state == UseState.SUBMITTED


@pytest.mark.parametrize("name", ["submit", "replace", "nonsense"])
def test_the_desk_has_no_other_steps(world, row, name):
    report = make_report(world, row, state=UseState.SUBMITTED)
    assert decide(world, report, name).status_code == 404


# --- The yearly return ---


def workbook_of(answer):
    book = load_workbook(io.BytesIO(answer.getvalue()))
    return {sheet.title: [[cell.value for cell in line] for line in sheet.iter_rows()] for sheet in book}


def yearly(world, name="approver", **query):
    return sign_in(world, name).get(at("desk_yearly_return"), {"year": LAST_YEAR} | query)


@pytest.fixture
def real(world, row):
    """The enterprise of the world as a real one, with a year behind it."""
    Enterprise.objects.filter(pk=world.enterprise.pk).update(uscc="91430900600037341F")
    make_report(
        world, row, output=1_500, related_value=7, tests=4, tests_failed=1, standard="=HYPERLINK(1)", households=35
    )
    standard = system_models.Standard.objects.create(number="GB/T 32719", title="黑茶")
    standard.products.add(world.product)
    body = system_models.TestingBody.objects.create(name_zh="某检验所")
    system_models.TestingScope.objects.create(
        body=body, product=world.product, certificate="CMA 1", effective_from=datetime.date(LAST_YEAR, 1, 1)
    )
    Suspension.objects.create(authorisation=row, ground="other", effective_from=datetime.date(LAST_YEAR, 5, 1))
    report, _token = suspect_reports.receive(nonce=uuid.uuid4(), suspicion=Suspicion.OTHER, text="Odd.",
                                             division=world.county)  # fmt: skip
    received = datetime.datetime(LAST_YEAR, 6, 1, tzinfo=datetime.UTC)
    SuspectReport.objects.filter(pk=report.pk).update(received_at=received)
    kept = {"division": world.county, "held_on": datetime.date(LAST_YEAR, 4, 1), "topic": "Labels", "office": "县局",
            "attendance": 40, "kind": "training"}  # fmt: skip
    for values in ({}, {"struck_on": timezone.localdate()}, {"demonstration": True}, {"division": world.elsewhere},
                   {"held_on": datetime.date(LAST_YEAR - 1, 4, 1)}):  # fmt: skip
        Training.objects.create(nonce=uuid.uuid4(), **(kept | values)).counties.add(world.county)
    return world


def test_the_return_has_its_blocks_and_says_what_is_missing(real):
    sheets = workbook_of(yearly(real, format="xlsx"))
    assert list(sheets) == ["1 Products and marks", "2 Use of the mark", "3 Protection", "4 Output value",
                            "5 Standards", "6 Testing", "7 Publicity and training", "About this return"]  # fmt: skip
    lines = {name: found[1:] for name, found in sheets.items()}
    assert lines["1 Products and marks"][0][1:3] == [365, "安化黑茶"]
    assert [line[1] for line in lines["2 Use of the mark"]] == ["示例茶业有限公司"]
    assert {line[0] for line in lines["3 Protection"]} == {"suspect report", "suspension"}
    assert lines["4 Output value"][0][4:8] == [1.5, "kg", 12_000_000, 7]
    assert lines["5 Standards"] == [
        ["GB/T 32719", "黑茶", "安化黑茶", None, None, 0], ["=HYPERLINK(1)", None, None, None, None, 1]
    ]  # fmt: skip
    assert lines["6 Testing"] == [["安化黑茶", "某检验所", 1, 4, 1]]
    assert [line[2:] for line in lines["7 Publicity and training"]] == [["Labels", "县局", "安化县", 40]]
    about = {line[0]: line[1] for line in sheets["About this return"]}
    assert about["Reports of enterprises"] == "1 of 1 accepted (100 %)"
    assert about["Data as of"] == f"{LAST_YEAR}-12-31"
    assert sum(name.startswith("Not held by the register") for name in about) == 7


def test_no_cell_of_the_return_is_a_formula(real):
    book = load_workbook(io.BytesIO(yearly(real, format="xlsx").getvalue()))
    kinds = {cell.data_type for sheet in book for line in sheet.iter_rows() for cell in line}
    assert kinds >= {"n"}
    assert "f" not in kinds


def test_the_page_of_the_return_says_what_is_to_be_added(real):
    words = text_of(yearly(real))
    assert "To be added by hand: owners of trademarks" in words
    assert "1 of 1 accepted (100 %)" in words


def test_demonstration_data_stand_in_no_return(world, row):
    make_report(world, row)
    sheets = workbook_of(yearly(world, format="xlsx"))
    assert len(sheets["4 Output value"]) == len(sheets["2 Use of the mark"]) == 1
    assert workbook_of(yearly(world, "auditor", format="xlsx"))["4 Output value"][1:] == []


def test_another_province_draws_up_its_own_return(real):
    make.make_product("北京鸭梨", number=900, province=real.elsewhere)
    sheets = workbook_of(yearly(real, "approver_elsewhere", format="xlsx", territory="430000"))
    assert [line[2] for line in sheets["1 Products and marks"][1:]] == ["北京鸭梨"]
    assert all(len(sheets[name]) == 1 for name in ("2 Use of the mark", "3 Protection", "4 Output value"))
    assert len(sheets["7 Publicity and training"]) == 2


def test_national_roles_draw_up_the_return_of_the_country(real):
    for name in ("officer", "auditor"):
        sheets = workbook_of(yearly(real, name, format="xlsx"))
        assert len(sheets["4 Output value"]) == 2
        assert len(sheets["7 Publicity and training"]) == 3


@pytest.mark.parametrize("name", ["reviewer", "reviewer_elsewhere", "editor", "owner", "outsider"])
def test_nobody_else_draws_up_a_return(world, row, name):
    assert yearly(world, name).status_code == 404
    assert yearly(world, name, format="xlsx").status_code == 404


def test_the_return_takes_the_same_questions_however_long_it_is(real):
    client, numbers = sign_in(real, "approver"), []
    for count in (1, 6):
        for _each in range(count):
            accepted(make_place(make_firm(), real.product, real.county), person=real.people["owner"], tests=1)
        with CaptureQueriesContext(connection) as asked:
            client.get(at("desk_yearly_return"), {"year": LAST_YEAR, "format": "xlsx"}).getvalue()
        numbers.append(len(asked))
    assert numbers[0] == numbers[1]
