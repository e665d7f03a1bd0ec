"""READER. What the poverty lists know of one place: since when it is on them, and whether it is covered."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.db.models import Q
from django.utils.text import capfirst

from gi_registry.models import Division
from products import coverage
from products.coverage import UnitCover
from products.coverage_rules import DEFAULT, Cover
from products.models import ListedUnit

# How a page marks an answer: in force, look closer, neutral, nothing.
_PILLS = {Cover.COVERED: "live", Cover.UNPROVEN: "look", Cover.IN_PROCEDURE: "info", Cover.BLANK: "stopped"}


@dataclass(frozen=True)
class Listing:
    """A place on a list; `answer` by the default rule, None where it is not on the list on the date."""

    unit: ListedUnit
    answer: UnitCover | None

    @property
    def kind(self) -> str:
        """How a page marks the answer, "" where there is none."""
        return _PILLS[self.answer.cover] if self.answer else ""

    @property
    def rule_words(self) -> str:
        """The rule of the answer."""
        return capfirst(" · ".join(DEFAULT.words()))


def listings(division: Division, on: datetime.date | None = None) -> list[Listing]:
    """The place on the lists, under its own name or one of the past; a unit without a division by its name alone.

    Expects the parents of the division loaded. Constant queries, one where the place is on no list.
    """
    by_name = Q(divisions=None, name_zh=division.name_zh, province=division.lineage()[0])
    here = Q(divisions=division) | Q(divisions__successor=division)
    # By keys: joined to its divisions a unit would stand here once for each of them.
    keys = set(ListedUnit.objects.filter(here | by_name).values_list("pk", flat=True))
    if not keys:
        return []
    found = ListedUnit.objects.filter(pk__in=keys)
    answers = {row.unit.pk: row for row in coverage.units(found, on)}
    units = found.select_related("poverty_list", "added_in", "dropped_in").order_by("poverty_list__order", "pk")
    return [Listing(unit, answers.get(unit.pk)) for unit in units]
