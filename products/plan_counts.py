"""READER. The register's own count of what plans measure, on several days for several plans at once.

The number of queries does not depend on the number of plans, days or rows, but for listed units covered: those are
counted once for each list, territory and choice of tracks that plans ask for.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from django.db.models import Q

from enterprises.states import AuthorisationBasis
from products import coverage, users
from products.coverage_rules import TRACKS, Rule
from products.cultivation_models import Training
from products.cultivation_states import TrainingKind
from products.geography import Geography
from products.models import ListedUnit, ProtectedArea, Right
from products.plan_models import Plan
from products.plan_states import MeasureKind
from products.states import CONFIRMED, AreaBasis, DateBasis, ProductStatus

Day = datetime.date
DECIDED_ONCE = CONFIRMED | {ProductStatus.REVOKED}  # what has ended since was new at its time


class Reading(NamedTuple):
    """A count on a day. `more`: what may come on top but is not proven (`plan_words.MORE`)."""

    on: Day
    value: int
    more: int = 0


Asked = Mapping[Plan, Sequence[Day]]
Readings = dict[int, dict[Day, Reading]]  # by key of the plan, then by day


class First(NamedTuple):
    """The day on record on which something began. `dated`: it is the true one, else that may be earlier, never later.
    `placed`: it is sure that this was in the territory.
    """

    on: Day
    dated: bool
    placed: bool = True

    def fell(self, first: Day, last: Day) -> bool:
        """Whether it was, or may have been, between two days."""
        return self.on >= first and (self.on <= last or not self.dated)


def rule_of(plan: Plan) -> Rule:
    """The rule of coverage by which the plan is measured."""
    return Rule(counted=plan.tracks)


def readings(kind: str, asked: Asked) -> Readings:
    """The counts of one measure for plans on their days."""
    return COUNTERS[kind](asked)


def units_covered(asked: Asked) -> Readings:
    """Listed units covered, as every page of the register counts them."""
    wanted: dict[tuple[int, int, str], list[Plan]] = defaultdict(list)
    for plan in asked:
        wanted[plan.poverty_list_id, plan.division_id, plan.tracks].append(plan)
    found: Readings = {}
    for plans in wanted.values():
        days = sorted({day for plan in plans for day in asked[plan]})
        first = plans[0]
        tallies = dict(coverage.trend(first.poverty_list, days, rule_of(first), within=first.division))
        for plan in plans:
            found[plan.pk] = {day: Reading(day, tallies[day].covered, tallies[day].unproven) for day in asked[plan]}
    return found


# --- New products ---


def new_products(asked: Asked) -> Readings:
    """Products of the territory first approved in the period. Four queries.

    Of a right whose approval is not on record only a later day is known (`DateBasis`): it may be older, so it is
    told apart. So is a product whose place is only inferred from its name.
    """
    tracks = {track for plan in asked for track in TRACKS[plan.tracks]}
    rights = Right.objects.filter(status__in=sorted(DECIDED_ONCE), track__in=sorted(tracks)).order_by()
    may_be_new = Q(effective_from__range=_span(asked)) | Q(effective_from_basis=DateBasis.DATA_DATE)
    recent = rights.filter(may_be_new).values("product")
    by_product: dict[int, list[tuple[str, Day, str]]] = defaultdict(list)
    home: dict[int, int | None] = {}
    columns = "product_id", "track", "effective_from", "effective_from_basis", "product__province_id"
    for product, track, since, basis, province in rights.filter(product__in=recent).values_list(*columns):
        by_product[product].append((track, since, basis))
        home[product] = province
    areas: dict[int, set[tuple[int, bool]]] = defaultdict(set)
    rows = ProtectedArea.objects.filter(right__in=rights.filter(product__in=recent)).order_by()
    for product, division, basis in rows.values_list("right__product_id", "division_id", "basis"):
        areas[product].add((division, basis != AreaBasis.INFERRED_FROM_NAME))
    places, found = Geography.read(), {}
    for plan, days in asked.items():
        firsts = []
        for product, approved in by_product.items():
            sure = _lies_here(plan.division_id, home[product], areas[product], places)
            first = _first(approved, TRACKS[plan.tracks])
            if sure is not None and first is not None:
                firsts.append(first._replace(placed=sure))
        found[plan.pk] = _in_period(plan, days, firsts)
    return found


def _first(approved: Iterable[tuple[str, Day, str]], tracks: frozenset[str]) -> First | None:
    own = [(since, basis == DateBasis.APPROVAL) for track, since, basis in approved if track in tracks]
    return First(min(own)[0], all(exact for _since, exact in own)) if own else None


def _lies_here(
    division: int, province: int | None, areas: Iterable[tuple[int, bool]], places: Geography
) -> bool | None:
    """Whether that is sure; None where it lies elsewhere."""
    if province == division:
        return True
    inside = {named for place, named in areas if division in places.lineage(place)}
    return (True in inside) if inside else None


# --- New enterprises ---


def new_enterprises(asked: Asked) -> Readings:
    """Enterprises first authorised in the period that produce in a listed unit of the territory. Three queries.

    Where production lies is known of authorisations decided here; of announced ones only the province is.
    """
    confirmed = users.authorisations().real().exclude(basis=AuthorisationBasis.REPORTED).order_by()
    may_be_new = Q(effective_from__range=_span(asked)) | Q(effective_precision="")
    rows = confirmed.filter(enterprise__in=confirmed.filter(may_be_new).values("enterprise"))
    firsts: dict[int, list[tuple[Day, bool]]] = defaultdict(list)
    home: dict[int, int | None] = {}
    sites: dict[int, set[int]] = defaultdict(set)
    columns = "enterprise_id", "enterprise__province_id", "effective_from", "effective_precision", "terms__sites"
    for enterprise, province, since, precision, site in rows.values_list(*columns):
        firsts[enterprise].append((since, bool(precision)))
        home[enterprise] = province
        if site is not None:
            sites[enterprise].add(site)
    places = Geography.read()
    listed, found = _listed(asked, places), {}
    for plan, days in asked.items():
        here = listed[plan.pk]
        province = places.lineage(plan.division_id)[-1]
        begun_here = []
        for enterprise, days_of in firsts.items():
            known = sites[enterprise]
            if known and not any(here.intersection(places.lineage(site)) for site in known):
                continue
            if not known and home[enterprise] != province:
                continue
            exact = all(dated for _since, dated in days_of)
            begun_here.append(First(min(days_of)[0], exact, bool(known)))
        found[plan.pk] = _in_period(plan, days, begun_here)
    return found


def _listed(asked: Asked, places: Geography) -> dict[int, set[int]]:
    """The divisions of today in which units of the list of each plan lie, inside its territory."""
    through: Any = ListedUnit.divisions.through.objects
    rows = through.filter(listedunit__poverty_list__in={plan.poverty_list_id for plan in asked}).values_list(
        "listedunit__poverty_list_id", "division_id", "listedunit__added_in__effective_from",
        "listedunit__dropped_in__effective_from",
    )  # fmt: skip
    found: dict[int, set[int]] = {plan.pk: set() for plan in asked}
    for poverty_list, division, since, until in rows:
        for plan, days in asked.items():
            day = min(max(days), plan.period_to)
            stands = (since is None or since <= day) and (until is None or until > day)
            if plan.poverty_list_id == poverty_list and stands and plan.division_id in places.lineage(division):
                found[plan.pk].add(places.today(division))
    return found


# --- People trained ---


def people_trained(asked: Asked) -> Readings:
    """People who came to trainings held by offices of the territory. Two queries."""
    rows = Training.objects.filter(
        kind=TrainingKind.TRAINING, struck_on=None, demonstration=False, held_on__range=_span(asked)
    )
    held = list(rows.order_by().values_list("division_id", "held_on", "attendance"))
    places, found = Geography.read(), {}
    for plan, days in asked.items():
        own = [(on, people) for place, on, people in held if plan.division_id in places.lineage(place)]
        found[plan.pk] = {
            day: Reading(day, sum(people for on, people in own if plan.period_from <= on <= min(day, plan.period_to)))
            for day in days
        }
    return found


def _span(asked: Asked) -> tuple[Day, Day]:
    return min(plan.period_from for plan in asked), max(plan.period_to for plan in asked)


def _in_period(plan: Plan, days: Sequence[Day], firsts: Sequence[First]) -> dict[Day, Reading]:
    """What began in the period up to each day; what is not sure counts as more."""
    found = {}
    for day in days:
        last = min(day, plan.period_to)
        new = [first for first in firsts if day >= plan.period_from and first.fell(plan.period_from, last)]
        sure = sum(1 for first in new if first.dated and first.placed)
        found[day] = Reading(day, sure, len(new) - sure)
    return found


COUNTERS: dict[str, Callable[[Asked], Readings]] = {
    MeasureKind.UNITS_COVERED: units_covered,
    MeasureKind.NEW_PRODUCTS: new_products,
    MeasureKind.NEW_ENTERPRISES: new_enterprises,
    MeasureKind.PEOPLE_TRAINED: people_trained,
}
