"""What is protected, where, by which act, and on which lists it stands."""

from __future__ import annotations

import datetime

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gi_registry.models import Division, SearchText
from gi_registry.partial_dates import Precision
from products.announcement_numbers import Issuer
from products.states import (
    CONFIRMED,
    AnnouncementKind,
    AreaBasis,
    Basis,
    Category,
    DateBasis,
    EntryStatus,
    Extent,
    HomeRight,
    MatchBasis,
    NameKind,
    ProductStatus,
    Side,
    Track,
)


def in_force(on: datetime.date | None = None, prefix: str = "") -> Q:
    """Confirmed, begun and not ended on a date (default today); the one rule for products and rights."""
    on = on or timezone.localdate()
    return in_force_between(on, on, prefix)


def in_force_between(first: datetime.date, last: datetime.date, prefix: str = "") -> Q:
    """The same on at least one of the days from `first` to `last`."""
    return Q(
        Q(**{f"{prefix}effective_to": None}) | Q(**{f"{prefix}effective_to__gt": first}),
        **{f"{prefix}status__in": CONFIRMED | {ProductStatus.REVOKED}, f"{prefix}effective_from__lte": last},
    )


class Source(models.Model):
    """Where a fact was read."""

    key = models.CharField(max_length=60, unique=True)
    kind = models.CharField(max_length=100, blank=True)
    title = models.CharField(max_length=400)
    date_text = models.CharField(max_length=60, blank=True)
    note = models.CharField(max_length=400, blank=True)
    address = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return f"{self.key} {self.title}"


class ProductQuerySet(models.QuerySet["Product"]):
    """Questions about products."""

    def in_force(self, on: datetime.date | None = None) -> ProductQuerySet:
        """Products with at least one right in force on a date."""
        return self.filter(Exists(Right.objects.filter(in_force(on), product=OuterRef("pk"))))


class Product(models.Model):
    """A GI: one name from one place, whatever legal tracks protect it.

    `number` is the register's own stable number and address; it is never shown as an official one. The
    columns from `status` on sum up the rights; only the registrar writes them, together with the rights.
    """

    number = models.PositiveIntegerField(unique=True)
    name_zh = models.CharField(max_length=60, db_index=True)
    name_pinyin = models.CharField(max_length=200, blank=True)
    name_en = models.CharField(max_length=200, blank=True)
    name_en_basis = models.CharField(max_length=200, blank=True)
    category = models.CharField(max_length=12, choices=Category)
    province = models.ForeignKey(Division, models.PROTECT, null=True, blank=True, related_name="+")
    province_basis = models.CharField(max_length=100, blank=True)
    status = models.CharField(max_length=20, choices=ProductStatus)
    effective_from = models.DateField(null=True, blank=True)
    effective_to = models.DateField(null=True, blank=True)
    first_year = models.PositiveSmallIntegerField(null=True, blank=True)

    objects = ProductQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["name_zh", "province"], name="product_name_and_province")]
        indexes = [
            models.Index(fields=["category"], name="product_category"),
            models.Index(fields=["status"], name="product_status"),
            models.Index(fields=["first_year"], name="product_first_year"),
        ]

    def __str__(self) -> str:
        return self.name_zh

    def get_absolute_url(self) -> str:
        return reverse("products:record", args=[self.number])

    @property
    def is_confirmed(self) -> bool:
        """Whether the register counts the product as protected."""
        return self.status in CONFIRMED


class FormerNumber(models.Model):
    """A number that led to a product before; its address redirects."""

    number = models.PositiveIntegerField(unique=True)
    product = models.ForeignKey(Product, models.PROTECT, related_name="former_numbers")

    def __str__(self) -> str:
        return str(self.number)


class ProductName(models.Model):
    """A further name: alias, former name, name abroad, or a reading that automatic pinyin gets wrong."""

    product = models.ForeignKey(Product, models.PROTECT, related_name="names")
    kind = models.CharField(max_length=10, choices=NameKind)
    language = models.CharField(max_length=20, default="zh-Hans")
    text = models.CharField(max_length=200)
    source = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["kind", "pk"]
        constraints = [models.UniqueConstraint(fields=["product", "kind", "text"], name="product_name_once")]

    def __str__(self) -> str:
        return self.text


class ProductSearchText(SearchText):
    """Search tokens of a product."""

    product = models.OneToOneField(Product, models.CASCADE, primary_key=True, related_name="search_text")


class RightQuerySet(models.QuerySet["Right"]):
    """Questions about rights."""

    def in_force(self, on: datetime.date | None = None) -> RightQuerySet:
        """Rights that are confirmed and in force on a date."""
        return self.filter(in_force(on))


