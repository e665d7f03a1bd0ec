"""Suspect reports at the desk: who reads which, what the page shows to whom, taking up, closing, pictures."""

import datetime
import html
import io
import re
import uuid

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from PIL import Image

from enterprises import label_codes, report_photos, suspect_reports, verification
from enterprises.label_keys import SealBroken
from enterprises.label_states import ReportOutcome, Suspicion
from enterprises.scan_models import SuspectReport
from gi_registry import uploads
from gi_registry.models import JournalEntry
from gi_registry.moves import MoveRefused
from tests.label_world import code_of, make_labels

pytestmark = pytest.mark.django_db
TEXT = "The seal on the pack was printed askew."
CONTACT = "139 0000 0000"


@pytest.fixture(autouse=True)
def kept(tmp_path, monkeypatch):
    """Where the photographs of this test lie."""
    monkeypatch.setattr(report_photos, "folder", lambda: tmp_path / "photos")
    return tmp_path / "photos"


@pytest.fixture
def found():
    return make_labels()


@pytest.fixture
def code(found):
    return code_of(found.batch(10, active=(1, 10)), 7)


@pytest.fixture
def report(found, code):
    """About a label of Anhua, with everything in it."""
    target = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(target, "PNG")
    picture = uploads.clean(io.BytesIO(target.getvalue()))
    return make(
        label=verification.find(code), goods="Brick tea", bought_at="Shop 8", bought_on=datetime.date(2026, 5, 4),
        contact=CONTACT, photos=[(picture, report_photos.keep(picture))],
    )  # fmt: skip


def make(**values):
    values = {"nonce": uuid.uuid4(), "suspicion": Suspicion.COPIED_LABEL, "text": TEXT} | values
    return suspect_reports.receive(**values)[0]


def signed_in(found, name):
    user, client = found.world.people[name], Client()
    Authenticator.objects.get_or_create(user=user, type=Authenticator.Type.TOTP, defaults={"data": {"secret": "x"}})
    client.force_login(user)
    return client


def address(name, *args):
    with translation.override("en"):
        return reverse(f"enterprises:{name}", args=args)


def words(response):
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode())))


def shown_in(page, rows):
    return {name for name, row in rows.items() if address("desk_report", row.reference) in page.content.decode()}


# --- The queue ---


@pytest.fixture
def places(found):
    """One report for each reach, by the name of its place."""
    world = found.world
    rows = {name: make(division=getattr(world, name)) for name in ("county", "prefecture", "province", "elsewhere")}
    return rows | {"nowhere": make()}


@pytest.mark.parametrize(
    ("person", "reads"),
    [
        ("reviewer", {"county", "prefecture"}), ("approver", {"county", "prefecture", "province"}),
        ("reviewer_elsewhere", {"elsewhere"}), ("approver_elsewhere", {"elsewhere"}),
        ("officer", {"county", "prefecture", "province", "elsewhere", "nowhere"}),
        ("auditor", {"county", "prefecture", "province", "elsewhere", "nowhere"}),
    ],
)  # fmt: skip
def test_everybody_reads_the_reports_of_the_own_territory(found, places, person, reads):
    client = signed_in(found, person)
    assert shown_in(client.get(address("desk_reports")), places) == reads
    opened = {name for name, row in places.items()
              if client.get(address("desk_report", row.reference)).status_code == 200}  # fmt: skip
    assert opened == reads


@pytest.mark.parametrize(
    ("query", "hits"),
    [
        ({}, {1, 2}), ({"view": "received"}, {1}), ({"view": "taken_up"}, {2}), ({"view": "closed"}, {3}),
        ({"view": "any"}, {1, 2, 3}), ({"kind": "imitation"}, {2}), ({"q": "brick"}, {1}), ({"q": "nothing"}, set()),
        ({"view": "nonsense", "kind": "x"}, {1, 2}), ({"q": "\0"}, {1, 2}), ({"page": "99"}, {1, 2}),
    ],
)  # fmt: skip
def test_the_queue_is_narrowed(found, query, hits):
    county, by = found.world.county, found.world.actor("reviewer")
    rows = {1: make(division=county, goods="Brick tea"), 2: make(division=county, suspicion=Suspicion.IMITATION)}
    rows[3] = make(division=county)
    suspect_reports.take_up(rows[2], by=by)
    suspect_reports.take_up(rows[3], by=by)
    suspect_reports.close(rows[3], by=by, outcome=ReportOutcome.CONFIRMED, answer="Done.")
    assert shown_in(signed_in(found, "reviewer").get(address("desk_reports"), query), rows) == hits


def test_a_report_is_found_by_its_number_its_enterprise_and_its_batch(found, report):
    client, other = signed_in(found, "reviewer"), make(division=found.world.county)
    for text in (report.reference.lower(), "示例茶业", "heicha", report.batch.reference):
        page = client.get(address("desk_reports"), {"q": text})
        assert shown_in(page, {"this": report, "other": other}) == {"this"}, text


