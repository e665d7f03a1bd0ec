"""Pages on international agreements: what is recognised abroad, and what of abroad is recognised in China."""

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from gi_registry.exports import Table, respond
from gi_registry.query_values import FormatField, PastDateField, read
from products import agreements
from products.agreement_words import country_name
from products.agreements import Line, Standing
from products.models import Agreement
from products.states import Side

NAMES_A_PAGE = 60


class DateForm(forms.Form):
    """The date that the counts answer for."""

    as_of = PastDateField(label=gettext_lazy("On the date"))


class NamesForm(DateForm):
    """Which names of an agreement are shown."""

    q = forms.CharField(
        required=False,
        max_length=200,
        label=gettext_lazy("Name"),
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    side = forms.ChoiceField(
        choices=[("", gettext_lazy("Both")), *Side.choices], required=False, label=gettext_lazy("Side")
    )
    country = forms.ChoiceField(required=False, label=gettext_lazy("Country"))
    status = forms.ChoiceField(required=False, label=gettext_lazy("Status"))
    format = FormatField(("csv", "xlsx", "json"))
    field_order = ["q", "side", "country", "status", "as_of"]

    def __init__(self, data: Any, countries: list[str], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        named = sorted(((code, country_name(code)) for code in countries), key=lambda pair: pair[1])
        self.fields["status"].choices = [("", _("All")), *((one.value, one.word) for one in Standing)]
        self.fields["country"].choices = [("", _("All")), *named]


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Every agreement with the title of its scheme beside the true counts."""
    values, notices = read(DateForm(request.GET))
    context = {
        "section": "recognition",
        "form": DateForm(initial=values),
        "notices": notices,
        "on": values["as_of"],
        "overviews": agreements.overviews(values["as_of"]),
    }
    return render(request, "products/recognition.html", context)


@require_safe
def agreement(request: HttpRequest, code: str) -> HttpResponseBase:
    """The two-sided list of one agreement, or of all its batches."""
    record = get_object_or_404(Agreement.objects.select_related("parent"), code=code)
    names = agreements.entries(record)
    countries = sorted({code for name in names for code in agreements.countries(name.country)})
    values, notices = read(NamesForm(request.GET, countries))
    lines = agreements.lines(names, values["as_of"])
    shown = agreements.matching(
        lines, **{name: values[name] or "" for name in ("q", "side", "country", "status")}
    )
    if values["format"]:
        return respond(table(record, shown, values), values["format"])
    context = {
        "section": "recognition",
        "crumbs": crumbs(record),
        "agreement": record,
        "partner": country_name(record.partner),
        "batches": (record.parent or record).batches.all(),
        "form": NamesForm(None, countries, initial=values),
        "notices": notices,
        "on": values["as_of"],
        "sides": sides(record, lines),
        "page": Paginator(shown, NAMES_A_PAGE).get_page(request.GET.get("page")),
        "sources": agreements.sources(lines),
    }
    return render(request, "products/agreement.html", context)


def sides(record: Agreement, lines: list[Line]) -> list[agreements.SideCount]:
    """Counts of both sides over the names of the agreement and of its batches."""
    sizes = {Side.OUTBOUND: record.outbound_size, Side.INBOUND: record.inbound_size}
    return [agreements.counts(lines, side, sizes[side]) for side in Side]


def crumbs(record: Agreement) -> list[tuple[str, str]]:
    """The way from all agreements down to this one."""
    above = [(record.parent.code, record.parent.get_absolute_url())] if record.parent else []
    return [(_("Recognition"), reverse("products:recognition")), *above, (record.code, "")]


COLUMNS = (
    "agreement", "batch", "side", "seq", "name_native", "name_transcription", "name_zh", "name_en", "country",
    "product_category", "status", "status_text", "protected_from", "product_number", "match_basis", "sources",
)  # fmt: skip


def table(record: Agreement, lines: list[Line], values: dict[str, Any]) -> Table:
    """The names shown, as a file."""
    rows = (
        {column: getattr(line.entry, column, None) for column in COLUMNS}
        | {
            "agreement": line.entry.agreement.code,
            "country": list(line.countries),
            "status": line.standing.value,
            "product_number": line.entry.product.number if line.entry.product else None,
        }
        for line in lines
    )
    asked = {name: str(value) for name, value in values.items() if value and name != "format"}
    return Table(
        f"agreement-{record.code.lower()}", COLUMNS, rows, {"agreement": record.code, **asked}, len(lines)
    )
