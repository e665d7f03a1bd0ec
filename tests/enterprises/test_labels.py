"""The quantity ledger: output certified, labels issued on it, and what becomes of them; every figure adds up."""

import uuid

import pytest
from django.utils import timezone
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from enterprises import label_rules, labels, output, supervision
from enterprises.label_models import LabelBatch, LabelEvent, OutputStatement
from enterprises.label_states import BatchState, RecallGround, Unit, VoidReason
from enterprises.states import StopGround, SuspensionGround
from gi_registry.models import JournalEntry
from gi_registry.moves import MoveRefused
from tests.case_world import make_world
from tests.label_world import KILOGRAMS, assert_balance, make_labels

pytestmark = pytest.mark.django_db


@pytest.fixture
def found():
    return make_labels()


def state(found, quantity=5, **values):
    values = {"by": found.world.actor("owner"), "nonce": uuid.uuid4(), "season": "2026", "unit": Unit.KILOGRAM,
              "quantity": quantity, "evidence": "Weighing list 8"} | values  # fmt: skip
    return output.state_output(found.authorisation, **values)


def void(found, batch, first, last, **values):
    values = {"nonce": uuid.uuid4(), "reason": VoidReason.DAMAGED, "by": found.world.actor("owner")} | values
    return labels.declare_void(batch, first=first, last=last, **values)


def take_back(found, batch, first, last, **values):
    values = {"nonce": uuid.uuid4(), "by": found.world.actor("owner")} | values
    return labels.take_back(batch, first=first, last=last, **values)


def remaining(found):
    found.season.refresh_from_db()
    return found.season.remaining


def test_output_counts_once_it_is_certified(found):
    statement = state(found, 20 * KILOGRAMS)
    found.season.refresh_from_db()
    assert found.season.certified == 1000 * KILOGRAMS
    output.certify(statement, by=found.world.actor("reviewer"))
    found.season.refresh_from_db()
    assert found.season.certified == 1020 * KILOGRAMS
    with pytest.raises(MoveRefused) as refused:
        output.certify(statement, by=found.world.actor("reviewer"))
    assert refused.value.code == "wrong_state"
    assert_balance()


def test_a_statement_sent_twice_is_one(found):
    nonce = uuid.uuid4()
    assert state(found, nonce=nonce) == state(found, nonce=nonce)
    assert OutputStatement.objects.count() == 2


@pytest.mark.parametrize(
    ("values", "code"),
    [({"quantity": 0}, "nothing_stated"), ({"quantity": -5}, "nothing_stated"), ({"unit": Unit.LITRE}, "other_unit")],
)
def test_output_that_cannot_be_is_refused(found, values, code):
    with pytest.raises(MoveRefused) as refused:
        state(found, **values)
    assert refused.value.code == code


def test_a_refused_statement_counts_nothing_and_needs_a_reason(found):
    statement = state(found)
    with pytest.raises(MoveRefused):
        output.refuse(statement, by=found.world.actor("reviewer"), text=" ")
    output.refuse(statement, by=found.world.actor("reviewer"), text="No weighing list.")
    assert remaining(found) == 1000 * KILOGRAMS
    assert statement.decision == "No weighing list."


def test_only_the_enterprise_states_and_only_its_officials_certify(found):
    with pytest.raises(MoveRefused):
        state(found, by=found.world.actor("outsider"))
    statement = state(found)
    for name in ("owner", "reviewer_elsewhere", "approver_elsewhere", "officer", "auditor"):
        with pytest.raises(MoveRefused) as refused:
            output.certify(statement, by=found.world.actor(name))
        assert refused.value.code == "not_permitted", name
    output.certify(statement, by=found.world.actor("approver"))


