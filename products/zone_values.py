"""READER. What the writer of demonstration zones takes, and what it checks first."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypedDict

from django.utils import timezone
from django.utils.translation import gettext as _

from gi_registry import territory
from gi_registry.journal import Actor, Subject
from gi_registry.models import Division
from gi_registry.roles import Permission
from gi_registry.state_tables import Move, MoveRefused
from gi_registry.working_days import after_months
from products.cultivation_values import check_place, must_lie_before
from products.models import Product
from products.zone_models import DemonstrationZone
from products.zone_states import PUBLIC_STATES, RULES, SHOWN_STATES, ZoneLevel, ZoneState, may_follow

Day = datetime.date
# Whoever prepares a zone: the office of the place, or the province that will recommend it.
PAPERS = (Permission.FILE_ZONE_PAPERS, Permission.RECOMMEND_ZONES)
FIGURES = ("producers", "users", "sector_output", "users_output")
# How quality was kept and who supports the zone is read at the desk only; everything else is told once it is chosen.
PRIVATE = ("conduct", "support")
BUILD_TIME = ("build_from", "build_to")


class ZoneValues(TypedDict, total=False):
    """What is written of a zone. `products` are what it is for, money in whole yuan."""

    level: str
    name_zh: str
    name_en: str
    products: Iterable[Product]
    carrier: str
    recommender: str
    batch: str
    producers: int | None
    users: int | None
    sector_output: int | None
    users_output: int | None
    figures_on: Day | None
    conduct: str
    support: str
    build_from: Day | None
    build_to: Day | None
    papers: str
    source: str


class Figures(TypedDict):
    """Figures of a year: makers of the product in the area, those with the mark, output values in whole yuan."""

    producers: int
    users: int
    sector_output: int
    users_output: int


class StageEntry(NamedTuple):
    """A stage that a source tells of: the last possible day of its beginning, how exactly it is known, its paper."""

    state: str
    on: Day
    precision: str = "day"
    paper: str = ""


def subject_of(zone: DemonstrationZone, *, chosen: bool = False) -> Subject:
    """The name of a zone in the journal: its reference, and once it was chosen (or is, by this step) its name."""
    return Subject("zone", zone.reference, zone.name_zh if chosen or zone.is_public else zone.reference)


def in_order(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with the products as a list, so that they can be compared with `stored`."""
    own = dict(values)
    if "products" in own:
        own["products"] = sorted(set(own["products"]), key=lambda one: one.number)
    return own


def stored(zone: DemonstrationZone, names: Iterable[str]) -> dict[str, Any]:
    """What stands in a zone under these names, in the form of `in_order`."""
    found = {name: getattr(zone, name) for name in names}
    return found | ({"products": list(zone.products.order_by("number"))} if "products" in found else {})


def told(values: Mapping[str, Any]) -> dict[str, Any]:
    """What the public journal is told of values; products by number and name."""
    own = {name: value for name, value in values.items() if name not in PRIVATE and value not in ("", None)}
    if "products" in own:
        own["products"] = [f"{one.number} {one.name_zh}" for one in own["products"]]
    return {name: _plain(value) for name, value in own.items()}


def _plain(value: Any) -> Any:
    """A value as text, number or list of these."""
    if isinstance(value, datetime.date):
        return value.isoformat()
    return value if isinstance(value, int | list) else str(value)


def last_day_to_build(level: str, first: Day) -> Day:
    """The last day to build for what begins on a day: whole years by the Civil Code, on the next working day."""
    return after_months(first, RULES[ZoneLevel(level)].build_years * 12).last_day


def in_words(stages: Sequence[StageEntry]) -> list[dict[str, str]]:
    """Stages as the journal keeps them."""
    return [
        {"state": str(one.state), "from": one.on.isoformat(), "precision": str(one.precision), "paper": one.paper}
        for one in stages
    ]


def made_public(zone: DemonstrationZone, move: Move, paper: str, changes: Mapping[str, Any]) -> dict[str, Any]:
    """What the journal says in words: nothing before the zone is chosen, and all that was sealed until then with it."""
    if not zone.is_public and move.target not in PUBLIC_STATES:
        return {}
    dates = {name: changes[name].isoformat() for name in BUILD_TIME if changes.get(name)}
    found = {"paper": paper.strip(), **dates} if paper.strip() else dates
    if zone.is_public:
        return found
    names = [name for name in ZoneValues.__annotations__ if name not in BUILD_TIME]
    return found | {"values": told({"division": zone.division, **stored(zone, names)})}


