"""READER. Names of the agreement lists counted by partner, by country of origin and by year.

Every count is of names, each once, however many lists it stands on; so sums over lists may be larger.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from gi_registry.charts import Chart, Series, bar_chart
from products.agreement_words import country_name
from products.agreements import Line, Overview
from products.models import Agreement
from products.recognition_names import ListedName, names_on
from products.recognition_standing import BEGUN, Standing
from products.states import Side


@dataclass
class Tally:
    """Names on one side: all that are loaded, and those protected on the date."""

    loaded: int = 0
    protected: int = 0

    def add(self, name: ListedName) -> None:
        """Count a name; one that only left a list is not loaded."""
        self.loaded += name.standing != Standing.WITHDRAWN
        self.protected += name.standing == Standing.PROTECTED


@dataclass
class PartnerRow:
    """What is agreed with one partner."""

    partner: str
    agreements: list[Agreement] = field(default_factory=list)
    outbound: Tally = field(default_factory=Tally)
    inbound: Tally = field(default_factory=Tally)

    @property
    def name(self) -> str:
        """The partner in words."""
        return country_name(self.partner)


@dataclass
class CountryRow:
    """Names from one country; a name that spans countries counts in each of them."""

    code: str
    tally: Tally = field(default_factory=Tally)

    @property
    def name(self) -> str:
        """The country in words."""
        return country_name(self.code)


def by_partner(overviews: Iterable[Overview], rows: Sequence[Line]) -> list[PartnerRow]:
    """A row for every partner of an agreement, in the order of the agreements."""
    found: dict[str, PartnerRow] = {}
    for one in overviews:
        partner = one.agreement.partner
        found.setdefault(partner, PartnerRow(partner)).agreements.append(one.agreement)
    for partner, row in found.items():
        for name in names_on(line for line in rows if line.entry.agreement.partner == partner):
            (row.outbound if name.first.is_outbound else row.inbound).add(name)
    return list(found.values())


def by_country(rows: Iterable[Line]) -> list[CountryRow]:
    """Foreign names by the country they come from, the most first."""
    found: dict[str, CountryRow] = {}
    for name in names_on(line for line in rows if not line.is_outbound):
        for code in name.countries:
            found.setdefault(code, CountryRow(code)).tally.add(name)
    return sorted(found.values(), key=lambda row: (-row.tally.loaded, row.name))


def years(rows: Iterable[Line]) -> tuple[dict[int, Counter[Side]], int]:
    """Names by side and year in which their first protection began, and how many protected names have no such day."""
    found: dict[int, Counter[Side]] = {}
    undated = 0
    for name in names_on(rows):
        begun = [line for line in name.lines if line.standing in BEGUN]
        days = [line.since for line in begun if line.since]
        if days:
            found.setdefault(min(days).year, Counter())[Side(name.first.entry.side)] += 1
        elif begun:
            undated += 1
    return dict(sorted(found.items())), undated


def years_chart(rows: Iterable[Line]) -> Chart | None:
    """The years in which protection began as groups of bars; None where no name has a first day of protection."""
    found, undated = years(rows)
    if not found:
        return None
    number = sum(sum(counts.values()) for counts in found.values())
    note = ngettext(
        "{number} name with a first day of protection on record.",
        "{number} names with a first day of protection on record.",
        number,
    ).format(number=number)
    if undated:
        words = ngettext(
            "{number} protected name has none.", "{number} protected names have none.", undated
        )
        note += " " + words.format(number=undated)
    series = [
        Series(
            capfirst(str(side.label)),
            css,
            [counts[side] or None for counts in found.values()],
        )
        for side, css in ((Side.OUTBOUND, "bar-solid"), (Side.INBOUND, "bar-lined"))
    ]
    title = _("Names by the year in which protection began")
    return bar_chart("years", title, note, _("Year"), [str(year) for year in found], series)
