"""Plans of a territory: what is to be reached on a poverty list, in which steps, and what others say was reached."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from gi_registry.models import Division
from products.models import PovertyList
from products.plan_states import MeasureKind, PlanState
from products.states import Basis


class Plan(models.Model):
    """What a territory wants to reach in a period, both days included.

    `office` owns it; `tracks` is a `coverage.Counted`, the kinds of right that count for its products and units. Seen
    by officials of the territory and, once released, by the public.
    """

    reference = models.CharField(max_length=20, unique=True)
    nonce = models.UUIDField(unique=True)
    name_zh = models.CharField(max_length=120)
    name_en = models.CharField(max_length=200, blank=True)
    division = models.ForeignKey(Division, models.PROTECT, related_name="plans")
    poverty_list = models.ForeignKey(PovertyList, models.PROTECT, related_name="plans")
    tracks = models.CharField(max_length=20, default="gi_product")
    period_from = models.DateField()
    period_to = models.DateField()
    office = models.CharField(max_length=120)
    source = models.CharField(max_length=400, blank=True)
    note = models.TextField(max_length=2000, blank=True)
    state = models.CharField(max_length=8, choices=PlanState, default=PlanState.DRAFT)
    released_on = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-period_from", "reference"]
        constraints = [
            models.CheckConstraint(condition=Q(period_to__gt=F("period_from")), name="plan_ends_after_it_begins")
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.name_zh}"


class PlanChange(models.Model):
    """What was changed in an adopted plan and why, or why it was closed. The journal has it as a seal, or in words
    once the plan is public.

    `changes`: name of a value -> {"before": …, "after": …}, as the journal writes them.
    """

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="changes")
    made_on = models.DateField(default=timezone.localdate)
    changes = models.JSONField(default=dict, blank=True)
    reason = models.TextField(max_length=2000)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.made_on}"


class Measure(models.Model):
    """One number that a plan wants to reach by its last day.

    `baseline` is where it stood on the day before the first, of which `baseline_basis` says how it is known; flows
    (`plan_states.FLOWS`) begin at 0.
    """

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="measures")
    kind = models.CharField(max_length=16, choices=MeasureKind)
    baseline = models.PositiveIntegerField(default=0)
    baseline_basis = models.CharField(max_length=200, blank=True)
    target = models.PositiveIntegerField()

    class Meta:
        ordering = ["plan", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "kind"], name="measure_once"),
            models.CheckConstraint(condition=Q(target__gt=F("baseline")), name="measure_asks_for_more"),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.kind} {self.target}"


class PlanStep(models.Model):
    """What a measure is to have reached by a day, usually the end of a year."""

    measure = models.ForeignKey(Measure, models.PROTECT, related_name="steps")
    due_on = models.DateField()
    value = models.PositiveIntegerField()

    class Meta:
        ordering = ["due_on"]
        constraints = [models.UniqueConstraint(fields=["measure", "due_on"], name="plan_step_once")]

    def __str__(self) -> str:
        return f"{self.due_on} {self.value}"


class ReportedFigure(models.Model):
    """What a source says a measure had reached on a day: shown beside the register's own count, never mixed with it."""

    measure = models.ForeignKey(Measure, models.PROTECT, related_name="reported")
    on = models.DateField()
    precision = models.CharField(max_length=5, default="day")
    value = models.PositiveIntegerField()
    source = models.CharField(max_length=400)
    basis = models.CharField(max_length=20, choices=Basis)
    note = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ["on"]
        constraints = [models.UniqueConstraint(fields=["measure", "on", "source"], name="reported_figure_once")]

    def __str__(self) -> str:
        return f"{self.on} {self.value}"
