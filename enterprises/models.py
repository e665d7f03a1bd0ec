"""Enterprises, the people who act for them, their applications, and their authorisations to use the mark."""

from __future__ import annotations

import datetime

from django.conf import settings
from django.db import models
from django.db.models import Case, CharField, Exists, F, OuterRef, Q, Value, When
from django.urls import reverse
from django.utils import timezone

from enterprises.credit_codes import DEMO_REGION
from enterprises.states import OVER, USABLE, AuthorisationBasis, AuthorisationState, SuspensionGround
from gi_registry.models import Division, SearchText
from gi_registry.partial_dates import Precision
from gi_registry.roles import Role
from products.models import Announcement, Product
from products.states import Basis

# No real body has a credit code of this region.
DEMONSTRATION_CODE = f"^..{DEMO_REGION}"


class EnterpriseQuerySet(models.QuerySet["Enterprise"]):
    """Questions about enterprises."""

    def real(self) -> EnterpriseQuerySet:
        """Without demonstration data: every public list and figure rests on these only."""
        return self.exclude(uscc__regex=DEMONSTRATION_CODE)

    def public(self) -> EnterpriseQuerySet:
        """Those with an authorisation, of today or the past: one that only applies is nobody's business yet."""
        return self.filter(Exists(Authorisation.objects.filter(enterprise=OuterRef("pk"))))


class Enterprise(models.Model):
    """A body that uses the special mark, did, or applies to. `uscc` is missing where no source shows it."""

    reference = models.CharField(max_length=12, unique=True)
    name_zh = models.CharField(max_length=120, db_index=True)
    name_en = models.CharField(max_length=200, blank=True)
    uscc = models.CharField(max_length=18, null=True, blank=True, unique=True)
    province = models.ForeignKey(Division, models.PROTECT, null=True, blank=True, related_name="+")
    basis = models.CharField(max_length=20, choices=Basis)

    objects = EnterpriseQuerySet.as_manager()

    class Meta:
        ordering = ["name_zh", "pk"]

    def __str__(self) -> str:
        return self.name_zh

    @property
    def key(self) -> str:
        """What stands in the address: the credit code, or the register's reference where none is known."""
        return self.uscc or self.reference

    @property
    def is_demo(self) -> bool:
        """Whether this is demonstration data: no real body has a credit code of this region."""
        return bool(self.uscc) and self.uscc[2:8] == DEMO_REGION  # type: ignore[index]

    def get_absolute_url(self) -> str:
        return reverse("enterprises:record", args=[self.key])


class EnterpriseSearchText(SearchText):
    """Search tokens of an enterprise."""

    enterprise = models.OneToOneField(
        Enterprise, models.CASCADE, primary_key=True, related_name="search_text"
    )


class StandingField(CharField):  # type: ignore[type-arg]
    """Text of the database as a member of AuthorisationState, with its words."""

    def from_db_value(self, value: str, *args: object) -> AuthorisationState:
        return AuthorisationState(value)


def standing_on(date: datetime.date) -> Case:
    """Expression on authorisations begun by a date: the AuthorisationState that can be told for that date."""
    over = Q(effective_to__lte=date)
    dated = Suspension.objects.filter(authorisation=OuterRef("pk"))
    suspended = dated.filter(Q(effective_to=None) | Q(effective_to__gt=date), effective_from__lte=date)
    undated = Q(state=AuthorisationState.SUSPENDED) & ~Exists(dated)  # told by a source that names no day
    return Case(
        When(over & Q(state=AuthorisationState.REVOKED), then=Value(AuthorisationState.REVOKED)),
        When(over, then=Value(AuthorisationState.ENDED)),
        When(basis=AuthorisationBasis.REPORTED, then=Value(AuthorisationState.REPORTED)),
        When(Exists(suspended) | undated, then=Value(AuthorisationState.SUSPENDED)),
        default=Value(AuthorisationState.IN_FORCE),
        output_field=StandingField(),
    )


class AuthorisationQuerySet(models.QuerySet["Authorisation"]):
    """Questions about authorisations."""

    def begun(self, date: datetime.date | None = None) -> AuthorisationQuerySet:
        """Begun by a date (default today), each with what can be told of it on that date as `standing`."""
        date = date or timezone.localdate()
        return self.filter(effective_from__lte=date).annotate(standing=standing_on(date))

    def in_force(self, date: datetime.date | None = None) -> AuthorisationQuerySet:
        """Confirmed, begun, neither over nor suspended on a date: what the public may rely on."""
        date = date or timezone.localdate()
        standing = standing_on(date)
        return self.alias(known=standing).filter(effective_from__lte=date, known=AuthorisationState.IN_FORCE)

    def real(self) -> AuthorisationQuerySet:
        """Without demonstration data: every public list and figure rests on these only."""
        return self.exclude(enterprise__uscc__regex=DEMONSTRATION_CODE)


