"""READER. What reaches each division between two days: areas of rights in force or in procedure, and candidates.

A right in procedure has no dates on record: it answers for today only. A candidate has dated stages.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import Q
from django.utils import timezone

from products.coverage_rules import Reach, Rule, reach_of
from products.cultivation_models import CandidateStage
from products.cultivation_states import UNDER_WAY
from products.geography import Geography
from products.models import ProtectedArea, in_force_between
from products.states import Extent, ProductStatus

Day = datetime.date


class Hit(NamedTuple):
    """A product (or, with a negative key, a candidate) reaches a part of a unit from day to day."""

    product: int
    reach: Reach
    since: Day
    until: Day | None
    part: int


Hits = dict[int, list[Hit]]  # by division


def reaching(part: int, places: Geography, named: Hits, around: Hits) -> Iterable[Hit]:
    """What reaches one division of a unit: by its name or from inside, and from the larger ones around it."""
    for hit in named.get(part, ()):
        yield hit._replace(part=part)
    for larger in places.around(part):
        for hit in around.get(larger, ()):
            yield hit._replace(part=part)


def hits(places: Geography, rule: Rule, first: Day, last: Day) -> tuple[Hits, Hits]:
    """What reaches each division by its name or from inside, and what reaches all that lies in it.

    An area under a division of the past reaches what that has become, to an extent that nobody has stated.
    """
    named: Hits = defaultdict(list)
    around: Hits = defaultdict(list)
    for division, extent, basis, product, since, until, under_way in _areas(places, rule, first, last):
        here = places.today(division)
        now_extent = extent if here == division else Extent.NOT_STATED
        inside = [(larger, Extent.PART) for larger in places.around(here)]
        for place, size in {division: extent, here: now_extent, **dict(inside)}.items():
            reach = reach_of(size, basis, True, rule)
            if reach is not None:
                named[place].append(Hit(product, Reach.PROCEDURE if under_way else reach, since, until, 0))
        reach = reach_of(now_extent if extent != Extent.PART else extent, basis, False, rule)
        if reach is not None:
            around[here].append(Hit(product, Reach.PROCEDURE if under_way else reach, since, until, 0))
    return named, around


def _areas(
    places: Geography, rule: Rule, first: Day, last: Day
) -> Iterable[tuple[int, str, str, int, Day, Day | None, bool]]:
    """Division, extent, basis, product, first day, day of the end, whether only under way."""
    today = timezone.localdate()
    rights = ProtectedArea.objects.filter(right__track__in=sorted(rule.tracks)).order_by()
    columns = "division_id", "extent", "basis", "right__product_id", "right__effective_from"
    current = Q(effective_to=None) | Q(effective_to__gt=first)
    rows = rights.filter(current, in_force_between(first, last, "right__"))
    for *area, right_until, until in rows.values_list(*columns, "right__effective_to", "effective_to"):
        ends = [day for day in (right_until, until) if day is not None]
        yield (*area, min(ends, default=None), False)
    if last >= today:
        rows = rights.filter(right__status=ProductStatus.IN_PROCEDURE, effective_to=None)
        for division, extent, basis, product, _since in rows.values_list(*columns):
            yield division, extent, basis, product, today, None, True
    stages = CandidateStage.objects.filter(
        stage__in=sorted(UNDER_WAY), candidate__released_on__isnull=False, candidate__demonstration=False
    )
    for pk, division, since, until in stages.values_list(
        "candidate_id", "candidate__division_id", "effective_from", "effective_to"
    ):
        yield division, Extent.WHOLE, "", -pk, since, until, True
