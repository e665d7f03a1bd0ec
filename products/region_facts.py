"""READER. What the register knows of a place: products, enterprises, poverty lists, divisions below, history."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.utils import timezone

from gi_registry.models import Division, DivisionLevel, DivisionStatus
from products import pipeline, users
from products.listings import Listing, listings
from products.models import PovertyList, Product, ProtectedArea, Right, in_force
from products.pipeline import CultivationFacts
from products.states import STATUS_RANK

# How a product's area lies to the division of the page.
HERE, ABOVE, BELOW, PROVINCE_ONLY = "here", "above", "below", "province"
_PLACES = (HERE, ABOVE, BELOW, PROVINCE_ONLY)


@dataclass(frozen=True)
class Place:
    """A division with its number of products, and how many of them are protected."""

    division: Division
    products: int
    protected: int


@dataclass(frozen=True)
class Change:
    """One step of a former division's way to the present: '2018', '撤县设市', '130284', '滦州市'."""

    year: str
    act: str
    code: str
    name: str


@dataclass(frozen=True)
class Former:
    """A division of the past that became or joined the one of the page."""

    division: Division
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Applies:
    """One product of a place and how it comes to apply there.

    `relation` is 'here', 'above' (its area is a larger division that holds this one), 'below' (divisions
    inside this one) or 'province' (known for the province, no area loaded). `areas` are those that decide it.
    """

    product: Product
    relation: str
    areas: tuple[ProtectedArea, ...]

    @property
    def is_inferred(self) -> bool:
        """Whether the place rests on the name alone."""
        return bool(self.areas) and all(area.is_inferred for area in self.areas)

    @property
    def is_unconfirmed(self) -> bool:
        """Whether a protected product has its area here only by a track that is not confirmed."""
        return bool(self.areas and self.product.is_live) and not any(area.is_live for area in self.areas)  # type: ignore[attr-defined]


@dataclass(frozen=True)
class ListCount:
    """How many units of a poverty list lie inside a division."""

    poverty_list: PovertyList
    units: int


SHOWN_MAKERS = 10  # enterprises named on the page of a division; the directory has all


@dataclass(frozen=True)
class RegionFacts:
    """What the register knows of a division on a date; `products` is a queryset for a pager."""

    division: Division
    on: datetime.date
    products: QuerySet[Product]
    total: int
    protected: int
    confirmed_users: int
    reported_users: int
    makers: Sequence[Any]
    listings: Sequence[Listing]
    lists_below: Sequence[ListCount]
    children: Sequence[Place]
    cultivation: CultivationFacts
    former: Sequence[Former]
    changes: tuple[Change, ...]


def facts_of(division: Division, on: datetime.date | None = None) -> RegionFacts:
    """The facts of a division on a date (default today); expects its parents loaded. Constant queries."""
    on = on or timezone.localdate()
    products = products_of(division, on)
    live = Exists(Right.objects.filter(in_force(on), product=OuterRef("pk")))
    counts = products.aggregate(total=Count("pk"), protected=Count("pk", filter=live))
    holders = _users(division, on)
    return RegionFacts(
        division=division,
        on=on,
        products=products.annotate(is_live=live),
        total=counts["total"],
        protected=counts["protected"],
        confirmed_users=holders["confirmed"],
        reported_users=holders["reported"],
        makers=list(users.made_in(division, on)[:SHOWN_MAKERS]),
        listings=listings(division, on),
        lists_below=_lists_below(division),
        children=_children(division, on),
        cultivation=pipeline.public_facts(division, on=on),
        former=former_of(division),
        changes=changes(division.change),
    )


def provinces(on: datetime.date | None = None) -> list[Place]:
    """Every province of today with the products of the province. Two queries."""
    rows = Product.objects.values("province").annotate(
        total=Count("pk", distinct=True), live=Count("pk", distinct=True, filter=in_force(on, "rights__"))
    )
    counts = {row["province"]: (row["total"], row["live"]) for row in rows.order_by()}
    provinces = Division.objects.current().filter(level=DivisionLevel.PROVINCE)
    return [Place(province, *counts.get(province.pk, (0, 0))) for province in provinces]


def products_of(division: Division, on: datetime.date) -> QuerySet[Product]:
    """Products whose area is this division, holds it or lies in it; those of a province without area too.

    Strongest status first, then the nearest area, then the number. `place` says which of the four it is.
    """
    areas = _areas(on).filter(right__product=OuterRef("pk"))
    below = Q(division__parent=division) | Q(division__parent__parent=division)
    above = [parent.pk for parent in division.lineage()[:-1]]
    touched = _areas(on).filter(Q(division=division) | Q(division__in=above) | below)
    wanted = Q(pk__in=touched.values("right__product"))
    if division.level == DivisionLevel.PROVINCE:
        wanted |= Q(province=division)
    rank = Case(
        *(When(status=status, then=rank) for status, rank in STATUS_RANK.items()), output_field=IntegerField()
    )
    place = Case(
        When(Exists(areas.filter(division=division)), then=Value(0)),
        When(Exists(areas.filter(division__in=above)), then=Value(1)),
        When(Exists(areas.filter(below)), then=Value(2)),
        default=Value(3),
    )
    return Product.objects.filter(wanted).annotate(rank=rank, place=place).order_by("rank", "place", "number")


