"""Applications to use the special mark, and all that belongs to their files. Nothing here is public."""

from __future__ import annotations

import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.functional import cached_property

from enterprises.clocks import ClockKind, ClockRule
from enterprises.models import Authorisation, DecisionAuthority, Enterprise
from enterprises.states import (
    OPEN,
    OVER,
    ApplicationKind,
    ApplicationState,
    DecidedBy,
    DocumentKind,
    LawfulUser,
    NoteKind,
    SiteResult,
    StopGround,
    StopState,
)
from gi_registry.models import Division, JournalEntry, RunningClock, Written
from gi_registry.roles import Role
from products.models import Announcement, Product

User = settings.AUTH_USER_MODEL


class MarkApplicationQuerySet(models.QuerySet["MarkApplication"]):
    """Questions about applications."""

    def of(self, enterprise: Enterprise) -> MarkApplicationQuerySet:
        """Of one enterprise."""
        return self.filter(enterprise=enterprise)

    def open(self) -> MarkApplicationQuerySet:
        """Sent in and not finished."""
        return self.filter(state__in=OPEN)

    def sent(self) -> MarkApplicationQuerySet:
        """Everything but drafts, which nobody but the enterprise sees."""
        return self.exclude(state=ApplicationState.DRAFT)


class MarkApplication(models.Model):
    """What an enterprise asks for: to use the mark on a product, or to change the terms of doing so.

    `version` grows with every save of a draft, so that of two windows the second is told. `nonce` makes a form
    that is sent twice start one file. `division` is that of the first production site: its officials review.
    """

    reference = models.CharField(max_length=20, unique=True)
    nonce = models.UUIDField(unique=True)
    kind = models.CharField(max_length=10, choices=ApplicationKind)
    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="applications")
    product = models.ForeignKey(Product, models.PROTECT, null=True, blank=True, related_name="mark_applications")
    authorisation = models.ForeignKey(Authorisation, models.PROTECT, null=True, blank=True, related_name="changes")
    state = models.CharField(max_length=20, choices=ApplicationState, default=ApplicationState.DRAFT)
    version = models.PositiveIntegerField(default=1)
    lawful_user = models.CharField(max_length=1, choices=LawfulUser, blank=True)
    mark_number = models.CharField(max_length=40, blank=True)
    licence_until = models.DateField(null=True, blank=True)
    mark_until = models.DateField(null=True, blank=True)
    varieties = models.JSONField(default=list, blank=True)
    standard = models.CharField(max_length=120, blank=True)
    yearly_output = models.DecimalField(max_digits=14, decimal_places=3, null=True, blank=True)
    output_unit = models.CharField(max_length=20, blank=True)
    packs = models.JSONField(default=list, blank=True)
    explanation = models.TextField(max_length=2000, blank=True)
    started_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    started_at = models.DateTimeField(default=timezone.now)
    division = models.ForeignKey(Division, models.PROTECT, null=True, blank=True, related_name="+")
    submitted_at = models.DateTimeField(null=True, blank=True)
    defects_notified_on = models.DateField(null=True, blank=True)
    accepted_on = models.DateField(null=True, blank=True)
    assigned_to = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    decided_on = models.DateField(null=True, blank=True)
    announcement = models.ForeignKey(
        Announcement, models.PROTECT, null=True, blank=True, related_name="mark_applications"
    )

    objects = MarkApplicationQuerySet.as_manager()

    class Meta:
        ordering = ["-submitted_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state=ApplicationState.DRAFT)
                | Q(submitted_at__isnull=False, product__isnull=False, division__isnull=False),
                name="application_sent_is_complete",
            ),
            models.CheckConstraint(
                condition=~Q(state=ApplicationState.ANNOUNCED) | Q(announcement__isnull=False),
                name="application_announced_names_announcement",
            ),
            models.CheckConstraint(
                condition=~Q(kind=ApplicationKind.CHANGE) | Q(authorisation__isnull=False),
                name="application_change_names_authorisation",
            ),
        ]
        indexes = [models.Index(fields=["state", "division"], name="application_queue")]

    def __str__(self) -> str:
        return self.reference

    # --- Facts that the guards in states.py ask for ---

    @property
    def decided_by(self) -> DecidedBy:
        """Who decides today: the province while it takes part in the pilot, else the nation."""
        return decided_by(self.division, timezone.localdate())

    def clock(self, kind: str) -> Deadline | None:
        """The running clock of a kind."""
        return next((row for row in self.deadlines.all() if row.kind == kind and row.stopped_on is None), None)

    @property
    def is_deemed_accepted(self) -> bool:
        """Nothing was said in time: the file counts as accepted (Administrative Licensing Law, Art. 32)."""
        clock = self.clock(ClockKind.ACCEPTANCE)
        return bool(clock) and clock.is_late  # type: ignore[union-attr]

    @property
    def reply_is_late(self) -> bool:
        """The time to reply to the notice of defects has run out."""
        clock = self.clock(ClockKind.REPLY)
        return bool(clock) and clock.is_late  # type: ignore[union-attr]

    @cached_property
    def all_sites(self) -> list[ProductionSite]:
        """The production sites with their checks."""
        return list(self.sites.select_related("division__parent__parent").prefetch_related("checks"))

    @property
    def sites_unchecked(self) -> list[ProductionSite]:
        """Sites that nobody has checked yet; a file without sites has one to check."""
        return [site for site in self.all_sites if site.last_check is None]

    @property
    def sites_failed(self) -> list[ProductionSite]:
        """Sites whose last check was not passed."""
        return [site for site in self.all_sites if site.last_check and not site.last_check.passed]

    @property
    def product_in_force(self) -> bool:
        """Whether the product is protected today."""
        return Product.objects.in_force().filter(pk=self.product_id).exists()

    @property
    def duplicates_live(self) -> bool:
        """Whether the enterprise is authorised for the product already (a change needs that)."""
        if self.kind == ApplicationKind.CHANGE:
            return False
        rows = Authorisation.objects.in_force().filter(enterprise=self.enterprise_id, product=self.product_id)
        return rows.exists()

    @property
    def authorisation_over(self) -> bool:
        """Whether the authorisation that a change is for has ended meanwhile."""
        return self.authorisation is not None and self.authorisation.state in OVER

    @property
    def reviewer_references(self) -> set[str]:
        """Opaque references of the officials who have made an earlier step on the file; they may not decide."""
        entries = JournalEntry.objects.about("application", self.reference)
        officials = (Role.REVIEWER, Role.APPROVER, Role.OFFICER)
        return set(entries.filter(actor_role__in=officials).values_list("actor", flat=True))


