"""READER. Records of the register that a piece of a text names or asks for, as they are today.

Demonstration data never appear. What a piece names and the register does not have (any more) is told as missing,
so that the page can say so.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils import timezone

from cms.stories import pictures_of
from enterprises import directory
from enterprises.models import Authorisation
from enterprises.states import OVER
from gi_registry.models import Division, DivisionLevel
from products import users
from products.models import Announcement, Product, ProtectedArea, Right


@dataclass(frozen=True)
class Card:
    """A product and its picture, where editors gave it one."""

    product: Product
    picture: Any


@dataclass(frozen=True)
class Cards:
    """Products of a piece. `chosen`: the editor named them; otherwise a filter found `total` of them on a date.

    `url` leads to the list that the filter stands for; `missing` of those named are not in the register.
    """

    items: list[Card]
    chosen: bool
    on: datetime.date
    total: int = 0
    missing: int = 0
    url: str = ""
    place: Division | None = None
    category: str = ""

    @property
    def without_pictures(self) -> bool:
        """Whether no product of them has a picture."""
        return not any(card.picture for card in self.items)


def cards(products: list[Product]) -> list[Card]:
    """Products with their pictures. Four queries."""
    pictures = pictures_of([product.pk for product in products]) if products else {}
    return [Card(product, pictures.get(product.pk)) for product in products]


def product_cards(value: Mapping[str, Any], on: datetime.date | None = None) -> Cards:
    """The products that a piece names, in its order, or those protected on a date that its filter finds."""
    on = on or timezone.localdate()
    named = list(value["products"])
    if named:
        keys = [product.pk for product in named if product is not None]
        found = Product.objects.select_related("province").in_bulk(keys)
        there = [found[key] for key in dict.fromkeys(keys) if key in found]
        missing = len(named) - sum(key in found for key in keys)
        return Cards(cards(there), chosen=True, on=on, total=len(there), missing=missing)
    place, category = value["province"], value["category"] or ""
    rows = _protected(place, category, on)
    shown = list(rows.select_related("province").order_by("number")[: value["limit"]])
    return Cards(
        cards(shown), chosen=False, on=on, total=rows.count(), url=_list_url(place, category), place=place,
        category=category,
    )  # fmt: skip


def _protected(place: Division | None, category: str, on: datetime.date) -> QuerySet[Product]:
    """Products in force on a date: of a province, or with a named area inside a smaller division."""
    rows: QuerySet[Product] = Product.objects.in_force(on)
    if category:
        rows = rows.filter(category=category)
    if place is None:
        return rows
    if place.level == DivisionLevel.PROVINCE:
        return rows.filter(province=place)
    inside = Division.objects.within(place.code).values("pk")
    areas = ProtectedArea.objects.on(on).filter(division__in=inside, right=OuterRef("pk"))
    rights = Right.objects.in_force(on).filter(Exists(areas), product=OuterRef("pk"))
    return rows.filter(Exists(rights))


def _list_url(place: Division | None, category: str) -> str:
    if place is not None and place.level != DivisionLevel.PROVINCE:
        return place.get_absolute_url()
    asked = {"province": place.code if place else "", "category": category, "status": "protected"}
    return f"{reverse('products:search')}?{urlencode({name: text for name, text in asked.items() if text})}"


@dataclass(frozen=True)
class Users:
    """Who may use the mark for a product on a date: some authorisations, and the numbers of enterprises."""

    rows: list[Authorisation]
    confirmed: int
    reported: int
    total: int
    on: datetime.date
    url: str


def users_of(product: Product, limit: int, on: datetime.date | None = None) -> Users:
    """Authorisations begun and not over on a date, decided and announced ones first. Two queries."""
    on = on or timezone.localdate()
    wanted = directory.Wanted(product=product, on=on)
    found = directory.wanted_authorisations(wanted).real().exclude(standing__in=OVER)  # type: ignore[misc]
    counts = users.count(found)
    rows = found.select_related("enterprise").order_by("basis", "enterprise__name_zh", "pk")[:limit]
    url = f"{reverse('enterprises:directory')}?product={product.number}"
    return Users(list(rows), counts["confirmed"], counts["reported"], counts["all"], on, url)


def latest_announcements(product: Product | None, limit: int) -> list[Announcement]:
    """The latest dated announcements, those about a product where one is named. One query."""
    rows = Announcement.objects.real().filter(published_on__isnull=False)
    if product is not None:
        about = Right.objects.filter(product=product, announcements=OuterRef("pk"))
        rows = rows.filter(Exists(about))
    return list(rows.order_by("-published_on", "-number", "-pk")[:limit])
