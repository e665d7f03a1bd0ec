"""READER. What an enterprise can choose from: products, divisions for its sites, standards that the register knows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from enterprises.completeness import applicable
from gi_registry.models import Division, DivisionLevel
from products.lookup import search
from products.maps import name_of
from products.models import Announcement, Product, ProtectedArea, Right
from products.system_models import Standard

MOST_PRODUCTS = 20
MOST_OTHERS = 3
MOST_STANDARDS = 30

# (name of the group, divisions)
Group = tuple[str, list[Division]]


# --- Products ---


@dataclass(frozen=True)
class Offer:
    """What a text finds. `others`: products with such a name that nobody can apply for today."""

    text: str
    products: list[Product]
    others: list[Product]
    more: bool = False


def products_for(text: str) -> Offer:
    """The products that answer a text and can be applied for, best first."""
    text = text.strip()[:200]
    if not text:
        return Offer("", [], [])
    able = Product.objects.filter(applicable()).select_related("province")
    found = list(search(able, text).products[: MOST_PRODUCTS + 1])
    others: list[Product] = []
    if len(found) <= MOST_PRODUCTS:
        rest = search(Product.objects.exclude(applicable()).select_related("province"), text)
        others = [] if rest.forgiven else list(rest.products[:MOST_OTHERS])
    return Offer(text, found[:MOST_PRODUCTS], others, len(found) > MOST_PRODUCTS)


def product_by_number(text: str) -> Product | None:
    """A product that can be applied for, by its number as it was typed or clicked."""
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        return None
    return Product.objects.filter(applicable()).select_related("province").filter(number=int(text)).first()


# --- Divisions ---


def smallest() -> QuerySet[Division]:
    """Divisions of today without another one below them: counties, and prefectures that have none."""
    below = Division.objects.current().filter(parent=OuterRef("pk"))
    rows = Division.objects.current().exclude(level=DivisionLevel.PROVINCE).filter(~Exists(below))
    return rows.select_related("parent__parent")


def provinces() -> QuerySet[Division]:
    """All provinces of today."""
    return Division.objects.current().filter(level=DivisionLevel.PROVINCE)


def divisions_for(product: Product | None, province: Division | None, chosen: Iterable[Division]) -> list[Group]:
    """Divisions for a production site: first those in the product's area, then the province by prefectures.

    `chosen` are offered in any case, so that nothing that was stored falls out of the list.
    """
    near = _near(product)
    rows = list(smallest().filter(pk__in=province_keys(province)).order_by("code")) if province else []
    first = {row.pk for _name, group in near for row in group}
    groups: dict[str, list[Division]] = {}
    for row in rows:
        if row.pk not in first:
            groups.setdefault(name_of(row.parent or row), []).append(row)
    offered = first | {row.pk for row in rows}
    stray = {row.pk: row for row in chosen if row.pk not in offered}
    last: list[Group] = [(_("Chosen before"), list(stray.values()))] if stray else []
    return [*near, *groups.items(), *last]


def province_keys(province: Division) -> Any:
    """Keys of everything in a province."""
    return Division.objects.within(province.code).values("pk")


def _near(product: Product | None) -> list[Group]:
    """The smallest divisions in the areas of a product: named in a source, then those only guessed from its name."""
    if product is None:
        return []
    rights = Right.objects.in_force().filter(product=product).values("pk")
    areas = list(ProtectedArea.objects.on().filter(right__in=rights).select_related("division"))
    named, guessed = (
        _below(area.division.code for area in areas if area.is_inferred is inferred) for inferred in (False, True)
    )
    guessed = [row for row in guessed if row not in named]
    groups = [(_("Protected area, whole or in part"), named), (_("Perhaps: the name of the product"), guessed)]
    return [group for group in groups if group[1]]


def _below(codes: Iterable[str]) -> list[Division]:
    wanted = Q(pk__in=[])
    for code in set(codes):
        wanted |= Q(pk__in=Division.objects.within(code).values("pk"))
    return list(smallest().filter(wanted).order_by("code"))


def division_by_code(text: str) -> Division | None:
    """A division that a site can lie in."""
    return smallest().filter(code=text).first() if text.isascii() and text.isdigit() else None


def province_by_code(text: str) -> Division | None:
    """A province of today."""
    return provinces().filter(code=text).first() if text.isascii() and text.isdigit() else None


# --- What is printed at the mark ---


def standards_for(product: Product | None) -> list[str]:
    """Standards and announcements that the register knows of a product."""
    if product is None:
        return []
    standards = Standard.objects.filter(products=product).values_list("number", flat=True)
    announcements = Announcement.objects.filter(rights__product=product).distinct().order_by("-published_on", "-pk")
    return [*standards, *announcements.values_list("text", flat=True)][:MOST_STANDARDS]
