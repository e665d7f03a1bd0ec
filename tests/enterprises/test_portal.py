"""The portal: from a draft to its receipt, saving by steps, two windows, who sees what, what the dashboard tells."""

import datetime
import re
import uuid

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from enterprises import drafts, portal_facts, supervision, workflow
from enterprises.application_models import Deadline, MarkApplication, Note, Notice, StopCase
from enterprises.models import Authorisation, Membership
from enterprises.portal_words import STEPS
from enterprises.states import (
    ApplicationKind,
    ApplicationState,
    DocumentKind,
    NoteKind,
    StopGround,
)
from gi_registry.event_types import EventType
from gi_registry.models import JournalEntry
from tests import factories as make
from tests.case_world import OFFICIALS, make_world, pdf
from tests.portal_files import a_pdf, kept_files  # noqa: F401

pytestmark = pytest.mark.django_db
State = ApplicationState


@pytest.fixture
def world():
    return make_world()


@pytest.fixture(autouse=True)
def _files(kept_files):  # noqa: F811
    """Documents of tests go into a folder of their own."""


def sign_in(world, name="owner"):
    client = Client()
    client.force_login(world.people[name])
    return client


def at(name, *args):
    with translation.override("en"):
        return reverse(f"enterprises:{name}", args=args)


def hidden(response, name):
    """The value of a hidden field on a page, as a browser would send it back."""
    return re.search(rf'name="{name}" value="([^"]*)"', response.content.decode()).group(1)


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def save(client, file, step, action="continue", **values):
    """Open a step and send it, as somebody without JavaScript does."""
    address = at("portal_step", file.reference, step)
    page = client.get(address)
    keep = {"version": hidden(page, "version"), "seen": hidden(page, "seen"), "action": action}
    return client.post(address, keep | values)


PRODUCT = {"product": "365", "lawful_user": "1", "mark_number": "", "mark_until": "", "licence_until": ""}
GOODS = {
    "varieties": "黑毛茶\n茯砖茶\n", "standard": "GB/T 32719", "yearly_output": "120", "output_unit": "t",
    "packs": "500 g",
}  # fmt: skip


# --- The whole way ---


def test_from_the_first_button_to_the_receipt(world):
    client = sign_in(world)
    page = client.get(at("portal_start") + "?product=365")
    assert "安化黑茶" in text_of(page) or "Anhua Dark Tea" in text_of(page)
    begun = client.post(at("portal_start"), {"nonce": hidden(page, "nonce"), "product": hidden(page, "product")})
    file = MarkApplication.objects.get()
    assert begun["Location"] == at("portal_step", file.reference, "product")
    assert file.product == world.product
    assert save(client, file, "product", **PRODUCT)["Location"] == at("portal_step", file.reference, "sites")
    sites = {"division_0": "430923", "address_0": "茶马路1号", "division_1": "", "address_1": ""}
    assert save(client, file, "sites", **sites)["Location"] == at("portal_step", file.reference, "goods")
    assert save(client, file, "goods", **GOODS)["Location"] == at("portal_step", file.reference, "documents")
    address = at("portal_step", file.reference, "documents")
    for kind, action, after in (("application_form", "add", "documents"), ("test_report", "continue", "check")):
        sent = client.post(address, {"kind": kind, "title": "", "file": a_pdf(kind), "action": action})
        assert sent["Location"] == at("portal_step", file.reference, after)
    check = client.get(at("portal_step", file.reference, "check"))
    assert "Still missing before you can send" not in text_of(check)
    for words in ("茶马路1号", "茯砖茶", "GB/T 32719", "120 tonnes", "Producer of the GI product"):
        assert words in text_of(check), words
    done = client.post(at("portal_submit", file.reference), {"declared": "on"}, follow=True)
    assert f"Receipt number {file.reference}" in text_of(done)
    file.refresh_from_db()
    assert file.state == State.SUBMITTED
    receipt = client.get(at("portal_receipt", file.reference))
    assert receipt.content.startswith(b"%PDF")
    assert receipt["Cache-Control"] == "private, no-store"