# --- Checks: each raises MoveRefused ---


def build_time(
    zone: DemonstrationZone, move: Move, day: Day, build_to: Day | None, by: Actor
) -> dict[str, Day | None]:
    """The time to build, where the step sets it. Nothing is asked where the step is not open anyway."""
    if zone.state not in move.sources or move.guard(zone, by):
        return {}
    if move.name == "begin":
        return {"build_from": day, "build_to": last_day_to_build(zone.level, day)}
    if move.name == "extend":
        if build_to is None or build_to <= max(filter(None, [day, zone.build_to])):
            raise MoveRefused("wrong_end", _("Write a last day that is later than the present one and than today."))
        return {"build_to": build_to}
    if move.name == "self_check" and zone.build_to is not None and day <= zone.build_to:
        raise MoveRefused("wrong_day", _("On that day the time to build was not over."))
    return {}


def must_have(by: Actor, permissions: Sequence[Permission], *places: Division) -> None:
    """Refuse whoever has none of the permissions in one of the places."""
    if not all(any(territory.may(by, one, place) for one in permissions) for place in places):
        raise MoveRefused("not_permitted", _("Your role or territory does not allow this step."))


def must_amend(zone: DemonstrationZone, by: Actor, *places: Division) -> None:
    """The territory writes while a zone is prepared, the officer corrects what was chosen; nobody in between."""
    if zone.state != ZoneState.PROPOSED and zone.is_public and by.has(Permission.KEEP_REGISTER):
        return
    must_have(by, PAPERS, zone.division, *places)
    if zone.state != ZoneState.PROPOSED:
        raise MoveRefused("wrong_state", _("It was recommended meanwhile: what is judged is not changed any more."))


def check_zone(zone: DemonstrationZone, products: Sequence[Product], *, historic: bool) -> None:
    """What is written of a zone must be possible. A source may leave open for which products a zone of the past is."""
    check_place(zone.division, wider=True)
    if not products and not historic:
        raise MoveRefused("other_product", _("Name at least one product of the register."))
    for product in products:
        if product.province_id not in (None, zone.division.lineage()[0].pk):
            raise MoveRefused("other_product", _("That product belongs to another province."))
        if not historic and not product.rights.in_force().exists():
            text = _("The protection of {name} is not in force.")
            raise MoveRefused("other_product", text.format(name=product.name_zh))
    check_shares(zone.producers, zone.users, zone.sector_output, zone.users_output)
    if any(getattr(zone, name) is not None for name in FIGURES):
        if zone.figures_on is None:
            raise MoveRefused("figures_day", _("Write the day that the figures are of."))
        must_lie_before(zone.figures_on)
    if zone.build_to is not None and (zone.build_from is None or zone.build_to < zone.build_from):
        raise MoveRefused("wrong_end", _("The last day cannot be before the first."))


def check_shares(producers: int | None, users: int | None, output: int | None, users_output: int | None) -> None:
    """A part is not larger than the whole."""
    for part, whole in ((users, producers), (users_output, output)):
        if part is not None and whole is not None and part > whole:
            raise MoveRefused("share", _("Those with the mark are some of all: their number cannot be the larger one."))


def check_stages(entries: Sequence[StageEntry], after: StageEntry | None = None) -> None:
    """Stages of the past: at least one, in the order of time, each possible after the one before, all public."""
    if not entries:
        raise MoveRefused("stages", _("Write at least one stage with its day."))
    if after is None and entries[0].state == ZoneState.WITHDRAWN:
        raise MoveRefused("stages", _("Only what was chosen one day is entered here."))
    for entry in entries:
        if entry.state not in SHOWN_STATES:
            raise MoveRefused("stages", _("Only what was chosen one day is entered here."))
        must_lie_before(entry.on)
        if after is not None and (entry.on < after.on or not may_follow(after.state, entry.state)):
            text = _("“{later}” cannot follow “{earlier}” on that day.")
            words = {"later": ZoneState(entry.state).label, "earlier": ZoneState(after.state).label}
            raise MoveRefused("stages", text.format(**words))
        after = entry


def check_year(zone: DemonstrationZone, year: int) -> None:
    """A summary is of a year that has begun, not before the zone did, and while the zone goes on."""
    first = zone.stages.filter(state=ZoneState.BUILDING).order_by("effective_from").first()
    begun = zone.build_from or (first.effective_from if first else None)
    if begun is None or not begun.year <= year <= timezone.localdate().year:
        raise MoveRefused("wrong_year", _("The zone was not being built in that year."))
