"""READER. What an enterprise learns from the scans of its labels: where, when, how many labels, and what is unusual.

Figures are counts of scans. A figure that rests on fewer than three visitors is never told, only that there were some:
one or two people and where they were is nobody's business. Visitors of months whose scans were folded into sums are
no longer known; there the number of scans stands for them.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, cast

from django.db.models import Case, Count, F, Model, Prefetch, Q, QuerySet, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _

from enterprises.label_codes import INDEX_BITS
from enterprises.label_facts import BatchBalance, batch_balance
from enterprises.label_models import LabelBatch, LabelEvent
from enterprises.label_states import Fate
from enterprises.models import Authorisation
from enterprises.scan_models import Scan, ScanMonth, ScannedLabel, keys_of, label_key
from products.map_grid import PROVINCES
from products.maps import short_name

FEWEST = 3  # visitors behind a figure that is told
MONTHS = 18  # of single scans that are told apart; older ones than these are sums long since
RANGES_AT_ONCE = 200  # in one question to the database; SQLite nests conditions at most 1,000 deep
# Unusual places: of a batch with so many scans of known place, whose two strongest places hold so many per cent of
# them, each place with at most so many per cent.
UNUSUAL_SCANS, UNUSUAL_MAIN, UNUSUAL_SHARE = 20, 80, 5
ABROAD, UNKNOWN = "00", ""


@dataclass
class Figure:
    """Scans with a name: a place or a month."""

    key: str
    scans: int = 0
    visitors: int = 0

    @property
    def small(self) -> bool:
        """Whether too few people stand behind it."""
        return min(self.scans, self.visitors) < FEWEST

    @property
    def shown(self) -> int | str:
        """The number of scans, or that there were a few."""
        return f"<{FEWEST}" if self.small else self.scans

    @property
    def place(self) -> str:
        return place_name(self.key)


def place_name(code: str) -> str:
    """The name of a province from the two digits that a scan keeps."""
    if code == ABROAD:
        return _("abroad")
    return short_name(f"{code}0000") if f"{code}0000" in PROVINCES else _("place not known")


@dataclass
class Scanned:
    """Scans by place and month. All figures of it are sums of `cells`."""

    cells: dict[tuple[str, str], Figure] = field(default_factory=dict)

    def add(self, place: str, month: str, scans: int, visitors: int) -> None:
        """Count scans of a place and month."""
        cell = self.cells.setdefault((place, month), Figure(place))
        cell.scans += scans
        cell.visitors += visitors

    def _by(self, part: int) -> list[Figure]:
        sums: dict[str, Figure] = {}
        for key, cell in self.cells.items():
            figure = sums.setdefault(key[part], Figure(key[part]))
            figure.scans += cell.scans
            figure.visitors += cell.visitors
        return list(sums.values())

    @property
    def places(self) -> list[Figure]:
        """The strongest place first; those that are not told come last, by name, so that their order tells nothing."""
        return sorted(self._by(0), key=lambda one: (one.small, 0 if one.small else -one.scans, one.place))

    @property
    def months(self) -> list[Figure]:
        """The latest month first ('2026-11')."""
        return sorted(self._by(1), key=lambda one: one.key, reverse=True)

    @property
    def total(self) -> Figure:
        """All scans."""
        figures = self._by(0)
        return Figure("", sum(one.scans for one in figures), sum(one.visitors for one in figures))

    @property
    def unusual(self) -> list[Figure]:
        """Places far from where the others are. A hint, no more: goods are given away and taken on journeys."""
        known = [one for one in self.places if one.key != UNKNOWN]
        scans = sorted((one.scans for one in known), reverse=True)
        if sum(scans) < UNUSUAL_SCANS or 100 * sum(scans[:2]) < UNUSUAL_MAIN * sum(scans):
            return []
        return [one for one in known if 100 * one.scans <= UNUSUAL_SHARE * sum(scans)]


@dataclass
class BatchInsight:
    """The scans of one batch. `seen`: activated labels that somebody has scanned at least once."""

    balance: BatchBalance
    scanned: Scanned
    seen: int = 0

    @property
    def batch(self) -> LabelBatch:
        return self.balance.batch

    @property
    def share(self) -> int | None:
        """Per cent of the activated labels that were scanned; None where none is active."""
        return round(100 * self.seen / self.balance.active) if self.balance.active else None

    @property
    def share_is_told(self) -> bool:
        return self.share is not None and (self.seen == 0 or self.seen >= FEWEST)


@dataclass(frozen=True)
class Insights:
    """All batches of an authorisation, the latest first, and their scans together."""

    batches: list[BatchInsight]

    @property
    def together(self) -> Scanned:
        """The scans of all batches."""
        found = Scanned()
        for one in self.batches:
            for (place, month), cell in one.scanned.cells.items():
                found.add(place, month, cell.scans, cell.visitors)
        return found

    @property
    def seen(self) -> int:
        return sum(one.seen for one in self.batches)

    @property
    def active(self) -> int:
        return sum(one.balance.active for one in self.batches)


def insights_of(authorisation: Authorisation) -> Insights:
    """Everything that the scans of an authorisation's labels tell; five queries for up to 200 batches."""
    events = Prefetch("events", queryset=LabelEvent.objects.order_by("pk"))
    rows = LabelBatch.objects.with_codes().filter(season__authorisation=authorisation).select_related("season")
    found = {
        batch.pk: BatchInsight(batch_balance(batch), Scanned()) for batch in rows.prefetch_related(events)
    }
    for batch, place, month, scans, visitors in _counted(list(found)):
        found[batch].scanned.add(place, month, scans, visitors)
    for batch, seen in _seen(found.values()):
        found[batch].seen += seen
    return Insights(list(found.values()))


