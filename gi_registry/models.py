"""Ground-floor tables: people and their roles, administrative divisions, the journal, search text."""

from __future__ import annotations

import datetime
from typing import Any, NoReturn

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gi_registry.event_types import EventType
from gi_registry.role_states import LAPSES_AFTER, ProposalState, RoleChange
from gi_registry.roles import Role


class User(AbstractUser):
    """Somebody who signs in. What they may do follows from their role assignments alone.

    `sign_ins_ended` counts how often all their sessions were ended (`gi_registry/sign_ins.py`): a session of before
    is no longer theirs.
    """

    sign_ins_ended = models.PositiveIntegerField(default=0, db_default=0)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What Django compares with every session; it changes with the password and with the count above."""
        of_the_password: str = super()._get_session_auth_hash(secret=secret)  # type: ignore[misc]
        return f"{of_the_password}{self.sign_ins_ended}" if self.sign_ins_ended else of_the_password


class DivisionLevel(models.TextChoices):
    """The three levels of GB/T 2260 that the register uses."""

    PROVINCE = "province", _("province")
    PREFECTURE = "prefecture", _("prefecture")
    COUNTY = "county", _("county")


class DivisionStatus(models.TextChoices):
    """Whether the code and name are valid today."""

    CURRENT = "current", _("current")
    HISTORIC = "historic", _("historic")
    STATISTICAL = "statistical", _("statistical unit only")


class DivisionQuerySet(models.QuerySet["Division"]):
    """Questions about divisions."""

    def current(self) -> DivisionQuerySet:
        """Divisions that exist today."""
        return self.filter(status=DivisionStatus.CURRENT)

    def within(self, code: str) -> DivisionQuerySet:
        """The division with this code and all below it, by its real parents.

        Codes are not cut into pieces: counties with a 90-type code belong to the province directly, and
        some prefectures were renumbered while their counties kept their codes.
        """
        return self.filter(Q(code=code) | Q(parent__code=code) | Q(parent__parent__code=code))


class Division(models.Model):
    """An administrative division with its GB/T 2260 code, of today or of the past.

    `valid_from`, `last_seen` and `valid_to` keep the source's own text ('1980-12', '2018'): the snapshots
    that they come from are yearly before 2014, so a full date would claim too much. `successor` is the
    unit of today that this one became or joined.
    """

    code = models.CharField(max_length=6, db_index=True)
    name_zh = models.CharField(max_length=60)
    name_pinyin = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120)
    level = models.CharField(max_length=10, choices=DivisionLevel)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    status = models.CharField(max_length=11, choices=DivisionStatus)
    valid_from = models.CharField(max_length=7, blank=True)
    last_seen = models.CharField(max_length=7, blank=True)
    valid_to = models.CharField(max_length=7, blank=True)
    successor = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="predecessors")
    change = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=100)

    objects = DivisionQuerySet.as_manager()

    class Meta:
        ordering = ["code", "name_zh"]
        constraints = [
            models.UniqueConstraint(fields=["code", "name_zh"], name="division_code_and_name"),
            models.UniqueConstraint(
                fields=["code"], condition=Q(status=DivisionStatus.CURRENT), name="division_one_current_per_code"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name_zh} {self.code}"

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("products:region", args=[self.code])

    def lineage(self) -> list[Division]:
        """From the province down to this division; no query when the parents are selected along."""
        line = [self]
        while line[0].parent is not None:
            line.insert(0, line[0].parent)
        return line


class RoleAssignmentQuerySet(models.QuerySet["RoleAssignment"]):
    """Questions about role assignments."""

    def on(self, date: datetime.date) -> RoleAssignmentQuerySet:
        """Assignments in force on a date."""
        return self.filter(
            Q(effective_to=None) | Q(effective_to__gt=date), effective_from__lte=date, user__is_active=True
        )


class RoleAssignment(models.Model):
    """A role held by a person from one day to another, in one division or (none) in the whole country."""

    user = models.ForeignKey(User, models.PROTECT, related_name="role_assignments")
    role = models.CharField(max_length=20, choices=Role)
    division = models.ForeignKey(Division, models.PROTECT, null=True, blank=True, related_name="+")
    effective_from = models.DateField()
    effective_to = models.DateField(null=True, blank=True)

    objects = RoleAssignmentQuerySet.as_manager()

    class Meta:
        ordering = ["user", "role", "effective_from"]
        constraints = [
            models.CheckConstraint(
                condition=Q(effective_to=None) | Q(effective_to__gt=models.F("effective_from")),
                name="role_assignment_ends_after_it_begins",
            )
        ]

    def __str__(self) -> str:
        where = self.division.name_zh if self.division else "—"
        return f"{self.user_id} {self.get_role_display()} {where}"


class RoleProposalQuerySet(models.QuerySet["RoleProposal"]):
    """Questions about proposals."""

    def open(self) -> RoleProposalQuerySet:
        """Those that somebody can still agree to."""
        return self.filter(state=ProposalState.WAITING, proposed_at__gt=timezone.now() - LAPSES_AFTER)


class RoleProposal(models.Model):
    """One officer proposes that somebody gets a role or loses one; another officer decides.

    A role that is agreed to begins, or ends, on the day of agreement. `until` is the first day without it, for
    deputies. Reasons are read by officers and auditors only; the journal holds their seal.
    """

    nonce = models.UUIDField(unique=True)
    change = models.CharField(max_length=4, choices=RoleChange)
    user = models.ForeignKey(User, models.PROTECT, related_name="role_proposals")
    role = models.CharField(max_length=20, choices=Role)
    division = models.ForeignKey(Division, models.PROTECT, null=True, blank=True, related_name="+")
    until = models.DateField(null=True, blank=True)
    reason = models.TextField(max_length=1000)
    state = models.CharField(max_length=10, choices=ProposalState, default=ProposalState.WAITING)
    proposed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    proposed_at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision = models.TextField(max_length=1000, blank=True)

    objects = RoleProposalQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=ProposalState.AGREED)
                | Q(decided_by__isnull=False, proposed_by__isnull=False) & ~Q(decided_by=models.F("proposed_by")),
                name="role_agreed_by_two",
            )
        ]

    def __str__(self) -> str:
        return f"{self.change} {self.user_id} {self.role} {self.state}"

    @property
    def has_lapsed(self) -> bool:
        """Whether nobody decided in time."""
        return self.state == ProposalState.WAITING and timezone.now() >= self.proposed_at + LAPSES_AFTER


class JournalIsAppendOnly(Exception):
    """Somebody tried to change or delete a journal entry."""


class JournalQuerySet(models.QuerySet["JournalEntry"]):
    """Reading only: the journal is written by `journal.record` and never changed."""

    def update(self, **kwargs: Any) -> NoReturn:
        raise JournalIsAppendOnly("Journal entries cannot be changed.")

    def delete(self) -> NoReturn:
        raise JournalIsAppendOnly("Journal entries cannot be deleted.")

    def about(self, kind: str, reference: str) -> JournalQuerySet:
        """Entries on one subject, or on something that belongs to it."""
        return self.filter(
            Q(subject_kind=kind, subject_id=reference) | Q(parent_kind=kind, parent_id=reference)
        )


class JournalEntry(models.Model):
    """One event of the register's history, linked by hash to the one before.

    No foreign keys: the names of the actor's role and of the subject are frozen as text, so that the
    history outlives everything it tells of. No personal data: `actor` is an opaque reference.
    """

    sequence = models.BigIntegerField(primary_key=True)
    recorded_at = models.DateTimeField()
    event_type = models.CharField(max_length=40, choices=EventType)
    effective_on = models.DateField(null=True)
    actor = models.CharField(max_length=40)
    actor_role = models.CharField(max_length=20)
    actor_division = models.CharField(max_length=6, blank=True)
    subject_kind = models.CharField(max_length=30)
    subject_id = models.CharField(max_length=40)
    subject_label = models.CharField(max_length=200)
    parent_kind = models.CharField(max_length=30, blank=True)
    parent_id = models.CharField(max_length=40, blank=True)
    source = models.CharField(max_length=400, blank=True)
    payload = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    objects = JournalQuerySet.as_manager()

    class Meta:
        ordering = ["-sequence"]
        indexes = [
            models.Index(fields=["subject_kind", "subject_id"], name="journal_subject"),
            models.Index(fields=["parent_kind", "parent_id"], name="journal_parent"),
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.event_type} {self.subject_label}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise JournalIsAppendOnly("Journal entries cannot be changed.")
        super().save(*args, force_insert=True)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise JournalIsAppendOnly("Journal entries cannot be deleted.")


class JournalHead(models.Model):
    """One row: the last sequence number and hash. Locking it makes the sequence free of gaps."""

    sequence = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64)


class ApiKey(models.Model):
    """With it the programs of an organisation may ask the API more often. `hash` is all that is stored of it."""

    holder = models.CharField(max_length=120)
    hash = models.CharField(max_length=64, unique=True)
    note = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    issued_by = models.CharField(max_length=40)
    ended_by = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.pk} {self.holder}"


class Written(models.Model):
    """Words that somebody wrote in an office, as they were written. The journal holds only their seal.

    The seal is the SHA-256 of salt and text: it proves the text later without letting anybody guess it now.
    """

    text = models.TextField(max_length=4000)
    salt = models.CharField(max_length=32)
    by = models.ForeignKey("gi_registry.User", models.PROTECT, related_name="+")
    role = models.CharField(max_length=20)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True


class RunningClock(models.Model):
    """A term with its last day. Nothing happens by itself when it runs out.

    `provisional`: the holidays of the last day's year were not published yet. `stopped_on` is None while it runs.
    """

    started_on = models.DateField()
    due_on = models.DateField()
    provisional = models.BooleanField(default=False)
    stopped_on = models.DateField(null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def is_late(self) -> bool:
        """Whether the last day is over."""
        return timezone.localdate() > self.due_on


class SearchText(models.Model):
    """Base of the search tables: one row of tokens a record; see `full_text.py`."""

    tokens = models.TextField()

    class Meta:
        abstract = True