def test_sending_twice_and_going_back_lead_to_the_one_receipt(world):
    client, file = sign_in(world), world.draft()
    assert client.get(at("portal_receipt", file.reference)).status_code == 404
    for _time in range(2):
        answer = client.post(at("portal_submit", file.reference), {"declared": "on"}, follow=True)
        assert answer.redirect_chain == [(at("portal_file", file.reference), 302)]
    assert "was sent before; nothing was sent twice" in text_of(answer)
    entries = JournalEntry.objects.about("application", file.reference)
    assert entries.filter(event_type=EventType.APPLICATION_SUBMITTED).count() == 1
    back = client.get(at("portal_step", file.reference, "goods"), follow=True)
    assert "cannot be changed now" in text_of(back)


def test_nothing_is_sent_without_the_declaration_or_with_something_missing(world):
    client, file = sign_in(world), world.draft()
    answer = client.post(at("portal_submit", file.reference), {})
    assert "Please tick this" in text_of(answer)
    file.documents.all().delete()
    answer = client.post(at("portal_submit", file.reference), {"declared": "on"})
    assert "Add a document: application form." in text_of(answer)
    assert MarkApplication.objects.get().state == State.DRAFT


def test_the_same_form_starts_one_draft_however_often_it_is_sent(world):
    client, nonce = sign_in(world), uuid.uuid4()
    addresses = {client.post(at("portal_start"), {"nonce": nonce})["Location"] for _time in range(2)}
    assert len(addresses) == MarkApplication.objects.count() == 1
    assert sign_in(world, "outsider").post(at("portal_start"), {"nonce": nonce}).status_code == 404


@pytest.mark.parametrize("nonce", ["", "x", "1" * 40])
def test_a_damaged_nonce_starts_nothing_and_offers_the_button_again(world, nonce):
    page = sign_in(world).post(at("portal_start"), {"nonce": nonce, "product": "365"})
    assert page.status_code == 200
    assert "press the button once more" in text_of(page)
    assert uuid.UUID(hidden(page, "nonce"))
    assert hidden(page, "product") == "365"
    assert not MarkApplication.objects.exists()


# --- Steps ---


def test_each_step_is_saved_however_little_is_typed(world):
    client, file = sign_in(world), world.draft(complete=False)
    assert save(client, file, "product", product="", lawful_user="3").status_code == 302
    assert save(client, file, "sites", "stop", division_0="", address_0="")["Location"] == at("portal")
    assert save(client, file, "goods", varieties="", standard="", yearly_output="7", packs="").status_code == 302
    file.refresh_from_db()
    assert (file.lawful_user, file.yearly_output, file.product) == ("3", 7, None)
    page = client.get(at("portal_step", file.reference, "product"))
    assert "Choose the product." in text_of(page)
    assert "Give the last day of the licence." in text_of(page)
    assert client.get(at("portal_file", file.reference))["Location"] == at("portal_step", file.reference, "product")


@pytest.mark.parametrize(
    ("step", "field", "typed", "said"),
    [
        ("product", "product", "999", "Nobody can apply for this product"),
        ("product", "product", "３６５x", "Nobody can apply for this product"),
        ("product", "lawful_user", "9", "not one of the available choices"),
        ("product", "mark_number", "n" * 41, "at most 40 characters"),
        ("product", "mark_until", "next summer", "Write the day like this"),
        ("product", "licence_until", "2027-02-30", "Write the day like this"),
        ("sites", "division_0", "999999", "Choose the county from the list."),
        ("sites", "division_0", "430000", "Choose the county from the list."),
        ("sites", "address_0", "", "Give the address in this county."),
        ("sites", "address_0", "a" * 201, "at most 200 characters"),
        ("goods", "varieties", "茶" * 61, "too long: at most 60 characters a line"),
        ("goods", "varieties", "\n".join(map(str, range(31))), "At most 30 lines."),
        ("goods", "standard", "s" * 121, "at most 120 characters"),
        ("goods", "yearly_output", "a lot", "Write a number, such as 120"),
        ("goods", "yearly_output", "-3", "Write a number above 0."),
        ("goods", "yearly_output", "1,5", "Write a number, such as 120"),
        ("goods", "yearly_output", "0.0001", "no more than 3 decimal places"),
        ("goods", "output_unit", "elephants", "not one of the available choices"),
        ("goods", "packs", "p" * 61, "too long: at most 60 characters a line"),
        ("goods", "standard", "nul\0", "Null characters are not allowed."),
    ],
)
def test_what_cannot_be_stored_is_told_at_the_field_and_everything_typed_stays(world, step, field, typed, said):
    client, file = sign_in(world), world.draft()
    good = {
        "product": PRODUCT | {"mark_number": "TM-77"}, "goods": GOODS | {"packs": "7 kg"},
        "sites": {"division_0": "430923", "address_0": "新路2号"},
    }[step]  # fmt: skip
    before = MarkApplication.objects.values().get()
    page = save(client, file, step, **(good | {field: typed}))
    assert page.status_code == 200
    assert said in text_of(page).replace("&#x27;", "'")
    assert f'href="#id_{field}"' in page.content.decode()
    kept = {"product": "TM-77", "goods": "7 kg", "sites": "新路2号"}[step]
    if field not in ("packs", "address_0", "mark_number"):
        assert kept in page.content.decode()
    if typed and field not in ("lawful_user", "output_unit", "product", "division_0"):
        assert typed[:40].replace("\0", "") in page.content.decode()
    assert MarkApplication.objects.values().get() == before


