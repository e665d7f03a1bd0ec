"""READER. Demonstration zones at the desk: those of the own territory, and what waits to be done with them."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from enterprises.authorisation_facts import Line
from enterprises.desk_queue import Option, option
from gi_registry import territory
from gi_registry.journal import Actor
from gi_registry.models import Division
from gi_registry.roles import Permission
from products import pipeline
from products.cultivation_values import EARLIEST
from products.zone_models import DemonstrationZone, DemonstrationZoneQuerySet, ZoneSummary
from products.zone_states import PILLS, REPORTING, ZONE_MOVES, ZoneState
from products.zone_values import PAPERS

LATE, OVER = "late", "over"


@dataclass(frozen=True)
class Wanted:
    """What the list is narrowed to. `due`: LATE (a summary is late), OVER (the time to build is) or empty."""

    q: str = ""
    level: str = ""
    state: str = ""
    due: str = ""


@dataclass(frozen=True)
class Row:
    """A zone with what waits: the years without a summary, and whether its time to build is over."""

    zone: DemonstrationZone
    owed: Sequence[int]
    over: bool

    @property
    def state(self) -> ZoneState:
        """Its state."""
        return ZoneState(self.zone.state)

    @property
    def pill(self) -> str:
        """Shape and colour of its state."""
        return PILLS.get(self.state, "info")


def visible(actors: Iterable[Actor]) -> DemonstrationZoneQuerySet:
    """The zones that somebody may see at the desk: of the own territory, whatever their state."""
    places = pipeline.reach(actors)
    rows = DemonstrationZone.objects.select_related("division__parent__parent")
    return rows if places is None else rows.filter(division__in=places.values("pk"))


def rows_of(actors: Iterable[Actor], today: datetime.date | None = None) -> list[Row]:
    """All visible zones, first those for which something waits, then the newest. Four queries."""
    zones = visible(actors).prefetch_related("stages", "summaries", "products")
    rows = [row_of(zone, today) for zone in zones.order_by("-pk")]
    return sorted(rows, key=lambda row: not (row.owed or row.over))


def row_of(zone: DemonstrationZone, today: datetime.date | None = None) -> Row:
    """A zone with what waits today."""
    today = today or timezone.localdate()
    over = zone.state == ZoneState.BUILDING and zone.build_to is not None and zone.build_to < today
    return Row(zone, owed(zone, today), over)


def owed(zone: DemonstrationZone, today: datetime.date) -> list[int]:
    """Years on whose last day the zone was being built or held its title, and of which no summary was filed.

    A zone of the past did not report here: of it only the last year is asked for.
    """
    stages = list(zone.stages.all())
    ran_here = any(row.state == ZoneState.PROPOSED for row in stages)
    years = range(min(row.effective_from.year for row in stages) if ran_here else today.year - 1, today.year)
    filed = {row.year for row in zone.summaries.all()}
    return [
        year for year in years
        if year not in filed and _state_on(zone, datetime.date(year, 12, 31)) in REPORTING and zone.state in REPORTING
    ]  # fmt: skip


def _state_on(zone: DemonstrationZone, day: datetime.date) -> str:
    for row in zone.stages.all():
        if row.effective_from <= day and (row.effective_to is None or row.effective_to > day):
            return row.state
    return ""


def matching(rows: Iterable[Row], wanted: Wanted) -> list[Row]:
    """Those that answer."""
    text = wanted.q.strip().casefold()
    return [
        row for row in rows
        if wanted.level in ("", row.zone.level) and wanted.state in ("", row.zone.state)
        and (wanted.due != LATE or row.owed) and (wanted.due != OVER or row.over)
        and (not text or text in _words(row.zone))
    ]  # fmt: skip


def _words(zone: DemonstrationZone) -> str:
    names = [product.name_zh for product in zone.products.all()]
    words = [zone.reference, zone.name_zh, zone.name_en, zone.carrier, zone.batch, zone.division.name_zh, *names]
    return " ".join(words).casefold()


# --- Who may do what with one zone ---


def filer(actors: Iterable[Actor], *places: Division) -> Actor | None:
    """The role in which somebody prepares zones and files their papers in all of these places."""
    for actor in actors:
        if places and all(any(territory.may(actor, one, place) for one in PAPERS) for place in places):
            return actor
    return None


def keeper(actors: Iterable[Actor]) -> Actor | None:
    """The role in which somebody enters and corrects what was chosen."""
    return next((actor for actor in actors if actor.has(Permission.KEEP_REGISTER)), None)


def amender(actors: Sequence[Actor], zone: DemonstrationZone, *, sent: bool = False) -> Actor | None:
    """Who may change what is written: the territory while it is prepared, the officer once it is public.

    `sent`: a form came back; whoever wrote it is told what has changed meanwhile instead of losing it.
    """
    if zone.state != ZoneState.PROPOSED and zone.is_public and (found := keeper(actors)):
        return found
    return filer(actors, zone.division) if sent or zone.state == ZoneState.PROPOSED else None


def places(actors: Iterable[Actor]) -> QuerySet[Division]:
    """The divisions in which somebody prepares zones, with their parents loaded."""
    found = pipeline.reach(actor for actor in actors if any(actor.has(one) for one in PAPERS))
    return (Division.objects.all() if found is None else found).select_related("parent__parent")


def step(zone: DemonstrationZone, name: str, actors: Sequence[Actor]) -> Option | None:
    """One step by its name, whatever the state; None where no role of the person takes it."""
    move = next((one for one in ZONE_MOVES if one.name == name), None)
    return option(zone, move, actors, zone.division) if move else None


def steps(zone: DemonstrationZone, actors: Sequence[Actor]) -> list[Option]:
    """The steps from the present state, those too that something stands against."""
    found = (step(zone, move.name, actors) for move in ZONE_MOVES if zone.state in move.sources)
    return [one for one in found if one is not None]


def stages(zone: DemonstrationZone) -> list[Line]:
    """The stages with papers and reasons; the reasons are for the desk only."""
    return [
        Line(row.effective_from, capfirst(str(ZoneState(row.state).label)),
             " · ".join(filter(None, [row.paper, row.reason])), kind="" if row.effective_to else "look")
        for row in zone.stages.all()
    ]  # fmt: skip


def summary_of(zone: DemonstrationZone, year: int) -> ZoneSummary:
    """The summary of a year that counts; one without a version where none was filed."""
    found = zone.summaries.filter(year=year).first()
    return found or ZoneSummary(zone=zone, year=year, version=0)


def summary_title(zone: DemonstrationZone, year: int) -> str:
    """What the form of a summary is called."""
    replaces = summary_of(zone, year).version > 0
    text = _("Replace the summary of {year}") if replaces else _("File the summary of {year}")
    return text.format(year=year)


def is_year(year: int) -> bool:
    """Whether a summary can be of a year at all."""
    return EARLIEST.year <= year <= timezone.localdate().year
