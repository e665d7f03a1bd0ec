"""EDGE. Coverage as maps and charts: which words, links and looks the shapes get."""

import datetime
from collections.abc import Mapping, Sequence

from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from gi_registry.charts import Chart, Series, bar_chart, line_chart
from gi_registry.models import Division
from products import county_maps, maps
from products.county_maps import Mark
from products.coverage import Row, Tally
from products.coverage_names import UnitName
from products.coverage_rules import Cover
from products.list_exits import YearOfExit
from products.map_grid import Step
from products.map_shapes import Map

FIRST_YEAR = 2000  # of the trend
FILLS = {
    Cover.COVERED: "tile level-5",
    Cover.UNPROVEN: "tile unproven",
    Cover.IN_PROCEDURE: "tile in_procedure",
    Cover.BLANK: "tile blank",
}


def country_map(tallies: Mapping[str, Tally], address: Mapping[str, str]) -> Map:
    """The provinces by the share of covered units, both by six-digit code; those on the list are links."""

    def words(code: str, name: str) -> tuple[str, str]:
        if code not in tallies:
            return _("{name}: no unit on this list").format(name=name), ""
        covered, listed = tallies[code].covered, tallies[code].listed
        title = _("{name}: {covered} of {listed} units covered").format(name=name, covered=covered, listed=listed)
        return title, f"{covered}/{listed}"

    # One covered unit of more than a hundred is not none.
    shares = {code: max(tally.percent, min(tally.covered, 1)) for code, tally in tallies.items()}
    return maps.country(shares, lambda code: address.get(code, ""), words)


def province_map(province: Division, rows: Sequence[Row], names: Mapping[int, UnitName], total: Tally) -> Map:
    """The counties of a province by their answer; where several units share one, by the least sure."""
    order = list(Cover)
    marks = {
        place.code: Mark(row.cover.value, str(row.cover.label), reverse("products:region", args=[place.code]))
        for row in sorted(rows, key=lambda row: order.index(row.cover))
        for place in names[row.line.unit].places
    }
    kinds = {one.value: Step(fill, str(one.label)) for one, fill in FILLS.items()}
    words = ", ".join(f"{one.label} {getattr(total, one.value)}" for one in Cover)
    description = _("{name}, {listed} units of the list: {words}. Each listed county is a link to its page.")
    return county_maps.listed(
        province, marks, {**kinds, "": Step("tile level-0", _("not on this list"))},
        description.format(name=maps.name_of(province), listed=total.listed, words=words),
    )  # fmt: skip


def trend_days(on: datetime.date) -> list[datetime.date]:
    """The last day of each year since 2000, and the day itself."""
    ends = [datetime.date(year, 12, 31) for year in range(FIRST_YEAR, on.year)]
    return [*ends, on]


def trend_chart(tallies: Sequence[tuple[datetime.date, Tally]]) -> Chart | None:
    """Units covered, not proven and listed, year by year; None where there is no time to look back on."""
    if len(tallies) < 2:
        return None
    (first, before), (last, now) = tallies[0], tallies[-1]
    note = _("Covered: {before} of {listed_before} units at the end of {year}, {now} of {listed} on {date}.").format(
        before=before.covered, listed_before=before.listed, year=first.year, now=now.covered, listed=now.listed,
        date=last.isoformat(),
    )  # fmt: skip
    # In the table the last day has its whole date: it is no end of a year.
    labels = [str(day.year) for day, _tally in tallies[:-1]] + [last.isoformat()]
    columns = [(day.toordinal(), str(day.year), label) for (day, _), label in zip(tallies, labels, strict=True)]
    series = [
        Series(capfirst(_("listed")), "is-listed", [tally.listed for _day, tally in tallies]),
        Series(capfirst(_("covered")), "is-covered", [tally.covered for _day, tally in tallies]),
        Series(capfirst(_("not proven")), "is-unproven", [tally.unproven for _day, tally in tallies]),
    ]
    return line_chart("trend", _("Units at the end of each year since 2000"), note, _("Year"), columns, series)


def exits_chart(years: Sequence[YearOfExit]) -> Chart | None:
    """Units that left the list by year, as loaded and, where there is one, by the national count."""
    dated = [row for row in years if row.year is not None]
    if not dated:
        return None
    unknown = sum(row.loaded for row in years if row.year is None)
    note = _("Units loaded: {number} with a year.").format(number=sum(row.loaded for row in dated))
    if unknown:
        words = ngettext("{number} unit without a year.", "{number} units without a year.", unknown)
        note += " " + words.format(number=unknown)
    series = [Series(_("Units loaded"), "bar-solid", [row.loaded for row in dated])]
    if any(row.official is not None for row in dated):
        series.append(Series(_("National count"), "bar-lined", [row.official for row in dated]))
    columns = [str(row.year) for row in dated]
    return bar_chart("exits", _("Units that left the list, by year"), note, _("Year"), columns, series)
