"""Demonstration zones, the stages they went through, and their yearly summaries. No personal data: offices only."""

from __future__ import annotations

import datetime
from functools import cached_property

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from gi_registry.models import Division, JournalEntry
from gi_registry.partial_dates import Precision
from gi_registry.roles import Role
from products.models import Product
from products.zone_states import (
    PUBLIC_STATES,
    RULES,
    Condition,
    ZoneLevel,
    ZoneState,
    conditions,
    whole_years,
)


class DemonstrationZoneQuerySet(models.QuerySet["DemonstrationZone"]):
    """Questions about zones."""

    def public(self) -> DemonstrationZoneQuerySet:
        """Those that were chosen, whatever became of them, without demonstration data."""
        chosen = ZoneStage.objects.filter(state__in=sorted(PUBLIC_STATES)).values("zone")
        return self.filter(Q(state__in=sorted(PUBLIC_STATES)) | Q(pk__in=chosen), demonstration=False)


class DemonstrationZone(models.Model):
    """A demonstration zone (国家地理标志产品保护示范区) for one or more products in a division.

    `producers`, `users`, `sector_output`, `users_output` are the figures of the recommendation: makers of the product
    in the area, those of them with the mark, and output values in whole yuan. `conduct` and `support` answer for the
    conditions that no number shows. `papers` names the acts. `figures_on`: the day the figures are of.
    """

    reference = models.CharField(max_length=20, unique=True)
    nonce = models.UUIDField(unique=True)
    level = models.CharField(max_length=10, choices=ZoneLevel)
    name_zh = models.CharField(max_length=120)
    name_en = models.CharField(max_length=200, blank=True)
    division = models.ForeignKey(Division, models.PROTECT, related_name="zones")
    products = models.ManyToManyField(Product, related_name="zones")
    carrier = models.CharField(max_length=120, blank=True)
    recommender = models.CharField(max_length=120, blank=True)
    batch = models.CharField(max_length=60, blank=True)
    producers = models.PositiveIntegerField(null=True, blank=True)
    users = models.PositiveIntegerField(null=True, blank=True)
    sector_output = models.PositiveBigIntegerField(null=True, blank=True)
    users_output = models.PositiveBigIntegerField(null=True, blank=True)
    figures_on = models.DateField(null=True, blank=True)
    conduct = models.TextField(max_length=2000, blank=True)
    support = models.TextField(max_length=2000, blank=True)
    build_from = models.DateField(null=True, blank=True)
    build_to = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=14, choices=ZoneState, default=ZoneState.PROPOSED)
    papers = models.CharField(max_length=400, blank=True)
    source = models.CharField(max_length=400, blank=True)
    demonstration = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)

    objects = DemonstrationZoneQuerySet.as_manager()

    class Meta:
        ordering = ["level", "reference"]
        constraints = [
            models.CheckConstraint(
                condition=Q(build_to=None) | Q(build_to__gte=F("build_from")), name="zone_built_after_it_began"
            )
        ]

    def __str__(self) -> str:
        return self.name_zh

    def get_absolute_url(self) -> str:
        return reverse("products:zone", args=[self.reference])

    # --- Facts that the guards in zone_states.py ask for ---

    @cached_property
    def years_protected(self) -> int | None:
        """Whole years since the youngest of its products was protected; None where one has no first day on record."""
        return self.years_protected_on(timezone.localdate())

    def years_protected_on(self, on: datetime.date) -> int | None:
        """The same on a date."""
        days = [product.effective_from for product in self.products.all()]
        if not days or None in days:
            return None
        return max(0, whole_years(max(day for day in days if day is not None), on))

    @property
    def conditions(self) -> list[Condition]:
        """The conditions in numbers of its level, each with what is the case."""
        return self.conditions_after(self.years_protected)

    def conditions_after(self, years: int | None) -> list[Condition]:
        """The same after so many years of protection."""
        return conditions(
            RULES[ZoneLevel(self.level)], years=years, producers=self.producers, users=self.users,
            sector_output=self.sector_output, users_output=self.users_output,
        )  # fmt: skip

    @property
    def unmet_conditions(self) -> str | Promise | None:
        """A sentence on the conditions that are not met, or nothing."""
        open_ones = [one for one in self.conditions if not one.met]
        if open_ones:
            return _("Not met: {conditions}.").format(conditions="; ".join(str(one.label) for one in open_ones))
        if not (self.conduct.strip() and self.support.strip()):
            return _("Write how quality and safety were kept, and which policies support the zone.")
        return None

    @property
    def is_public(self) -> bool:
        """Whether it was chosen one day, whatever became of it. What the public knows is not hidden again."""
        return self.state in PUBLIC_STATES or self.stages.filter(state__in=sorted(PUBLIC_STATES)).exists()

    @property
    def build_time_is_over(self) -> bool:
        """Whether the last day of building is behind us."""
        return self.build_to is not None and self.build_to < timezone.localdate()

    @property
    def handler_references(self) -> set[str]:
        """Opaque references of the officials who made an earlier step; they may not decide."""
        entries = JournalEntry.objects.about("zone", self.reference)
        officials = (Role.REVIEWER, Role.APPROVER, Role.OFFICER)
        return set(entries.filter(actor_role__in=officials).values_list("actor", flat=True))


class ZoneStage(models.Model):
    """A stage of a zone, from day to day; the last one has no end. `paper` is the act, `reason` stays private."""

    zone = models.ForeignKey(DemonstrationZone, models.PROTECT, related_name="stages")
    state = models.CharField(max_length=14, choices=ZoneState)
    effective_from = models.DateField()
    effective_precision = models.CharField(max_length=5, choices=Precision, default=Precision.DAY)
    effective_to = models.DateField(null=True, blank=True)
    paper = models.CharField(max_length=200, blank=True)
    reason = models.TextField(max_length=2000, blank=True)

    class Meta:
        ordering = ["effective_from", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["zone"], condition=Q(effective_to=None), name="zone_stage_current_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.zone_id} {self.state}"


class ZoneSummary(models.Model):
    """What a zone reports of a year, due on its last day; a later version replaces an earlier one."""

    zone = models.ForeignKey(DemonstrationZone, models.PROTECT, related_name="summaries")
    year = models.PositiveSmallIntegerField()
    version = models.PositiveSmallIntegerField(default=1)
    producers = models.PositiveIntegerField()
    users = models.PositiveIntegerField()
    sector_output = models.PositiveBigIntegerField()
    users_output = models.PositiveBigIntegerField()
    text = models.TextField(max_length=4000)
    filed_on = models.DateField()

    class Meta:
        ordering = ["-year", "-version"]
        constraints = [models.UniqueConstraint(fields=["zone", "year", "version"], name="zone_summary_once")]

    def __str__(self) -> str:
        return f"{self.zone_id} {self.year}"
