"""Plans, their measures and what sources report of them, as parts of a load: public examples, adopted and released."""

from __future__ import annotations

import datetime
import uuid
from typing import Any

from gi_registry.csv_files import Row, RowRefused, Table
from gi_registry.journal import Actor
from products import plan_reports, plan_values, planning
from products.coverage_rules import Counted
from products.importing import BASES, Divisions, Part, Report, partial_date, word
from products.models import PovertyList
from products.plan_models import Measure, Plan, ReportedFigure
from products.plan_states import MeasureKind, PlanState

PLAN_FILE, MEASURE_FILE, REPORTED_FILE = "plans.csv", "plan_measures.csv", "plan_reported.csv"
PLAN_COLUMNS = [
    "reference", "name_zh", "name_en", "division_code", "list", "tracks", "period_from", "period_to", "office",
    "source", "note",
]  # fmt: skip
PLAN_KEYS = (("reference",),)
MEASURE_COLUMNS = ["plan", "kind", "baseline", "baseline_basis", "target", "steps"]
MEASURE_KEYS = (("plan", "kind"),)
REPORTED_COLUMNS = ["plan", "kind", "on", "value", "basis", "source", "note"]
REPORTED_KEYS = (("plan", "kind", "on", "source"),)
KINDS = {kind.value: kind for kind in MeasureKind}
# Why the register says that an adopted plan was changed by a load.
REASON = "参考数据更新（{file}）"


def plans_part(table: Table, divisions: Divisions, report: Report, by: Actor) -> Part:
    """The plans themselves; new ones are drafts until their measures are there."""
    lists = {row.slug: row for row in PovertyList.objects.all()}
    wanted, lines, homes = {}, {}, {}
    for row, (reference, values, division) in report.parse(table, lambda row: _plan(row, lists, divisions)):
        wanted[reference], lines[reference], homes[reference] = values, row.line, division

    def enter(reference: str, values: Any) -> object:
        return planning.enter_plan(by=by, nonce=uuid.uuid4(), division=homes[reference], reference=reference, **values)

    def amend(plan: Plan, changes: Any) -> None:
        reason = REASON.format(file=PLAN_FILE)
        planning.amend_plan(plan, by=by, version=plan.version, reason=reason, **changes)

    return Part(
        title="plans", file=PLAN_FILE, wanted=wanted, lines=lines, present=_plans(),
        values_of=plan_values.plan_values, identity=plan_values.plan_subject, enter=enter, amend=amend,
    )  # fmt: skip


def _plan(row: Row, lists: dict[str, PovertyList], divisions: Divisions) -> tuple[str, dict[str, Any], Any]:
    values = {
        "name_zh": row["name_zh"],
        "name_en": row["name_en"],
        "poverty_list": word(row, "list", lists),
        "tracks": word(row, "tracks", {one.value: one.value for one in Counted}),
        "period_from": _day(row["period_from"]),
        "period_to": _day(row["period_to"]),
        "office": row["office"],
        "source": row["source"],
        "note": row["note"],
    }
    return row["reference"], values, divisions.resolve(row["division_code"])


def measures_part(table: Table, report: Report, by: Actor) -> Part:
    """What the plans want to reach; a change of one is a change of its plan."""
    plans, wanted, lines = _plans(), {}, {}
    for row, (key, values) in report.parse(table, lambda row: _measure(row, plans)):
        wanted[key], lines[key] = values, row.line

    def store(key: tuple[str, str], values: Any) -> object:
        plan = Plan.objects.select_related("division", "poverty_list").get(reference=key[0])
        reason = REASON.format(file=MEASURE_FILE)
        return planning.set_measure(plan, KINDS[key[1]], by=by, version=plan.version, reason=reason, **values)

    def amend(measure: Measure, changes: Any) -> None:
        store((measure.plan.reference, measure.kind), plan_values.measure_values(measure) | changes)

    rows = Measure.objects.select_related("plan").prefetch_related("steps")
    return Part(
        title="measures of plans", file=MEASURE_FILE, wanted=wanted, lines=lines,
        present={(row.plan.reference, row.kind): row for row in rows}, values_of=plan_values.measure_values,
        identity=lambda row: plan_values.plan_subject(row.plan), enter=store, amend=amend,
    )  # fmt: skip


