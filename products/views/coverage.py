"""Pages on which units of the poverty lists have a GI, by which rule and on which date."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from gi_registry.exports import Table, respond
from gi_registry.models import Division
from gi_registry.partial_dates import iso
from gi_registry.query_values import FormatField, PastDateField, read
from products import coverage, maps
from products.coverage import Tally, UnitCover
from products.coverage_rules import TRACKS, Counted, Cover
from products.map_grid import Step
from products.models import ListedUnit, PovertyList

UNITS_A_PAGE = 50


class RuleForm(forms.Form):
    """The rule of a figure (tracks and date) and, on the page of a list, which units are shown."""

    track = forms.ChoiceField(
        choices=Counted.choices,
        required=False,
        initial=Counted.GI_PRODUCT,
        label=gettext_lazy("Counted as protection"),
    )
    as_of = PastDateField(label=gettext_lazy("On the date"))
    province = forms.ChoiceField(required=False, label=gettext_lazy("Province"))
    status = forms.ChoiceField(
        choices=Cover.choices, required=False, label=gettext_lazy("Status"), widget=forms.HiddenInput
    )
    format = FormatField(("csv", "xlsx", "json"))

    def __init__(self, data: Any, provinces: list[Division], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        named = [(division.code, maps.name_of(division)) for division in provinces]
        self.fields["province"].choices = [("", _("All")), *named]


@dataclass(frozen=True)
class Rule:
    """What was asked, ready for the reader and for the sentence beside the figures."""

    form: RuleForm
    values: dict[str, Any]
    notices: list[str]
    provinces: list[Division]

    @classmethod
    def of(cls, request: HttpRequest, provinces: list[Division]) -> "Rule":
        values, notices = read(RuleForm(request.GET, provinces))
        return cls(RuleForm(None, provinces, initial=values), values, notices, provinces)

    @property
    def on(self) -> Any:
        return self.values["as_of"] or timezone.localdate()

    @property
    def province(self) -> Division | None:
        """The province chosen, None for the whole list."""
        return next((one for one in self.provinces if one.code == self.values["province"]), None)

    @property
    def is_one_province(self) -> bool:
        """Whether the figures are of a single province, because it is chosen or there is no other."""
        return self.province is not None or len(self.provinces) == 1

    @property
    def tracks(self) -> frozenset[str]:
        return TRACKS[self.values["track"]]

    @property
    def counted(self) -> str:
        """The tracks in words."""
        return Counted(self.values["track"]).label

    @property
    def query(self) -> str:
        """Query string that asks another list by the same rule; empty for the rule by default."""
        asked = {"track": self.values["track"], "as_of": self.values["as_of"]}
        if asked["track"] == Counted.GI_PRODUCT:
            del asked["track"]
        return "?" + urlencode({k: v for k, v in asked.items() if v}) if any(asked.values()) else ""


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All lists with their figures, and the first of them by province."""
    rule = Rule.of(request, [])
    rows = coverage.units(ListedUnit.objects.all(), rule.on, rule.tracks)
    tallies = coverage.by_list(rows)
    lists = [(one, tallies.get(one.pk, Tally())) for one in PovertyList.objects.all()]
    first = lists[0][0] if lists else None
    of_first = [row for row in rows if first and row.unit.poverty_list_id == first.pk]
    context = {
        "section": "coverage",
        "rule": rule,
        "lists": lists,
        "first": first,
        "places": coverage.tally_by_province(of_first),
        "total": coverage.total(of_first),
        "completeness": coverage.completeness(rule.on, rule.tracks),
    }
    return render(request, "products/coverage.html", context)


@require_safe
def poverty_list(request: HttpRequest, slug: str) -> HttpResponseBase:
    """One list: figures, a table by place, its units with the products that reach them, exits by year."""
    listed = get_object_or_404(PovertyList, slug=slug)
    rule = Rule.of(request, coverage.provinces(listed))
    rows = coverage.units(units_of(listed, rule.province), rule.on, rule.tracks)
    shown = [row for row in rows if rule.values["status"] in (None, "", row.cover)]
    if rule.values["format"]:
        return respond(table(listed, rule, shown), rule.values["format"])
    exits = coverage.exits(listed)
    places = (coverage.tally_by_prefecture if rule.is_one_province else coverage.tally_by_province)(rows)
    context = {
        "section": "coverage",
        "crumbs": [(_("Coverage"), reverse("products:coverage") + rule.query), (maps.name_of(listed), "")],
        "rule": rule,
        "listed": listed,
        "places": places,
        "map": county_map(rule, rows) if rule.is_one_province else country_map(listed, rule, places),
        "total": coverage.total(rows),
        "page": Paginator(shown, UNITS_A_PAGE).get_page(request.GET.get("page")),
        "statuses": statuses(rule),
        "exits": exits,
        "is_qinghai_difference": coverage.is_qinghai_difference(exits),
        "completeness": coverage.completeness(rule.on, rule.tracks),
    }
    return render(request, "products/coverage_list.html", context)


