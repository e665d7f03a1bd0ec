"""READER. Plans as the journal and the loader see them: their values, and what of them may be said in public."""

from __future__ import annotations

import datetime
from typing import Any, TypedDict

from gi_registry.journal import Subject
from products.models import PovertyList
from products.plan_models import Measure, Plan, ReportedFigure


class PlanValues(TypedDict, total=False):
    """What is kept of a plan and may be amended."""

    name_zh: str
    name_en: str
    poverty_list: PovertyList
    tracks: str
    period_from: datetime.date
    period_to: datetime.date
    office: str
    source: str
    note: str


class FigureValues(TypedDict, total=False):
    """What a source says of a measure."""

    precision: str
    value: int
    basis: str
    note: str


PLAN_COLUMNS = tuple(PlanValues.__annotations__)
FIGURE_COLUMNS = tuple(FigureValues.__annotations__)


def plan_subject(plan: Plan) -> Subject:
    """The name of a plan in the journal: its reference alone until it is public."""
    return Subject("plan", plan.reference, f"{plan.reference} · {plan.name_zh}" if plan.released_on else plan.reference)


def figure_subject(figure: ReportedFigure) -> Subject:
    """The name of a reported figure in the journal; it belongs to its plan."""
    plan = figure.measure.plan
    return Subject("plan_figure", str(figure.pk), plan_subject(plan).label, "plan", plan.reference)


def plan_values(plan: Plan) -> dict[str, Any]:
    """The present values of a plan."""
    return {name: getattr(plan, name) for name in PLAN_COLUMNS}


def measure_values(measure: Measure) -> dict[str, Any]:
    """The present values of a measure; steps as pairs of day and value."""
    steps = tuple((step.due_on, step.value) for step in measure.steps.all())
    return {"baseline": measure.baseline, "baseline_basis": measure.baseline_basis, "target": measure.target,
            "steps": steps}  # fmt: skip


def figure_values(figure: ReportedFigure) -> dict[str, Any]:
    """The present values of a reported figure."""
    return {name: getattr(figure, name) for name in FIGURE_COLUMNS}


def public_values(plan: Plan) -> dict[str, Any]:
    """What the public learns of a plan when it is released, without its measures."""
    return {**plan_values(plan), "poverty_list": plan.poverty_list.slug, "division": plan.division.code}
