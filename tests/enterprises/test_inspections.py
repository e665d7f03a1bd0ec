"""Inspectors, credit grades, and what becomes of an inspection after the draw."""

import datetime
import uuid

import pytest
from django.db import connection, transaction
from django.utils import timezone

from enterprises import grading, inspecting, inspection_facts, inspection_roll
from enterprises.inspection_models import CreditGrade, Inspector, InspectorConflict
from enterprises.inspection_states import (
    FOLLOW_UP_NEEDED,
    INSPECTION_MOVES,
    Grade,
    InspectionResult,
    InspectionState,
    InspectionWay,
)
from gi_registry import journal
from gi_registry.event_types import EventType
from gi_registry.models import JournalEntry
from gi_registry.moves import MoveRefused
from gi_registry.roles import Role
from gi_registry.seals import sealed
from gi_registry.working_days import after_working_days
from products.system_models import CheckItem
from tests import races
from tests.case_world import ROLES, make_world
from tests.inspection_world import (
    LONG_AGO,
    make_draw,
    make_firms,
    make_inspection,
    make_inspector,
    record,
    reread,
)

ON_POSTGRESQL = connection.vendor == "postgresql"
DAY = datetime.timedelta(days=1)
TODAY = timezone.localdate
TERM = TODAY() + 30 * DAY


@pytest.fixture
def world(db):
    return make_world()


def refused(call, *args, **kwargs):
    """The code with which a call is refused."""
    with pytest.raises(MoveRefused) as refusal, transaction.atomic():
        call(*args, **kwargs)
    assert len(str(refusal.value)) > 8
    return refusal.value.code


def told(event):
    """What the journal tells of the last such event, as text."""
    return str(JournalEntry.objects.filter(event_type=event).first().payload)


# --- Credit grades ---


@pytest.fixture
def firm(world):
    return make_firms(world, 1)[0].enterprise


def set_grade(world, firm, grade, *, by="approver", reason="No fault in three years.", **values):
    return grading.set_grade(firm, by=world.actor(by), grade=Grade(grade), reason=reason, **values)


def test_a_grade_ends_the_one_before_and_answers_for_past_days_stay(world, firm):
    old = CreditGrade.objects.create(enterprise=firm, grade="A", effective_from=LONG_AGO, reason="First.")
    set_grade(world, firm, "C", reason="Faults found twice.")
    yesterday = inspection_facts.of_enterprise(firm, TODAY() - DAY)
    assert (yesterday.grade.grade, yesterday.grade.reason) == ("A", "First.")
    assert [one.grade for one in yesterday.history] == ["A"]
    today = inspection_facts.of_enterprise(firm)
    assert (today.grade.grade, [one.grade for one in today.history]) == ("C", ["C", "A"])
    old.refresh_from_db()
    assert old.effective_to == TODAY()
    entry = JournalEntry.objects.get(event_type=EventType.ENTERPRISE_GRADED)
    assert entry.payload == {"grade": "C", "before": "A", "reason": "Faults found twice."}
    assert (entry.subject_id, entry.effective_on) == (firm.reference, TODAY())


def test_a_grade_can_be_put_right_on_the_same_day_and_both_are_kept(world, firm):
    set_grade(world, firm, "D")
    set_grade(world, firm, "B", reason="Mistaken for another firm.")
    found = inspection_facts.of_enterprise(firm)
    assert found.grade.grade == "B"
    assert CreditGrade.objects.filter(enterprise=firm).count() == 2


def test_a_grade_of_the_past_or_of_a_far_day_is_refused(world, firm):
    assert refused(set_grade, world, firm, "A", since=TODAY() - DAY) == "wrong_day"
    assert refused(set_grade, world, firm, "A", since=TODAY() + 400 * DAY) == "wrong_day"
    set_grade(world, firm, "A", since=TODAY() + 10 * DAY)
    assert inspection_facts.of_enterprise(firm).grade is None
    assert refused(set_grade, world, firm, "B", since=TODAY() + 5 * DAY) == "wrong_day"
    set_grade(world, firm, "B", since=TODAY() + 20 * DAY)
    assert CreditGrade.objects.on(TODAY() + 15 * DAY).get().grade == "A"


def test_a_grade_needs_a_reason_a_difference_and_an_authorisation(world, firm):
    assert refused(set_grade, world, firm, "A", reason="  ") == "reason_missing"
    set_grade(world, firm, "A")
    assert refused(set_grade, world, firm, "A") == "no_difference"
    firm.authorisations.all().delete()
    assert refused(set_grade, world, firm, "B") == "no_authorisation"  # one that only applies is named nowhere


