"""Scans of labels, signals of copies, and suspect reports. No network address and no position is ever stored.

A label is named by one number: batch number times 2²⁴ plus index (`label_key`). Minutes are whole minutes since 1970
(UTC). A visitor is a number that only compares: an HMAC under a key of the month. A month is forgotten, key and scans
together, before anything of it is older than 90 days; on PostgreSQL it is a partition (scan_partitions.py).
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from enterprises.label_codes import INDEX_BITS, MAX_COUNT
from enterprises.label_models import LabelBatch
from enterprises.label_states import ReportOutcome, ReportState, SignalKind, SignalState, Suspicion
from gi_registry.models import Division

User = settings.AUTH_USER_MODEL


def label_key(batch: int, index: int) -> int:
    """The one number of a label."""
    return batch << INDEX_BITS | index


def keys_of(batch: int) -> tuple[int, int]:
    """The first and the last number that a label of a batch can have."""
    return label_key(batch, 0), label_key(batch, MAX_COUNT - 1)


class MonthKey(models.Model):
    """The sealed key under which the visitors of a month are named ('2026-11'); erased by `forget_visitors`."""

    month = models.CharField(max_length=7, primary_key=True)
    key_id = models.PositiveIntegerField()
    key = models.BinaryField()

    def __str__(self) -> str:
        return self.month


class Scan(models.Model):
    """Somebody asked about a label. `province`: two digits of GB/T 2260, '00' for abroad, '' unknown."""

    pk = models.CompositePrimaryKey("label", "visitor", "minute")
    label = models.BigIntegerField()
    visitor = models.BigIntegerField()
    minute = models.PositiveIntegerField()
    province = models.CharField(max_length=2, blank=True)
    device = models.CharField(max_length=20, blank=True)

    def __str__(self) -> str:
        return f"{self.label} {self.minute}"


class ScanMonth(models.Model):
    """Scans of a month whose rows were erased, by batch and province. They only count."""

    batch = models.ForeignKey(LabelBatch, models.CASCADE, related_name="scan_months")
    month = models.CharField(max_length=7)
    province = models.CharField(max_length=2, blank=True)
    scans = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "month", "province"], name="scan_month_once")]

    def __str__(self) -> str:
        return f"{self.batch_id} {self.month} {self.province}"


class ScannedLabel(models.Model):
    """What scans tell of one label: when first, how often, and until when the public warning stands.

    `province` is the first one known; `several` says that there was another one. `warned_until` is the minute up to
    which what was seen already is enough for the warning. Scans before `cleared_at` no longer speak against a label:
    an official found an explanation.
    """

    label = models.BigIntegerField(primary_key=True)
    first_minute = models.PositiveIntegerField()
    last_minute = models.PositiveIntegerField()
    count = models.PositiveIntegerField(default=0)
    province = models.CharField(max_length=2, blank=True)
    several = models.BooleanField(default=False)
    warned_until = models.PositiveIntegerField(default=0)
    cleared_at = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.label)


class CopySignal(models.Model):
    """Something about the scans of one label that an official should look at; once for each kind until decided."""

    reference = models.CharField(max_length=20, unique=True, null=True)
    batch = models.ForeignKey(LabelBatch, models.PROTECT, related_name="signals")
    label = models.BigIntegerField()
    kind = models.CharField(max_length=20, choices=SignalKind)
    state = models.CharField(max_length=10, choices=SignalState, default=SignalState.OPEN)
    noticed_at = models.DateTimeField(default=timezone.now)
    decided_on = models.DateField(null=True, blank=True)
    decision = models.TextField(max_length=2000, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["label", "kind"],
                condition=Q(state__in=[SignalState.OPEN, SignalState.WATCHED]),
                name="copy_signal_undecided_once",
            )
        ]
        indexes = [models.Index(fields=["state", "batch"], name="copy_signal_queue")]

    def __str__(self) -> str:
        return f"{self.label} {self.kind}"


class SuspectReport(models.Model):
    """What somebody reports about a label or goods (疑似假冒举报).

    `division` is where it was bought, else where the product of the label is made: its officials follow it. The link
    of the status page holds a token; only its SHA-256 is stored. `contact` is personal and is erased 90 days after
    the report was closed; nothing of the report but its number, kind, division and outcome enters the journal.
    """

    reference = models.CharField(max_length=20, unique=True, null=True)
    nonce = models.UUIDField(unique=True)
    token_sha256 = models.CharField(max_length=64, unique=True)
    suspicion = models.CharField(max_length=20, choices=Suspicion)
    label = models.BigIntegerField(null=True, blank=True)
    batch = models.ForeignKey(LabelBatch, models.PROTECT, null=True, blank=True, related_name="reports")
    typed_code = models.CharField(max_length=60, blank=True)
    goods = models.CharField(max_length=200, blank=True)
    text = models.TextField(max_length=4000)
    bought_at = models.CharField(max_length=300, blank=True)
    bought_on = models.DateField(null=True, blank=True)
    division = models.ForeignKey(Division, models.PROTECT, null=True, blank=True, related_name="+")
    contact = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=ReportState, default=ReportState.RECEIVED)
    received_at = models.DateTimeField(default=timezone.now)
    taken_up_on = models.DateField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)
    outcome = models.CharField(max_length=15, choices=ReportOutcome, blank=True)
    answer = models.TextField(max_length=2000, blank=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["state", "division"], name="suspect_report_queue")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=ReportState.CLOSED) | (~Q(outcome="") & Q(closed_on__isnull=False)),
                name="suspect_report_closed_has_outcome",
            )
        ]

    def __str__(self) -> str:
        return self.reference or str(self.nonce)


class ReportPhoto(models.Model):
    """A photograph of a suspect report, painted anew without the data of its camera."""

    report = models.ForeignKey(SuspectReport, models.CASCADE, related_name="photos")
    name = models.CharField(max_length=80, unique=True)
    media_type = models.CharField(max_length=20)
    size = models.PositiveIntegerField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name
