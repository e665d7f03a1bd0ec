"""READER. What reaches each division between two days: areas of rights in force, of what is in procedure, candidates.

A right that a source calls "in procedure" has no dates on record: it answers for today only. Public protection cases
and released candidates have dates.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Q
from django.utils import timezone

from products.case_models import CaseArea
from products.case_states import CaseKind
from products.coverage_rules import Reach, Rule, reach_of
from products.cultivation_models import CandidateStage
from products.cultivation_states import UNDER_WAY
from products.geography import Geography
from products.models import ProtectedArea, in_force_between
from products.states import AreaBasis, Extent, ProductStatus, Track

Day = datetime.date
CASES_BELOW = -(10**9)  # keys of cases; those of candidates lie between this and 0


class Hit(NamedTuple):
    """A product (or, with a negative key, a candidate or a protection case) reaches a division from day to day."""

    product: int
    reach: Reach
    since: Day
    until: Day | None


Hits = dict[int, list[Hit]]  # by division


@dataclass(frozen=True)
class Reaching:
    """`named`: what reaches a division by its name or from inside; `around`: what reaches all that lies in it."""

    places: Geography
    named: Hits
    around: Hits

    @classmethod
    def read(cls, wanted: Collection[int], rule: Rule, first: Day, last: Day) -> Reaching:
        """What reaches some divisions on at least one day from `first` to `last`. Five queries.

        An area under a division of the past reaches what that has become, to an extent that nobody has stated.
        """
        places = Geography.read()
        named: Hits = defaultdict(list)
        around: Hits = defaultdict(list)
        for division, extent, basis, hit in _areas(rule, first, last):
            here = places.today(division)
            now = extent if here == division else Extent.NOT_STATED
            near = [(division, extent), *((place, Extent.PART) for place in places.around(here) if place in wanted)]
            if here != division:
                near.append((here, now))
            for place, size in near:
                if place in wanted and (reach := reach_of(size, basis, True, rule)) is not None:
                    named[place].append(_graded(hit, reach))
            if (reach := reach_of(extent if extent == Extent.PART else now, basis, False, rule)) is not None:
                around[here].append(_graded(hit, reach))
        return cls(places, named, around)

    def of(self, division: int) -> list[list[Hit]]:
        """What reaches one division, in lists that stand for themselves."""
        lists = [self.named.get(division), *(self.around.get(larger) for larger in self.places.around(division))]
        return [found for found in lists if found]


def _graded(hit: Hit, reach: Reach) -> Hit:
    """What is only under way stays so, however it reaches."""
    return hit if hit.reach in (reach, Reach.PROCEDURE) else hit._replace(reach=reach)


def _areas(rule: Rule, first: Day, last: Day) -> Iterator[tuple[int, str, str, Hit]]:
    """Division, extent, basis, and whom it belongs to from when to when."""
    today = timezone.localdate()
    areas = ProtectedArea.objects.filter(right__track__in=sorted(rule.tracks)).order_by()
    columns = "division_id", "extent", "basis", "right__product_id"
    dates = "right__effective_from", "right__effective_to", "effective_from", "effective_to"
    rows = areas.between(first, last).filter(in_force_between(first, last, "right__"))
    for division, extent, basis, product, begun, right_until, since, until in rows.values_list(*columns, *dates):
        since = max(begun, since) if since else begun
        end = min(right_until, until) if right_until and until else right_until or until
        yield division, extent, basis, Hit(product, Reach.NAMED, since, end)
    if last >= today:
        rows = areas.filter(right__status=ProductStatus.IN_PROCEDURE, effective_to=None)
        for division, extent, basis, product in rows.values_list(*columns):
            yield division, extent, basis, Hit(product, Reach.PROCEDURE, today, None)
    yield from _cases(rule, first, last)
    stages = CandidateStage.objects.filter(
        stage__in=sorted(UNDER_WAY), candidate__released_on__isnull=False, candidate__demonstration=False
    )
    keys = "candidate_id", "candidate__division_id", "effective_from", "effective_to"
    for pk, division, since, until in stages.values_list(*keys):
        # Which part of its place a candidate is for is not on record: that of a prefecture reaches no county of it.
        yield division, Extent.PART, "", Hit(-pk, Reach.PROCEDURE, since, until)


def _cases(rule: Rule, first: Day, last: Day) -> Iterator[tuple[int, str, str, Hit]]:
    """Areas of public cases, from the day of their announcement to that of the decision.

    Each stands for a product that does not exist yet, so its key lies below those of all candidates.
    """
    if Track.GI_PRODUCT not in rule.tracks:
        return
    rows = CaseArea.objects.filter(
        Q(case__decided_on=None) | Q(case__decided_on__gt=first), case__public_from__lte=last,
        case__kind=CaseKind.RECOGNITION, case__historic=False, case__demonstration=False,
    )  # fmt: skip
    columns = "case_id", "division_id", "extent", "case__public_from", "case__decided_on"
    for pk, division, extent, since, until in rows.order_by().values_list(*columns):
        yield division, extent, AreaBasis.NAMED_IN_SOURCE, Hit(CASES_BELOW - pk, Reach.PROCEDURE, since, until)
