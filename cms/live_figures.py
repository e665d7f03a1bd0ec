"""READER. Counts that a piece of a text shows, always with their rule and their date: coverage and agreements.

The count of a list is kept until the journal has a new entry or the date changes, as the key figures are.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from gi_registry.models import Division, DivisionLevel, JournalHead
from products import agreements, county_maps, coverage, maps
from products.agreements import Overview, SideCount
from products.county_maps import Mark
from products.coverage_rules import DEFAULT, Cover
from products.map_grid import Step
from products.map_shapes import Map
from products.models import Agreement, PovertyList

KEPT = 86_400  # seconds
COUNTS = ("listed", *Cover.values)
# Looks of a county by its answer; they are those of the pages on coverage.
FILLS = {
    Cover.COVERED: "level-5",
    Cover.UNPROVEN: "unproven",
    Cover.IN_PROCEDURE: "in_procedure",
    Cover.BLANK: "blank",
}


@dataclass(frozen=True)
class Counted:
    """Plain numbers of a count, so that they can be kept: by division code, and each county's answer."""

    total: dict[str, int]
    provinces: dict[str, dict[str, int]]
    counties: dict[str, str]


@dataclass(frozen=True)
class Coverage:
    """The figures of a list, all of it or one province, with what they rest on."""

    poverty_list: PovertyList
    province: Division | None
    on: datetime.date
    rule: str
    total: dict[str, int]
    url: str
    map: Map | None

    @property
    def percent(self) -> int:
        """Covered units of a hundred listed, rounded down so that 100 means all."""
        return _percent(self.total)


def _percent(counts: Mapping[str, int]) -> int:
    return counts["covered"] * 100 // counts["listed"] if counts["listed"] else 0


def coverage_of(
    listed: PovertyList, province: Division | None, *, with_map: bool, on: datetime.date | None = None
) -> Coverage:
    """Coverage by the rule of the provincial plans on a date (default today). At most ten queries."""
    on = on or timezone.localdate()
    sequence = JournalHead.objects.values_list("sequence", flat=True).first() or 0
    key = f"coverage-piece:{sequence}:{on}:{listed.pk}:{province.pk if province else ''}"
    found = cache.get_or_set(key, lambda: _count(listed, province, on), timeout=KEPT)
    assert isinstance(found, Counted)
    url = listed.get_absolute_url()
    drawing = _drawing(listed, province, found) if with_map else None
    return Coverage(
        listed, province, on, capfirst(" · ".join(DEFAULT.words())), found.total,
        f"{url}?province={province.code}" if province else url, drawing,
    )  # fmt: skip


def _count(listed: PovertyList, province: Division | None, on: datetime.date) -> Counted:
    answer = coverage.count(listed, on, within=province)
    keys = {row.line.province for row in answer.rows} | {
        part for row in answer.rows for part in row.line.parts
    }
    codes = dict(Division.objects.filter(pk__in=keys).values_list("pk", "code"))
    order = list(Cover.values)
    counties: dict[str, str] = {}
    # Where several units share a county, the least sure of their answers is shown.
    for row in sorted(answer.rows, key=lambda row: order.index(row.cover.value)):
        counties.update({codes[part]: row.cover.value for part in row.line.parts})
    by_province = answer.by(lambda line: line.province)
    return Counted(
        _numbers(answer.total),
        {codes[key]: _numbers(tally) for key, tally in by_province.items() if key is not None},
        counties if province else {},
    )


def _numbers(tally: coverage.Tally) -> dict[str, int]:
    return {name: getattr(tally, name) for name in COUNTS}


def _drawing(listed: PovertyList, province: Division | None, found: Counted) -> Map:
    if province is not None and province.level == DivisionLevel.PROVINCE:
        return _counties(province, found)
    return _country(listed, found)


def _country(listed: PovertyList, found: Counted) -> Map:
    """The provinces by the share of covered units; those on the list are links."""
    # One covered unit of more than a hundred is not none.
    shares = {code: max(_percent(one), min(one["covered"], 1)) for code, one in found.provinces.items()}

    def words(code: str, name: str) -> tuple[str, str]:
        one = found.provinces.get(code)
        if one is None:
            return _("{name}: no unit on this list").format(name=name), ""
        title = _("{name}: {covered} of {listed} units covered")
        return title.format(name=name, **one), f"{one['covered']}/{one['listed']}"

    def address(code: str) -> str:
        return f"{listed.get_absolute_url()}?province={code}" if code in found.provinces else ""

    return maps.country(shares, address, words)


def _counties(province: Division, found: Counted) -> Map:
    marks = {
        code: Mark(cover, str(Cover(cover).label), reverse("products:region", args=[code]))
        for code, cover in found.counties.items()
    }
    kinds = {one.value: Step(f"tile {fill}", str(one.label)) for one, fill in FILLS.items()}
    words = ", ".join(f"{one.label} {found.total[one.value]}" for one in Cover)
    text = _("{name}, {listed} units of the list: {words}. Each listed county is a link to its page.")
    description = text.format(name=maps.name_of(province), listed=found.total["listed"], words=words)
    return county_maps.listed(
        province, marks, {**kinds, "": Step("tile level-0", _("not on this list"))}, description
    )


# --- agreements


@dataclass(frozen=True)
class ListedSide:
    """One side of one list: the names of the annex, of these loaded, and protected on the date."""

    agreement: Agreement
    count: SideCount


@dataclass(frozen=True)
class Recognition:
    """The counts of an agreement and of its batches on a date, beside the title of the scheme."""

    agreement: Agreement
    sides: list[ListedSide]
    on: datetime.date


def recognition_of(agreement: Agreement, on: datetime.date | None = None) -> Recognition:
    """What the register counts of an agreement, a row for each side with names. Three queries."""
    on = on or timezone.localdate()
    one = next(found for found in _all(agreements.overviews(on)) if found.agreement.pk == agreement.pk)
    rows = [
        ListedSide(each.agreement, side) for each in (one, *one.batches) for side in each.sides if side.loaded
    ]
    return Recognition(one.agreement, rows, on)


def _all(overviews: list[Overview]) -> Iterator[Overview]:
    for one in overviews:
        yield one
        yield from _all(one.batches)
