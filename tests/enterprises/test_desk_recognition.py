"""Agreements at the desk: everybody there reads; officers keep them, note stages, review names, load annexes."""

import datetime
import re
import uuid

import pytest
from allauth.mfa.models import Authenticator
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from gi_registry.models import JournalEntry
from products import agreement_registrar, entry_registrar
from products.entry_history import review_seen
from products.entry_states import ENTRY_MOVES
from products.models import Agreement, AgreementEntry
from products.objection_models import PublicNotice
from products.recognition_models import AnnexImport, EntryStage
from products.states import EntryStatus, Side
from tests.case_world import make_world
from tests.factories import make_agreement, make_agreement_entry, make_product
from tests.page_words import words as text_of
from tests.products.test_annexes import COMTE, TEA, as_csv, as_xlsx

pytestmark = pytest.mark.django_db
CODE = "CN-EU-B1"
TODAY = timezone.localdate
VALUES = {
    "code": "cn-jp", "name_zh": "中日互认", "name_en": "China–Japan", "partner": "jp", "parent": "",
    "scheme_label": "10+10", "outbound_size": "10", "inbound_size": "", "signed_on": "2020-09-14", "in_force_on": "",
    "status_text": "announced", "legal_reference": "", "note": "",
}  # fmt: skip


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def agreement(world):
    return make_agreement(
        CODE, outbound_size=100, signed_on=datetime.date(2020, 9, 14), in_force_on=datetime.date(2021, 3, 1)
    )


@pytest.fixture
def entry(world, agreement):
    """安化黑茶 on the list; the product of the world is written the same."""
    return make_agreement_entry(
        agreement, batch="1", name_native="安化黑茶", product_category="tea", status=EntryStatus.LISTED,
        status_text="listed", suggested=world.product, key="1 · outbound · 安化黑茶 · 安化黑茶",
    )  # fmt: skip


def signed_in(world, name):
    user, client = world.people[name], Client()
    Authenticator.objects.get_or_create(user=user, type=Authenticator.Type.TOTP, defaults={"data": {"secret": "x"}})
    client.force_login(user)
    return client


@pytest.fixture
def officer(world):
    return signed_in(world, "officer")


def address(name, *args):
    with translation.override("en"):
        return reverse(f"enterprises:{name}", args=args)


def typed(client, page):
    """What the form of a page would send if nobody touched it."""
    form = client.get(page).context["form"]
    values = {field.name: field.value() for field in form}
    return {name: value for name, value in values.items() if value not in (None, False)}


def send(client, content, **more):
    data = {"file": SimpleUploadedFile("annex.csv", content), "basis": "Announcement 599", "on": "2025-06-02"}
    return client.post(address("desk_annex_new", CODE), {"nonce": str(uuid.uuid4())} | data | more)


# --- Agreements ---


def test_every_agreement_stands_there_with_true_counts(world, agreement, entry, officer):
    make_agreement_entry(agreement, side=Side.INBOUND, name_zh="香槟")
    make_agreement_entry(agreement, name_zh="旧名", left_out_on=datetime.date(2024, 1, 1))
    make_agreement_entry(agreement, name_zh="未列入", status=EntryStatus.WITHDRAWN)
    agreement_registrar.open_comments(agreement, by=world.actor("officer"), published_on=TODAY(), note="x")
    page = officer.get(address("desk_recognition"))
    words = text_of(page)
    assert "100+100 1 of 100 1 1 1" in words, "title, Chinese, foreign, protected, to review"
    assert "1 name is written like a product of the register." in words
    assert f"{CODE} until" in words
    assert address("desk_agreement_new") in page.content.decode()


@pytest.mark.parametrize("name", ["reviewer", "approver", "auditor"])
def test_who_only_reads_gets_no_forms(world, agreement, entry, name):
    client = signed_in(world, name)
    pages = [
        address("desk_recognition"), address("desk_recognition_agreement", CODE), address("desk_matches"),
        address("desk_agreement_entry", CODE, entry.pk), address("desk_match", entry.pk),
        address("desk_agreement_comments", CODE),
    ]  # fmt: skip
    for page in pages:
        answer = client.get(page)
        assert answer.status_code == 200
        assert 'method="post"' not in answer.content.decode().split("<main")[1]
        for target in ("new/", "edit/", "import/", "object/"):
            assert f'{target}"' not in answer.content.decode()


