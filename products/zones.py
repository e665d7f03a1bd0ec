"""READER. Demonstration zones as everybody sees them: which there were on a date, where they lie, what became of them.

Only what was chosen is public. Demonstration records have a page that says so and stand in no list and no count.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.text import capfirst

from enterprises.states import AuthorisationState
from gi_registry.models import Division
from products import users
from products.models import Product
from products.zone_models import DemonstrationZone, ZoneStage, ZoneSummary
from products.zone_states import PILLS, SHOWN_STATES, Condition, ZoneLevel, ZoneState
from products.zone_values import last_day_to_build

# How many national zones there are by one source; the register holds those it could read of.
NATIONAL, NATIONAL_ON = 123, datetime.date(2025, 4, 30)


@dataclass(frozen=True)
class Shown:
    """A zone at the stage that it had on the date `on`."""

    zone: DemonstrationZone
    stage: ZoneStage
    on: datetime.date

    @property
    def state(self) -> ZoneState:
        """The state on the date."""
        return ZoneState(self.stage.state)

    @property
    def pill(self) -> str:
        """Shape and colour of the state."""
        return PILLS[self.state]

    @property
    def outcome_unknown(self) -> bool:
        """Whether it stood in building although the time for it was over. A source may not tell the last day."""
        last = self.zone.build_to or last_day_to_build(self.zone.level, self.stage.effective_from)
        return self.state == ZoneState.BUILDING and last < self.on

    @property
    def province(self) -> Division:
        """The province that the zone lies in."""
        return self.zone.division.lineage()[0]


@dataclass(frozen=True)
class Wanted:
    """What the list is narrowed to; empty means everything."""

    q: str = ""
    province: str = ""
    level: str = ""
    state: str = ""


def _stages(on: datetime.date) -> QuerySet[ZoneStage]:
    """The public stage of each zone on a date."""
    then = Q(effective_to=None) | Q(effective_to__gt=on)
    return ZoneStage.objects.filter(then, effective_from__lte=on, state__in=sorted(SHOWN_STATES))


def public(on: datetime.date | None = None) -> list[Shown]:
    """The public zones of a date (default today), national ones first. Two queries."""
    return _shown(on)


def _shown(on: datetime.date | None, narrowed: Q | None = None) -> list[Shown]:
    on = on or timezone.localdate()
    stages = _stages(on).filter(narrowed or Q())
    rows = stages.filter(zone__in=DemonstrationZone.objects.public().order_by().values("pk"))
    rows = rows.select_related("zone__division__parent__parent").prefetch_related("zone__products")
    found = [Shown(row.zone, row, on) for row in rows]
    return sorted(found, key=lambda one: (one.zone.level, one.zone.division.code, one.zone.reference))


def matching(shown: Iterable[Shown], wanted: Wanted) -> list[Shown]:
    """Those that answer."""
    text = wanted.q.strip().casefold()
    return [
        one for one in shown
        if wanted.level in ("", one.zone.level) and wanted.state in ("", one.state.value)
        and wanted.province in ("", one.province.code) and (not text or text in _words(one.zone))
    ]  # fmt: skip


def _words(zone: DemonstrationZone) -> str:
    """Everything a zone can be found by."""
    named = [*zone.products.all(), *zone.division.lineage()]
    words = [name for one in named for name in (one.name_zh, one.name_en, one.name_pinyin)]
    return " ".join([zone.reference, zone.name_zh, zone.name_en, zone.carrier, zone.batch, *words]).casefold()


@dataclass(frozen=True)
class InProvince:
    """How many zones of each level a province has."""

    division: Division
    national: int
    provincial: int

    @property
    def together(self) -> int:
        """All of them."""
        return self.national + self.provincial


def by_province(shown: Iterable[Shown]) -> list[InProvince]:
    """The provinces that have zones, in the order of their codes."""
    counted = Counter((one.province, one.zone.level) for one in shown)
    places = sorted({place for place, _level in counted}, key=lambda place: place.code)
    return [
        InProvince(place, counted[place, ZoneLevel.NATIONAL], counted[place, ZoneLevel.PROVINCIAL]) for place in places
    ]


def loaded() -> int:
    """How many national zones the register holds, to stand beside NATIONAL."""
    return DemonstrationZone.objects.public().filter(level=ZoneLevel.NATIONAL).count()


def of_product(product: Product, on: datetime.date | None = None) -> list[Shown]:
    """The zones for a product on a date (default today)."""
    return _shown(on, Q(zone__products=product))


def of_region(division: Division, on: datetime.date | None = None) -> list[Shown]:
    """The zones in a division, or in one that holds it, on a date (default today)."""
    near = Q(zone__division__in=Division.objects.within(division.code).values("pk"))
    near |= Q(zone__division__in=[place.pk for place in division.lineage()])
    return _shown(on, near)


# --- One zone ---


@dataclass(frozen=True)
class Step:
    """A line of the history, as components/timeline.html draws it."""

    date: datetime.date
    precision: str
    title: str
    text: str
    kind: str
    state: str


@dataclass(frozen=True)
class Known:
    """What the register itself knows on the day of the figures, beside what the zone states.

    `since`: first day of protection of each product. `users`: enterprises authorised for one of the products,
    `users_here`: those of them that are known to produce in the area; `reported`: named in reports only.
    """

    on: datetime.date
    since: Sequence[tuple[Product, datetime.date | None]]
    users: int
    users_here: int
    reported: int


@dataclass(frozen=True)
class ZoneFacts:
    """What the page of a zone shows on a date. `conditions` are empty where no figures are on record."""

    shown: Shown
    on: datetime.date
    steps: Sequence[Step]
    conditions: Sequence[Condition]
    known: Known
    summaries: Sequence[ZoneSummary]

    @property
    def zone(self) -> DemonstrationZone:
        """The zone itself."""
        return self.shown.zone

    @property
    def build_precision(self) -> str:
        """How exactly the time to build is known: as its stage is."""
        found = [step.precision for step in self.steps if step.state == ZoneState.BUILDING]
        return found[0] if found else "day"


def facts_of(reference: str, on: datetime.date | None = None) -> ZoneFacts | None:
    """The facts of a zone that was public on a date (default today); None for all others. Constant queries."""
    on = on or timezone.localdate()
    rows = DemonstrationZone.objects.select_related("division__parent__parent").prefetch_related("products", "stages")
    zone = rows.filter(reference=reference).first()
    if zone is None or not zone.is_public:
        return None
    begun = [row for row in zone.stages.all() if row.state in SHOWN_STATES and row.effective_from <= on]
    current = [row for row in begun if row.effective_to is None or row.effective_to > on]
    if not current:
        return None
    day = zone.figures_on or on
    told = zone.figures_on is not None
    return ZoneFacts(
        shown=Shown(zone, current[-1], on), on=on, steps=[_step(row) for row in begun],
        conditions=zone.conditions_after(zone.years_protected_on(day)) if told else [],
        known=known(zone, day), summaries=latest(zone, on),
    )  # fmt: skip


def _step(row: ZoneStage) -> Step:
    title = capfirst(str(ZoneState(row.state).label))
    return Step(row.effective_from, row.effective_precision, title, row.paper, PILLS[ZoneState(row.state)], row.state)


def known(zone: DemonstrationZone, on: datetime.date) -> Known:
    """What the register can say itself of a zone's products on a date. Demonstration enterprises do not count."""
    products = list(zone.products.all())
    keys = [product.pk for product in products]
    here = users.made_in(zone.division, on).filter(product__in=keys, standing=AuthorisationState.IN_FORCE)
    counted = users.count(users.standing(on).filter(product__in=keys))
    return Known(
        on=on, since=[(product, product.effective_from) for product in products], users=counted["confirmed"],
        users_here=here.order_by().values("enterprise").distinct().count(), reported=counted["reported"],
    )  # fmt: skip


def latest(zone: DemonstrationZone, on: datetime.date | None = None) -> list[ZoneSummary]:
    """The summary of each year that counts on a date (default today), the latest year first."""
    rows = zone.summaries.filter(filed_on__lte=on or timezone.localdate()).order_by("-year", "-version")
    found: dict[int, ZoneSummary] = {}
    for row in rows:
        found.setdefault(row.year, row)
    return list(found.values())
