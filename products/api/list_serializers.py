"""READER. The shape of what the API says of announcements, agreements and coverage."""

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

from gi_registry.api.fields import PartialDate, Term, page_address, partial
from products.announcement_numbers import Issuer
from products.api.serializers import URL
from products.coverage_rules import Counted, Cover
from products.recognition_kinds import GoodsKind
from products.recognition_standing import Standing
from products.states import AnnouncementKind, HomeRight, MatchBasis, Side


class AnnouncementEntry(Serializer):
    """What an announcement does for one right."""

    kind = Term(AnnouncementKind)
    right = CharField(source="right.reference")
    product_number = IntegerField(source="right.product.number")
    product_name_zh = CharField(source="right.product.name_zh")


class Announcement(Serializer):
    """A formal announcement and what it does."""

    id = IntegerField(source="pk", help_text=_("The register's own number"))
    text = CharField(help_text=_("Issuer and number as a source writes them"))
    issuer = Term(Issuer)
    issuer_text = CharField(allow_blank=True)
    year = IntegerField(allow_null=True)
    number = IntegerField(allow_null=True)
    published_on = serializers.SerializerMethodField(help_text=_("As exactly as it is known: day, month or year"))
    entries = AnnouncementEntry(many=True)
    corrects = IntegerField(source="corrects_id", allow_null=True, help_text=_("The announcement that it puts right"))
    demonstration = BooleanField()
    url = serializers.SerializerMethodField(help_text=URL)

    def get_published_on(self, paper: Any) -> str | None:
        return partial(paper.published_on, paper.published_precision)

    def get_url(self, paper: Any) -> str:
        return page_address(paper)


class SideCount(Serializer):
    """One side of an agreement: names loaded, and how many its annex has."""

    side = Term(Side)
    size = IntegerField(allow_null=True, help_text=_("Names in the annex by its own account; `null` where not known"))
    loaded = IntegerField(help_text=_("Names in the register; fewer than `size` where the list is incomplete"))
    protected = IntegerField(help_text=_("Names shown to be protected on the date"))


class Agreement(Serializer):
    """An agreement of mutual recognition with true counts beside its title."""

    code = CharField()
    name_zh = CharField()
    name_en = CharField()
    partner = CharField(help_text=_("ISO 3166-1, or EU"))
    batch_of = CharField(allow_null=True, help_text=_("The agreement that this list is a batch of"))
    scheme_label = CharField(allow_blank=True, help_text=_("The title of the scheme, which is no count"))
    signed_on = DateField(allow_null=True)
    in_force_on = DateField(allow_null=True)
    status_text = CharField(allow_blank=True, help_text=_("In the words of the source"))
    legal_reference = CharField(allow_blank=True)
    sides = SideCount(many=True)
    url = URLField(help_text=URL)


class Entry(Serializer):
    """A name on one side of an agreement."""

    agreement = CharField()
    batch = CharField(allow_blank=True)
    annex = CharField(allow_blank=True)
    side = Term(Side)
    seq = IntegerField(allow_null=True)
    name_native = CharField(allow_blank=True)
    name_transcription = CharField(allow_blank=True)
    name_zh = CharField(allow_blank=True)
    name_en = CharField(allow_blank=True)
    country = ListField(child=CharField())
    product_category = CharField(allow_blank=True)
    kind = Term(GoodsKind)
    status = Term(Standing, help_text=_("What can be said of the name on the date"))
    status_text = CharField(allow_blank=True, help_text=_("In the words of the source"))
    protected_from = DateField(allow_null=True)
    product_number = IntegerField(allow_null=True, help_text=_("The product, tied to the name by a person"))
    suggested_product_number = IntegerField(allow_null=True, help_text=_("The same name: not reviewed yet"))
    match_basis = Term(MatchBasis, allow_null=True)
    foreign_gi_number = IntegerField(allow_null=True)
    home_right = Term(HomeRight, allow_null=True)
    home_number = CharField(allow_blank=True)
    sources = CharField(allow_blank=True)
    url = URLField(help_text=_("Page of the agreement in the register"))


class CoverageRule(Serializer):
    """What counts as coverage; see docs/coverage.md."""

    track = Term(Counted)
    whole = BooleanField(help_text=_("Only areas that hold the whole county count"))
    own = BooleanField(help_text=_("Areas of larger divisions around the county do not count"))
    inferred = BooleanField(help_text=_("Areas guessed from a name count too"))


class ListCoverage(Serializer):
    """The figures of one poverty list; the four answers add up to `listed`."""

    list = CharField()
    name_zh = CharField()
    name_en = CharField()
    official_size = IntegerField(help_text=_("Units of the list by its own account"))
    listed = IntegerField()
    covered = IntegerField()
    unproven = IntegerField()
    in_procedure = IntegerField()
    blank = IntegerField()
    untold = IntegerField(help_text=_("Of the blank ones: units tied to no division, which cannot be told"))
    percent = IntegerField(help_text=_("Covered units of a hundred listed, rounded down"))
    products = IntegerField(help_text=_("Products that cover a unit"))
    url = URLField(help_text=URL)


class Coverage(Serializer):
    """Every poverty list, by one rule on one date."""

    as_of = DateField()
    rule = CoverageRule()
    results = ListCoverage(many=True)


class Unit(Serializer):
    """A unit of a poverty list and the products that reach it."""

    key = CharField()
    name_zh = CharField(help_text=_("The name that it has on the list"))
    code_then = CharField(allow_blank=True)
    division_codes = ListField(child=CharField())
    province_code = CharField()
    province = CharField()
    prefecture = CharField(allow_null=True)
    status = Term(Cover)
    product_numbers = ListField(child=IntegerField(), help_text=_("Products that cover it"))
    wider_product_numbers = ListField(child=IntegerField(), help_text=_("Products whose area does not prove it"))
    inferred_product_numbers = ListField(child=IntegerField(), help_text=_("Only by a guess from a name"))
    in_procedure_product_numbers = ListField(child=IntegerField(), help_text=_("Applied for only: not protected yet"))
    enterprises = IntegerField(help_text=_("Enterprises that may use the mark on a product that covers it"))
    exited = PartialDate()
    note = CharField(allow_blank=True)