def test_what_waits_longest_stands_first_with_its_age(found):
    young, old = make(division=found.world.county), make(division=found.world.county)
    SuspectReport.objects.filter(pk=old.pk).update(received_at=timezone.now() - datetime.timedelta(days=12))
    page = signed_in(found, "reviewer").get(address("desk_reports"))
    assert page.content.decode().index(old.reference) < page.content.decode().index(young.reference)
    assert "12 days" in words(page)


def test_the_queue_asks_the_same_number_of_questions_however_long_it_is(found, code):
    client, numbers = signed_in(found, "reviewer"), []
    client.get(address("desk_reports"))
    for _each in range(2):
        for _report in range(3):
            make(label=verification.find(code))
            make(division=found.world.prefecture)
        with CaptureQueriesContext(connection) as asked:
            client.get(address("desk_reports"))
        numbers.append(len(asked))
    assert numbers[0] == numbers[1]


# --- One report ---


def test_the_page_shows_everything_to_who_works_on_it(found, report, code):
    page = words(signed_in(found, "reviewer").get(address("desk_report", report.reference)))
    for text in (TEXT, "Brick tea", "Shop 8", "4 May 2026", CONTACT, label_codes.grouped(code), "示例茶业有限公司",
                 "Anhua Dark Tea", report.batch.reference, "Number in the batch 7", "Activated",
                 "This label was issued, and the authorisation is in force", "Take up"):  # fmt: skip
        assert text in page, text


def test_the_auditor_reads_but_neither_contact_nor_code_and_finds_no_button(found, report, code):
    answer = signed_in(found, "auditor").get(address("desk_report", report.reference))
    assert TEXT in words(answer)
    assert CONTACT not in words(answer)
    assert "only who works on the report sees it" in words(answer)
    assert label_codes.grouped(code) not in words(answer)
    assert code not in answer.content.decode()
    assert address("desk_report_step", report.reference, "take_up") not in answer.content.decode()


def test_a_batch_of_elsewhere_is_named_but_not_linked(found, code):
    report = make(label=verification.find(code), division=found.world.elsewhere)
    here = signed_in(found, "reviewer_elsewhere").get(address("desk_report", report.reference)).content.decode()
    assert report.batch.reference in here
    assert address("desk_batch", report.batch.reference) not in here
    report = make(label=verification.find(code))
    there = signed_in(found, "reviewer").get(address("desk_report", report.reference)).content.decode()
    assert address("desk_batch", report.batch.reference) in there


def test_other_reports_on_the_batch_are_listed_and_linked_where_readable(found, report, code):
    near = make(label=verification.find(code), suspicion=Suspicion.IMITATION)
    far = make(label=verification.find(code), division=found.world.elsewhere, suspicion=Suspicion.OUTSIDE_AREA)
    page = signed_in(found, "reviewer").get(address("desk_report", report.reference))
    assert address("desk_report", near.reference) in page.content.decode()
    assert address("desk_report", far.reference) not in page.content.decode()
    assert "The goods seem to come from outside the protected area with officials elsewhere" in words(page)
    assert "Other reports about this batch 2" in words(page)


def test_a_code_of_no_label_is_shown_as_it_was_typed(found):
    report = make(division=found.world.county, code="ABC <b>12")
    page = signed_in(found, "reviewer").get(address("desk_report", report.reference)).content.decode()
    assert "ABC &lt;b&gt;12" in page


def test_without_a_master_key_the_page_still_opens(found, report, monkeypatch):
    def broken(_number):
        raise SealBroken("no key")

    monkeypatch.setattr(verification, "facts_of", broken)
    answer = signed_in(found, "reviewer").get(address("desk_report", report.reference))
    assert "cannot be answered just now" in words(answer)
    assert TEXT in words(answer)


@pytest.mark.parametrize("person", ["reviewer_elsewhere", "approver_elsewhere", "editor", "owner", "outsider"])
def test_who_may_not_read_finds_nothing(found, report, person):
    client, photo = signed_in(found, person), report.photos.get()
    for name, *more in (("desk_report",), ("desk_report_photo", photo.pk), ("desk_report_step", "take_up")):
        forbidden = client.get(address(name, report.reference, *more))
        unknown = client.get(address(name, "R00000000", *more))
        assert (forbidden.status_code, unknown.status_code) == (404, 404), name
        traces = forbidden.content.replace(report.reference.encode(), b"R00000000"), unknown.content
        assert traces[0] == traces[1], name
    assert client.post(address("desk_report_step", report.reference, "take_up")).status_code == 404
    report.refresh_from_db()
    assert report.state == "received"


def test_who_is_not_signed_in_is_led_to_the_sign_in(client, report):
    for name, *more in (("desk_reports",), ("desk_report", report.reference),
                        ("desk_report_photo", report.reference, report.photos.get().pk)):  # fmt: skip
        assert "/account/login/" in client.get(address(name, *more))["Location"]


# --- Pictures ---


