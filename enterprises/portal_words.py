"""READER. What stands in one file of the portal, in words: terms, sites, documents, and what is still missing."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from enterprises.application_models import Document, MarkApplication
from enterprises.completeness import Fact, facts, missing, required_documents
from enterprises.models import Membership
from enterprises.states import ApplicationKind, DocumentKind
from gi_registry.models import Division
from products.area_check import Place, where_is
from products.maps import name_of

STEPS = ("product", "sites", "goods", "documents", "check")


def day_words(day: datetime.date | None) -> str:
    """A day as a reader of the page writes it."""
    if day is None:
        return ""
    chinese = (get_language() or "zh").startswith("zh")
    return date_format(day, "DATE_FORMAT" if chinese else "j F Y")


@dataclass(frozen=True)
class Said:
    """One thing that the enterprise has written; no values where it is still empty."""

    label: str
    values: list[str]


def said(file: MarkApplication, step: str) -> list[Said]:
    """What stands in one step, in words."""
    if step == "product":
        return _said_of_product(file)
    if step == "sites":
        return [Said(place_in_full(site.division), [site.address]) for site in file.all_sites]
    return _said_of_goods(file)


def place_in_full(division: Division) -> str:
    """Province, prefecture and county of a place."""
    return " · ".join(name_of(part) for part in division.lineage())


def _said_of_product(file: MarkApplication) -> list[Said]:
    lines = [
        Said(_("Product"), _some(name_of(file.product) if file.product else "")),
        Said(_("The enterprise is"), _some(capfirst(file.get_lawful_user_display()) if file.lawful_user else "")),
    ]
    more = [
        Said(_("Registration number of the trademark"), _some(file.mark_number)),
        Said(_("Last day of the trademark"), _some(day_words(file.mark_until))),
        Said(_("Last day of the licence"), _some(day_words(file.licence_until))),
    ]
    return lines + [one for one in more if one.values]


def _said_of_goods(file: MarkApplication) -> list[Said]:
    lines = [
        Said(_("Varieties"), list(file.varieties)),
        Said(_("Printed at the mark"), _some(file.standard)),
        Said(_("Expected yearly output"), _some(output(file))),
        Said(_("Pack sizes"), list(file.packs)),
    ]
    if file.kind == ApplicationKind.CHANGE:
        lines.insert(0, Said(_("What changes and why"), _some(file.explanation)))
    return lines


def output(file: MarkApplication) -> str:
    """The yearly output with its unit."""
    if file.yearly_output is None:
        return ""
    return f"{plain_number(file.yearly_output)} {unit_words().get(file.output_unit, file.output_unit)}".strip()


def plain_number(number: Decimal) -> str:
    """A decimal number without zeros at its end and without powers of ten."""
    return f"{number:f}".rstrip("0").rstrip(".") if "." in f"{number:f}" else f"{number:f}"


def unit_words() -> dict[str, str]:
    """The units of a yearly output."""
    return {
        "t": pgettext("unit", "tonnes"), "kg": pgettext("unit", "kilograms"), "L": pgettext("unit", "litres"),
        "pieces": pgettext("unit", "pieces"), "pairs": pgettext("unit", "pairs"), "sets": pgettext("unit", "sets"),
        "bottles": pgettext("unit", "bottles"), "boxes": pgettext("unit", "boxes"), "head": pgettext("unit", "head"),
        "m": pgettext("unit", "metres"),
    }  # fmt: skip


def _some(text: str) -> list[str]:
    return [text] if text else []


def sites(file: MarkApplication) -> list[tuple[str, str, Place]]:
    """Each production site with the answer where it lies."""
    return [
        (place_in_full(site.division), site.address, where_is(file.product, site.division)) for site in file.all_sites
    ]


def own_documents(file: MarkApplication) -> QuerySet[Document]:
    """The documents that the enterprise sent. What officials add to the file is theirs."""
    people = Membership.objects.filter(enterprise=file.enterprise_id).values("user")
    return file.documents.filter(uploaded_by__in=people)


@dataclass(frozen=True)
class Kept:
    """A kind of document: whether it is needed, and what is there of it."""

    kind: DocumentKind
    needed: bool
    documents: list[Document]


def documents_by_kind(file: MarkApplication) -> list[Kept]:
    """The needed kinds first, then what else is there."""
    needed = required_documents(file)
    rows = list(own_documents(file))
    kinds = [*needed, *(kind for kind in DocumentKind if kind not in needed)]
    found = (Kept(kind, kind in needed, [row for row in rows if row.kind == kind]) for kind in kinds)
    return [one for one in found if one.needed or one.documents]


# --- Steps ---


@dataclass(frozen=True)
class Station:
    """One step of the application and whether something is missing in it."""

    name: str
    label: str
    done: bool
    here: bool


def stations(file: MarkApplication, here: str) -> list[Station]:
    """The five steps in their order."""
    labels = step_labels() | {"sites": pgettext("of an application", "Sites"), "check": pgettext("step", "Send")}
    lacking = {gap.step for gap in missing(file)}
    # The last step is done when there is nothing left to do before it.
    return [
        Station(name, labels[name], not lacking if name == "check" else name not in lacking, name == here)
        for name in STEPS
    ]


def step_labels() -> dict[str, str]:
    """What the steps are called."""
    return {
        "product": _("Product"), "sites": _("Production sites"), "goods": _("Goods"),
        "documents": pgettext("papers of a file", "Documents"), "check": _("Check and send"),
    }  # fmt: skip


def warnings(file: MarkApplication) -> list[Fact]:
    """Automatic checks that speak against the application; they stop nobody from sending it."""
    if file.product is None:
        return []
    return [fact for fact in facts(file) if fact.good is False]
