"""EDGE. The API on announcements, agreements and coverage: the readers of the pages, and what those know of a list."""

import datetime
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import QueryDict
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers as drf

from gi_registry.api import pages
from gi_registry.api.base import ApiView, ListView
from gi_registry.api.fields import NUMBER, in_path, page_address, page_of, parameter, parameters_of
from gi_registry.api.problems import Invalid, errors_of
from products import agreements, coverage, recognition_page, recognition_rows
from products.api import list_serializers as shapes
from products.api.views import AS_OF
from products.coverage import Tally
from products.coverage_list import ListPage, provinces_of
from products.coverage_page import Asked, ListForm, RuleForm
from products.coverage_rules import Cover
from products.models import Agreement, Announcement, AnnouncementEntry, ListedUnit, PovertyList
from products.recognition_forms import DateForm
from products.recognition_forms import ListForm as NamesForm
from products.views import announcements
from products.views.coverage import line as unit_line


class Announcements(ListView):
    operation, tag, summary = "listAnnouncements", "announcements", _("Announcements")
    example = "announcements/?issuer=cnipa&year=2022"
    description = _("In the order in which the register learnt of them.")
    parameters = parameters_of(announcements.PaperForm, issuer=_("Who issued them"))
    item = shapes.Announcement
    answers = page_of(shapes.Announcement)

    def read(self, query: QueryDict) -> dict[str, str]:
        years = range(1990, timezone.localdate().year + 1)
        form = announcements.PaperForm(query, issuers=[*announcements.Issuer], years=[*years])
        if not form.is_valid():
            raise Invalid(errors_of(form))
        return form.cleaned_data

    def rows(self, asked: dict[str, str], **path: Any) -> QuerySet[Announcement]:
        return with_entries(announcements.filtered(asked["issuer"], asked["year"]))


class OneAnnouncement(ApiView):
    operation, tag, summary = "getAnnouncement", "announcements", _("One announcement")
    example = "announcements/1/"
    in_path = [in_path("id", _("The register's own number of the announcement"), NUMBER)]
    answers = shapes.Announcement

    def answer(self, asked: None, **path: Any) -> Any:
        return shapes.Announcement(get_object_or_404(with_entries(Announcement.objects.all()), pk=path["id"])).data


def with_entries(papers: QuerySet[Announcement]) -> QuerySet[Announcement]:
    """Announcements with what they do."""
    entries = AnnouncementEntry.objects.select_related("right__product").order_by("right__product__number", "pk")
    return papers.prefetch_related(Prefetch("entries", entries))


# --- agreements


class Agreements(ApiView):
    operation, tag, summary = "listAgreements", "agreements", _("Agreements with their counts on a date")
    example = "agreements/?as_of=2021-03-01"
    description = _("All of them at once, each batch after the agreement that it belongs to.")
    parameters = [AS_OF]
    answers = shapes.Agreement(many=True)

    def read(self, query: QueryDict) -> datetime.date | None:
        form = DateForm(query)
        if not form.is_valid():
            raise Invalid(errors_of(form))
        return form.cleaned_data["as_of"]

    def answer(self, asked: datetime.date | None, **path: Any) -> Any:
        everything = [two for one in agreements.overviews(asked) for two in (one, *one.batches)]
        return shapes.Agreement([agreement_row(one) for one in everything], many=True).data


def agreement_row(found: agreements.Overview) -> dict[str, Any]:
    """An agreement with the counts of its own names."""
    one = found.agreement
    columns = (
        "code", "name_zh", "name_en", "partner", "scheme_label", "signed_on", "in_force_on", "status_text",
        "legal_reference",
    )  # fmt: skip
    return {name: getattr(one, name) for name in columns} | {
        "batch_of": one.parent.code if one.parent else None,
        "sides": found.sides,
        "url": page_address(one),
    }


