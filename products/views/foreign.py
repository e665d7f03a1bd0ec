"""Pages on foreign GIs that are protected in China or proposed, and on names that are like one another."""

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gi_registry.exports import Table, respond
from gi_registry.query_values import read
from products import foreign_records, sounds_found
from products.foreign_records import ForeignRow
from products.recognition_forms import DateForm, NamesForm, SoundsForm

NAMES_A_PAGE = 50
MOST_FOUND = 40  # names like one another on a page; further ones are no longer alike
EXAMPLES = ("comte", "champan", "香槟", "parma ham", "anhua heicha")
FILTERS = ("q", "country", "category", "status")


@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """All foreign GIs with a record, or the same list as a file."""
    rows = foreign_records.every_row()
    occurring = {
        "countries": {code for row in rows for code in row.countries},
        "kinds": {row.kind for row in rows},
    }
    values, notices = read(NamesForm(request.GET, **occurring))
    rows = foreign_records.every_row(values["as_of"]) if values["as_of"] else rows
    shown = foreign_records.matching(rows, **{name: values[name] or "" for name in FILTERS})
    if values["format"]:
        return respond(table(shown, values), values["format"])
    context = {
        "crumbs": [(_("Recognition"), reverse("products:recognition")), (_("Foreign GIs"), "")],
        "form": NamesForm(None, **occurring, initial=values),
        "notices": notices,
        "on": values["as_of"],
        "page": Paginator(shown, NAMES_A_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "products/foreign.html", context)


@require_safe
def record(request: HttpRequest, number: int) -> HttpResponse:
    """One foreign GI: its names, its lists, and what the mark must show."""
    values, notices = read(DateForm(request.GET))
    facts = foreign_records.facts_of(number, values["as_of"])
    if facts is None:
        raise Http404
    above = [
        (_("Recognition"), reverse("products:recognition")),
        (_("Foreign GIs"), reverse("products:foreign")),
    ]
    context = {
        "crumbs": [*above, (facts.row.record.name_original, "")],
        "form": DateForm(initial=values),
        "notices": notices,
        "on": values["as_of"],
        "facts": facts,
    }
    return render(request, "products/foreign_record.html", context)


@require_safe
def sounds_like(request: HttpRequest) -> HttpResponse:
    """Names on all lists that sound or look like the one given."""
    values, notices = read(SoundsForm(request.GET))
    found = sounds_found.find(values["q"], values["as_of"]) if values["q"] else []
    context = {
        "crumbs": [(_("Recognition"), reverse("products:recognition")), (_("Names that are alike"), "")],
        "form": SoundsForm(initial=values),
        "notices": notices,
        "q": values["q"],
        "examples": EXAMPLES,
        "on": values["as_of"],
        "found": found[:MOST_FOUND],
        "further": max(0, len(found) - MOST_FOUND),
    }
    return render(request, "products/sounds_like.html", context)


COLUMNS = (
    "number", "name_original", "name_transcription", "name_zh", "name_en", "country", "kind", "product_category",
    "home_right", "home_number", "home_authority", "status", "protected_from", "agreements",
)  # fmt: skip


def table(rows: list[ForeignRow], values: dict[str, Any]) -> Table:
    """The foreign GIs shown, as a file."""
    lines = (
        {column: getattr(row.record, column, None) for column in COLUMNS}
        | {
            "country": list(row.countries),
            "kind": row.kind.value,
            "status": row.standing.value if row.standing else None,
            "protected_from": row.since,
            "agreements": [one.code for one in row.name.agreements] if row.name else [],
        }
        for row in rows
    )
    asked = {name: str(value) for name, value in values.items() if value and name != "format"}
    return Table("foreign-gis", COLUMNS, lines, asked, len(rows))
