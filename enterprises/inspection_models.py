"""Credit grades of enterprises, inspectors, draws of random inspections and what the inspections found.

Inspectors are codes and offices: who they are is known to the desk by their account, and to nobody else.
"""

from __future__ import annotations

import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from enterprises.inspection_states import (
    DrawState,
    Grade,
    InspectionResult,
    InspectionState,
    InspectionWay,
)
from enterprises.models import Authorisation, Enterprise
from gi_registry.models import Division
from products.models import Product

User = settings.AUTH_USER_MODEL


class CreditGradeQuerySet(models.QuerySet["CreditGrade"]):
    """Questions about grades."""

    def on(self, date: datetime.date | None = None) -> CreditGradeQuerySet:
        """The grades that hold on a date (default today)."""
        date = date or timezone.localdate()
        return self.filter(Q(effective_to=None) | Q(effective_to__gt=date), effective_from__lte=date)


class CreditGrade(models.Model):
    """The credit grade of an enterprise from day to day. `reason` is public: it names facts, never people."""

    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="grades")
    grade = models.CharField(max_length=1, choices=Grade)
    effective_from = models.DateField()
    effective_to = models.DateField(null=True, blank=True)
    reason = models.CharField(max_length=400)

    objects = CreditGradeQuerySet.as_manager()

    class Meta:
        ordering = ["effective_from", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise"], condition=Q(effective_to=None), name="credit_grade_current_once"
            ),
            models.CheckConstraint(
                condition=Q(effective_to=None) | Q(effective_to__gte=F("effective_from")),
                name="credit_grade_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enterprise_id} {self.grade}"


class Inspector(models.Model):
    """Somebody who may inspect. The public knows the code alone."""

    code = models.CharField(max_length=12, unique=True)
    division = models.ForeignKey(Division, models.PROTECT, related_name="inspectors")
    office = models.CharField(max_length=120)
    account = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    active_from = models.DateField()
    active_to = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


class InspectorConflict(models.Model):
    """An enterprise that an inspector must not visit. `reason` stays at the desk."""

    inspector = models.ForeignKey(Inspector, models.PROTECT, related_name="conflicts")
    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="+")
    reason = models.CharField(max_length=200)
    ended_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["inspector", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["inspector", "enterprise"], condition=Q(ended_on=None), name="inspector_conflict_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.inspector_id} {self.enterprise_id}"


class InspectionDraw(models.Model):
    """A draw: who could be inspected by whom, fixed first; then the seed, and who is.

    `lists` holds weights by the reference of the authorisation, codes of inspectors, and conflicts as pairs; it is
    public from the draw on. `secret` (32 bytes in hex) is made when the lists are fixed and only its SHA-256
    (`commitment`) is told; the seed is the SHA-256 of secret and of the journal's last hash at the time of the draw,
    so that neither who fixed the lists nor who draws can choose it. `size`: how many are drawn.
    """

    reference = models.CharField(max_length=20, unique=True)
    nonce = models.UUIDField(unique=True)
    title = models.CharField(max_length=120)
    division = models.ForeignKey(Division, models.PROTECT, null=True, blank=True, related_name="draws")
    product = models.ForeignKey(Product, models.PROTECT, null=True, blank=True, related_name="+")
    size = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=DrawState, default=DrawState.FIXED)
    lists = models.JSONField()
    lists_sha256 = models.CharField(max_length=64)
    secret = models.CharField(max_length=64)
    commitment = models.CharField(max_length=64)
    fixed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    fixed_at = models.DateTimeField(default=timezone.now)
    journal_hash = models.CharField(max_length=64, blank=True)
    seed = models.CharField(max_length=64, blank=True)
    drawn_at = models.DateTimeField(null=True, blank=True)
    demonstration = models.BooleanField(default=False)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=DrawState.DRAWN) | (~Q(seed="") & Q(drawn_at__isnull=False)),
                name="draw_drawn_has_seed",
            )
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def fixed_by_reference(self) -> str:
        return f"user:{self.fixed_by_id}"


class Inspection(models.Model):
    """The inspection of one authorisation that was drawn.

    `items` lists what was checked: the key of a check item or nothing, the words, whether it passed, a remark.
    `findings` is private and sealed in the journal; `summary` is what the public reads.
    """

    draw = models.ForeignKey(InspectionDraw, models.PROTECT, related_name="inspections")
    place = models.PositiveSmallIntegerField()
    authorisation = models.ForeignKey(Authorisation, models.PROTECT, related_name="inspections")
    inspectors = models.ManyToManyField(Inspector, related_name="inspections")
    state = models.CharField(max_length=12, choices=InspectionState, default=InspectionState.DRAWN)
    way = models.CharField(max_length=8, choices=InspectionWay, blank=True)
    inspected_on = models.DateField(null=True, blank=True)
    result = models.CharField(max_length=12, choices=InspectionResult, blank=True)
    items = models.JSONField(default=list, blank=True)
    findings = models.TextField(max_length=4000, blank=True)
    salt = models.CharField(max_length=32, blank=True)
    summary = models.CharField(max_length=400, blank=True)
    publish_by = models.DateField(null=True, blank=True)
    published_on = models.DateField(null=True, blank=True)
    follow_up_by = models.DateField(null=True, blank=True)
    follow_up = models.CharField(max_length=400, blank=True)
    closed_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["draw", "place"]
        constraints = [
            models.UniqueConstraint(fields=["draw", "authorisation"], name="inspection_once_a_draw"),
            models.CheckConstraint(
                condition=Q(state=InspectionState.DRAWN) | (~Q(result="") & Q(inspected_on__isnull=False)),
                name="inspection_recorded_has_result",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.draw_id}/{self.place}"
