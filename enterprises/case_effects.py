"""READER. What a case would do to those who use the mark and to listed counties, before anybody decides.

It states facts of the register and decides nothing: where only a part of a division belongs to an area, a person has
to look.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import F, Q, Sum
from django.utils import timezone

from enterprises.label_models import LabelBatch
from enterprises.label_states import BatchState
from enterprises.models import Authorisation, Terms
from enterprises.states import END_WITH_PRODUCT
from gi_registry.models import Division
from products.case_models import ProtectionCase
from products.case_states import OPEN_CASES, CaseKind, CaseState
from products.cases import touches
from products.models import ListedUnit, ProtectedArea, Right
from products.states import Extent
from products.system_models import ProtectionRequirement


@dataclass(frozen=True)
class AreaEffect:
    """The area that a change asks for beside the present one, and whom that meets.

    `resized`: division, extent before, extent asked for. `sites`: authorisations with a production site in a division
    that would be lost, or (third value) of which only a part would be left. `units`: listed units that the product
    would reach, or would reach no longer.
    """

    gained: list[tuple[Division, str]]
    lost: list[tuple[Division, str]]
    resized: list[tuple[Division, str, str]]
    sites: list[tuple[Authorisation, Division, bool]]
    units: list[tuple[ListedUnit, bool]]

    @property
    def differs(self) -> bool:
        """Whether the area changes at all."""
        return bool(self.gained or self.lost or self.resized)


def base_day(case: ProtectionCase) -> datetime.date:
    """The day whose state a case is compared with: today, or the day before the one on which it was decided."""
    if case.decided_on is None:
        return timezone.localdate()
    return case.decided_on - datetime.timedelta(days=1)


def requirements_before(case: ProtectionCase) -> dict[str, str]:
    """The requirements that a change is compared with, by part; empty where none are on record."""
    if case.right is None or case.kind == CaseKind.RECOGNITION:
        return {}
    day = base_day(case)
    rows = ProtectionRequirement.objects.filter(right=case.right, effective_from__lte=day)
    last = rows.filter(Q(effective_to=None) | Q(effective_to__gt=day)).order_by("version").last()
    return dict(last.parts) if last else {}


def area_effect(case: ProtectionCase) -> AreaEffect | None:
    """What a change does to the area; None for other cases, and where it leaves the area as it is."""
    asked = {row.division: str(row.extent) for row in case.areas.select_related("division__parent__parent")}
    if case.kind != CaseKind.CHANGE or case.right is None or not asked:
        return None
    rows = ProtectedArea.objects.on(base_day(case)).filter(right=case.right)
    now = {row.division: str(row.extent) for row in rows.select_related("division__parent__parent")}
    still_open = case.state in OPEN_CASES or case.state == CaseState.DRAFT
    effect = AreaEffect(
        gained=[(place, _words(extent)) for place, extent in asked.items() if place not in now],
        lost=[(place, _words(extent)) for place, extent in now.items() if place not in asked],
        resized=[
            (place, _words(now[place]), _words(extent))
            for place, extent in asked.items() if place in now and now[place] != extent
        ],
        sites=_sites(case.right, now, asked) if still_open else [],
        units=_units(list(now), list(asked)),
    )  # fmt: skip
    return effect if effect.differs else None


def _words(extent: str) -> str:
    return str(Extent(extent).label)


def _reached(place: Division, area: Iterable[Division]) -> bool:
    return any(touches(part, place) for part in area)


def _wholly(place: Division, area: dict[Division, str]) -> bool:
    around = {part.pk for part in place.lineage()}
    return any(part.pk in around and extent == Extent.WHOLE for part, extent in area.items())


def _sites(
    right: Right, now: dict[Division, str], asked: dict[Division, str]
) -> list[tuple[Authorisation, Division, bool]]:
    """Production sites of today's authorisations that would lie outside, or perhaps outside, of the new area."""
    terms = Terms.objects.filter(
        effective_to=None, authorisation__product=right.product_id, authorisation__state__in=END_WITH_PRODUCT.sources
    )
    terms = terms.select_related("authorisation__enterprise").order_by("authorisation__reference")
    found = []
    for term in terms.prefetch_related("sites__parent__parent"):
        for place in term.sites.all():
            if not _reached(place, now):
                continue
            if not _reached(place, asked):
                found.append((term.authorisation, place, False))
            elif _wholly(place, now) and not _wholly(place, asked):
                found.append((term.authorisation, place, True))
    return found


def _units(now: Sequence[Division], asked: Sequence[Division]) -> list[tuple[ListedUnit, bool]]:
    """Units of today's poverty lists that come to be reached by the product, or cease to be."""
    changed = {*now} ^ {*asked}
    near = Q(pk__in=[])
    for place in changed:
        codes = [part.code for part in place.lineage()]
        near |= Q(divisions__code__in=codes) | Q(divisions__in=Division.objects.within(place.code).values("pk"))
    rows = ListedUnit.objects.on().filter(near).distinct().select_related("poverty_list")
    found = []
    for unit in rows.prefetch_related("divisions__parent__parent").order_by("poverty_list__order", "pk"):
        places = list(unit.divisions.all())
        before, after = (any(_reached(place, area) for place in places) for area in (now, asked))
        if before != after:
            found.append((unit, after))
    return found


# --- Revocation ---


@dataclass(frozen=True)
class Stops:
    """What stops when a right ends. `others`: further rights in force, by which the product stays protected."""

    others: list[Right]
    authorisations: list[Authorisation]
    batches: int
    labels: int


def stops(right: Right) -> Stops:
    """What would stop today: nothing but the right itself while the product keeps another one."""
    others = list(Right.objects.in_force().filter(product=right.product_id).exclude(pk=right.pk))
    if others:
        return Stops(others, [], 0, 0)
    rows = Authorisation.objects.filter(product=right.product_id, state__in=END_WITH_PRODUCT.sources)
    batches = LabelBatch.objects.filter(season__authorisation__in=rows, state=BatchState.ISSUED)
    labels = batches.aggregate(sum=Sum(F("count") - F("void") - F("returned")))["sum"] or 0
    found = list(rows.select_related("enterprise").order_by("reference"))
    return Stops([], found, batches.count(), labels)
