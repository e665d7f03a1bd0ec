"""Suspect reports from the public: what is taken, that nothing typed is lost, what the link tells, what is kept."""

import datetime
import hashlib
import html
import io
import json
import re
import uuid

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from PIL import Image

from enterprises import label_codes, report_facts, report_mails, report_photos, suspect_reports, verification
from enterprises.label_keys import SealBroken
from enterprises.label_states import ReportOutcome, ReportState, Suspicion
from enterprises.scan_models import ReportPhoto, SuspectReport, label_key
from gi_registry import journal, throttle
from gi_registry.models import JournalEntry
from gi_registry.moves import MoveRefused
from gi_registry.throttle import REPORTS
from tests.case_world import make_world
from tests.label_world import code_of, make_labels
from tests.portal_files import a_pdf

pytestmark = pytest.mark.django_db
TEXT = "The seal on the pack was printed askew."
CONTACT = "139 0000 0000"
NOT_ISSUED = label_codes.make(77, 5, secret=bytes(32), order_key=bytes(range(32)))


@pytest.fixture(autouse=True)
def kept(settings, tmp_path):
    """Where the photographs of this test lie; the keys of the suite stay where they are."""
    place = tmp_path / "photos"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(report_photos, "folder", lambda: place)
        yield place


@pytest.fixture
def labels():
    return make_labels()


@pytest.fixture
def code(labels):
    return code_of(labels.batch(10, active=(1, 10)), 7)


def here(name="report", *args):
    with translation.override("en"):
        return reverse(f"enterprises:{name}", args=args)


def typed(**values):
    return {"nonce": str(uuid.uuid4()), "suspicion": "copied_label", "text": TEXT} | values


def send(client, **values):
    return client.post(here(), typed(**values))


def words(response):
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode())))


def a_picture(name="pack.jpg", color="red"):
    target, exif = io.BytesIO(), Image.Exif()
    exif[0x010E] = "a private remark"
    Image.new("RGB", (40, 30), color).save(target, "JPEG", exif=exif)
    return SimpleUploadedFile(name, target.getvalue(), content_type="image/jpeg")


def files_in(folder):
    return [file for file in folder.rglob("*") if file.is_file()] if folder.is_dir() else []


# --- From a scan, or freely ---


def test_a_scan_leads_to_a_form_that_names_the_label(client, code):
    answer = client.get(here(), {"code": code})
    assert "安化黑茶" in words(answer) or "Anhua Dark Tea" in words(answer)
    assert "示例茶业有限公司" in words(answer)
    assert label_codes.grouped(code) in answer.content.decode()
    assert "noindex" in answer.content.decode()


def test_a_report_from_a_scan_arrives_and_gives_a_link(client, labels, code):
    answer = send(client, label=label_codes.grouped(code).lower(), goods="黑茶", contact=CONTACT)
    row = SuspectReport.objects.get()
    assert answer.status_code == 302
    assert (row.label, row.batch_id) == (label_key(row.batch_id, 7), labels.season.batches.get().pk)
    assert row.division == labels.world.county
    assert (row.state, row.text, row.goods, row.contact) == ("received", TEXT, "黑茶", CONTACT)
    assert re.fullmatch(r"R[0-9A-HJKMNP-TV-Z]{8}", row.reference)
    page = client.get(answer["Location"])
    assert row.reference in words(page)
    assert "Your report has arrived" in words(page)


def test_a_free_report_needs_two_fields_only(client):
    assert send(client, suspicion="imitation").status_code == 302
    row = SuspectReport.objects.get()
    assert (row.label, row.batch, row.division, row.bought_on, row.contact) == (None, None, None, None, "")


@pytest.mark.parametrize(
    "typo", ["ABC", "ＡＢＣ-12 unreadable", "x" * 200, NOT_ISSUED, f"HTTPS://X.EXAMPLE/V/{NOT_ISSUED}"]
)
def test_a_code_of_no_label_never_hinders_and_is_kept_as_typed(client, labels, typo):
    assert client.get(here(), {"code": typo}).status_code == 200
    assert send(client, label=typo).status_code == 302
    row = SuspectReport.objects.get()
    assert (row.typed_code, row.batch) == (typo[:60], None)