def test_certified_output_is_corrected_down_to_what_labels_stand_for(found):
    found.batch(100)
    reviewer = found.world.actor("reviewer")
    with pytest.raises(MoveRefused) as refused:
        output.reduce(found.season, by=reviewer, nonce=uuid.uuid4(), quantity=951 * KILOGRAMS, text="Counted twice.")
    assert refused.value.code == "over_allowance"
    output.reduce(found.season, by=reviewer, nonce=uuid.uuid4(), quantity=950 * KILOGRAMS, text="Counted twice.")
    assert remaining(found) == 0
    assert_balance()


def test_labels_are_requested_and_issued_within_the_output(found):
    batch = found.request(2000)
    assert (batch.state, remaining(found)) == (BatchState.REQUESTED, 1000 * KILOGRAMS)
    labels.issue(batch, by=found.world.actor("reviewer"))
    assert (batch.state, remaining(found)) == (BatchState.ISSUED, 0)
    assert batch.secret
    assert batch.key_id
    with pytest.raises(MoveRefused) as refused:
        found.request(1)
    assert refused.value.code == "over_allowance"
    assert_balance()


def test_what_was_requested_meanwhile_is_not_issued_beyond_the_output(found):
    first, second = found.request(1500), found.request(1500)
    labels.issue(first, by=found.world.actor("reviewer"))
    with pytest.raises(MoveRefused) as refused:
        labels.issue(second, by=found.world.actor("reviewer"))
    assert refused.value.code == "over_allowance"
    assert LabelBatch.objects.get(pk=second.pk).state == BatchState.REQUESTED
    assert_balance()


def test_a_request_sent_twice_is_one_batch(found):
    nonce = uuid.uuid4()
    assert found.request(10, nonce=nonce) == found.request(10, nonce=nonce)
    assert LabelBatch.objects.count() == 1


@pytest.mark.parametrize(
    ("values", "code"),
    [({"count": 0}, "wrong_count"), ({"count": 1 << 24, "pack": 1}, "wrong_count"), ({"pack": 0}, "wrong_count"),
     ({"variety": "绿茶"}, "other_variety")],
)  # fmt: skip
def test_a_request_that_cannot_be_is_refused(found, values, code):
    with pytest.raises(MoveRefused) as refused:
        found.request(**values)
    assert refused.value.code == code


def test_a_province_may_issue_at_once_up_to_a_number(found):
    label_rules.set_issue_rule(found.world.province, by=found.world.actor("approver"), automatic_up_to=50)
    assert found.request(50).state == BatchState.ISSUED
    assert found.request(51).state == BatchState.REQUESTED
    label_rules.set_issue_rule(found.world.province, by=found.world.actor("approver"), automatic_up_to=0)
    assert found.request(1).state == BatchState.REQUESTED
    assert_balance()


def test_no_automatic_issue_to_whom_is_ordered_to_rectify(found):
    label_rules.set_issue_rule(found.world.province, by=found.world.actor("approver"), automatic_up_to=50)
    supervision.order_rectification(found.authorisation, by=found.world.actor("reviewer"), text="Wrong colour.")
    assert found.request(10).state == BatchState.REQUESTED


def test_the_rule_of_a_province_is_its_approvers_to_set(found):
    for name in ("reviewer", "approver_elsewhere", "officer", "owner"):
        with pytest.raises(MoveRefused):
            label_rules.set_issue_rule(found.world.province, by=found.world.actor(name), automatic_up_to=5)


def test_labels_are_activated_returned_and_void_in_ranges(found):
    batch = found.batch(100)
    found.activate(batch, 1, 60)
    take_back(found, batch, 91, 100)
    void(found, batch, 51, 65)
    batch.refresh_from_db()
    assert (batch.waiting, batch.active, batch.void, batch.returned) == (25, 50, 15, 10)
    # Ten returned and five void that were never activated may be issued again; the ten active ones not.
    assert remaining(found) == 1000 * KILOGRAMS - 85 * 500
    assert_balance()


@pytest.mark.parametrize(("first", "last"), [(0, 5), (5, 4), (95, 101), (101, 101)])
def test_ranges_lie_inside_the_batch(found, first, last):
    batch = found.batch(100)
    with pytest.raises(MoveRefused) as refused:
        found.activate(batch, first, last)
    assert refused.value.code == "wrong_range"
    assert "1 to 100" in str(refused.value)