def decided_by(division: Division | None, on: datetime.date) -> DecidedBy:
    """Who decides on a file of a division on a date."""
    if division is None:
        return DecidedBy.NATION
    rows = DecisionAuthority.objects.filter(province=division.lineage()[0], effective_from__lte=on)
    pilot = rows.filter(Q(effective_to=None) | Q(effective_to__gt=on)).exists()
    return DecidedBy.PROVINCE if pilot else DecidedBy.NATION


class ProductionSite(models.Model):
    """Where the product is made: a division and an address in it."""

    application = models.ForeignKey(MarkApplication, models.CASCADE, related_name="sites")
    division = models.ForeignKey(Division, models.PROTECT, related_name="+")
    address = models.CharField(max_length=200)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.application_id} {self.division_id}"

    @property
    def last_check(self) -> SiteCheck | None:
        """The latest check of the site, if there is one."""
        return max(self.checks.all(), key=lambda check: check.pk, default=None)


class Document(models.Model):
    """An uploaded document, cleaned and kept under a random name. Removed ones of a draft leave no row."""

    application = models.ForeignKey(MarkApplication, models.CASCADE, related_name="documents")
    kind = models.CharField(max_length=20, choices=DocumentKind)
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
        constraints = [models.UniqueConstraint(fields=["application", "kind", "sha256"], name="document_once")]

    def __str__(self) -> str:
        return f"{self.application_id} {self.kind}"


class SiteCheck(models.Model):
    """What an official found at a production site (产地核验)."""

    site = models.ForeignKey(ProductionSite, models.PROTECT, related_name="checks")
    checked_on = models.DateField()
    result = models.CharField(max_length=10, choices=SiteResult)
    findings = models.TextField(max_length=4000)
    salt = models.CharField(max_length=32)
    report = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="+")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.site_id} {self.result}"

    @property
    def passed(self) -> bool:
        return self.result == SiteResult.INSIDE


class Note(Written):
    """What somebody wrote into a file."""

    application = models.ForeignKey(MarkApplication, models.CASCADE, related_name="notes")
    kind = models.CharField(max_length=12, choices=NoteKind)
    move = models.CharField(max_length=30, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.application_id} {self.kind}"


class Deadline(RunningClock):
    """A clock of a file, with the rule that made it."""

    application = models.ForeignKey(MarkApplication, models.CASCADE, related_name="deadlines")
    kind = models.CharField(max_length=20, choices=ClockKind)
    rule = models.CharField(max_length=40, choices=ClockRule)

    class Meta:
        ordering = ["due_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "kind"], condition=Q(stopped_on=None), name="deadline_running_once"
            ),
            models.CheckConstraint(condition=Q(due_on__gte=F("started_on")), name="deadline_after_start"),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} {self.kind} {self.due_on}"


class Notice(models.Model):
    """Something that somebody should know, shown after signing in; told by mail too."""

    user = models.ForeignKey(User, models.CASCADE, related_name="notices")
    application = models.ForeignKey(MarkApplication, models.CASCADE, null=True, related_name="notices")
    event = models.CharField(max_length=40)
    at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["user", "read_at"], name="notice_unread")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.event}"


class StopCase(models.Model):
    """A proposal to end an authorisation; somebody else decides."""

    authorisation = models.ForeignKey(Authorisation, models.PROTECT, related_name="stop_cases")
    ground = models.CharField(max_length=20, choices=StopGround)
    text = models.TextField(max_length=4000)
    salt = models.CharField(max_length=32)
    state = models.CharField(max_length=10, choices=StopState, default=StopState.PROPOSED)
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    decision = models.TextField(max_length=4000, blank=True)
    decided_on = models.DateField(null=True, blank=True)
    announcement = models.ForeignKey(
        Announcement, models.PROTECT, null=True, blank=True, related_name="stop_cases"
    )

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["authorisation"], condition=Q(state=StopState.PROPOSED), name="stop_case_open_once"
            ),
            models.CheckConstraint(
                condition=~Q(state=StopState.DECIDED) | Q(decided_by__isnull=False, decided_on__isnull=False),
                name="stop_case_decided_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.authorisation_id} {self.ground}"

    @property
    def proposed_by_reference(self) -> str:
        return f"user:{self.proposed_by_id}"