def test_a_valid_code_is_not_stored(client, code):
    send(client, label=code)
    received(code=code)  # by a caller that did not look the label up
    rows = list(SuspectReport.objects.values())
    assert [row["typed_code"] for row in rows] == ["", ""]
    stored = json.dumps(rows, default=str) + json.dumps(list(JournalEntry.objects.values()), default=str)
    assert code not in stored
    assert label_codes.grouped(code) not in stored


def test_the_place_of_purchase_comes_before_the_place_of_the_product(client, labels, code):
    send(client, label=code, division="110000")
    assert SuspectReport.objects.get().division == labels.world.elsewhere


def test_without_a_master_key_the_report_is_taken_all_the_same(client, code, monkeypatch):
    def broken(_code):
        raise SealBroken("no key")

    monkeypatch.setattr(verification, "find", broken)
    assert client.get(here(), {"code": code}).status_code == 200
    assert send(client, label=code).status_code == 302
    assert SuspectReport.objects.get().typed_code == code


@pytest.mark.parametrize("bad", ["%00", "%ff%fe", "<script>alert(1)</script>", "a" * 5000])
def test_a_strange_code_in_the_address_is_harmless(client, bad):
    answer = client.get(f"{here()}?code={bad}")
    assert answer.status_code == 200
    assert "<script>alert" not in answer.content.decode()


# --- Twice ---


def test_the_same_form_twice_is_one_report_with_one_link(client, kept):
    form = typed(photos=[a_picture()])
    first = client.post(here(), form)
    second = client.post(here(), form | {"photos": [a_picture()]})
    assert first["Location"] == second["Location"]
    assert client.get(second["Location"]).status_code == 200
    assert (SuspectReport.objects.count(), ReportPhoto.objects.count(), len(files_in(kept))) == (1, 1, 1)


def test_the_same_form_twice_at_the_same_moment_is_one_report(client, kept, monkeypatch):
    form = typed()
    first = client.post(here(), form)
    real, calls = suspect_reports.sent_before, []

    def late(*args):
        calls.append(args)
        return real(*args) if len(calls) > 2 else None

    monkeypatch.setattr(suspect_reports, "sent_before", late)
    second = client.post(here(), form | {"photos": [a_picture()]})
    assert first["Location"] == second["Location"]
    assert (SuspectReport.objects.count(), files_in(kept)) == (1, [])


def test_other_words_on_a_sent_form_become_a_report_of_their_own(client):
    form = typed()
    client.post(here(), form)
    answer = client.post(here(), form | {"text": "A second shop sells it too."})
    assert "sent before, with other words" in words(answer)
    assert "A second shop sells it too." in words(answer)
    nonce = re.search(r'name="nonce" value="([^"]+)"', answer.content.decode())[1]
    assert client.post(here(), form | {"text": "A second shop sells it too.", "nonce": nonce}).status_code == 302
    assert SuspectReport.objects.count() == 2


@pytest.mark.parametrize("nonce", ["", "no uuid"])
def test_a_spoilt_mark_of_the_form_does_not_hinder(client, nonce):
    assert send(client, nonce=nonce).status_code == 302


# --- Faults, and that nothing is lost ---


def test_what_is_missing_is_named_and_what_was_typed_stays(client, labels):
    answer = send(
        client, suspicion="", text="", bought_on="2026-02-30", label="ABCD 1234", goods="茯砖茶", bought_at="Shop 8",
        division="110000", contact=CONTACT,
    )  # fmt: skip
    page = answer.content.decode()
    assert "Choose what fits best" in words(answer)
    assert "Write in a sentence or two" in words(answer)
    assert "Write the day like this" in words(answer)
    for text in ("ABCD 1234", "茯砖茶", "Shop 8", CONTACT, "2026-02-30", '<option value="110000" selected>'):
        assert text in page
    assert 'href="#id_text"' in page
    assert 'href="#id_suspicion_0"' in page
    assert SuspectReport.objects.count() == 0