def _counted(batches: list[int]) -> Iterator[tuple[int, str, str, int, int]]:
    """Batch, place, month, scans and visitors: single scans by the month they fell in, and sums of older ones."""
    starts = _months(timezone.localdate())
    cases = [When(minute__gte=minute, then=Value(month)) for month, minute in starts[:-1]]
    month = Case(*cases, default=Value(starts[-1][0]))

    def grouped(rows: QuerySet[Any]) -> QuerySet[Any]:
        groups: QuerySet[Any] = rows.annotate(month=month).values_list("batch", "province", "month").order_by()
        return cast("QuerySet[Any]", groups.annotate(scans=Count("*"), visitors=Count("visitor", distinct=True)))

    yield from _in_ranges(Scan, [keys_of(batch) for batch in batches], grouped)
    sums = ScanMonth.objects.filter(batch__in=batches).values_list("batch_id", "province", "month", "scans")
    yield from ((*row, row[-1]) for row in sums)


def _seen(batches: Iterable[BatchInsight]) -> Iterator[tuple[int, int]]:
    """Batch and how many of its activated labels were scanned."""
    ranges = [
        (label_key(one.batch.pk, part.first), label_key(one.batch.pk, part.last))
        for one in batches
        for part in one.balance.stretches_of(Fate.ACTIVE)
    ]
    yield from _in_ranges(ScannedLabel, ranges, lambda rows: rows.values_list("batch").annotate(Count("pk")))


def _in_ranges(
    model: type[Model], ranges: list[tuple[int, int]], ask: Callable[[QuerySet[Any]], QuerySet[Any]]
) -> Iterator[Any]:
    """Ask about the rows of labels in some ranges; each row knows its `batch`. One query for 200 ranges."""
    for start in range(0, len(ranges), RANGES_AT_ONCE):
        wanted = Q()
        for first, last in ranges[start : start + RANGES_AT_ONCE]:
            wanted |= Q(label__gte=first, label__lte=last)
        yield from ask(model._default_manager.filter(wanted).annotate(batch=F("label").bitrightshift(INDEX_BITS)))


def _months(today: datetime.date) -> list[tuple[str, int]]:
    """The last months with the minute in which each begins here, the latest first."""
    found, year, month = [], today.year, today.month
    for _number in range(MONTHS):
        begin = datetime.datetime(year, month, 1, tzinfo=timezone.get_default_timezone())
        found.append((f"{year}-{month:02}", int(begin.timestamp()) // 60))
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    return found


def export_rows(found: Insights) -> Iterator[dict[str, Any]]:
    """One row for each batch, month and place; small figures stay untold."""
    for one in found.batches:
        ordered = sorted(one.scanned.cells.items(), key=lambda item: (item[0][1], item[0][0]))
        for (place, month), cell in ordered:
            yield {
                "batch": one.batch.reference, "season": one.batch.season.name, "month": month,
                "province_code": f"{place}0000" if place not in (ABROAD, UNKNOWN) else place,
                "province": place_name(place), "scans": cell.shown,
            }  # fmt: skip


EXPORT_COLUMNS = ("batch", "season", "month", "province_code", "province", "scans")
