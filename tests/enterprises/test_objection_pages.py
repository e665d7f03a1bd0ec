"""Pages of objections: what is open, the form that loses nothing, the link, the public register, the desk."""

import datetime
import html
import io
import re
import uuid

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from PIL import Image

from enterprises import objection_facts, objection_files
from enterprises.objection_facts import Wanted
from enterprises.views.objections import OBJECTIONS
from gi_registry.moves import MoveRefused
from products import objecting
from products.case_models import ProtectionCase
from products.case_states import LegalBasis
from products.models import Announcement
from products.objection_models import Objection, ObjectionFile
from products.objection_states import ObjectionState
from tests.case_world import OFFICIALS, make_world
from tests.objection_world import (
    ADDRESS,
    CONTACT,
    OBJECTOR,
    REASON,
    TEXT,
    make_case,
    make_list,
    make_notice,
    make_objection,
    received,
)
from tests.portal_files import a_pdf

pytestmark = pytest.mark.django_db
PRIVATE = (TEXT, OBJECTOR, CONTACT, ADDRESS)
DAY = datetime.timedelta(days=1)


@pytest.fixture(autouse=True)
def kept(tmp_path, monkeypatch):
    """Where the files of this test lie."""
    monkeypatch.setattr(objection_files, "folder", lambda: tmp_path / "objections")
    return tmp_path / "objections"


@pytest.fixture
def world():
    found = make_world()
    for name in OFFICIALS:
        TOTP.activate(found.people[name], "JBSWY3DPEHPK3PXP")
    return found


@pytest.fixture
def notice(world):
    return make_notice(world)


def here(name, *args):
    with translation.override("en"):
        return reverse(name, args=args)


def form_of(notice):
    return here("enterprises:object", notice.pk)


def typed(**values):
    return {
        "nonce": str(uuid.uuid4()), "ground": "earlier_mark", "text": TEXT, "objector_kind": "unit",
        "objector": OBJECTOR, "address": ADDRESS, "contact": CONTACT, "in_china": "yes",
    } | values  # fmt: skip


def words(response):
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode())))


def a_picture(name="map.jpg"):
    target = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(target, "JPEG")
    return SimpleUploadedFile(name, target.getvalue(), content_type="image/jpeg")


def files_in(folder):
    return [file for file in folder.rglob("*") if file.is_file()] if folder.is_dir() else []


# --- Announcements ---


def test_announcements_begin_with_what_one_may_object_to(client, world, notice):
    page = client.get(here("products:announcements"))
    assert "安化红茶" in page.content.decode()
    assert form_of(notice) in page.content.decode()
    assert "days left after today" in words(page)
    ended = make_notice(world, case=make_case(world, name="旧茶"), published_on=timezone.localdate() - DAY * 80)
    shown = make_notice(world, case=make_case(world, name="示例茶"), demonstration=True)
    page = client.get(here("products:announcements")).content.decode()
    assert "旧茶" in page
    assert form_of(ended) not in page
    assert (form_of(shown) in page, "示例茶" in page) == (False, False)


def test_the_last_day_is_said(client, world, monkeypatch):
    notice = make_notice(world, published_on=datetime.date(2024, 4, 19))
    now = datetime.datetime(2024, 6, 19, 8, tzinfo=datetime.UTC)
    monkeypatch.setattr(timezone, "now", lambda: now)
    assert "today is the last day" in words(client.get(here("products:announcements")))
    assert "today is the last day" in words(client.get(form_of(notice)))


def test_without_a_notice_the_page_says_so(client, world):
    assert "no public notice runs" in words(client.get(here("products:announcements")))


def test_an_announcement_shows_its_notices_demonstration_too(client, world):
    paper = Announcement.objects.create(issuer="cnipa", number=577, text="国家知识产权局公告第五七七号")
    notice = make_notice(world, announcement=paper, demonstration=True)
    page = client.get(here("products:announcement", paper.pk))
    assert form_of(notice) in page.content.decode()
    assert "No product is tied" not in words(page)


# --- The form ---


def test_an_objection_arrives_with_its_evidence_and_gives_a_link(client, notice, kept):
    answer = client.post(form_of(notice), typed(file1=a_pdf(), title1="Old map", file2=a_picture("harvest.jpg")))
    row = Objection.objects.get()
    assert (row.notice, row.objector, row.contact, row.in_china, row.state) == (
        notice, OBJECTOR, CONTACT, True, "received"
    )  # fmt: skip
    assert [(one.title, one.media_type) for one in row.files.all()] == [
        ("Old map", "application/pdf"), ("harvest.jpg", "image/jpeg")
    ]  # fmt: skip
    assert sorted(one.name for one in row.files.all()) == sorted(
        file.relative_to(kept).as_posix() for file in files_in(kept)
    )
    page = client.get(answer["Location"])
    assert row.reference in words(page)
    assert "Your objection has arrived" in words(page)


