"""Public pages of what the mark brings: sums of accepted yearly reports, of a list by county and of a product."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from enterprises import suppression, use_sums, use_words
from enterprises.label_facts import quantity_text
from enterprises.use_forms import YearForm
from enterprises.use_sums import MEASURES, OUTPUTS, Figure, Row, Sums
from gi_registry.exports import Table, respond
from gi_registry.query_values import read
from products.maps import name_of
from products.models import PovertyList, Product

COLUMNS = ("year", "county_code", "county", "expected", "reports", "enterprises", *MEASURES, "not_shown")


@require_safe
def effect(request: HttpRequest, slug: str) -> HttpResponseBase:
    """What the mark brought the counties of a list in a year."""
    listed = get_object_or_404(PovertyList, slug=slug)
    values, notices = read(YearForm(request.GET, years=use_sums.years()))
    sums = use_sums.of_list(listed, int(values["year"]))
    if values["format"]:
        return respond(_table(f"effect-{listed.slug}", sums, {"list": listed.slug}), values["format"])
    context = _context(sums, notices) | {
        "crumbs": [(_("Coverage"), reverse("products:coverage")), (name_of(listed), listed.get_absolute_url()),
                   (_("What the mark brings"), "")],
        "listed": listed,
        "rows": [(row, cells, _whole(cells)) for row in sums.rows for cells in [_cells(row)]],
    }  # fmt: skip
    return render(request, "enterprises/effect.html", context)


@require_safe
def product_effect(request: HttpRequest, number: int) -> HttpResponseBase:
    """What the mark brought the enterprises that use it on a product in a year."""
    product = get_object_or_404(Product, number=number)
    values, notices = read(YearForm(request.GET, years=use_sums.years()))
    sums = use_sums.of_product(product, int(values["year"]))
    if values["format"]:
        return respond(_table(f"effect-product-{number}", sums, {"product": number}), values["format"])
    context = _context(sums, notices) | {
        "crumbs": [(_("Products"), reverse("products:search")), (name_of(product), product.get_absolute_url()),
                   (_("What the mark brings"), "")],
        "product": product,
    }  # fmt: skip
    return render(request, "enterprises/effect_product.html", context)


def _context(sums: Sums, notices: list[str]) -> dict[str, Any]:
    """What both pages show of a year."""
    return {
        "form": YearForm(None, years=use_sums.years(), initial={"year": sums.year}),
        "notices": notices,
        "year": sums.year,
        "total": sums.total,
        "cells": _cells(sums.total),
        "fewest": suppression.FEWEST,
    }


# --- Figures in words ---


def _cells(row: Row) -> list[tuple[str, list[str], str]]:
    """The columns of a row: name, what is told (outputs of several units one below the other), why something is not."""
    columns = {
        str(use_words.NAMES["output"]): tuple(OUTPUTS),
        _("Direct output value (yuan)"): ("output_value",),
        _("Related output value (yuan)"): ("related_value",),
        _("Sold abroad (yuan)"): ("export_value",),
        _("Farming households"): ("households",),
        _("Employees"): ("employees",),
    }
    few = row.firms < suppression.FEWEST
    why = _("too few enterprises") if few else _("not shown, to protect single enterprises")
    return [
        (
            title, [text for name in names if (text := _text(name, row.figures[name]))],
            why if any(row.figures[name].hidden for name in names) else "",
        )
        for title, names in columns.items()
    ]  # fmt: skip


def _whole(cells: list[tuple[str, list[str], str]]) -> str:
    """Why nothing at all is told of a row; '' where something is."""
    return max(why for _title, _texts, why in cells) if not any(texts for _title, texts, _why in cells) else ""


def _text(name: str, figure: Figure) -> str:
    if figure.value is None:
        return ""
    if name in OUTPUTS:
        return quantity_text(figure.value, OUTPUTS[name])
    return f"{figure.value:,}"


# --- Files ---


def _table(name: str, sums: Sums, about: dict[str, Any]) -> Table:
    """The same figures as a file; what is not shown on the page is empty here and named."""
    rule = _("Accepted reports of real enterprises on the year. Output in kilograms, litres and pieces, money in yuan; "
             "direct and related output value are never added. Sums that could tell the figure of a single enterprise "
             "are left out and named in not_shown.")  # fmt: skip
    facts = {**about, "year": sums.year, "rule": rule, "reports": sums.total.reports, "expected": sums.total.expected}
    return Table(f"{name}-{sums.year}", COLUMNS, _lines(sums), facts, len(sums.rows) + 1)


def _lines(sums: Sums) -> Iterator[dict[str, Any]]:
    for row in (*sums.rows, sums.total):
        figures = {
            name: use_words.plain(figure.value) if name in OUTPUTS else figure.value
            for name, figure in row.figures.items()
        }  # fmt: skip
        yield figures | {
            "year": sums.year, "county_code": row.place.code if row.place else "",
            "county": row.place.name_zh if row.place else "total", "expected": row.expected, "reports": row.reports,
            "enterprises": row.firms, "not_shown": [name for name, figure in row.figures.items() if figure.hidden],
        }  # fmt: skip