def test_a_label_is_activated_once_and_void_labels_stay_void(found):
    batch = found.batch(100, active=(10, 20))
    for first, last in ((1, 10), (20, 30), (12, 13), (1, 100)):
        with pytest.raises(MoveRefused) as refused:
            found.activate(batch, first, last)
        assert "10-20" in str(refused.value)
    with pytest.raises(MoveRefused):
        take_back(found, batch, 20, 25)  # activated labels are on packs
    void(found, batch, 15, 30)
    for attempt in (lambda: void(found, batch, 30, 31), lambda: found.activate(batch, 30, 31)):
        with pytest.raises(MoveRefused):
            attempt()
    assert_balance()


def test_a_range_sent_twice_counts_once(found):
    batch, nonce = found.batch(100), uuid.uuid4()
    one = labels.activate(batch, by=found.world.actor("owner"), nonce=nonce, first=1, last=10)
    two = labels.activate(batch, by=found.world.actor("owner"), nonce=nonce, first=1, last=10)
    assert one == two
    batch.refresh_from_db()
    assert batch.active == 10


def test_the_mark_of_another_form_is_refused(found):
    one, two, nonce = found.batch(10), found.batch(10), uuid.uuid4()
    labels.activate(one, by=found.world.actor("owner"), nonce=nonce, first=1, last=5)
    with pytest.raises(MoveRefused):
        labels.activate(two, by=found.world.actor("owner"), nonce=nonce, first=1, last=5)
    reviewer, other = found.world.actor("reviewer"), found.certify(KILOGRAMS, season="2025").season
    output.reduce(found.season, by=reviewer, nonce=nonce, quantity=1, text="Counted twice.")
    with pytest.raises(MoveRefused):
        output.reduce(other, by=reviewer, nonce=nonce, quantity=1, text="Counted twice.")
    assert_balance()


def test_a_recalled_batch_stays_recalled(found):
    batch = found.batch(100, active=(1, 10))
    labels.recall(batch, by=found.world.actor("reviewer"), ground=RecallGround.QUALITY, text="Mould.")
    assert (batch.state, batch.recalled_on) == (BatchState.RECALLED, timezone.localdate())
    for attempt in (
        lambda: found.activate(batch, 11, 12),
        lambda: labels.recall(batch, by=found.world.actor("owner"), ground=RecallGround.ERROR, text="Again."),
    ):
        with pytest.raises(MoveRefused):
            attempt()
    assert_balance()


def test_an_enterprise_recalls_its_own_batch_and_nobody_elses(found):
    batch = found.batch(10)
    with pytest.raises(MoveRefused):
        labels.recall(batch, by=found.world.actor("outsider"), ground=RecallGround.ERROR, text="Wrong.")
    labels.recall(batch, by=found.world.actor("owner"), ground=RecallGround.ERROR, text="Wrong weight.")
    assert batch.state == BatchState.RECALLED


def test_suspended_means_no_labels_until_the_suspension_is_lifted(found):
    batch, waiting = found.batch(10), found.request(10)
    approver = found.world.actor("approver")
    supervision.suspend(found.authorisation, by=approver, ground=SuspensionGround.TEST_FAILED, text="Lead.")
    for attempt in (
        lambda: found.request(1),
        lambda: labels.issue(waiting, by=found.world.actor("reviewer")),
        lambda: found.activate(batch, 1, 2),
        lambda: state(found),
    ):
        with pytest.raises(MoveRefused, match="may not be used at present"):
            attempt()
    take_back(found, batch, 1, 5)  # giving back is always possible
    found.authorisation.refresh_from_db()
    supervision.resume(found.authorisation, by=approver, text="Tested again.")
    found.activate(batch, 6, 7)
    assert_balance()


