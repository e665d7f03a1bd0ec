"""READER. The shape of what the API says of products, areas and divisions."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.serializers import (
    BooleanField,
    CharField,
    DateField,
    IntegerField,
    ListField,
    Serializer,
    URLField,
)

from gi_registry.api.fields import PartialDate, Place, Term, page_address, partial
from gi_registry.models import DivisionLevel, DivisionStatus
from gi_registry.partial_dates import Precision
from products.states import (
    AreaBasis,
    Basis,
    Category,
    DateBasis,
    Extent,
    NameKind,
    ProductStatus,
    Track,
)

URL = _("Page of this record in the register")
CONFIRMED = _("Whether the register counts it as protected; all else is reported, in procedure or ended")


class Right(Serializer):
    """Protection of a product on one legal track."""

    reference = CharField(help_text=_("The register's own number of the right"))
    track = Term(Track)
    status = Term(ProductStatus)
    registration_no = CharField(allow_blank=True, help_text=_("As a source states it; empty where none does"))


class Area(Serializer):
    """A division that an area names."""

    code = CharField()
    name_zh = CharField()
    extent = Term(Extent)
    basis = Term(AreaBasis)


class Product(Serializer):
    """A product with its rights and areas."""

    number = IntegerField(help_text=_("The register's own number; no authority issued it"))
    name_zh = CharField()
    name_en = CharField(allow_blank=True)
    name_pinyin = CharField(allow_blank=True)
    category = Term(Category)
    province_code = CharField(allow_blank=True)
    province = CharField(allow_blank=True)
    status = Term(ProductStatus)
    protected = BooleanField(help_text=CONFIRMED)
    rights = Right(many=True)
    approved_on = PartialDate()
    approved_precision = Term(Precision, allow_null=True)
    announcements = ListField(child=CharField())
    areas = Area(many=True)
    areas_inferred = BooleanField(help_text=_("Whether an area is only guessed from the name and not the legal one"))
    recognised_abroad = ListField(child=CharField(), help_text=_("Agreements, tied to the product by a person"))
    same_name_abroad = ListField(child=CharField(), help_text=_("Agreements with the same name, not reviewed yet"))
    sources = ListField(child=CharField())
    url = URLField(help_text=URL)


class Source(Serializer):
    """Where a fact was read."""

    key = CharField()
    title = CharField()
    date = CharField(source="date_text", allow_blank=True)
    address = CharField(allow_blank=True)
    note = CharField(allow_blank=True)


class ShortAnnouncement(Serializer):
    """An announcement by its text."""

    id = IntegerField(source="pk")
    text = CharField()


def wording(right: Any) -> str:
    """The area in a source's words, which are those of today: of a day before the area was changed they say nothing."""
    return "" if right.area_changed_later else str(right.area_text)


class FullRight(Right):
    """Protection of a product on one legal track, with what it rests on."""

    protected = BooleanField(source="is_live", help_text=_("Confirmed and in force on the date"))
    approved_on = serializers.SerializerMethodField(help_text=_("As exactly as it is known: day, month or year"))
    effective_from = DateField(allow_null=True, help_text=_("Last possible day of a half-known date"))
    effective_from_basis = Term(DateBasis, allow_null=True)
    effective_to = DateField(allow_null=True, help_text=_("The first day without protection"))
    area_text = serializers.SerializerMethodField(help_text=_("The area in the words of the source"))
    basis = Term(Basis)
    note = CharField(allow_blank=True)
    announcements = serializers.SerializerMethodField()
    sources = Source(many=True)

    def get_approved_on(self, right: Any) -> str | None:
        return partial(right.approved_on, right.approved_precision)

    def get_area_text(self, right: Any) -> str:
        return wording(right)

    def get_announcements(self, right: Any) -> ShortAnnouncement(many=True):  # type: ignore[valid-type]
        return ShortAnnouncement([entry.announcement for entry in right.announcement_entries.all()], many=True).data


class ProductName(Serializer):
    """A further name."""

    kind = Term(NameKind)
    language = CharField()
    text = CharField()
    source = CharField(allow_blank=True)


class Users(Serializer):
    """Enterprises by how well it is known that they may use the special mark."""

    confirmed = IntegerField()
    reported = IntegerField(help_text=_("Named in a public report only: not confirmed"))


class FullProduct(Product):
    """Everything of a product on a date."""

    as_of = DateField(help_text=_("The date that `protected_then`, rights, areas and users answer for"))
    protected_then = BooleanField(help_text=_("Whether a confirmed right was in force on the date"))
    rights = FullRight(many=True)
    further_names = ProductName(many=True)
    enterprises = Users()


class AreaProperties(Serializer):
    """The area of one right: the divisions that it names."""

    reference = CharField(help_text=_("The register's own number of the right"))
    product_number = IntegerField()
    product_name_zh = CharField()
    product_name_en = CharField(allow_blank=True)
    track = Term(Track)
    status = Term(ProductStatus)
    divisions = Area(many=True)
    inferred = BooleanField(help_text=_("Only guessed from the name, not the legal area"))
    area_text = CharField(allow_blank=True)
    sources = ListField(child=CharField())
    url = URLField(help_text=URL)


class MultiPolygon(Serializer):
    """Boundaries of the divisions named, not of the area itself."""

    type = serializers.ChoiceField(["MultiPolygon"])
    coordinates = ListField(child=ListField(child=ListField(child=ListField(child=serializers.FloatField()))))


class AreaFeature(Serializer):
    """A protected area as a feature of GeoJSON."""

    type = serializers.ChoiceField(["Feature"])
    id = CharField()
    geometry = MultiPolygon(allow_null=True)
    properties = AreaProperties()


class AreaCollection(Serializer):
    """Protected areas as GeoJSON (RFC 7946), page by page."""

    type = serializers.ChoiceField(["FeatureCollection"])
    next = URLField(allow_null=True)
    previous = URLField(allow_null=True)
    as_of = DateField()
    geometry_note = CharField()
    map_approval_numbers = ListField(child=CharField())
    features = AreaFeature(many=True)


class Division(Serializer):
    """An administrative division of today."""

    code = CharField(help_text="GB/T 2260")
    name_zh = CharField()
    name_pinyin = CharField(allow_blank=True)
    name_en = CharField(allow_blank=True)
    level = Term(DivisionLevel)
    status = Term(DivisionStatus)
    parent = CharField(source="parent.code", default=None, allow_null=True)
    valid_from = CharField(allow_blank=True, help_text=_("As the source tells it: a day, a month or a year"))
    source = CharField()
    url = serializers.SerializerMethodField(help_text=URL)

    def get_url(self, division: Any) -> str:
        return page_address(division)


class FullDivision(Division):
    """A division with those above and below it, and the ones of the past that became it."""

    lineage = Place(many=True, help_text=_("From the province down to the division itself"))
    children = serializers.IntegerField(help_text=_("Number of divisions right below"))
    former = Place(many=True, help_text=_("Divisions of the past that became it or joined it"))
