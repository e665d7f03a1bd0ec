"""WRITER. Plans of a territory: drafted, adopted, amended with a reason, closed, made public.

The journal, which is public, names a plan only once it is released; before, it has the reference and a seal. What was
changed in an adopted plan, and why, is kept beside the plan (`PlanChange`). Who changes a plan names the version that
was read: of two people who write at once one wins and the other is told.
"""

from __future__ import annotations

import copy
import datetime
import secrets
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Unpack

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from gi_registry import amendments, journal, territory
from gi_registry.event_types import EventType
from gi_registry.journal import Actor, Event
from gi_registry.models import Division
from gi_registry.moves import MoveRefused, apply_move
from gi_registry.roles import Permission
from gi_registry.seals import sealed
from gi_registry.state_tables import Move
from products import coverage, plan_states
from products.coverage_rules import Counted
from products.plan_models import Measure, Plan, PlanChange, PlanStep, ReportedFigure
from products.plan_states import FLOWS, STANDING, MeasureKind, PlanState
from products.plan_values import (
    PLAN_COLUMNS,
    PlanValues,
    figure_values,
    measure_values,
    plan_subject,
    plan_values,
    public_values,
)

Steps = Sequence[tuple[datetime.date, int]]
LETTERS = "23456789BCDFGHJKMNPQRSTVWXYZ"  # none that is read as another


# --- The plan ---


def may_keep(by: Actor, division: Division) -> bool:
    """Whether somebody may make and change plans for a territory."""
    return territory.may(by, Permission.KEEP_PLANS, division)


@transaction.atomic
def enter_plan(
    *, by: Actor, nonce: uuid.UUID, division: Division, reference: str = "", **values: Unpack[PlanValues]
) -> Plan:
    """A draft of a plan for a territory. The same nonce gives the same plan."""
    if not may_keep(by, division):
        raise _not_permitted()
    if found := Plan.objects.filter(nonce=nonce).first():
        if found.division_id != division.pk:
            raise _not_permitted()
        return found
    reference = reference or "P" + "".join(secrets.choice(LETTERS) for _place in range(8))
    plan = Plan(reference=reference, nonce=nonce, division=division, **values)
    _must_fit(plan)
    amendments.insert(plan)
    _record(plan, EventType.PLAN_ENTERED, public_values(plan), by)
    return plan


@transaction.atomic
def amend_plan(plan: Plan, *, by: Actor, version: int, reason: str = "", **values: Unpack[PlanValues]) -> None:
    """Change what a draft says, or, with a reason, what an adopted plan says."""
    changes = amendments.differences(plan_values(plan), dict(values))
    if not changes:
        return
    _begin(plan, by, version, reason)
    wanted = copy.copy(plan)  # a refusal leaves the caller's plan as it was
    for name, (_old, new) in changes.items():
        setattr(wanted, name, new)
    _must_fit(wanted)
    for measure in plan.measures.all():
        _must_fit_measure(wanted, measure.kind, measure_values(measure))
    amendments.update(plan, changes, PLAN_COLUMNS)
    _keep(plan, EventType.PLAN_AMENDED, amendments.as_payload(changes)["changes"], reason, by)


@transaction.atomic
def adopt(plan: Plan, *, by: Actor, version: int) -> None:
    """From now on the plan holds, and is seen in the territory and below."""
    _move(plan, plan_states.ADOPT, by, version, "")


@transaction.atomic
def close(plan: Plan, *, by: Actor, version: int, reason: str) -> None:
    """The plan is over: fulfilled, replaced or given up."""
    _move(plan, plan_states.CLOSE, by, version, reason)
    amendments.insert(
        PlanChange(plan=plan, changes={"state": {"before": PlanState.ADOPTED, "after": plan.state}}, reason=reason)
    )


def _move(plan: Plan, move: Move, by: Actor, version: int, reason: str) -> None:
    if plan.state in move.sources:  # else the move says so
        _claim(plan, by, version)
    public = plan.released_on is not None
    apply_move(
        plan, move, by=by, subject=plan_subject(plan), division=plan.division, effective_on=timezone.localdate(),
        reason=reason, reason_is_public=public, state_field="state",
        payload={} if public or not reason else sealed({"reason": reason.strip()}, plan.nonce),
    )  # fmt: skip


@transaction.atomic
def release(plan: Plan, *, by: Actor, version: int) -> None:
    """Make an adopted plan public, with its measures; it cannot be taken back."""
    if plan.state not in STANDING:
        raise MoveRefused("wrong_state", _("Adopt the plan before you make it public."))
    if plan.released_on is not None:
        raise MoveRefused("wrong_state", _("The plan is public already."))
    _claim(plan, by, version)
    plan.released_on = timezone.localdate()
    plan.save(update_fields=["released_on"])
    measures = {measure.kind: measure_values(measure) for measure in plan.measures.prefetch_related("steps")}
    figures = [
        {"measure": figure.measure.kind, "on": figure.on, "source": figure.source, **figure_values(figure)}
        for figure in ReportedFigure.objects.filter(measure__plan=plan).select_related("measure")
    ]
    told = {**public_values(plan), "measures": measures, "reported": figures}
    _record(plan, EventType.PLAN_RELEASED, told, by)


# --- Its measures ---