def test_the_form_says_what_it_is_about_and_until_when(client, world, notice):
    page = words(client.get(form_of(notice)))
    for text in ("安化红茶", "Order 80: two months", "last day", "days left after today", "erased 90 days"):
        assert text in page
    assert "only units and individuals inside China" not in page
    old = make_notice(world, case=make_case(world, law=LegalBasis.ORDER_78))
    assert "only units and individuals inside China may object" in words(client.get(form_of(old)))


def test_a_comment_chooses_a_name_of_the_list(client, world):
    agreement, entry = make_list()
    notice = make_notice(world, agreement=agreement)
    assert "Khvanchkara" in words(client.get(form_of(notice)))
    assert "Choose the name that your comment is about." in words(client.post(form_of(notice), typed()))
    assert client.post(form_of(notice), typed(entry=entry.pk)).status_code == 302
    assert Objection.objects.get().entry == entry


def test_what_is_missing_is_named_and_what_was_typed_stays(client, notice):
    empty = client.post(form_of(notice), {"nonce": ""})
    for text in ("Choose the ground", "Write why you object", "Write the name", "Write an address", "Choose yes or no"):
        assert text in words(empty)
    answer = client.post(form_of(notice), typed(ground="", title2="Second paper")).content.decode()
    for text in (*PRIVATE, "Second paper"):
        assert text in answer
    assert 'href="#id_ground_0"' in answer
    assert Objection.objects.count() == 0


@pytest.mark.parametrize(
    ("upload", "said"),
    [
        (lambda: SimpleUploadedFile("note.docx", b"PK\x03\x04 word"), "note.docx: This looks like a Word"),
        (lambda: SimpleUploadedFile("cut.pdf", b"%PDF-1.4 nothing"), "cut.pdf: The file is damaged"),
        (lambda: SimpleUploadedFile("empty.jpg", b""), "empty.jpg: The file is empty."),
        (lambda: SimpleUploadedFile("big.jpg", b"\xff\xd8\xff" + bytes(10 * 1024 * 1024)), "big.jpg: The file has"),
    ],
)
def test_a_refused_file_is_named_and_the_text_stays(client, notice, kept, upload, said):
    answer = client.post(form_of(notice), typed(file1=a_pdf(), title1="Good", file3=upload(), title3="Bad"))
    assert said in words(answer)
    for text in (*PRIVATE, "Good", "Bad"):
        assert text in answer.content.decode()
    assert "Please choose all files again" in words(answer)
    assert (Objection.objects.count(), files_in(kept)) == (0, [])


def test_the_same_form_twice_is_one_objection_with_one_link(client, notice, kept):
    form = typed(file1=a_picture())
    first = client.post(form_of(notice), form)
    second = client.post(form_of(notice), form | {"file1": a_picture()})
    assert first["Location"] == second["Location"]
    assert (Objection.objects.count(), ObjectionFile.objects.count(), len(files_in(kept))) == (1, 1, 1)


def test_other_words_on_a_sent_form_become_an_objection_of_their_own(client, notice):
    form = typed()
    client.post(form_of(notice), form)
    answer = client.post(form_of(notice), form | {"text": "A second ground."})
    assert "sent before, with other words" in words(answer)
    nonce = re.search(r'name="nonce" value="([^"]+)"', answer.content.decode())[1]
    assert client.post(form_of(notice), form | {"text": "A second ground.", "nonce": nonce}).status_code == 302
    assert Objection.objects.count() == 2


def test_an_objection_that_cannot_be_stored_leaves_no_files(client, notice, kept, monkeypatch):
    def fails(*args, **kwargs):
        raise MoveRefused("x", "Not today.")

    monkeypatch.setattr(objecting, "receive", fails)
    answer = client.post(form_of(notice), typed(file1=a_picture()))
    assert "Not today." in words(answer)
    assert TEXT in answer.content.decode()
    assert files_in(kept) == []


def test_a_form_that_comes_too_late_is_shown_again_with_its_text(notice):
    answer = Client(enforce_csrf_checks=True).post(form_of(notice), typed())
    assert answer.status_code == 403
    for text in PRIVATE:
        assert text in answer.content.decode()


