"""Annexes, reviews, stages and times to comment in the hands of many at the same moment: one wins, others are told."""

import datetime
import uuid

import pytest
from django.db import connection

from gi_registry import journal
from gi_registry.event_types import EventType
from gi_registry.models import JournalEntry
from products import agreement_registrar, annexing, entry_registrar, list_files
from products.annex_words import REQUIRED
from products.entry_history import review_seen
from products.entry_states import ENTRY_MOVES
from products.models import AgreementEntry
from products.objection_models import PublicNotice
from products.recognition_models import AnnexImport, EntryStage
from products.states import EntryStatus
from tests import races
from tests.case_world import make_world
from tests.factories import make_agreement, make_agreement_entry
from tests.products.test_annexes import TEA, as_csv

ON_POSTGRESQL = connection.vendor == "postgresql"
pytestmark = pytest.mark.django_db(transaction=ON_POSTGRESQL)
MANY = 12
DAY = datetime.date(2025, 3, 1)
MOVES = {move.name: move for move in ENTRY_MOVES}


@pytest.fixture
def world(race_database):
    return make_world()


@pytest.fixture
def agreement(world):
    return make_agreement()


@pytest.fixture
def entry(world, agreement):
    return make_agreement_entry(agreement, status=EntryStatus.LISTED, suggested=world.product)


@pytest.fixture(autouse=True)
def _journal_holds(world):
    yield
    assert [fault for fault in journal.verify() if "triggers" not in fault] == []


def told(event):
    return JournalEntry.objects.filter(event_type=event).count()


def send(agreement, by, **change):
    return annexing.record_annex(
        agreement, by=by, nonce=uuid.uuid4(), file_name="a.csv", sha256="0" * 64, basis="b", on=DAY,
        rows=list_files.read(as_csv(TEA | change), REQUIRED).as_json(),
    )  # fmt: skip


def test_an_annex_that_many_apply_at_once_is_applied_once(world, agreement):
    by = world.actor("officer")
    sent = send(agreement, by)

    def apply():
        own = AnnexImport.objects.select_related("agreement__parent").get(pk=sent.pk)
        return annexing.apply_annex(own, by=by, base=sent.base)

    assert races.at_once([apply] * MANY).faults(winners=MANY) == []
    assert AgreementEntry.objects.count() == told(EventType.ANNEX_APPLIED) == 1


def test_of_many_annexes_for_one_list_one_is_applied(world, agreement):
    by = world.actor("officer")
    rows = [send(agreement, by, name_en=f"Tea {number}") for number in range(MANY)]
    outcome = races.at_once([lambda row=row: annexing.apply_annex(row, by=by, base=row.base) for row in rows])
    assert outcome.faults() == []
    assert AgreementEntry.objects.count() == told(EventType.ANNEX_APPLIED) == 1


def test_a_load_that_many_undo_at_once_is_undone_once(world, agreement):
    by = world.actor("officer")
    sent = send(agreement, by)
    annexing.apply_annex(sent, by=by, base=sent.base)

    def undo():
        return annexing.undo_annex(AnnexImport.objects.get(pk=sent.pk), by=by, reason="The wrong annex.")

    assert races.at_once([undo] * MANY).faults(winners=MANY) == []
    assert told(EventType.ANNEX_UNDONE) == told(EventType.AGREEMENT_ENTRY_AMENDED) == 1


def test_of_many_reviewers_one_decides(world, entry):
    seen = review_seen(entry)

    def review(step, name):
        row = AgreementEntry.objects.select_related("agreement").get(pk=entry.pk)
        by = world.actor("officer") if name else world.another("officer")
        return lambda: step(row, world.product, by=by, reason="It is so.", seen=seen)

    calls = [review(entry_registrar.tie, True) for _ in range(MANY // 2)]
    calls += [review(entry_registrar.refuse_match, False) for _ in range(MANY // 2)]
    assert races.at_once(calls).faults() == []
    entry.refresh_from_db()
    tied = entry.product_id is not None
    assert (told(EventType.ENTRY_TIED), told(EventType.ENTRY_MATCH_REFUSED)) == (int(tied), int(not tied))
    assert entry.refused_products.count() == int(not tied)


def test_of_many_officers_one_notes_the_stage(world, entry):
    by = world.actor("officer")

    def step(name):
        row = AgreementEntry.objects.select_related("agreement").get(pk=entry.pk)
        return lambda: entry_registrar.move_entry(row, MOVES[name], by=by, on=DAY, act="Letter", reason="It is so.")

    calls = [step("protect") for _ in range(MANY // 2)] + [step("withdraw") for _ in range(MANY // 2)]
    assert races.at_once(calls).faults() == []
    entry.refresh_from_db()
    assert EntryStage.objects.get().status == entry.status
    assert told(EventType.ENTRY_MOVED) == 1


def test_of_many_publications_one_begins_a_time_to_comment(world, agreement, entry):
    by = world.actor("officer")

    def publish(number):
        return lambda: agreement_registrar.open_comments(agreement, by=by, published_on=DAY, note=f"Paper {number}")

    outcome = races.at_once([publish(number) for number in range(MANY)])
    assert outcome.faults(codes={"open_already"}) == []
    assert PublicNotice.objects.count() == told(EventType.NOTICE_OPENED) == 1
