"""Pages on which units of the poverty lists have a GI, by which rule and on which date."""

from dataclasses import replace
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gi_registry.exports import Table, respond
from products import coverage, coverage_rows, list_exits, maps
from products.coverage import Tally, UnitCover
from products.coverage_list import ListPage, provinces_of
from products.coverage_page import Asked
from products.coverage_rows import COLUMNS
from products.models import ListedUnit, PovertyList

ROWS_A_PAGE = 50


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All lists with their figures, and the years of the first of them."""
    asked = Asked.of_all(request.GET)
    answer = coverage.count(ListedUnit.objects.all(), asked.on, asked.rule)
    tallies = answer.by(lambda line: line.poverty_list)
    lists = [(one, tallies.get(one.pk, Tally())) for one in PovertyList.objects.all()]
    first = lists[0][0] if lists else None
    of_first = replace(answer, rows=[row for row in answer.rows if first and row.line.poverty_list == first.pk])
    context = {
        "asked": asked,
        "lists": lists,
        "first": first,
        "content": ListPage(first, asked, of_first) if first else None,
        "completeness": list_exits.completeness(asked.on, asked.rule),
    }
    return render(request, "products/coverage.html", context)


@require_safe
def poverty_list(request: HttpRequest, slug: str) -> HttpResponseBase:
    """One list: figures, map, years, comparison, blank units, and its units with the products that reach them."""
    content = _content(request, slug)
    if kind := content.asked.values["format"]:
        return respond(table(content), kind)
    context = {
        "crumbs": [
            (_("Coverage"), reverse("products:coverage") + content.asked.rule_query),
            (maps.name_of(content.listed), ""),
        ],
        "asked": content.asked,
        "content": content,
        "page": _page(content, request.GET.get("page")),
    }
    return render(request, "products/coverage_list.html", context)


@require_safe
def report(request: HttpRequest, slug: str) -> HttpResponse:
    """The same figures as two pages of paper."""
    content = _content(request, slug)
    context = {"asked": content.asked, "content": content}
    return render(request, "products/coverage_report.html", context)


def _content(request: HttpRequest, slug: str) -> ListPage:
    listed = get_object_or_404(PovertyList, slug=slug)
    return ListPage(listed, Asked.of_list(request.GET, provinces_of(listed)))


def _page(content: ListPage, number: Any) -> Page[Any]:
    """Rows of the register only for those that are shown."""
    page = Paginator(content.covering if content.shows_products else content.rows, ROWS_A_PAGE).get_page(number)
    page.object_list = (content.load_products if content.shows_products else coverage.load)(page.object_list)
    return page


def table(content: ListPage) -> Table:
    """The units chosen, as a file that carries its rule."""
    rule, slug = content.asked.rule, content.listed.slug
    about = {
        "list": slug, "as_of": content.asked.on, "counted": sorted(rule.tracks), "whole": rule.whole,
        "inferred": rule.inferred, "own": rule.own,
    }  # fmt: skip
    rows = coverage.load(content.rows)
    return Table(f"coverage-{slug}", COLUMNS, (line(content, row) for row in rows), about, len(rows))


def line(content: ListPage, row: UnitCover) -> dict[str, Any]:
    """The columns of one unit, for files and the API."""
    return coverage_rows.line(content.listed.slug, row, content.holders)