def test_chosen_pictures_have_to_be_chosen_again_after_a_fault(client, kept):
    answer = send(client, text="", photos=[a_picture()])
    assert "Please choose all pictures again" in words(answer)
    assert files_in(kept) == []
    assert "Please choose all pictures again" not in words(send(client, text=""))


@pytest.mark.parametrize(
    ("upload", "said"),
    [
        (lambda: a_pdf(), "page.pdf: Only pictures"),
        (lambda: SimpleUploadedFile("note.docx", b"PK\x03\x04 word"), "note.docx: This looks like a Word"),
        (lambda: SimpleUploadedFile("cut.jpg", b"\xff\xd8\xff nothing"), "cut.jpg: The file is damaged"),
        (lambda: SimpleUploadedFile("empty.jpg", b""), "empty.jpg: The file is empty."),
        (lambda: SimpleUploadedFile("big.jpg", b"\xff\xd8\xff" + bytes(10 * 1024 * 1024)), "big.jpg: The file has"),
    ],
)
def test_a_refused_picture_is_named_and_the_text_stays(client, kept, upload, said):
    answer = send(client, photos=[a_picture("good.jpg"), upload()])
    assert said in words(answer)
    assert "good.jpg" not in words(answer)
    assert TEXT in answer.content.decode()
    assert (SuspectReport.objects.count(), files_in(kept)) == (0, [])


def test_five_pictures_are_kept_without_the_data_of_the_camera(client, kept):
    assert send(client, photos=[a_picture(f"{number}.jpg") for number in range(5)]).status_code == 302
    rows = SuspectReport.objects.get().photos.all()
    assert sorted(row.name for row in rows) == sorted(file.relative_to(kept).as_posix() for file in files_in(kept))
    assert all(b"private remark" not in file.read_bytes() for file in files_in(kept))
    assert {(row.media_type, row.size) for row in rows} == {("image/jpeg", files_in(kept)[0].stat().st_size)}


def test_a_sixth_picture_is_too_many(client, kept):
    answer = send(client, photos=[a_picture(f"{number}.jpg") for number in range(6)])
    assert "At most 5 pictures." in words(answer)
    assert files_in(kept) == []


def test_a_report_that_cannot_be_stored_leaves_no_pictures(client, kept, monkeypatch):
    def fails(*args, **kwargs):
        raise MoveRefused("x", "Not today.")

    monkeypatch.setattr(suspect_reports, "receive", fails)
    answer = send(client, photos=[a_picture()])
    assert "Not today." in words(answer)
    assert TEXT in answer.content.decode()
    assert files_in(kept) == []


def test_a_form_that_comes_too_late_is_shown_again_with_its_text_and_its_code(code):
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(here(), typed(label=code, contact=CONTACT))
    assert answer.status_code == 403
    for text in (TEXT, code, CONTACT):
        assert text in answer.content.decode()


# --- Programs, and too many ---


@pytest.mark.usefixtures("one_window")
def test_after_some_reports_a_network_waits_and_loses_nothing(client):
    form = typed()
    first = client.post(here(), form)
    for _each in range(REPORTS.allowed - 1):
        assert send(client).status_code == 302
    answer = send(client, text="One more shop.", photos=[a_picture()])
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= REPORTS.seconds
    assert "One more shop." in answer.content.decode()
    assert "Yours has not been sent yet" in words(answer)
    assert "Please choose all pictures again" in words(answer)
    assert SuspectReport.objects.count() == REPORTS.allowed
    assert client.post(here(), form)["Location"] == first["Location"]  # sent before: still led to its link