def test_an_agreement_is_entered_once_and_corrected_with_its_history(world, officer):
    for _time in range(2):
        answer = officer.post(address("desk_agreement_new"), VALUES)
        assert answer.url == address("desk_recognition_agreement", "CN-JP")
    found = Agreement.objects.get()
    assert (found.code, found.partner, found.outbound_size, found.inbound_size) == ("CN-JP", "JP", 10, None)
    page = address("desk_agreement_edit", "CN-JP")
    officer.post(page, typed(officer, page) | {"inbound_size": "12"})
    found.refresh_from_db()
    assert found.inbound_size == 12
    assert "Size of the foreign list: — → 12" in text_of(officer.get(answer.url))


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"code": "matches"}, "code", "This word is taken by another page."),
        ({"code": CODE}, "__all__", "There is an agreement with this short name already."),
        ({"code": "a b"}, "code", "valid"),
        ({"name_zh": ""}, "name_zh", "required"),
        ({"outbound_size": "many"}, "outbound_size", "whole number"),
        ({"signed_on": "2999-01-01"}, "signed_on", "lies in the future"),
        ({"parent": "CN-EU-B2"}, "parent", "valid choice"),
    ],
)
def test_a_wrong_agreement_is_told_beside_the_field_with_what_was_typed(agreement, officer, change, field, sentence):
    make_agreement("CN-EU-B2", parent=agreement)
    page = officer.post(address("desk_agreement_new"), VALUES | {"note": "Kept text"} | change)
    assert sentence in " ".join(page.context["form"].errors[field])
    assert "Kept text" in page.content.decode()
    assert Agreement.objects.count() == 2


def test_a_batch_begins_with_the_agreement_that_it_belongs_to(agreement, officer):
    page = officer.get(address("desk_agreement_new") + f"?parent={CODE}")
    assert f'value="{CODE}" selected' in page.content.decode()
    officer.post(address("desk_agreement_new"), VALUES | {"parent": CODE})
    assert Agreement.objects.get(code="CN-JP").parent == agreement


def test_a_second_officer_who_corrects_the_same_is_told_and_can_send_again(agreement, entry, officer):
    pages = [address("desk_agreement_edit", CODE), address("desk_agreement_entry_edit", CODE, entry.pk)]
    for page, field in zip(pages, ("note", "home_number"), strict=True):
        mine, theirs = typed(officer, page) | {field: "Mine"}, typed(officer, page) | {field: "Theirs"}
        assert officer.post(page, theirs).status_code == 302
        answer = officer.post(page, mine)
        assert answer.status_code == 409
        words = text_of(answer)
        assert "Theirs" in words
        assert "Somebody else has changed this since you opened it." in words
        again = {one.name: one.value() for one in answer.context["form"] if one.value() not in (None, False)}
        assert again[field] == "Mine"
        assert officer.post(page, again).status_code == 302
    agreement.refresh_from_db()
    entry.refresh_from_db()
    assert (agreement.note, entry.home_number) == ("Mine", "Mine")


# --- Names ---


def test_names_are_found_in_every_writing_and_by_status(agreement, entry, officer):
    make_agreement_entry(agreement, side=Side.INBOUND, name_native="Comté", name_zh="孔泰", country="FR")
    page = address("desk_recognition_agreement", CODE)
    for query, found in (("q=comte", {"Comté"}), ("status=listed", {"安化黑茶"}), ("side=inbound", {"Comté"})):
        answer = officer.get(f"{page}?{query}")
        assert {str(row[0]) for row in answer.context["rows"]} == found
    odd = officer.get(f"{page}?status=strange&side=x")
    assert len(odd.context["notices"]) == 2
    assert len(odd.context["rows"]) == 2
    assert "No name fits" in text_of(officer.get(f"{page}?q=nothing"))


