"""READER. Which units of a poverty list are covered by a GI, on any date and by any rule.

The rule and its words stand in products/coverage_rules.py. Everything is answered from seven queries, whatever
the length of the list and the number of dates: units, their divisions, the divisions of the country, areas of rights in
force, of rights in procedure, of public protection cases, released candidates under way. Joined here in plain steps:

    areas ──(products/reaching.py)──► what reaches each division ──► each unit ──(cover_of)──► counts by place, date
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from gi_registry.models import Division
from products.case_models import ProtectionCase
from products.coverage_rules import DEFAULT, Cover, Reach, Rule, cover_of
from products.cultivation_models import Candidate
from products.models import ListedUnit, PovertyList, Product
from products.reaching import CASES_BELOW, Hit, Reaching

Day = datetime.date


class Line(NamedTuple):
    """A unit of a list as keys, with everything that reaches each of its `parts` in the days asked for."""

    unit: int
    poverty_list: int
    province: int
    prefecture: int | None
    parts: tuple[int, ...]
    since: Day | None
    until: Day | None
    hits: tuple[list[list[Hit]], ...]

    def stands(self, on: Day) -> bool:
        """Whether the version of the list that holds on the date has the unit."""
        return (self.since is None or self.since <= on) and (self.until is None or self.until > on)

    def reached(self, on: Day, whole: bool) -> dict[int, Reach]:
        """What reaches the unit on a date, each in the best way it does.

        `whole`: to hold a unit of several divisions a product has to hold each of them.
        """
        by_part = [_best(lists, on) for lists in self.hits]
        if len(by_part) == 1:
            return by_part[0]
        products = {product for part in by_part for product in part}
        best = {product: min(part[product] for part in by_part if product in part) for product in products}
        if whole:
            for product, reach in best.items():
                if reach == Reach.NAMED and any(part.get(product) != Reach.NAMED for part in by_part):
                    best[product] = Reach.WIDER
        return best


def _best(lists: Iterable[list[Hit]], on: Day) -> dict[int, Reach]:
    best: dict[int, Reach] = {}
    for found in lists:
        for product, reach, since, until in found:
            if since <= on and (until is None or until > on) and reach < best.get(product, _NONE):
                best[product] = reach
    return best


_NONE = len(Reach)  # behind all ways of reaching


@dataclass
class Tally:
    """Counts of units in one place; `place` is the key of a division, None for a total or a place not known."""

    place: int | None = None
    listed: int = 0
    covered: int = 0
    unproven: int = 0
    in_procedure: int = 0
    blank: int = 0
    untold: int = 0
    products: set[int] = field(default_factory=set)

    @property
    def percent(self) -> int:
        """Covered units of a hundred listed, rounded down so that 100 means all."""
        return self.covered * 100 // self.listed if self.listed else 0

    def add(self, row: Row) -> None:
        """Count one unit."""
        self.listed += 1
        setattr(self, row.cover.value, getattr(self, row.cover.value) + 1)
        self.untold += not row.line.parts
        self.products.update(product for product, reach in row.reached.items() if reach == Reach.NAMED)


class Row(NamedTuple):
    """The answer for one unit, as keys; `load` makes what a page shows of it."""

    line: Line
    cover: Cover
    reached: dict[int, Reach]


@dataclass(frozen=True)
class Answer:
    """The answer for a list, a date and a rule: a row a unit, and the counts, which are sums of the rows."""

    on: Day
    rule: Rule
    rows: list[Row]

    @property
    def total(self) -> Tally:
        """All units in one count; a product that reaches several units is one product."""
        return self.by(lambda line: None).get(None, Tally())

    def by(self, place_of: Callable[[Line], int | None]) -> dict[int | None, Tally]:
        """Counts by a key of the units: a province, a prefecture, a list."""
        tallies: dict[int | None, Tally] = {}
        for row in self.rows:
            place = place_of(row.line)
            tallies.setdefault(place, Tally(place)).add(row)
        return tallies


Asked = PovertyList | QuerySet[ListedUnit]


def count(asked: Asked, on: Day | None = None, rule: Rule = DEFAULT, within: Division | None = None) -> Answer:
    """The answer for a list (or any query of units, of several lists too), all of it or what lies in a division."""
    on = on or timezone.localdate()
    return _answer(_lines(_units(asked, within), rule, on, on), on, rule)


def trend(
    asked: Asked, days: Sequence[Day], rule: Rule = DEFAULT, within: Division | None = None
) -> list[tuple[Day, Tally]]:
    """The count on each of several days, by the list as it stood then, in as many queries as for one."""
    if not days:
        return []
    lines = _lines(_units(asked, within), rule, min(days), max(days))
    return [(day, _answer(lines, day, rule).total) for day in days]


def _units(asked: Asked, within: Division | None) -> QuerySet[ListedUnit]:
    query = asked.units.all() if isinstance(asked, PovertyList) else asked
    if within is None:
        return query
    if within.parent_id is None:
        return query.filter(province=within)
    inside = Division.objects.within(within.code).values("pk")
    held = ListedUnit.divisions.through.objects.filter(division__in=inside).values("listedunit")
    return query.filter(pk__in=held)


def _answer(lines: Iterable[Line], on: Day, rule: Rule) -> Answer:
    rows = []
    for line in lines:
        if line.stands(on):
            reached = line.reached(on, rule.whole)
            rows.append(Row(line, cover_of(min(reached.values(), default=None)), reached))
    return Answer(on, rule, rows)


def _lines(units: QuerySet[ListedUnit], rule: Rule, first: Day, last: Day) -> list[Line]:
    """Each unit with what reaches it between two days, by province, code of then and key."""
    divisions = defaultdict(list)
    through = ListedUnit.divisions.through.objects.filter(listedunit__in=units.order_by().values("pk"))
    for unit, division in through.order_by("division__code").values_list("listedunit_id", "division_id"):
        divisions[unit].append(division)
    reaching = Reaching.read({part for parts in divisions.values() for part in parts}, rule, first, last)
    columns = "pk", "poverty_list_id", "province_id", "added_in__effective_from", "dropped_in__effective_from"
    # A unit without a code (a management area, say) stands last in its province.
    rows = units.order_by().values_list("province__code", "code_then", "key", *columns)
    lines = []
    for *_order, unit, listed, province, since, until in sorted(rows, key=lambda row: (row[0], row[1] or "~", row[2])):
        parts = tuple(divisions.get(unit, ()))
        found = tuple(reaching.of(part) for part in parts)
        prefecture = reaching.places.prefecture(parts[0]) if parts else None
        lines.append(Line(unit, listed, province, prefecture, parts, since, until, found))
    return lines


# --- What a page shows ---


@dataclass(frozen=True)
class UnitCover:
    """One unit with the products that reach it, each under the best way it does (see `Reach`)."""

    unit: ListedUnit
    divisions: tuple[Division, ...]
    prefecture: Division | None
    cover: Cover
    named: tuple[Product, ...]
    wider: tuple[Product, ...]
    inferred: tuple[Product, ...]
    in_procedure: tuple[Product, ...]
    candidates: tuple[Candidate, ...]
    cases: tuple[ProtectionCase, ...]

    @property
    def can_be_told(self) -> bool:
        """Whether the unit is tied to a division at all."""
        return bool(self.divisions)

    @property
    def was_renamed(self) -> bool:
        """Whether none of its divisions has the name that stands on the list."""
        return all(division.name_zh != self.unit.name_zh for division in self.divisions)


def units(asked: Asked, on: Day | None = None, rule: Rule = DEFAULT, within: Division | None = None) -> list[UnitCover]:
    """The answer for every unit, with all that a page shows of it."""
    return load(count(asked, on, rule, within).rows)


def load(rows: Sequence[Row]) -> list[UnitCover]:
    """What a page shows of some rows of an answer. Five queries."""
    near = Division.objects.select_related("parent__parent", "successor__parent__parent")
    found = ListedUnit.objects.filter(pk__in=[row.line.unit for row in rows]).select_related("province")
    by_key = {unit.pk: unit for unit in found.prefetch_related(Prefetch("divisions", near, "lines"))}
    keys = {key for row in rows for key in row.reached}
    products = Product.objects.in_bulk([key for key in keys if key > 0])
    candidates = Candidate.objects.in_bulk([-key for key in keys if CASES_BELOW < key < 0])
    cases = ProtectionCase.objects.in_bulk([CASES_BELOW - key for key in keys if key < CASES_BELOW])
    return [_loaded(row, by_key[row.line.unit], products, candidates, cases) for row in rows]


def _loaded(
    row: Row, unit: ListedUnit, products: dict[int, Product], candidates: dict[int, Candidate],
    cases: dict[int, ProtectionCase],
) -> UnitCover:  # fmt: skip
    divisions: tuple[Division, ...] = tuple(unit.lines)  # type: ignore[attr-defined]
    above = [part for division in divisions[:1] for part in (division.successor or division).lineage()]
    reaching = sorted((key for key in row.reached if key > 0), key=lambda key: products[key].number)

    def by(reach: Reach) -> tuple[Product, ...]:
        return tuple(products[key] for key in reaching if row.reached[key] == reach)

    return UnitCover(
        unit, divisions, next((part for part in above if part.pk == row.line.prefecture), None), row.cover,
        by(Reach.NAMED), by(Reach.WIDER), by(Reach.INFERRED), by(Reach.PROCEDURE),
        tuple(candidates[-key] for key in sorted(row.reached) if CASES_BELOW < key < 0),
        tuple(cases[CASES_BELOW - key] for key in sorted(row.reached) if key < CASES_BELOW),
    )  # fmt: skip