def applying(division: Division, products: Sequence[Product], on: datetime.date) -> list[Applies]:
    """How each of some products of `products_of` applies to the division. One query."""
    rows = (
        _areas(on)
        .filter(right__product__in=[product.pk for product in products])
        .select_related("division__parent__parent", "right")
        .annotate(is_live=ExpressionWrapper(in_force(on, "right__"), output_field=BooleanField()))
    )
    areas: dict[int, list[ProtectedArea]] = {}
    for row in rows.order_by("division__code"):
        areas.setdefault(row.right.product_id, []).append(row)
    made = []
    for product in products:
        relation = _PLACES[product.place]  # type: ignore[attr-defined]
        deciding = [
            area for area in areas.get(product.pk, []) if _relation(area.division, division) == relation
        ]
        made.append(Applies(product, relation, _best(deciding)))
    return made


def _relation(area: Division, division: Division) -> str:
    if area.pk == division.pk:
        return HERE
    if any(part.pk == area.pk for part in division.lineage()):
        return ABOVE
    return BELOW if any(part.pk == division.pk for part in area.lineage()) else ""


def _best(areas: Sequence[ProtectedArea]) -> tuple[ProtectedArea, ...]:
    """One area a division: several tracks may name it, and those in force say more than all others."""
    live = [area for area in areas if area.is_live]  # type: ignore[attr-defined]
    ordered = sorted(live or areas, key=lambda area: (area.is_inferred, area.division.code))
    best: dict[int, ProtectedArea] = {}
    for area in ordered:
        best.setdefault(area.division_id, area)
    return tuple(best.values())


def _areas(on: datetime.date) -> QuerySet[ProtectedArea]:
    return ProtectedArea.objects.on(on)


def _users(division: Division, on: datetime.date) -> dict[str, int]:
    """Enterprises of the division's province with an authorisation for one of its products."""
    wanted = products_of(division, on).order_by().values("pk")
    return users.count(
        users.standing(on).filter(product__in=wanted, enterprise__province=division.lineage()[0])
    )


def _lists_below(division: Division) -> list[ListCount]:
    """Lists with the number of their units inside the division; a province counts all of its units."""
    if division.level == DivisionLevel.PROVINCE:
        inside = Q(units__province=division)
    else:
        inside = Q(units__divisions__parent=division)
    lists = PovertyList.objects.annotate(inside=Count("units", filter=inside, distinct=True))
    return [ListCount(row, row.inside) for row in lists if row.inside]


def _children(division: Division, on: datetime.date) -> list[Place]:
    """The divisions of today right below, with the products whose area lies in each."""
    child = Case(When(division__parent=division, then=F("division")), default=F("division__parent"))
    rows = (
        _areas(on)
        .filter(Q(division__parent=division) | Q(division__parent__parent=division))
        .annotate(child=child)
        .values("child")
        .annotate(
            total=Count("right__product", distinct=True),
            live=Count("right__product", distinct=True, filter=in_force(on, "right__")),
        )
        .order_by()
    )
    counts = {row["child"]: (row["total"], row["live"]) for row in rows}
    return [
        Place(below, *counts.get(below.pk, (0, 0))) for below in division.children.current().order_by("code")
    ]


def former_of(division: Division) -> list[Former]:
    """Divisions of the past that lead here, and those that had this code under another name."""
    rows = Division.objects.filter(
        Q(successor=division) | Q(code=division.code), status=DivisionStatus.HISTORIC
    )
    return [
        Former(row, changes(row.change)) for row in rows.exclude(pk=division.pk).order_by("valid_to", "code")
    ]


# '2002 同名改码→620824华亭县; 2018 撤县设市→620881华亭市': year, act, code and name of what it became.
_STEP = re.compile(r"(?P<year>[0-9]{4}) (?P<act>[^→]+)→(?P<code>[0-9]{6})(?P<name>.+)")


def changes(text: str) -> tuple[Change, ...]:
    """The steps that a division's `change` tells; what does not have the usual form stands as an act alone."""
    return tuple(_steps(text))


def _steps(text: str) -> Iterator[Change]:
    for part in filter(None, (part.strip() for part in text.split(";"))):
        match = _STEP.fullmatch(part)
        yield Change(**match.groupdict()) if match else Change("", part, "", "")
