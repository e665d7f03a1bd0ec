"""The portal's label pages: what comes next, output, requests, what happens to labels, and who sees none of it."""

import io
import re
import uuid

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import resolve, reverse
from django.utils import translation
from PIL import Image

from enterprises import label_facts, label_rules, label_steps, labels, output, supervision
from enterprises.label_forms import thousandths
from enterprises.label_models import LabelBatch, LabelEvent, OutputStatement, Season
from enterprises.label_states import BatchState, Fate, RecallGround, StatementState, Unit, VoidReason
from enterprises.states import SuspensionGround
from tests import factories as make
from tests.case_world import OFFICIALS, make_world
from tests.label_world import KILOGRAMS, Labels, assert_balance, code_of, make_labels
from tests.portal_files import a_pdf

pytestmark = pytest.mark.django_db


@pytest.fixture
def found():
    return make_labels()


@pytest.fixture(autouse=True)
def _home(settings, tmp_path):
    """Pictures of tests go into a folder of their own."""
    settings.GI_HOME = tmp_path


def a_picture():
    """A small photograph."""
    target = io.BytesIO()
    Image.new("RGB", (40, 30), "green").save(target, "JPEG")
    return SimpleUploadedFile("pack.jpg", target.getvalue(), content_type="image/jpeg")


def sign_in(found, name="owner"):
    client = Client()
    client.force_login(found.world.people[name])
    return client


def at(name, *args):
    with translation.override("en"):
        return reverse(f"enterprises:{name}", args=args)


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def hidden(response, name):
    return re.search(rf'name="{name}" value="([^"]*)"', response.content.decode()).group(1)


@pytest.fixture
def owner(found):
    return sign_in(found)


# --- Words and figures ---


@pytest.mark.parametrize(
    ("quantity", "unit", "words"),
    [(1_000_000, "kg", "1,000 kg"), (250, "kg", "0.25 kg"), (120_500, "kg", "120.5 kg"), (-5000, "kg", "−5 kg"),
     (0, "kg", "0 kg"), (1000, "l", "1 litre"), (750, "l", "0.75 litres"), (1000, "piece", "1 piece"),
     (2_000_000, "piece", "2,000 pieces"), (1, "kg", "0.001 kg")],
)  # fmt: skip
def test_quantities_are_written_as_people_write_them(quantity, unit, words):
    with translation.override("en"):
        assert label_facts.quantity_text(quantity, unit) == words


@pytest.mark.parametrize(
    ("text", "unit", "expected"),
    [("500 g", Unit.KILOGRAM, 500), ("0.25kg", Unit.KILOGRAM, 250), ("１２０．５ 千克", Unit.KILOGRAM, 120_500),
     ("1 斤", Unit.KILOGRAM, 500), ("1,000 KG", Unit.KILOGRAM, 1_000_000),
     ("750 ml", Unit.LITRE, 750), ("1.5 升", Unit.LITRE, 1500), ("3", Unit.PIECE, 3000), ("6 个", Unit.PIECE, 6000)],
)  # fmt: skip
def test_pack_sizes_are_read_as_people_write_them(text, unit, expected):
    assert thousandths(text, unit) == expected


@pytest.mark.parametrize(
    ("text", "unit"),
    [("500", Unit.KILOGRAM), ("500 ml", Unit.KILOGRAM), ("0 g", Unit.KILOGRAM), ("-5 g", Unit.KILOGRAM),
     ("half a pound", Unit.KILOGRAM), ("0.5 g", Unit.KILOGRAM), ("1,5 kg", Unit.KILOGRAM), ("0.5", Unit.PIECE),
     ("9" * 30 + " kg", Unit.KILOGRAM), ("", Unit.LITRE)],
)  # fmt: skip
def test_a_pack_size_that_may_mean_something_else_is_asked_again(text, unit):
    with pytest.raises(ValidationError):
        thousandths(text, unit)