def test_an_ended_authorisation_gets_no_labels(found):
    waiting = found.request(10)
    case = supervision.propose_stop(
        found.authorisation, by=found.world.actor("reviewer"), ground=StopGround.OFFENCE, text="Fakes."
    )
    supervision.decide_stop(case, by=found.world.actor("approver"), text="Agreed.")
    with pytest.raises(MoveRefused):
        labels.issue(waiting, by=found.world.actor("reviewer"))


def test_every_step_stands_in_the_journal_and_none_tells_a_quantity(found):
    batch = found.batch(77, active=(1, 7))
    take_back(found, batch, 70, 77)
    labels.recall(batch, by=found.world.actor("owner"), ground=RecallGround.ERROR, text="Secret words.")
    entries = JournalEntry.objects.filter(subject_kind="label_batch", subject_id=batch.reference)
    assert list(entries.order_by("sequence").values_list("event_type", flat=True)) == [
        "batch.requested", "batch.issued", "batch.labels_activated", "batch.labels_returned", "batch.recalled",
    ]  # fmt: skip
    for entry in entries:
        told = str(entry.payload) + entry.subject_label
        assert "77" not in told.replace(entry.payload["text_sha256"], "")
        assert "Secret" not in told


class Ledger(RuleBasedStateMachine):
    """Whatever an enterprise and its office try, in any order: the figures add up and nothing is issued beyond."""

    def __init__(self):
        super().__init__()
        self.found = make_labels(certified=30 * KILOGRAMS, world=make_world())
        self.batches, self.refusals = [], []

    def attempt(self, call):
        try:
            return call()
        except MoveRefused as refusal:
            self.refusals.append(str(refusal))
            return None

    @rule(count=st.integers(1, 70))
    def request(self, count):
        if batch := self.attempt(lambda: self.found.request(count)):
            self.batches.append(batch)

    @rule(pick=st.integers(0, 5))
    def issue(self, pick):
        if batch := self.picked(pick):
            self.attempt(lambda: labels.issue(batch, by=self.found.world.actor("reviewer")))

    @rule(pick=st.integers(0, 5), first=st.integers(-1, 40), size=st.integers(0, 30), what=st.integers(0, 2))
    def happen(self, pick, first, size, what):
        step = [lambda *at: self.found.activate(*at), lambda *at: void(self.found, *at),
                lambda *at: take_back(self.found, *at)][what]  # fmt: skip
        if batch := self.picked(pick):
            self.attempt(lambda: step(batch, first, first + size))

    @rule(kilograms=st.integers(1, 9))
    def reduce(self, kilograms):
        reviewer = self.found.world.actor("reviewer")
        self.attempt(lambda: output.reduce(
            self.found.season, by=reviewer, nonce=uuid.uuid4(), quantity=kilograms * KILOGRAMS, text="Corrected."
        ))  # fmt: skip

    @rule(pick=st.integers(0, 5))
    def recall(self, pick):
        if batch := self.picked(pick):
            owner = self.found.world.actor("owner")
            self.attempt(lambda: labels.recall(batch, by=owner, ground=RecallGround.ERROR, text="Mistake."))

    def picked(self, pick):
        return LabelBatch.objects.select_related("season__authorisation__enterprise").get(
            pk=self.batches[pick % len(self.batches)].pk
        ) if self.batches else None  # fmt: skip

    @invariant()
    def balances(self):
        assert_balance()
        assert all(len(sentence) > 10 for sentence in self.refusals)


class AnyOrder(TestCase):
    def test_the_ledger_balances_in_any_order_of_steps(self):
        from django.db import transaction

        class Undone(Ledger):
            def __init__(self):
                self.outer = transaction.atomic()
                self.outer.__enter__()
                super().__init__()

            def teardown(self):
                transaction.set_rollback(True)
                self.outer.__exit__(None, None, None)

        run_state_machine_as_test(
            Undone, settings=hypothesis_settings(max_examples=15, stateful_step_count=20, deadline=None)
        )
        assert not LabelEvent.objects.exists()
