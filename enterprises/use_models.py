"""Yearly use reports: what the mark brought an enterprise in a year, by its own word, reviewed by the office."""

from __future__ import annotations

import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from enterprises.label_states import Unit
from enterprises.models import Authorisation, AuthorisationQuerySet
from enterprises.states import AuthorisationBasis
from enterprises.use_states import OPEN_VERSIONS, UseState

User = settings.AUTH_USER_MODEL
FIRST_YEAR = 2000


def reporting(year: int) -> AuthorisationQuerySet:
    """The authorisations that a report of a year is expected of: confirmed, and standing on a day of it.

    A suspended one stands: that the mark was not used is told by a report as well. `effective_to` is the first day on
    which it stands no more.
    """
    begins, ends = datetime.date(year, 1, 1), datetime.date(year, 12, 31)
    lasted = Q(effective_to=None) | Q(effective_to__gt=begins) & Q(effective_to__gt=F("effective_from"))
    rows = Authorisation.objects.exclude(basis=AuthorisationBasis.REPORTED)
    return rows.filter(lasted, effective_from__lte=ends)


def years_of(authorisation: Authorisation, today: datetime.date) -> list[int]:
    """The years that an authorisation reports on, up to the running one, the latest first; none for a reported one."""
    first, last = max(authorisation.effective_from.year, FIRST_YEAR), today.year
    if authorisation.basis == AuthorisationBasis.REPORTED:
        return []
    if authorisation.effective_to is not None:
        if authorisation.effective_to <= authorisation.effective_from:
            return []
        last = min(last, (authorisation.effective_to - datetime.timedelta(days=1)).year)
    return list(range(last, first - 1, -1))


class UseReport(models.Model):
    """One version of the report of one authorisation on one calendar year.

    `output` is in thousandths of `unit`; money is in whole yuan. `output_value` is direct (直接产值, goods under the
    mark), `related_value` is related (相关产值: what else it brought the place); they are never added. `premium` is
    the price above unmarked goods in percent. A number that is None was not stated. `may_be_shown`: the enterprise
    agrees that its figures are published even where they can be told apart. `explanation` says why figures differ
    from the label ledger.
    """

    reference = models.CharField(max_length=20, unique=True)
    nonce = models.UUIDField(unique=True)
    authorisation = models.ForeignKey(Authorisation, models.PROTECT, related_name="use_reports")
    year = models.PositiveSmallIntegerField()
    version = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=UseState, default=UseState.DRAFT)
    unit = models.CharField(max_length=8, choices=Unit, blank=True)
    output = models.BigIntegerField(null=True, blank=True)
    output_value = models.BigIntegerField(null=True, blank=True)
    related_value = models.BigIntegerField(null=True, blank=True)
    sales_value = models.BigIntegerField(null=True, blank=True)
    export_value = models.BigIntegerField(null=True, blank=True)
    labels_printed = models.PositiveIntegerField(null=True, blank=True)
    labels_used = models.PositiveIntegerField(null=True, blank=True)
    batches = models.PositiveIntegerField(null=True, blank=True)
    standard = models.CharField(max_length=120, blank=True)
    tests = models.PositiveIntegerField(null=True, blank=True)
    tests_failed = models.PositiveIntegerField(null=True, blank=True)
    changes = models.TextField(max_length=2000, blank=True)
    violations = models.TextField(max_length=2000, blank=True)
    employees = models.PositiveIntegerField(null=True, blank=True)
    households = models.PositiveIntegerField(null=True, blank=True)
    premium = models.SmallIntegerField(null=True, blank=True)
    explanation = models.TextField(max_length=2000, blank=True)
    may_be_shown = models.BooleanField(default=False)
    edits = models.PositiveIntegerField(default=0)
    written_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    written_at = models.DateTimeField(default=timezone.now)
    submitted_on = models.DateField(null=True, blank=True)
    decided_on = models.DateField(null=True, blank=True)
    decision = models.TextField(max_length=2000, blank=True)

    class Meta:
        ordering = ["authorisation", "-year", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["authorisation", "year", "version"], name="use_report_version_once"),
            models.UniqueConstraint(
                fields=["authorisation", "year"], condition=Q(state__in=sorted(OPEN_VERSIONS)),
                name="use_report_open_once",
            ),
            models.UniqueConstraint(
                fields=["authorisation", "year"], condition=Q(state=UseState.ACCEPTED), name="use_report_accepted_once"
            ),
            models.CheckConstraint(condition=Q(year__gte=FIRST_YEAR, year__lte=2200), name="use_report_year"),
        ]  # fmt: skip
        indexes = [models.Index(fields=["year", "state"], name="use_report_year_state")]

    def __str__(self) -> str:
        return f"{self.reference} {self.year} v{self.version}"