def test_the_balance_adds_up_from_its_rows(found):
    batch = found.batch(100, active=(1, 60))
    other = found.batch(40)
    found.request(10)
    owner = found.world.actor("owner")
    labels.declare_void(batch, by=owner, nonce=uuid.uuid4(), first=51, last=65, reason=VoidReason.DAMAGED)
    labels.take_back(other, by=owner, nonce=uuid.uuid4(), first=31, last=40)
    balance = label_facts.season_balance(found.season)
    assert (balance.certified, balance.issued, balance.given_back) == (1_000_000, 70_000, 15 * 500)
    assert balance.remaining == 1_000_000 - 70_000 + 7500 == Season.objects.get().remaining
    assert balance.labels == 140 == balance.waiting + balance.active + balance.void + balance.returned
    assert (balance.active, balance.void, balance.returned, balance.asked) == (50, 15, 10, 5000)
    assert balance.agrees
    assert [(part.first, part.last, part.fate) for part in balance.batches[2].stretches] == [
        (1, 50, Fate.ACTIVE), (51, 65, Fate.VOID), (66, 100, Fate.WAITING),
    ]  # fmt: skip
    Season.objects.update(committed=0)
    assert not label_facts.season_balance(found.season).agrees


def test_balances_take_the_same_queries_for_one_and_for_many_batches(found, django_assert_num_queries):
    found.batch(10)
    with django_assert_num_queries(4):
        label_facts.season_balances(found.authorisation)
    found.batch(10, active=(1, 5))
    found.batch(10)
    found.certify(5 * KILOGRAMS, season="2025")
    with django_assert_num_queries(4):
        assert len(label_facts.season_balances(found.authorisation)) == 2


# --- The page of all labels ---


def test_the_labels_page_begins_with_what_to_do(found, owner):
    page = owner.get(at("portal_labels", found.authorisation.reference))
    assert "labels for 1,000 kg can still be issued" in text_of(page)
    assert at("portal_batch_request", found.authorisation.reference) in page.content.decode()
    batch = found.batch(100)
    words = text_of(owner.get(at("portal_labels", found.authorisation.reference)))
    assert f"100 labels of {batch.reference} wait" in words
    assert words.index("What you can do next") < words.index("Certified output")
    assert re.search(r"Certified output 1,000 kg − Issued labels stand for 50 kg \+ Given back, never used 0 kg "
                     r"= Left for labels 950 kg", words)  # fmt: skip


def test_without_output_the_page_leads_to_stating_it():
    world = make_world()
    empty = Labels(world, world.authorisation(), None)
    words = text_of(sign_in(empty).get(at("portal_labels", empty.authorisation.reference)))
    assert "First state what the season yielded" in words
    assert "Request labels. " in words  # how it goes
    page = sign_in(empty).get(at("portal_batch_request", empty.authorisation.reference))
    assert "no certified output left" in text_of(page)


def test_the_dashboard_and_the_authorisation_lead_to_the_labels(found, owner):
    address = at("portal_labels", found.authorisation.reference)
    for page in (at("portal"), at("portal_authorisation", found.authorisation.reference)):
        assert f'href="{address}"' in owner.get(page).content.decode()


def test_a_suspended_enterprise_is_told_what_is_still_possible(found, owner):
    batch = found.batch(10)
    supervision.suspend(
        found.authorisation, by=found.world.actor("approver"), ground=SuspensionGround.TEST_FAILED, text="Lead."
    )
    words = text_of(owner.get(at("portal_labels", found.authorisation.reference)))
    assert "The mark may not be used at present" in words
    page = owner.get(at("portal_batch", batch.reference)).content.decode()
    assert at("portal_batch_step", batch.reference, "return") in page
    assert at("portal_batch_step", batch.reference, "activate") not in page
    assert at("portal_batch_files", batch.reference) not in page
    step = at("portal_batch_step", batch.reference, "activate")
    assert owner.post(step, {"which": "all", "nonce": uuid.uuid4()}).status_code == 302
    assert not LabelEvent.objects.exists()


# --- Output ---

STATED = {"season": "2026", "quantity": "120.5", "unit": "kg", "evidence": "Weighing list 8"}


