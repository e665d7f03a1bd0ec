"""READER. The divisions of protected areas as geometry in degrees, where the operator has loaded boundaries.

What is given are the boundaries of the divisions that a source names, never those of the area itself. A division
without an outline leaves the whole area without: half of it would be taken for all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from gi_registry.models import Division, DivisionLevel
from products import maps


@dataclass
class Geometry:
    """Geometry of some divisions of today; `approvals`: map approval numbers of what was given so far."""

    provinces: dict[str, str]
    counties: dict[str, list[str]]
    approvals: set[str] = field(default_factory=set)

    @classmethod
    def read(cls, divisions: Iterable[Division]) -> Geometry:
        """Ready for these divisions, which come with their parents. One query, where there is one that is no county."""
        provinces, counties, larger = {}, {}, []
        for division in divisions:
            provinces[division.code] = division.lineage()[0].code
            counties[division.code] = [division.code]
            if division.level != DivisionLevel.COUNTY:
                larger.append(division.code)
        below: dict[str, list[str]] = defaultdict(list)
        if larger and any(maps.usable_outlines(code) for code in set(provinces.values())):
            inside = Q(parent__code__in=larger) | Q(parent__parent__code__in=larger)
            rows = Division.objects.current().filter(inside, level=DivisionLevel.COUNTY).order_by("code")
            for code, *above in rows.values_list("code", "parent__code", "parent__parent__code"):
                for one in above:
                    below[one].append(code)
        return cls(provinces, counties | {code: below[code] for code in larger})

    def of(self, codes: Iterable[str]) -> dict[str, Any] | None:
        """A MultiPolygon of some of the divisions; None where one of them has no outline."""
        polygons: list[Any] = []
        used = set()
        for code in dict.fromkeys(codes):
            stored = maps.usable_degrees(self.provinces[code])
            for county in self.counties[code] or [""]:
                if county not in stored["counties"]:
                    return None
                polygons += stored["counties"][county]
            used.add(stored["approval_number"])
        self.approvals |= used - {""}
        return {"type": "MultiPolygon", "coordinates": polygons} if polygons else None
