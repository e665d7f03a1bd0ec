"""Public notices, and the objections that people send while they run. Who objected is never public."""

from __future__ import annotations

import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from gi_registry.models import JournalEntry, Written
from gi_registry.roles import Role
from products.models import Agreement, AgreementEntry, Announcement
from products.objection_states import (
    NoticeRule,
    ObjectionGround,
    ObjectionNoteKind,
    ObjectionState,
    ObjectorKind,
    term_of,
)

User = settings.AUTH_USER_MODEL


class PublicNoticeQuerySet(models.QuerySet["PublicNotice"]):
    """Questions about notices."""

    def open(self, on: datetime.date | None = None) -> PublicNoticeQuerySet:
        """Those to which one may object on a date (default today)."""
        on = on or timezone.localdate()
        return self.filter(first_day__lte=on, last_day__gte=on)

    def real(self) -> PublicNoticeQuerySet:
        """Without demonstration data."""
        return self.filter(demonstration=False)


class PublicNotice(models.Model):
    """A time to object: to a protection case, or to the names that an agreement's list proposes.

    `published_on` does not count; `first_day` is the day after, `last_day` the last day, both included. Both come
    from `rule` (`objection_states.term_of`). `provisional`: the holidays of its year were not published yet.
    """

    announcement = models.ForeignKey(
        Announcement, models.PROTECT, null=True, blank=True, related_name="notices"
    )
    case = models.ForeignKey(
        "products.ProtectionCase", models.PROTECT, null=True, blank=True, related_name="notices"
    )
    agreement = models.ForeignKey(Agreement, models.PROTECT, null=True, blank=True, related_name="notices")
    rule = models.CharField(max_length=14, choices=NoticeRule)
    published_on = models.DateField()
    first_day = models.DateField()
    last_day = models.DateField()
    provisional = models.BooleanField(default=False)
    demonstration = models.BooleanField(default=False)
    note = models.CharField(max_length=400, blank=True)

    objects = PublicNoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-last_day", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(case__isnull=False, agreement=None) | Q(case=None, agreement__isnull=False),
                name="notice_of_case_or_agreement",
            ),
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="notice_ends_after_it_begins"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id or self.agreement_id} until {self.last_day}"

    @property
    def is_open(self) -> bool:
        """Whether one may object today."""
        return self.first_day <= timezone.localdate() <= self.last_day


def notice_of(rule: NoticeRule, published_on: datetime.date, **about: Any) -> PublicNotice:
    """A notice, not stored yet, whose time to object follows from its rule and the day of its publication."""
    term = term_of(rule, published_on)
    return PublicNotice(
        rule=rule, published_on=published_on, first_day=published_on + datetime.timedelta(days=1),
        last_day=term.last_day, provisional=term.provisional, **about,
    )  # fmt: skip


class Objection(models.Model):
    """An objection (异议), sent by anybody. Everything about the objector and the words is private.

    `entry`: the name of an agreement's list that it is about. The link of its page holds a token; only its SHA-256 is
    stored. `published_reason` is what the public register says of the decision: it must name no person.
    """

    reference = models.CharField(max_length=20, unique=True)
    nonce = models.UUIDField(unique=True)
    token_sha256 = models.CharField(max_length=64, unique=True)
    notice = models.ForeignKey(PublicNotice, models.PROTECT, related_name="objections")
    entry = models.ForeignKey(
        AgreementEntry, models.PROTECT, null=True, blank=True, related_name="objections"
    )
    objector_kind = models.CharField(max_length=8, choices=ObjectorKind)
    objector = models.CharField(max_length=120)
    contact = models.CharField(max_length=200)
    address = models.CharField(max_length=300)
    in_china = models.BooleanField(default=True)
    ground = models.CharField(max_length=14, choices=ObjectionGround)
    text = models.TextField(max_length=4000)
    state = models.CharField(max_length=12, choices=ObjectionState, default=ObjectionState.RECEIVED)
    received_at = models.DateTimeField(default=timezone.now)
    admitted_on = models.DateField(null=True, blank=True)
    answered_on = models.DateField(null=True, blank=True)
    decided_on = models.DateField(null=True, blank=True)
    published_reason = models.TextField(max_length=2000, blank=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["state", "notice"], name="objection_queue")]

    def __str__(self) -> str:
        return self.reference

    @property
    def is_in_time(self) -> bool:
        """Whether it came on one of the days of the notice."""
        return self.notice.first_day <= timezone.localdate(self.received_at) <= self.notice.last_day

    @property
    def handler_references(self) -> set[str]:
        """Opaque references of the officials who made an earlier step on it; they may not decide."""
        entries = JournalEntry.objects.about("objection", self.reference)
        officials = (Role.REVIEWER, Role.APPROVER, Role.OFFICER)
        return set(entries.filter(actor_role__in=officials).values_list("actor", flat=True))


class ObjectionFile(models.Model):
    """Evidence sent with an objection, cleaned and kept under a random name; never public."""

    objection = models.ForeignKey(Objection, models.CASCADE, related_name="files")
    title = models.CharField(max_length=120)
    name = models.CharField(max_length=80, unique=True)
    media_type = models.CharField(max_length=20)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.objection_id} {self.title}"


class ObjectionNote(Written):
    """What an official wrote about an objection."""

    objection = models.ForeignKey(Objection, models.CASCADE, related_name="notes")
    kind = models.CharField(max_length=12, choices=ObjectionNoteKind)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.objection_id} {self.kind}"