class Right(models.Model):
    """Protection of a product on one legal track, with its own acts, dates and area.

    `approved_on` and `effective_from` hold the last possible day of a half-known date, so that a question
    about a past day never gets a yes that the source does not support.
    """

    product = models.ForeignKey(Product, models.PROTECT, related_name="rights")
    reference = models.CharField(max_length=12, unique=True)
    track = models.CharField(max_length=20, choices=Track)
    status = models.CharField(max_length=20, choices=ProductStatus)
    status_note = models.CharField(max_length=60, blank=True)
    approved_on = models.DateField(null=True, blank=True)
    approved_precision = models.CharField(max_length=5, choices=Precision, blank=True)
    effective_from = models.DateField(null=True, blank=True)
    effective_from_basis = models.CharField(max_length=10, choices=DateBasis, blank=True)
    effective_to = models.DateField(null=True, blank=True)
    registration_no = models.CharField(max_length=60, blank=True)
    area_text = models.CharField(max_length=400, blank=True)
    basis = models.CharField(max_length=20, choices=Basis)
    note = models.CharField(max_length=400, blank=True)
    sources = models.ManyToManyField(Source, related_name="rights", blank=True)
    announcements = models.ManyToManyField("Announcement", through="AnnouncementEntry", related_name="rights")

    objects = RightQuerySet.as_manager()

    class Meta:
        ordering = ["reference"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status__in=CONFIRMED) | Q(effective_from__isnull=False),
                name="right_confirmed_has_first_day",
            ),
            models.CheckConstraint(
                condition=Q(effective_to=None) | Q(effective_to__gte=F("effective_from")),
                name="right_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=~Q(status=ProductStatus.REVOKED) | Q(effective_to__isnull=False),
                name="right_revoked_has_last_day",
            ),
        ]
        indexes = [
            models.Index(fields=["status", "effective_from"], name="right_status_from"),
            # Facets count tracks of tens of thousands of products at once.
            models.Index(fields=["product", "track"], name="right_product_track"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.get_track_display()}"

    @property
    def is_confirmed(self) -> bool:
        """Whether this right counts as protection."""
        return self.status in CONFIRMED


class ProtectedAreaQuerySet(models.QuerySet["ProtectedArea"]):
    """Questions about areas; whether the right itself is in force is another question."""

    def on(self, date: datetime.date | None = None) -> ProtectedAreaQuerySet:
        """Those that belong to their right on a date (default today)."""
        date = date or timezone.localdate()
        return self.between(date, date)

    def between(self, first: datetime.date, last: datetime.date) -> ProtectedAreaQuerySet:
        """The same on at least one of the days from `first` to `last`."""
        begun = Q(effective_from=None) | Q(effective_from__lte=last)
        return self.filter(begun, Q(effective_to=None) | Q(effective_to__gt=first))


class ProtectedArea(models.Model):
    """A division, or part of one, that belongs to the area of a right from day to day.

    `effective_from` is None where it belongs to it from its beginning; a change of the area ends rows and begins
    others.
    """

    right = models.ForeignKey(Right, models.PROTECT, related_name="areas")
    division = models.ForeignKey(Division, models.PROTECT, related_name="areas")
    extent = models.CharField(max_length=10, choices=Extent)
    basis = models.CharField(max_length=20, choices=AreaBasis)
    basis_note = models.CharField(max_length=100, blank=True)
    effective_from = models.DateField(null=True, blank=True)
    effective_to = models.DateField(null=True, blank=True)

    objects = ProtectedAreaQuerySet.as_manager()

    class Meta:
        ordering = ["division__code", "effective_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["right", "division"], condition=Q(effective_to=None), name="area_division_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.right_id} {self.division_id}"

    @property
    def is_inferred(self) -> bool:
        """Whether the area is only a guess from the name."""
        return self.basis == AreaBasis.INFERRED_FROM_NAME


class AnnouncementQuerySet(models.QuerySet["Announcement"]):
    """Questions about announcements."""

    def real(self) -> AnnouncementQuerySet:
        """Without demonstration data: public lists hold these only."""
        return self.filter(demonstration=False)


class Announcement(models.Model):
    """A formal announcement (公告). The key is issuer, year and number; CNIPA's running series has no year.

    `corrects`: the announcement that this one puts right; the old one stays as it was.
    """

    issuer = models.CharField(max_length=10, choices=Issuer)
    issuer_text = models.CharField(max_length=60, blank=True)
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    number = models.PositiveIntegerField(null=True, blank=True)
    text = models.CharField(max_length=120, unique=True)
    published_on = models.DateField(null=True, blank=True)
    published_precision = models.CharField(max_length=5, choices=Precision, blank=True)
    body = models.TextField(max_length=4000, blank=True)
    corrects = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="corrections")
    demonstration = models.BooleanField(default=False)

    objects = AnnouncementQuerySet.as_manager()

    class Meta:
        ordering = [F("published_on").desc(nulls_last=True), "-number"]
        constraints = [
            # Two unknown years are the same series, which plain NULLs would not say.
            models.UniqueConstraint(
                "issuer", "issuer_text", Coalesce("year", 0), "number", name="announcement_number_once"
            )
        ]

    def __str__(self) -> str:
        return self.text

    def get_absolute_url(self) -> str:
        return reverse("products:announcement", args=[self.pk])