@pytest.mark.usefixtures("one_window")
def test_after_some_objections_a_network_waits_and_loses_nothing(client, notice):
    for _each in range(OBJECTIONS.allowed):
        assert client.post(form_of(notice), typed()).status_code == 302
    answer = client.post(form_of(notice), typed(text="One more."))
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= OBJECTIONS.seconds
    assert "One more." in answer.content.decode()
    assert "Yours has not been sent yet" in words(answer)


def test_the_field_for_programs_stores_nothing_and_can_be_mended(client, notice):
    answer = client.post(form_of(notice), typed(remark="http://example.org"))
    assert "there to catch programs" in words(answer)
    assert TEXT in answer.content.decode()
    assert Objection.objects.count() == 0


def test_a_closed_notice_shows_when_it_ran_and_takes_nothing(client, world):
    notice = make_notice(world, published_on=datetime.date(2024, 4, 19))
    page = client.get(form_of(notice))
    assert "ran from 20 April 2024 to 19 June 2024 and is over" in words(page)
    assert "<form" not in page.content.decode().split("<main")[1]
    answer = client.post(form_of(notice), typed())
    assert "One may object from 2024-04-20 to 2024-06-19" in words(answer)
    assert TEXT in answer.content.decode()
    assert Objection.objects.count() == 0


def test_a_notice_that_has_not_begun_says_when(client, world):
    notice = make_notice(world, published_on=timezone.localdate())
    assert "One may object from" in words(client.get(form_of(notice)))
    assert "not one of these days" in words(client.post(form_of(notice), typed()))


def test_a_demonstration_notice_says_what_it_is(client, world):
    notice = make_notice(world, demonstration=True)
    assert "no case of any authority" in words(client.get(form_of(notice)))


@pytest.mark.parametrize("key", ["0", "999999", "99999999999999999999"])
def test_an_unknown_notice_is_not_found(client, key):
    assert client.get(f"/en/announcements/objections/{key}/").status_code == 404
    assert client.post(f"/en/announcements/objections/{key}/", typed()).status_code == 404


# --- Behind the link ---


