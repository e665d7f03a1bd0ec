"""READER. How far plans have come, by the register's own count; who may see which plan.

What sources report stands beside the count and is never mixed with it. The arithmetic is in products/plan_lines.py,
the counts in products/plan_counts.py.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils import timezone

from gi_registry import territory
from gi_registry.journal import Actor
from gi_registry.models import Division
from gi_registry.roles import RULES, Permission
from products import plan_counts
from products.models import PovertyList
from products.plan_counts import Reading
from products.plan_lines import BELOW, Line, Verdict
from products.plan_models import Measure, Plan, ReportedFigure
from products.plan_states import FLOWS, STANDING, PlanState
from products.plan_words import COUNTED, MORE

Day = datetime.date


@dataclass(frozen=True)
class Point:
    """A day of a measure: what the line asks for, the plan's own step, and the count, None for a day to come."""

    on: Day
    asked: int
    step: int | None
    reading: Reading | None

    @property
    def step_is_kept(self) -> bool | None:
        """Whether the plan's own step was reached; None where there is none, or its day is still to come."""
        return None if self.step is None or self.reading is None else self.reading.value >= self.step


@dataclass(frozen=True)
class MeasureProgress:
    """One measure: `points` from the baseline to the last day; `now` is the count on which the verdict rests, on the
    day asked for or on the last day of the plan; `latest` that of the day asked for.
    """

    measure: Measure
    line: Line
    points: tuple[Point, ...]
    now: Reading
    latest: Reading
    verdict: Verdict
    reported: tuple[ReportedFigure, ...]
    comparable: bool

    @property
    def is_below(self) -> bool:
        """Whether the count is below what the line asks for, for whatever reason."""
        return self.verdict in BELOW

    @property
    def asked(self) -> int:
        """What the line asks for on the day of the verdict."""
        return self.line.asked(self.now.on)

    @property
    def ahead(self) -> int:
        """By how many the count is above the line; below it where negative."""
        return self.now.value - self.asked

    @property
    def missing(self) -> int:
        """By how many it is below the line."""
        return max(0, -self.ahead)

    @property
    def pace(self) -> float | None:
        """How much came a year so far; like the next two None where the count says nothing."""
        return self.line.pace(self.latest.on, self.now.value) if self.comparable else None

    @property
    def needed(self) -> float | None:
        """How much a year the rest needs."""
        return self.line.needed(self.latest.on, self.now.value) if self.comparable else None

    @property
    def at_this_pace(self) -> int | None:
        """Where it ends if it goes on so."""
        return self.line.at_this_pace(self.latest.on, self.now.value) if self.comparable else None

    @property
    def percent(self) -> int:
        """The count of a hundred of the target, for a bar."""
        return min(100, self.now.value * 100 // self.measure.target)

    @property
    def is_flow(self) -> bool:
        """Whether it is counted from the first day of the plan on."""
        return self.measure.kind in FLOWS

    @property
    def has_steps(self) -> bool:
        """Whether the plan says what it wants to reach before its last day."""
        return any(point.step is not None for point in self.points)

    @property
    def counted_baseline(self) -> int | None:
        """What the register itself counts on the day of the baseline; None where a flow begins at 0."""
        first = self.points[0].reading
        return None if self.is_flow or first is None else first.value

    @property
    def how(self) -> str:
        """How the register counts."""
        return str(COUNTED[self.measure.kind])

    @property
    def more(self) -> str:
        """What may come on top, in words; "" for nothing."""
        words = MORE.get(self.measure.kind)  # type: ignore[call-overload]
        return (words % {"number": self.now.more}).format(number=self.now.more) if words and self.now.more else ""


@dataclass(frozen=True)
class PlanProgress:
    """A plan with its measures on a day."""

    plan: Plan
    on: Day
    measures: tuple[MeasureProgress, ...]

    @property
    def alerts(self) -> list[MeasureProgress]:
        """Measures below the line while something can still be done for them."""
        running = self.plan.state == PlanState.ADOPTED and not self.is_over
        return [one for one in self.measures if one.is_below] if running else []

    @property
    def waits_to_be_closed(self) -> bool:
        """Whether its last day has passed and nobody has closed it."""
        return self.is_over and self.plan.state == PlanState.ADOPTED

    @property
    def is_over(self) -> bool:
        """Whether its last day has passed."""
        return self.on > self.plan.period_to

    @property
    def rule(self) -> list[str]:
        """The rule of coverage in words."""
        return plan_counts.rule_of(self.plan).words()


def progress(plans: Iterable[Plan], on: Day | None = None) -> list[PlanProgress]:
    """How far some plans have come on a date (default today), in the order given; see `plan_counts` for queries."""
    on = on or timezone.localdate()
    rows = list(plans)
    wanted: dict[str, dict[Plan, list[Day]]] = defaultdict(dict)
    for plan in rows:
        for measure in plan.measures.all():
            wanted[measure.kind][plan] = sorted({*_days(measure, plan, on), on, min(on, plan.period_to)})
    counts = {kind: plan_counts.readings(kind, asked) for kind, asked in wanted.items()}
    return [
        PlanProgress(
            plan, on, tuple(_of_measure(plan, one, counts[one.kind][plan.pk], on) for one in plan.measures.all())
        )
        for plan in rows
    ]


def _line(plan: Plan, measure: Measure) -> Line:
    return Line(plan.period_from, plan.period_to, measure.baseline, measure.target)


def _days(measure: Measure, plan: Plan, on: Day) -> list[Day]:
    """The baseline's day, each step's and the last one, as far as they have come."""
    days = [_line(plan, measure).start, *(step.due_on for step in measure.steps.all()), plan.period_to]
    return [day for day in days if day <= on]


def _of_measure(plan: Plan, measure: Measure, counted: dict[Day, Reading], on: Day) -> MeasureProgress:
    line = _line(plan, measure)
    steps = {step.due_on: step.value for step in measure.steps.all()}
    days = sorted({line.start, *steps, plan.period_to} | ({on} if line.start < on < plan.period_to else set()))
    points = tuple(Point(day, line.asked(day), steps.get(day), counted.get(day)) for day in days)
    now = counted[min(on, plan.period_to)]
    reported = tuple(figure for figure in measure.reported.all() if figure.on <= on)
    comparable = _is_comparable(measure, points[0].reading, now, reported, over=on > plan.period_to)
    verdict = line.verdict(on, now.value, now.more, comparable)
    return MeasureProgress(measure, line, points, now, counted[on], verdict, reported, comparable)


def _is_comparable(
    measure: Measure, first: Reading | None, now: Reading, reported: Sequence[ReportedFigure], *, over: bool
) -> bool:
    """Whether the data loaded can tell anything of a measure that they show below its line.

    Not if they prove less than the plan begins with, or less than a source had reported by then; nor if nothing at
    all is on record of a time that is over: then nobody has entered it.
    """
    if measure.kind not in FLOWS and first is not None and first.value < measure.baseline:
        return False
    if any(figure.on <= now.on and figure.value > now.value for figure in reported):
        return False
    return not (over and measure.kind in FLOWS and now.value + now.more == 0)


# --- Who sees which plan ---


def plans() -> QuerySet[Plan]:
    """Plans with everything that their progress needs."""
    rows = Plan.objects.select_related("division__parent__parent", "poverty_list")
    return rows.prefetch_related("measures__steps", "measures__reported")


def visible(actors: Iterable[Actor]) -> QuerySet[Plan]:
    """The plans that somebody may see at the desk.

    Of the own territory and below: those that hold or held; drafts only whoever could adopt them, and who reads
    everything. Of the divisions above: those that hold or held. Other provinces' never.
    """
    wanted = Q(pk__in=[])
    standing = Q(state__in=sorted(STANDING))
    for actor in actors:
        if not actor.has(Permission.READ_FILES):
            continue
        if not RULES[actor.role].territorial:
            wanted |= Q(pk__gt=0)
        elif actor.division is not None:
            inside = Q(division__in=Division.objects.within(actor.division.code).values("pk"))
            above = Q(division__in=[part.pk for part in actor.division.lineage()])
            wanted |= (above & standing) | (inside if actor.has(Permission.KEEP_PLANS) else inside & standing)
    return plans().filter(wanted)


def keeper(actors: Iterable[Actor], plan: Plan) -> Actor | None:
    """The role in which somebody may change the plan."""
    return next((one for one in actors if territory.may(one, Permission.KEEP_PLANS, plan.division)), None)


def oversees(actors: Iterable[Actor], plan: Plan) -> bool:
    """Whether somebody may see all that is under way in the territory of the plan, released or not."""
    return any(territory.may(one, Permission.READ_FILES, plan.division) for one in actors)


def behind(actors: Sequence[Actor], on: Day | None = None) -> list[PlanProgress]:
    """Adopted plans of today that somebody sees and that have a measure below its line."""
    on = on or timezone.localdate()
    running = visible(actors).filter(state=PlanState.ADOPTED, period_from__lte=on, period_to__gte=on)
    return [one for one in progress(running, on) if one.alerts]


def public_of(poverty_list: PovertyList, on: Day | None = None) -> list[PlanProgress]:
    """The released plans for a list on a date (default today), the newest first."""
    on = on or timezone.localdate()
    released = plans().filter(poverty_list=poverty_list, released_on__lte=timezone.localdate())
    return progress(released, on)