@pytest.mark.parametrize("typed", ["2027-03-01", "2027/3/1", "2027.3.1", "2027年3月1日", "２０２７－０３－０１"])
def test_days_are_read_as_people_write_them(world, typed):
    client, file = sign_in(world), world.draft()
    assert save(client, file, "product", **(PRODUCT | {"licence_until": typed})).status_code == 302
    file.refresh_from_db()
    assert file.licence_until == datetime.date(2027, 3, 1)


@pytest.mark.parametrize(("typed", "stored"), [("１２．５", "12.500"), ("1,200", "1200.000"), (" 0.5 ", "0.500")])
def test_numbers_are_read_as_people_write_them(world, typed, stored):
    client, file = sign_in(world), world.draft()
    assert save(client, file, "goods", **(GOODS | {"yearly_output": typed})).status_code == 302
    file.refresh_from_db()
    assert str(file.yearly_output) == stored


def test_a_search_saves_what_was_typed_and_offers_only_what_can_be_applied_for(world):
    make.make_product("安化红茶", number=401, province=world.province, status="reported")
    make.make_product("安化松针", number=402, province=world.province)
    client, file = sign_in(world), world.draft(complete=False)
    answer = save(client, file, "product", "search", q="安化", mark_number="TM-5", lawful_user="2")
    page = client.get(answer["Location"])
    assert hidden_radios(page) == {"365", "402"}
    assert "Nobody can apply for these today: 安化红茶" in text_of(page) or "Anhua Heicha" in text_of(page)
    file.refresh_from_db()
    assert (file.mark_number, file.lawful_user) == ("TM-5", "2")
    chosen = save(client, file, "product", product="402", lawful_user="2", mark_number="TM-5")
    assert chosen.status_code == 302
    again = client.get(at("portal_step", file.reference, "product") + "?q=黑茶")
    assert hidden_radios(again) == {"402", "365"}
    assert re.findall(r'name="product" value="(\d+)" checked', again.content.decode()) == ["402"]


def hidden_radios(page):
    return set(re.findall(r'type="radio" name="product" value="(\d+)"', page.content.decode()))


def test_sites_offer_the_protected_area_first_and_say_where_a_place_lies(world):
    client, file = sign_in(world), world.draft()
    page = client.get(at("portal_step", file.reference, "sites")).content.decode()
    assert page.index('<optgroup label="Protected area') < page.index("430923") < page.index('<optgroup label="Yiyang')
    two = {"division_0": "430923", "address_0": "茶马路1号", "division_1": "430922", "address_1": "桃江路2号"}
    page = client.get(save(client, file, "sites", "check", **two)["Location"])
    assert "Inside the protected area" in text_of(page)
    assert "Outside the protected area" in text_of(page)
    assert [site.division.code for site in file.sites.all()] == ["430923", "430922"]
    check = text_of(client.get(at("portal_step", file.reference, "check")))
    assert "The office will probably ask about this: Site in Taojiang County: outside the protected area" in check
    save(client, file, "sites", division_0="", address_0="", division_1="430922", address_1="桃江路2号")
    assert [site.address for site in file.sites.all()] == ["桃江路2号"]


