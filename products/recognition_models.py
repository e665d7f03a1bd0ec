"""Recognition abroad beside the lists themselves: foreign GIs, dated stages of names, files of annexes."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from gi_registry.partial_dates import Precision
from products.models import Agreement, AgreementEntry
from products.states import EntryStatus, HomeRight

User = settings.AUTH_USER_MODEL


class ForeignGI(models.Model):
    """A GI of another country that is protected in China, or proposed: one record, however many lists name it.

    `number` is the register's own. Beside the special mark stands the credit code of the distributor (经销商), not of
    the maker (domain rules, section 5.2). `home_number` is its number in the register of its country.
    """

    number = models.PositiveIntegerField(unique=True)
    name_original = models.CharField(max_length=200)
    name_transcription = models.CharField(max_length=200, blank=True)
    name_zh = models.CharField(max_length=120, blank=True)
    name_en = models.CharField(max_length=200, blank=True)
    country = models.CharField(max_length=20)
    product_category = models.CharField(max_length=120, blank=True)
    home_right = models.CharField(max_length=20, choices=HomeRight, blank=True)
    home_number = models.CharField(max_length=60, blank=True)
    home_authority = models.CharField(max_length=200, blank=True)
    sources = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["name_original", "country"], name="foreign_gi_once")]

    def __str__(self) -> str:
        return self.name_original

    def get_absolute_url(self) -> str:
        return reverse("products:foreign_gi", args=[self.number])


class EntryStage(models.Model):
    """A state of a name on a list from a day on, with the act that moved it."""

    entry = models.ForeignKey(AgreementEntry, models.PROTECT, related_name="stages")
    status = models.CharField(max_length=10, choices=EntryStatus)
    effective_from = models.DateField()
    effective_precision = models.CharField(max_length=5, choices=Precision, default=Precision.DAY)
    act = models.CharField(max_length=200)

    class Meta:
        ordering = ["effective_from", "pk"]

    def __str__(self) -> str:
        return f"{self.entry_id} {self.status} {self.effective_from}"


class AnnexImport(models.Model):
    """A file with names of a list that an officer has sent: read, shown as differences, applied or not, undone or not.

    `rows` holds the cells of each line as read; `base` is the fingerprint of the list when the differences were
    shown. `before` holds the values of every entry that was changed or left out, so that a load can be undone as a
    new change.
    """

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="imports")
    nonce = models.UUIDField(unique=True)
    file_name = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    rows = models.JSONField()
    base = models.CharField(max_length=64)
    basis = models.CharField(max_length=200)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    applied_at = models.DateTimeField(null=True, blank=True)
    before = models.JSONField(default=dict, blank=True)
    after = models.CharField(max_length=64, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(undone_at=None) | Q(applied_at__isnull=False), name="annex_undone_was_applied"
            )
        ]

    def __str__(self) -> str:
        return f"{self.agreement_id} {self.file_name}"