class Entries(ListView):
    operation, tag, summary = "listEntries", "agreements", _("Names on the lists of one agreement")
    example = "agreements/CN-EU-B1/entries/?side=outbound"
    in_path = [in_path("slug", _("Code of the agreement"))]
    description = _("Those of its batches too, in the order of the lists.")
    parameters = parameters_of(
        NamesForm, country=_("ISO 3166-1; only countries of the list"), category=_("Broad kind of goods"),
        status=_("What can be said of the name on the date"), batch=_("Code of one of its lists"),
        as_of=_("The date to answer for, today at the latest; default today"),
    )  # fmt: skip
    item = shapes.Entry
    answers = page_of(shapes.Entry)

    def read(self, query: QueryDict) -> QueryDict:
        return query

    def rows(self, asked: QueryDict, **path: Any) -> list[agreements.Line]:
        record = get_object_or_404(Agreement.objects.select_related("parent"), code=path["slug"])
        content = recognition_page.AgreementPage(record, asked)
        if content.form.errors:
            raise Invalid(errors_of(content.form))
        return content.shown

    def records(self, rows: list[agreements.Line], asked: Any) -> list[dict[str, Any]]:
        return [
            recognition_rows.row(line) | {"kind": line.kind, "url": page_address(line.entry.agreement)} for line in rows
        ]


# --- coverage


class CoverageView(ApiView):
    operation, tag, summary = "listCoverage", "coverage", _("Poverty lists and how many of their units are covered")
    example = "coverage/?as_of=2020-12-31&whole=yes"
    description = _("The figures of the page, with the rule that they were counted by.")
    parameters = parameters_of(RuleForm)
    answers = shapes.Coverage

    def read(self, query: QueryDict) -> Asked:
        form = RuleForm(query)
        if not form.is_valid():
            raise Invalid(errors_of(form))
        return Asked.of_all(query)

    def answer(self, asked: Asked, **path: Any) -> Any:
        tallies = coverage.count(ListedUnit.objects.all(), asked.on, asked.rule).by(lambda line: line.poverty_list)
        lists = [list_row(one, tallies.get(one.pk, Tally())) for one in PovertyList.objects.all()]
        return shapes.Coverage({"as_of": asked.on, "rule": rule_row(asked), "results": lists}).data


def rule_row(asked: Asked) -> dict[str, Any]:
    """The rule as values."""
    rule = asked.rule
    return {"track": rule.counted, "whole": rule.whole, "own": rule.own, "inferred": rule.inferred}


def list_row(listed: PovertyList, tally: Tally) -> dict[str, Any]:
    """A list with its figures."""
    figures = ("listed", "covered", "unproven", "in_procedure", "blank", "untold", "percent")
    return {name: getattr(tally, name) for name in figures} | {
        "list": listed.slug,
        "name_zh": listed.name_zh,
        "name_en": listed.name_en,
        "official_size": listed.official_size,
        "products": len(tally.products),
        "url": page_address(listed),
    }


class Units(ListView):
    operation, tag, summary = "listUnits", "coverage", _("Units of one poverty list and the products that reach them")
    example = "coverage/hunan-51/?status=covered"
    in_path = [in_path("slug", _("Code of the list"))]
    parameters = [
        *parameters_of(
            ListForm, without=("format", "compare_on", "compare_province", "status"),
            province=_("GB/T 2260 code of a province that the list touches"),
        ),
        parameter("status", _("The answer for a unit"), enum=Cover.values),
    ]  # fmt: skip
    item = shapes.Unit
    answers = page_of(
        shapes.Unit, list=shapes.ListCoverage(), as_of=drf.DateField(), rule=shapes.CoverageRule()
    )

    def page(self, asked: QueryDict, where: Any, **path: Any) -> Any:
        listed = get_object_or_404(PovertyList, slug=path["slug"])
        provinces = provinces_of(listed)
        form = ListForm(asked, provinces)
        form.full_clean()
        if (asked.get("status") or Cover.BLANK) not in Cover.values:  # the page can show products instead
            form.add_error("status", gettext("One of: %(values)s.") % {"values": ", ".join(Cover.values)})
        if form.errors:
            raise Invalid(errors_of(form))
        self.content = ListPage(listed, Asked.of_list(asked, provinces))
        return pages.of_list(self.content.rows, where)

    def read(self, query: QueryDict) -> QueryDict:
        return query

    def beside(self, asked: QueryDict) -> dict[str, Any]:
        content = self.content
        return {
            "list": shapes.ListCoverage(list_row(content.listed, content.total)).data,
            "as_of": content.asked.on,
            "rule": shapes.CoverageRule(rule_row(content.asked)).data,
        }

    def records(self, rows: list[Any], asked: Any) -> list[dict[str, Any]]:
        return [unit_line(self.content, row) for row in coverage.load(rows)]
