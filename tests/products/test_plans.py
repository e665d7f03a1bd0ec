"""Plans as they are kept: who may write them, what is refused, what the public journal learns and when."""

import datetime
import json
import uuid

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from gi_registry.journal import Actor
from gi_registry.models import JournalEntry
from gi_registry.moves import MoveRefused
from gi_registry.roles import Role
from products import plan_reports, planning
from products.models import PovertyList
from products.plan_models import Plan, PlanChange
from products.plan_states import PLAN_MOVES, MeasureKind, PlanState
from tests import factories as make
from tests.case_world import make_world

pytestmark = pytest.mark.django_db
D = datetime.date
UNITS, PRODUCTS = MeasureKind.UNITS_COVERED, MeasureKind.NEW_PRODUCTS
SECRET = "不可外泄的名称"


@pytest.fixture
def world():
    world = make_world()
    listed = make.make_poverty_list("hunan-51", size=3)
    for division in (world.county, world.prefecture.children.get(code="430922"), world.elsewhere):
        make.make_listed_unit(listed, division)
    return world


def draft(world, by="approver", **values):
    values = {
        "division": world.province, "name_zh": "三年计划", "office": "某办公室", "period_from": D(2018, 1, 1),
        "period_to": D(2020, 12, 31), "poverty_list": PovertyList.objects.get(slug="hunan-51"), "nonce": uuid.uuid4(),
    } | values  # fmt: skip
    return planning.enter_plan(by=world.actor(by), **values)


def with_measure(plan, world, kind=UNITS, target=2, by="approver", **values):
    return planning.set_measure(plan, kind, by=world.actor(by), version=plan.version, target=target, **values)


def adopted(world, **values):
    plan = draft(world, **values)
    with_measure(plan, world)
    planning.adopt(plan, by=world.actor("approver"), version=plan.version)
    return plan


def again(plan):
    return Plan.objects.select_related("division", "poverty_list").get(pk=plan.pk)


def refused(code, call, *args, **kwargs):
    with pytest.raises(MoveRefused) as refusal:
        call(*args, **kwargs)
    assert refusal.value.code == code, str(refusal.value)
    assert len(str(refusal.value)) > 8


# --- What can be done ---


def test_a_plan_is_drafted_measured_adopted_and_closed(world):
    plan = draft(world)
    assert (plan.state, plan.version, plan.released_on) == (PlanState.DRAFT, 1, None)
    measure = with_measure(plan, world, steps=[(D(2019, 12, 31), 2), (D(2018, 12, 31), 1)], baseline_basis="普查")
    assert [(step.due_on, step.value) for step in measure.steps.all()] == [(D(2018, 12, 31), 1), (D(2019, 12, 31), 2)]
    planning.adopt(plan, by=world.actor("approver"), version=plan.version)
    planning.close(plan, by=world.actor("approver"), version=plan.version, reason="全部完成")
    assert again(plan).state == PlanState.CLOSED
    assert again(plan).version == plan.version == 4
    assert PlanChange.objects.get().reason == "全部完成"


def test_a_form_sent_twice_makes_one_plan(world):
    nonce = uuid.uuid4()
    assert draft(world, nonce=nonce) == draft(world, nonce=nonce)
    assert Plan.objects.count() == JournalEntry.objects.filter(event_type="plan.entered").count() == 1


def test_somebody_elses_form_is_not_ours(world):
    plan = draft(world)
    refused("not_permitted", draft, world, by="approver_elsewhere", division=world.elsewhere, nonce=plan.nonce)


def test_the_same_measure_again_leaves_no_trace(world):
    plan = draft(world)
    with_measure(plan, world)
    before = JournalEntry.objects.count()
    with_measure(plan, world)
    planning.amend_plan(plan, by=world.actor("approver"), version=plan.version, name_zh=plan.name_zh)
    assert (JournalEntry.objects.count(), again(plan).version) == (before, plan.version)