def test_who_grades(world, firm):
    for name in ROLES:
        if name not in ("approver", "officer"):
            assert refused(set_grade, world, firm, "A", by=name) == "not_permitted", name
    firm.province = None
    firm.save()
    assert refused(set_grade, world, firm, "A") == "not_permitted"
    set_grade(world, firm, "A", by="officer")


def test_a_grade_set_meanwhile_is_not_replaced_unseen(world, firm):
    first = set_grade(world, firm, "A", seen=0)
    assert refused(set_grade, world, firm, "B", seen=0) == "someone_was_faster"
    set_grade(world, firm, "B", seen=first.pk)


@pytest.mark.django_db(transaction=ON_POSTGRESQL)
def test_of_many_who_grade_at_once_one_wins(race_database):
    world = make_world()
    firm = make_firms(world, 1)[0].enterprise
    outcome = races.at_once([lambda grade=grade: set_grade(world, firm, grade, seen=0) for grade in "ABCD" * 3])
    assert outcome.faults(codes={"someone_was_faster"}) == []
    assert CreditGrade.objects.filter(effective_to=None).count() == 1
    assert JournalEntry.objects.filter(event_type=EventType.ENTERPRISE_GRADED).count() == 1


# --- Inspectors ---


def test_the_journal_knows_an_inspector_by_code_and_division_alone(world):
    row = make_inspector(world, office="Office of Ms Li", account=world.people["reviewer"])
    entry = JournalEntry.objects.get(event_type=EventType.INSPECTOR_ENTERED)
    assert (entry.subject_label, entry.payload) == (row.code, {"division": "430900"})
    firm = make_firms(world, 1)[0].enterprise
    inspection_roll.add_conflict(row, by=world.actor("officer"), version=1, enterprise=firm, reason="Her brother.")
    content = str(list(JournalEntry.objects.values_list("payload", "subject_label")))
    assert not any(word in content for word in ("Ms Li", "brother", "reviewer", firm.name_zh))


def test_the_same_form_enters_one_inspector(world):
    values = {
        "by": world.actor("approver"), "nonce": uuid.uuid4(), "division": world.county, "active_from": TODAY(),
    }  # fmt: skip
    first = inspection_roll.enter_inspector(office="A", **values)
    assert inspection_roll.enter_inspector(office="A", **values).pk == first.pk
    assert refused(inspection_roll.enter_inspector, office="B", **values) == "already_sent"
    assert Inspector.objects.count() == 1


def test_who_keeps_inspectors(world):
    row = make_inspector(world)
    firm = make_firms(world, 1)[0].enterprise
    stands = inspection_roll.add_conflict(row, by=world.actor("officer"), version=1, enterprise=firm, reason="x")
    values = {"division": world.prefecture, "office": "B", "active_from": TODAY()}
    for name in set(ROLES) - {"approver", "officer"}:
        by = world.actor(name)
        calls = [
            lambda by=by: inspection_roll.enter_inspector(by=by, nonce=uuid.uuid4(), **values),
            lambda by=by: inspection_roll.amend_inspector(row, by=by, version=2, **values),
            lambda by=by: inspection_roll.add_conflict(row, by=by, version=2, enterprise=firm, reason="x"),
            lambda by=by: inspection_roll.end_conflict(stands, by=by),
        ]
        assert [refused(call) for call in calls] == ["not_permitted"] * 4, name
    moved = values | {"division": world.elsewhere}
    approver = world.actor("approver")
    assert refused(inspection_roll.amend_inspector, row, by=approver, version=2, **moved) == "not_permitted"


def test_an_inspector_changes_by_version_and_only_where_something_differs(world):
    row = make_inspector(world)
    by = world.actor("approver")
    values = {"division": world.prefecture, "office": row.office, "active_from": row.active_from}
    assert inspection_roll.amend_inspector(row, by=by, version=1, **values) is False
    assert inspection_roll.amend_inspector(row, by=by, version=1, **values, active_to=TODAY()) is True
    assert refused(inspection_roll.amend_inspector, row, by=by, version=1, **values) == "someone_was_faster"
    assert refused(
        inspection_roll.amend_inspector, row, by=by, version=2, **values, active_to=LONG_AGO - DAY
    ) == "wrong_end"  # fmt: skip
    assert JournalEntry.objects.filter(event_type=EventType.INSPECTOR_AMENDED).count() == 1


