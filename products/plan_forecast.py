"""READER. What is under way in the territory of a plan and may be decided before its end: an estimate, never a count.

How long a case takes rests on little, and every page that shows the estimate says so: "6 to 10 months" is what one
advice page says of practice under the rules of 2005 to 2024; the three months of the province come from the rules of
2024, of which the text was not read in full. The longer times are taken, so that the estimate promises little.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Q
from django.utils import timezone

from gi_registry.models import Division
from products import coverage
from products.coverage_rules import TRACKS, Cover, Reach
from products.cultivation_models import CandidateStage
from products.cultivation_states import UNDER_WAY, Stage
from products.geography import Geography
from products.models import Right
from products.plan_counts import rule_of
from products.plan_models import Plan
from products.plan_states import MeasureKind
from products.states import ProductStatus

Day = datetime.date
PROVINCE_MONTHS = 3  # opinion of the province, from the day a case is filed with it
DECISION_MONTHS = 10  # from acceptance to the decision, the time for objections (2 months) included
DAYS_A_MONTH = 30.44


@dataclass(frozen=True)
class Forecast:
    """`soon`: how many may come on top by the last day of the plan; `later`: how many are under way beyond it."""

    soon: int
    later: int


class Case(NamedTuple):
    """A candidate under way, and when it is expected to be decided."""

    product: int | None
    division: int
    expected: Day


def after(start: Day, months: int) -> Day:
    """So many months of usual length later."""
    return start + datetime.timedelta(days=round(months * DAYS_A_MONTH))


def forecast(plan: Plan, kind: str, on: Day | None = None) -> Forecast | None:
    """What may come by the end; None for measures without cases, for plans that are over, and for past days.

    Who is shown this may see the candidates of the territory, released or not.
    """
    on = on or timezone.localdate()
    if on > plan.period_to or on < timezone.localdate() or kind not in (
        MeasureKind.UNITS_COVERED, MeasureKind.NEW_PRODUCTS,
    ):  # fmt: skip
        return None
    cases = _candidates(plan)
    expected = _units(plan, on, cases) if kind == MeasureKind.UNITS_COVERED else _products(plan, on, cases)
    soon = sum(1 for day in expected if day <= plan.period_to)
    return Forecast(soon, len(expected) - soon)


def _candidates(plan: Plan) -> list[Case]:
    """Candidates of the territory that are filed or accepted, from the day on which they became so. One query."""
    inside = Division.objects.within(plan.division.code).values("pk")
    rows = CandidateStage.objects.filter(
        effective_to=None, stage__in=sorted(UNDER_WAY), candidate__demonstration=False, candidate__division__in=inside
    )
    months = {Stage.FILED: PROVINCE_MONTHS + DECISION_MONTHS, Stage.IN_PROCEDURE: DECISION_MONTHS}
    columns = "candidate__product_id", "candidate__division_id", "stage", "effective_from"
    return [
        Case(product, division, after(since, months[Stage(stage)]))
        for product, division, stage, since in rows.order_by().values_list(*columns)
    ]


def _units(plan: Plan, on: Day, cases: list[Case]) -> list[Day]:
    """For each unit that is not covered and would be: the first day on which that is expected.

    A right in procedure has no dates on record, so it is taken as accepted today.
    """
    answer = coverage.count(plan.poverty_list, on, rule_of(plan), within=plan.division)
    places, today = Geography.read(), after(on, DECISION_MONTHS)
    found = []
    for row in answer.rows:
        if row.cover == Cover.COVERED:
            continue
        days = [today for key, reach in row.reached.items() if key > 0 and reach == Reach.PROCEDURE]
        around = {division for part in row.line.parts for division in places.lineage(part)}
        days += [max(on, case.expected) for case in cases if case.division in around]
        if days:
            found.append(min(days))
    return found


def _products(plan: Plan, on: Day, cases: list[Case]) -> list[Day]:
    """Candidates under way, and products whose first right is in procedure. One query."""
    inside = Division.objects.within(plan.division.code).values("pk")
    here = Q(product__province=plan.division) | Q(areas__division__in=inside)
    own = Right.objects.filter(track__in=sorted(TRACKS[plan.tracks]))
    rows = own.filter(here, status=ProductStatus.IN_PROCEDURE).exclude(product__in=own.in_force(on).values("product"))
    products = set(rows.order_by().values_list("product_id", flat=True))
    others = [max(on, case.expected) for case in cases if case.product not in products]
    return [after(on, DECISION_MONTHS)] * len(products) + others
