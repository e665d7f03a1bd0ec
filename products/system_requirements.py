"""READER. The protection requirements of a product: the version of a day, all versions, and what two of them change.

What is protected follows from three things together: the right must be in force on the day, a version of its
requirements says how the product must be, and its area says where it must come from. Areas have days of their own; a
change of the area need not be a change of the text.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import BooleanField, ExpressionWrapper, Prefetch
from django.utils import timezone
from django.utils.functional import Promise

from products.case_states import MAIN_CONTENT, RequirementPart
from products.models import Product, ProtectedArea, Right, in_force
from products.system_models import ProtectionRequirement
from products.text_differences import BLANKS, EQUAL, Comparison, compare

Day = datetime.date


@dataclass(frozen=True)
class AreaDifference:
    """What became of an area between two days: rows gained, lost, and pairs of rows that changed."""

    gained: Sequence[ProtectedArea]
    lost: Sequence[ProtectedArea]
    changed: Sequence[tuple[ProtectedArea, ProtectedArea]]

    def __bool__(self) -> bool:
        return bool(self.gained or self.lost or self.changed)


@dataclass(frozen=True)
class PartDifference:
    """One part of the requirements in two versions. `is_main`: a change of it is one of the main content."""

    part: str
    label: str | Promise
    is_main: bool
    text: Comparison

    @property
    def is_same(self) -> bool:
        """Whether nothing but blanks differs."""
        return self.text.kind in (EQUAL, BLANKS)


@dataclass(frozen=True)
class VersionDifference:
    """Two versions of one right side by side, and their areas on the first day of each."""

    before: ProtectionRequirement
    after: ProtectionRequirement
    parts: Sequence[PartDifference]
    area: AreaDifference

    @property
    def changes(self) -> list[PartDifference]:
        """The parts that differ."""
        return [part for part in self.parts if not part.is_same]

    @property
    def touches_main_content(self) -> bool:
        """Whether the name, the area or the traits differ."""
        return bool(self.area) or any(part.is_main for part in self.changes)


@dataclass(frozen=True)
class RightRequirements:
    """What one right protected on a day, and how that came about. `version` is None where it protected nothing."""

    right: Right
    is_live: bool
    version: ProtectionRequirement | None
    versions: Sequence[ProtectionRequirement]
    area: Sequence[ProtectedArea]
    area_changes: Sequence[tuple[Day, AreaDifference]]
    difference: VersionDifference | None

    @property
    def is_inferred(self) -> bool:
        """Whether the area of the day is only a guess from the name."""
        return bool(self.area) and all(row.is_inferred for row in self.area)


def requirements_of(
    product: Product, on: Day | None = None, pair: tuple[int, int] | None = None
) -> list[RightRequirements]:
    """What each right of a product protected on a day (default today); `pair`: two versions to compare.

    Rights with requirements stand first, then those in force.
    """
    on = on or timezone.localdate()
    versions = ProtectionRequirement.objects.select_related("announcement").order_by("version")
    areas = ProtectedArea.objects.select_related("division__parent__parent")
    rights = product.rights.annotate(
        is_live=ExpressionWrapper(in_force(on), output_field=BooleanField())
    ).prefetch_related(Prefetch("requirements", versions), Prefetch("areas", areas))
    found = [_of_right(right, on, pair) for right in rights]
    return sorted(found, key=lambda one: (not one.versions, not one.is_live))


def _of_right(right: Right, on: Day, pair: tuple[int, int] | None) -> RightRequirements:
    versions, areas = list(right.requirements.all()), list(right.areas.all())
    is_live: bool = right.is_live  # type: ignore[attr-defined]
    return RightRequirements(
        right=right,
        is_live=is_live,
        version=version_on(versions, on) if is_live else None,
        versions=versions,
        area=area_on(areas, on),
        area_changes=area_changes(areas),
        difference=_between(versions, areas, pair),
    )


def version_on(versions: Iterable[ProtectionRequirement], on: Day) -> ProtectionRequirement | None:
    """The version of a day, None before the first one."""
    fitting = [one for one in versions if one.effective_from <= on and (one.effective_to or Day.max) > on]
    return fitting[-1] if fitting else None


# --- Areas ---


def area_on(areas: Iterable[ProtectedArea], on: Day) -> list[ProtectedArea]:
    """The rows that belong to the area on a day."""
    return [row for row in areas if (row.effective_from or Day.min) <= on and (row.effective_to or Day.max) > on]


def area_between(areas: Sequence[ProtectedArea], first: Day, last: Day) -> AreaDifference:
    """What the area gained and lost from one day to another."""
    before = {row.division_id: row for row in area_on(areas, first)}
    after = {row.division_id: row for row in area_on(areas, last)}
    return AreaDifference(
        gained=[row for key, row in after.items() if key not in before],
        lost=[row for key, row in before.items() if key not in after],
        changed=[(before[key], row) for key, row in after.items() if key in before and _differ(before[key], row)],
    )


def _differ(row: ProtectedArea, other: ProtectedArea) -> bool:
    return (row.extent, row.basis) != (other.extent, other.basis)


def area_changes(areas: Sequence[ProtectedArea]) -> list[tuple[Day, AreaDifference]]:
    """Every day on which the area became another one, the latest first."""
    days = {day for row in areas for day in (row.effective_from, row.effective_to) if day is not None}
    first = min((row.effective_from or Day.min for row in areas), default=Day.min)
    found = []
    for day in sorted(days, reverse=True):
        if day > first and (difference := area_between(areas, day - datetime.timedelta(days=1), day)):
            found.append((day, difference))
    return found


# --- Two versions ---


def _between(
    versions: Sequence[ProtectionRequirement], areas: Sequence[ProtectedArea], pair: tuple[int, int] | None
) -> VersionDifference | None:
    known = {one.version: one for one in versions}
    if pair is None or not all(number in known for number in pair):
        return None
    before, after = (known[number] for number in sorted(pair))
    texts = [(part, before.parts.get(part, ""), after.parts.get(part, "")) for part in RequirementPart]
    parts = [
        PartDifference(part, part.label, part in MAIN_CONTENT, compare(old, new))
        for part, old, new in texts
        if old or new
    ]
    return VersionDifference(before, after, parts, area_between(areas, before.effective_from, after.effective_from))
