"""READER. What must be true of protection cases, notices, objections, zones, candidates and plans together."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import F, Q
from django.utils import timezone

from gi_registry.dated_rows import Dated, backwards, overlapping
from gi_registry.models import JournalEntry
from products.case_models import CaseDeadline, ProtectionCase
from products.case_states import GRANTED, OPEN_CASES, CaseState
from products.cultivation_models import Candidate
from products.objection_models import Objection, PublicNotice, notice_of
from products.objection_states import UNDER_EXAMINATION, NoticeRule, ObjectionState
from products.plan_models import PlanStep
from products.zone_models import DemonstrationZone


def cases_are_where_their_steps_led() -> Iterator[str]:
    """A case stands where its last dated step put it."""
    for case in ProtectionCase.objects.exclude(state=CaseState.DRAFT).prefetch_related("steps"):
        # Steps of a case that ran here are in the order of their rows; days of the past may be half known.
        steps = sorted(case.steps.all(), key=lambda step: step.pk)
        last = steps[-1].state if steps else "missing"
        if last != case.state:
            yield f"Case {case.reference}: it is {case.state}, its last step is {last}."
        if any(step.on > timezone.localdate() for step in steps):
            yield f"Case {case.reference}: a step lies in the future."


def finished_cases_have_no_clock() -> Iterator[str]:
    """When a case is finished its clocks stand still."""
    rows = CaseDeadline.objects.filter(stopped_on=None).exclude(case__state__in=sorted(OPEN_CASES))
    for row in rows.select_related("case"):
        yield f"Case {row.case.reference}: its clock {row.kind} runs though it is {row.case.state}."
    for row in CaseDeadline.objects.filter(due_on__lt=F("started_on")).select_related("case"):
        yield f"Case {row.case.reference}: its clock {row.kind} ends before it begins."


def granted_cases_name_their_right() -> Iterator[str]:
    """A case that ended in protection, or in a change of it, names the right."""
    for case in ProtectionCase.objects.filter(state__in=sorted(GRANTED), right=None, historic=False):
        yield f"Case {case.reference}: it is {case.state} and names no right."


def notices_last_as_long_as_their_rule_says() -> Iterator[str]:
    """The days to object follow from the day of publication and the rule; a moved last day is later, never earlier."""
    for notice in PublicNotice.objects.all():
        wanted = notice_of(NoticeRule(notice.rule), notice.published_on)
        if notice.first_day != wanted.first_day:
            yield f"Notice {notice.pk}: its first day is not the day after its publication."
        if notice.last_day < wanted.last_day and not (notice.provisional or wanted.provisional):
            yield f"Notice {notice.pk}: it ends on {notice.last_day}, its rule gives {wanted.last_day}."


def objections_were_in_time() -> Iterator[str]:
    """What was admitted had come in time, and what was decided has its day."""
    done = [ObjectionState.UPHELD, ObjectionState.DISMISSED]
    for row in Objection.objects.filter(state__in=[*UNDER_EXAMINATION, *done]).select_related("notice"):
        if not row.is_in_time:
            yield f"Objection {row.reference}: it was admitted, but had come too late."
        if row.state in done and row.decided_on is None:
            yield f"Objection {row.reference}: decided without a day."


def stages_are_in_step() -> Iterator[str]:
    """A zone and a candidate stand where their row without an end says; of each one stage holds at a time."""
    for zone in DemonstrationZone.objects.prefetch_related("stages"):
        rows = list(zone.stages.all())
        current = [row.state for row in rows if row.effective_to is None]
        if current != [zone.state]:
            yield f"Zone {zone.reference}: it is {zone.state}, its stages say {', '.join(current) or 'nothing'}."
        dated: list[Dated] = [(zone.pk, row.effective_from, row.effective_to, row.state) for row in rows]
        yield from _in_order(f"Zone {zone.reference}", dated)
    for candidate in Candidate.objects.prefetch_related("stages"):
        stages = list(candidate.stages.all())
        open_ones = [row.stage for row in stages if row.effective_to is None]
        if open_ones != [candidate.stage]:
            told = ", ".join(open_ones) or "nothing"
            yield f"Candidate {candidate.reference}: it is {candidate.stage}, its stages say {told}."
        dated = [(candidate.pk, row.effective_from, row.effective_to, row.stage) for row in stages]
        yield from _in_order(f"Candidate {candidate.reference}", dated)


def _in_order(name: str, dated: list[Dated]) -> Iterator[str]:
    for stage in overlapping(dated):
        yield f"{name}: its stage {stage} begins before another has ended."
    for stage in backwards(dated):
        yield f"{name}: its stage {stage} ends before it begins."


def steps_of_plans_lie_in_their_period() -> Iterator[str]:
    """What is to be reached by a day falls into the plan's period and not beyond its target."""
    plan = "measure__plan__"
    wrong = (
        Q(due_on__lt=F(f"{plan}period_from"))
        | Q(due_on__gt=F(f"{plan}period_to"))
        | Q(value__gt=F("measure__target"))
    )
    for step in PlanStep.objects.filter(wrong).select_related("measure__plan"):
        yield f"Plan {step.measure.plan.reference}: the step of {step.due_on} lies outside its period or its target."


def every_case_has_a_history() -> Iterator[str]:
    """Cases that were sent, zones and candidates came in through the journal."""
    known = set(JournalEntry.objects.values_list("subject_kind", "subject_id").distinct())
    for kind, rows in (
        ("case", ProtectionCase.objects.exclude(state=CaseState.DRAFT).values_list("reference", flat=True)),
        ("zone", DemonstrationZone.objects.values_list("reference", flat=True)),
        ("candidate", Candidate.objects.values_list("reference", flat=True)),
    ):
        for reference in rows:
            if (kind, reference) not in known:
                yield f"{kind.capitalize()} {reference}: the journal does not know it."


RULES = (
    cases_are_where_their_steps_led, finished_cases_have_no_clock, granted_cases_name_their_right,
    notices_last_as_long_as_their_rule_says, objections_were_in_time, stages_are_in_step,
    steps_of_plans_lie_in_their_period, every_case_has_a_history,
)  # fmt: skip