def test_a_form_with_faults_costs_no_try(client):
    for _each in range(REPORTS.allowed + 1):
        assert send(client, text="").status_code == 200
    assert send(client).status_code == 302


def test_the_field_for_programs_stores_nothing_and_can_be_mended(client):
    answer = send(client, remark="http://example.org")
    assert SuspectReport.objects.count() == 0
    assert "there to catch programs" in words(answer)
    assert "is-sprung" in answer.content.decode()
    assert TEXT in answer.content.decode()
    assert "is-sprung" not in client.get(here()).content.decode()


def test_too_many_look_ups_name_no_label_but_leave_the_form(client, code, monkeypatch):
    asked = []
    monkeypatch.setattr(throttle, "spend", lambda limit, network: asked.append(limit.name) or 60)
    answers = client.get(here(), {"code": code}), client.get(here(), {"code": NOT_ISSUED})
    assert [answer.status_code for answer in answers] == [200, 200]
    assert "示例茶业有限公司" not in words(answers[0])
    assert label_codes.grouped(code) in answers[0].content.decode()
    assert asked == ["valid", "unknown"]


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_methods_are_not_offered(client, method):
    assert getattr(client, method)(here()).status_code == 405


# --- Behind the link ---


def received(*, token=False, **values):
    values = {"nonce": uuid.uuid4(), "suspicion": Suspicion.NO_RIGHT, "text": TEXT} | values
    report, secret = suspect_reports.receive(**values)
    return (report, secret) if token else report


def test_the_link_tells_the_course_and_nothing_that_was_written(client, labels, code):
    _report, token = received(token=True, contact=CONTACT, goods="Brick", bought_at="Shop 8",
                              label=report_facts.label_behind(code))  # fmt: skip
    page = client.get(here("report_status", token))
    for private in (TEXT, CONTACT, "Brick", "Shop 8", "示例茶业", "Anhua", code):
        assert private not in page.content.decode()
    assert "The seller seems to use the special mark" in words(page)
    assert timezone.localdate().strftime("%-d %B %Y") in words(page)
    assert page["Referrer-Policy"] == "no-referrer"
    assert page["Cache-Control"] == "no-store"
    assert page["X-Robots-Tag"] == "noindex"
    assert "noindex" in page.content.decode()


def test_the_link_tells_outcome_and_answer(client, labels):
    report, token = received(token=True, division=labels.world.county, contact=CONTACT)
    by = labels.world.actor("reviewer")
    suspect_reports.take_up(report, by=by)
    assert "An official is looking into it" in words(client.get(here("report_status", token)))
    suspect_reports.close(report, by=by, outcome=ReportOutcome.CONFIRMED, answer="The shop took it off the shelf.")
    page = words(client.get(here("report_status", token)))
    assert "The officials found what you suspected." in page
    assert "The shop took it off the shelf." in page
    assert "How to reach you is erased on" in page


def test_an_unknown_link_is_not_found(client):
    report = received()
    for token in ("x", report.reference, report.token_sha256, str(report.nonce), report.nonce.hex, "一"):
        assert client.get(here("report_status", token)).status_code == 404


def test_the_link_cannot_be_made_from_the_database(client, settings):
    report, token = received(token=True)
    assert token not in json.dumps(SuspectReport.objects.values().get(), default=str)
    assert report.token_sha256 == hashlib.sha256(token.encode()).hexdigest()
    assert len(token) == 22
    settings.SECRET_KEY = "another site"
    assert suspect_reports.token_of(report.nonce) != token
    assert client.get(here("report_status", token)).status_code == 200  # given links outlive a new key


# --- The journal, mails, figures, forgetting ---


def test_the_journal_learns_number_kind_and_division_only(labels, code):
    report = received(label=report_facts.label_behind(code), code=code, goods="Brick", contact=CONTACT)
    entry = JournalEntry.objects.get(event_type="suspect_report.received")
    assert entry.payload == {"reference": report.reference, "suspicion": "no_right", "division": "430923"}
    assert (entry.subject_id, entry.subject_label) == (report.reference, report.reference)
    assert (entry.parent_id, entry.actor, entry.actor_role) == ("", "system:public report", "system")
    assert list(journal.verify()) == []


