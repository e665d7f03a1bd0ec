"""Labels: certified output of a season, batches issued on it, and what became of ranges of labels.

Quantities are whole thousandths of the season's unit (grams, millilitres). A label itself has no row: its code is
derived (enterprises/label_codes.py), and only what happens to it is stored.
"""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from enterprises.label_codes import MAX_COUNT
from enterprises.label_states import (
    WITH_CODES,
    BatchState,
    Fate,
    RecallGround,
    StatementState,
    Unit,
    VoidReason,
)
from enterprises.models import Authorisation
from gi_registry.models import Division

User = settings.AUTH_USER_MODEL
FATES = [(fate.value, fate.label) for fate in Fate if fate != Fate.WAITING]


class Season(models.Model):
    """The certified output of one authorisation in one season (产季), and how much of it labels were issued for.

    `certified` is the sum of the certified statements. `committed` is what issued labels stand for: pack size times
    labels, less those that came back unused. `reserved` is what large batches stand for that one official proposed and
    a second one has not decided on. Both are raised by one conditional UPDATE, together never beyond `certified`.
    """

    authorisation = models.ForeignKey(Authorisation, models.PROTECT, related_name="seasons")
    name = models.CharField(max_length=20)
    unit = models.CharField(max_length=8, choices=Unit)
    certified = models.BigIntegerField(default=0)
    committed = models.BigIntegerField(default=0)
    reserved = models.BigIntegerField(default=0, db_default=0)

    class Meta:
        ordering = ["authorisation", "-name"]
        constraints = [
            models.UniqueConstraint(fields=["authorisation", "name"], name="season_once"),
            models.CheckConstraint(
                condition=Q(committed__gte=0, reserved__gte=0, certified__gte=F("committed") + F("reserved")),
                name="season_within_certified_output",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.authorisation_id} {self.name}"

    @property
    def remaining(self) -> int:
        """What labels may still be issued for."""
        return self.certified - self.committed - self.reserved


class OutputStatement(models.Model):
    """The enterprise states output of a season; the office certifies it or not. Negative ones correct downwards."""

    season = models.ForeignKey(Season, models.PROTECT, related_name="statements")
    nonce = models.UUIDField(unique=True)
    quantity = models.BigIntegerField()
    evidence = models.TextField(max_length=1000)
    state = models.CharField(max_length=10, choices=StatementState, default=StatementState.STATED)
    stated_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    stated_at = models.DateTimeField(default=timezone.now)
    decided_on = models.DateField(null=True, blank=True)
    decision = models.TextField(max_length=2000, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(quantity=0), name="statement_states_something"),
            models.CheckConstraint(
                condition=Q(state=StatementState.STATED) | Q(decided_on__isnull=False), name="statement_decided_has_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.season_id} {self.quantity}"


class IssueRule(models.Model):
    """How a province issues labels, from one day on: by an official, or at once up to `automatic_up_to` labels."""

    province = models.ForeignKey(Division, models.PROTECT, related_name="+")
    automatic_up_to = models.PositiveIntegerField(default=0)
    effective_from = models.DateField()
    effective_to = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["province", "effective_from", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["province"], condition=Q(effective_to=None), name="issue_rule_current_once")
        ]

    def __str__(self) -> str:
        return f"{self.province_id} {self.automatic_up_to}"


class LabelBatchQuerySet(models.QuerySet["LabelBatch"]):
    """Questions about batches."""

    def with_codes(self) -> LabelBatchQuerySet:
        """Issued once, whatever became of them."""
        return self.filter(state__in=WITH_CODES)


class LabelBatch(models.Model):
    """A request for labels, and the labels themselves once issued. Its key is the batch number inside the codes.

    `pack` is what one label stands for, in thousandths of the season's unit; `mark_text` is what stands beside the
    mark (standard or announcement number). Labels are numbered from 1; each is waiting, active, void or returned, and
    the counters say how many. `secret` is sealed under the master key `key_id`.
    """

    reference = models.CharField(max_length=20, unique=True)
    nonce = models.UUIDField(unique=True)
    season = models.ForeignKey(Season, models.PROTECT, related_name="batches")
    state = models.CharField(max_length=10, choices=BatchState, default=BatchState.REQUESTED)
    variety = models.CharField(max_length=60, blank=True)
    pack = models.BigIntegerField(validators=[MinValueValidator(1)])
    pack_text = models.CharField(max_length=40, blank=True)
    packed_on = models.DateField(null=True, blank=True)
    mark_text = models.CharField(max_length=120)
    count = models.PositiveIntegerField(validators=[MinValueValidator(1), MaxValueValidator(MAX_COUNT - 1)])
    requested_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(default=timezone.now)
    proposed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    proposed_on = models.DateField(null=True, blank=True)
    decided_on = models.DateField(null=True, blank=True)
    decision = models.TextField(max_length=2000, blank=True)
    issued_automatically = models.BooleanField(default=False)
    key_id = models.PositiveIntegerField(null=True, blank=True)
    secret = models.BinaryField(null=True, blank=True)
    active = models.PositiveIntegerField(default=0)
    void = models.PositiveIntegerField(default=0)
    returned = models.PositiveIntegerField(default=0)
    recalled_on = models.DateField(null=True, blank=True)
    recall_ground = models.CharField(max_length=10, choices=RecallGround, blank=True)
    photo = models.CharField(max_length=80, blank=True)

    objects = LabelBatchQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(count__gte=F("active") + F("void") + F("returned")), name="batch_counts_balance"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=sorted(WITH_CODES)) | Q(secret__isnull=False, key_id__isnull=False),
                name="batch_issued_has_secret",
            ),
            models.CheckConstraint(
                condition=~Q(state=BatchState.RECALLED) | Q(recalled_on__isnull=False), name="batch_recalled_has_day"
            ),
            models.CheckConstraint(
                condition=~Q(state=BatchState.PROPOSED) | Q(proposed_by__isnull=False, proposed_on__isnull=False),
                name="batch_proposed_by_somebody",
            ),
        ]
        indexes = [models.Index(fields=["state"], name="batch_state")]

    def __str__(self) -> str:
        return self.reference

    @property
    def waiting(self) -> int:
        """Labels that nothing has happened to yet."""
        return self.count - self.active - self.void - self.returned

    @property
    def quantity(self) -> int:
        """What all its labels stand for."""
        return self.count * self.pack

    @property
    def has_codes(self) -> bool:
        return self.state in WITH_CODES


class LabelEvent(models.Model):
    """What happened to a range of labels of a batch, both ends included. The latest event of a label is its fate.

    `unused` counts those that had not been activated: their quantity may be issued again.
    """

    batch = models.ForeignKey(LabelBatch, models.PROTECT, related_name="events")
    nonce = models.UUIDField(unique=True)
    fate = models.CharField(max_length=10, choices=FATES)
    first = models.PositiveIntegerField()
    last = models.PositiveIntegerField()
    unused = models.PositiveIntegerField(default=0)
    reason = models.CharField(max_length=10, choices=VoidReason, blank=True)
    on = models.DateField()
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(first__gte=1, last__gte=F("first")), name="label_event_range"),
            models.CheckConstraint(
                condition=Q(unused__lte=F("last") - F("first") + 1), name="label_event_unused_within_range"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id} {self.fate} {self.first}-{self.last}"

    @property
    def size(self) -> int:
        return self.last - self.first + 1
