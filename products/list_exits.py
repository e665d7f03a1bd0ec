"""READER. Who left a poverty list when, beside the national count; and how complete the products loaded are."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q

from products.coverage_rules import DEFAULT, Rule
from products.models import ListedUnit, PovertyList, Right
from products.states import AreaBasis


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


def exits(poverty_list: PovertyList, on: datetime.date | None = None) -> list[YearOfExit]:
    """Units by year of leaving the list, earliest first; empty where no unit has left. One query."""
    official = OFFICIAL_EXITS.get(poverty_list.slug, {})
    rows = ListedUnit.objects.on(on).filter(poverty_list=poverty_list).order_by("exited_on__year")
    counts = dict(rows.values_list("exited_on__year").annotate(Count("pk")))
    if not counts.keys() - {None}:
        return []
    unknown = counts.pop(None, 0)
    years = [YearOfExit(year, counts.get(year, 0), official.get(year)) for year in sorted({*counts, *official})]
    return [*years, YearOfExit(None, unknown, None)] if unknown else years


def is_qinghai_difference(years: Iterable[YearOfExit]) -> bool:
    """Whether rows and national count differ by Qinghai's three committees and by nothing else."""
    differences = {row.year: row.loaded - row.official for row in years if row.differs and row.official}
    return differences == {2016: 3, 2019: -3}


@dataclass(frozen=True)
class Completeness:
    """How much a rate can say: confirmed products in force, and how many of them have a named area."""

    confirmed: int
    with_named_area: int


def completeness(on: datetime.date | None = None, rule: Rule = DEFAULT) -> Completeness:
    """Products with a qualifying right, in all and with an area named in a source. One query."""
    named = Q(areas__basis=AreaBasis.NAMED_IN_SOURCE)
    counts = Right.objects.in_force(on).filter(track__in=sorted(rule.tracks)).aggregate(
        confirmed=Count("product", distinct=True), named=Count("product", filter=named, distinct=True)
    )  # fmt: skip
    return Completeness(counts["confirmed"], counts["named"])