class Authorisation(models.Model):
    """The right of one enterprise to use the special mark on one product, from one day to another.

    `effective_from` holds the last possible day of a half-known date, or the day of the data set where
    the source gives no date at all (`effective_precision` is then empty).
    """

    reference = models.CharField(max_length=12, unique=True)
    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="authorisations")
    product = models.ForeignKey(
        Product, models.PROTECT, null=True, blank=True, related_name="authorisations"
    )
    product_text = models.CharField(max_length=60, blank=True)
    announcement = models.ForeignKey(
        Announcement, models.PROTECT, null=True, blank=True, related_name="authorisations"
    )
    state = models.CharField(max_length=10, choices=AuthorisationState)
    basis = models.CharField(max_length=10, choices=AuthorisationBasis)
    effective_from = models.DateField()
    effective_precision = models.CharField(max_length=5, choices=Precision, blank=True)
    effective_to = models.DateField(null=True, blank=True)
    last_used_on = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=200, blank=True)
    note = models.CharField(max_length=400, blank=True)

    objects = AuthorisationQuerySet.as_manager()

    class Meta:
        ordering = ["enterprise__name_zh", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(effective_to=None) | Q(effective_to__gte=F("effective_from")),
                name="authorisation_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(product__isnull=False) | ~Q(basis=AuthorisationBasis.DECIDED),
                name="authorisation_decided_names_product",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[AuthorisationState.REVOKED, AuthorisationState.ENDED])
                | Q(effective_to__isnull=False),
                name="authorisation_over_has_last_day",
            ),
            # However many decide at once, an enterprise is authorised for a product once.
            models.UniqueConstraint(
                fields=["enterprise", "product"],
                condition=Q(basis=AuthorisationBasis.DECIDED) & ~Q(state__in=OVER),
                name="authorisation_live_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enterprise_id} {self.product_text}"

    @property
    def may_be_used(self) -> bool:
        """Whether the mark may be used today: decided and neither suspended nor over, of a product protected today."""
        if self.state not in USABLE or self.basis == AuthorisationBasis.REPORTED:
            return False
        today = timezone.localdate()
        if self.effective_from > today or (self.effective_to is not None and self.effective_to <= today):
            return False
        return Product.objects.in_force(today).filter(pk=self.product_id).exists()

    def get_absolute_url(self) -> str:
        return reverse("enterprises:authorisation", args=[self.reference])


class Suspension(models.Model):
    """A time in which the use of the mark is suspended; without a last day it still is."""

    authorisation = models.ForeignKey(Authorisation, models.PROTECT, related_name="suspensions")
    ground = models.CharField(max_length=20, choices=SuspensionGround)
    effective_from = models.DateField()
    effective_to = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["authorisation", "effective_from", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["authorisation"], condition=Q(effective_to=None), name="suspension_open_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.authorisation_id} {self.effective_from}"


class Terms(models.Model):
    """What an authorisation covers, from one day to another: a change begins new terms, the old ones stay."""

    authorisation = models.ForeignKey(Authorisation, models.PROTECT, related_name="terms")
    application = models.OneToOneField("MarkApplication", models.PROTECT, related_name="terms")
    announcement = models.ForeignKey(Announcement, models.PROTECT, related_name="terms")
    varieties = models.JSONField(default=list)
    standard = models.CharField(max_length=120)
    sites = models.ManyToManyField(Division, related_name="+")
    effective_from = models.DateField()
    effective_to = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["authorisation", "effective_from", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["authorisation"], condition=Q(effective_to=None), name="terms_current_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.authorisation_id} {self.effective_from}"


class DecisionAuthority(models.Model):
    """A time in which a province decides on the use of the mark itself; outside of it the nation decides."""

    province = models.ForeignKey(Division, models.PROTECT, related_name="+")
    effective_from = models.DateField()
    effective_to = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=200)
    note = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ["province", "effective_from"]
        constraints = [
            models.UniqueConstraint(fields=["province", "effective_from"], name="decision_authority_once")
        ]

    def __str__(self) -> str:
        return f"{self.province_id} {self.effective_from}"


# --- People who act for an enterprise. Personal: never public, never in the journal. ---


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Questions about memberships."""

    def current(self) -> MembershipQuerySet:
        """Of people who act for an enterprise now."""
        return self.filter(ended_at=None, user__is_active=True)


class Membership(models.Model):
    """Somebody acts for an enterprise, as its owner or as an operator, from one moment to another."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="memberships")
    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="memberships")
    role = models.CharField(
        max_length=20, choices=[(role.value, role.label) for role in (Role.ENTERPRISE_OWNER, Role.ENTERPRISE_OPERATOR)]
    )
    began_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["enterprise", "-role", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(ended_at=None), name="membership_one_enterprise"),
            models.UniqueConstraint(
                fields=["enterprise"],
                condition=Q(ended_at=None, role=Role.ENTERPRISE_OWNER),
                name="membership_one_owner",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role} {self.enterprise_id}"


class MembershipRequest(models.Model):
    """What somebody signed up for: to act for the enterprise with this credit code. The owner answers, if any."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="membership_request")
    uscc = models.CharField(max_length=18, db_index=True)
    name_zh = models.CharField(max_length=120)
    asked_at = models.DateTimeField(default=timezone.now)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    accepted = models.BooleanField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.user_id} {self.uscc}"


class Invitation(models.Model):
    """The owner asks somebody to act for the enterprise as an operator; the mail holds a signed link."""

    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="invitations")
    email = models.EmailField()
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    invited_at = models.DateTimeField(default=timezone.now)
    answered_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.enterprise_id} {self.pk}"

