"""Coverage at the desk: which listed units of the own territory are covered, and how its plans stand."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from enterprises.views.desk_access import at_desk
from gi_registry.journal import Actor
from gi_registry.models import Division
from gi_registry.roles import RULES, Permission
from products import coverage, plan_progress
from products.coverage import Tally, UnitCover
from products.coverage_rules import DEFAULT, Cover
from products.models import ListedUnit, PovertyList

PLANS_A_PAGE = 10


@dataclass(frozen=True)
class ListHere:
    """A poverty list in a territory; `blank` are the units without protection, by name."""

    listed: PovertyList
    tally: Tally
    blank: Sequence[UnitCover]
    address: str

    @property
    def blank_address(self) -> str:
        """The blank units on the public page."""
        return f"{self.address}{'&' if '?' in self.address else '?'}status={Cover.BLANK.value}#units"


@dataclass(frozen=True)
class Territory:
    """A territory somebody is an official of (None: the whole country) with its lists."""

    division: Division | None
    lists: Sequence[ListHere]


@require_safe
@at_desk()
def index(request: HttpRequest, actors: Sequence[Actor]) -> HttpResponse:
    """The lists with units in the own territory, and the plans one may see, those below their line first."""
    today = timezone.localdate()
    rows = plan_progress.visible(actors).order_by("-period_to", "reference")
    page = Paginator(rows, PLANS_A_PAGE).get_page(request.GET.get("page"))
    plans = sorted(plan_progress.progress(page, today), key=lambda one: not one.alerts)
    context = {
        "part": "plans",
        "on": today,
        "rule": DEFAULT.words(),
        "territories": [_territory(one, today) for one in territories(actors)],
        "page": page,
        "plans": plans,
        "below": sum(1 for one in plans if one.alerts),
        "plans_may_be_made": any(actor.has(Permission.KEEP_PLANS) for actor in actors),
    }
    return render(request, "desk/coverage.html", context)


def territories(actors: Sequence[Actor]) -> list[Division | None]:
    """Where somebody is an official; the whole country swallows all else."""
    found = {actor.division.pk: actor.division for actor in actors if actor.division is not None}
    if any(not RULES[actor.role].territorial for actor in actors):
        return [None]
    return list(found.values())


def _territory(division: Division | None, on: datetime.date) -> Territory:
    """One count for all lists. Blank units are named for a territory, and only counted for the country."""
    answer = coverage.count(ListedUnit.objects.all(), on, DEFAULT, division)
    tallies = answer.by(lambda line: line.poverty_list)
    blank = [row for row in answer.rows if row.cover == Cover.BLANK] if division else []
    names: dict[int, list[UnitCover]] = defaultdict(list)
    for row in coverage.load(blank):
        names[row.unit.poverty_list_id].append(row)
    listed = PovertyList.objects.filter(pk__in=tallies)
    return Territory(division, [ListHere(one, tallies[one.pk], names[one.pk], _link(one, division)) for one in listed])


def _link(listed: PovertyList, division: Division | None) -> str:
    """The public page of the list, or its part for the province."""
    address = reverse("products:coverage_list", args=[listed.slug])
    return f"{address}?province={division.lineage()[0].code}" if division else address