def _measure(row: Row, plans: dict[str, Plan]) -> tuple[tuple[str, str], dict[str, Any]]:
    word(row, "plan", plans)
    values = {
        "baseline": _whole(row["baseline"]),
        "baseline_basis": row["baseline_basis"],
        "target": _whole(row["target"]),
        "steps": tuple(sorted(_step(text) for text in row["steps"].split(";") if text.strip())),
    }
    return (row["plan"], word(row, "kind", KINDS).value), values


def _step(text: str) -> tuple[datetime.date, int]:
    day, _equals, value = text.partition("=")
    return _day(day.strip()), _whole(value.strip())


def reported_part(table: Table, report: Report, by: Actor) -> Part:
    """What sources report."""
    measures = {(row.plan.reference, row.kind): row for row in Measure.objects.select_related("plan__division")}
    wanted, lines = {}, {}
    for row, (key, values) in report.parse(table, lambda row: _figure(row, measures)):
        wanted[key], lines[key] = values, row.line

    def enter(key: Any, values: Any) -> object:
        return plan_reports.enter_reported(measures[key[:2]], by=by, on=key[2], source=key[3], **values)

    rows = ReportedFigure.objects.select_related("measure__plan__division")
    return Part(
        title="reported figures of plans", file=REPORTED_FILE, wanted=wanted, lines=lines,
        present={(row.measure.plan.reference, row.measure.kind, row.on, row.source): row for row in rows},
        values_of=plan_values.figure_values, identity=plan_values.figure_subject, enter=enter,
        amend=lambda row, changes: plan_reports.amend_reported(row, by=by, **changes),
    )  # fmt: skip


def _figure(row: Row, measures: dict[tuple[str, str], Measure]) -> tuple[tuple[str, str, Any, str], dict[str, Any]]:
    if (row["plan"], row["kind"]) not in measures:
        raise RowRefused(f"plan {row['plan']} has no measure {row['kind']}")
    day = partial_date(row, "on")
    if day is None or not row["source"]:
        raise RowRefused("a reported figure needs its day and its source")
    values = {
        "precision": day.precision.value,
        "value": _whole(row["value"]),
        "basis": word(row, "basis", BASES).value,
        "note": row["note"],
    }
    return (row["plan"], row["kind"], day.on, row["source"]), values


def standing_part(table: Table, by: Actor) -> Part:
    """Each plan of the file is adopted and public, once its measures are there."""
    plans, wanted = _plans(), {"state": PlanState.ADOPTED.value, "released": True}
    lines = {row["reference"]: row.line for row in table.rows if row["reference"] in plans}

    def amend(plan: Plan, changes: Any) -> None:
        if "state" in changes:
            planning.adopt(plan, by=by, version=plan.version)
        if "released" in changes:
            planning.release(plan, by=by, version=plan.version)

    return Part(
        title="plans in force", file=PLAN_FILE, wanted=dict.fromkeys(lines, wanted), lines=lines,
        present={reference: plans[reference] for reference in lines}, identity=plan_values.plan_subject,
        values_of=lambda plan: {"state": str(plan.state), "released": plan.released_on is not None},
        enter=lambda reference, values: None, amend=amend,
    )  # fmt: skip


def _plans() -> dict[str, Plan]:
    return {row.reference: row for row in Plan.objects.select_related("division__parent__parent", "poverty_list")}


def _day(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise RowRefused(f"'{text}' is not a full date") from None


def _whole(text: str) -> int:
    if not text.isascii() or not text.isdecimal():
        raise RowRefused(f"'{text}' is not a whole number")
    return int(text)