@transaction.atomic
def set_measure(
    plan: Plan, kind: MeasureKind, *, by: Actor, version: int, target: int, baseline: int = 0,
    baseline_basis: str = "", steps: Steps = (), reason: str = "",
) -> Measure:  # fmt: skip
    """Say what a plan wants to reach, anew or otherwise than before; for an adopted plan with a reason."""
    steps = tuple(sorted(steps))
    values = {"baseline": baseline, "baseline_basis": baseline_basis, "target": target, "steps": steps}
    measure = plan.measures.filter(kind=kind).first()
    before: dict[str, Any] = measure_values(measure) if measure else dict.fromkeys(values)
    changes = amendments.differences(before, values)
    if measure is not None and not changes:
        return measure
    _begin(plan, by, version, reason)
    _must_fit_measure(plan, kind, values)
    measure = measure or Measure(plan=plan, kind=kind)
    measure.baseline, measure.baseline_basis, measure.target = baseline, baseline_basis, target
    amendments.check(measure)
    measure.save()
    measure.steps.all().delete()  # what they were stands in the journal, or in PlanChange
    PlanStep.objects.bulk_create(PlanStep(measure=measure, due_on=day, value=value) for day, value in steps)
    _keep(plan, EventType.PLAN_AMENDED, {str(kind): amendments.as_payload(changes)["changes"]}, reason, by)
    return measure


@transaction.atomic
def remove_measure(plan: Plan, kind: MeasureKind, *, by: Actor, version: int) -> None:
    """Take a measure out of a draft."""
    measure = plan.measures.filter(kind=kind).first()
    if measure is None:
        raise _too_late()
    if plan.state != PlanState.DRAFT:
        raise MoveRefused("wrong_state", _("A measure of an adopted plan can be changed, but not taken out."))
    if measure.reported.exists():
        raise MoveRefused("has_figures", _("Reported figures stand with this measure, so it stays."))
    _begin(plan, by, version, "")
    before = measure_values(measure)
    measure.steps.all().delete()
    measure.delete()
    _keep(plan, EventType.PLAN_AMENDED, {str(kind): {"before": amendments.plain(before), "after": None}}, "", by)


# --- What all of them do ---


def _begin(plan: Plan, by: Actor, version: int, reason: str) -> None:
    """Begin to change what a plan says. An adopted one needs a reason, a closed one stays as it is."""
    _claim(plan, by, version)
    if plan.state == PlanState.CLOSED:
        raise MoveRefused("wrong_state", _("A closed plan stays as it is."))
    if plan.state == PlanState.ADOPTED and not reason.strip():
        raise MoveRefused("reason_missing", _("The plan is adopted: say why it is changed."))


def _claim(plan: Plan, by: Actor, version: int) -> None:
    """Refuse whoever may not, or comes too late; from here the row is ours until the end of the transaction."""
    if not may_keep(by, plan.division):
        raise _not_permitted()
    if not Plan.objects.filter(pk=plan.pk, version=version, state=plan.state).update(version=F("version") + 1):
        raise _too_late()
    plan.version = version + 1


def _keep(plan: Plan, event: EventType, changes: Mapping[str, Any], reason: str, by: Actor) -> None:
    told: dict[str, Any] = {"changes": changes}
    if plan.state == PlanState.ADOPTED:
        amendments.insert(PlanChange(plan=plan, changes=changes, reason=reason.strip()))
        told["reason"] = reason.strip()
    _record(plan, event, told, by)


def _record(plan: Plan, event: EventType, told: Mapping[str, Any], by: Actor) -> None:
    """Into the journal at once, and not into the batch of a load, because a move of the same plan is at once too."""
    payload = amendments.plain(told)
    payload = payload if plan.released_on else sealed(payload, plan.nonce)
    journal.record(Event(event, plan_subject(plan), payload, timezone.localdate()), by=by)


def _must_fit(plan: Plan) -> None:
    if plan.tracks not in Counted.values:
        raise MoveRefused("tracks", _("Say what counts as protection."))
    if plan.period_to <= plan.period_from:
        raise MoveRefused("period", _("The last day has to be after the first day."))
    if not coverage.count(plan.poverty_list, within=plan.division).rows:
        raise MoveRefused("no_units", _("This list has no unit in the territory of the plan."))


def _must_fit_measure(plan: Plan, kind: str, values: Mapping[str, Any]) -> None:
    baseline, target, steps = values["baseline"], values["target"], values["steps"]
    if kind in FLOWS and baseline:
        raise MoveRefused("baseline", _("This is counted from the first day of the plan on, so it begins at 0."))
    if target <= baseline:
        raise MoveRefused("target", _("The target has to be above the baseline."))
    if kind == MeasureKind.UNITS_COVERED:
        listed = len(coverage.count(plan.poverty_list, within=plan.division).rows)
        if target > listed:
            raise MoveRefused("target", _("The list has {number} units here, no more.").format(number=listed))
    if any(not plan.period_from <= day < plan.period_to for day, _value in steps):
        raise MoveRefused("steps", _("The days of the yearly steps have to lie in the plan, before its last day."))
    way = [baseline, *(value for _day, value in steps), target]
    if way != sorted(way) or len({day for day, _value in steps}) != len(steps):
        raise MoveRefused("steps", _("The yearly steps have to rise from the baseline to the target."))


def _not_permitted() -> MoveRefused:
    return MoveRefused("not_permitted", _("Your role or territory does not allow this step."))


def _too_late() -> MoveRefused:
    return MoveRefused("someone_was_faster", _("Somebody else has just changed this plan. Look at it again."))
