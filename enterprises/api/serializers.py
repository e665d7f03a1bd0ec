"""READER. The shape of what the API says of enterprises, authorisations and labels: what their public pages show."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.serializers import BooleanField, CharField, DateField, IntegerField, ListField, Serializer

from enterprises.states import AuthorisationBasis, AuthorisationState
from enterprises.verdicts import StopKind, Verdict
from gi_registry.api.fields import Place, Term, page_address, partial
from products.states import Basis

URL = _("Page of this record in the register")
DEMONSTRATION = _("Made up for demonstration: of no real body")


class Authorisation(Serializer):
    """What can be told of an authorisation on the date."""

    reference = CharField(help_text=_("The register's own number"))
    standing = Term(AuthorisationState, help_text=_("On the date; `reported` is not confirmed"))
    confirmed = serializers.SerializerMethodField(help_text=_("Whether an act is on record, not only a report"))
    basis = Term(AuthorisationBasis)
    product_number = IntegerField(source="product.number", default=None, allow_null=True)
    product_name_zh = serializers.SerializerMethodField(help_text=_("As announced, where no record is tied to it"))
    effective_from = serializers.SerializerMethodField(help_text=_("As exactly as it is known; `null` where it is not"))
    effective_to = DateField(allow_null=True, help_text=_("The first day without it"))
    announcement_id = IntegerField(allow_null=True)
    announcement = CharField(source="announcement.text", default=None, allow_null=True)
    source = CharField(allow_blank=True)
    note = CharField(allow_blank=True)
    url = serializers.SerializerMethodField(help_text=URL)

    def get_confirmed(self, row: Any) -> bool:
        return bool(row.basis != AuthorisationBasis.REPORTED)

    def get_product_name_zh(self, row: Any) -> str:
        return str(row.product.name_zh if row.product else row.product_text)

    def get_effective_from(self, row: Any) -> str | None:
        return partial(row.effective_from, row.effective_precision)

    def get_url(self, row: Any) -> str:
        return page_address(row)


class ShortEnterprise(Serializer):
    """An enterprise by name."""

    key = CharField(help_text=_("Credit code or, while no source shows one, the register's own reference"))
    name_zh = CharField()
    demonstration = BooleanField(source="is_demo", help_text=DEMONSTRATION)


class HeldAuthorisation(Authorisation):
    """What can be told of an authorisation on the date, and whose it is."""

    enterprise = ShortEnterprise()


class FullAuthorisation(HeldAuthorisation):
    """One authorisation with what it covers on the date."""

    as_of = DateField()
    usable = BooleanField(help_text=_("Whether the mark may be used on the date, as far as the register knows"))
    varieties = ListField(child=CharField())
    standard = CharField(allow_blank=True, help_text=_("Printed at the mark"))
    sites = Place(many=True, help_text=_("Where it is produced"))


class Enterprise(Serializer):
    """A body that uses the special mark, or did, with its authorisations begun by the date."""

    reference = CharField(help_text=_("The register's own number"))
    uscc = CharField(allow_null=True, help_text=_("Unified social credit code; `null` while no source shows it"))
    name_zh = CharField()
    name_en = CharField(allow_blank=True)
    province = Place(allow_null=True)
    basis = Term(Basis)
    authorisations = Authorisation(source="shown", many=True)
    demonstration = BooleanField(source="is_demo", help_text=DEMONSTRATION)
    url = serializers.SerializerMethodField(help_text=URL)

    def get_url(self, enterprise: Any) -> str:
        return page_address(enterprise)


class FullEnterprise(Enterprise):
    """One enterprise on a date."""

    as_of = DateField()


# --- labels: the interface of the first release, kept as it is


class VerdictWords(Serializer):
    """The answer in words."""

    zh = CharField()
    en = CharField()


class LabelVerdict(Serializer):
    """An answer alone: no label of this register, or a typing error."""

    verdict = serializers.ChoiceField(
        Verdict.values, help_text=_("Never genuine or fake: a copied code is a valid code")
    )
    domain = CharField(help_text=_("The domain that stands in every printed symbol"))
    words = VerdictWords()
    as_of = serializers.DateTimeField()


class LabelStop(Serializer):
    """One thing that stands against a label."""

    kind = serializers.ChoiceField(StopKind.values)
    on = DateField(allow_null=True)
    reason = CharField(allow_null=True)


class LabelProduct(Serializer):
    """The product of a label."""

    number = IntegerField(allow_null=True)
    name_zh = CharField()
    name_en = CharField(allow_blank=True)


class LabelEnterprise(Serializer):
    """The enterprise of a label."""

    uscc = CharField(allow_null=True)
    name_zh = CharField()
    name_en = CharField(allow_blank=True)


class LabelBatch(Serializer):
    """The goods that a label was issued for."""

    reference = CharField()
    variety = CharField(allow_blank=True)
    pack = CharField(allow_blank=True)
    packed_on = DateField(allow_null=True)
    printed_at_the_mark = CharField(allow_blank=True)


class LabelScans(Serializer):
    """How often the label was scanned, in bands."""

    first_on = DateField(allow_null=True)
    band = CharField()


class LabelAnswer(LabelVerdict):
    """What the register knows of one label."""

    code = CharField()
    stops = LabelStop(many=True)
    product = LabelProduct()
    enterprise = LabelEnterprise()
    authorisation = CharField()
    batch = LabelBatch()
    scans = LabelScans()
    demonstration = BooleanField(help_text=DEMONSTRATION)


class LabelRefusal(Serializer):
    """No answer at the moment."""

    error = CharField()
    retry_after = IntegerField(required=False)
