"""Names that might be protected one day, and what is done for them: candidates, trainings, funding projects.

They belong to a division, and only officials of its territory see them until they are released. No personal data:
offices and numbers of people, never names. Nothing is deleted: what was entered by mistake is struck.
"""

from __future__ import annotations

import datetime

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from gi_registry.models import Division
from products.cultivation_states import Stage, TrainingKind
from products.models import Product
from products.states import Category

User = settings.AUTH_USER_MODEL


class CandidateQuerySet(models.QuerySet["Candidate"]):
    """Questions about candidates."""

    def released(self) -> CandidateQuerySet:
        """Those that the public may see."""
        return self.filter(released_on__isnull=False)

    def at_stage(self, stages: frozenset[str], on: datetime.date | None = None) -> CandidateQuerySet:
        """Those that were at one of some stages on a date (default today)."""
        on = on or timezone.localdate()
        rows = CandidateStage.objects.filter(effective_from__lte=on, stage__in=sorted(stages))
        rows = rows.filter(Q(effective_to=None) | Q(effective_to__gt=on))
        return self.filter(pk__in=rows.values("candidate"))


class Candidate(models.Model):
    """A name that might be protected (潜在地理标志资源), in the division that looks after it.

    `checklist` holds the `ReadyItem`s that are there. `version` rises with each change, so that of two people who
    write at once one is told. `office` is a body, never a person. `notes` never leave the desk.
    """

    reference = models.CharField(max_length=20, unique=True)
    nonce = models.UUIDField(unique=True)
    division = models.ForeignKey(Division, models.PROTECT, related_name="candidates")
    name_zh = models.CharField(max_length=60)
    name_en = models.CharField(max_length=200, blank=True)
    category = models.CharField(max_length=12, choices=Category)
    reputation = models.TextField(max_length=4000, blank=True)
    producers = models.TextField(max_length=2000, blank=True)
    natural_factors = models.TextField(max_length=4000, blank=True)
    human_factors = models.TextField(max_length=4000, blank=True)
    checklist = models.JSONField(default=list, blank=True)
    next_step = models.CharField(max_length=200, blank=True)
    next_step_due = models.DateField(null=True, blank=True)
    office = models.CharField(max_length=120, blank=True)
    notes = models.TextField(max_length=4000, blank=True)
    stage = models.CharField(max_length=12, choices=Stage, default=Stage.CANDIDATE)
    product = models.ForeignKey(Product, models.PROTECT, null=True, blank=True, related_name="candidates")
    released_on = models.DateField(null=True, blank=True)
    demonstration = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)
    entered_at = models.DateTimeField(default=timezone.now)

    objects = CandidateQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["stage"], name="candidate_stage")]

    def __str__(self) -> str:
        return f"{self.reference} {self.name_zh}"


class CandidateStage(models.Model):
    """A stage of a candidate, from day to day; the last one has no end. `reason` never leaves the desk."""

    candidate = models.ForeignKey(Candidate, models.PROTECT, related_name="stages")
    stage = models.CharField(max_length=12, choices=Stage)
    effective_from = models.DateField()
    effective_to = models.DateField(null=True, blank=True)
    reason = models.TextField(max_length=2000, blank=True)

    class Meta:
        ordering = ["effective_from", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["candidate"], condition=Q(effective_to=None), name="candidate_stage_current_once"
            ),
            models.CheckConstraint(
                condition=Q(effective_to=None) | Q(effective_to__gte=F("effective_from")),
                name="candidate_stage_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.candidate_id} {self.stage}"


class Training(models.Model):
    """A training or guidance visit: for which divisions, on what, and how many came. Names of people are not kept.

    `division` is the territory of the office that held it.
    """

    nonce = models.UUIDField(unique=True)
    division = models.ForeignKey(Division, models.PROTECT, related_name="trainings_held")
    kind = models.CharField(max_length=8, choices=TrainingKind)
    held_on = models.DateField()
    topic = models.CharField(max_length=200)
    office = models.CharField(max_length=120)
    counties = models.ManyToManyField(Division, related_name="trainings")
    attendance = models.PositiveIntegerField()
    note = models.TextField(max_length=2000, blank=True)
    demonstration = models.BooleanField(default=False)
    struck_on = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-held_on", "-pk"]

    def __str__(self) -> str:
        return f"{self.held_on} {self.topic}"


class FundingProject(models.Model):
    """Money for candidates or GIs of some divisions. `amount` is in whole yuan."""

    nonce = models.UUIDField(unique=True)
    division = models.ForeignKey(Division, models.PROTECT, related_name="funding_projects_kept")
    title = models.CharField(max_length=200)
    funder = models.CharField(max_length=120)
    amount = models.BigIntegerField(validators=[MinValueValidator(1)])
    begins_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    counties = models.ManyToManyField(Division, related_name="funding_projects")
    candidates = models.ManyToManyField(Candidate, related_name="funding_projects", blank=True)
    result = models.TextField(max_length=2000, blank=True)
    demonstration = models.BooleanField(default=False)
    struck_on = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-begins_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("begins_on")), name="funding_ends_after_it_begins"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="funding_has_amount"),
        ]

    def __str__(self) -> str:
        return self.title