@pytest.mark.parametrize("state", list(ObjectionState))
def test_the_link_tells_state_and_public_reason_and_nothing_private(client, world, state):
    row = make_objection(world, state)
    page = client.get(here("enterprises:objection_status", objecting.token_of(row.nonce)))
    assert page.status_code == 200
    for private in (*PRIVATE, "Nothing shows it", "The maps show it", "ours since 1950"):
        assert private not in page.content.decode()
    assert (REASON in page.content.decode()) == (state in ("upheld", "dismissed"))
    assert row.reference in words(page)
    assert page["Cache-Control"] == "no-store"
    assert page["X-Robots-Tag"] == "noindex"
    assert page["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("token", ["x", "OB2026000001", "a" * 22, "%00"])
def test_another_link_is_not_found(client, world, token):
    make_objection(world)
    assert client.get(f"/en/objections/status/{token}/").status_code == 404


# --- The public register ---


def test_the_register_shows_outcomes_and_nothing_of_who_objected(client, world):
    row = make_objection(world, ObjectionState.DISMISSED)
    hidden = received(make_notice(world, demonstration=True))
    for kind in ("", "csv", "json"):
        answer = client.get(here("products:objections"), {"format": kind})
        told = (answer.getvalue() if answer.streaming else answer.content).decode()
        assert row.reference in told
        assert hidden.reference not in told
        assert REASON in told
        for private in PRIVATE:
            assert private not in told
    workbook = client.get(here("products:objections"), {"format": "xlsx"})
    assert workbook.getvalue().startswith(b"PK")


def test_the_day_of_receipt_is_that_of_china(client, world):
    row = make_objection(world)
    Objection.objects.update(received_at=datetime.datetime(2026, 5, 1, 17, 0, tzinfo=datetime.UTC))
    enter(client, world, "officer")
    link = here("enterprises:objection_status", objecting.token_of(row.nonce))
    for address in (here("products:objections"), here("enterprises:desk_objections"), link):
        assert "2 May 2026" in words(client.get(address)), address
    assert "2026-05-02" in client.get(here("products:objections"), {"format": "csv"}).getvalue().decode()
    assert objection_facts.received_on(Objection.objects.get()) == datetime.date(2026, 5, 2)


def test_the_register_is_narrowed_and_ignores_what_it_does_not_know(client, world):
    row = make_objection(world, ObjectionState.DISMISSED)
    index = here("products:objections")
    for asked in ({"state": "dismissed"}, {"q": "红茶"}, {"ground": "earlier_mark"}):
        assert row.reference in words(client.get(index, asked))
    for asked in ({"state": "upheld"}, {"q": "绿茶"}, {"ground": "area"}):
        assert "No objection fits" in words(client.get(index, asked))
    answer = client.get(index, {"state": "nonsense", "year": "abc", "page": "x", "q": "\0"})
    assert answer.status_code == 200
    assert "was ignored" in words(answer)
    assert row.reference in words(client.get(index, {"state": "nonsense"}))


@pytest.mark.parametrize("address", ["products:objections", "products:announcements", "enterprises:desk_objections"])
def test_lists_ask_as_many_questions_for_many_as_for_one(client, world, address, django_assert_max_num_queries):
    client.force_login(world.people["officer"])
    make_objection(world)
    counts = []
    for _again in range(2):
        client.get(here(address))  # content types and the like, and what waits at the desk, are remembered
        with django_assert_max_num_queries(40) as seen:
            client.get(here(address))
        counts.append(len(seen))
        for _more in range(3):
            make_objection(world)
    assert counts[0] == counts[1]


# --- The desk ---


def enter(client, world, name):
    client.force_login(world.people[name])


def test_the_queue_shows_what_waits_longest_first_and_marks_it(client, world):
    old, new, done = make_objection(world), make_objection(world), make_objection(world, ObjectionState.DISMISSED)
    Objection.objects.filter(pk=old.pk).update(received_at=timezone.now() - DAY * 31)
    Objection.objects.filter(pk=new.pk).update(received_at=timezone.now() - DAY * 30)
    enter(client, world, "officer")
    page = words(client.get(here("enterprises:desk_objections")))
    assert page.index(old.reference) < page.index(new.reference)
    assert done.reference not in page
    assert page.count("waits long") == 1
    everything = words(client.get(here("enterprises:desk_objections"), {"view": "any"}))
    assert everything.index(new.reference) < everything.index(done.reference)
    assert done.reference in words(client.get(here("enterprises:desk_objections"), {"view": "dismissed"}))
    assert "was ignored" in words(client.get(here("enterprises:desk_objections"), {"view": "nonsense"}))


@pytest.mark.parametrize(
    ("name", "sees", "name_shown", "contact_shown"),
    [
        ("officer", True, True, True), ("reviewer", True, True, False), ("auditor", True, False, False),
        ("approver", True, False, False), ("reviewer_elsewhere", False, False, False),
        ("approver_elsewhere", False, False, False),
    ],
)  # fmt: skip
def test_who_reads_what(client, world, name, sees, name_shown, contact_shown):
    row = make_objection(world, ObjectionState.ANSWERED)
    enter(client, world, name)
    page = client.get(here("enterprises:desk_objection", row.reference))
    assert page.status_code == (200 if sees else 404)
    told = page.content.decode()
    assert [TEXT in told, "ours since 1950" in told] == [sees, sees]
    assert (OBJECTOR in told, CONTACT in told, ADDRESS in told) == (name_shown, contact_shown, contact_shown)
    assert (row.reference in words(client.get(here("enterprises:desk_objections")))) == sees


def test_comments_are_read_by_officer_and_auditor_only(client, world):
    agreement, entry = make_list()
    row = received(make_notice(world, agreement=agreement), entry=entry)
    for name, status in (("officer", 200), ("auditor", 200), ("reviewer", 404), ("approver", 404)):
        enter(client, world, name)
        assert client.get(here("enterprises:desk_objection", row.reference)).status_code == status, name


def test_evidence_is_sent_to_who_may_read_and_to_nobody_else(client, world, notice, kept):
    client.post(form_of(notice), typed(file1=a_pdf(), title1="Old map"))
    file = ObjectionFile.objects.get()
    address = here("enterprises:desk_objection_file", file.objection.reference, file.pk)
    enter(client, world, "reviewer")
    answer = client.get(address)
    assert b"".join(answer.streaming_content).startswith(b"%PDF-")
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "private, no-store"
    other = make_objection(world)
    assert client.get(here("enterprises:desk_objection_file", other.reference, file.pk)).status_code == 404
    enter(client, world, "approver_elsewhere")
    assert client.get(address).status_code == 404
    (kept / file.name).unlink()
    enter(client, world, "officer")
    assert client.get(address).status_code == 404


def step_of(row, name):
    return here("enterprises:desk_objection_step", row.reference, name)


def test_from_admission_to_dismissal_at_the_desk(client, world):
    row = make_objection(world)
    enter(client, world, "officer")
    page = client.get(step_of(row, "admit"))
    assert "becomes an opposed one" in words(page)
    assert client.post(step_of(row, "admit"), {"seen": "received", "text": "In time."}).status_code == 302
    assert ProtectionCase.objects.get().state == "opposed"
    assert "somebody else has to decide" in words(client.get(here("enterprises:desk_objection", row.reference)))
    enter(client, world, "reviewer")
    assert "What you can do now" in words(client.get(here("enterprises:desk_objection", row.reference)))
    assert client.get(step_of(row, "dismiss")).status_code == 404
    assert client.post(step_of(row, "answer"), {"seen": "admitted", "text": "Ours."}).status_code == 302
    other = world.another("officer")
    TOTP.activate(world.people["another_officer"], "JBSWY3DPEHPK3PXP")
    enter(client, world, "another_officer")
    bare = client.post(step_of(row, "dismiss"), {"seen": "answered", "text": "Not shown."})
    assert "Write what the public register is to say." in words(bare)
    assert "Not shown." in bare.content.decode()
    sent = {"seen": "answered", "text": "Not shown.", "published_reason": REASON}
    assert client.post(step_of(row, "dismiss"), sent).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.published_reason, row.notes.last().by_id) == ("dismissed", REASON, other.person)
    page = words(client.get(here("enterprises:desk_objection", row.reference)))
    for text in ("In time.", "Ours.", "Not shown.", REASON, "Objection dismissed"):
        assert text in page