def test_a_name_is_corrected(agreement, entry, officer):
    page = address("desk_agreement_entry_edit", CODE, entry.pk)
    change = {"name_en": "Anhua Dark Tea", "home_right": "gi_product", "seq": "7", "annex": "III", "country": "cn"}
    assert officer.post(page, typed(officer, page) | change).status_code == 302
    entry.refresh_from_db()
    assert (entry.name_en, entry.home_right, entry.seq, entry.annex, entry.country) == (
        "Anhua Dark Tea", "gi_product", 7, "III", "CN",
    )  # fmt: skip
    shown = text_of(officer.get(address("desk_agreement_entry", CODE, entry.pk)))
    assert "Name in English: — → Anhua Dark Tea" in shown


@pytest.mark.parametrize(
    ("change", "field"),
    [({"name_native": "", "name_zh": ""}, "name_native"), ({"country": "France"}, "country"), ({"seq": "0"}, "seq")],
)
def test_a_wrong_name_is_told_beside_the_field(agreement, entry, officer, change, field):
    page = address("desk_agreement_entry_edit", CODE, entry.pk)
    answer = officer.post(page, typed(officer, page) | {"sources": "Kept text"} | change)
    assert field in answer.context["form"].errors
    assert "Kept text" in answer.content.decode()


def test_a_stage_is_noted_with_day_act_and_reason_and_shown(agreement, entry, officer):
    page = address("desk_agreement_entry", CODE, entry.pk)
    assert "Note its protection" in text_of(officer.get(page))
    step = address("desk_agreement_entry_move", CODE, entry.pk, "protect")
    assert "its status is: protected" in text_of(officer.get(step))
    officer.post(step, {"on": "2025-03-01", "act": "Announcement 599", "reason": "Both lists agree."})
    words = text_of(officer.get(page))
    assert "2025-03-01" in words
    assert "published for comment; protection not verified → protected · Announcement 599 · Both lists agree." in words
    assert officer.get(step).url == page
    again = officer.post(step, {"on": "2025-03-01", "act": "Announcement 599", "reason": "x"})
    assert again.status_code == 409
    assert EntryStage.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [({"on": "2999-01-01"}, "on"), ({"on": "2025-02-28"}, "on"), ({"act": ""}, "act"), ({"reason": ""}, "reason")],
)
def test_a_wrong_stage_is_told_beside_the_field_with_what_was_typed(world, agreement, entry, officer, change, field):
    move = next(one for one in ENTRY_MOVES if one.name == "object")
    entry_registrar.move_entry(
        entry, move, by=world.actor("officer"), on=datetime.date(2025, 3, 1), act="Letter", reason="x"
    )
    step = address("desk_agreement_entry_move", CODE, entry.pk, "decide")
    answer = officer.post(step, {"on": "2025-03-02", "act": "Kept act", "reason": "Kept reason"} | change)
    assert list(answer.context["form"].errors) == [field]
    kept = "Kept reason" if field != "reason" else "Kept act"
    assert kept in answer.content.decode()
    assert EntryStage.objects.count() == 1


def test_unknown_moves_names_and_agreements_are_not_found(agreement, entry, officer):
    other = make_agreement("CN-FR")
    pages = [
        address("desk_recognition_agreement", "CN-XX"), address("desk_agreement_entry", other.code, entry.pk),
        address("desk_agreement_entry_move", CODE, entry.pk, "nonsense"), address("desk_match", 999999),
        address("desk_annex", uuid.uuid4()), address("desk_annex_file", CODE, "pdf"),
    ]  # fmt: skip
    assert [officer.get(page).status_code for page in pages] == [404] * len(pages)


# --- Reviews ---


def tick(entry):
    return f"{entry.pk}-{review_seen(AgreementEntry.objects.get(pk=entry.pk))}"


def test_a_suggestion_stands_beside_its_product(agreement, entry, officer):
    words = text_of(officer.get(address("desk_matches")))
    assert "安化黑茶 CN-EU-B1" in words
    assert "365 Hunan Province Tea here: tea GI product" in words


