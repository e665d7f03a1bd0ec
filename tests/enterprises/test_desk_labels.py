"""Labels at the desk: what waits, decisions on output and batches, the ledger as officials see it."""

import datetime
import html
import re
import uuid

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from enterprises import labels, output, supervision
from enterprises.label_models import IssueRule, LabelBatch, OutputStatement
from enterprises.label_states import Unit, VoidReason
from enterprises.states import SuspensionGround
from gi_registry.models import JournalEntry
from tests.label_world import KILOGRAMS, make_labels

pytestmark = pytest.mark.django_db


@pytest.fixture
def found():
    return make_labels()


def signed_in(found, name):
    user, client = found.world.people[name], Client()
    Authenticator.objects.get_or_create(user=user, type=Authenticator.Type.TOTP, defaults={"data": {"secret": "x"}})
    client.force_login(user)
    return client


def address(name, *args):
    with translation.override("en"):
        return reverse(f"enterprises:{name}", args=args)


def text_of(response):
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode())))


def state(found, kilograms=120, season="2026"):
    return output.state_output(
        found.authorisation, by=found.world.actor("owner"), nonce=uuid.uuid4(), season=season, unit=Unit.KILOGRAM,
        quantity=kilograms * KILOGRAMS, evidence="Weighing list 8",
    )  # fmt: skip


def certified(found):
    found.season.refresh_from_db()
    return found.season.certified


# --- What waits ---


def test_what_waits_stands_in_the_queue_with_its_age(found):
    statement, batch = state(found), found.request(250)
    OutputStatement.objects.filter(pk=statement.pk).update(stated_at=timezone.now() - datetime.timedelta(days=3))
    words = text_of(signed_in(found, "reviewer").get(address("desk_labels")))
    assert "120 kg" in words
    assert "3 days" in words
    assert batch.reference in words
    assert "125 kg" in words  # what the labels stand for
    assert "since today" in words


def test_what_is_decided_waits_no_longer(found):
    output.certify(state(found, 7), by=found.world.actor("reviewer"))
    batch = found.batch(10)
    response = signed_in(found, "reviewer").get(address("desk_labels"))
    assert "7 kg" not in text_of(response)
    assert address("desk_batch", batch.reference) not in response.content.decode()


@pytest.mark.parametrize(("query", "hits"), [("示例茶业", True), ("heicha", True), ("nothing", False)])
def test_ledgers_are_found_by_enterprise_and_product(found, query, hits):
    response = signed_in(found, "reviewer").get(address("desk_labels"), {"q": query})
    assert (address("desk_label_authorisation", found.authorisation.reference) in response.content.decode()) == hits


def test_a_ledger_is_found_by_the_name_of_a_batch(found):
    batch = found.batch(10)
    response = signed_in(found, "reviewer").get(address("desk_labels"), {"q": batch.reference.lower()})
    assert address("desk_label_authorisation", found.authorisation.reference) in response.content.decode()


def test_the_ledger_list_counts_labels_of_several_seasons_once(found):
    found.batch(10)
    found.batch(20)
    found.certify(5 * KILOGRAMS, season="2025")
    found.request(40)  # requested labels are not issued
    words = text_of(signed_in(found, "reviewer").get(address("desk_labels")))
    assert "30 in 2 batches" in words


def test_the_queue_asks_the_same_number_of_questions_however_long_it_is(found):
    client, numbers = signed_in(found, "reviewer"), []
    client.get(address("desk_labels"))
    for _each in range(2):
        state(found)
        found.request(5)
        with CaptureQueriesContext(connection) as asked:
            client.get(address("desk_labels"))
        numbers.append(len(asked))
    assert numbers[0] == numbers[1]


# --- Stated output ---


def test_output_is_certified(found):
    statement, client = state(found), signed_in(found, "reviewer")
    page = client.get(address("desk_statement", statement.pk))
    assert "Weighing list 8" in text_of(page)
    assert "120 t as the enterprise wrote in its application" in text_of(page)
    response = client.post(address("desk_statement", statement.pk), {"decision": "certify"})
    assert response.status_code == 302
    assert certified(found) == 1120 * KILOGRAMS


def test_output_is_refused_with_a_reason_that_the_page_keeps(found):
    statement, client = state(found), signed_in(found, "reviewer")
    typed = {"decision": "refuse", "text": "The lists are of last year."}
    assert client.post(address("desk_statement", statement.pk), typed).status_code == 302
    assert certified(found) == 1000 * KILOGRAMS
    assert "The lists are of last year." in text_of(client.get(address("desk_statement", statement.pk)))