def test_output_is_stated_withdrawn_and_certified(found, owner):
    reference = found.authorisation.reference
    address, page = at("portal_output", reference), at("portal_labels", reference)
    nonce = hidden(owner.get(address), "nonce")
    for _twice in range(2):
        assert owner.post(address, STATED | {"nonce": nonce})["Location"] == page
    statement = OutputStatement.objects.get(state=StatementState.STATED)
    assert statement.quantity == 120_500
    assert "1 statement of output waits for the office" in text_of(owner.get(page))
    withdraw = at("portal_statement_withdraw", found.authorisation.reference, statement.pk)
    assert withdraw in owner.get(page).content.decode()
    assert owner.get(withdraw).status_code == 405
    assert owner.post(withdraw)["Location"] == page
    statement.refresh_from_db()
    assert statement.state == StatementState.WITHDRAWN
    assert "not possible in the present state" in text_of(owner.post(withdraw, follow=True))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [({"quantity": "lots"}, "Write a number, such as 120 or 0.5."), ({"quantity": "-3"}, "above 0"),
     ({"unit": "l"}, "This season is counted in kg"), ({"evidence": " "}, "required"), ({"season": ""}, "required"),
     ({"season": "2027", "unit": "piece", "quantity": "1.5"}, "whole numbers")],
)  # fmt: skip
def test_wrong_output_is_shown_again_with_what_was_typed(found, owner, wrong, words):
    address = at("portal_output", found.authorisation.reference)
    typed = {"evidence": "Weighing list of the second harvest"} | STATED | wrong
    page = owner.post(address, typed | {"nonce": uuid.uuid4()}, headers={"accept-language": "en"})
    assert page.status_code == 200
    assert words in text_of(page)
    assert f'value="{typed["quantity"]}"' in page.content.decode()
    assert OutputStatement.objects.count() == 1


def test_a_writers_refusal_loses_nothing_that_was_typed(found, owner):
    supervision.suspend(
        found.authorisation, by=found.world.actor("approver"), ground=SuspensionGround.TEST_FAILED, text="Lead."
    )
    page = owner.post(at("portal_output", found.authorisation.reference), STATED)
    assert "The mark may not be used at present, so no output can be stated." in text_of(page)
    assert "Weighing list 8" in page.content.decode()


# --- Request ---


def wanted(**values):
    typed = {
        "season": "2026", "variety": "茯砖茶", "pack": "500 g", "count": "1,000", "pack_text": "paper brick",
        "packed_on": "2026-11-02", "mark_text": "GB/T 32719", "nonce": uuid.uuid4(), "action": "request",
    }  # fmt: skip
    return typed | values


def test_labels_are_requested_once_however_often_the_form_is_sent(found, owner):
    address = at("portal_batch_request", found.authorisation.reference)
    page = owner.get(address)
    assert "2026: 1,000 kg left" in text_of(page)
    assert "500 g: 2 000" in text_of(page)  # the pack of the application, in labels
    form = wanted(nonce=hidden(page, "nonce"))
    first, second = owner.post(address, form), owner.post(address, form)
    batch = LabelBatch.objects.get()
    assert first["Location"] == second["Location"] == at("portal_batch", batch.reference)
    assert (batch.count, batch.pack, batch.state) == (1000, 500, BatchState.REQUESTED)
    assert batch.mark_text == "GB/T 32719"
    assert "The office looks at your request" in text_of(owner.get(at("portal_batch", batch.reference)))


def test_the_first_button_only_works_out_how_many_there_may_be(found, owner):
    page = owner.post(at("portal_batch_request", found.authorisation.reference), wanted(action="check"))
    words = text_of(page)
    assert "1,000 labels × 0.5 kg = 500 kg" in words
    assert "2,000 labels" in words
    assert "Nothing is requested yet." in words
    assert not LabelBatch.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [({"count": "2001"}, "1,000 kg is left: at most 2,000 labels of this pack size."),
     ({"count": "many"}, "Write a whole number"), ({"count": "0"}, "Write a whole number"),
     ({"pack": "500"}, "Write the unit too, such as 500 g."), ({"pack": "500 ml"}, "This season is counted in kg"),
     ({"variety": "绿茶"}, "Select a valid choice"), ({"season": "1999"}, "Select a valid choice"),
     ({"packed_on": "yesterday"}, "Write the day like this"), ({"mark_text": "GB/T 1"}, "Select a valid choice")],
)  # fmt: skip
def test_a_wrong_request_is_shown_again_with_what_was_typed(found, owner, wrong, words):
    typed = wanted(**wrong)
    page = owner.post(
        at("portal_batch_request", found.authorisation.reference), typed, headers={"accept-language": "en"}
    )
    assert words in text_of(page)
    for name in ("pack", "count", "packed_on", "pack_text"):
        assert f'value="{typed[name]}"' in page.content.decode()
    assert not LabelBatch.objects.exists()