def test_several_are_decided_at_once_with_one_reason(world, agreement, entry, officer):
    other = make_agreement_entry(agreement, name_zh="桃江竹笋", suggested=make_product("桃江竹笋", number=999))
    ticks = [tick(entry), tick(other)]
    page = officer.post(address("desk_matches"), {"ticked": ticks, "decision": "same", "reason": "Same county."})
    assert page.status_code == 302
    assert set(AgreementEntry.objects.values_list("product__number", "match_basis")) == {
        (365, "reviewed"), (999, "reviewed"),
    }  # fmt: skip
    assert "2 names are decided." in text_of(officer.get(page.url))
    assert "No name here" in text_of(officer.get(page.url))
    assert "安化黑茶" in text_of(officer.get(address("desk_matches") + "?show=tied"))


def test_a_name_found_to_be_another_moves_to_those_without_a_product(agreement, entry, officer):
    officer.post(address("desk_matches"), {"ticked": [tick(entry)], "decision": "different", "reason": "Other."})
    entry.refresh_from_db()
    assert (entry.product, entry.suggested) == (None, None)
    assert "安化黑茶" in text_of(officer.get(address("desk_matches") + "?show=without"))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"reason": ""}, "required"), ({"ticked": []}, "Tick at least one name."),
        ({"ticked": ["x", "1", "1-"]}, "Select a valid choice."), ({"decision": "perhaps"}, "valid choice"),
    ],
)  # fmt: skip
def test_a_decision_needs_ticks_and_a_reason_and_keeps_both(agreement, entry, officer, change, sentence):
    data = {"ticked": [tick(entry)], "decision": "same", "reason": "Kept reason"} | change
    page = officer.post(address("desk_matches"), data)
    assert sentence in str(page.context["form"].errors)
    if "reason" not in change:
        assert "Kept reason" in page.content.decode()
    if "ticked" not in change:
        assert re.search(r'name="ticked" value="[^"]+" checked', page.content.decode())
    assert AgreementEntry.objects.get().product is None


def test_whoever_decides_second_is_told_which_names(world, agreement, entry, officer):
    seen = tick(entry)
    entry_registrar.refuse_match(entry, world.product, by=world.another("officer"), reason="Another tea.")
    page = officer.post(address("desk_matches"), {"ticked": [seen], "decision": "same", "reason": "x"})
    assert page.status_code == 409
    assert "Somebody else has decided meanwhile on: 安化黑茶." in text_of(page)
    assert AgreementEntry.objects.get().product is None


def test_a_name_is_tied_to_a_product_that_was_searched_for(world, agreement, officer):
    entry = make_agreement_entry(agreement, name_zh="安化茶")
    for query in ("365", "安化黑茶", "anhua"):
        page = officer.get(address("desk_match", entry.pk) + f"?q={query}")
        assert [value for value, _label in page.context["form"].fields["product"].choices] == ["365"]
    assert "No product answers this." in text_of(officer.get(address("desk_match", entry.pk) + "?q=99999"))
    data = {"product": "365", "decision": "same", "reason": "Same.", "version": review_seen(entry)}
    answer = officer.post(address("desk_match", entry.pk) + "?q=365", data)
    assert answer.status_code == 302
    entry.refresh_from_db()
    assert entry.product == world.product


def test_a_later_review_unties_with_a_reason(world, agreement, entry, officer):
    entry_registrar.tie(entry, world.product, by=world.actor("officer"), reason="x")
    page = address("desk_match", entry.pk)
    choices = officer.get(page).context["form"].fields["decision"].choices
    assert [value for value, _label in choices] == ["different"]
    seen = review_seen(AgreementEntry.objects.get())
    data = {"product": "365", "decision": "different", "reason": "", "version": seen}
    assert "reason" in officer.post(page, data).context["form"].errors
    officer.post(page, data | {"reason": "It was another tea."})
    assert AgreementEntry.objects.get().product is None
    assert "It was another tea." in text_of(officer.get(page))