@pytest.mark.parametrize("typed", [{}, {"decision": "refuse", "text": "  "}, {"decision": "nonsense", "text": "Kept."}])
def test_an_unclear_decision_on_output_is_asked_again(found, typed):
    statement, client = state(found), signed_in(found, "reviewer")
    response = client.post(address("desk_statement", statement.pk), typed)
    assert response.status_code == 200
    assert "Please look at this again" in text_of(response)
    assert typed.get("text", "").strip() in response.content.decode()
    statement.refresh_from_db()
    assert statement.state == "stated"


def test_of_two_decisions_on_output_the_second_is_told_and_its_words_are_kept(found):
    statement, client = state(found), signed_in(found, "reviewer")
    client.post(address("desk_statement", statement.pk), {"decision": "certify"})
    typed = {"decision": "refuse", "text": "Mine, too."}
    response = client.post(address("desk_statement", statement.pk), typed)
    assert response.status_code == 409
    assert "Mine, too." in response.content.decode()
    assert certified(found) == 1120 * KILOGRAMS


def test_while_the_mark_is_suspended_no_output_is_certified(found):
    statement, world = state(found), found.world
    supervision.suspend(
        found.authorisation, by=world.actor("approver"), ground=SuspensionGround.INVESTIGATION, text="Fakes."
    )
    response = signed_in(found, "reviewer").post(address("desk_statement", statement.pk), {"decision": "certify"})
    assert response.status_code == 409
    assert "may not be used at present" in text_of(response)
    assert certified(found) == 1000 * KILOGRAMS


# --- Corrections downwards ---


def reduce(found, client, **typed):
    values = {"season": str(found.season.pk), "quantity": "100 kg", "text": "Counted twice.", "nonce": uuid.uuid4()}
    return client.post(address("desk_reduce", found.authorisation.reference), values | typed)


def test_certified_output_is_corrected_downwards_once_however_often_it_is_sent(found):
    client, nonce = signed_in(found, "reviewer"), uuid.uuid4()
    for _click in range(2):
        assert reduce(found, client, nonce=nonce, quantity="600 kg").status_code == 302
    assert certified(found) == 400 * KILOGRAMS
    words = text_of(client.get(address("desk_label_authorisation", found.authorisation.reference)))
    assert "−600 kg" in words


def test_output_that_labels_were_issued_for_cannot_be_taken_back(found):
    found.batch(1900)  # 950 kg
    response = reduce(found, signed_in(found, "reviewer"), quantity="50.001 kg")
    assert response.status_code == 200
    assert "Labels were issued for this output already" in text_of(response)
    assert "Counted twice." in response.content.decode()
    assert certified(found) == 1000 * KILOGRAMS


@pytest.mark.parametrize("wrong", [{"quantity": ""}, {"quantity": "500"}, {"quantity": "-5 kg"}, {"text": " "},
                                   {"season": "0"}, {"text": "w" * 1001}])  # fmt: skip
def test_a_correction_that_is_not_complete_is_asked_again(found, wrong):
    response = reduce(found, signed_in(found, "reviewer"), **wrong)
    assert response.status_code == 200
    assert "Please look at this again" in text_of(response)
    assert certified(found) == 1000 * KILOGRAMS


# --- Batches ---


def test_the_page_of_a_request_says_what_is_left_after_it(found):
    batch = found.request(250)
    words = text_of(signed_in(found, "reviewer").get(address("desk_batch", batch.reference)))
    assert "Available in this season 1,000 kg − this batch 125 kg = left after it 875 kg" in words


def test_labels_are_issued(found):
    batch, client = found.request(250), signed_in(found, "reviewer")
    step = address("desk_batch_step", batch.reference, "issue")
    assert step in client.get(address("desk_batch", batch.reference)).content.decode()
    assert client.get(step).status_code == 200
    batch.refresh_from_db()
    assert batch.state == "requested"  # looking issues nothing
    assert client.post(step).status_code == 302
    batch.refresh_from_db()
    assert batch.state == "issued"
    assert client.post(step).status_code == 409
    found.season.refresh_from_db()
    assert found.season.committed == 125 * KILOGRAMS


def test_labels_are_refused_and_the_reason_is_shown(found):
    batch, client = found.request(250), signed_in(found, "approver")
    step = address("desk_batch_step", batch.reference, "refuse")
    assert client.post(step, {"text": " "}).status_code == 200
    assert client.post(step, {"text": "Packs are too small."}).status_code == 302
    batch.refresh_from_db()
    assert batch.state == "refused"
    assert "Packs are too small." in text_of(client.get(address("desk_batch", batch.reference)))