class AnnouncementEntry(models.Model):
    """What an announcement does for one right."""

    announcement = models.ForeignKey(Announcement, models.PROTECT, related_name="entries")
    right = models.ForeignKey(Right, models.PROTECT, related_name="announcement_entries")
    kind = models.CharField(max_length=12, choices=AnnouncementKind)

    class Meta:
        ordering = ["announcement", "right"]
        constraints = [
            models.UniqueConstraint(fields=["announcement", "right", "kind"], name="announcement_entry_once")
        ]

    def __str__(self) -> str:
        return f"{self.announcement_id} {self.kind} {self.right_id}"


class PovertyList(models.Model):
    """A published list of poverty counties or of counties with key support.

    `published_on` and `official_size` repeat what the latest of its versions says.
    """

    slug = models.SlugField(max_length=40, unique=True)
    name_zh = models.CharField(max_length=120)
    name_en = models.CharField(max_length=200)
    published_on = models.DateField(null=True, blank=True)
    published_precision = models.CharField(max_length=5, choices=Precision, blank=True)
    official_size = models.PositiveSmallIntegerField()
    note = models.CharField(max_length=400, blank=True)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order", "slug"]

    def __str__(self) -> str:
        return self.name_zh

    def get_absolute_url(self) -> str:
        return reverse("products:coverage_list", args=[self.slug])