def test_of_two_reviews_of_one_name_the_second_is_told(world, agreement, entry, officer):
    page = address("desk_match", entry.pk)
    data = {"product": "365", "decision": "same", "reason": "Kept reason", "version": review_seen(entry)}
    entry_registrar.refuse_match(entry, world.product, by=world.another("officer"), reason="Another tea.")
    answer = officer.post(f"{page}?q=365", data)
    assert answer.status_code == 409
    assert "Kept reason" in answer.content.decode()
    assert "Somebody else has just decided this." in text_of(answer)
    assert AgreementEntry.objects.get().product is None


# --- Time to comment ---


def test_a_time_to_comment_is_opened_once(agreement, entry, officer):
    page = address("desk_agreement_comments", CODE)
    for _time in range(2):
        assert officer.post(page, {"on": "2022-12-02", "note": "173 names", "paper": ""}).status_code == 302
    assert PublicNotice.objects.get().last_day == datetime.date(2023, 2, 2)
    assert "3 December 2022 to 2 February 2023 173 names" in text_of(officer.get(page))


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"on": "2999-01-01"}, "on", "lies in the future"),
        ({"on": ""}, "on", "required"),
        ({"note": ""}, "note", "required"),
        ({"paper": "没有"}, "paper", "No announcement on record is called so."),
        ({"on": "2022-12-20"}, "__all__", "A time to comment on this list runs on these days already."),
    ],
)
def test_a_wrong_time_to_comment_is_told_beside_the_field(
    world, agreement, entry, officer, change, field, sentence
):
    agreement_registrar.open_comments(
        agreement, by=world.actor("officer"), published_on=datetime.date(2022, 12, 2), note="173 names"
    )
    data = {"on": "2024-03-01", "note": "Kept words", "paper": ""} | change
    page = officer.post(address("desk_agreement_comments", CODE), data)
    assert sentence in " ".join(page.context["form"].errors[field])
    if "note" not in change:
        assert "Kept words" in page.content.decode()
    assert PublicNotice.objects.count() == 1


# --- Annexes ---


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_file_to_begin_with_sent_back_changes_nothing(agreement, entry, officer, kind):
    content = officer.get(address("desk_annex_file", CODE, kind)).getvalue()
    words = text_of(officer.get(send(officer, content).url))
    assert "The file changes nothing." in words
    assert "1 Unchanged" in words


@pytest.mark.parametrize("make", [as_csv, as_xlsx])
def test_a_file_is_shown_before_it_is_applied_and_can_be_undone(agreement, entry, officer, make):
    answer = send(officer, make(TEA | {"name_en": "Anhua Tea"}, COMTE))
    page = officer.get(answer.url)
    words = text_of(page)
    assert "Name in English: — → Anhua Tea" in words
    assert "Comté 孔泰 FR" in words
    assert AgreementEntry.objects.count() == 1
    done = officer.post(answer.url, {"base": page.context["found"].base})
    assert done.url == address("desk_recognition_agreement", CODE)
    assert "1 new, 1 changed, 0 left out" in text_of(officer.get(done.url))
    assert "This file was applied on" in text_of(officer.get(answer.url))
    undo = address("desk_annex_undo", answer.url.rstrip("/").rsplit("/", 1)[1])
    assert "reason" in officer.post(undo, {"reason": ""}).context["form"].errors
    assert officer.post(undo, {"reason": "The wrong annex."}).url == done.url
    entry.refresh_from_db()
    assert entry.name_en == ""
    assert "The load was undone on" in text_of(officer.get(answer.url))
    assert officer.get(undo).url == answer.url


def test_a_load_that_others_built_on_is_not_undone_and_names_are_told(agreement, entry, officer):
    answer = send(officer, as_csv(TEA | {"name_en": "Anhua Tea"}))
    officer.post(answer.url, {"base": officer.get(answer.url).context["found"].base})
    AgreementEntry.objects.update(name_en="By hand")
    page = officer.post(address("desk_annex_undo", AnnexImport.objects.get().nonce), {"reason": "Kept reason"})
    assert "cannot be undone as a whole: 安化黑茶." in text_of(page)
    assert "Kept reason" in page.content.decode()