def units_of(listed: PovertyList, province: Division | None) -> QuerySet[ListedUnit]:
    """The units of one province, or all of them."""
    return listed.units.filter(province=province) if province else listed.units.all()


def country_map(listed: PovertyList, rule: Rule, places: list[Tally]) -> maps.Map:
    """The provinces by the share of covered units; those on the list lead to their part of this page."""
    tallies = {tally.place.code: tally for tally in places if tally.place}
    start = listed.get_absolute_url() + (f"{rule.query}&" if rule.query else "?")

    def words(code: str, name: str) -> tuple[str, str]:
        if code not in tallies:
            return _("{name}: no unit on this list").format(name=name), ""
        covered, all_units = tallies[code].covered, tallies[code].listed
        title = _("{name}: {covered} of {listed} units covered")
        return title.format(name=name, covered=covered, listed=all_units), f"{covered}/{all_units}"

    # One covered unit of more than a hundred is not none.
    shares = {code: max(tally.percent, min(tally.covered, 1)) for code, tally in tallies.items()}
    return maps.country(shares, lambda code: f"{start}province={code}" if code in tallies else "", words)


def county_map(rule: Rule, rows: list[UnitCover]) -> maps.Map:
    """The counties of the one province by their answer; where units share a division, by the least sure."""
    province = rule.province or rule.provinces[0]
    order = list(Cover)
    marks = {
        division.code: row.cover.value
        for row in sorted(rows, key=lambda row: order.index(row.cover))
        for division in row.divisions
    }
    fills = {Cover.COVERED: "level-5", Cover.UNPROVEN: "inferred", Cover.BLANK: "part"}
    kinds = {one.value: Step(f"tile {fill}", str(one.label)) for one, fill in fills.items()}
    return maps.province(province.code, marks, {**kinds, "": Step("tile level-0", _("not on this list"))})


def statuses(rule: Rule) -> list[tuple[str, str, bool]]:
    """The choice of units by status: value, word, whether it is the one chosen."""
    chosen = rule.values["status"] or ""
    return [("", _("All"), not chosen), *((one.value, capfirst(one.label), one == chosen) for one in Cover)]


COLUMNS = (
    "list", "key", "name_zh", "code_then", "division_codes", "province_code", "province", "prefecture", "status",
    "product_numbers", "products", "wider_product_numbers", "wider_products", "inferred_product_numbers",
    "inferred_products", "exited", "note",
)  # fmt: skip


def table(listed: PovertyList, rule: Rule, rows: list[UnitCover]) -> Table:
    """The units shown, as a file that carries its rule."""
    about = {"list": listed.slug, "as_of": rule.on, "counted": sorted(rule.tracks)}
    return Table(f"coverage-{listed.slug}", COLUMNS, (_line(listed, row) for row in rows), about, len(rows))


def _line(listed: PovertyList, row: UnitCover) -> dict[str, Any]:
    unit = row.unit
    return {
        "list": listed.slug,
        "key": unit.key,
        "name_zh": unit.name_zh,
        "code_then": unit.code_then,
        "division_codes": [division.code for division in row.divisions],
        "province_code": unit.province.code,
        "province": unit.province.name_zh,
        "prefecture": row.prefecture.name_zh if row.prefecture else None,
        "status": row.cover.value,
        "product_numbers": [product.number for product in row.named],
        "products": [product.name_zh for product in row.named],
        "wider_product_numbers": [product.number for product in row.wider],
        "wider_products": [product.name_zh for product in row.wider],
        "inferred_product_numbers": [product.number for product in row.inferred],
        "inferred_products": [product.name_zh for product in row.inferred],
        "exited": iso(unit.exited_on, unit.exited_precision) if unit.exited_on else None,
        "note": unit.note,
    }