class ListVersion(models.Model):
    """One publication of a poverty list. It holds the units added in it or before and not dropped up to it.

    `effective_from`: the first day on which it is the list; None for the first version, which also answers for
    days before any list.
    """

    poverty_list = models.ForeignKey(PovertyList, models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    effective_from = models.DateField(null=True, blank=True)
    published_on = models.DateField(null=True, blank=True)
    published_precision = models.CharField(max_length=5, choices=Precision, blank=True)
    official_size = models.PositiveSmallIntegerField()
    basis = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["poverty_list", "number"]
        constraints = [
            models.UniqueConstraint(fields=["poverty_list", "number"], name="list_version_once"),
            models.CheckConstraint(
                condition=Q(number=1, effective_from=None) | Q(number__gt=1, effective_from__isnull=False),
                name="list_version_first_has_no_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.poverty_list_id} v{self.number}"


class ListImport(models.Model):
    """A file with the units of a list that an officer has sent: read, shown as differences, then applied or not.

    `rows` holds the cells of each line as read, so that what is applied is what was shown. `base` is the fingerprint
    of the list when the differences were shown: if it has changed since, they are shown again.
    """

    poverty_list = models.ForeignKey(PovertyList, models.PROTECT, related_name="imports")
    nonce = models.UUIDField(unique=True)
    file_name = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    rows = models.JSONField()
    base = models.CharField(max_length=64)
    version_from = models.DateField(null=True, blank=True)
    version_size = models.PositiveSmallIntegerField(null=True, blank=True)
    basis = models.CharField(max_length=200)
    made_by = models.ForeignKey("gi_registry.User", models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    applied_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.poverty_list_id} {self.file_name}"


class ListedUnitQuerySet(models.QuerySet["ListedUnit"]):
    """Questions about units of poverty lists."""

    def on(self, date: datetime.date | None = None) -> ListedUnitQuerySet:
        """The units of the version of their list that holds on a date (default today)."""
        date = date or timezone.localdate()
        added = Q(added_in__effective_from=None) | Q(added_in__effective_from__lte=date)
        return self.filter(added, Q(dropped_in=None) | Q(dropped_in__effective_from__gt=date))


class ListedUnit(models.Model):
    """A unit on a poverty list, under the name it had there; it may touch none, one or several divisions.

    Its divisions may be of today or of the past: what became of one of the past is told by its successor. A unit
    stands on the list from the version `added_in` until before the version `dropped_in`.
    """

    poverty_list = models.ForeignKey(PovertyList, models.PROTECT, related_name="units")
    key = models.CharField(max_length=80)
    added_in = models.ForeignKey(ListVersion, models.PROTECT, related_name="added")
    dropped_in = models.ForeignKey(ListVersion, models.PROTECT, null=True, blank=True, related_name="dropped")
    name_zh = models.CharField(max_length=60)
    code_then = models.CharField(max_length=6, blank=True)
    province = models.ForeignKey(Division, models.PROTECT, related_name="+")
    divisions = models.ManyToManyField(Division, related_name="listed_units", blank=True)
    level = models.CharField(max_length=12, blank=True)
    area = models.CharField(max_length=40, blank=True)
    key_county = models.BooleanField(default=False)
    designated_on = models.DateField(null=True, blank=True)
    exited_on = models.DateField(null=True, blank=True)
    exited_precision = models.CharField(max_length=5, choices=Precision, blank=True)
    exit_basis = models.CharField(max_length=20, choices=Basis, blank=True)
    list_basis = models.CharField(max_length=80)
    flags_basis = models.CharField(max_length=80, blank=True)
    sources = models.CharField(max_length=200, blank=True)
    note = models.CharField(max_length=400, blank=True)

    objects = ListedUnitQuerySet.as_manager()

    class Meta:
        ordering = ["poverty_list", "key"]
        constraints = [
            models.UniqueConstraint(
                fields=["poverty_list", "key"], condition=Q(dropped_in=None), name="listed_unit_once"
            )
        ]

    def __str__(self) -> str:
        return self.name_zh


class Agreement(models.Model):
    """An international agreement or programme of mutual recognition, or one batch of lists of it."""

    code = models.CharField(max_length=20, unique=True)
    name_zh = models.CharField(max_length=200)
    name_en = models.CharField(max_length=400)
    partner = models.CharField(max_length=10)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="batches")
    scheme_label = models.CharField(max_length=60, blank=True)
    outbound_size = models.PositiveSmallIntegerField(null=True, blank=True)
    inbound_size = models.PositiveSmallIntegerField(null=True, blank=True)
    signed_on = models.DateField(null=True, blank=True)
    in_force_on = models.DateField(null=True, blank=True)
    status_text = models.CharField(max_length=200, blank=True)
    legal_reference = models.CharField(max_length=400, blank=True)
    note = models.TextField(blank=True)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order", "code"]

    def __str__(self) -> str:
        return self.name_zh

    def get_absolute_url(self) -> str:
        return reverse("products:agreement", args=[self.code])


class AgreementEntry(models.Model):
    """A name on one side of an agreement.

    `product` is set by a review alone. `suggested` is the only product of the same name where nobody has reviewed it
    yet (`refreshing.suggest`); one that a review found to be another stands in `refused_products`. `home_right` and
    `home_number` tell of its protection in its own country. `left_out_on`: a later annex no longer has it.
    """

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="entries")
    key = models.CharField(max_length=300)
    batch = models.CharField(max_length=20, blank=True)
    annex = models.CharField(max_length=10, blank=True)
    side = models.CharField(max_length=10, choices=Side)
    seq = models.PositiveSmallIntegerField(null=True, blank=True)
    name_native = models.CharField(max_length=200, blank=True)
    name_transcription = models.CharField(max_length=200, blank=True)
    name_zh = models.CharField(max_length=120, blank=True)
    name_en = models.CharField(max_length=200, blank=True)
    country = models.CharField(max_length=20)
    product_category = models.CharField(max_length=120, blank=True)
    status = models.CharField(max_length=10, choices=EntryStatus)
    status_text = models.CharField(max_length=200)
    protected_from = models.DateField(null=True, blank=True)
    sources = models.CharField(max_length=300, blank=True)
    product = models.ForeignKey(
        Product, models.PROTECT, null=True, blank=True, related_name="agreement_entries"
    )
    match_basis = models.CharField(max_length=10, choices=MatchBasis, blank=True)
    suggested = models.ForeignKey(
        Product, models.PROTECT, null=True, blank=True, related_name="suggested_entries"
    )
    refused_products = models.ManyToManyField(Product, related_name="+", blank=True)
    foreign_gi = models.ForeignKey(
        "products.ForeignGI", models.PROTECT, null=True, blank=True, related_name="entries"
    )
    home_right = models.CharField(max_length=20, choices=HomeRight, blank=True)
    home_number = models.CharField(max_length=60, blank=True)
    left_out_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["agreement", "side", "seq", "pk"]
        indexes = [models.Index(fields=["name_zh"], name="agreement_entry_name")]
        verbose_name_plural = _("agreement entries")
        constraints = [
            models.UniqueConstraint(fields=["agreement", "key"], name="agreement_entry_once"),
            models.CheckConstraint(
                condition=Q(product=None, match_basis="") | Q(product__isnull=False) & ~Q(match_basis=""),
                name="agreement_entry_match_has_basis",
            ),
        ]

    def __str__(self) -> str:
        return self.name_native or self.name_zh