def test_strange_lines_are_shown_and_must_be_looked_at(agreement, entry, officer):
    AgreementEntry.objects.update(status=EntryStatus.PROTECTED, status_text="protected")
    answer = send(officer, as_csv(TEA))
    page = officer.get(answer.url)
    assert "It is protected in the register; the file takes it back to" in text_of(page)
    refused = officer.post(answer.url, {"base": page.context["found"].base})
    assert "Look at the strange lines first" in text_of(refused)
    officer.post(answer.url, {"base": page.context["found"].base, "looked": "1"})
    entry.refresh_from_db()
    assert entry.status == EntryStatus.LISTED


def test_a_file_with_a_fault_is_shown_with_every_line_and_no_button(agreement, entry, officer):
    answer = send(officer, as_csv(TEA | {"country": "China"}, columns=[*TEA, "extra"]))
    page = officer.get(answer.url)
    words = text_of(page)
    assert "line 2 country “China” is no country" in words
    assert "not known here and are ignored: extra." in words
    assert 'name="base"' not in page.content.decode()


def test_what_the_whole_list_lacks_is_named_and_leaves_it(agreement, entry, officer):
    other = TEA | {"name_native": "普洱茶", "name_zh": "普洱茶"}
    answer = send(officer, as_csv(other), whole="on")
    page = officer.get(answer.url)
    assert "Leave the list 1 From 2 June 2025 on these are not on the list any more" in text_of(page)
    officer.post(answer.url, {"base": page.context["found"].base})
    entry.refresh_from_db()
    assert entry.left_out_on == datetime.date(2025, 6, 2)


def test_differences_of_a_list_that_changed_meanwhile_are_shown_anew(world, agreement, entry, officer):
    answer = send(officer, as_csv(TEA | {"name_en": "file"}))
    shown = officer.get(answer.url).context["found"].base
    agreement_registrar.amend_agreement_entry(entry, by=world.actor("officer"), name_en="by hand")
    refused = officer.post(answer.url, {"base": shown})
    assert refused.status_code == 409
    assert "Name in English: by hand → file" in text_of(refused)
    officer.post(answer.url, {"base": refused.context["found"].base})
    entry.refresh_from_db()
    assert entry.name_en == "file"


@pytest.mark.parametrize(
    ("content", "more", "field", "sentence"),
    [
        (b"", {}, "file", "The column “batch” is missing."),
        (b"x" * (2 * 1024 * 1024 + 1), {}, "file", "The file is larger than 2 MB."),
        (as_csv(TEA), {"basis": ""}, "basis", "required"),
        (as_csv(TEA), {"on": "2999-01-01"}, "on", "lies in the future"),
        (as_csv(TEA), {"on": "soon"}, "on", "Write the day like this"),
    ],
)
def test_a_file_that_is_not_taken_is_told_beside_the_field(agreement, officer, content, more, field, sentence):
    page = send(officer, content, **more)
    assert sentence in " ".join(page.context["form"].errors[field])
    assert "Please choose the file again" in text_of(page)
    assert AnnexImport.objects.count() == 0


def test_a_form_sent_twice_keeps_one_file(agreement, officer):
    nonce = str(uuid.uuid4())
    first, again = (send(officer, as_csv(TEA), nonce=nonce) for _time in range(2))
    assert first.url == again.url
    assert AnnexImport.objects.count() == 1


# --- All of it ---


def test_the_number_of_queries_does_not_grow(world, agreement, entry, officer):
    pages = [address("desk_recognition"), address("desk_recognition_agreement", CODE), address("desk_matches")]

    def counts():
        found = []
        for page in pages:
            officer.get(page)
            with CaptureQueriesContext(connection) as caught:
                officer.get(page)
            found.append(len(caught))
        return found

    before = counts()
    for number in range(20):
        product = make_product(f"茶{number}", number=2000 + number, province=world.province)
        make_agreement_entry(agreement, name_zh=f"茶{number}", suggested=product)
        make_agreement(f"B{number}", parent=agreement)
    assert counts() == before


def test_nothing_is_left_in_the_journal_by_reading(agreement, entry, officer):
    before = JournalEntry.objects.count()
    for page in ("desk_recognition", "desk_matches"):
        officer.get(address(page))
    officer.get(address("desk_agreement_entry", CODE, entry.pk))
    assert JournalEntry.objects.count() == before