def test_a_site_in_another_province_and_a_product_without_one(world):
    county = make.make_division("110101", "东城区", name_en="Dongcheng", parent=world.elsewhere)
    client, file = sign_in(world), world.draft()
    one = {"division_0": "430923", "address_0": "一号", "province": "110000"}
    shown = client.get(save(client, file, "sites", "province", **one)["Location"])
    assert "110101" in shown.content.decode()
    assert "430923" in shown.content.decode()
    assert save(client, file, "sites", **one, division_1=county.code, address_1="二号").status_code == 302
    assert file.sites.count() == 2
    MarkApplication.objects.update(product=make.make_product("无省之茶", province=None))
    file.sites.all().delete()
    page = client.get(at("portal_step", file.reference, "sites"))
    assert "division_0" not in page.content.decode()
    page = client.get(save(client, file, "sites", "province", province="110000")["Location"])
    assert "110101" in page.content.decode()


def test_the_live_answer_is_for_people_of_the_portal_only(world):
    address = at("portal_area")
    client = sign_in(world)
    assert "Inside the protected area" in text_of(client.get(address, {"product": "365", "division": "430923"}))
    assert "Outside" in text_of(client.get(address, {"product": "365", "division": "430922"}))
    for product, division in (("", ""), ("x", "430923"), ("365", "43092３"), ("9" * 30, "430923"), ("365", "430000")):
        assert client.get(address, {"product": product, "division": division}).status_code == 404
    assert sign_in(world, "reviewer").get(address, {"product": "365", "division": "430923"}).status_code == 404
    assert Client().get(address).status_code == 302


# --- Two windows, late forms ---


def test_of_two_windows_the_second_is_told_sees_both_and_can_save_again(world):
    client, file = sign_in(world), world.draft()
    address = at("portal_step", file.reference, "goods")
    page = client.get(address)
    old = {"version": hidden(page, "version"), "seen": hidden(page, "seen")}
    save(sign_in(world, "colleague"), file, "goods", **(GOODS | {"standard": "DB43/T 1"}))
    late = client.post(address, old | GOODS | {"standard": "GB/T 9"})
    assert late.status_code == 409
    assert "changed in another window" in text_of(late)
    assert "DB43/T 1" in text_of(late)
    assert 'value="GB/T 9"' in late.content.decode()
    fresh = {"version": hidden(late, "version"), "seen": hidden(late, "seen")}
    assert client.post(address, fresh | GOODS | {"standard": "GB/T 9"}).status_code == 302
    file.refresh_from_db()
    assert file.standard == "GB/T 9"


def test_another_step_saved_meanwhile_and_a_double_tap_disturb_nobody(world):
    client, file = sign_in(world), world.draft()
    address = at("portal_step", file.reference, "goods")
    page = client.get(address)
    old = {"version": hidden(page, "version"), "seen": hidden(page, "seen"), "action": "continue"}
    save(client, file, "product", **(PRODUCT | {"mark_number": "TM-1"}))
    for _time in range(2):
        assert client.post(address, old | GOODS | {"standard": "GB/T 9"}).status_code == 302
    file.refresh_from_db()
    assert (file.standard, file.mark_number) == ("GB/T 9", "TM-1")


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 40])
def test_a_damaged_version_is_a_conflict_and_no_error(world, version):
    client, file = sign_in(world), world.draft()
    late = client.post(at("portal_step", file.reference, "goods"), GOODS | {"version": version, "standard": "GB/T 9"})
    assert late.status_code == 409
    assert 'value="GB/T 9"' in late.content.decode()


def test_what_is_typed_into_a_file_that_was_sent_meanwhile_can_be_copied(world):
    client, file = sign_in(world), world.draft()
    page = client.get(at("portal_step", file.reference, "goods"))
    workflow.submit(file, by=world.actor("owner"))
    values = GOODS | {"standard": "GB/T 9", "version": hidden(page, "version")}
    late = client.post(at("portal_step", file.reference, "goods"), values)
    assert late.status_code == 409
    assert 'value="GB/T 9"' in late.content.decode()
    assert "can no longer be saved" in text_of(late)
    assert 'name="action"' not in late.content.decode()


