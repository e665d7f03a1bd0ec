"""READER. What an application still lacks, and what the register can say of it by itself."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from enterprises import credit_codes
from enterprises.application_models import MarkApplication, ProductionSite
from enterprises.models import Authorisation
from enterprises.states import ApplicationKind, ApplicationState, DocumentKind, LawfulUser
from products.area_check import Place, where_is
from products.maps import name_of
from products.models import Product
from products.states import Track

DUPLICATE = pgettext_lazy("completeness of a file", "Duplicate")


@dataclass(frozen=True)
class Gap:
    """Something missing: in which step of the portal, and what."""

    step: str
    text: str | Promise


def required_documents(application: MarkApplication) -> list[DocumentKind]:
    """The documents without which an application is not complete (domain rules, sections 3.3 and 3.4)."""
    kinds = [DocumentKind.APPLICATION_FORM, DocumentKind.TEST_REPORT]
    if application.kind == ApplicationKind.CHANGE:
        kinds = [DocumentKind.APPLICATION_FORM, DocumentKind.PROOF_OF_CHANGE]
    if application.lawful_user == LawfulUser.LICENSEE:
        kinds.append(DocumentKind.LICENCE)
    return kinds


def needs_mark(application: MarkApplication) -> bool:
    """Whether the application rests on a trademark, whose number has to stand beside the special mark."""
    return application.lawful_user in (LawfulUser.COLLECTIVE_MEMBER, LawfulUser.LICENSEE)


def applicable() -> Q:
    """Condition on products that can be applied for: protected today, of China. Foreign ones have no such route."""
    return Q(pk__in=Product.objects.in_force().values("pk")) & ~Q(rights__track=Track.FOREIGN_GI)


def missing(application: MarkApplication) -> list[Gap]:
    """Everything that has to be added before the application can be sent, in the order of the steps."""
    gaps = []
    product = application.product
    if product is None:
        gaps.append(Gap("product", _("Choose the product.")))
    elif not Product.objects.filter(applicable(), pk=product.pk).exists():
        gaps.append(Gap("product", _("This product is not protected today; nobody can apply for it.")))
    if not application.lawful_user:
        gaps.append(Gap("product", _("Say on what right the enterprise uses the mark.")))
    if needs_mark(application) and not application.mark_number:
        gaps.append(Gap("product", _("Give the registration number of the trademark.")))
    if application.lawful_user == LawfulUser.LICENSEE and not application.licence_until:
        gaps.append(Gap("product", _("Give the last day of the licence.")))
    if not application.sites.exists():
        gaps.append(Gap("sites", _("Name at least one production site.")))
    if not application.varieties:
        gaps.append(Gap("goods", _("Name the varieties or kinds of goods.")))
    if not application.standard:
        gaps.append(Gap("goods", _("Give the standard or the announcement that will be printed at the mark.")))
    if application.yearly_output is None or not application.output_unit:
        gaps.append(Gap("goods", _("Give the expected yearly output.")))
    there = set(application.documents.values_list("kind", flat=True))
    for kind in required_documents(application):
        if kind not in there:
            gaps.append(Gap("documents", _("Add a document: {kind}.").format(kind=kind.label)))
    return gaps


@dataclass(frozen=True)
class Fact:
    """What an automatic check found: `good` True, False, or None where it cannot be told."""

    label: str | Promise
    text: str | Promise
    good: bool | None


def facts(application: MarkApplication) -> list[Fact]:
    """Automatic checks, shown to the official as facts; none of them decides."""
    found = [_code_fact(application), _product_fact(application)]
    found += [_site_fact(application, site) for site in application.all_sites]
    found += [_duplicate_fact(application), _refusals_fact(application)]
    if application.lawful_user == LawfulUser.LICENSEE:
        found.append(_licence_fact(application))
    return found


def _code_fact(application: MarkApplication) -> Fact:
    code = credit_codes.check(application.enterprise.uscc or "")
    text = _("well formed; whether the body exists is for the business register") if code.ok else _("not well formed")
    if code.ok and code.warnings:
        text = code.warnings[0].label
    return Fact(_("Credit code"), text, (None if code.warnings else True) if code.ok else False)


def _product_fact(application: MarkApplication) -> Fact:
    live = application.product_in_force
    return Fact(_("Product"), _("protected today") if live else _("not protected today"), live)


def _site_fact(application: MarkApplication, site: ProductionSite) -> Fact:
    place = where_is(application.product, site.division)
    good = {Place.INSIDE: True, Place.OUTSIDE: False}.get(place)
    return Fact(_("Site in {place}").format(place=name_of(site.division)), place.label, good)


def _duplicate_fact(application: MarkApplication) -> Fact:
    others = MarkApplication.objects.open().filter(enterprise=application.enterprise_id, product=application.product_id)
    others = others.exclude(pk=application.pk)
    if application.duplicates_live:
        return Fact(DUPLICATE, _("the enterprise is authorised for this product already"), False)
    if number := others.count():
        return Fact(DUPLICATE, _("{number} other open file for this product").format(number=number), False)
    return Fact(DUPLICATE, _("no other file for this product"), True)


def _refusals_fact(application: MarkApplication) -> Fact:
    ended = (ApplicationState.REFUSED, ApplicationState.NOT_ACCEPTED)
    rows = MarkApplication.objects.filter(enterprise=application.enterprise_id, state__in=ended)
    number = rows.exclude(pk=application.pk).count()
    stopped = Authorisation.objects.filter(enterprise=application.enterprise_id, state="revoked").count()
    if number or stopped:
        text = _("{refused} refused before, {stopped} stopped").format(refused=number, stopped=stopped)
        return Fact(_("Earlier decisions"), text, None)
    return Fact(_("Earlier decisions"), _("none against the enterprise"), True)


def _licence_fact(application: MarkApplication) -> Fact:
    licence, mark = application.licence_until, application.mark_until
    if licence is None or licence < timezone.localdate():
        return Fact(_("Licence"), _("has run out, or no last day is given"), False)
    if mark is None:
        return Fact(_("Licence"), _("the last day of the trademark is not given"), None)
    fits = licence <= mark
    return Fact(_("Licence"), _("ends with the trademark or before") if fits else _("ends after the trademark"), fits)