def test_a_picture_is_sent_so_that_nothing_in_it_can_run(found, report, kept):
    photo = report.photos.get()
    answer = signed_in(found, "auditor").get(address("desk_report_photo", report.reference, photo.pk))
    assert answer.getvalue() == (kept / photo.name).read_bytes()
    assert answer["Content-Type"] == "image/png"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Cache-Control"] == "private, no-store"


def test_a_picture_is_found_under_its_own_report_only(found, report):
    other = make(division=found.world.county)
    client, photo = signed_in(found, "reviewer"), report.photos.get()
    assert client.get(address("desk_report_photo", other.reference, photo.pk)).status_code == 404


def test_a_picture_that_is_gone_from_the_disk_is_not_found(found, report, kept):
    photo = report.photos.get()
    (kept / photo.name).unlink()
    assert signed_in(found, "reviewer").get(
        address("desk_report_photo", report.reference, photo.pk)).status_code == 404  # fmt: skip


# --- Taking up and closing ---


def decide(found, report, name, by="reviewer", **values):
    return signed_in(found, by).post(address("desk_report_step", report.reference, name), values)


def test_a_report_is_taken_up_and_closed(found, report):
    assert decide(found, report, "take_up").status_code == 302
    report.refresh_from_db()
    assert (report.state, report.taken_up_on) == ("taken_up", timezone.localdate())
    answer = decide(found, report, "close", outcome="handed_on", answer=" Passed on to the market office. ")
    assert answer.status_code == 302
    report.refresh_from_db()
    assert (report.state, report.closed_on, report.outcome) == ("closed", timezone.localdate(), "handed_on")
    assert report.answer == "Passed on to the market office."
    page = words(signed_in(found, "reviewer").get(address("desk_report", report.reference)))
    assert "Handed on to another authority" in page
    assert "Suspect report closed" in page
    entry = JournalEntry.objects.get(event_type="suspect_report.closed")
    assert set(entry.payload) == {"move", "from", "to", "outcome", "text_sha256"}
    assert "market office" not in str(JournalEntry.objects.filter(subject_id=report.reference).values())


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"answer": "We looked."}, "Outcome : Choose what came of it."),
        ({"outcome": "confirmed"}, "Answer to whoever reported : Write in a sentence"),
        ({"outcome": "confirmed", "answer": "   "}, "Answer to whoever reported : Write in a sentence"),
        ({"outcome": "genuine", "answer": "We looked."}, "Outcome"),
    ],
)  # fmt: skip
def test_closing_needs_outcome_and_answer_and_loses_neither(found, report, values, said):
    suspect_reports.take_up(report, by=found.world.actor("reviewer"))
    answer = decide(found, report, "close", **values)
    assert f"Please look at this again: {said}" in words(answer)
    assert values.get("answer", "").strip() in answer.content.decode()
    report.refresh_from_db()
    assert report.state == "taken_up"


def test_closing_tells_that_the_answer_is_read_outside(found, report):
    suspect_reports.take_up(report, by=found.world.actor("reviewer"))
    page = words(signed_in(found, "reviewer").get(address("desk_report_step", report.reference, "close")))
    assert "Whoever holds the link of the report reads it, signed in or not." in page


def test_a_step_that_is_not_open_leads_back_and_keeps_what_was_typed(found, report):
    client = signed_in(found, "reviewer")
    back = client.get(address("desk_report_step", report.reference, "close"))
    assert back["Location"] == address("desk_report", report.reference)
    answer = decide(found, report, "close", outcome="confirmed", answer="Long answer.")
    assert answer.status_code == 409
    assert "Long answer." in answer.content.decode()
    assert decide(found, report, "nonsense").status_code == 404


def test_of_two_officials_one_is_told_that_the_other_was_faster(found, report):
    same = SuspectReport.objects.get(pk=report.pk)
    suspect_reports.take_up(report, by=found.world.actor("reviewer"))
    with pytest.raises(MoveRefused) as refusal:
        suspect_reports.take_up(same, by=found.world.actor("approver"))
    assert refusal.value.code == "someone_was_faster"
    assert JournalEntry.objects.filter(event_type="suspect_report.taken_up").count() == 1


@pytest.mark.parametrize("person", ["reviewer_elsewhere", "auditor", "owner", "editor"])
def test_the_writer_itself_refuses_who_may_not(found, report, person):
    with pytest.raises(MoveRefused) as refusal:
        suspect_reports.take_up(report, by=found.world.actor(person))
    assert refusal.value.code == "not_permitted"


def test_reports_without_a_place_are_the_registry_officers(found):
    report = make()
    assert decide(found, report, "take_up", by="approver").status_code == 404
    with pytest.raises(MoveRefused):
        suspect_reports.take_up(report, by=found.world.actor("approver"))
    assert decide(found, report, "take_up", by="officer").status_code == 302
    report.refresh_from_db()
    assert report.state == "taken_up"


def test_the_auditor_sends_nothing(found, report):
    assert decide(found, report, "take_up", by="auditor").status_code == 404
    assert signed_in(found, "auditor").get(
        address("desk_report_step", report.reference, "take_up")).status_code == 404  # fmt: skip
