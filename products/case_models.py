"""Protection cases and all that belongs to them: area, papers, notes, clocks, technical reviews, dated steps.

A case is private until its law makes it public (`public_from`); what people write in it stays private always.
"""

from __future__ import annotations

import datetime
from functools import cached_property

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from gi_registry.models import Division, JournalEntry, RunningClock, Written
from gi_registry.partial_dates import Precision
from gi_registry.roles import Role
from products.case_states import (
    MAIN_CONTENT,
    OPEN_CASES,
    ApplicantKind,
    CaseClock,
    CaseClockRule,
    CaseKind,
    CaseNoteKind,
    CaseState,
    LegalBasis,
    PaperKind,
    ProposerLevel,
    RequesterKind,
    ReviewResult,
    RevocationGround,
)
from products.models import Announcement, Right
from products.objection_models import Objection, PublicNotice
from products.objection_states import UNDECIDED, UNDER_EXAMINATION, ObjectionState
from products.states import Category, Extent
from products.system_models import ProtectionRequirement

User = settings.AUTH_USER_MODEL


class ProtectionCaseQuerySet(models.QuerySet["ProtectionCase"]):
    """Questions about cases."""

    def open(self) -> ProtectionCaseQuerySet:
        """Sent in and not finished."""
        return self.filter(state__in=sorted(OPEN_CASES))

    def public(self, on: datetime.date | None = None) -> ProtectionCaseQuerySet:
        """Those that the public may read on a date (default today), demonstration too: pages mark it."""
        return self.filter(public_from__lte=on or timezone.localdate())

    def real(self) -> ProtectionCaseQuerySet:
        """Without demonstration data: public lists and figures rest on these only."""
        return self.filter(demonstration=False)


class ProtectionCase(models.Model):
    """A case (保护申请, 变更, 撤销) under the law of its time.

    `right`: what a change or revocation is about; of a recognition what came of it. `requirements` holds the text of
    each `RequirementPart`. `division` is the place whose officials prepare the case and whose province gives its
    opinion. `version` grows with every save of a draft. `historic`: decided before this register ran; its steps were
    entered from sources. `source` names those, or is empty.
    """

    reference = models.CharField(max_length=20, unique=True)
    nonce = models.UUIDField(unique=True)
    kind = models.CharField(max_length=12, choices=CaseKind)
    legal_basis = models.CharField(max_length=12, choices=LegalBasis)
    state = models.CharField(max_length=14, choices=CaseState, default=CaseState.DRAFT)
    version = models.PositiveIntegerField(default=1)
    division = models.ForeignKey(Division, models.PROTECT, related_name="+")
    right = models.ForeignKey(Right, models.PROTECT, null=True, blank=True, related_name="cases")
    name_zh = models.CharField(max_length=60)
    name_en = models.CharField(max_length=200, blank=True)
    category = models.CharField(max_length=12, choices=Category, blank=True)
    applicant_kind = models.CharField(max_length=12, choices=ApplicantKind, blank=True)
    applicant = models.CharField(max_length=120, blank=True)
    applicant_code = models.CharField(max_length=18, blank=True)
    proposer = models.CharField(max_length=120, blank=True)
    proposer_level = models.CharField(max_length=12, choices=ProposerLevel, blank=True)
    proposal_number = models.CharField(max_length=80, blank=True)
    proposal_on = models.DateField(null=True, blank=True)
    area_text = models.CharField(max_length=400, blank=True)
    requirements = models.JSONField(default=dict, blank=True)
    requester_kind = models.CharField(max_length=12, choices=RequesterKind, blank=True)
    ground = models.CharField(max_length=16, choices=RevocationGround, blank=True)
    filed_on = models.DateField(null=True, blank=True)
    defects_notified_on = models.DateField(null=True, blank=True)
    decided_on = models.DateField(null=True, blank=True)
    public_from = models.DateField(null=True, blank=True)
    historic = models.BooleanField(default=False)
    demonstration = models.BooleanField(default=False)
    source = models.CharField(max_length=400, blank=True)
    started_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    started_at = models.DateTimeField(default=timezone.now)

    objects = ProtectionCaseQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind=CaseKind.RECOGNITION) | Q(right__isnull=False), name="case_names_what_it_is_about"
            ),
            models.CheckConstraint(
                condition=Q(kind=CaseKind.RECOGNITION) | Q(legal_basis=LegalBasis.ORDER_80),
                name="case_change_under_order_80",
            ),
            models.CheckConstraint(
                condition=Q(state=CaseState.DRAFT) | Q(filed_on__isnull=False) | Q(historic=True),
                name="case_sent_has_day",
            ),
            # One open revocation and one open change of a right at a time: what a decision rests on stands still.
            models.UniqueConstraint(
                fields=["right", "kind"],
                condition=Q(state__in=sorted(OPEN_CASES)) & ~Q(kind=CaseKind.RECOGNITION),
                name="case_open_once",
            ),
        ]
        indexes = [models.Index(fields=["state", "division"], name="case_queue")]

    def __str__(self) -> str:
        return f"{self.reference} {self.name_zh}"

    def get_absolute_url(self) -> str:
        return reverse("products:case", args=[self.reference])

    # --- Facts that the guards in case_states.py ask for ---

    @cached_property
    def notices_of_case(self) -> list[PublicNotice]:
        """The public notices of the case, the oldest first."""
        return list(self.notices.order_by("first_day", "pk"))

    @property
    def may_be_objected(self) -> bool:
        """Whether the time to object is running or still to come: on the day of publication it has not begun."""
        return any(notice.last_day >= timezone.localdate() for notice in self.notices_of_case)

    @cached_property
    def objections(self) -> list[Objection]:
        """The objections to the case."""
        return list(Objection.objects.filter(notice__case=self.pk))

    @property
    def undecided_objections(self) -> list[Objection]:
        """Objections that wait for a step."""
        return [one for one in self.objections if one.state in UNDECIDED]

    @property
    def admitted_objections(self) -> list[Objection]:
        """Objections that are admitted and not decided."""
        return [one for one in self.objections if one.state in UNDER_EXAMINATION]

    @property
    def upheld_objections(self) -> list[Objection]:
        """Objections that were upheld."""
        return [one for one in self.objections if one.state == ObjectionState.UPHELD]

    @cached_property
    def last_review(self) -> TechnicalReview | None:
        """The technical review that counts: the latest."""
        return self.reviews.order_by("pk").last()

    @property
    def review_result(self) -> str:
        """What the technical review came to; empty while there is none."""
        return self.last_review.result if self.last_review else ""

    @property
    def touches_main_content(self) -> bool:
        """Whether a change touches the main content."""
        return bool(self.changed_parts & MAIN_CONTENT)

    @cached_property
    def changed_parts(self) -> frozenset[str]:
        """Parts of the requirements that a change would alter, against the version in force; the area by its rows."""
        if self.right is None:
            return frozenset()
        last = ProtectionRequirement.objects.filter(right=self.right_id, effective_to=None).last()
        before = last.parts if last else {}
        names = {part for part, text in self.requirements.items() if text.strip() != before.get(part, "").strip()}
        rows = {(row.division_id, row.extent) for row in self.areas.all()}
        live = set(self.right.areas.on().values_list("division_id", "extent"))
        if rows and rows != live:
            names.add("area")
        if self.name_zh != self.right.product.name_zh:
            names.add("name")
        return frozenset(names)

    @property
    def handler_references(self) -> set[str]:
        """Opaque references of the officials who made an earlier step; they may not decide."""
        entries = JournalEntry.objects.about("case", self.reference)
        officials = (Role.REVIEWER, Role.APPROVER, Role.OFFICER)
        return set(entries.filter(actor_role__in=officials).values_list("actor", flat=True))

    def clock(self, kind: str) -> CaseDeadline | None:
        """The running clock of a kind."""
        return next((row for row in self.deadlines.all() if row.kind == kind and row.stopped_on is None), None)

    @property
    def reply_is_late(self) -> bool:
        """The time to reply to the notice of defects has run out; without a clock there is no time to wait for."""
        clock = self.clock(CaseClock.REPLY)
        return clock is None or clock.is_late


