"""READER. What the mark brought in a year: sums of accepted yearly reports by county and list, and by product.

Words, the same here and on the page
  counted       the accepted version of the report of a real enterprise (no demonstration data)
  expected      authorisations of real enterprises, confirmed, that stood on a day of the year
  county        the division of the file of the latest terms; an authorisation decided elsewhere has none here
  of a list     the county, or what it became, is a division of a unit that stood on the list at the end of the year
  direct value  goods under the mark; the related value is what else they brought, and is never added to it
  not shown     a sum from which the figure of a single enterprise could be told (enterprises/suppression.py)

A page shows one dimension: rows by county with the total of a list, or the total of a product.
"""

from __future__ import annotations

import datetime
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from django.db.models import BigIntegerField, OuterRef, Subquery
from django.utils import timezone

from enterprises import suppression
from enterprises.label_states import Unit
from enterprises.models import Authorisation, Terms
from enterprises.suppression import Part
from enterprises.use_models import UseReport, reporting
from enterprises.use_states import UseState
from gi_registry.models import Division
from products.models import ListedUnit, PovertyList, Product

OUTPUTS = {f"output_{unit.value}": unit for unit in Unit}
# In the order of the page. Output is in thousandths of its unit, money in whole yuan.
MEASURES = (*OUTPUTS, "output_value", "related_value", "export_value", "households", "employees")
COLUMNS = ("output_value", "related_value", "export_value", "households", "employees")
HEADLINE = ("output_value",)


@dataclass(frozen=True)
class Figure:
    """A sum. `value` is None where nobody stated one, and where it is `hidden` because it would tell too much."""

    value: int | None = None
    hidden: bool = False


@dataclass(frozen=True)
class Row:
    """The figures of one place. `expected` counts authorisations, `reports` the accepted reports among them."""

    place: Division | None
    expected: int
    reports: int
    firms: int
    figures: Mapping[str, Figure]

    @property
    def share(self) -> int:
        """Reports of a hundred expected, rounded down so that 100 means all."""
        return self.reports * 100 // self.expected if self.expected else 0


@dataclass(frozen=True)
class Sums:
    """The answer for a year: rows by county in the order of the codes (none for a product), and their total."""

    year: int
    rows: list[Row]
    total: Row

    @property
    def output_value(self) -> Figure:
        """The direct output value of the whole."""
        return self.total.figures["output_value"]


class Cell(NamedTuple):
    """One accepted report: for whom and where it counts, and what it adds by measure."""

    firm: int
    county: int | None
    product: int | None
    parts: dict[str, Part]


@dataclass(frozen=True)
class Year:
    """The accepted reports of a year, and the divisions of the units of each list, in the order of the lists."""

    cells: list[Cell]
    lists: dict[int, frozenset[int]]

    @cached_property
    def by_county(self) -> dict[int, list[Cell]]:
        """The reports of each county that is on a list: no other county has a row of its own."""
        listed: set[int | None] = set().union(*self.lists.values())
        found: dict[int, list[Cell]] = defaultdict(list)
        for cell in self.cells:
            if cell.county is not None and cell.county in listed:
                found[cell.county].append(cell)
        return dict(found)

    def decision(self, measure: str) -> suppression.Decision[int]:
        """Which counties and which totals of lists are shown; the same for every page of the year."""
        rows = {county: _parts(cells, measure) for county, cells in self.by_county.items()}
        return suppression.decide(rows, [sorted(rows.keys() & listed) for listed in self.lists.values()])

    def regions(self, measure: str) -> dict[Any, list[Part]]:
        """The sums by place that the pages of the lists give away: of counties, and of the hidden ones of a list."""
        decision, by_county = self.decision(measure), self.by_county
        found: dict[Any, list[Part]] = {
            county: _parts(cells, measure) for county, cells in by_county.items() if county not in decision.hidden
        }
        for (key, listed), fits in zip(self.lists.items(), decision.totals, strict=True):
            if fits:
                hidden = [cell for county in decision.hidden & listed for cell in by_county[county]]
                found["list", key] = _parts(hidden, measure)
        return {key: parts for key, parts in found.items() if parts}


def _parts(cells: Iterable[Cell], measure: str) -> list[Part]:
    return [cell.parts[measure] for cell in cells if measure in cell.parts]


def read_year(year: int, measures: Collection[str] = MEASURES) -> Year:
    """The accepted reports of real enterprises with some of the measures, and the lists; two queries."""
    columns = [name for name in COLUMNS if name in measures]
    if not OUTPUTS.keys().isdisjoint(measures):
        columns += ["unit", "output"]
    rows = UseReport.objects.filter(year=year, state=UseState.ACCEPTED).annotate(county=_county("authorisation"))
    rows = rows.filter(authorisation__in=Authorisation.objects.real().values("pk")).order_by("pk")
    names = ("authorisation__enterprise_id", "may_be_shown", "county", "authorisation__product_id", *columns)
    found = list(rows.values_list(*names))
    agreed: dict[int, bool] = {}  # only where every report of the enterprise says so
    for row in found:
        agreed[row[0]] = agreed.get(row[0], True) and row[1]
    cells = []
    for firm, _agrees, county, product, *values in found:
        parts = {
            measure: Part(firm, agreed[firm], value)
            for measure, value in _stated(columns, values) if value is not None
        }  # fmt: skip
        cells.append(Cell(firm, county, product, parts))
    return Year(cells, counties_of_lists(datetime.date(year, 12, 31)))