def test_who_admitted_is_told_why_not_and_keeps_the_text(client, world):
    row = make_objection(world, ObjectionState.ADMITTED)
    enter(client, world, "officer")
    page = client.get(step_of(row, "uphold"))
    assert "somebody else has to decide" in words(page)
    assert '<button class="btn">' not in page.content.decode().split("<main")[1]
    answer = client.post(step_of(row, "uphold"), {"text": "Right.", "published_reason": REASON})
    assert answer.status_code == 409
    assert "Right." in answer.content.decode()


def test_a_page_that_is_out_of_date_decides_nothing_and_can_be_sent_again(client, world):
    row = make_objection(world, ObjectionState.ANSWERED)
    world.another("officer")
    TOTP.activate(world.people["another_officer"], "JBSWY3DPEHPK3PXP")
    enter(client, world, "another_officer")
    sent = {"seen": "admitted", "text": "Not shown.", "published_reason": REASON}
    answer = client.post(step_of(row, "dismiss"), sent)
    assert answer.status_code == 409
    assert "Somebody else has just decided this" in words(answer)
    assert 'name="seen" value="answered"' in answer.content.decode()
    assert client.post(step_of(row, "dismiss"), sent | {"seen": "answered"}).status_code == 302


def test_the_name_of_whoever_objected_in_the_public_reason_is_marked_beside_the_field(client, world):
    row = make_objection(world)
    enter(client, world, "officer")
    sent = {"seen": "received", "text": "x", "published_reason": f"{OBJECTOR} gave no ground."}
    answer = client.post(step_of(row, "not_admit"), sent)
    assert "must not tell who objected" in words(answer)
    assert 'href="#id_published_reason"' in answer.content.decode()


def test_a_step_that_is_over_leads_back(client, world):
    row = make_objection(world, ObjectionState.DISMISSED)
    enter(client, world, "officer")
    assert client.get(step_of(row, "admit")).status_code == 302
    assert client.post(step_of(row, "admit"), {"seen": "dismissed", "text": "x"}).status_code == 409
    assert client.get(step_of(row, "nonsense")).status_code == 404


def test_the_command_forgets_contacts_of_decided_objections(world, capsys):
    row = make_objection(world, ObjectionState.DISMISSED)
    Objection.objects.update(decided_on=timezone.localdate() - DAY * 90)
    call_command("forget_visitors")
    row.refresh_from_db()
    assert (row.contact, row.address, row.objector) == ("", "", OBJECTOR)
    assert "contacts of 1 decided objection" in capsys.readouterr().out


def test_searching_the_queue_finds_number_and_product(world):
    row = make_objection(world)
    actors = [world.actor("officer")]
    for text in (row.reference, "安化红茶", row.notice.case.reference):
        assert list(objection_facts.found(actors, Wanted(q=text))) == [row]
    assert list(objection_facts.found(actors, Wanted(q="other"))) == []