def test_an_adopted_plan_changes_with_a_reason_that_is_kept(world):
    plan = adopted(world)
    by = world.actor("approver")
    refused("reason_missing", planning.amend_plan, plan, by=by, version=plan.version, office="新办公室", reason=" ")
    plan = again(plan)
    refused("reason_missing", planning.set_measure, plan, UNITS, by=by, version=plan.version, target=1)
    plan = again(plan)
    assert plan.measures.get().target == 2
    planning.amend_plan(plan, by=by, version=plan.version, office="新办公室", reason="机构改革")
    planning.set_measure(plan, UNITS, by=by, version=plan.version, target=1, reason="一县并入")
    later, earlier = plan.changes.all()
    assert (earlier.reason, earlier.changes) == ("机构改革", {"office": {"before": "某办公室", "after": "新办公室"}})
    assert (later.reason, later.changes["units_covered"]["target"]) == ("一县并入", {"before": 2, "after": 1})


def test_a_measure_of_a_draft_can_be_taken_out_that_of_an_adopted_plan_cannot(world):
    plan = draft(world)
    with_measure(plan, world, steps=[(D(2018, 12, 31), 1)])
    with_measure(plan, world, PRODUCTS, 30)
    planning.remove_measure(plan, UNITS, by=world.actor("approver"), version=plan.version)
    assert list(plan.measures.values_list("kind", flat=True)) == [PRODUCTS]
    planning.adopt(plan, by=world.actor("approver"), version=plan.version)
    refused("wrong_state", planning.remove_measure, plan, PRODUCTS, by=world.actor("approver"), version=plan.version)


def test_a_reported_figure_stands_once_and_can_be_corrected(world):
    plan = adopted(world)
    measure, by = plan.measures.get(), world.actor("approver")
    values = {"precision": "month", "value": 39, "basis": "sourced"}
    figure = plan_reports.enter_reported(measure, by=by, on=D(2018, 7, 31), source="报道", **values)
    assert plan_reports.enter_reported(measure, by=by, on=D(2018, 7, 31), source="报道", **values) == figure
    other = values | {"value": 40}
    refused("duplicate", plan_reports.enter_reported, measure, by=by, on=D(2018, 7, 31), source="报道", **other)
    plan_reports.amend_reported(figure, by=by, **other)
    assert measure.reported.get().value == 40
    assert JournalEntry.objects.filter(event_type="plan.figure_entered").count() == 2


# --- What is refused ---

MOVES = {move.name: move for move in PLAN_MOVES}


@pytest.mark.parametrize("state", list(PlanState))
@pytest.mark.parametrize("name", list(MOVES))
def test_every_move_from_every_state(world, state, name):
    plan = draft(world)
    with_measure(plan, world)
    Plan.objects.filter(pk=plan.pk).update(state=state)
    plan = again(plan)
    call = {"adopt": planning.adopt, "close": planning.close}[name]
    values = {"by": world.actor("approver"), "version": plan.version} | ({"reason": "期满"} if name == "close" else {})
    if state in MOVES[name].sources:
        call(plan, **values)
        assert again(plan).state == MOVES[name].target
    else:
        refused("wrong_state", call, plan, **values)
        assert again(plan).state == state


def test_a_plan_without_a_measure_is_not_adopted(world):
    plan = draft(world)
    refused("guard", planning.adopt, plan, by=world.actor("approver"), version=plan.version)
    assert (again(plan).state, again(plan).version) == (PlanState.DRAFT, 1)


def test_closing_needs_a_reason(world):
    plan = adopted(world)
    refused("reason_missing", planning.close, plan, by=world.actor("approver"), version=plan.version, reason=" ")


