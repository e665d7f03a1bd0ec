"""READER. Who may use the names of products: questions put through the relation that an app above makes."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import Count, Q, QuerySet

from enterprises.states import AuthorisationState
from gi_registry.models import Division
from products.models import Product

OVER = (AuthorisationState.ENDED, AuthorisationState.REVOKED)


def authorisations() -> Any:
    """The manager of authorisations. Its class lies in an app above and is reached by its relation."""
    related = Product._meta.get_field("authorisations").related_model
    assert not isinstance(related, str | None)
    return related._default_manager


def standing(on: datetime.date | None) -> QuerySet[Any]:
    """Real authorisations begun and not over on a date (default today), with their `standing` on it."""
    found: QuerySet[Any] = authorisations().begun(on).real().exclude(standing__in=OVER)
    return found


def made_in(division: Division, on: datetime.date) -> QuerySet[Any]:
    """Those of `standing` whose production lies in a division on a date, as far as the register decided on them."""
    within = Division.objects.within(division.code).values("pk")
    then = Q(terms__effective_to=None) | Q(terms__effective_to__gt=on)
    found = standing(on).filter(then, terms__effective_from__lte=on, terms__sites__in=within)
    return found.select_related("enterprise", "product").order_by("enterprise__name_zh", "pk").distinct()


def holders(products: Collection[int], on: datetime.date | None) -> dict[int, set[int]]:
    """Enterprises that may use the mark on a date (default today), by product, as keys. One query."""
    found: dict[int, set[int]] = defaultdict(set)
    rows = standing(on).filter(standing=AuthorisationState.IN_FORCE).order_by()
    for product, enterprise in rows.values_list("product_id", "enterprise_id"):
        if product in products:
            found[product].add(enterprise)
    return found


def distinct(holders_by_product: Mapping[int, set[int]], products: Collection[int]) -> int:
    """How many enterprises may use the mark on at least one of some products."""
    return len(set().union(*(holders_by_product.get(product, ()) for product in products)))


def count(found: QuerySet[Any]) -> dict[str, int]:
    """Enterprises among some of `standing`: `confirmed`, `reported`, and `all` with the suspended ones."""
    confirmed, reported = Q(standing=AuthorisationState.IN_FORCE), Q(standing=AuthorisationState.REPORTED)
    return found.order_by().aggregate(
        all=Count("enterprise", distinct=True),
        confirmed=Count("enterprise", distinct=True, filter=confirmed),
        reported=Count("enterprise", distinct=True, filter=reported),
    )
