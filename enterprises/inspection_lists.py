"""READER. What a random inspection is drawn from: authorisations with their weights, inspectors, conflicts.

Real enterprises and demonstration ones never stand in one list, and neither do their inspectors.
"""

from __future__ import annotations

import datetime
import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import Any

import rfc8785
from django.db.models import Q, QuerySet
from django.utils import timezone

from enterprises import supervised
from enterprises.inspection_models import CreditGrade, Inspector, InspectorConflict
from enterprises.inspection_states import INSPECTORS_EACH, WEIGHTS, WITHOUT_GRADE, Grade
from enterprises.models import DEMONSTRATION_CODE, Authorisation, Membership
from gi_registry.models import Division
from products.models import Product

DEMONSTRATION = "DEMO-"  # what the codes of inspectors of the demonstration begin with


@dataclass(frozen=True)
class Lists:
    """What one draw is made from, as of a day.

    `objects`: weight by the reference of an authorisation. `about`: what the public reads of each: enterprise, the key
    of its page, product, grade ("" where it has none). `conflicts`: code of an inspector, reference of an object.
    """

    on: datetime.date
    objects: dict[str, int]
    about: dict[str, dict[str, str]]
    inspectors: list[str]
    conflicts: list[tuple[str, str]]

    @property
    def lacking(self) -> list[str]:
        """The objects that fewer than two inspectors may visit."""
        barred = Counter(reference for _code, reference in self.conflicts)
        return [one for one in self.objects if len(self.inspectors) - barred[one] < INSPECTORS_EACH]

    @property
    def grades(self) -> list[tuple[str, int, int]]:
        """Grade ("" for none), weight and number of objects, the best grade first."""
        found = Counter(one["grade"] for one in self.about.values())
        order = [*((grade.value, WEIGHTS[grade]) for grade in Grade), ("", WITHOUT_GRADE)]
        return [(grade, weight, found[grade]) for grade, weight in order if found[grade]]

    def as_json(self, *, division: Division | None, product: Product | None, size: int) -> dict[str, Any]:
        """The lists as they are stored and, from the draw on, published."""
        return {
            "on": self.on.isoformat(),
            "division": division.code if division else None,
            "product": product.number if product else None,
            "size": size,
            "objects": self.objects,
            "about": self.about,
            "inspectors": self.inspectors,
            "conflicts": [list(pair) for pair in self.conflicts],
        }


def digest(lists: dict[str, Any]) -> str:
    """SHA-256 in hex of the canonical JSON (RFC 8785)."""
    return hashlib.sha256(rfc8785.dumps(lists)).hexdigest()


def gather(
    *, division: Division | None, product: Product | None = None, demonstration: bool = False,
    on: datetime.date | None = None,
) -> Lists:  # fmt: skip
    """Who could be inspected by whom on a day (default today) in a division, or (None) in the whole country."""
    on = on or timezone.localdate()
    rows = list(objects(division, product, demonstration, on).order_by("reference"))
    grades = grades_on({row.enterprise_id for row in rows}, on)
    people = list(inspectors(division, demonstration, on))
    about = {
        row.reference: {
            "enterprise": row.enterprise.name_zh,
            "key": row.enterprise.key,
            "product": row.product.name_zh if row.product else row.product_text,
            "grade": grades.get(row.enterprise_id, ""),
        }
        for row in rows
    }
    weights = {reference: WEIGHTS.get(one["grade"], WITHOUT_GRADE) for reference, one in about.items()}
    return Lists(on, weights, about, [one.code for one in people], _conflicts(people, rows, on))


def objects(
    division: Division | None, product: Product | None, demonstration: bool, on: datetime.date
) -> QuerySet[Authorisation]:
    """The authorisations in force on a day whose officials belong to the division or to a part of it."""
    rows = supervised.placed().in_force(on).select_related("enterprise", "product")
    is_demo = Q(enterprise__uscc__regex=DEMONSTRATION_CODE)
    rows = rows.filter(is_demo) if demonstration else rows.real()
    if division is not None:
        rows = rows.filter(watched_in__in=Division.objects.within(division.code).values("pk"))  # type: ignore[misc]
    return rows.filter(product=product) if product is not None else rows


def grades_on(enterprises: set[int], on: datetime.date) -> dict[int, str]:
    """The grade of each enterprise that has one on a day."""
    rows = CreditGrade.objects.on(on).filter(enterprise__in=enterprises)
    return dict(rows.values_list("enterprise", "grade"))


def inspectors(division: Division | None, demonstration: bool, on: datetime.date) -> QuerySet[Inspector]:
    """Who may inspect on a day: of offices inside the division, and of those whose own territory holds it."""
    active = Q(active_to=None) | Q(active_to__gt=on)
    rows = Inspector.objects.filter(active, active_from__lte=on).order_by("code")
    named = Q(code__startswith=DEMONSTRATION)
    rows = rows.filter(named) if demonstration else rows.exclude(named)
    if division is None:
        return rows
    above = [part.pk for part in division.lineage()]
    return rows.filter(Q(division__in=Division.objects.within(division.code).values("pk")) | Q(division__in=above))


def _conflicts(people: list[Inspector], rows: list[Authorisation], on: datetime.date) -> list[tuple[str, str]]:
    """Those on record, and whoever acts or acted for an enterprise."""
    code_of = {one.pk: one.code for one in people}
    stands = Q(ended_on=None) | Q(ended_on__gt=on)
    noted = InspectorConflict.objects.filter(stands, inspector__in=code_of).values_list("inspector", "enterprise")
    barred = {(code_of[inspector], enterprise) for inspector, enterprise in noted}
    accounts = {one.account_id: one.code for one in people if one.account_id}
    acts = Membership.objects.filter(user__in=accounts).values_list("user", "enterprise")
    barred |= {(accounts[user], enterprise) for user, enterprise in acts}
    of_enterprise: dict[int, list[str]] = {}
    for row in rows:
        of_enterprise.setdefault(row.enterprise_id, []).append(row.reference)
    return sorted((code, reference) for code, enterprise in barred for reference in of_enterprise.get(enterprise, ()))