def test_a_batch_that_the_output_no_longer_covers_is_not_issued(found):
    first, second = found.request(1500), found.request(1500)
    client = signed_in(found, "reviewer")
    client.post(address("desk_batch_step", first.reference, "issue"))
    assert "does not cover this batch" in text_of(client.get(address("desk_batch", second.reference)))
    response = client.post(address("desk_batch_step", second.reference, "issue"))
    assert response.status_code == 200
    assert "does not cover so many labels" in text_of(response)
    second.refresh_from_db()
    assert second.state == "requested"


def test_a_batch_is_recalled_with_a_ground_and_a_reason(found):
    batch, client = found.batch(100, active=(1, 60)), signed_in(found, "reviewer")
    step = address("desk_batch_step", batch.reference, "recall")
    assert "activated 60" in text_of(client.get(step))
    for typed in ({"text": "Mould."}, {"ground": "quality", "text": ""}, {"ground": "x", "text": "Mould."}):
        response = client.post(step, typed)
        assert response.status_code == 200
        assert typed["text"] in response.content.decode()
    batch.refresh_from_db()
    assert batch.state == "issued"
    assert client.post(step, {"ground": "quality", "text": "Mould."}).status_code == 302
    batch.refresh_from_db()
    assert (batch.state, batch.recall_ground) == ("recalled", "quality")
    words = text_of(client.get(address("desk_batch", batch.reference)))
    assert "The goods do not meet the standard" in words
    assert "Mould." in words
    assert client.get(step).status_code == 302  # it is over


def test_the_page_of_a_batch_adds_up_and_lists_what_happened(found):
    batch = found.batch(100, active=(1, 60))
    labels.declare_void(
        batch, by=found.world.actor("owner"), nonce=uuid.uuid4(), first=51, last=70, reason=VoidReason.LOST
    )
    words = text_of(signed_in(found, "auditor").get(address("desk_batch", batch.reference)))
    assert "Not yet activated 30 + activated 50 + void 20 + returned unused 0 = labels 100" in words
    assert "51–70 Void Lost or stolen" in words
    assert "1–60 Activated" in words


def test_the_ledger_adds_up(found):
    found.batch(1000)
    batch = found.batch(200)
    labels.take_back(batch, by=found.world.actor("owner"), nonce=uuid.uuid4(), first=1, last=100)
    found.request(10)
    words = text_of(signed_in(found, "auditor").get(address("desk_label_authorisation", found.authorisation.reference)))
    assert ("Certified output 1,000 kg − issued on labels 600 kg + given back unused 50 kg = still available 450 kg"
            in words)  # fmt: skip
    assert "Labels requested and not decided on: 5 kg." in words
    assert "1 200 labels issued: 1 100 not yet activated, 0 activated, 0 void, 100 returned" in words.replace(
        "\u202f", " "
    )


def test_nobody_issues_labels_while_the_mark_is_suspended(found):
    batch, world = found.request(10), found.world
    supervision.suspend(
        found.authorisation, by=world.actor("approver"), ground=SuspensionGround.TEST_FAILED, text="Lead found."
    )
    client = signed_in(found, "reviewer")
    page = client.get(address("desk_batch", batch.reference))
    assert address("desk_batch_step", batch.reference, "issue") not in page.content.decode()
    assert "may not be used at present" in text_of(page)
    assert client.post(address("desk_batch_step", batch.reference, "issue")).status_code == 409
    assert LabelBatch.objects.get(pk=batch.pk).state == "requested"


# --- The rule of a province ---


def test_an_approver_sets_the_rule_and_small_batches_are_issued_at_once(found):
    client = signed_in(found, "approver")
    response = client.post(address("desk_issue_rule"), {"province": "430000", "automatic_up_to": "1,000"})
    assert response.status_code == 302
    assert found.request(1000).state == "issued"
    assert found.request(500, pack=1).state == "issued"
    assert found.request(1001, pack=1).state == "requested"
    assert "batches of up to 1 000 labels are issued at once" in text_of(
        signed_in(found, "reviewer").get(address("desk_labels"))
    ).replace("\u202f", " ")


def test_the_same_rule_sent_twice_is_one_rule(found):
    client = signed_in(found, "approver")
    for _click in range(2):
        client.post(address("desk_issue_rule"), {"province": "430000", "automatic_up_to": "50"})
    assert IssueRule.objects.count() == 1
    client.post(address("desk_issue_rule"), {"province": "430000", "automatic_up_to": "0"})
    assert IssueRule.objects.get(effective_to=None).automatic_up_to == 0


