"""READER. The three systems behind a product on a day: its standards, who can test it where, what is checked.

Where a product's standards and testing bodies are not loaded the register does not know them; it never says that
there are none. A standard whose first day is not on record is told as such, not as one in force.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise

from gi_registry.models import Division
from products.case_states import RequirementPart
from products.models import Product
from products.system_models import CheckItem, Standard, TestingBody, TestingScope
from products.system_words import PILLS, StandardState, part_label, state_of, tidy_number

Day = datetime.date


@dataclass(frozen=True)
class StandardLine:
    """A standard with its state on a day."""

    standard: Standard
    state: StandardState

    @property
    def pill(self) -> str:
        """The kind of pill that shows the state."""
        return PILLS[self.state]

    @property
    def is_over(self) -> bool:
        """Whether it is no longer in force."""
        return self.state in (StandardState.REPLACED, StandardState.ENDED)


@dataclass(frozen=True)
class ScopeLine:
    """What a body may test. `holds`: on the day asked for. `whole`: for all of the place asked for, or part of it."""

    scope: TestingScope
    holds: bool
    whole: bool = True


@dataclass(frozen=True)
class ProductSystems:
    """What is known of a product on a day. `checks`: label of a part of the requirements, and what is checked."""

    standards: Sequence[StandardLine]
    scopes: Sequence[TestingScope]
    checks: Sequence[tuple[str | Promise, Sequence[CheckItem]]]

    @property
    def current(self) -> list[StandardLine]:
        """The standards that are not over."""
        return [line for line in self.standards if not line.is_over]

    @property
    def former(self) -> list[StandardLine]:
        """Those that are, with their successors."""
        return [line for line in self.standards if line.is_over]


def holding(on: Day | None = None) -> Q:
    """Scopes and checks that hold on a day (default today)."""
    on = on or timezone.localdate()
    return Q(Q(effective_to=None) | Q(effective_to__gt=on), effective_from__lte=on)


# --- One product ---


def systems_of(product: Product, on: Day | None = None) -> ProductSystems:
    """The three systems of a product on a day (default today)."""
    on = on or timezone.localdate()
    lines = [line_of(row, on) for row in product.standards.select_related("division", "replaced_by")]
    scopes = product.testing_scopes.filter(holding(on)).select_related("body__division", "division")
    return ProductSystems(
        standards=[line for line in lines if _was_known(line, on)],
        scopes=list(scopes.order_by("body__name_zh", "effective_from")),
        checks=by_part(product.check_items.filter(holding(on)).select_related("standard")),
    )


def line_of(row: Standard, on: Day) -> StandardLine:
    """A standard with its state on a day."""
    has_successor = row.replaced_by_id is not None
    return StandardLine(row, state_of(row.effective_from, row.effective_to, on, has_successor=has_successor))


def _was_known(line: StandardLine, on: Day) -> bool:
    """Of standards still to come only those that were issued by then."""
    return line.state != StandardState.COMING or (line.standard.issued_on or timezone.localdate()) <= on


def by_part(items: Iterable[CheckItem]) -> list[tuple[str | Promise, list[CheckItem]]]:
    """Checks under the parts of the protection requirements, in the order of the parts."""
    found: dict[str, list[CheckItem]] = {part: [] for part in RequirementPart.values}
    for item in items:
        found.setdefault(item.part, []).append(item)
    return [(part_label(part), rows) for part, rows in found.items() if rows]


# --- All standards ---


def standards(
    q: str = "", kind: str = "", province: Division | None = None, state: str = "", on: Day | None = None
) -> QuerySet[Standard]:
    """The standards that answer. `province`: those that apply there alone, and those for products from there."""
    rows = Standard.objects.select_related("division__parent__parent", "replaced_by").prefetch_related(
        Prefetch("products", Product.objects.order_by("number"))
    )
    if text := q.strip():
        named = Standard.products.through.objects.filter(standard=OuterRef("pk"), product__name_zh__icontains=text)
        numbered = Q(number__icontains=tidy_number(text)) | Q(number__icontains=text)
        rows = rows.filter(numbered | Q(title__icontains=text) | Exists(named))
    if kind:
        rows = rows.filter(kind=kind)
    if province is not None:
        places = Division.objects.within(province.code)
        tied = Standard.products.through.objects.filter(standard=OuterRef("pk"), product__province=province)
        rows = rows.filter(Q(division__in=places.values("pk")) | Exists(tied))
    if state:
        rows = rows.filter(_in_state(state, on or timezone.localdate()))
    return rows.order_by("number")


def _in_state(state: str, on: Day) -> Q:
    """The same as `system_words.state_of`, for the database."""
    over, going = Q(effective_to__lte=on), Q(effective_to=None) | Q(effective_to__gt=on)
    return {
        StandardState.REPLACED: over & Q(replaced_by__isnull=False),
        StandardState.ENDED: over & Q(replaced_by=None),
        StandardState.UNDATED: going & Q(effective_from=None),
        StandardState.IN_FORCE: going & Q(effective_from__lte=on),
        StandardState.COMING: going & Q(effective_from__gt=on),
    }[StandardState(state)]


# --- Who can test what, where ---


def scopes_for(
    product: Product | None = None, place: Division | None = None, on: Day | None = None
) -> QuerySet[TestingScope]:
    """Who can test a product from a place on a day: scopes for everywhere, for the place, and for parts of it."""
    rows = TestingScope.objects.filter(holding(on)).select_related("body__division", "product", "division")
    if product is not None:
        rows = rows.filter(product=product)
    if place is not None:
        above = [part.pk for part in place.lineage()]
        inside = Division.objects.within(place.code).values("pk")
        rows = rows.filter(Q(division=None) | Q(division__in=above) | Q(division__in=inside))
    return rows.order_by("body__name_zh", "product__number", "effective_from")


def who_can_test(product: Product, place: Division, on: Day | None = None) -> list[ScopeLine]:
    """The answer for one product and one place, with whether a scope holds for all of the place."""
    above = {part.pk for part in place.lineage()}
    return [
        ScopeLine(scope, True, scope.division_id is None or scope.division_id in above)
        for scope in scopes_for(product, place, on)
    ]


def bodies(
    q: str = "", product: Product | None = None, place: Division | None = None, on: Day | None = None
) -> QuerySet[TestingBody]:
    """The bodies that answer, each with the scopes that answer as `able`; without a product or place, all of them."""
    scopes = scopes_for(product, place, on)
    rows = TestingBody.objects.select_related("division__parent__parent").prefetch_related(
        Prefetch("scopes", scopes, to_attr="able")
    )
    if text := q.strip():
        certified = TestingScope.objects.filter(
            Q(certificate__icontains=text) | Q(product__name_zh__icontains=text), body=OuterRef("pk")
        )
        rows = rows.filter(Q(name_zh__icontains=text) | Q(name_en__icontains=text) | Exists(certified))
    if product is not None or place is not None:
        rows = rows.filter(pk__in=scopes.order_by().values("body"))
    return rows.order_by("name_zh")


def scopes_of(body: TestingBody, on: Day | None = None) -> list[ScopeLine]:
    """Everything a body may test, may test later, or could test before; what holds on the day stands first."""
    on = on or timezone.localdate()
    rows = body.scopes.select_related("product", "division__parent__parent").order_by(
        "product__number", "effective_from"
    )
    lines = [ScopeLine(row, holds(row, on)) for row in rows]
    return sorted(lines, key=lambda line: not line.holds)


def holds(row: TestingScope | CheckItem, on: Day) -> bool:
    """Whether a scope or check holds on a day; the same as `holding`, for one row."""
    return row.effective_from <= on and (row.effective_to is None or row.effective_to > on)


# --- Checks, for the desk ---


def checked_products(q: str = "", on: Day | None = None) -> Any:
    """The products with checks, or those that a name or number finds, each with how many checks hold (`holding`)."""
    counted = Count("check_items", filter=_of_checks(on), distinct=True)
    rows = Product.objects.select_related("province").annotate(holding=counted)
    if not (text := q.strip()):
        return rows.filter(check_items__isnull=False).distinct().order_by("number")
    number = Q(number=int(text)) if text.isascii() and text.isdigit() and len(text) < 10 else Q(pk=None)
    return rows.filter(Q(name_zh__icontains=text) | Q(name_en__icontains=text) | number).order_by("number")


def _of_checks(on: Day | None) -> Q:
    on = on or timezone.localdate()
    begun = Q(check_items__effective_from__lte=on)
    return begun & (Q(check_items__effective_to=None) | Q(check_items__effective_to__gt=on))


def checks_of(product: Product) -> list[CheckItem]:
    """Every check of a product, also those that ended, in the order of the parts; what began last stands first."""
    order = {part: place for place, part in enumerate(RequirementPart.values)}
    rows = product.check_items.select_related("standard")
    return sorted(rows, key=lambda row: (order.get(row.part, len(order)), -row.effective_from.toordinal(), row.pk))