class CaseArea(models.Model):
    """A division, or part of one, of the area that a case asks for."""

    case = models.ForeignKey(ProtectionCase, models.CASCADE, related_name="areas")
    division = models.ForeignKey(Division, models.PROTECT, related_name="+")
    extent = models.CharField(max_length=10, choices=Extent)
    note = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ["division__code"]
        constraints = [models.UniqueConstraint(fields=["case", "division"], name="case_area_once")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.division_id}"


class CasePaper(models.Model):
    """A document of a case, cleaned and kept under a random name. The map of the area is public with the case."""

    case = models.ForeignKey(ProtectionCase, models.CASCADE, related_name="papers")
    kind = models.CharField(max_length=16, choices=PaperKind)
    title = models.CharField(max_length=120)
    name = models.CharField(max_length=80, unique=True)
    media_type = models.CharField(max_length=20)
    size = models.PositiveIntegerField()
    pages = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["kind", "pk"]
        constraints = [models.UniqueConstraint(fields=["case", "kind", "sha256"], name="case_paper_once")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind}"


class CaseNote(Written):
    """What somebody wrote into a case."""

    case = models.ForeignKey(ProtectionCase, models.CASCADE, related_name="notes")
    kind = models.CharField(max_length=12, choices=CaseNoteKind)
    move = models.CharField(max_length=30, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind}"


class CaseDeadline(RunningClock):
    """A clock of a case, with the rule that made it."""

    case = models.ForeignKey(ProtectionCase, models.CASCADE, related_name="deadlines")
    kind = models.CharField(max_length=12, choices=CaseClock)
    rule = models.CharField(max_length=20, choices=CaseClockRule)

    class Meta:
        ordering = ["due_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "kind"], condition=Q(stopped_on=None), name="case_deadline_running_once"
            ),
            models.CheckConstraint(condition=Q(due_on__gte=F("started_on")), name="case_deadline_after_start"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind} {self.due_on}"


class TechnicalReview(models.Model):
    """The meeting of experts on a case. `experts` lists their fields and offices, as in "tea science": never names."""

    case = models.ForeignKey(ProtectionCase, models.PROTECT, related_name="reviews")
    held_on = models.DateField()
    experts = models.JSONField(default=list)
    site_checked_on = models.DateField(null=True, blank=True)
    result = models.CharField(max_length=8, choices=ReviewResult)
    opinion = models.TextField(max_length=4000)
    salt = models.CharField(max_length=32)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.case_id} {self.held_on}"


class CaseStep(models.Model):
    """A state that a case came into on a day: made here, or (`source` is set) entered from what was published then."""

    case = models.ForeignKey(ProtectionCase, models.PROTECT, related_name="steps")
    state = models.CharField(max_length=14, choices=CaseState)
    on = models.DateField()
    precision = models.CharField(max_length=5, choices=Precision, default=Precision.DAY)
    announcement = models.ForeignKey(
        Announcement, models.PROTECT, null=True, blank=True, related_name="case_steps"
    )
    source = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ["on", "pk"]

    def __str__(self) -> str:
        return f"{self.case_id} {self.state} {self.on}"