def test_what_others_took_meanwhile_is_told_beside_the_number(found, owner, monkeypatch):
    stale = label_facts.season_balances(found.authorisation)
    found.batch(1500)
    monkeypatch.setattr(label_facts, "season_balances", lambda _row: stale)
    page = owner.post(at("portal_batch_request", found.authorisation.reference), wanted())
    assert "does not cover so many labels" in text_of(page)
    assert 'value="1,000"' in page.content.decode()


def test_the_rule_of_the_province_issues_at_once(found, owner):
    label_rules.set_issue_rule(found.world.province, by=found.world.actor("approver"), automatic_up_to=1000)
    address = at("portal_batch_request", found.authorisation.reference)
    assert "issues up to 1" in text_of(owner.get(address))
    page = owner.post(address, wanted(), follow=True)
    assert "The labels are issued" in text_of(page)
    assert at("portal_batch_files", LabelBatch.objects.get().reference) in page.content.decode()


# --- What happens to labels ---


def step(owner, batch, name, **values):
    return owner.post(at("portal_batch_step", batch.reference, name), {"nonce": uuid.uuid4()} | values)


def fates(batch):
    batch.refresh_from_db()
    return batch.waiting, batch.active, batch.void, batch.returned


def test_all_labels_are_activated_with_one_button(found, owner):
    batch = found.batch(100)
    address = at("portal_batch_step", batch.reference, "activate")
    form = {"nonce": hidden(owner.get(address), "nonce"), "which": "all"}
    for _twice in range(2):
        assert owner.post(address, form)["Location"] == at("portal_batch", batch.reference)
    assert fates(batch) == (0, 100, 0, 0)
    assert LabelEvent.objects.count() == 1


def test_all_that_wait_may_lie_in_several_ranges(found, owner):
    batch = found.batch(100, active=(40, 50))
    step(owner, batch, "void", which="some", first="70", last="", reason="damaged")
    assert fates(batch) == (88, 11, 1, 0)
    form = {"which": "all", "nonce": uuid.uuid4()}
    for _twice in range(2):
        assert owner.post(at("portal_batch_step", batch.reference, "return"), form).status_code == 302
    assert fates(batch) == (0, 11, 1, 88)
    step(owner, batch, "void", which="all", reason="goods")
    assert fates(batch) == (0, 0, 12, 88)
    assert_balance()


def test_one_of_several_ranges_that_fails_leaves_all_as_they_were(found, owner, monkeypatch):
    batch = found.batch(100, active=(40, 50))
    monkeypatch.setattr(label_steps, "open_ranges", lambda balance, name: [(1, 39), (45, 60)])
    page = step(owner, batch, "return", which="all")
    assert "40-50" in text_of(page)
    assert fates(batch) == (89, 11, 0, 0)


def test_labels_can_be_named_by_the_code_that_is_printed_on_them(found, owner):
    batch, other = found.batch(100), found.batch(10)
    code = code_of(batch, 7).lower()
    step(owner, batch, "void", which="some", first=f"{code[:4]}-{code[4:]}", last="", reason="lost")
    event = LabelEvent.objects.get()
    assert (event.first, event.last, event.reason) == (7, 7, VoidReason.LOST)
    page = step(owner, batch, "void", which="some", first=code_of(other, 3), last="", reason="lost")
    assert "This code does not belong to this batch." in text_of(page)
    assert code_of(other, 3) in page.content.decode()