def test_a_form_after_the_end_of_the_session_keeps_its_text(world):
    file = world.draft()
    late = Client().post(at("portal_step", file.reference, "goods"), GOODS | {"standard": "GB/T 9"})
    assert late.status_code == 403
    assert "GB/T 9" in text_of(late)
    assert "茯砖茶" in text_of(late)
    assert Client().get(at("portal"))["Location"].startswith("/en/account/login/")


# --- After sending ---

SENTENCES = {
    "submitted": "has your file. It accepts it or names everything that is missing.",
    "defects": "has named what you should mend",
    "accepted": "has accepted your file and will review it.",
    "not_accepted": "did not accept the file.",
    "first_review": "reviews your file and checks the production sites.",
    "provincial_review": "The office in charge of Hunan Province decides.",
    "approved": "You may use the mark from the announcement on, not before.",
    "announced": "Announced in 示例公告",
    "refused": "for the reason below",
    "withdrawn": "You have withdrawn this application.",
}


@pytest.mark.parametrize("state", sorted(SENTENCES))
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_page_of_a_file_tells_where_it_stands(world, state, language):
    file, client = world.file(State(state)), sign_in(world)
    with translation.override(language):
        page = client.get(reverse("enterprises:portal_file", args=[file.reference]))
    assert page.status_code == 200
    if language == "en":
        assert SENTENCES[state].lower() in text_of(page).lower()
    for clock in file.deadlines.filter(stopped_on=None):
        assert f"{clock.due_on:%Y}" in text_of(page)
    assert (at("portal_withdraw", file.reference) in page.content.decode()) is (
        language == "en" and state in ("submitted", "defects", "accepted", "first_review", "provincial_review")
    )


def test_opinions_findings_and_documents_of_the_desk_stay_there(world):
    file = world.file(State.FIRST_REVIEW)
    cleaned = pdf("site report")
    report = drafts.add_document(
        file, by=world.actor("reviewer"), kind=DocumentKind.SITE_REPORT, title="Secret report", cleaned=cleaned,
        name="r.pdf",
    )  # fmt: skip
    workflow.check_site(
        file.sites.get(), by=world.actor("reviewer"), checked_on=timezone.localdate(), result="inside",
        findings="Secret findings", report=report,
    )  # fmt: skip
    workflow.pass_on(file, by=world.actor("reviewer"), text="Secret opinion")
    workflow.refuse(file, by=world.actor("approver"), text="The reason of the decision")
    client = sign_in(world)
    page = client.get(at("portal_file", file.reference))
    assert "Secret" not in page.content.decode()
    assert "The reason of the decision" in text_of(page)
    assert "inside the protected area and fit for production" in text_of(page)
    assert client.get(at("portal_document", file.reference, report.pk)).status_code == 404


def test_defects_are_mended_in_the_steps_and_answered(world):
    file, client = world.file(State.DEFECTS), sign_in(world)
    page = client.get(at("portal_file", file.reference))
    assert "The test report lacks a date." in text_of(page)
    assert "Your reply is due by" in text_of(page)
    save(client, file, "goods", **(GOODS | {"standard": "GB/T 9"}))
    reply = at("portal_reply", file.reference)
    assert reply in client.get(at("portal_step", file.reference, "check")).content.decode()
    assert "This field is required." in text_of(client.post(reply, {"text": " "}))
    kept = file.documents.filter(kind=DocumentKind.TEST_REPORT)
    numbers = list(kept.values_list("pk", flat=True))
    kept.update(kind=DocumentKind.OTHER)
    refused = client.post(reply, {"text": "Mended, all of it."})
    assert "Add a document: test report" in text_of(refused)
    assert "Mended, all of it." in refused.content.decode()
    file.documents.filter(pk__in=numbers).update(kind=DocumentKind.TEST_REPORT)
    for _time in range(2):
        assert client.post(reply, {"text": "Mended, all of it."}).status_code == 302
    file.refresh_from_db()
    assert (file.state, file.standard) == (State.SUBMITTED, "GB/T 9")
    assert file.notes.filter(kind=NoteKind.REPLY).count() == 1
    other = client.post(reply, {"text": "Another reply, typed in the other window."})
    assert other.status_code == 409
    assert "Another reply, typed in the other window." in other.content.decode()