def test_a_closed_plan_stays_as_it_is(world):
    plan, by = adopted(world), world.actor("approver")
    planning.close(plan, by=by, version=plan.version, reason="期满")
    refused("wrong_state", planning.amend_plan, plan, by=by, version=plan.version, office="别的", reason="改")
    plan = again(plan)
    refused("wrong_state", planning.set_measure, plan, UNITS, by=by, version=plan.version, target=1, reason="改")


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"period_to": D(2018, 1, 1)}, "period"),
        ({"period_to": D(2017, 1, 1)}, "period"),
        ({"poverty_list": "empty"}, "no_units"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(world, values, code):
    make.make_poverty_list("empty")
    if "poverty_list" in values:
        values = {"poverty_list": PovertyList.objects.get(slug="empty")}
    refused(code, draft, world, **values)
    assert not Plan.objects.exists()
    plan = adopted(world)
    refused(code, planning.amend_plan, plan, by=world.actor("approver"), version=plan.version, reason="改", **values)
    assert (plan.period_to, again(plan).period_to) == (D(2020, 12, 31), D(2020, 12, 31))


@pytest.mark.parametrize(
    ("kind", "values", "code"),
    [
        (UNITS, {"target": 3}, "target"),  # two units lie in the province
        (UNITS, {"target": 1, "baseline": 1}, "target"),
        (UNITS, {"target": 0}, "target"),
        (PRODUCTS, {"target": 30, "baseline": 5}, "baseline"),
        (PRODUCTS, {"target": 30, "steps": [(D(2017, 12, 31), 1)]}, "steps"),
        (PRODUCTS, {"target": 30, "steps": [(D(2020, 12, 31), 30)]}, "steps"),
        (PRODUCTS, {"target": 30, "steps": [(D(2018, 12, 31), 20), (D(2019, 12, 31), 10)]}, "steps"),
        (PRODUCTS, {"target": 30, "steps": [(D(2018, 12, 31), 31)]}, "steps"),
        (PRODUCTS, {"target": 30, "steps": [(D(2018, 12, 31), 1), (D(2018, 12, 31), 2)]}, "steps"),
    ],
)
def test_a_measure_that_makes_no_sense_is_refused(world, kind, values, code):
    plan = draft(world)
    refused(code, planning.set_measure, plan, kind, by=world.actor("approver"), version=plan.version, **values)
    assert not again(plan).measures.exists()


def test_a_period_that_leaves_steps_outside_is_refused(world):
    plan = draft(world)
    with_measure(plan, world, steps=[(D(2019, 12, 31), 1)])
    change = {"by": world.actor("approver"), "version": plan.version, "period_to": D(2019, 6, 30)}
    refused("steps", planning.amend_plan, plan, **change)


def test_words_that_do_not_fit_a_column_are_refused_on_every_database(world):
    with pytest.raises(ValidationError):
        draft(world, name_zh="长" * 121)
    refused("tracks", draft, world, tracks="all kinds")
    assert not Plan.objects.exists()


def test_a_reported_figure_of_tomorrow_is_refused(world):
    measure = with_measure(draft(world), world)
    tomorrow = timezone.localdate() + datetime.timedelta(days=1)
    values = {"on": tomorrow, "source": "报道", "value": 1, "basis": "sourced", "precision": "day"}
    refused("future", plan_reports.enter_reported, measure, by=world.actor("approver"), **values)


# --- Two at the same time ---


def test_of_two_who_change_a_plan_one_is_told(world):
    plan = draft(world)
    first, second, by = again(plan), again(plan), world.actor("approver")
    planning.amend_plan(first, by=by, version=first.version, office="甲")
    refused("someone_was_faster", planning.amend_plan, second, by=by, version=second.version, office="乙")
    assert again(plan).office == "甲"


def test_nobody_adopts_or_releases_another_plan_than_the_one_read(world):
    plan, by = draft(world), world.actor("approver")
    with_measure(plan, world)
    read = again(plan)
    with_measure(plan, world, target=1)
    refused("someone_was_faster", planning.adopt, read, by=by, version=read.version)
    planning.adopt(plan, by=by, version=plan.version)
    read = again(plan)
    planning.amend_plan(plan, by=by, version=plan.version, office="乙", reason="改")
    refused("someone_was_faster", planning.release, read, by=by, version=read.version)
    assert again(plan).released_on is None


# --- Who may not ---


@pytest.mark.parametrize("person", ["reviewer", "approver_elsewhere", "reviewer_elsewhere", "auditor", "editor"])
def test_who_keeps_no_plans_here_changes_nothing(world, person):
    plan, by = adopted(world), world.actor(person)
    measure = plan.measures.get()
    before = JournalEntry.objects.count()
    figure = {"on": D(2018, 7, 31), "source": "报道", "value": 1, "basis": "sourced", "precision": "day"}
    for call, args, values in (
        (draft, (world,), {"by": person}),
        (planning.amend_plan, (plan,), {"by": by, "version": plan.version, "office": "乙", "reason": "改"}),
        (planning.set_measure, (plan, UNITS), {"by": by, "version": plan.version, "target": 1, "reason": "改"}),
        (planning.close, (plan,), {"by": by, "version": plan.version, "reason": "改"}),
        (planning.release, (plan,), {"by": by, "version": plan.version}),
        (plan_reports.enter_reported, (measure,), {"by": by, **figure}),
    ):
        refused("not_permitted", call, *args, **values)
    assert JournalEntry.objects.count() == before


def test_the_officer_keeps_plans_of_every_territory(world):
    plan = draft(world, by="officer", division=world.elsewhere)
    with_measure(plan, world, by="officer", target=1)
    planning.adopt(plan, by=Actor.user(world.people["officer"], Role.OFFICER), version=plan.version)
    assert again(plan).state == PlanState.ADOPTED


# --- The public journal ---


def journal_text():
    rows = JournalEntry.objects.order_by("sequence")
    return "\n".join(
        json.dumps([row.payload, row.subject_label, row.source], ensure_ascii=False) for row in rows
    )


def test_the_journal_is_silent_on_a_plan_until_it_is_released(world):
    plan, by = draft(world, name_zh=SECRET, note=SECRET, source=SECRET), world.actor("approver")
    measure = with_measure(plan, world, baseline_basis=SECRET)
    planning.amend_plan(plan, by=by, version=plan.version, office=SECRET)
    planning.adopt(plan, by=by, version=plan.version)
    planning.set_measure(plan, UNITS, by=by, version=plan.version, target=1, baseline_basis="", reason=SECRET)
    figure = {"on": D(2018, 7, 31), "source": SECRET, "value": 1, "basis": "sourced", "precision": "day"}
    plan_reports.enter_reported(measure, by=by, **figure)
    assert SECRET not in journal_text()
    assert plan.reference in {row.subject_id for row in JournalEntry.objects.all()}
    planning.release(plan, by=by, version=plan.version)
    told = JournalEntry.objects.get(event_type="plan.released")
    assert told.subject_label == f"{plan.reference} · {SECRET}"
    assert told.payload["measures"]["units_covered"]["target"] == 1
    assert told.payload["reported"][0]["source"] == SECRET
    planning.close(plan, by=by, version=plan.version, reason="期满并公布")
    assert JournalEntry.objects.get(event_type="plan.closed").payload["reason"] == "期满并公布"


def test_the_reason_of_closing_a_plan_that_is_not_public_is_only_sealed(world):
    plan = adopted(world)
    planning.close(plan, by=world.actor("approver"), version=plan.version, reason=SECRET)
    assert SECRET not in journal_text()
    assert "text_sha256" in JournalEntry.objects.get(event_type="plan.closed").payload


def test_a_draft_is_not_released_and_nothing_is_released_twice(world):
    plan, by = draft(world), world.actor("approver")
    refused("wrong_state", planning.release, plan, by=by, version=plan.version)
    plan = adopted(world)
    planning.release(plan, by=by, version=plan.version)
    assert again(plan).released_on == timezone.localdate()
    refused("wrong_state", planning.release, plan, by=by, version=plan.version)
