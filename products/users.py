"""READER. Who may use the names of products: questions put through the relation that an app above makes."""

from __future__ import annotations

import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from enterprises.states import AuthorisationState
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


def count(found: QuerySet[Any]) -> dict[str, int]:
    """Enterprises among some of `standing`: `confirmed`, `reported`, and `all` with the suspended ones."""
    confirmed, reported = Q(standing=AuthorisationState.IN_FORCE), Q(standing=AuthorisationState.REPORTED)
    return found.order_by().aggregate(
        all=Count("enterprise", distinct=True),
        confirmed=Count("enterprise", distinct=True, filter=confirmed),
        reported=Count("enterprise", distinct=True, filter=reported),
    )
