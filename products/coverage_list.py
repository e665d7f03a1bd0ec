"""EDGE. What stands on the page and in the report of one poverty list; each part is worked out when it is asked for."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from gi_registry.charts import Chart
from gi_registry.models import Division
from products import coverage, coverage_drawings, coverage_names, list_exits, maps, plan_progress, users
from products.coverage import Answer, Row, Tally
from products.coverage_names import UnitName
from products.coverage_page import PRODUCTS, Asked
from products.coverage_rules import Cover, Reach
from products.map_grid import PROVINCES
from products.map_shapes import Map
from products.models import PovertyList, Product
from products.plan_progress import PlanProgress


@dataclass(frozen=True)
class Place:
    """A province or prefecture with its count; `division` is None where units lie in no prefecture."""

    division: Division | None
    tally: Tally
    url: str

    @property
    def short(self) -> str:
        """Its name without its kind, where there is little room; "" where there is no division."""
        if self.division is None:
            return ""
        code = self.division.code
        return maps.short_name(code) if code in PROVINCES else maps.short_prefecture(self.division)


@dataclass(frozen=True)
class Group:
    """Names of units in one place."""

    place: Place
    names: list[UnitName]


@dataclass(frozen=True)
class Side:
    """One side of a comparison."""

    title: str
    total: Tally
    blank: list[UnitName]


@dataclass(frozen=True)
class Comparison:
    """Two counts beside each other; between two dates also what became covered from the first to the second."""

    title: str
    sides: tuple[Side, Side]
    gained: list[UnitName] | None = None
    lost: list[UnitName] | None = None

    @property
    def rows(self) -> list[tuple[str, list[int]]]:
        """The counts in words and numbers."""
        kinds = [(_("listed units"), "listed"), *((str(one.label), one.value) for one in Cover)]
        totals = [side.total for side in self.sides]
        shown = [(capfirst(word), [getattr(total, name) for total in totals]) for word, name in kinds]
        products = (_("Products that cover a unit"), [len(total.products) for total in totals])
        return [*shown, (_("Share covered, %"), [total.percent for total in totals]), products]


class ListPage:
    """The figures of a list by what was asked; `answer` where it is known already."""

    def __init__(self, listed: PovertyList, asked: Asked, answer: Answer | None = None) -> None:
        self.listed, self.asked = listed, asked
        if answer is not None:
            self.answer = answer

    def url(self, **changes: str) -> str:
        """This page with some of what was asked replaced."""
        return self.listed.get_absolute_url() + self.asked.query(**changes)

    @property
    def whole_url(self) -> str:
        """The same of the whole list."""
        return self.url(province="", status="")

    @property
    def query(self) -> str:
        """What was asked, for the address on paper."""
        return self.asked.query(status="")

    @property
    def page_url(self) -> str:
        """The page with these figures."""
        return self.url(status="")

    @property
    def report_url(self) -> str:
        """The same on two pages of paper."""
        return reverse("products:coverage_report", args=[self.listed.slug]) + self.asked.query(status="")

    # --- figures

    @cached_property
    def answer(self) -> Answer:
        return coverage.count(self.listed, self.asked.on, self.asked.rule, self.asked.province)

    @cached_property
    def total(self) -> Tally:
        return self.answer.total

    @cached_property
    def holders(self) -> dict[int, set[int]]:
        """Enterprises that may use the mark on the products of the total, by product."""
        return users.holders(self.total.products, self.asked.on)

    @property
    def enterprises(self) -> int:
        """How many enterprises may use the mark on a product that covers a unit, wherever they produce."""
        return users.distinct(self.holders, self.total.products)

    @cached_property
    def links(self) -> dict[str, str]:
        """Where each figure leads: to the rows behind it."""
        return {kind: f"{self.url(status=kind)}#units" for kind in (*Cover.values, PRODUCTS, "")} | {
            "listed": f"{self.url(status='')}#units"
        }

    @cached_property
    def completeness(self) -> list_exits.Completeness:
        return list_exits.completeness(self.asked.on, self.asked.rule)

    @cached_property
    def names(self) -> dict[int, UnitName]:
        """The names of all units of the answer, of those compared and dropped since too."""
        rows = [*self.answer.rows, *(row for other in self._others for row in other.rows)]
        return coverage_names.names({row.line.unit for row in rows})

    # --- places

    @cached_property
    def places(self) -> list[Place]:
        """By prefecture within one province, else by province; those not known stand last."""
        one = self.asked.only_province is not None
        tallies = self.answer.by(lambda line: line.prefecture if one else line.province)
        divisions = Division.objects.in_bulk([key for key in tallies if key is not None])
        known = sorted((division.code, pk) for pk, division in divisions.items())
        keys: list[int | None] = [pk for _code, pk in known] + [None] * (None in tallies)
        return [self._place(divisions.get(key) if key else None, tallies[key], one) for key in keys]

    def _place(self, division: Division | None, tally: Tally, one: bool) -> Place:
        if division is None:
            return Place(None, tally, "")
        url = division.get_absolute_url() if one else self.url(province=division.code, status="")
        return Place(division, tally, url)

    @cached_property
    def map(self) -> Map:
        if province := self.asked.only_province:
            return coverage_drawings.province_map(province, self.answer.rows, self.names, self.total)
        known = [place for place in self.places if place.division]
        tallies = {place.division.code: place.tally for place in known if place.division}
        return coverage_drawings.country_map(tallies, {p.division.code: p.url for p in known if p.division})

    @cached_property
    def blank(self) -> list[Group]:
        """The blank units by name, in the order of `places`."""
        one = self.asked.only_province is not None
        found: dict[int | None, list[UnitName]] = {}
        for row in self.answer.rows:
            if row.cover == Cover.BLANK:
                key = row.line.prefecture if one else row.line.province
                found.setdefault(key, []).append(self.names[row.line.unit])
        return [
            Group(place, found[place.tally.place]) for place in self.places if place.tally.place in found
        ]

    # --- time

    @cached_property
    def trend(self) -> Chart | None:
        days = coverage_drawings.trend_days(self.asked.on)
        counts = coverage.trend(self.listed, days, self.asked.rule, self.asked.province)
        return coverage_drawings.trend_chart(counts)

    @cached_property
    def exits(self) -> list[list_exits.YearOfExit]:
        """The whole list, whatever province is chosen."""
        return list_exits.exits(self.listed, self.asked.on)

    @cached_property
    def exits_chart(self) -> Chart | None:
        return coverage_drawings.exits_chart(self.exits)

    @cached_property
    def is_qinghai_difference(self) -> bool:
        return list_exits.is_qinghai_difference(self.exits)

    @cached_property
    def plans(self) -> list[PlanProgress]:
        """Released plans for the list, with what has come of them."""
        return plan_progress.public_of(self.listed, self.asked.on)

    # --- units

    @cached_property
    def status(self) -> str:
        """Which rows are shown: a `Cover`, PRODUCTS or "" for all units."""
        return self.asked.values["status"] or ""

    @cached_property
    def statuses(self) -> list[tuple[str, str, bool]]:
        """The choice of rows: address, word, whether it is the one chosen."""
        words = [("", _("All")), *((one.value, str(one.label)) for one in Cover), (PRODUCTS, _("products"))]
        return [(self.links[value], capfirst(word), value == self.status) for value, word in words]

    @property
    def shows_products(self) -> bool:
        return self.status == PRODUCTS

    @cached_property
    def rows(self) -> list[Row]:
        """The units chosen; behind the products stand the units that they cover."""
        kind = Cover.COVERED if self.shows_products else self.status
        return [row for row in self.answer.rows if not kind or row.cover == kind]

    @cached_property
    def covering(self) -> list[tuple[int, int]]:
        """Products that cover a unit, with the number of units, most first."""
        hits = (product for row in self.answer.rows for product, reach in row.reached.items() if reach == Reach.NAMED)
        return sorted(Counter(hits).items(), key=lambda pair: (-pair[1], pair[0]))

    def load_products(self, pairs: Iterable[tuple[int, int]]) -> list[tuple[Product, int, int]]:
        """Some of `covering` as rows of the register, each with its units and its enterprises."""
        pairs = list(pairs)
        found = Product.objects.in_bulk([pk for pk, _units in pairs])
        return [(found[pk], units, len(self.holders.get(pk, ()))) for pk, units in pairs]

    # --- comparison

    @cached_property
    def comparisons(self) -> list[Comparison]:
        """With another date, with another province, with both or none."""
        return [self._by_date(), *self._by_province()] if self._other_day else [*self._by_province()]

    @cached_property
    def _other_day(self) -> Answer | None:
        day = self.asked.values["compare_on"]
        if not day or day == self.asked.on:
            return None
        return coverage.count(self.listed, day, self.asked.rule, self.asked.province)

    @cached_property
    def _elsewhere(self) -> Answer | None:
        other = self.asked.other_province
        return coverage.count(self.listed, self.asked.on, self.asked.rule, other) if other else None

    @property
    def _others(self) -> Iterable[Answer]:
        return [answer for answer in (self._other_day, self._elsewhere) if answer]

    def _by_date(self) -> Comparison:
        assert self._other_day
        before, after = sorted((self.answer, self._other_day), key=lambda answer: answer.on)
        covered = [{row.line.unit for row in each.rows if row.cover == Cover.COVERED} for each in (before, after)]
        return Comparison(
            _("Two dates"),
            (self._side(before.on, before), self._side(after.on, after)),
            gained=self._named(row.line.unit for row in after.rows if row.line.unit in covered[1] - covered[0]),
            lost=self._named(row.line.unit for row in before.rows if row.line.unit in covered[0] - covered[1]),
        )

    def _by_province(self) -> Iterable[Comparison]:
        other = self.asked.other_province
        if other and self._elsewhere:
            here = maps.name_of(self.asked.province) if self.asked.province else _("The whole list")
            sides = (self._side(here, self.answer), self._side(maps.name_of(other), self._elsewhere))
            yield Comparison(_("Two provinces"), sides)

    def _side(self, title: Any, answer: Answer) -> Side:
        blank = self._named(row.line.unit for row in answer.rows if row.cover == Cover.BLANK)
        return Side(str(title), answer.total, blank)

    def _named(self, units: Iterable[int]) -> list[UnitName]:
        return [self.names[unit] for unit in units]


def provinces_of(listed: PovertyList) -> list[Division]:
    """The provinces that a list touches, by code. One query."""
    return list(Division.objects.filter(pk__in=listed.units.order_by().values("province")).order_by("code"))