def test_messages_go_to_the_office_once(world):
    file, client = world.file(State.SUBMITTED), sign_in(world, "colleague")
    address = at("portal_message", file.reference)
    for _time in range(2):
        assert client.post(address, {"message": "When will you come?\r\nWe are at home."}).status_code == 302
    assert Note.objects.get(kind=NoteKind.MESSAGE).text == "When will you come?\nWe are at home."
    assert Notice.objects.filter(user=world.people["reviewer"], event="message").count() == 1
    workflow.write_message(file, by=world.actor("reviewer"), text="On Monday.")
    page = text_of(sign_in(world).get(at("portal_file", file.reference)))
    order = ["Your enterprise", "We are at home.", "The office ·", "On Monday."]
    assert sorted(order, key=page.index) == order
    for wrong in ("", " ", "x" * 4001):
        page = client.post(address, {"message": wrong})
        assert page.status_code == 200
        assert wrong.strip() in page.content.decode()
    assert sign_in(world).post(at("portal_message", world.draft().reference), {"message": "x"}).status_code == 404


def test_an_application_is_withdrawn_after_a_question(world):
    file, client = world.file(State.ACCEPTED), sign_in(world)
    address = at("portal_withdraw", file.reference)
    assert "Withdraw the application?" in text_of(client.get(address))
    assert "x" * 2001 in client.post(address, {"text": "x" * 2001}).content.decode()
    for said in ("Withdrawn.", "It was withdrawn before."):
        assert said in text_of(client.post(address, {"text": "We moved."}, follow=True))
    file.refresh_from_db()
    assert file.state == State.WITHDRAWN
    assert file.notes.get(kind=NoteKind.WITHDRAWAL).text == "We moved."
    approved = world.file(State.APPROVED)
    assert "too late" in text_of(client.get(at("portal_withdraw", approved.reference), follow=True))


def test_a_draft_is_thrown_away_after_a_question(world):
    file, client = world.draft(), sign_in(world)
    address = at("portal_discard", file.reference)
    assert "Throw this draft away?" in text_of(client.get(address))
    assert MarkApplication.objects.exists()
    assert "thrown away" in text_of(client.post(address, follow=True))
    assert not MarkApplication.objects.exists()
    assert client.post(address).status_code == 404
    sent = world.file(State.SUBMITTED)
    assert "You can withdraw it" in text_of(client.post(at("portal_discard", sent.reference), follow=True))
    assert MarkApplication.objects.get() == sent


# --- The dashboard ---


def test_the_dashboard_tells_what_waits_and_until_when(world):
    for state in (State.DRAFT, State.DEFECTS, State.SUBMITTED, State.REFUSED):
        world.file(state)
    authorisation = world.authorisation()
    page = text_of(sign_in(world).get(at("portal")))
    for words in (
        "示例茶业有限公司", "91000000MA00000157", "Demonstration", "Your reply is due by", "15 working days left",
        "The office in charge of Anhua County has until", "Art. 32", authorisation.reference,
    ):  # fmt: skip
        assert words in page, words
    late = timezone.localdate() - datetime.timedelta(days=10)
    Deadline.objects.filter(kind="reply").update(due_on=late, started_on=late)
    Deadline.objects.filter(kind="acceptance").update(provisional=True)
    response = sign_in(world).get(at("portal"))
    assert "working days late" in text_of(response)
    assert 'class="late"' in response.content.decode()
    assert "holidays of that year are not published yet" in text_of(response)


def test_the_report_of_last_year_waits_until_it_is_sent(world):
    authorisation = world.authorisation()
    Authorisation.objects.update(effective_from=datetime.date(2024, 3, 1))
    membership = world.people["owner"].memberships.get()
    found = portal_facts.dashboard(membership, datetime.date(2027, 1, 1)).reports
    assert [(one.row, one.year, one.last_day, one.is_late) for one in found] == [
        (authorisation, 2026, datetime.date(2027, 6, 30), False)
    ]
    assert portal_facts.dashboard(membership, datetime.date(2027, 7, 1)).reports[0].is_late
    assert portal_facts.dashboard(membership, datetime.date(2024, 6, 1)).reports == []