@pytest.fixture
def reachable(labels):
    """The officials, with addresses."""
    for name, user in labels.world.people.items():
        user.email = f"{name}@example.org"
        user.save()
    return labels.world


def test_officials_of_the_place_are_told_once_and_nothing_but_the_number(
    reachable, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        report = received(division=reachable.county, goods="Brick", contact=CONTACT)
        received(division=reachable.county)
    message = mail.outbox[0]
    assert [one.to for one in mail.outbox] == [["reviewer@example.org"]]
    assert report.reference in message.subject
    assert "/desk/reports/" in message.body
    for private in (TEXT, CONTACT, "Brick", "Anhua", "no_right"):
        assert private not in message.subject + message.body


@pytest.mark.parametrize(
    ("place", "told"), [("elsewhere", "reviewer_elsewhere"), ("province", "approver"), (None, "officer")]
)
def test_who_is_told_follows_the_place(reachable, django_capture_on_commit_callbacks, place, told):
    with django_capture_on_commit_callbacks(execute=True):
        received(division=getattr(reachable, place) if place else None)
    assert [one.to for one in mail.outbox] == [[f"{told}@example.org"]]


def test_a_mail_server_that_is_down_hinders_no_report(reachable, monkeypatch, django_capture_on_commit_callbacks):
    tried = []

    def down(*args):
        tried.append(args)
        raise OSError("no mail")

    monkeypatch.setattr(report_mails, "send_mail", down)
    with django_capture_on_commit_callbacks(execute=True):
        received(division=reachable.county)
    assert (len(tried), SuspectReport.objects.count()) == (1, 1)


def closed(report, outcome, on):
    SuspectReport.objects.filter(pk=report.pk).update(state=ReportState.CLOSED, outcome=outcome, closed_on=on)


def test_the_public_reads_how_many_reports_came_to_what(client):
    real = make_labels(world=make_world(demo=False))
    label = report_facts.label_behind(code_of(real.batch(5), 1))
    today = timezone.localdate()
    closed(received(label=label), ReportOutcome.CONFIRMED, today)
    closed(received(), ReportOutcome.TOO_LITTLE, today)
    closed(received(), ReportOutcome.CONFIRMED, today + datetime.timedelta(days=1))
    received()
    counts = report_facts.public_counts(today)
    assert (counts.received, counts.open) == (4, 2)
    assert dict(counts.outcomes) == {
        ReportOutcome.CONFIRMED: 1, ReportOutcome.NOT_CONFIRMED: 0, ReportOutcome.HANDED_ON: 0,
        ReportOutcome.TOO_LITTLE: 1,
    }  # fmt: skip
    assert report_facts.public_counts(today - datetime.timedelta(days=1)).received == 0
    assert "Confirmed 1 Not confirmed 0" in words(client.get(here()))
    assert "Still open 2 All reports 4" in words(client.get(here()))


def test_reports_on_demonstration_labels_are_not_counted(code):
    received(label=report_facts.label_behind(code))
    assert report_facts.public_counts(timezone.localdate()).received == 0


def test_contacts_are_erased_ninety_days_after_closing(capsys):
    today = timezone.localdate()
    old, young, still_open = (received(contact=CONTACT) for _each in range(3))
    closed(old, ReportOutcome.CONFIRMED, today - datetime.timedelta(days=90))
    closed(young, ReportOutcome.CONFIRMED, today - datetime.timedelta(days=89))
    call_command("forget_visitors")
    left = set(SuspectReport.objects.exclude(contact="").values_list("pk", flat=True))
    assert left == {young.pk, still_open.pk}
    assert "contacts of 1 closed report" in capsys.readouterr().out
    assert suspect_reports.erase_old_contacts(today) == 0