def test_only_an_account_that_records_inspections_is_tied(world):
    assert refused(make_inspector, world, account=world.people["approver"]) == "wrong_account"
    row = make_inspector(world, account=world.people["reviewer"])
    world.people["reviewer"].role_assignments.update(effective_to=TODAY())
    values = {"division": row.division, "office": row.office, "active_from": row.active_from, "account": row.account}
    assert inspection_roll.amend_inspector(row, by=world.actor("officer"), version=1, **values, active_to=TODAY())


def test_a_conflict_stands_once_and_ends_once(world, firm):
    row, by = make_inspector(world), world.actor("officer")
    assert refused(
        inspection_roll.add_conflict, row, by=by, version=1, enterprise=firm, reason=" "
    ) == "reason_missing"  # fmt: skip
    stands = inspection_roll.add_conflict(row, by=by, version=1, enterprise=firm, reason="x")
    assert refused(inspection_roll.add_conflict, row, by=by, version=2, enterprise=firm, reason="y") == "duplicate"
    inspection_roll.end_conflict(stands, by=by)
    assert refused(inspection_roll.end_conflict, stands, by=by) == "wrong_state"
    assert InspectorConflict.objects.get().ended_on == TODAY()
    inspection_roll.add_conflict(row, by=by, version=row.version, enterprise=firm, reason="Again.")


# --- After the draw ---


def take(world, row, move, by):
    """Make one move with everything that it needs."""
    if move == "record":
        inspecting.record(
            row, by=by, way=InspectionWay.SITE, inspected_on=TODAY(), result=InspectionResult.TO_RECTIFY, items=[],
            findings="The ledger has gaps.",
        )  # fmt: skip
    elif move == "publish":
        needed = row.result in FOLLOW_UP_NEEDED
        inspecting.publish(row, by=by, summary="Gaps in the ledger.", follow_up_by=TERM if needed else None)
    else:
        inspecting.follow_up(row, by=by, text="The ledger is complete.")


@pytest.mark.parametrize("state", InspectionState)
def test_every_state_every_move_every_role(world, state):
    inspection = make_inspection(world, state)
    # Of a file at Anhua, so that the reviewer of the prefecture watches over it.
    inspection.authorisation.enterprise.province = world.county
    inspection.authorisation.enterprise.save()

    def answer(move, name):
        row = reread(inspection)
        try:
            with transaction.atomic():
                take(world, row, move.name, world.actor(name))
                after = reread(inspection).state
                transaction.set_rollback(True)
                return after
        except MoveRefused as refusal:
            assert reread(inspection).state == state
            return refusal.code

    roles = {"record": {"reviewer"}, "publish": {"approver", "officer"}, "follow_up": {"reviewer"}}
    for move in INSPECTION_MOVES:
        for name in ROLES:
            wanted = str(move.target) if state in move.sources else "wrong_state"
            found = answer(move, name)
            assert found == (wanted if name in roles[move.name] else "not_permitted"), (move.name, name)


@pytest.mark.parametrize("result", InspectionResult)
def test_what_each_result_needs(world, result):
    inspection = make_inspection(world, InspectionState.DRAWN)
    inspection.authorisation.enterprise.province = world.county
    inspection.authorisation.enterprise.save()
    record(world, inspection, result=result)
    needed, by = result in FOLLOW_UP_NEEDED, world.actor("approver")
    without, with_term = {"summary": "So it is."}, {"summary": "So it is.", "follow_up_by": TERM}
    assert refused(inspecting.publish, inspection, by=by, **(without if needed else with_term)) == "wrong_end"
    inspecting.publish(reread(inspection), by=by, **(with_term if needed else without))
    row, reviewer = reread(inspection), world.actor("reviewer")
    if needed:
        inspecting.follow_up(row, by=reviewer, text="Put right.")
        assert reread(row).closed_on == TODAY()
    else:
        assert refused(inspecting.follow_up, row, by=reviewer, text="Put right.") == "guard"


@pytest.fixture
def inspection(world):
    row = make_inspection(world, InspectionState.DRAWN)
    row.authorisation.enterprise.province = world.county
    row.authorisation.enterprise.save()
    return row


