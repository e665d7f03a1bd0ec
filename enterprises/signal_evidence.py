"""READER. The evidence behind one copy signal: what became of the label, and where and when it was scanned.

It is coarse on purpose: the province and the minute of a scan, and a number that only tells whether two scans came
from the same visitor. Nobody is named, and no row is older than 90 days.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count, F, Max, Min, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from enterprises import label_codes, label_keys
from enterprises.case_files import within_reach
from enterprises.label_codes import INDEX_BITS
from enterprises.label_models import LabelBatch, LabelEvent
from enterprises.label_states import UNDECIDED, Fate, SignalState
from enterprises.scan_models import CopySignal, Scan, ScannedLabel, SuspectReport
from gi_registry.journal import Actor
from products import maps
from products.map_grid import PROVINCES

DAY = 24 * 60  # minutes
PLACE_NAMES_APART = 4  # provinces that a line of the timeline names before it counts
MOST_REPORTS = 20
WEIGHING = UNDECIDED | {SignalState.CASE}


# --- The label ---


def index_of(signal: CopySignal) -> int:
    """The number of the label inside its batch."""
    return signal.label & ((1 << INDEX_BITS) - 1)


def code_of(signal: CopySignal) -> str:
    """The code of the label in groups, for those who look for packs that carry it."""
    batch = signal.batch
    secret = label_keys.unseal(batch.key_id or 0, batch.secret or b"", f"batch:{batch.pk}")
    code = label_codes.make(batch.pk, index_of(signal), secret=secret, order_key=label_keys.order_key())
    return label_codes.grouped(code)


def fate_of(signal: CopySignal) -> tuple[Fate, LabelEvent | None]:
    """What has become of the label, and the event that says so."""
    index = index_of(signal)
    event = signal.batch.events.filter(first__lte=index, last__gte=index).last()
    return (Fate(event.fate), event) if event else (Fate.WAITING, None)


def still_weighed(signal: CopySignal) -> bool:
    """Whether another signal of the same label is undecided or is a case: then this one cannot clear the label."""
    return CopySignal.objects.filter(label=signal.label, state__in=WEIGHING).exclude(pk=signal.pk).exists()


def other_signals(signal: CopySignal) -> QuerySet[CopySignal]:
    """The other signals of the same batch, those of the same label first."""
    rows = CopySignal.objects.filter(batch=signal.batch_id).exclude(pk=signal.pk)
    return rows.annotate(apart=Q(label=signal.label)).order_by("-apart", "-noticed_at", "-pk")


def reports(batch: LabelBatch, actors: Iterable[Actor]) -> list[tuple[SuspectReport, bool]]:
    """What people reported about labels of a batch, the latest first, and whether one of the roles reads it."""
    rows = list(SuspectReport.objects.filter(batch=batch).order_by("-pk")[:MOST_REPORTS])
    mine = SuspectReport.objects.filter(within_reach(actors, "division"), pk__in=[row.pk for row in rows])
    readable = set(mine.values_list("pk", flat=True))
    return [(row, row.pk in readable) for row in rows]


# --- Its scans ---


@dataclass(frozen=True)
class Place:
    """Scans from one province (two digits of GB/T 2260; '00' abroad, '' not known)."""

    code: str
    name: str
    scans: int
    visitors: int
    first: datetime.datetime
    last: datetime.datetime


@dataclass(frozen=True)
class Day:
    """Scans of one day, with the provinces they came from."""

    on: datetime.date
    scans: int
    visitors: int
    places: str


@dataclass(frozen=True)
class Bar:
    """A day of the timeline as a drawing, in units of its own."""

    x: int
    y: int
    height: int
    title: str


@dataclass(frozen=True)
class Timeline:
    """The days from the first kept scan to today as bars, in units of the drawing."""

    bars: list[Bar]
    width: int
    first: datetime.date
    last: datetime.date


@dataclass(frozen=True)
class Evidence:
    """What the kept scans of a label tell. `visitors`: one person in two months counts twice.

    `seen` is the sum of all scans since the first one, kept or not; None where there was none.
    """

    seen: ScannedLabel | None
    scans: int
    visitors: int
    places: list[Place]
    days: list[Day]

    @property
    def first(self) -> datetime.datetime | None:
        return as_time(self.seen.first_minute) if self.seen else None

    @property
    def warned_until(self) -> datetime.datetime | None:
        """Until when the public warning stands without further scans; None where it does not stand."""
        until = self.seen.warned_until if self.seen else 0
        return as_time(until) if until and as_time(until) >= timezone.now() else None

    @property
    def cleared_at(self) -> datetime.datetime | None:
        """When an official found an explanation for all scans before."""
        return as_time(self.seen.cleared_at) if self.seen and self.seen.cleared_at else None


BAR_WIDTH, BAR_HEIGHT, BAR_GAP = 10, 100, 2
FEWEST_DAYS = 14  # a single day is no wall


def as_time(minute: int) -> datetime.datetime:
    """A minute since 1970 as a time of this register."""
    return timezone.localtime(datetime.datetime.fromtimestamp(minute * 60, datetime.UTC))


def evidence(signal: CopySignal) -> Evidence:
    """The kept scans of a label by province and by day. Five queries, however many scans."""
    rows = Scan.objects.filter(label=signal.label).order_by()
    total = rows.aggregate(scans=Count("minute"), visitors=Count("visitor", distinct=True))
    per_place = rows.values("province").annotate(
        scans=Count("minute"), visitors=Count("visitor", distinct=True), first=Min("minute"), last=Max("minute")
    )
    names = _Names()
    places = [
        Place(line["province"], names[line["province"]], line["scans"], line["visitors"], as_time(line["first"]),
              as_time(line["last"]))
        for line in per_place.order_by("-visitors", "-scans", "province")
    ]  # fmt: skip
    seen = ScannedLabel.objects.filter(label=signal.label).first()
    return Evidence(seen, total["scans"], total["visitors"], places, _days(rows, names))


class _Names(dict[str, str]):
    """Names of the places of scans by their two digits."""

    def __missing__(self, code: str) -> str:
        six = f"{code}0000"
        self[code] = {"": _("not known"), "00": _("abroad")}.get(code) or (
            maps.short_name(six) if six in PROVINCES else code
        )
        return self[code]


def _days(rows: QuerySet[Scan], names: _Names) -> list[Day]:
    offset = timezone.localtime().utcoffset() or datetime.timedelta()
    dated = rows.annotate(day=(F("minute") + int(offset.total_seconds()) // 60) / DAY)
    places: dict[int, list[tuple[str, int]]] = defaultdict(list)
    split = dated.values_list("day", "province").annotate(number=Count("minute")).order_by("day", "-number", "province")
    for day, province, number in split:
        places[day].append((names[province], number))
    figures = dated.values_list("day").annotate(Count("minute"), Count("visitor", distinct=True)).order_by("day")
    epoch = datetime.date(1970, 1, 1)
    return [
        Day(epoch + datetime.timedelta(days=day), scans, visitors, _listed(places[day]))
        for day, scans, visitors in figures
    ]


def _listed(places: Sequence[tuple[str, int]]) -> str:
    shown = [f"{name} {number}" for name, number in places[:PLACE_NAMES_APART]]
    if len(places) > PLACE_NAMES_APART:
        shown.append(_("{number} more").format(number=len(places) - PLACE_NAMES_APART))
    return _(", ").join(shown)


def timeline(days: Sequence[Day], today: datetime.date) -> Timeline | None:
    """One bar a day, the highest BAR_HEIGHT; days without a scan have none, and their place stays free."""
    if not days:
        return None
    first, last, most = days[0].on, max(today, days[-1].on), max(day.scans for day in days)
    step = BAR_WIDTH + BAR_GAP
    bars = []
    for day in days:
        words = ngettext("{date}: {number} scan", "{date}: {number} scans", day.scans)
        title = words.format(date=day.on.isoformat(), number=day.scans)
        height = max(BAR_HEIGHT * day.scans // most, 3)
        bars.append(Bar((day.on - first).days * step, BAR_HEIGHT - height, height, title))
    return Timeline(bars, max((last - first).days + 1, FEWEST_DAYS) * step, first, last)


def drawing(places: Iterable[Place]) -> maps.Map:
    """The provinces of China, shaded by scans; scans from abroad and from unknown places are in the table only."""
    numbers = {f"{place.code}0000": place for place in places}

    def words(code: str, name: str) -> tuple[str, str]:
        place = numbers.get(code)
        scans, visitors = (place.scans, place.visitors) if place else (0, 0)
        sentence = _("{name}: scans {scans}, visitors {visitors}")
        return sentence.format(name=name, scans=scans, visitors=visitors), str(scans or "")

    return maps.country({code: place.scans for code, place in numbers.items()}, lambda code: "", words)