def _stated(columns: list[str], values: list[Any]) -> Iterator[tuple[str, Any]]:
    """What a report states, by measure; output under the measure of its unit."""
    if columns[-1:] == ["output"]:
        *values, unit, output = values
        if unit:
            yield f"output_{unit}", output
    yield from zip(columns, values, strict=False)


def _county(prefix: str = "") -> Subquery:
    """Expression: the division of the file of the latest terms, as officials' territories are told."""
    latest = Terms.objects.filter(authorisation=OuterRef(prefix or "pk")).order_by("-effective_from", "-pk")
    return Subquery(latest.values("application__division")[:1], output_field=BigIntegerField())


def counties_of_lists(on: datetime.date) -> dict[int, frozenset[int]]:
    """The divisions of the units of each list on a date, with what became of those of the past; one query."""
    found: dict[int, set[int]] = {}
    rows = ListedUnit.objects.on(on).order_by("poverty_list__order", "poverty_list__slug", "pk")
    for key, division, successor in rows.values_list("poverty_list_id", "divisions", "divisions__successor"):
        found.setdefault(key, set()).update(part for part in (division, successor) if part)
    return {key: frozenset(parts) for key, parts in found.items()}


# --- Questions ---


def of_list(poverty_list: PovertyList, year: int, measures: Collection[str] = MEASURES) -> Sums:
    """The sums of a list by county, with its total. Four queries, however long the list is.

    `measures=HEADLINE` is enough, and quicker, for the direct output value and the share received alone.
    """
    known = read_year(year, measures)
    listed = known.lists.get(poverty_list.pk, frozenset())
    expected = _expected(year, county__in=listed)
    cells = {county: known.by_county.get(county, []) for county in listed}
    every = [cell for mine in cells.values() for cell in mine]
    figures: dict[int | None, dict[str, Figure]] = defaultdict(dict)
    for measure in measures:
        decision = known.decision(measure)
        fits = dict(zip(known.lists, decision.totals, strict=True)).get(poverty_list.pk, True)
        figures[None][measure] = _figure(_parts(every, measure), hidden=not fits)
        for county, mine in cells.items():
            figures[county][measure] = _figure(_parts(mine, measure), hidden=county in decision.hidden)
    places = Division.objects.select_related("parent__parent").filter(
        pk__in=[county for county in listed if cells[county] or county in expected]
    )
    rows = [_row(one, expected[one.pk], cells[one.pk], figures[one.pk]) for one in places.order_by("code", "pk")]
    return Sums(year, rows, _row(None, sum(expected.values()), every, figures[None]))


def of_product(product: Product, year: int) -> Sums:
    """The total of a product, shown only where it gives nothing away beside the sums by place. Three queries."""
    known = read_year(year)
    by_product: dict[int, list[Cell]] = defaultdict(list)
    for cell in known.cells:
        if cell.product is not None:
            by_product[cell.product].append(cell)
    figures = {}
    for measure in MEASURES:
        sums = {key: _parts(cells, measure) for key, cells in by_product.items()}
        mine = sums.get(product.pk, [])
        hidden = bool(mine) and not suppression.may_join(sums, known.regions(measure), product.pk)
        figures[measure] = _figure(mine, hidden=hidden)
    expected = sum(_expected(year, product=product.pk).values())
    return Sums(year, [], _row(None, expected, by_product.get(product.pk, []), figures))


def _figure(parts: Collection[Part], *, hidden: bool) -> Figure:
    if hidden:
        return Figure(hidden=True)
    return Figure(sum(part.value for part in parts) if parts else None)


def _row(place: Division | None, expected: int, cells: list[Cell], figures: Mapping[str, Figure]) -> Row:
    return Row(place, expected, len(cells), len({cell.firm for cell in cells}), figures)


def _expected(year: int, **conditions: Any) -> dict[int | None, int]:
    """How many reports of real enterprises are expected, by county; one query."""
    rows = reporting(year).real().annotate(county=_county()).filter(**conditions).order_by()
    return Counter(rows.values_list("county", flat=True))


def years(today: datetime.date | None = None) -> list[int]:
    """The years that can be asked about, the latest first: those that are over, from the first accepted report on."""
    last = (today or timezone.localdate()).year - 1
    reports = UseReport.objects.filter(state=UseState.ACCEPTED, year__lte=last).order_by("year")
    first = reports.values_list("year", flat=True).first()
    return list(range(last, (first or last) - 1, -1))