def test_non_use_only_warns(world):
    authorisation = world.authorisation()
    Authorisation.objects.update(effective_from=datetime.date(2024, 3, 1))
    authorisation.refresh_from_db()
    held = portal_facts.held(authorisation, datetime.date(2027, 1, 1))
    assert held.unused == datetime.date(2024, 3, 1)
    authorisation.last_used_on = datetime.date(2026, 12, 1)
    assert portal_facts.held(authorisation, datetime.date(2027, 1, 1)).unused is None
    assert "two years or more" in text_of(sign_in(world).get(at("portal")))


def test_notices_are_shown_until_they_are_read_and_only_of_the_own_enterprise(world):
    file = world.file(State.DEFECTS)
    client = sign_in(world)
    assert "New for you" in text_of(client.get(at("portal")))
    assert at("portal_file", file.reference) in client.get(at("portal")).content.decode()
    assert client.get(at("portal_notices_read")).status_code == 405
    client.post(at("portal_notices_read"))
    assert "New for you" not in text_of(client.get(at("portal")))
    assert Notice.objects.filter(user=world.people["colleague"], read_at=None).exists()
    Notice.objects.create(user=world.people["outsider"], application=file, event="message")
    assert "A message" not in text_of(sign_in(world, "outsider").get(at("portal")))


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_of_a_draft_is_there_in_both_languages(world, language):
    file, client = world.draft(), sign_in(world)
    with translation.override(language):
        for address in [
            reverse("enterprises:portal"), reverse("enterprises:portal_start"),
            *(reverse("enterprises:portal_step", args=[file.reference, step]) for step in STEPS),
            reverse("enterprises:portal_discard", args=[file.reference]),
        ]:  # fmt: skip
            assert client.get(address).status_code == 200, address
    assert client.get(at("portal_step", file.reference, "nothing")).status_code == 404


def test_three_files_cost_no_more_queries_than_one(world, django_assert_max_num_queries):
    client = sign_in(world)

    def fill():
        for state in (State.DEFECTS, State.PROVINCIAL_REVIEW, State.DRAFT):
            world.file(state)

    def count():
        with django_assert_max_num_queries(60) as found:
            client.get(at("portal"))
        return len(found)

    fill()
    first = count()
    fill(), fill()
    assert count() == first


# --- Authorisations ---


def test_a_change_starts_from_the_present_terms_and_keeps_its_product(world):
    authorisation, client = world.authorisation(), sign_in(world)
    page = client.get(at("portal_authorisation", authorisation.reference))
    values = {"nonce": hidden(page, "nonce"), "authorisation": authorisation.reference}
    client.post(at("portal_start"), values)
    file = MarkApplication.objects.get(kind=ApplicationKind.CHANGE)
    assert (file.product, file.varieties) == (world.product, ["黑毛茶", "茯砖茶"])
    other = make.make_product("别的茶", number=500, province=world.province)
    assert save(client, file, "product", product=str(other.number), lawful_user="1").status_code == 302
    assert save(client, file, "goods", **(GOODS | {"explanation": "A new workshop."})).status_code == 302
    file.refresh_from_db()
    assert (file.product, file.explanation) == (world.product, "A new workshop.")
    assert "Add a document: proof of the change." in text_of(client.get(at("portal_step", file.reference, "check")))
    for reference in ("A9999999", "x'"):
        assert client.post(at("portal_start"), values | {"authorisation": reference}).status_code == 404
    stranger = sign_in(world, "outsider")
    assert stranger.post(at("portal_start"), values | {"nonce": uuid.uuid4()}).status_code == 404


def test_only_the_owner_gives_an_authorisation_up(world):
    authorisation = world.authorisation()
    address = at("portal_give_up", authorisation.reference)
    assert sign_in(world, "colleague").post(address, {"text": "We stop."}).status_code == 404
    client = sign_in(world)
    assert "This field is required." in text_of(client.post(address, {"text": ""}))
    assert "waits for its decision" in text_of(client.post(address, {"text": "We stop."}, follow=True))
    again = client.post(address, {"text": "We stop again."})
    assert "A proposal to end it is waiting" in text_of(again)
    case = StopCase.objects.get()
    assert (case.ground, case.text) == (StopGround.GIVEN_UP, "We stop.")
    assert "An end was proposed" in text_of(client.get(at("portal")))