@pytest.mark.parametrize(
    ("values", "words"),
    [({}, "This field is required."), ({"which": "some", "first": "", "last": "9"}, "Name the first label."),
     ({"which": "some", "first": "9", "last": "3"}, "The last label comes after the first one."),
     ({"which": "some", "first": "99", "last": "101"}, "numbered 1 to 100"),
     ({"which": "some", "first": "12x", "last": ""}, "Write the number of a label"),
     ({"which": "some", "first": "5", "last": "25"}, "10-20")],
)  # fmt: skip
def test_wrong_ranges_are_shown_again_with_what_was_typed(found, owner, values, words):
    batch = found.batch(100, active=(10, 20))
    page = step(owner, batch, "activate", **values)
    assert words in text_of(page)
    assert all(f'value="{values[name]}"' in page.content.decode() for name in ("first", "last") if values.get(name))
    assert fates(batch) == (89, 11, 0, 0)


def test_void_needs_a_reason_and_chooses_nothing_beforehand(found, owner):
    batch = found.batch(100)
    page = owner.get(at("portal_batch_step", batch.reference, "void")).content.decode()
    assert "checked" not in page
    assert "All 100 labels that still count" in page
    assert "required" in text_of(step(owner, batch, "void", which="all"))
    assert fates(batch) == (100, 0, 0, 0)


def test_the_owner_recalls_the_batch(found, owner):
    batch = found.batch(100, active=(1, 10))
    page = step(owner, batch, "recall", ground="", text="Mould in some bricks.")
    assert "Mould in some bricks." in page.content.decode()
    step(owner, batch, "recall", ground="quality", text="Mould in some bricks.")
    batch.refresh_from_db()
    assert (batch.state, batch.recall_ground) == (BatchState.RECALLED, RecallGround.QUALITY)
    words = text_of(owner.get(at("portal_batch", batch.reference)))
    assert "No label of this batch counts any more." in words
    assert "The labels were issued." in words
    address = at("portal_batch_step", batch.reference, "recall")
    again = owner.post(address, {"ground": "error", "text": "x"}, follow=True)
    assert "not possible in the present state" in text_of(again)


def test_a_request_is_withdrawn(found, owner):
    batch = found.request(10)
    assert "Withdraw the request" in text_of(owner.get(at("portal_batch", batch.reference)))
    step(owner, batch, "withdraw")
    batch.refresh_from_db()
    assert batch.state == BatchState.WITHDRAWN
    assert step(owner, batch, "withdraw").status_code == 302


def test_the_enterprise_reads_why_labels_were_not_issued(found, owner):
    batch = found.request(10)
    labels.refuse(batch, by=found.world.actor("reviewer"), text="The packs are not yet printed.")
    assert "The packs are not yet printed." in text_of(owner.get(at("portal_batch", batch.reference)))
    statement = output.state_output(
        found.authorisation, by=found.world.actor("owner"), nonce=uuid.uuid4(), season="2026", unit=Unit.KILOGRAM,
        quantity=1, evidence="None.",
    )  # fmt: skip
    output.refuse(statement, by=found.world.actor("reviewer"), text="No weighing list.")
    assert "No weighing list." in text_of(owner.get(at("portal_labels", found.authorisation.reference)))


@pytest.mark.parametrize("name", ["issue", "refuse", "explode"])
def test_steps_of_others_are_not_found(found, owner, name):
    batch = found.request(10)
    assert owner.get(at("portal_batch_step", batch.reference, name)).status_code == 404
    assert step(owner, batch, name, which="all").status_code == 404


# --- The picture of the pack ---


def test_a_picture_of_the_pack_is_cleaned_kept_and_replaced(found, owner, tmp_path):
    batch = found.batch(10)
    address = at("portal_batch_photo", batch.reference)
    assert owner.get(address).status_code == 404
    assert owner.post(address, {"photo": a_picture()}).status_code == 302
    batch.refresh_from_db()
    first = batch.photo
    shown = owner.get(address)
    assert shown["Content-Type"] == "image/jpeg"
    assert shown.getvalue() == (tmp_path / "private" / "label-photos" / first).read_bytes()
    assert f'src="{address}"' in owner.get(at("portal_batch", batch.reference)).content.decode()
    owner.post(address, {"photo": a_picture()})
    kept = [file for file in (tmp_path / "private" / "label-photos").rglob("*") if file.is_file()]
    assert len(kept) == 1
    assert not (tmp_path / "private" / "label-photos" / first).exists()


