"""READER. Which units of a poverty list are covered by a GI, on any date and by any choice of legal tracks.

Words, the same here and on the page
  listed unit   a row of a poverty list, under the name it had there
  qualifying    a right confirmed and in force on the date (`products.models.in_force`), on a chosen track
  covered       the area of a qualifying right, named in a source, includes a division of the unit: that division
                itself (the whole, a part or an extent not stated), or the whole of a larger division it lies in
  not proven    only an area inferred from a name reaches the unit, or a larger division of which no source says
                whether the whole is meant; never counted as covered
  blank         neither; a unit tied to no division cannot be told and is counted as blank, with a note
                (an area that is only a part of a larger division proves nothing: which part is not known)

The rule by default counts GI products alone, as the provincial plans of 2018 did; later reports add trademarks.
Every answer takes five queries at most, whatever its length. Areas stand under divisions of today, and so do
the divisions of a unit; the list itself is as published and does not depend on the date.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from enum import IntEnum

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, TextChoices
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gi_registry.models import Division, DivisionLevel
from products.models import ListedUnit, PovertyList, Product, ProtectedArea, Right
from products.states import AreaBasis, Extent, Track


class Counted(TextChoices):
    """Which legal tracks count; shown beside every figure, because published figures differ in it."""

    GI_PRODUCT = "gi_product", _("GI products")
    WITH_AGRICULTURAL = "with_agricultural", _("GI products and agricultural GIs")
    ALL = "all", _("all tracks, trademarks included")


TRACKS: dict[str, frozenset[str]] = {
    Counted.GI_PRODUCT: frozenset({Track.GI_PRODUCT}),
    Counted.WITH_AGRICULTURAL: frozenset({Track.GI_PRODUCT, Track.AGRICULTURAL_GI}),
    Counted.ALL: frozenset(Track.values),
}
GI_PRODUCTS = TRACKS[Counted.GI_PRODUCT]


class Cover(TextChoices):
    """The answer for one unit."""

    COVERED = "covered", _("covered")
    UNPROVEN = "unproven", _("not proven")
    BLANK = "blank", _("blank")


class Reach(IntEnum):
    """How a product reaches a unit, best first."""

    NAMED = 0
    WIDER = 1
    INFERRED = 2


@dataclass(frozen=True)
class UnitCover:
    """One unit and the products that reach it, each under the best way it does.

    `named`: by the unit's own division or by the whole of a larger one. `wider`: by a larger division of which no
    source says how much is meant. `inferred`: only by an area inferred from a name.
    """

    unit: ListedUnit
    divisions: tuple[Division, ...]
    cover: Cover
    named: tuple[Product, ...]
    wider: tuple[Product, ...]
    inferred: tuple[Product, ...]
    prefecture: Division | None

    @property
    def can_be_told(self) -> bool:
        """Whether the unit is tied to a division at all."""
        return bool(self.divisions)

    @property
    def kind(self) -> str:
        """How a page marks the answer: in force, look closer, or nothing."""
        return {Cover.COVERED: "live", Cover.UNPROVEN: "look", Cover.BLANK: "stopped"}[self.cover]

    @property
    def was_renamed(self) -> bool:
        """Whether none of its divisions has the name that stands on the list."""
        return all(division.name_zh != self.unit.name_zh for division in self.divisions)


@dataclass
class Tally:
    """Counts of units in one place; `place` is None for a total and where the place is not known."""

    place: Division | None = None
    listed: int = 0
    covered: int = 0
    unproven: int = 0
    blank: int = 0
    untold: int = 0
    products: set[int] = field(default_factory=set)

    @property
    def percent(self) -> int:
        """Covered units of a hundred listed, rounded down so that 100 means all."""
        return self.covered * 100 // self.listed if self.listed else 0

    def add(self, row: UnitCover) -> None:
        """Count one unit."""
        self.listed += 1
        self.covered += row.cover == Cover.COVERED
        self.unproven += row.cover == Cover.UNPROVEN
        self.blank += row.cover == Cover.BLANK
        self.untold += not row.can_be_told
        self.products.update(product.pk for product in row.named)


def units(
    listed: PovertyList | QuerySet[ListedUnit],
    on: datetime.date | None = None,
    tracks: Collection[str] = GI_PRODUCTS,
) -> list[UnitCover]:
    """The answer for every unit of a list (or of any query of units), by province and code."""
    query = listed.units.all() if isinstance(listed, PovertyList) else listed
    # As a list of its own: asking a related manager again for every unit takes longer than the queries do.
    lines = Prefetch("divisions", Division.objects.select_related("parent__parent").only(*_SHOWN), "lines")
    rows = sorted(
        query.select_related("province").prefetch_related(lines),
        key=lambda row: (row.province.code, row.code_then or "~", row.key),
    )
    divisions = {row.pk: tuple(row.lines) for row in rows}
    itself, from_above = _areas(divisions.values(), on, tracks)
    found = {pk: _reached(lines, itself, from_above) for pk, lines in divisions.items()}
    products = Product.objects.in_bulk({pk for answer in found.values() for pk in answer})
    return [_answer(row, divisions[row.pk], found[row.pk], products) for row in rows]


# What a page shows of a division and of those above it, and the keys that lead there.
_NAMES = ("code", "name_zh", "name_pinyin", "name_en", "level", "parent")
_SHOWN = [f"{above}{name}" for above in ("", "parent__", "parent__parent__") for name in _NAMES]

Areas = dict[int, list[tuple[int, Reach]]]  # division -> (product, how it reaches)


def _areas(
    units: Iterable[tuple[Division, ...]], on: datetime.date | None, tracks: Collection[str]
) -> tuple[Areas, Areas]:
    """Qualifying areas by division: for the division itself, and for what lies in it."""
    on = on or timezone.localdate()
    wanted = {part.pk for divisions in units for division in divisions for part in division.lineage()}
    # Asked of each area found, not joined: SQLite would begin with all rights and try every division on each.
    qualifying = Exists(Right.objects.in_force(on).filter(pk=OuterRef("right"), track__in=tracks))
    current = ProtectedArea.objects.filter(Q(effective_to=None) | Q(effective_to__gt=on), division__in=wanted)
    areas = current.filter(qualifying).order_by()
    itself: Areas = defaultdict(list)
    from_above: Areas = defaultdict(list)
    for division, product, extent, basis in areas.values_list(
        "division_id", "right__product_id", "extent", "basis"
    ):
        guessed = basis == AreaBasis.INFERRED_FROM_NAME
        itself[division].append((product, Reach.INFERRED if guessed else Reach.NAMED))
        if extent != Extent.PART:
            surest = Reach.NAMED if extent == Extent.WHOLE else Reach.WIDER
            from_above[division].append((product, Reach.INFERRED if guessed else surest))
    return itself, from_above


def _reached(divisions: Iterable[Division], itself: Areas, from_above: Areas) -> dict[int, Reach]:
    """Products that reach a unit, each with the best way it does."""
    answer: dict[int, Reach] = {}
    for division in divisions:
        above = [entry for parent in division.lineage()[:-1] for entry in from_above.get(parent.pk, ())]
        for product, reach in [*itself.get(division.pk, ()), *above]:
            answer[product] = min(reach, answer.get(product, Reach.INFERRED))
    return answer


def _answer(
    row: ListedUnit, divisions: tuple[Division, ...], found: dict[int, Reach], products: dict[int, Product]
) -> UnitCover:
    by_number = sorted(found, key=lambda pk: products[pk].number)
    named, wider, inferred = (tuple(products[pk] for pk in by_number if found[pk] == one) for one in Reach)
    cover = Cover.COVERED if named else Cover.UNPROVEN if wider or inferred else Cover.BLANK
    above = [part for division in divisions[:1] for part in division.lineage()]
    prefecture = next((part for part in above if part.level == DivisionLevel.PREFECTURE), None)
    return UnitCover(row, divisions, cover, named, wider, inferred, prefecture)


def provinces(poverty_list: PovertyList) -> list[Division]:
    """The provinces that a list has units in. One query."""
    return list(Division.objects.filter(pk__in=poverty_list.units.values("province")))


def by_province(
    poverty_list: PovertyList, on: datetime.date | None = None, tracks: Collection[str] = GI_PRODUCTS
) -> list[Tally]:
    """Counts of a list by province."""
    return tally_by_province(units(poverty_list, on, tracks))


def by_list(rows: Iterable[UnitCover]) -> dict[int, Tally]:
    """Counts by key of the list, when the rows come from several."""
    tallies: dict[int, Tally] = defaultdict(Tally)
    for row in rows:
        tallies[row.unit.poverty_list_id].add(row)
    return dict(tallies)


def tally_by_province(rows: Iterable[UnitCover]) -> list[Tally]:
    """Counts by province, in the order of the codes."""
    return _tallies(rows, lambda row: row.unit.province)


def tally_by_prefecture(rows: Iterable[UnitCover]) -> list[Tally]:
    """Counts by prefecture; the last one, without a place, holds units outside any prefecture."""
    return _tallies(rows, lambda row: row.prefecture)


def _tallies(rows: Iterable[UnitCover], place_of: Callable[[UnitCover], Division | None]) -> list[Tally]:
    tallies: dict[int | None, Tally] = {}
    for row in rows:
        place = place_of(row)
        tallies.setdefault(place.pk if place else None, Tally(place)).add(row)
    return sorted(tallies.values(), key=lambda tally: tally.place.code if tally.place else "~")


def total(rows: Iterable[UnitCover]) -> Tally:
    """All units in one count; a product that reaches several units is one product."""
    tally = Tally()
    for row in rows:
        tally.add(row)
    return tally


@dataclass(frozen=True)
class YearOfExit:
    """Units that left a list in a year; `official` is the national count where one is published."""

    year: int | None
    loaded: int
    official: int | None

    @property
    def differs(self) -> bool:
        """Whether the rows loaded disagree with the published count."""
        return self.official is not None and self.official != self.loaded


# National counts of counties that left the list (domain rules, section 11.1). Qinghai counted three of its
# administrative committees in 2016, the national count has them in 2019.
OFFICIAL_EXITS = {"national-832": {2016: 28, 2017: 125, 2018: 283, 2019: 344, 2020: 52}}


def exits(poverty_list: PovertyList) -> list[YearOfExit]:
    """Units by year of leaving the list, earliest first; empty where no unit has left. One query."""
    official = OFFICIAL_EXITS.get(poverty_list.slug, {})
    counts = dict(
        poverty_list.units.order_by("exited_on__year").values_list("exited_on__year").annotate(Count("pk"))
    )
    if not counts.keys() - {None}:
        return []
    unknown = counts.pop(None, 0)
    years = [
        YearOfExit(year, counts.get(year, 0), official.get(year)) for year in sorted({*counts, *official})
    ]
    return [*years, YearOfExit(None, unknown, None)] if unknown else years


@dataclass(frozen=True)
class Completeness:
    """How much a rate can say: confirmed products in force, and how many of them have a named area."""

    confirmed: int
    with_named_area: int


def completeness(on: datetime.date | None = None, tracks: Collection[str] = GI_PRODUCTS) -> Completeness:
    """Products with a qualifying right, in all and with an area named in a source. One query."""
    named = Q(areas__basis=AreaBasis.NAMED_IN_SOURCE)
    counts = Right.objects.in_force(on).filter(track__in=tracks).aggregate(
        confirmed=Count("product", distinct=True), named=Count("product", filter=named, distinct=True)
    )  # fmt: skip
    return Completeness(counts["confirmed"], counts["named"])


def is_qinghai_difference(years: Iterable[YearOfExit]) -> bool:
    """Whether rows and national count differ by Qinghai's three committees and by nothing else."""
    differences = {row.year: row.loaded - row.official for row in years if row.differs and row.official}
    return differences == {2016: 3, 2019: -3}