def test_the_last_use_is_noted_and_never_lies_in_the_future(world):
    authorisation, client = world.authorisation(), sign_in(world, "colleague")
    address, today = at("portal_use", authorisation.reference), timezone.localdate()
    assert client.post(address, {"used_on": today.isoformat()}).status_code == 302
    authorisation.refresh_from_db()
    assert authorisation.last_used_on == today
    for wrong, said in (
        ("", "This field is required."), ("yesterday", "Write the day like this"),
        ((today + datetime.timedelta(days=1)).isoformat(), "The day lies in the future."),
    ):  # fmt: skip
        page = client.post(address, {"used_on": wrong})
        assert said in text_of(page)
        assert f'value="{wrong}"' in page.content.decode() or not wrong
    case = supervision.propose_stop(authorisation, by=world.actor("reviewer"), ground=StopGround.OFFENCE, text="Fakes.")
    supervision.decide_stop(case, by=world.actor("approver"), text="Fakes.")
    assert "This authorisation has ended." in text_of(client.post(address, {"used_on": today.isoformat()}))


# --- Who may ---


def pages_of(world):
    """Every address of a file and an authorisation, with the methods it knows."""
    draft, sent, authorisation = world.draft(), world.file(State.DEFECTS), world.authorisation()
    document, own = sent.documents.first(), draft.documents.first()
    found = [(at("portal_step", draft.reference, step), "GET POST") for step in STEPS]
    found += [(at("portal_step", sent.reference, "goods"), "GET POST"), (at("portal_file", draft.reference), "GET")]
    found += [(at(f"portal_{name}", sent.reference), how) for name, how in (
        ("file", "GET"), ("receipt", "GET"), ("reply", "POST"), ("message", "POST"), ("withdraw", "GET POST"))]
    found += [(at("portal_submit", draft.reference), "POST"), (at("portal_discard", draft.reference), "GET POST")]
    found += [(at("portal_document", sent.reference, document.pk), "GET")]
    found += [(at("portal_document_remove", draft.reference, own.pk), "POST")]
    found += [(at(f"portal_{name}", authorisation.reference), how) for name, how in (
        ("authorisation", "GET"), ("give_up", "POST"), ("use", "POST"))]  # fmt: skip
    return found


def test_files_of_others_are_not_found_whoever_asks(world):
    addresses, before = pages_of(world), list(MarkApplication.objects.values().order_by("pk"))
    Membership.objects.filter(user=world.people["colleague"]).update(ended_at=timezone.now())
    stored = JournalEntry.objects.count()
    for name in ("outsider", "colleague", *OFFICIALS):
        client = sign_in(world, name)
        for address, methods in addresses:
            for method in methods.split():
                values = {"declared": "on", "text": "x", "message": "x", "used_on": "2026-01-01"}
                found = client.get(address) if method == "GET" else client.post(address, values)
                assert found.status_code == 404, (name, method, address)
    assert list(MarkApplication.objects.values().order_by("pk")) == before
    assert JournalEntry.objects.count() == stored


def test_colleagues_may_and_methods_are_kept_apart(world):
    client = sign_in(world, "colleague")
    for address, methods in pages_of(world):
        if "documents/" in address and methods == "GET":
            continue  # there is no file on the disk behind the rows of this world
        if "GET" in methods:
            leads_on = address == at("portal_file", MarkApplication.objects.get(state=State.DRAFT).reference)
            assert client.get(address).status_code == (302 if leads_on else 200), address
        else:
            assert client.get(address).status_code == 405, address
        if "POST" not in methods:
            assert client.post(address).status_code == 405, address


def test_a_document_of_one_file_is_not_found_under_another(world):
    first, second, client = world.draft(), world.draft(), sign_in(world)
    document = first.documents.first()
    assert client.get(at("portal_document", second.reference, document.pk)).status_code == 404
    client.post(at("portal_document_remove", second.reference, document.pk))
    assert first.documents.filter(pk=document.pk).exists()


def test_who_acts_for_nobody_is_led_to_the_first_steps(world):
    user = make.make_person("editor", username="nobody")
    client = Client()
    client.force_login(user)
    for name in ("portal", "portal_start"):
        assert client.get(at(name))["Location"] == at("portal_begin")
    assert client.post(at("portal_start"), {"nonce": uuid.uuid4()}).status_code == 404
    assert not MarkApplication.objects.exists()