@pytest.mark.parametrize("typed", [{"automatic_up_to": "many"}, {"automatic_up_to": "-1"}, {"automatic_up_to": ""},
                                   {"automatic_up_to": "99999999"}, {"province": "110000"}])  # fmt: skip
def test_a_rule_that_cannot_be_read_is_asked_again(found, typed):
    values = {"province": "430000", "automatic_up_to": "5"} | typed
    response = signed_in(found, "approver").post(address("desk_issue_rule"), values)
    assert response.status_code == 200
    assert values["automatic_up_to"] in response.content.decode()
    assert not IssueRule.objects.exists()


@pytest.mark.parametrize("name", ["reviewer", "officer", "auditor", "owner"])
def test_nobody_else_sets_the_rule(found, name):
    client = signed_in(found, name)
    assert client.get(address("desk_issue_rule")).status_code == 404
    values = {"province": "430000", "automatic_up_to": "5"}
    assert client.post(address("desk_issue_rule"), values).status_code == 404
    assert not IssueRule.objects.exists()


# --- Who sees and does what ---


def pages(found, batch, statement):
    reference = found.authorisation.reference
    return [
        address("desk_label_authorisation", reference), address("desk_statement", statement.pk),
        address("desk_batch", batch.reference),
    ]  # fmt: skip


def steps(found, batch, statement):
    return [
        address("desk_statement", statement.pk), address("desk_reduce", found.authorisation.reference),
        *(address("desk_batch_step", batch.reference, name) for name in ("issue", "refuse", "recall")),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["reviewer", "approver", "officer", "auditor"])
def test_officials_read_the_labels_of_their_territory(found, name):
    batch, statement, client = found.request(10), state(found), signed_in(found, name)
    for page in [address("desk_labels"), *pages(found, batch, statement)]:
        assert found.world.enterprise.name_zh in text_of(client.get(page)), page


@pytest.mark.parametrize("name", ["officer", "auditor"])
def test_who_issues_no_labels_finds_no_button_and_no_step(found, name):
    batch, statement, client = found.request(10), state(found), signed_in(found, name)
    before = JournalEntry.objects.count()
    for page in pages(found, batch, statement):
        main = client.get(page).content.decode().split("<main")[1].split("</main")[0]
        assert "<button" not in main, page
        assert not any(step in main for step in steps(found, batch, statement)[1:]), page
    typed = {"decision": "certify", "text": "x", "ground": "other", "quantity": "1 kg", "season": found.season.pk}
    for step in steps(found, batch, statement):
        assert client.post(step, typed).status_code == 404, step
    assert JournalEntry.objects.count() == before


@pytest.mark.parametrize("name", ["reviewer_elsewhere", "approver_elsewhere", "owner", "outsider", "editor"])
def test_others_find_nothing(found, name):
    batch, statement, client = found.request(10), state(found), signed_in(found, name)
    for page in [*pages(found, batch, statement), *steps(found, batch, statement)]:
        assert client.get(page).status_code == 404, page
        refused = 404 if page in steps(found, batch, statement) else 405  # the others only show
        assert client.post(page, {"decision": "certify", "text": "x"}).status_code == refused, page
    index = client.get(address("desk_labels"))
    assert index.status_code == 404 or found.world.enterprise.name_zh not in text_of(index)
    batch.refresh_from_db()
    statement.refresh_from_db()
    assert (batch.state, statement.state) == ("requested", "stated")


def test_a_step_that_does_not_exist_is_not_found(found):
    batch, client = found.request(10), signed_in(found, "reviewer")
    assert client.get(address("desk_batch_step", batch.reference, "withdraw")).status_code == 404
    assert client.get(address("desk_batch_step", batch.reference, "recall")).status_code == 302  # not issued yet


def test_pages_speak_chinese_too(found):
    batch, statement = found.request(10), state(found)
    client = signed_in(found, "approver")
    with translation.override("zh-hans"):
        for name, args in (
            ("desk_labels", []), ("desk_label_authorisation", [found.authorisation.reference]),
            ("desk_statement", [statement.pk]), ("desk_batch", [batch.reference]), ("desk_issue_rule", []),
            ("desk_batch_step", [batch.reference, "issue"]), ("desk_reduce", [found.authorisation.reference]),
        ):  # fmt: skip
            assert 'lang="zh-Hans"' in client.get(reverse(f"enterprises:{name}", args=args)).content.decode()
