"""Demonstration zones: all of them with a map, and one with its stages, conditions and yearly figures."""

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from gi_registry.exports import Table, respond
from gi_registry.query_values import FormatField, PastDateField, read
from products import maps, zones
from products.map_grid import PROVINCES
from products.views.records import DayForm
from products.zone_states import SHOWN_STATES, ZoneLevel, ZoneState
from products.zones import Shown, Wanted

ZONES_A_PAGE = 40
ALL = ("", gettext_lazy("All"))


class ZonesForm(forms.Form):
    """Which zones are shown, and as of which day."""

    q = forms.CharField(
        required=False, max_length=200, label=gettext_lazy("Name"), widget=forms.TextInput(attrs={"type": "search"})
    )
    province = forms.ChoiceField(required=False, label=gettext_lazy("Province"))
    level = forms.ChoiceField(
        required=False, label=gettext_lazy("Level"),
        choices=[ALL, *((one.value, capfirst(one.label)) for one in ZoneLevel)],
    )  # fmt: skip
    state = forms.ChoiceField(
        required=False, label=gettext_lazy("State"),
        choices=[ALL, *((one.value, capfirst(one.label)) for one in ZoneState if one in SHOWN_STATES)],
    )  # fmt: skip
    as_of = PastDateField(label=gettext_lazy("On the date"))
    format = FormatField(("csv", "xlsx", "json"))

    def __init__(self, data: Any, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["province"].choices = [ALL, *((code, maps.short_name(code)) for code in sorted(PROVINCES))]


@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """The zones of a day by province, and those that answer the filters."""
    values, notices = read(ZonesForm(request.GET))
    everywhere = Wanted(**{name: values[name] or "" for name in ("q", "level", "state")})
    found = zones.matching(zones.public(values["as_of"]), everywhere)
    shown = zones.matching(found, Wanted(province=values["province"] or ""))
    if values["format"]:
        return respond(table(shown, values), values["format"])
    places = zones.by_province(found)
    numbers = {place.division.code: place.together for place in places}
    context = {
        "form": ZonesForm(None, initial=values),
        "notices": notices,
        "as_of": values["as_of"],
        "map": maps.country(numbers, _address(request), _tile(numbers)),
        "places": places,
        "page": Paginator(shown, ZONES_A_PAGE).get_page(request.GET.get("page")),
        "narrowed": any(values[name] for name in ("q", "province", "level", "state")),
        "loaded": zones.loaded(),
        "whole": (zones.NATIONAL, zones.NATIONAL_ON),
    }
    return render(request, "products/zones.html", context)


def _address(request: HttpRequest) -> Any:
    """The same list for one province; the other filters stay."""
    kept = request.GET.copy()
    for name in ("page", "format", "province"):
        kept.pop(name, None)

    def address(code: str) -> str:
        query = kept.copy()
        query["province"] = code
        return f"{reverse('products:zones')}?{query.urlencode()}#list"

    return address


def _tile(numbers: dict[str, int]) -> Any:
    """Title and small text of a province's tile."""

    def words(code: str, name: str) -> tuple[str, str]:
        number = numbers.get(code, 0)
        title = ngettext("{name}: {number} zone", "{name}: {number} zones", number)
        return title.format(name=name, number=number), str(number or "")

    return words


@require_safe
def zone(request: HttpRequest, reference: str) -> HttpResponse:
    """One zone that was chosen, as of a day."""
    values, notices = read(DayForm(request.GET))
    facts = zones.facts_of(reference, on=values["as_of"])
    if facts is None:
        raise Http404("no such zone")
    context = {
        "facts": facts,
        "zone": facts.zone,
        "as_of": values["as_of"],
        "notices": notices,
        "crumbs": [(_("Demonstration zones"), reverse("products:zones")), (maps.name_of(facts.zone), "")],
    }
    return render(request, "products/zone.html", context)


COLUMNS = (
    "reference", "level", "name_zh", "name_en", "province", "division_code", "division", "products", "state",
    "since", "since_precision", "carrier", "recommender", "batch", "build_from", "build_to", "papers", "source",
)  # fmt: skip


def table(shown: list[Shown], values: dict[str, Any]) -> Table:
    """The zones shown, as a file."""
    rows = (
        {column: getattr(one.zone, column, None) for column in COLUMNS}
        | {
            "province": one.province.code,
            "division_code": one.zone.division.code,
            "division": one.zone.division.name_zh,
            "products": [f"{product.number} {product.name_zh}" for product in one.zone.products.all()],
            "state": one.state.value,
            "since": one.stage.effective_from,
            "since_precision": one.stage.effective_precision,
        }
        for one in shown
    )
    asked = {name: str(value) for name, value in values.items() if value and name != "format"}
    return Table("demonstration-zones", COLUMNS, rows, asked, len(shown))