def test_what_is_no_picture_is_refused_beside_its_field(found, owner, tmp_path):
    batch = found.batch(10)
    address = at("portal_batch_photo", batch.reference)
    assert "A picture is needed here" in text_of(owner.post(address, {"photo": a_pdf()}))
    assert "Choose a picture first." in text_of(owner.post(address, {}))
    labels.recall(batch, by=found.world.actor("owner"), ground=RecallGround.ERROR, text="x")
    owner.post(address, {"photo": a_picture()})
    batch.refresh_from_db()
    assert batch.photo == ""
    assert not [file for file in (tmp_path / "private").rglob("*") if file.is_file()]


# --- Who sees nothing of it ---


SHOWS_ONLY = {"portal_labels", "portal_insights", "portal_batch", "portal_batch_files", "portal_batch_file",
              "portal_batch_preview"}  # fmt: skip


def addresses(found, batch, statement):
    row = found.authorisation.reference
    return [
        at("portal_labels", row), at("portal_output", row), at("portal_batch_request", row), at("portal_insights", row),
        at("portal_batch", batch.reference), at("portal_batch_files", batch.reference),
        at("portal_batch_file", batch.reference, "csv"), at("portal_batch_preview", batch.reference),
        at("portal_batch_photo", batch.reference), at("portal_statement_withdraw", row, statement.pk),
        *(at("portal_batch_step", batch.reference, name) for name in ("activate", "void", "return", "recall")),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["outsider", *OFFICIALS])
def test_nobody_else_finds_the_labels_of_an_enterprise(found, name):
    batch, client = found.batch(10), sign_in(found, name)
    statement = output.state_output(
        found.authorisation, by=found.world.actor("owner"), nonce=uuid.uuid4(), season="2026", unit=Unit.KILOGRAM,
        quantity=5, evidence="List.",
    )  # fmt: skip
    for address in addresses(found, batch, statement):
        if "withdraw" not in address:
            assert client.get(address).status_code == 404, address
        form = wanted() | STATED | {"which": "all", "reason": "other", "ground": "error", "text": "x"}
        shows_only = resolve(address).url_name in SHOWS_ONLY
        assert client.post(address, form).status_code == (405 if shows_only else 404), address
    assert not LabelEvent.objects.exists()
    assert OutputStatement.objects.filter(state=StatementState.STATED).count() == 1


def test_a_colleague_does_what_the_owner_does(found):
    batch, colleague = found.batch(10), sign_in(found, "colleague")
    assert step(colleague, batch, "activate", which="all").status_code == 302
    assert fates(batch) == (0, 10, 0, 0)


def test_who_is_not_signed_in_is_led_to_the_sign_in(found):
    batch = found.batch(10)
    labels_page = at("portal_labels", found.authorisation.reference)
    for address in (labels_page, at("portal_batch_file", batch.reference, "csv")):
        assert "login" in Client().get(address)["Location"]


def test_labels_of_an_authorisation_that_was_decided_elsewhere(found, owner):
    """No terms are known, so people write what stands at the mark; they may leave the variety empty."""
    other = make.make_authorisation(found.world.enterprise, found.world.product)
    statement = output.state_output(
        other, by=found.world.actor("owner"), nonce=uuid.uuid4(), season="2026", unit=Unit.PIECE, quantity=9000,
        evidence="Counted.",
    )  # fmt: skip
    type(found.world.enterprise).objects.update(province=found.world.province)
    output.certify(statement, by=found.world.actor("approver"))
    assert "9 pieces" in text_of(owner.get(at("portal_labels", other.reference)))
    typed = wanted(pack="1", count="9", variety="", mark_text="第7号公告")
    assert owner.post(at("portal_batch_request", other.reference), typed | {"mark_text": ""}).status_code == 200
    assert owner.post(at("portal_batch_request", other.reference), typed).status_code == 302
    batch = LabelBatch.objects.get()
    assert (batch.pack, batch.variety, batch.mark_text) == (1000, "", "第7号公告")


def test_a_statement_does_not_answer_under_another_authorisation(found, owner):
    statement = found.season.statements.get()
    other = make.make_authorisation(found.world.enterprise, make.make_product(number=7, name_zh="别的茶"))
    address = at("portal_statement_withdraw", other.reference, statement.pk)
    assert owner.post(address).status_code == 404