def test_findings_stay_out_of_the_journal_until_the_summary_is_published(world, inspection):
    items = [{"item": None, "text": "Scales", "passed": False, "remark": "Mr Wang was absent."}]
    record(world, inspection, result=InspectionResult.TO_RECTIFY, items=items, findings="Mr Wang hid the ledger.")
    row = reread(inspection)
    wanted = {
        "way": "site", "inspected_on": TODAY(), "result": "to_rectify", "items": row.items,
        "findings": "Mr Wang hid the ledger.",
    }  # fmt: skip
    entry = JournalEntry.objects.get(event_type=EventType.INSPECTION_RECORDED)
    assert entry.payload == {"move": "record", "from": "drawn", "to": "recorded"} | sealed(
        wanted, uuid.UUID(hex=row.salt)
    )
    assert row.publish_by == after_working_days(TODAY(), 20).last_day
    inspecting.publish(row, by=world.actor("approver"), summary="The ledger had gaps.", follow_up_by=TERM)
    public = told(EventType.INSPECTION_PUBLISHED)
    assert "The ledger had gaps." in public
    assert "to_rectify" in public
    assert "Wang" not in str(list(JournalEntry.objects.values_list("payload", flat=True)))


def test_the_day_of_an_inspection_lies_between_draw_and_today(world, inspection):
    for day in (TODAY() - DAY, TODAY() + DAY):
        assert refused(record, world, inspection, inspected_on=day) == "wrong_day"


def test_checks_are_those_of_the_product_on_that_day(world, inspection):
    values = {"product": world.product, "part": "process", "text": "Pile fermentation"}
    now = CheckItem.objects.create(effective_from=LONG_AGO, **values)
    over = CheckItem.objects.create(effective_from=LONG_AGO, effective_to=TODAY(), **values)
    items = [{"item": over.pk, "text": "x", "passed": True}]
    assert refused(record, world, inspection, items=items) == "wrong_items"
    record(world, reread(inspection), items=[{"item": now.pk, "text": now.text, "passed": True, "remark": ""}])
    assert reread(inspection).items[0]["text"] == "Pile fermentation"


def test_in_order_means_that_every_check_was_passed(world, inspection):
    failed = [{"item": None, "text": "Scales", "passed": False}]
    assert refused(record, world, inspection, items=failed) == "not_consistent"
    assert refused(record, world, inspection, findings=" ") == "findings_missing"
    record(world, inspection, items=failed, result=InspectionResult.MINOR)


def test_an_inspector_from_elsewhere_records_what_was_drawn_for_the_account(world, inspection):
    assert refused(record, world, inspection, by="reviewer_elsewhere") == "not_permitted"
    person = inspection.inspectors.first()
    person.account = world.people["reviewer_elsewhere"]
    person.save()
    record(world, reread(inspection), by="reviewer_elsewhere")
    assert refused(
        inspecting.publish, reread(inspection), by=world.actor("approver_elsewhere"), summary="x"
    ) == "not_permitted"  # fmt: skip


def test_nobody_records_or_publishes_for_an_enterprise_that_they_act_for(world, inspection):
    world.people["reviewer"].memberships.create(
        enterprise=inspection.authorisation.enterprise, role=Role.ENTERPRISE_OPERATOR, ended_at=timezone.now()
    )
    assert refused(record, world, inspection) == "four_eyes"
    assert reread(inspection).state == InspectionState.DRAWN


def test_a_step_from_a_page_that_is_out_of_date_is_refused(world, inspection):
    old = reread(inspection)
    record(world, inspection)
    assert refused(record, world, old) == "someone_was_faster"


def test_only_published_results_are_known_of_an_enterprise_from_their_day_on(world, inspection):
    firm = inspection.authorisation.enterprise
    record(world, inspection)
    assert inspection_facts.of_enterprise(firm).results == []
    inspecting.publish(reread(inspection), by=world.actor("officer"), summary="All in order.")
    assert [one.summary for one in inspection_facts.of_enterprise(firm).results] == ["All in order."]
    assert inspection_facts.of_enterprise(firm, TODAY() - DAY).results == []


@pytest.mark.django_db(transaction=ON_POSTGRESQL)
def test_of_many_who_record_or_publish_at_once_one_wins(race_database):
    world = make_world()
    _row, [one, *_rest] = make_draw(world, 1)
    one.authorisation.enterprise.province = world.county
    one.authorisation.enterprise.save()
    rows = [reread(one) for _ in range(8)]
    outcome = races.at_once([lambda row=row: record(world, row) for row in rows])
    assert outcome.faults() == []
    by = world.actor("officer")
    rows = [reread(one) for _ in range(8)]
    outcome = races.at_once([lambda row=row: inspecting.publish(row, by=by, summary="In order.") for row in rows])
    assert outcome.faults() == []
    events = [EventType.INSPECTION_RECORDED, EventType.INSPECTION_PUBLISHED]
    assert JournalEntry.objects.filter(event_type__in=events).count() == 2
    assert [fault for fault in journal.verify() if "triggers" not in fault] == []
